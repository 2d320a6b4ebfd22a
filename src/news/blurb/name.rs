//! Names of blurb's fragments: `DATE.gh-issue-NUMBER.NONCE.rst` in the folder of the section.

use super::sections;
use super::text::Metadata;
use crate::news::{Problem, Rule};

/// What merging reads out of a name: as much as blurb does, which takes any date, any nonce and
/// several numbers. [`strict`] is what a new fragment must fulfil.
pub fn lenient(folder: &str, name: &str) -> Result<Metadata, Problem> {
    let section = sections::of_folder(folder).ok_or_else(|| {
        Problem::of(Rule::Directory, format!("`{folder}` is not the folder of one of blurb's sections"))
    })?;
    let fields: Vec<&str> = name.split('.').map(str::trim).collect();
    let [date, issues @ .., nonce, "rst"] = fields.as_slice() else { return Err(malformed()) };
    if issues.is_empty() {
        return Err(malformed());
    }
    let mut metadata = Metadata::new();
    for (key, value) in [("date", *date), ("nonce", *nonce), ("section", section)] {
        metadata.insert(key.to_owned(), value.to_owned());
    }
    for field in issues {
        let found = ["gh-issue", "bpo"].iter().find_map(|key| Some((key, field.split_once(&format!("{key}-"))?.1)));
        let (key, number) = found.ok_or_else(malformed)?;
        metadata.insert((*key).to_owned(), number.trim().to_owned());
    }
    Ok(metadata)
}

/// What is wrong with the name of a new fragment. blurb never makes such names; some of them its
/// `merge` passes over in silence (an unknown folder, another ending) or dies of (two numbers).
pub fn strict(folder: &str, name: &str) -> Result<Metadata, Problem> {
    let metadata = lenient(folder, name)?;
    let fields: Vec<&str> = name.split('.').collect();
    let [date, issue, nonce, _] = fields.as_slice() else {
        return Err(Problem::of(Rule::Name, "the name holds more than one issue; write an entry for each"));
    };
    let number = issue.strip_prefix("gh-issue-").or_else(|| issue.strip_prefix("bpo-"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !number.is_some_and(digits) {
        let text = format!("`{issue}` names no issue; `gh-issue-NUMBER` is wanted, one to a fragment");
        return Err(Problem::of(Rule::Name, text));
    }
    if !is_date(date) {
        return Err(Problem::of(Rule::Name, format!("`{date}` is not a date like 2026-11-20-12-00-00")));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=');
    if nonce.is_empty() || !nonce.chars().all(plain) {
        return Err(Problem::of(Rule::Name, format!("`{nonce}` is not a nonce: letters, digits, `-` and `_`")));
    }
    Ok(metadata)
}

/// `YYYY-MM-DD`, with or without `-HH-MM-SS`.
fn is_date(text: &str) -> bool {
    let fields: Vec<&str> = text.split('-').collect();
    let widths: &[usize] = match fields.len() {
        3 => &[4, 2, 2],
        6 => &[4, 2, 2, 2, 2, 2],
        _ => return false,
    };
    fields.iter().zip(widths).all(|(field, width)| field.len() == *width && field.bytes().all(|b| b.is_ascii_digit()))
}

fn malformed() -> Problem {
    Problem::of(
        Rule::Name,
        "this is not the name of a fragment; `pyflow news add` makes one: DATE.gh-issue-NUMBER.NONCE.rst",
    )
}
