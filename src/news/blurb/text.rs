//! The text of blurb's files: metadata lines, a body, and `..` on a line by itself between entries.
//!
//! The format is that of blurb 2.3.0 (the head of its `_blurb_file.py`), and so is every byte that
//! is written. What is refused is what blurb refuses, and a little more: numbers are plain ASCII
//! digits (`int()` takes `1_000` and other scripts' digits, and the file name then says something
//! else than the link). Lines are counted from 1 and name the line that is wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use md5::{Digest as _, Md5};

use super::sections::{SECTIONS, SECURITY};
use crate::news::python::{Margins, fill, length, strip, strip_end, universal_newlines};
use crate::news::{Problem, Rule, line_of_bad_utf8};

/// blurb's line length.
const WIDTH: usize = 76;

/// GitHub numbers below this are pull requests from before the issues of CPython moved there.
pub const LOWEST_ISSUE: u64 = 32426;

/// What an entry says of itself, by name.
pub type Metadata = BTreeMap<String, String>;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `section`, `gh-issue`, `date`, `nonce` …
    pub metadata: Metadata,
    /// Wrapped, with a newline at its end.
    pub body: String,
}

impl Entry {
    /// The number in GitHub's or the old tracker's name, unless it is 0.
    pub fn reference(&self) -> Option<String> {
        ["gh-issue", "bpo"].iter().find_map(|key| {
            let number = self.metadata.get(*key).filter(|number| !number.is_empty())?;
            let prefix = if *key == "gh-issue" { "gh" } else { *key };
            Some(if number.bytes().all(|b| b == b'0') { None } else { Some(format!("{prefix}-{number}")) })
        })?
    }

    /// A value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }
}

/// Wraps a body as blurb does. Paragraphs are wrapped twice, since two spaces that a line break
/// swallowed come back as one; lists, and the paragraph after one that ends in `::`, stay.
pub fn wrap_body(text: &str, initial: &str, subsequent: &str) -> String {
    let text = without_ends(text);
    let mut indent = initial;
    let mut literal = false;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            out.push_str("\n\n");
        }
        let begin = out.len();
        let list = ["* ", "- ", "1. ", "#. "].iter().any(|mark| paragraph.starts_with(mark));
        if literal || list {
            indented(&mut out, paragraph, indent, subsequent);
        } else {
            out.push_str(&twice(paragraph, Margins { width: WIDTH, initial: indent, subsequent }));
        }
        literal = out[begin..].ends_with("::");
        if !subsequent.is_empty() {
            indent = subsequent;
        }
    }
    out.truncate(strip_end(&out).len());
    out.push('\n');
    out
}

/// Without the white space at the ends of its lines.
fn without_ends(text: &str) -> Cow<'_, str> {
    if text.split('\n').all(|line| strip_end(line).len() == line.len()) {
        return text.into();
    }
    let lines: Vec<&str> = text.split('\n').map(strip_end).collect();
    lines.join("\n").into()
}

fn twice(paragraph: &str, margins: Margins<'_>) -> String {
    let filled = |text: &str| {
        let mut filled = fill(strip(text), margins);
        filled.text.truncate(strip_end(&filled.text).len());
        filled
    };
    let once = filled(paragraph);
    if once.settled {
        return once.text;
    }
    filled(once.text.strip_prefix(margins.initial).unwrap_or(&once.text)).text
}

fn indented(out: &mut String, paragraph: &str, initial: &str, subsequent: &str) {
    for (number, line) in paragraph.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out.push_str(if number == 0 { initial } else { subsequent });
        out.push_str(line);
    }
}

/// What makes the names of two entries of the same second differ: the first six characters of the
/// body's MD5 in URL-safe Base64. It guards nothing.
pub fn nonce(body: &str) -> String {
    let digest = Md5::digest(body.as_bytes());
    let mut text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    text.truncate(6);
    text
}

/// How strictly numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The lowest number that an issue can have.
    pub lowest_issue: u64,
}

