//! Gerrit's query language: parsing (`syntax`), operators, matching. No I/O (documentation page `user-search`).
//!
//! Regular expressions and the operators about files are not known.

mod operators;
mod syntax;

use std::collections::BTreeSet;

use super::accounts::{Account, Accounts};
use super::change::Change;
use super::index::Index;
use super::settings::ProjectSettings;

/// Why a query cannot be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// 400, or 403 where one must be logged in.
    pub status: u16,
    /// Gerrit's words.
    pub text: String,
}

impl Bad {
    fn new(text: impl Into<String>) -> Self {
        Self { status: 400, text: text.into() }
    }
}

/// What operators need to know.
pub(super) struct Context<'a> {
    /// All changes.
    pub index: &'a Index,
    /// Everybody.
    pub accounts: &'a Accounts,
    /// Who asks.
    pub me: Option<&'a Account>,
    /// The settings of a project.
    pub settings: &'a dyn Fn(&str) -> Option<ProjectSettings>,
    /// Now.
    pub now: i64,
}

type Test<'a> = Box<dyn Fn(&Change) -> bool + 'a>;

/// One condition, ready to be asked of changes.
struct Predicate<'a> {
    /// The only changes that can match, where that is known without looking at all.
    candidates: Option<BTreeSet<u32>>,
    test: Test<'a>,
}

/// A query, ready to be asked of changes.
pub(super) struct Query<'a> {
    predicate: Predicate<'a>,
    /// `limit:N`.
    pub limit: Option<usize>,
}

impl<'a> Query<'a> {
    /// Reads a query.
    pub(super) fn parse(text: &str, context: &'a Context<'a>) -> Result<Self, Bad> {
        let node = syntax::parse(text)?;
        let mut limit = None;
        let predicate = compile(&node, context, &mut limit)?;
        Ok(Self { predicate, limit })
    }

