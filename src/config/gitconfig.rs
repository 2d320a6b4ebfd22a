//! git's effective configuration, from the output of one
//! `git config --list -z --show-origin --show-scope`.
//!
//! git itself has followed the includes and sorted the files; here is only looked up, with git's
//! rules for names and booleans (git-config(1)). No process is run.

use super::sourced::{Origin, Sourced};
use crate::error::{Error, Result};

/// What git's configuration says, in git's order: later entries win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitConfig {
    entries: Vec<Entry>,
}

/// One line of git's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of git's files it belongs to.
    pub scope: Scope,
    /// The file, or what git says instead (`command line:`).
    pub file: String,
    /// Section and variable in lower case, the subsection as it is.
    pub key: String,
    /// `None`: the variable stands alone, which means true.
    pub value: Option<String>,
}

impl Entry {
    /// Where it came from.
    pub fn origin(&self) -> Origin {
        Origin::GitConfig { key: self.key.clone(), file: Some(self.file.clone()) }
    }

    /// The value; empty for a variable that stands alone.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }
}

/// Which of git's configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The machine's.
    System,
    /// The person's.
    Global,
    /// The repository's.
    Local,
    /// The linked worktree's.
    Worktree,
    /// `git -c`, `GIT_CONFIG_COUNT`.
    Command,
    /// A word that this pyflow does not know.
    Other,
}

impl GitConfig {
    /// Reads what git prints for [`crate::checkout::discover::CONFIGURATION`]: scope, NUL, origin, NUL, key, newline, value, NUL; the newline is
    /// missing for a variable that stands alone.
    pub fn parse(output: &[u8]) -> Result<Self> {
        let mut entries = Vec::new();
        let mut fields = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        loop {
            let scope = fields.next();
            let Some(origin) = fields.next() else {
                // What follows the last NUL must be nothing.
                if scope.is_none_or(|rest| rest.is_empty()) {
                    return Ok(Self { entries });
                }
                return Err(nonsense());
            };
            let (Some(scope), Some(line)) = (scope, fields.next()) else { return Err(nonsense()) };
            let (key, value) = match line.split_once('\n') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (&*line, None),
            };
            if !key.contains('.') {
                return Err(nonsense());
            }
            let scope = match &*scope {
                "system" => Scope::System,
                "global" => Scope::Global,
                "local" => Scope::Local,
                "worktree" => Scope::Worktree,
                "command" => Scope::Command,
                _ => Scope::Other,
            };
            let file = origin.strip_prefix("file:").unwrap_or(&origin).to_owned();
            entries.push(Entry { scope, file, key: canonical(key), value });
        }
    }

    /// For tests and for callers that have pairs: every pair as if the repository's file held it.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let entry = |(key, value): (&str, &str)| Entry {
            scope: Scope::Local,
            file: ".git/config".to_owned(),
            key: canonical(key),
            value: Some(value.to_owned()),
        };
        Self { entries: pairs.into_iter().map(entry).collect() }
    }

    /// Everything, in git's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that counts for this key: the last one.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        let key = canonical(key);
        self.entries.iter().rfind(|entry| entry.key == key)
    }

    /// The value that counts for this key, where it is not empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(Entry::text).filter(|text| !text.is_empty())
    }

    /// Every entry for a key that may stand several times; an empty value starts anew, as it
    /// does in git's own lists (`credential.helper`).
    pub fn get_all(&self, key: &str) -> Vec<&Entry> {
        let key = canonical(key);
        let all: Vec<&Entry> = self.entries.iter().filter(|entry| entry.key == key).collect();
        let start = all.iter().rposition(|entry| entry.value.as_deref() == Some("")).map_or(0, |at| at + 1);
        all[start..].to_vec()
    }

    /// A boolean by git's rules; a value that is none is an error that names its place.
    pub fn get_bool(&self, key: &str) -> Result<Option<Sourced<bool>>> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        match boolean(entry.value.as_deref()) {
            Some(value) => Ok(Some(Sourced::new(value, entry.origin()))),
            None => Err(entry.origin().error("a boolean is wanted: `true` or `false`")),
        }
    }

    /// The subsections of a section, each once, in git's order: the names of the remotes for
    /// `remote`.
    pub fn subsections(&self, section: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in &self.entries {
            let Some((first, rest)) = entry.key.split_once('.') else { continue };
            let Some((name, _)) = rest.rsplit_once('.') else { continue };
            if first == section && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The URLs of a remote for fetching, or those for pushing, after `url.….insteadOf` and
    /// `url.….pushInsteadOf` (git-config(1)); what `git remote get-url --all [--push]` prints.
    pub fn remote_urls(&self, remote: &str, push: bool) -> Vec<String> {
        let urls = self.get_all(&format!("remote.{remote}.url"));
        let push_urls = self.get_all(&format!("remote.{remote}.pushurl"));
        if push && !push_urls.is_empty() {
            return push_urls.iter().filter_map(|e| e.value.as_deref()).map(|url| self.rewrite(url, false)).collect();
        }
        urls.iter().filter_map(|e| e.value.as_deref()).map(|url| self.rewrite(url, push)).collect()
    }

    /// A URL after `insteadOf`; for pushing `pushInsteadOf` comes first. The longest prefix wins.
    pub fn rewrite(&self, url: &str, push: bool) -> String {
        let longest = |variable: &str| {
            let rule = |entry: &Entry| {
                let base = entry.key.strip_prefix("url.")?.strip_suffix(variable)?.strip_suffix('.')?.to_owned();
                let prefix = entry.value.clone()?;
                url.starts_with(&prefix).then_some((prefix.len(), base))
            };
            self.entries.iter().filter_map(rule).max_by_key(|(length, _)| *length)
        };
        let rule = if push { longest("pushinsteadof") } else { None };
        match rule.or_else(|| longest("insteadof")) {
            Some((length, base)) => format!("{base}{}", &url[length..]),
            None => url.to_owned(),
        }
    }
}

fn nonsense() -> Error {
    Error::unknown("`git config --list` printed something that pyflow cannot read")
        .hint("run `git --version`; 2.38 or later is wanted")
}

/// Section and variable do not depend on case, a subsection does.
fn canonical(key: &str) -> String {
    match (key.split_once('.'), key.rsplit_once('.')) {
        (Some((section, rest)), Some((before, variable))) if before.len() > section.len() => {
            let subsection = &rest[..rest.len() - variable.len() - 1];
            format!("{}.{subsection}.{}", section.to_lowercase(), variable.to_lowercase())
        }
        _ => key.to_lowercase(),
    }
}

/// git's `git_parse_maybe_bool`: words, or a number that is zero or not.
pub(crate) fn boolean(value: Option<&str>) -> Option<bool> {
    let Some(value) = value else { return Some(true) };
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" | "" => Some(false),
        number => int(number).map(|number| number != 0),
    }
}

