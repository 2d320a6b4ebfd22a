//! Patterns for files, as `.reviewconf` has them: data from a stranger.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::str::FromStr;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::names::{Malformed, is_invisible};

/// A pattern that is matched against a whole path from the top of the tree: `*` and `?` stop at
/// slashes, `**` does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Glob);

impl Pattern {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.glob()
    }
}

/// Longer ones are no paths; a bound for hostile files.
const LONGEST: usize = 200;

impl FromStr for Pattern {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed("it is empty"));
        }
        if text.len() > LONGEST {
            return Err(Malformed("it is longer than 200 bytes"));
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(Malformed("control and invisible characters are not allowed"));
        }
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(Malformed("paths are relative to the top of the tree and stay below it"));
        }
        // Alternatives inside alternatives multiply what has to be matched.
        if text.matches('{').count() > 2 {
            return Err(Malformed("more than two alternatives `{…}` are too many"));
        }
        let built = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        built.map(Self).map_err(|_| Malformed("this is not a pattern; `**/*.py` is one"))
    }
}

/// Patterns, of which one is enough.
#[derive(Debug, Clone)]
pub(super) struct Set(GlobSet);

impl Set {
    /// Each pattern has been built before; together they may still be too large, and then match nothing.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let mut builder = GlobSetBuilder::new();
        for pattern in patterns {
            builder.add(pattern.0.clone());
        }
        Self(builder.build().unwrap_or_default())
    }

    pub(super) fn matches(&self, path: &[u8]) -> bool {
        self.0.is_match(Path::new(OsStr::from_bytes(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Set};

    #[test]
    fn patterns_match_whole_paths() {
        let matches =
            |pattern: &str, path: &str| Set::new([&pattern.parse::<Pattern>().unwrap()]).matches(path.as_bytes());
        assert!(matches("**/*.py", "setup.py") && matches("**/*.py", "Lib/test/x.py"));
        assert!(matches("*.py", "setup.py") && !matches("*.py", "Lib/x.py"));
        assert!(matches("Doc/**/*.{rst,inc}", "Doc/a.rst") && matches("Doc/**/*.{rst,inc}", "Doc/b/c.inc"));
        assert!(!matches("Doc/**", "Docs/a") && !matches("configure", "x/configure"));
        for bad in
            ["", "/etc/passwd", "../x", "a/../b", "a\nb", "a\u{202e}b", "[", "{a", "{a,{b,{c,d}}}", &"x".repeat(201)]
        {
            assert!(bad.parse::<Pattern>().is_err(), "{bad:?}");
        }
    }
}