    /// The changes that match, newest update first.
    pub(super) fn run(&self, index: &'a Index) -> Vec<&'a std::sync::Arc<Change>> {
        let mut found: Vec<_> = match &self.predicate.candidates {
            Some(numbers) => {
                numbers.iter().filter_map(|n| index.get(*n)).filter(|c| (self.predicate.test)(c)).collect()
            }
            None => index.all().filter(|c| (self.predicate.test)(c)).collect(),
        };
        found.sort_by_key(|c| std::cmp::Reverse((c.updated, c.number)));
        found
    }
}

fn compile<'a>(node: &syntax::Node, context: &'a Context<'a>, limit: &mut Option<usize>) -> Result<Predicate<'a>, Bad> {
    use syntax::Node;
    match node {
        Node::Operator(name, value) => {
            if name == "limit" {
                *limit = Some(value.parse().map_err(|_| Bad::new(format!("Invalid limit: {value}")))?);
                return Ok(Predicate { candidates: None, test: Box::new(|_| true) });
            }
            operators::operator(name, value, context)
        }
        Node::Word(word) => operators::word(word, context),
        Node::Not(inner) => {
            let inner = compile(inner, context, limit)?;
            Ok(Predicate { candidates: None, test: Box::new(move |c| !(inner.test)(c)) })
        }
        Node::And(nodes) => {
            let parts = nodes.iter().map(|n| compile(n, context, limit)).collect::<Result<Vec<_>, _>>()?;
            let candidates = parts.iter().filter_map(|p| p.candidates.clone()).reduce(|a, b| &a & &b);
            Ok(Predicate { candidates, test: Box::new(move |c| parts.iter().all(|p| (p.test)(c))) })
        }
        Node::Or(nodes) => {
            let parts = nodes.iter().map(|n| compile(n, context, limit)).collect::<Result<Vec<_>, _>>()?;
            let candidates = parts
                .iter()
                .map(|p| p.candidates.clone())
                .collect::<Option<Vec<_>>>()
                .map(|sets| sets.into_iter().flatten().collect());
            Ok(Predicate { candidates, test: Box::new(move |c| parts.iter().any(|p| (p.test)(c))) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;
    use crate::server::change::{ReviewerState, Status};
    use std::sync::Arc;

    fn accounts() -> Accounts {
        let account = |id, name: &str| Account {
            id,
            username: name.into(),
            full_name: String::new(),
            emails: vec![format!("{name}@example.com")],
            groups: vec![],
            token_sha256: vec![],
            agreements: vec![],
            removed: false,
        };
        Accounts { list: vec![account(1, "alice"), account(2, "bob")] }
    }

    fn index() -> Index {
        let mut index = Index::default();
        let mut one = sample(1);
        one.topic = Some("rt".into());
        one.hashtags.insert("x".into());
        one.vote("Code-Review", 2, 2, 1, 0);
        one.set_reviewer(2, ReviewerState::Reviewer, 1, 0);
        let mut two = sample(2);
        two.status = Status::Merged;
        two.branch = "3.14".into();
        let mut three = sample(3);
        three.owner = 2;
        three.wip = true;
        three.updated = 5_000;
        three.picked_from = Some((1, 1));
        for change in [one, two, three] {
            index.put(Arc::new(change));
        }
        index
    }

    fn ask(text: &str, me: Option<u32>) -> Result<Vec<u32>, Bad> {
        let (index, accounts) = (index(), accounts());
        let settings = |_: &str| Some(ProjectSettings::default());
        let context = Context {
            index: &index,
            accounts: &accounts,
            me: me.and_then(|id| accounts.get(id)),
            settings: &settings,
            now: 10_000,
        };
        let query = Query::parse(text, &context)?;
        Ok(query.run(&index).into_iter().map(|c| c.number).collect())
    }

    #[test]
    fn operators_find_changes() {
        let table: &[(&str, &[u32])] = &[
            ("status:open", &[3, 1]),
            ("is:merged", &[2]),
            ("-is:open", &[2]),
            ("NOT is:open", &[2]),
            ("owner:self", &[2, 1]),
            ("owner:nobody", &[]),
            ("is:wip", &[3]),
            ("reviewer:bob", &[1]),
            ("topic:rt OR branch:3.14", &[2, 1]),
            ("(topic:rt OR branch:3.14) status:merged", &[2]),
            ("change:1 OR change:3", &[3, 1]),
            ("3", &[3]),
            ("hashtag:x", &[1]),
            ("label:Code-Review=2", &[1]),
            ("label:Code-Review>=1", &[1]),
            ("label:Code-Review=2,user=bob", &[1]),
            ("label:Code-Review=2,alice", &[]),
            ("label:Code-Review+2", &[1]),
            ("label:Nope=1", &[]),
            ("project:plain message:\"a subject\"", &[3, 2, 1]),
            ("project:nosuch", &[]),
            ("ref:refs/heads/3.14", &[2]),
            ("commit:0000000000000000000000000000000000000003", &[3]),
            ("age:6s", &[2, 1]),
            ("after:2030-01-01", &[]),
            ("before:2030-01-01", &[3, 2, 1]),
            ("cherrypickof:1", &[3]),
            ("cherrypickof:1,1 is:cherrypick", &[3]),
            ("cherrypickof:1,2", &[]),
            ("author:alice@example.com limit:1", &[3, 2, 1]),
        ];
        for (text, wanted) in table {
            assert_eq!(ask(text, Some(1)).as_deref(), Ok(*wanted), "{text}");
        }
    }

    #[test]
    fn errors_in_gerrits_words() {
        let table = [
            ("nosuchop:1", 400, "Unsupported operator nosuchop:1"),
            ("(", 400, "line 1:1 no viable alternative at input '<EOF>'"),
            ("is:", 400, "line 1:3 no viable alternative at input '<EOF>'"),
            ("\"abc", 400, "line 1:4 mismatched character '<EOF>' expecting '\"'"),
            ("", 400, "query is empty"),
            ("is:foo", 400, "Unrecognized value: foo"),
            ("status:foo", 400, "Unrecognized value: foo"),
            ("owner:self", 403, "Must be signed-in to use this operator"),
            ("age:x", 400, "Error in operator age:x"),
            ("change:x", 400, "Invalid change format"),
            ("limit:x", 400, "Invalid limit: x"),
            ("has:foo", 400, "Error in operator has:foo"),
            ("after:xx", 400, "Invalid date format: xx"),
        ];
        for (text, status, words) in table {
            assert_eq!(ask(text, None), Err(Bad { status, text: words.into() }), "{text}");
        }
    }
}
