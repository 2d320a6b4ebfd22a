//! Paths of the REST interface.
//!
//! Gerrit 3.13 answers 404 to an encoded `~` (`plain%7E37`) and needs slashes in names encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::names::{BranchName, ProjectName};

/// All but what RFC 3986, 2.3 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `changes/PROJECT~NUMBER`: a number alone would do, but is not checked against the project.
pub(super) fn change(project: &ProjectName, number: u64) -> String {
    format!("changes/{}~{number}", utf8_percent_encode(project.as_str(), SEGMENT))
}

/// `projects/PROJECT/REST`.
pub(super) fn project(project: &ProjectName, rest: &str) -> String {
    format!("projects/{}/{rest}", utf8_percent_encode(project.as_str(), SEGMENT))
}

/// `projects/PROJECT/branches/BRANCH`.
pub(super) fn branch(of: &ProjectName, branch: &BranchName) -> String {
    project(of, &format!("branches/{}", utf8_percent_encode(branch.as_str(), SEGMENT)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn slashes_are_encoded_and_tildes_are_not() {
        let project = "python/c-py.thon".parse().expect("a project");
        let branch = "stable/3.14".parse().expect("a branch");
        assert_eq!(super::branch(&project, &branch), "projects/python%2Fc-py.thon/branches/stable%2F3.14");
        assert_eq!(super::change(&project, 37), "changes/python%2Fc-py.thon~37");
    }
}
