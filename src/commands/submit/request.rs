//! What `pyflow submit` was asked, parsed: command line and configuration as one value.

use crate::cli::SubmitArgs;
use crate::commands::context::Context;
use crate::config::Text;
use crate::error::{Error, Result};
use crate::names::{self, BranchName, CommitId, LabelName};
use crate::review::checks::CheckName;
use crate::review::model::{Readiness, SubmitOptions};

/// The parsed request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The branch that was named.
    pub target: Option<BranchName>,
    /// The part of the stack.
    pub selection: Selection,
    /// Show, do not do.
    pub dry_run: bool,
    /// No question about the size.
    pub yes: bool,
    /// Go on over somebody else's patch set.
    pub replace: bool,
    /// Checks to leave out.
    pub no_verify: Vec<CheckName>,
    /// Commits that are not part of it.
    pub base: Vec<CommitId>,
    /// What is asked of the server.
    pub options: SubmitOptions,
}

/// Which commits of the stack are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// The newest one (`--only`).
    Newest,
    /// `A..B`, as git reads it; an end that is left out is HEAD.
    Range {
        /// Exclusive.
        from: Option<String>,
        /// Inclusive.
        to: Option<String>,
    },
}

impl Request {
    /// Parses the command line over the configuration's defaults.
    pub fn new(args: &SubmitArgs, context: &Context<'_>) -> Result<Self> {
        let (target, range) = positions(&args.what)?;
        let selection = match (range, args.only) {
            (Some(_), true) => {
                return Err(
                    Error::usage("`--only` and a range `A..B` both choose what is sent").hint("leave one of them out")
                );
            }
            (Some(range), false) => range,
            (None, true) => Selection::Newest,
            (None, false) => Selection::All,
        };
        let target = target.map(|text| {
            text.parse::<BranchName>().map_err(|why| {
                Error::usage(format!("{text:?} is not a branch name: {why}"))
                    .hint("name the branch as the server does: `pyflow submit main`")
            })
        });
        let base = args.base.iter().map(|text| context.checkout.read().revision(text)).collect::<Result<_>>()?;
        let mut options = options(args, context)?;
        options.base.clone_from(&base);
        Ok(Self {
            target: target.transpose()?,
            selection,
            dry_run: args.dry_run,
            yes: args.yes,
            replace: args.replace,
            no_verify: skippable(&args.no_verify)?,
            base,
            options,
        })
    }
}

/// Tells a target from a range: no branch name holds `..`.
fn positions(what: &[String]) -> Result<(Option<&str>, Option<Selection>)> {
    let (mut target, mut range) = (None, None);
    for word in what {
        if let Some((from, to)) = word.split_once("..") {
            if to.starts_with('.') {
                return Err(Error::usage(format!("`{word}` is a symmetric difference, which is no part of a stack"))
                    .hint("write `A..B`"));
            }
            let end = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            if range.replace(Selection::Range { from: end(from), to: end(to) }).is_some() {
                return Err(Error::usage("only one range `A..B` can be sent at a time"));
            }
        } else if target.replace(word.as_str()).is_some() {
            return Err(Error::usage(format!("both `{}` and `{word}` are targets", what[0]))
                .hint("a change lands on one branch; submit once for each"));
        }
    }
    Ok((target, range))
}

/// Some checks tell what the server will refuse in any case; leaving them out would gain nothing.
fn skippable(names: &[CheckName]) -> Result<Vec<CheckName>> {
    for name in names {
        let instead = match name {
            CheckName::Subjects
            | CheckName::Committer
            | CheckName::Patchcheck
            | CheckName::Merge
            | CheckName::News
            | CheckName::Cla
            | CheckName::Ports => continue,
            CheckName::Newer => "`--replace` goes on over a newer patch set",
            CheckName::ChangeIds | CheckName::Below | CheckName::Closed => "the server refuses what it stops",
        };
        return Err(Error::usage(format!("the check `{}` cannot be left out", name.as_str())).hint(instead));
    }
    Ok(names.to_vec())
}

fn options(args: &SubmitArgs, context: &Context<'_>) -> Result<SubmitOptions> {
    let defaults = &context.settings.submit;
    let or_default = |given: &[String], default: &[Text]| {
        if given.is_empty() { default.iter().map(|text| text.as_str().to_owned()).collect() } else { given.to_vec() }
    };
    let labels = args.labels.iter().map(|text| parse_vote(text)).collect::<Result<_>>()?;
    Ok(SubmitOptions {
        topic: args.topic.clone().or_else(|| defaults.topic.as_ref().map(|topic| topic.value.as_str().to_owned())),
        hashtags: or_default(&args.hashtags, &defaults.hashtags.value),
        reviewers: or_default(&args.reviewers, &defaults.reviewers.value),
        cc: or_default(&args.cc, &defaults.cc.value),
        readiness: match (args.wip, args.ready) {
            (true, _) => Readiness::WorkInProgress,
            (_, true) => Readiness::Ready,
            _ => defaults.readiness.value,
        },
        private: match (args.private, args.no_private) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        labels,
        message: args.message.clone(),
        notify: args.notify.or(defaults.notify.as_ref().map(|notify| notify.value)),
        base: Vec::new(),
        raw: args.push_options.clone(),
    })
}

/// A vote that was typed.
pub fn parse_vote(text: &str) -> Result<(LabelName, i32)> {
    names::vote(text).map_err(|why| {
        Error::usage(format!("`{text}` is not a vote: {why}")).hint("write LABEL=VALUE, for example `Code-Review=-1`")
    })
}

#[cfg(test)]
mod tests {
    use super::{Selection, positions};

    #[test]
    fn targets_and_ranges_are_told_apart() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let range = |from: Option<&str>, to: Option<&str>| Selection::Range {
            from: from.map(Into::into),
            to: to.map(Into::into),
        };
        let both = words(&["HEAD~2..HEAD~1", "3.14"]);
        assert_eq!(positions(&both).ok(), Some((Some("3.14"), Some(range(Some("HEAD~2"), Some("HEAD~1"))))));
        assert_eq!(positions(&words(&["main.."])).ok(), Some((None, Some(range(Some("main"), None)))));
        for bad in [words(&["a...b"]), words(&["a..b", "c..d"]), words(&["main", "3.14"])] {
            assert!(positions(&bad).is_err(), "{bad:?}");
        }
    }
}