/// Reads a file's entries. `preset` is the metadata that stands in the file's name.
pub fn parse(bytes: &[u8], preset: Metadata, rules: Rules) -> Result<Vec<Entry>, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::at(Rule::Encoding, line_of_bad_utf8(bytes).unwrap_or(1), "this is not UTF-8"))?;
    let text = universal_newlines(text);
    let mut reading = Reading { text: &text, rules, entries: Vec::new(), current: Current::new(1, preset) };
    let (mut number, mut begin) = (0, 0);
    for line in text.split('\n') {
        number += 1;
        reading.line(number, begin, strip_end(line))?;
        begin += line.len() + 1;
    }
    reading.finish(number, text.len())?;
    Ok(reading.entries)
}

struct Reading<'t> {
    text: &'t str,
    rules: Rules,
    entries: Vec<Entry>,
    current: Current,
}

/// The entry that is being read.
struct Current {
    first_line: usize,
    metadata: Metadata,
    /// What the file says, in its order, with the lines; what its name says is not among it.
    said: Vec<(String, usize)>,
    /// The line, and the place in the text, where the body begins.
    body: Option<(usize, usize)>,
}

impl Current {
    fn new(first_line: usize, metadata: Metadata) -> Self {
        Self { first_line, metadata, said: Vec::new(), body: None }
    }
}

impl Reading<'_> {
    /// Takes a line, which begins at this place of the text.
    fn line(&mut self, number: usize, begin: usize, line: &str) -> Result<(), Problem> {
        if self.current.body.is_none() {
            if let Some(rest) = line.strip_prefix("..") {
                return self.metadata_line(number, strip(rest));
            }
            if let Some(comment) = line.strip_prefix('#') {
                return commented_cve(number, strip(comment));
            }
            if !line.is_empty() {
                self.current.body = Some((number, begin));
            }
        } else if line == ".." {
            self.finish(number, begin)?;
            self.current = Current::new(number + 1, Metadata::new());
        }
        Ok(())
    }

    fn metadata_line(&mut self, number: usize, line: &str) -> Result<(), Problem> {
        let Some((name, value)) = line.split_once(':') else {
            let what = if line.is_empty() {
                "the entry between two `..` lines has no text".to_owned()
            } else {
                format!("`.. {line}` has no colon; metadata is written `.. name: value`")
            };
            return Err(Problem::at(Rule::Metadata, number, what));
        };
        let name = strip(&name.to_lowercase()).to_owned();
        if self.current.metadata.contains_key(&name) {
            let said = self.current.said.iter().any(|(known, _)| *known == name);
            let why = if said { "it stands there twice" } else { "the file's name says it already" };
            return Err(Problem::at(Rule::Metadata, number, format!("`{name}`: {why}")));
        }
        self.current.metadata.insert(name.clone(), strip(value).to_owned());
        self.current.said.push((name, number));
        Ok(())
    }

    /// Ends the entry in this line, before which its text ends.
    fn finish(&mut self, number: usize, end: usize) -> Result<(), Problem> {
        let current = &mut self.current;
        let Some((body_line, begin)) = current.body else {
            let line = current.first_line.min(number);
            return Err(Problem::at(Rule::Empty, line, "the entry has no text"));
        };
        let body = wrap_body(strip_end(&self.text[begin..end]), "", "");
        if let Some(prefix) = forbidden_start(&body) {
            return Err(Problem::at(
                Rule::Body,
                body_line,
                format!("the text begins with `{prefix}`, which blurb writes in front by itself"),
            ));
        }
        let said = |name: &str| current.said.iter().find(|(known, _)| known == name).map(|(_, line)| *line);
        let from_name = current.metadata.keys().filter(|name| said(name).is_none());
        for name in from_name.chain(current.said.iter().map(|(name, _)| name)) {
            let problem = |(rule, text)| Problem { rule, line: said(name), text };
            sound(name, &current.metadata, self.rules).map_err(problem)?;
        }
        let section = current.metadata.get("section").map(String::as_str);
        if current.metadata.contains_key("cve") && section != Some(SECURITY) {
            let text = format!("a CVE may only be named in the section {SECURITY}");
            return Err(Problem { rule: Rule::Metadata, line: said("cve"), text });
        }
        if !current.metadata.contains_key("gh-issue") && !current.metadata.contains_key("bpo") {
            return Err(Problem::at(Rule::Issue, current.first_line, "no issue is named"));
        }
        if section.is_none() {
            return Err(Problem::at(Rule::Section, current.first_line, "no section is named"));
        }
        let mut metadata = std::mem::take(&mut current.metadata);
        if let Some(name) = metadata.get_mut("cve")
            && let Some(canonical) = cve(name)
        {
            *name = canonical;
        }
        self.entries.push(Entry { metadata, body });
        Ok(())
    }
}

