//! `[news]`: which kind of fragments the project has, where they are, and which changes need none.
//!
//! A project may have news and no review server that pyflow knows, so this table is read by itself.

use std::fmt;
use std::str::FromStr;

use super::sourced::Sourced;
use crate::names::{Malformed, is_invisible};
use crate::news::StyleName;
use crate::patchcheck::Pattern;

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
    pub exempt: Option<Sourced<Vec<Pattern>>>,
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
    pub exempt: Sourced<Vec<Pattern>>,
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

#[cfg(test)]
mod tests {
    use super::TreePath;

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
}
