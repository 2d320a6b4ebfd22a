//! Rules as data: which files are judged how, and which changes want company.
//!
//! The preset `cpython` is the list that `Tools/patchcheck/patchcheck.py` went through, in its
//! own words (as of CPython 3.11, the last with whitespace checks of its own).

use super::glob::{Pattern, Patterns};
use super::{Language, Level};

/// Files whose whitespace is judged: `[[patchcheck.whitespace]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whitespace {
    /// How.
    pub language: Language,
    /// These.
    pub files: Vec<Pattern>,
    /// But not these; where no other entry takes them, they are not looked at at all.
    pub exclude: Vec<Pattern>,
}

/// A change to this wants a change to that: `[[patchcheck.rule]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchRule {
    /// Its name.
    pub id: String,
    /// Where one of these changes; empty: always.
    pub when: Vec<Pattern>,
    /// But not where one of these changes, too: another rule is about it.
    unless: Vec<Pattern>,
    /// One of these should; empty: nothing can, it is something to think of.
    pub touch: Vec<Pattern>,
    /// How much it weighs.
    pub level: Level,
    /// What is asked, in words.
    pub text: String,
}

impl TouchRule {
    /// A rule of a project's own. Without words it gets some.
    pub fn new(id: String, when: Vec<Pattern>, touch: Vec<Pattern>, level: Level, text: Option<String>) -> Self {
        let names = |patterns: &[Pattern]| patterns.iter().map(Pattern::as_str).collect::<Vec<_>>().join(" or ");
        let text = text.unwrap_or_else(|| match (when.is_empty(), touch.is_empty()) {
            (_, true) => format!("{} changed: {id}", names(&when)),
            (true, false) => format!("{} changed", names(&touch)),
            (false, false) => format!("{} changed with {}", names(&touch), names(&when)),
        });
        Self { id, when, unless: Vec::new(), touch, level, text }
    }
}

/// What a rule comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// What should change has changed.
    Yes,
    /// It has not.
    No,
    /// Nothing asks for it.
    NotNeeded,
    /// Something to think of.
    Reminder,
}

/// Rules that come with pyflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// CPython's.
    CPython,
}

impl Preset {
    /// The name in `.reviewconf`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CPython => "cpython",
        }
    }
}

/// All that holds for a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The first that takes a file decides.
    pub whitespace: Vec<Whitespace>,
    /// In the order in which they are told.
    pub touch: Vec<TouchRule>,
}

impl Rules {
    /// A project's own rules, and after them those of a preset.
    #[must_use]
    pub fn and(mut self, preset: Option<Preset>) -> Self {
        if preset == Some(Preset::CPython) {
            self.whitespace.extend(cpython_whitespace());
            self.touch.extend(cpython_rules());
        }
        self
    }
}

/// Patterns that stand in this file.
fn fixed(patterns: &[&str]) -> Vec<Pattern> {
    patterns.iter().filter_map(|pattern| pattern.parse().ok()).collect()
}

/// Copies of libraries that others maintain (`EXCLUDE_DIRS` in patchcheck.py).
const COPIES: [&str; 4] =
    ["Modules/_ctypes/libffi*/**", "Modules/_decimal/libmpdec/**", "Modules/expat/**", "Modules/zlib/**"];

fn cpython_whitespace() -> Vec<Whitespace> {
    let entry = |language, files: &[&str], exclude: &[&str]| Whitespace {
        language,
        files: fixed(files),
        exclude: fixed(&[&COPIES[..], exclude].concat()),
    };
    vec![
        // Has tabs by design.
        entry(Language::Python, &["**/*.py"], &["Tools/c-analyzer/cpython/_parser.py"]),
        entry(Language::C, &["**/*.c", "**/*.h"], &[]),
        entry(Language::Rst, &["Doc/**/*.rst", "Doc/**/*.inc"], &[]),
    ]
}

fn cpython_rules() -> Vec<TouchRule> {
    let rule = |id: &str, when: &[&str], unless: &[&str], touch: &[&str], level, text: &str| TouchRule {
        id: id.to_owned(),
        when: fixed(when),
        unless: fixed(unless),
        touch: fixed(touch),
        level,
        text: text.to_owned(),
    };
    let c: [&str; 2] = ["**/*.c", "**/*.h"];
    vec![
        rule("docs", &[], &[], &["Doc/**/*.rst", "Doc/**/*.inc"], Level::Remind, "Docs modified"),
        rule("acks", &[], &[], &["Misc/ACKS"], Level::Remind, "Misc/ACKS updated"),
        rule("news", &[], &[], &["Misc/NEWS.d/next/**"], Level::Remind, "Misc/NEWS.d updated with `blurb`"),
        rule("configure", &["configure.ac"], &[], &["configure"], Level::Warn, "configure regenerated"),
        rule("pyconfig", &["configure.ac"], &[], &["pyconfig.h.in"], Level::Warn, "pyconfig.h.in regenerated"),
        rule("refleaks", &c, &[], &[], Level::Remind, "Did you run the test suite and check for refleaks?"),
        rule("tests", &["**/*.py"], &c, &[], Level::Remind, "Did you run the test suite?"),
    ]
}

/// How a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Not at all: it is excluded.
    Excluded,
    /// For what is wrong in every file, and its whitespace where there is a language.
    Judged(Option<Language>),
}

/// The rules, ready to be asked.
#[derive(Debug)]
pub struct Checker {
    whitespace: Vec<(Language, Patterns, Patterns)>,
    touch: Vec<(TouchRule, Patterns, Patterns, Patterns)>,
}

impl Checker {
    /// Prepares the rules.
    pub fn new(rules: &Rules) -> Self {
        let whitespace = rules.whitespace.iter();
        let touch = rules.touch.iter();
        Self {
            whitespace: whitespace.map(|w| (w.language, Patterns::new(&w.files), Patterns::new(&w.exclude))).collect(),
            touch: touch
                .map(|rule| {
                    (rule.clone(), Patterns::new(&rule.when), Patterns::new(&rule.unless), Patterns::new(&rule.touch))
                })
                .collect(),
        }
    }

    /// How the file at this path from the top of the tree is looked at.
    pub fn scope(&self, path: &[u8]) -> Scope {
        let mut excluded = false;
        for (language, files, exclude) in &self.whitespace {
            if files.take(path) {
                if !exclude.take(path) {
                    return Scope::Judged(Some(*language));
                }
                excluded = true;
            }
        }
        if excluded { Scope::Excluded } else { Scope::Judged(None) }
    }

    /// What each rule says where these paths changed, and the path that it is about.
    pub fn answers<'p>(&self, changed: &[&'p [u8]]) -> Vec<(&TouchRule, Answer, Option<&'p [u8]>)> {
        let find = |set: &Patterns| changed.iter().copied().find(|path| set.take(path));
        let answer = |(rule, when, unless, touch): &'_ (TouchRule, Patterns, Patterns, Patterns)| {
            let cause = find(when);
            let asked = (rule.when.is_empty() && !changed.is_empty()) || cause.is_some();
            let answer = if !asked || find(unless).is_some() {
                Answer::NotNeeded
            } else if rule.touch.is_empty() {
                Answer::Reminder
            } else if find(touch).is_some() {
                Answer::Yes
            } else {
                Answer::No
            };
            (answer, cause)
        };
        self.touch
            .iter()
            .map(|entry| {
                let (answer, cause) = answer(entry);
                (&entry.0, answer, cause)
            })
            .collect()
    }
}
