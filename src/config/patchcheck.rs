//! `[patchcheck]` of `.reviewconf`: patterns and rules from a stranger, which can name files of
//! the tree and nothing else.

use std::collections::BTreeSet;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reviewconf::Document;
use super::sourced::{Sourced, did_you_mean, quoted};
use super::values::Text;
use crate::error::Result;
use crate::names::Malformed;
use crate::patchcheck::{Language, Level, Pattern, Preset, Rules, TouchRule, Whitespace};

/// `[patchcheck]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatchcheckTable {
    /// Rules that come with pyflow.
    pub preset: Option<Sourced<Preset>>,
    /// The project's own.
    pub own: Rules,
}

/// `cpython`
impl FromStr for Preset {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text == Self::CPython.as_str() { Ok(Self::CPython) } else { Err(Malformed("the one preset is `cpython`")) }
    }
}

/// Keys of `[patchcheck]`, also for the check of the schema.
pub(super) const KEYS: [&str; 3] = ["preset", "whitespace", "rule"];
const WHITESPACE_KEYS: [&str; 3] = ["language", "files", "exclude"];
const RULE_KEYS: [&str; 5] = ["id", "when", "touch", "level", "text"];
/// More than any project has; bounds for hostile files.
const MOST_ENTRIES: usize = 200;
const MOST_PATTERNS: usize = 200;
/// An id is a word in output.
const LONGEST_ID: usize = 40;
/// Text is one line of output.
const LONGEST_TEXT: usize = 200;

impl Document<'_> {
    pub(super) fn patchcheck(&self, root: &DeTable<'_>) -> Result<PatchcheckTable> {
        let Some(table) = self.table(root, "patchcheck", &KEYS)? else { return Ok(PatchcheckTable::default()) };
        let whitespace = self.entries(table, "patchcheck.whitespace", "whitespace", &WHITESPACE_KEYS)?;
        let rules = self.entries(table, "patchcheck.rule", "rule", &RULE_KEYS)?;
        let mut seen = BTreeSet::new();
        let rule = |(value, entry): &(&Spanned<DeValue<'_>>, &DeTable<'_>)| {
            let rule = self.rule(value, entry)?;
            if seen.insert(rule.id.clone()) {
                return Ok(rule);
            }
            Err(self
                .origin(&value.span())
                .error(format_args!("patchcheck.rule: {} stands there twice", quoted(&rule.id))))
        };
        Ok(PatchcheckTable {
            preset: self.name(table, "patchcheck", "preset")?,
            own: Rules {
                touch: rules.iter().map(rule).collect::<Result<_>>()?,
                whitespace: whitespace
                    .iter()
                    .map(|(value, entry)| self.whitespace(value, entry))
                    .collect::<Result<_>>()?,
            },
        })
    }

    /// The tables of a list of tables, with no unknown keys in them.
    fn entries<'t, 'i>(
        &self,
        table: &'t DeTable<'i>,
        full: &str,
        key: &str,
        keys: &[&str],
    ) -> Result<Vec<(&'t Spanned<DeValue<'i>>, &'t DeTable<'i>)>> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let wrong =
            |value| self.wrong_type(full, value, "a list of tables").hint(format!("write `[[{full}]]` above each"));
        let Some(list) = value.get_ref().as_array() else { return Err(wrong(value)) };
        let mut entries = Vec::new();
        for item in list {
            let Some(entry) = item.get_ref().as_table() else { return Err(wrong(item)) };
            self.only(entry, full, keys)?;
            entries.push((item, entry));
        }
        if entries.len() > MOST_ENTRIES {
            return Err(self
                .origin(&value.span())
                .error(format_args!("{full}: there are more than {MOST_ENTRIES} of them")));
        }
        Ok(entries)
    }

    fn whitespace(&self, value: &Spanned<DeValue<'_>>, entry: &DeTable<'_>) -> Result<Whitespace> {
        let full = "patchcheck.whitespace";
        let language = self.choice(value, entry, full, "language", &Language::ALL)?;
        let files = self.patterns(entry, full, "files")?;
        if files.is_empty() {
            return Err(self.missing(value, full, "files"));
        }
        Ok(Whitespace { language, files, exclude: self.patterns(entry, full, "exclude")? })
    }

    fn rule(&self, value: &Spanned<DeValue<'_>>, entry: &DeTable<'_>) -> Result<TouchRule> {
        let full = "patchcheck.rule";
        let Some(id) = entry.get("id") else { return Err(self.missing(value, full, "id")) };
        let id = self.parse_string("patchcheck.rule.id", id, rule_id)?.value;
        let text =
            entry.get("text").map(|text| self.parse_string("patchcheck.rule.text", text, rule_text)).transpose()?;
        let level = self.choice(value, entry, full, "level", &Level::ALL)?;
        let (when, touch) = (self.patterns(entry, full, "when")?, self.patterns(entry, full, "touch")?);
        if touch.is_empty() && level == Level::Require {
            return Err(self
                .missing(value, full, "touch")
                .hint("a rule without it can only remind or warn: nothing would satisfy it"));
        }
        if when.is_empty() && touch.is_empty() {
            return Err(self.missing(value, full, "when"));
        }
        Ok(TouchRule::new(id, when, touch, level, text.map(|text| text.value)))
    }

    fn missing(&self, value: &Spanned<DeValue<'_>>, full: &str, key: &str) -> crate::error::Error {
        self.origin(&value.span()).error(format_args!("{full}: `{key}` is missing"))
    }

    fn choice<T: Copy>(
        &self,
        value: &Spanned<DeValue<'_>>,
        entry: &DeTable<'_>,
        full: &str,
        key: &str,
        known: &[(&str, T)],
    ) -> Result<T> {
        let Some(chosen) = entry.get(key) else { return Err(self.missing(value, full, key)) };
        let text = self.expect_string(&format!("{full}.{key}"), chosen)?;
        if let Some((_, chosen)) = known.iter().find(|(name, _)| *name == text) {
            return Ok(*chosen);
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let meant = did_you_mean(text, names.iter().copied());
        let error =
            self.origin(&chosen.span()).error(format_args!("{full}.{key}: {} is not known{meant}", quoted(text)));
        Err(error.hint(format!("it is one of {}", names.join(", "))))
    }

    fn patterns(&self, entry: &DeTable<'_>, full: &str, key: &str) -> Result<Vec<Pattern>> {
        let Some(value) = entry.get(key) else { return Ok(Vec::new()) };
        let full = format!("{full}.{key}");
        let Some(list) = value.get_ref().as_array() else {
            return Err(self.wrong_type(&full, value, "a list of patterns"));
        };
        if list.len() > MOST_PATTERNS {
            let text = format!("{full}: there are more than {MOST_PATTERNS} patterns");
            return Err(self.origin(&value.span()).error(text));
        }
        list.iter().map(|item| self.parse_string(&full, item, str::parse).map(|pattern| pattern.value)).collect()
    }
}

fn rule_id(text: &str) -> Result<String, Malformed> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if text.is_empty() || text.len() > LONGEST_ID || text.starts_with('-') || !text.bytes().all(plain) {
        return Err(Malformed("lowercase letters, digits and `-` are wanted"));
    }
    Ok(text.to_owned())
}

fn rule_text(text: &str) -> Result<String, Malformed> {
    if text.len() > LONGEST_TEXT {
        return Err(Malformed("it is longer than 200 bytes"));
    }
    text.parse::<Text>().map(|text| text.as_str().to_owned())
}
