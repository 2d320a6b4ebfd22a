//! Whether a change has the fragment that it needs, and whether its fragments are sound. Pure: what
//! changed against the target comes in, findings go out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Place, Rule, Style, issue, no_control_characters};

/// One file that a stack changes, against the branch that it wants to land on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// From the top of the tree; bytes that are not UTF-8 have become `U+FFFD`.
    pub path: String,
    /// What happened to it.
    pub change: FileChange,
    /// The content after the change; only fragments need theirs.
    pub content: Content,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Added,
    /// It was there.
    Modified,
    /// It is gone.
    Deleted,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// It is a symbolic link or a submodule.
    NotAFile,
    /// Nobody looked, or it is gone.
    Unread,
}

/// A fragment that the tree has after the change: its path, and a name for its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Present {
    /// From the top of the tree.
    pub path: String,
    /// Equal for equal content: git's name for it.
    pub id: String,
}

/// What the project wants.
pub struct Policy<'a> {
    /// Whether a change without a fragment must not pass.
    pub required: bool,
    /// Paths whose change alone needs no fragment.
    pub exempt: &'a dyn Fn(&str) -> bool,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A reminder.
    Remind,
    /// Worth a look.
    Warn,
    /// Must be put right.
    Require,
}

impl Level {
    /// Its name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::Warn => "warn",
            Self::Require => "require",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file; `null` where none exists yet.
    pub file: Option<String>,
    /// The line, from 1; `null` where it is about the file as a whole.
    pub line: Option<usize>,
    /// What kind of thing.
    pub rule: Rule,
    /// How much it weighs.
    pub level: Level,
    /// In words.
    pub text: String,
    /// Whether it has been put right: `news check` never does.
    pub fixed: bool,
}

/// What was found, and which fragments were looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// By file; what is missing stands at the end.
    pub findings: Vec<Finding>,
    /// Fragments that the change adds or changes.
    pub fragments: Vec<String>,
}

/// Looks at a stack. `present` is what the news folder holds after it, `subjects` are those of its
/// commits.
pub fn check(
    style: &dyn Style,
    policy: &Policy<'_>,
    files: &[ChangedFile],
    present: &[Present],
    subjects: &[String],
) -> Report {
    let mut report = Report::default();
    let issues: Vec<String> = subjects.iter().flat_map(|subject| issue::in_subject(subject)).collect();
    let mut touched = false;
    let mut counts = false;
    for file in files.iter().filter(|file| style.place(&file.path) == Place::Fragment) {
        touched = true;
        if file.change == FileChange::Deleted {
            // A revert of what was never released takes its entry with it.
            counts = true;
            continue;
        }
        counts |= style.counts(&file.path);
        report.fragments.push(file.path.clone());
        sound(style, &file.path, &file.content, &mut report.findings);
        if file.change == FileChange::Added {
            about(style, &file.path, &issues, &mut report.findings);
        }
    }
    twice(style, &report.fragments, present, &mut report.findings);
    let released = files.iter().any(|file| style.place(&file.path) == Place::Release);
    let needs = |file: &&ChangedFile| style.place(&file.path) == Place::Elsewhere && !(policy.exempt)(&file.path);
    if !counts
        && !released
        && let Some(first) = files.iter().find(needs)
    {
        report.findings.push(missing(policy, touched, first, files.iter().filter(needs).count()));
    }
    report
}

/// Looks at every fragment of a tree, whoever brought it.
pub fn check_all(style: &dyn Style, files: &[ChangedFile], present: &[Present]) -> Report {
    let mut report = Report::default();
    for file in files.iter().filter(|file| style.place(&file.path) == Place::Fragment) {
        report.fragments.push(file.path.clone());
        sound(style, &file.path, &file.content, &mut report.findings);
    }
    twice(style, &report.fragments, present, &mut report.findings);
    report
}

