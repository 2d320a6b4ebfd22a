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
pub struct Patterns(Vec<GlobSet>);

impl Patterns {
    /// Prepares them.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let globs: Vec<Glob> = patterns.into_iter().map(|pattern| pattern.0.clone()).collect();
        Self(sets(&globs, &together))
    }

    /// Whether one of them takes this path from the top of the tree.
    pub fn take(&self, path: &[u8]) -> bool {
        let path = Path::new(OsStr::from_bytes(path));
        self.0.iter().any(|set| set.is_match(path))
    }
}

/// One set of all; `None` where that is too large for the engine.
fn together(globs: &[Glob]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(glob.clone());
    }
    builder.build().ok()
}

/// All in one set, or in as many as it takes, so that none is left out.
fn sets(globs: &[Glob], together: &dyn Fn(&[Glob]) -> Option<GlobSet>) -> Vec<GlobSet> {
    if let Some(set) = together(globs) {
        return vec![set];
    }
    let (first, second) = globs.split_at(globs.len() / 2);
    // One alone is far too short to be too large.
    if first.is_empty() { Vec::new() } else { [sets(first, together), sets(second, together)].concat() }
}

#[cfg(test)]
mod tests {
    use globset::Glob;

    use super::{Pattern, Patterns, sets, together};

    #[test]
    fn patterns_match_whole_paths() {
        let matches =
            |pattern: &str, path: &str| Patterns::new([&pattern.parse::<Pattern>().unwrap()]).take(path.as_bytes());
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

    #[test]
    fn patterns_that_are_too_many_for_one_set_are_all_asked() {
        let patterns: Vec<Pattern> = (0..9).map(|n| format!("{n}.py").parse().unwrap()).collect();
        let globs: Vec<Glob> = patterns.iter().map(|pattern| pattern.0.clone()).collect();
        let patterns = Patterns(sets(&globs, &|some| together(some).filter(|_| some.len() <= 2)));
        assert!(patterns.0.len() > 4);
        assert!((0..9).all(|n| patterns.take(format!("{n}.py").as_bytes())) && !patterns.take(b"9.py"));
    }
}