/// git's `git_parse_int`: C's `strtoimax` (leading spaces, a sign, `0x`), then a unit; it must fit
/// into 32 bits.
fn int(text: &str) -> Option<i32> {
    let (digits, factor) = match text.char_indices().next_back()? {
        (at, 'k') => (&text[..at], 1 << 10),
        (at, 'm') => (&text[..at], 1 << 20),
        (at, 'g') => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let digits = digits.trim_start();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    // The integer parser would take a second sign.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = match digits.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => i64::from_str_radix(hex, 16),
        Some(_) => return None,
        None if digits.starts_with('0') => i64::from_str_radix(digits, 8),
        None => digits.parse(),
    };
    i32::try_from(number.ok()?.checked_mul(factor)?.checked_mul(sign)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{GitConfig, Scope, boolean};

    const OUTPUT: &[u8] = b"system\0file:/etc/gitconfig\0core.bare\nfalse\0\
        global\0file:/home/a/.gitconfig\0pyflow.submit.reviewers\nalice\0\
        local\0file:.git/config\0pyflow.submit.reviewers\nbob\0\
        local\0file:.git/config\0remote.Gerrit.url\nssh://a@h:29418/x\ny\0\
        local\0file:.git/config\0pyflow.review.track\0\
        command\0command line:\0core.bare\ntrue\0";

    #[test]
    fn the_last_one_wins_and_lists_collect() {
        let config = GitConfig::parse(OUTPUT).unwrap();
        assert_eq!(config.text("CORE.Bare"), Some("true"));
        assert_eq!(config.get("core.bare").unwrap().scope, Scope::Command);
        assert_eq!(config.get_all("pyflow.submit.reviewers").len(), 2);
        assert_eq!(config.text("remote.Gerrit.URL"), Some("ssh://a@h:29418/x\ny"));
        assert_eq!(config.text("remote.gerrit.url"), None);
        assert_eq!(config.subsections("remote"), ["Gerrit"]);
        assert!(config.get_bool("pyflow.review.track").unwrap().unwrap().value);
        assert!(GitConfig::parse(b"").unwrap().entries().is_empty());
        assert!(GitConfig::parse(b"local\0file:x").is_err());
        assert!(GitConfig::parse(b"local\0file:x\0").is_err());
        assert!(GitConfig::parse(b"junk").is_err());
    }

    #[test]
    fn booleans_are_gits() {
        let cases = [(None, Some(true)), (Some(""), Some(false)), (Some("Yes"), Some(true)), (Some("0"), Some(false))];
        for (text, value) in cases {
            assert_eq!(boolean(text), value, "{text:?}");
        }
        assert_eq!(boolean(Some("2k")), Some(true));
        assert_eq!(boolean(Some("maybe")), None);
    }

    #[test]
    fn an_empty_value_starts_a_list_anew() {
        let config = GitConfig::from_pairs([("a.b", "1"), ("a.b", ""), ("a.b", "2")]);
        assert_eq!(config.get_all("a.b").len(), 1);
    }

    #[test]
    fn urls_are_rewritten_as_git_does() {
        let config = GitConfig::from_pairs([
            ("remote.gerrit.url", "review:python/cpython"),
            ("url.ssh://alice@review.example.org:29418/.insteadOf", "review:"),
            ("url.https://long/.insteadOf", "review:python/"),
            ("url.https://push/.pushInsteadOf", "review:"),
        ]);
        assert_eq!(config.remote_urls("gerrit", false), ["https://long/cpython"]);
        assert_eq!(config.remote_urls("gerrit", true), ["https://push/python/cpython"]);
    }
}