/// Looks at one thing that an entry says of itself.
fn sound(name: &str, metadata: &Metadata, rules: Rules) -> Result<(), (Rule, String)> {
    let no_changes = metadata.get("no changes").is_some_and(|value| !value.is_empty());
    let value = metadata.get(name).map(String::as_str).unwrap_or_default();
    match name {
        "gh-issue" | "bpo" => {
            let lowest = if name == "bpo" || no_changes { 0 } else { rules.lowest_issue };
            number_of(value, lowest).map(drop).map_err(|text| (Rule::Issue, text))
        }
        "section" if !no_changes && !SECTIONS.contains(&value) => {
            Err((Rule::Section, format!("`{value}` is not one of blurb's sections")))
        }
        "cve" if cve(value).is_none() => {
            Err((Rule::Metadata, format!("`{value}` is not a CVE's name, which is CVE-YYYY-NNNN")))
        }
        _ => Ok(()),
    }
}

/// A CVE that was filled in while the line is still a comment would be lost.
fn commented_cve(number: usize, comment: &str) -> Result<(), Problem> {
    let Some((name, value)) = comment.strip_prefix("..").and_then(|rest| rest.split_once(':')) else { return Ok(()) };
    if strip(&name.to_lowercase()) == "cve" && !strip(value).is_empty() {
        let text = "a CVE is named, and the line is still a comment: remove the `#` in front";
        return Err(Problem::at(Rule::Metadata, number, text));
    }
    Ok(())
}

/// How a body must not begin. As in Python's `re.IGNORECASE`, `ſ` is an `s` and the dotless and
/// the dotted i are an `i`.
fn forbidden_start(body: &str) -> Option<&'static str> {
    let fold = |c: char| match c {
        'ſ' => 's',
        'İ' | 'ı' => 'i',
        c => c.to_ascii_lowercase(),
    };
    ["- ", "Issue #", "bpo-", "gh-"].into_iter().find(|prefix| {
        let mut start = body.chars().take(length(prefix)).map(fold);
        prefix.chars().map(fold).all(|wanted| start.next() == Some(wanted))
    })
}

fn number_of(value: &str, lowest: u64) -> Result<u64, String> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = digits.then(|| value.parse::<u64>().ok()).flatten() else {
        return Err(format!("`{value}` is not an issue's number"));
    };
    if number < lowest {
        return Err(format!("issue {value}: the lowest number of an issue is {lowest}"));
    }
    Ok(number)
}

/// A CVE in the form in which it is written down.
pub fn cve(text: &str) -> Option<String> {
    let text = strip(text);
    let rest = match text.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("cve-") => &text[4..],
        _ => text,
    };
    let (year, number) = rest.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (year.len() == 4 && number.len() >= 4 && digits(year) && digits(number)).then(|| format!("CVE-{year}-{number}"))
}

/// The file that holds these entries.
pub fn render(entries: &[Entry]) -> String {
    let mut out = String::new();
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 {
            out.push_str("\n..\n\n");
        }
        for (name, value) in &entry.metadata {
            out.extend([".. ", name, ": ", value, "\n"]);
        }
        if !entry.metadata.is_empty() {
            out.push('\n');
        }
        out.push_str(&wrap_body(&entry.body, "", ""));
    }
    out
}
