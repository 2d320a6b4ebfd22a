//! What Gerrit says during a push (`remote:` lines), picked apart for showing.
//!
//! It decides nothing: whether a change was created or updated is read from the server afterwards
//! (`settle`), since these words come from a stream that a cut connection ends anywhere.

/// The parts of the talk that a person wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What follows `warning: `.
    pub warnings: Vec<String>,
    /// Votes that the new patch set has lost: `Code-Review+2 by Carol Core`.
    pub outdated: Vec<String>,
}

/// Reads the lines, without their `remote: ` prefix. Gerrit pads each with eight spaces and parts
/// progress lines by carriage returns.
pub fn read(lines: &[String]) -> Remarks {
    let mut remarks = Remarks::default();
    let mut in_outdated = false;
    for line in lines.iter().flat_map(|l| l.split(['\r', '\n'])) {
        let line = line.trim();
        let line = line.strip_prefix("remote:").map_or(line, str::trim);
        if line.is_empty() {
            continue;
        }
        if line.starts_with("The following approvals got outdated") {
            in_outdated = true;
        } else if let Some(vote) = line.strip_prefix("* ").filter(|_| in_outdated) {
            remarks.outdated.push(vote.to_owned());
        } else if let Some(text) = line.strip_prefix("warning: ") {
            remarks.warnings.push(text.to_owned());
        } else {
            in_outdated = false;
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::{Remarks, read};

    fn recorded(text: &str) -> Remarks {
        let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        read(&lines)
    }

    #[test]
    fn recorded_pushes_are_read() {
        let new = recorded(include_str!("../../../fixtures/gerrit-3.13/push-new-stack.stderr.txt"));
        assert_eq!(new, Remarks::default());
        let update = recorded(include_str!("../../../fixtures/gerrit-3.13/push-update-outdated-votes.stderr.txt"));
        assert_eq!(update.outdated, ["Code-Review+2 by Carol Core"]);
        let over = recorded(include_str!("../../../fixtures/gerrit-3.13/push-over-bob.stderr.txt"));
        assert_eq!(over.warnings, ["fcac342: no files changed, author changed, message updated"]);
    }
}