fn missing(policy: &Policy<'_>, touched: bool, first: &ChangedFile, count: usize) -> Finding {
    let more = match count {
        1 => String::new(),
        2 => " and 1 more file change".to_owned(),
        n => format!(" and {} more files change", n - 1),
    };
    let changes = if count == 1 { " changes" } else { "" };
    let without =
        if touched { "there are only fragments of types that do not count" } else { "there is no news fragment" };
    Finding {
        file: None,
        line: None,
        rule: Rule::Missing,
        level: if policy.required { Level::Require } else { Level::Remind },
        text: format!("{}{changes}{more}, and {without}", first.path),
        fixed: false,
    }
}

fn sound(style: &dyn Style, path: &str, content: &Content, findings: &mut Vec<Finding>) {
    let found = |rule, line, text| Finding {
        file: Some(path.to_owned()),
        line,
        rule,
        level: Level::Require,
        text,
        fixed: false,
    };
    match content {
        Content::Bytes(bytes) => {
            // What is not UTF-8 is the style's to tell.
            let control = std::str::from_utf8(bytes).ok().and_then(|text| no_control_characters(text).err());
            let problems = style.examine(path, bytes).into_iter().chain(control);
            findings.extend(problems.map(|problem| found(problem.rule, problem.line, problem.text)));
        }
        Content::NotAFile => {
            findings.push(found(
                Rule::Kind,
                None,
                "a fragment is a plain file, and this is a link or a submodule".to_owned(),
            ));
        }
        Content::Unread => {}
    }
}

/// A fragment about another issue than the change says it is about.
fn about(style: &dyn Style, path: &str, issues: &[String], findings: &mut Vec<Finding>) {
    let Some(number) = style.issue(path) else { return };
    let same = |other: &String| other.strip_prefix("bpo-").unwrap_or(other) == number;
    if issues.is_empty() || issues.iter().any(same) {
        return;
    }
    findings.push(Finding {
        file: Some(path.to_owned()),
        line: None,
        rule: Rule::Issue,
        level: Level::Warn,
        text: format!("it is about issue {number}, and the commits are about {}", issues.join(", ")),
        fixed: false,
    });
}

