//! Names that become paths or refs: projects, users, branches. Parsed once, at the edge.

/// A project's name as a folder below `projects/`: parts of letters, digits, `.`, `_`, `-`, joined by `/`.
pub(super) fn is_project(name: &str) -> bool {
    name.len() <= 200
        && name.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with(['.', '-'])
                && !part.ends_with('.')
                && !has_suffix(part, ".git")
                && !has_suffix(part, ".lock")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        })
}

fn has_suffix(part: &str, suffix: &str) -> bool {
    part.len() >= suffix.len() && part.as_bytes()[part.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
}

/// A user or group name.
pub(super) fn is_user(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name != "self"
        && !name.bytes().all(|b| b.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A person's name or an address: printable, without what would break a header or a trailer.
pub(super) fn is_plain_text(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.chars().any(|c| c.is_control() || matches!(c, '<' | '>'))
}

/// A full ref name by git's rules (`git check-ref-format`), of bearable length.
pub(super) fn is_ref(name: &str) -> bool {
    name.len() <= 500 && name.starts_with("refs/") && git2::Reference::is_valid_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_stay_below_their_folder() {
        for good in ["plain", "proj-a", "python/cpython", "c++", "a.b"] {
            assert!(is_project(good), "{good}");
        }
        for bad in
            ["", "/", "a/", "/a", "..", "a/../b", ".git", "a.git", "a.GIT/b", "-x", "a b", "a\0", "a\\b", "é", "a."]
        {
            assert!(!is_project(bad), "{bad}");
        }
    }

    #[test]
    fn user_names_are_words() {
        assert!(is_user("alice") && is_user("a.b-c_1"));
        for bad in ["", "self", "123", ".a", "a b", "a/b", "-a", "a\n"] {
            assert!(!is_user(bad), "{bad}");
        }
    }
}
