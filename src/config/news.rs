//! `[news]`: which kind of fragments the project has, where they are, and which changes need none.
//!
//! A project may have news and no review server that pyflow knows, so this table is read by itself.

use std::fmt;
use std::str::FromStr;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::sourced::Sourced;
use crate::names::{Malformed, is_invisible};
use crate::news::StyleName;

/// The table, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewsTable {
    /// blurb's or towncrier's.
    pub style: Option<Sourced<StyleName>>,
    /// Where the news are.
    pub directory: Option<Sourced<TreePath>>,
    /// Whether a change without a fragment is stopped.
    pub required: Option<Sourced<bool>>,
    /// What needs none.
    pub exempt: Option<Sourced<Vec<PathPattern>>>,
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsSettings {
    /// `None`: nobody said; a checkout is then looked at.
    pub style: Option<Sourced<StyleName>>,
    /// `None`: the style's own place.
    pub directory: Option<Sourced<TreePath>>,
    /// Whether a change without a fragment is stopped.
    pub required: Sourced<bool>,
    /// What needs none.
    pub exempt: Sourced<Vec<PathPattern>>,
}

impl NewsSettings {
    /// The patterns of `exempt`, ready to be asked.
    pub fn exempt(&self) -> Exempt {
        let mut set = GlobSetBuilder::new();
        for pattern in &self.exempt.value {
            if let Ok(glob) = pattern.glob() {
                set.add(glob);
            }
        }
        // Each pattern was built once already, when it was read.
        Exempt(set.build().unwrap_or_else(|_| GlobSet::empty()))
    }
}

/// Paths that need no fragment.
#[derive(Debug, Clone)]
pub struct Exempt(GlobSet);

impl Exempt {
    /// Whether a path is one of them.
    pub fn covers(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// A path below the top of the tree: no way out of it, and none into git's folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// With `/` between its parts, and none at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TreePath {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() || path.len() > 1024 {
            return Err(Malformed("a path below the top of the tree is wanted"));
        }
        if path.chars().any(|c| c.is_control() || is_invisible(c) || matches!(c, '\\' | ':')) {
            return Err(Malformed("control characters, `\\` and `:` are not allowed in it"));
        }
        let bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
        if path.starts_with('-') || path.split('/').any(bad) {
            return Err(Malformed("it must stay below the top of the tree, out of `.git`, and not begin with `-`"));
        }
        Ok(Self(path.to_owned()))
    }
}

/// A pattern for paths: `*` and `?` stop at `/`, `**` does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern(String);

impl PathPattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn glob(&self) -> Result<globset::Glob, globset::Error> {
        GlobBuilder::new(&self.0).literal_separator(true).backslash_escape(true).build()
    }
}

impl FromStr for PathPattern {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() || text.len() > 1024 || text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(Malformed("a pattern has up to 1024 characters, and none that cannot be seen"));
        }
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(Malformed("a pattern begins at the top of the tree, without `/`, and holds no `..`"));
        }
        let pattern = Self(text.to_owned());
        pattern.glob().map_err(|_| Malformed("it is not a pattern: `Doc/**`, `**/test_*.py`"))?;
        Ok(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::{NewsSettings, PathPattern, TreePath};
    use crate::config::Sourced;

    #[test]
    fn paths_stay_in_the_tree() {
        for good in ["Misc/NEWS.d", "news/", "a b/ü"] {
            assert!(good.parse::<TreePath>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "/etc",
            "..",
            "a/../b",
            "a//b",
            "./a",
            ".git",
            "a/.GIT/b",
            "-x",
            "a\\b",
            "c:/x",
            "a\u{1b}",
            "a\u{202e}",
        ] {
            assert!(bad.parse::<TreePath>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn patterns_stop_at_a_slash() {
        let patterns = ["Doc/**", "**/test_*.py", "*.md"].map(|text| text.parse::<PathPattern>().unwrap());
        let settings = NewsSettings {
            style: None,
            directory: None,
            required: Sourced::default(false),
            exempt: Sourced::default(patterns.into()),
        };
        let exempt = settings.exempt();
        for (path, covered) in [
            ("Doc/a/b.rst", true),
            ("Lib/test/test_spam.py", true),
            ("test_x.py", true),
            ("README.md", true),
            ("Lib/spam.py", false),
            ("a/README.md", false),
            ("Docs/x", false),
        ] {
            assert_eq!(exempt.covers(path), covered, "{path}");
        }
        for bad in ["", "/x", "../x", "a[", "{a"] {
            assert!(bad.parse::<PathPattern>().is_err(), "{bad:?}");
        }
    }
}