/// Entries that are there already.
fn twice(style: &dyn Style, fragments: &[String], present: &[Present], findings: &mut Vec<Finding>) {
    let there = || present.iter().filter(|other| style.place(&other.path) == Place::Fragment);
    let mut by_id: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for other in there() {
        by_id.entry(&other.id).or_default().push(&other.path);
        if let Some(name) = style.identity(&other.path) {
            by_name.entry(name).or_default().push(&other.path);
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for path in fragments {
        let Some(own) = present.iter().find(|other| other.path == *path) else { continue };
        let same_name = style.identity(path).and_then(|name| by_name.get(&name));
        let same_text = by_id.get(own.id.as_str()).filter(|_| style.one_entry_for_a_text());
        let groups = [(same_name, "stands for the same entry"), (same_text, "has the same text")];
        for (group, how) in groups {
            let other = group.and_then(|group| group.iter().find(|other| *other != path && !told.contains(other)));
            let Some(other) = other else { continue };
            let same_issue = style.issue(other) == style.issue(path);
            findings.push(Finding {
                file: Some(path.clone()),
                line: None,
                rule: Rule::Duplicate,
                level: if same_issue { Level::Require } else { Level::Warn },
                text: format!("{other} {how}"),
                fixed: false,
            });
            told.push(path);
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangedFile, Content, FileChange, Level, Policy, Present, check};
    use crate::news::blurb::Blurb;

    const GOOD: &str = "Misc/NEWS.d/next/Library/2026-11-20-12-00-00.gh-issue-123456.abcdef.rst";

    fn file(path: &str, change: FileChange, text: &str) -> ChangedFile {
        ChangedFile { path: path.to_owned(), change, content: Content::Bytes(text.into()) }
    }

    fn rules(files: &[ChangedFile], subjects: &[&str], required: bool) -> Vec<(&'static str, Level)> {
        let present: Vec<Present> = files
            .iter()
            .filter(|file| file.change != FileChange::Deleted)
            .map(|file| Present { path: file.path.clone(), id: format!("{:?}", file.content) })
            .collect();
        let policy = Policy { required, exempt: &|path| path.starts_with("Doc/") };
        let subjects: Vec<String> = subjects.iter().map(|text| (*text).to_owned()).collect();
        let report = check(&Blurb::default(), &policy, files, &present, &subjects);
        report.findings.iter().map(|finding| (finding.rule.as_str(), finding.level)).collect()
    }

    #[test]
    fn who_needs_a_fragment() {
        use FileChange::{Added, Deleted, Modified};
        let code = file("Lib/spam.py", Modified, "");
        let good = file(GOOD, Added, "Fix spam.\n");
        assert_eq!(rules(&[], &[], true), []);
        assert_eq!(rules(std::slice::from_ref(&code), &[], true), [("missing", Level::Require)]);
        assert_eq!(rules(std::slice::from_ref(&code), &[], false), [("missing", Level::Remind)]);
        assert_eq!(rules(&[code.clone(), good.clone()], &["gh-123456: x"], true), []);
        assert_eq!(rules(&[code.clone(), good.clone()], &["gh-99999: x"], true), [("issue", Level::Warn)]);
        assert_eq!(rules(&[code.clone(), file(GOOD, Deleted, "")], &[], true), []);
        assert_eq!(rules(&[file("Doc/a.rst", Modified, "")], &[], true), []);
        assert_eq!(rules(&[file("Misc/NEWS.d/next/Library/README.rst", Modified, "")], &[], true), []);
        assert_eq!(rules(&[code.clone(), file("Misc/NEWS.d/3.15.0a1.rst", Added, "")], &[], true), []);
        let again = file(&GOOD.replace("abcdef", "ghijkl"), Added, "Fix spam.\n");
        assert_eq!(rules(&[code, good, again], &[], true), [("duplicate", Level::Require)]);
    }

    /// What bedevere passes and blurb loses or dies of.
    #[test]
    fn what_the_tools_let_through() {
        for (path, text, rule) in [
            (GOOD.replace("gh-issue-123456", "gh-issue-123456,2"), "x\n", "name"),
            (GOOD.replace("gh-issue-123456", "gh-issue-123456.gh-issue-99999"), "x\n", "name"),
            (format!("{GOOD}~"), "x\n", "name"),
            (format!("{GOOD}.bak"), "x\n", "name"),
            (GOOD.replace(".rst", ".txt"), "x\n", "name"),
            (GOOD.replace("Library", "Libary"), "x\n", "directory"),
            (GOOD.replace("Library/", ""), "x\n", "directory"),
            (GOOD.replace("next/", ""), "x\n", "directory"),
            (GOOD.replace("Library", "Library/deeper"), "x\n", "directory"),
            (GOOD.to_owned(), "", "empty"),
            (GOOD.to_owned(), " \n\t\n", "empty"),
            (GOOD.to_owned(), "one\n..\ntwo\n", "issue"),
            (GOOD.to_owned(), "gh-123: x\n", "body"),
            (GOOD.to_owned(), "- x\n", "body"),
            (GOOD.to_owned(), "x \u{1b}[31m\n", "body"),
            (GOOD.to_owned(), ".. section: Library\n\nx\n", "metadata"),
            (GOOD.to_owned(), ".. cve: CVE-2026-1234\n\nx\n", "metadata"),
            (GOOD.to_owned(), "#.. cve: CVE-2026-1234\n\nx\n", "metadata"),
            (GOOD.to_owned(), ".. note\n\nx\n", "metadata"),
            (GOOD.to_owned(), ".. typo: y\n\nx\n", "metadata"),
            (GOOD.to_owned(), "\u{feff}x\n", "encoding"),
            (GOOD.replace("123456", "1"), "x\n", "issue"),
        ] {
            let found = rules(&[file(&path, FileChange::Added, text)], &[], true);
            assert_eq!(found.first(), Some(&(rule, Level::Require)), "{path} {text:?}: {found:?}");
        }
        let latin = Content::Bytes(b"Fix spam.\n\xe9\n".to_vec());
        for (content, rule) in [(latin, "encoding"), (Content::NotAFile, "kind")] {
            let file = ChangedFile { path: GOOD.to_owned(), change: FileChange::Added, content };
            assert_eq!(rules(&[file], &[], true), [(rule, Level::Require)]);
        }
    }
}
