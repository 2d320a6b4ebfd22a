//! What blurb makes of its files: one file of everything (`merge`), and one of the fragments for a
//! release. Byte for byte the output of blurb 2.3.0.

use std::fmt::Write as _;

use super::text::{Entry, Metadata, nonce, render, wrap_body};
use crate::news::python::length;

/// An entry, and its item in the news file.
pub type Printed<'f> = (&'f Entry, &'f str);

/// The entries of one version, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version<'f> {
    /// `3.15.0a1`, or `next`.
    pub name: &'f str,
    /// In the order of the file.
    pub entries: Vec<Printed<'f>>,
}

/// The version of what has not been released.
pub const NEXT: &str = "next";

/// The whole news file, without a newline at its end, as blurb leaves it.
pub fn merge(versions: &[Version<'_>]) -> String {
    let mut out = String::from("+++++++++++\nPython News\n+++++++++++\n");
    for version in versions {
        let Some((first, _)) = version.entries.first() else { continue };
        let header = format!("What's New in Python {}?", printable(version.name));
        let date = if version.name == NEXT { "XXXX-XX-XX" } else { first.get("release date").unwrap_or_default() };
        let _ = write!(out, "\n{header}\n{}\n\n*Release date: {date}*\n\n", "=".repeat(length(&header)));
        if first.metadata.contains_key("no changes") {
            let _ = write!(out, "{}\n\n", first.body);
            continue;
        }
        let mut last = None;
        for (entry, item) in &version.entries {
            let section = entry.get("section").unwrap_or_default();
            if last != Some(section) {
                let _ = write!(out, "{section}\n{}\n\n", "-".repeat(length(section)));
                last = Some(section);
            }
            out.push_str(item);
            out.push('\n');
        }
    }
    out.push_str("\n**(For information about older versions, consult the HISTORY file.)**");
    out
}

/// The item of an entry.
pub fn item(entry: &Entry) -> String {
    let cve = entry.get("cve").filter(|cve| !cve.is_empty());
    let prefix = match (cve, entry.reference()) {
        (Some(cve), Some(reference)) => format!("{cve}, {reference}: "),
        (Some(cve), None) => format!("{cve}: "),
        (None, Some(reference)) => format!("{reference}: "),
        (None, None) => String::new(),
    };
    wrap_body(&format!("{prefix}{}", entry.body), "- ", "  ")
}

/// The version as the heading has it: `3.15.0 alpha 1`.
fn printable(version: &str) -> String {
    if version == NEXT {
        return version.to_owned();
    }
    for (mark, word) in [("a", " alpha "), ("b", " beta "), ("rc", " release candidate ")] {
        if version.contains(mark) {
            return version.replace(mark, word);
        }
    }
    format!("{version} final")
}

/// The order of versions: `3.5.0a1` < `3.5.0b1` < `3.5.0rc1` < `3.5` = `3.5.0` < `next`.
pub fn order(version: &str) -> String {
    let mut fields: Vec<&str> = version.split('.').collect();
    let Some(last) = fields.pop().filter(|_| !fields.is_empty()) else { return version.to_owned() };
    let stage = ["a", "b", "rc"].iter().find_map(|stage| {
        let (last, number) = last.split_once(stage)?;
        Some((last, *stage, number))
    });
    let (last, stage, number) = stage.unwrap_or((last, "zz", "0"));
    fields.push(last);
    fields.resize(fields.len().max(3), "0");
    fields.extend([stage, number]);
    let fields: Vec<String> =
        fields.iter().map(|field| format!("{}{field}", "0".repeat(6_usize.saturating_sub(length(field))))).collect();
    fields.join(".")
}

/// The file of a release: the fragments' entries, or one that says that there were none.
pub fn release(version: &str, date: &str, mut entries: Vec<Entry>) -> String {
    if entries.is_empty() {
        let body = format!("There were no new changes in version {version}.\n");
        let fixed = [("no changes", "True"), ("gh-issue", "0"), ("section", "Library"), ("date", date)];
        let mut metadata: Metadata = fixed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        metadata.insert("nonce".to_owned(), nonce(&body));
        entries.push(Entry { metadata, body });
    }
    if let Some(first) = entries.first_mut() {
        first.metadata.insert("release date".to_owned(), date.to_owned());
    }
    render(&entries)
}
