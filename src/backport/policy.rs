//! Which branch may get a backport, by the role that the project gave it.

use crate::names::BranchName;
use crate::ports::Role;

/// Whether a branch may get a backport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; with what the person should know.
    Fine(Option<String>),
    /// No, why, and what helps.
    Refused(String, Vec<String>),
}

/// What the person said that matters here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    /// It is a security fix (`--security`).
    pub security: bool,
}

/// Decides. `by` is who decides about the branch, where the project names them; `from` is where
/// its role was given.
pub fn judge(branch: &BranchName, role: Role, said: Said, by: Option<&str>, from: &str) -> Verdict {
    let who = by.map_or_else(|| "its release manager".to_owned(), |name| format!("its release manager, {name},"));
    match role {
        Role::Maintenance | Role::Unlisted => Verdict::Fine(None),
        Role::ReleaseCandidate => Verdict::Fine(Some(format!(
            "a release is being prepared on {branch} ({from}): {who} decides what still goes in"
        ))),
        Role::Security if said.security => {
            Verdict::Fine(Some(format!("{branch} gets security fixes only ({from}): {who} decides and merges")))
        }
        Role::Security => Verdict::Refused(
            format!("{branch} gets security fixes only ({from}), and {who} decides about them"),
            vec![format!("if this is one: `pyflow backport {branch} --security`")],
        ),
        Role::EndOfLife => Verdict::Refused(
            format!("{branch} gets nothing any more ({from})"),
            vec!["who still needs it can keep it in a branch of their own".to_owned()],
        ),
        Role::Default => Verdict::Refused(
            format!("{branch} is where new work lands first ({from}); a backport goes to an older branch"),
            vec![format!("send the change itself: `pyflow submit {branch}`")],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Said, Verdict, judge};

    #[test]
    fn every_role_has_its_rule() {
        let told = |role, security| {
            let branch = "3.12".parse().unwrap();
            match judge(&branch, role, Said { security }, Some("Thomas"), ".reviewconf:9") {
                Verdict::Fine(None) => "fine".to_owned(),
                Verdict::Fine(Some(note)) => format!("fine: {note}"),
                Verdict::Refused(why, hints) => format!("no: {why} | {}", hints.join(" | ")),
            }
        };
        assert_eq!(told(Role::Maintenance, false), "fine");
        assert_eq!(told(Role::Unlisted, false), "fine");
        assert_eq!(
            told(Role::ReleaseCandidate, false),
            "fine: a release is being prepared on 3.12 (.reviewconf:9): its release manager, Thomas, decides what still goes in"
        );
        assert_eq!(
            told(Role::Security, true),
            "fine: 3.12 gets security fixes only (.reviewconf:9): its release manager, Thomas, decides and merges"
        );
        assert_eq!(
            told(Role::Security, false),
            "no: 3.12 gets security fixes only (.reviewconf:9), and its release manager, Thomas, decides about them | if this is one: `pyflow backport 3.12 --security`"
        );
        assert!(told(Role::EndOfLife, true).starts_with("no: 3.12 gets nothing any more"));
        assert!(told(Role::Default, true).contains("`pyflow submit 3.12`"));
    }
}
