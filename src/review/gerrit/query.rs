//! Gerrit's query language: how what is asked becomes queries that mean exactly that.
//!
//! Source: Gerrit Documentation, "Searching Changes". Values from people and files stand in
//! quotation marks and cannot bring operators along; only a person's own raw query is raw.

use super::change_id::ChangeId;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId, ProjectName};
use crate::review::model::Change;
use crate::review::{ChangeName, Query};

/// Joined by `OR` in one query: well under the index's limit of terms, and a request line stays short.
const TERMS: usize = 40;

/// Something that one change, or the clones of one change, answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Number(u64),
    ChangeId(ChangeId),
    Commit(CommitId),
    PicksOf(u64),
}

impl Term {
    pub(super) fn of(name: &ChangeName) -> Result<Self> {
        Ok(match name {
            ChangeName::Number { number, .. } => Self::Number(*number),
            ChangeName::Commit(commit) => Self::Commit(commit.clone()),
            ChangeName::PicksOf(number) => Self::PicksOf(*number),
            ChangeName::ChangeId(id) => Self::change_id(id)?,
        })
    }

    pub(super) fn change_id(id: &str) -> Result<Self> {
        id.parse().map(Self::ChangeId).map_err(|why| {
            let shown = super::answers::plain(id);
            Error::usage(format!("`{shown}` is not a Change-Id: {why}"))
        })
    }

    fn text(&self) -> String {
        match self {
            Self::Number(number) => format!("change:{number}"),
            Self::ChangeId(id) => format!("change:{id}"),
            Self::Commit(commit) => format!("commit:{commit}"),
            Self::PicksOf(number) => format!("cherrypickof:{number}"),
        }
    }

    /// Whether a change in the answer is there because of this term.
    pub(super) fn fits(&self, change: &Change) -> bool {
        match self {
            Self::Number(number) => change.number == *number,
            Self::ChangeId(id) => change.change_id.as_deref() == Some(id.as_str()),
            Self::Commit(commit) => change.patch_set_of(commit).is_some(),
            Self::PicksOf(number) => change.picked_from == Some(*number),
        }
    }
}

/// Queries that together find all of these in one project.
pub(super) fn any_of(project: &ProjectName, terms: &[Term]) -> Vec<String> {
    terms
        .chunks(TERMS)
        .map(|chunk| {
            let any = chunk.iter().map(Term::text).collect::<Vec<_>>().join(" OR ");
            format!("project:\"{project}\" ({any})")
        })
        .collect()
}

/// The query of a list.
pub(super) fn open(project: &ProjectName, query: &Query) -> Result<String> {
    let mut out = format!("project:\"{project}\" status:open");
    if query.mine {
        out.push_str(" owner:self");
    }
    let filters = [("reviewer", &query.reviewer), ("topic", &query.topic), ("branch", &query.branch)];
    for (operator, value) in filters {
        if let Some(value) = value {
            out.extend([" ", operator, ":", &quoted(value, operator)?]);
        }
    }
    if let Some(raw) = query.raw.as_ref().map(|r| r.trim()).filter(|r| !r.is_empty()) {
        if raw.chars().any(char::is_control) {
            return Err(Error::usage("--query holds control characters"));
        }
        out.extend([" (", raw, ")"]);
    }
    Ok(out)
}

/// The query of merged changes on a branch that bear any of these hashtags.
pub(super) fn marked(project: &ProjectName, branch: &BranchName, hashtags: &[String]) -> Result<String> {
    let any = hashtags.iter().map(|tag| Ok(format!("hashtag:{}", quoted(tag, "hashtag")?)));
    let any = any.collect::<Result<Vec<_>>>()?.join(" OR ");
    Ok(format!("project:\"{project}\" status:merged branch:{} ({any})", quoted(branch.as_str(), "branch")?))
}

/// A value in quotation marks. Gerrit's grammar took no escapes in them before 3.5, so a mark or a
/// backslash cannot be said to every server and is refused.
fn quoted(value: &str, flag: &str) -> Result<String> {
    if value.is_empty() {
        return Err(Error::usage(format!("--{flag} is empty")));
    }
    if value.contains(['"', '\\']) || value.chars().any(char::is_control) {
        let shown = value.escape_debug();
        return Err(Error::usage(format!(
            "--{flag}: `{shown}` holds a quotation mark, a backslash or a control character"
        )));
    }
    Ok(format!("\"{value}\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Term, any_of, open};
    use crate::review::Query;

    fn project() -> crate::names::ProjectName {
        "python/cpython".parse().expect("a project")
    }

    #[test]
    fn queries_are_about_one_project_and_quoted() {
        let query = Query {
            mine: true,
            reviewer: Some("Bob Baker OR x".into()),
            topic: Some("a) OR (b".into()),
            branch: Some("3.14".into()),
            raw: Some("is:wip OR label:Verified".into()),
            limit: None,
            messages: false,
        };
        assert_eq!(
            open(&project(), &query).expect("a query"),
            "project:\"python/cpython\" status:open owner:self reviewer:\"Bob Baker OR x\" topic:\"a) OR (b\" \
             branch:\"3.14\" (is:wip OR label:Verified)"
        );
    }

    #[test]
    fn many_terms_are_parted() {
        let terms = (0..90).map(Term::Number).collect::<Vec<_>>();
        let queries = any_of(&project(), &terms);
        assert_eq!(queries.len(), 3);
        assert!(queries[2].starts_with("project:\"python/cpython\" (change:80 OR change:81 OR "));
        assert!(Term::change_id("I12) OR (x").is_err());
        assert!(any_of(&project(), &[]).is_empty());
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_quotation_marks(topic in ".*") {
            let query = Query { topic: Some(topic.clone()), ..Query::default() };
            if let Ok(text) = open(&project(), &query) {
                prop_assert_eq!(text, format!("project:\"python/cpython\" status:open topic:\"{topic}\""));
                prop_assert!(!topic.contains(['"', '\\', '\n', '\0']));
            }
        }
    }
}
