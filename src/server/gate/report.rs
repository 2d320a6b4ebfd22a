//! What the gate says on changes: Zuul's words, so that everybody who reads Zuul's messages reads ours.
//!
//! Pure. (`zuul/reporter/__init__.py`; the first lines are those of `OpenStack`'s pipelines.)

use std::fmt::Write;

use super::engine::{Ending, Outcome};
use super::model::{BuildRecord, BuildsetRecord, Pipeline, Verdict};
use crate::server::change::{Change, Moment, ReviewerState};
use crate::server::labels::{VERIFIED, spelled};

/// Where builds are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses<'a> {
    /// The server's, with a slash at its end.
    pub base_url: &'a str,
    /// The tenant.
    pub tenant: &'a str,
}

impl Addresses<'_> {
    fn page(&self, kind: &str, id: super::model::Id) -> String {
        format!("{}t/{}/{kind}/{id}", self.base_url, self.tenant)
    }
}

/// The whole message.
fn words(ending: &Ending, addresses: Addresses<'_>) -> String {
    let subject = &ending.subject;
    match &ending.outcome {
        Outcome::Passed | Outcome::Failed | Outcome::Refused(_) => {
            let mut text = format!("{}\n{}\n\n", first_line(ending), addresses.page("buildset", ending.buildset));
            for build in ending.builds.iter().filter(|b| b.last) {
                let _fits = writeln!(text, "{}", line(build, addresses));
            }
            if let Outcome::Refused(why) = &ending.outcome {
                let _fits = write!(text, "\nIt was not merged: {why}");
            }
            text
        }
        Outcome::Conflict => format!(
            "{}\n\nThis change or one of its cross-repo dependencies was unable to be automatically merged with the current state of its repository. Please rebase the change and upload a new patchset.\nWarning:\n  Error merging gerrit/{} for {}",
            first_line(ending),
            subject.project,
            subject.change
        ),
        Outcome::NotOnTip => format!(
            "{}\n\n{} only fast-forwards, and this is not based on the tip of {} as it was when its turn came: `git rebase` it onto that, and upload it again.",
            first_line(ending),
            subject.project,
            subject.branch
        ),
        Outcome::NeedsGone(need) => format!(
            "{}\n\nChange {}c/{}/+/{} is needed.",
            first_line(ending),
            addresses.base_url,
            subject.project,
            need.number
        ),
        Outcome::Trouble(why) => format!("{}\n\n{why}", first_line(ending)),
        Outcome::Dequeued => String::new(),
    }
}

fn first_line(ending: &Ending) -> String {
    match ending.outcome {
        // Of one that was not merged, too: its jobs and its vote tell those apart.
        Outcome::Passed | Outcome::Refused(_) => "Build succeeded.".to_owned(),
        Outcome::Failed => format!("Build failed ({} pipeline).", ending.pipeline.name()),
        Outcome::Conflict | Outcome::NotOnTip => "Merge Failed.".to_owned(),
        Outcome::Trouble(_) => "The merge could not be tried.".to_owned(),
        Outcome::NeedsGone(_) => "This change depends on a change that failed to merge.".to_owned(),
        Outcome::Dequeued => "Dequeued.".to_owned(),
    }
}

/// `- unit https://… : FAILURE in 1m 02s (non-voting)`.
fn line(build: &BuildRecord, addresses: Addresses<'_>) -> String {
    let mut text = format!("- {} {} : {}", build.job, addresses.page("build", build.uuid), build.result.name());
    if let Some(detail) = &build.detail {
        let _fits = write!(text, " {detail}");
    }
    if let Some(started) = build.started {
        let _fits = write!(text, " in {}", duration(build.ended - started));
    }
    if !build.voting {
        text.push_str(" (non-voting)");
    }
    text
}

/// `41s`, `1m 02s`, `1h 02m 03s`.
fn duration(milliseconds: Moment) -> String {
    let seconds = milliseconds.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m {seconds:02}s"),
        _ => format!("{hours}h {minutes:02}m {seconds:02}s"),
    }
}

/// Votes and says on a change how it ended.
pub(super) fn tell(change: &mut Change, ending: &Ending, addresses: Addresses<'_>, account: u32, now: Moment) {
    let (good, bad) = ending.pipeline.votes();
    let value = if ending.outcome == Outcome::Passed { good } else { bad };
    say(change, ending.pipeline, Some(value), &words(ending, addresses), account, now);
}

/// Takes the last vote back and says that a pipeline begins.
pub(super) fn announce(change: &mut Change, pipeline: Pipeline, account: u32, now: Moment) {
    say(change, pipeline, None, &format!("Starting {} jobs.", pipeline.name()), account, now);
}

fn say(change: &mut Change, pipeline: Pipeline, value: Option<i8>, words: &str, account: u32, now: Moment) {
    let patch_set = change.current().number;
    let before = change.vote(VERIFIED, account, value.unwrap_or(0), patch_set, now);
    change.set_reviewer(account, ReviewerState::Reviewer, account, now);
    let vote = if before == value.unwrap_or(0) {
        String::new()
    } else {
        format!(" {}", spelled(VERIFIED, value.unwrap_or(0)))
    };
    change.say(
        Some(account),
        Some(pipeline.tag()),
        format!("Patch Set {patch_set}:{vote}\n\n{}", words.trim_end()),
        now,
    );
}

/// What is kept of an item.
pub(super) fn record(ending: &Ending, now: Moment) -> BuildsetRecord {
    BuildsetRecord {
        uuid: ending.buildset,
        pipeline: ending.pipeline,
        item: ending.item,
        subject: ending.subject.clone(),
        result: ending.outcome.verdict(),
        message: first_line(ending),
        enqueued: ending.enqueued,
        ended: now,
        commit: ending.commit.map(|c| c.to_string()),
        builds: ending.builds.clone(),
    }
}

/// Whether a build's result is one that its job stands for.
pub(super) const fn is_answer(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Success | Verdict::Failure | Verdict::TimedOut)
}

/// Whether a comment begins with a word, as Zuul's `comment:` patterns want it: `please recheck` does not.
pub(super) fn begins_with(comment: &str, word: &str) -> bool {
    let mut letters = comment.trim_start().chars();
    !word.is_empty()
        && word.chars().all(|w| letters.next().is_some_and(|c| c.to_lowercase().eq(w.to_lowercase())))
        && letters.next().is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;
    use crate::server::gate::model::{ChangeRef, Id, Subject};

    fn ending(outcome: Outcome) -> Ending {
        let build = |job: &str, result, started, detail: Option<&str>| BuildRecord {
            uuid: Id(job.len() as u128),
            job: job.into(),
            result,
            voting: job != "lint",
            last: result != Verdict::Retry,
            started,
            ended: 100_000,
            detail: detail.map(str::to_owned),
            log: true,
        };
        Ending {
            pipeline: Pipeline::Gate,
            item: Id(1),
            buildset: Id(2),
            subject: Subject {
                change: ChangeRef { number: 31, patch_set: 1 },
                project: "proj-a".into(),
                branch: "main".into(),
            },
            enqueued: 0,
            commit: None,
            builds: vec![
                build("unit", Verdict::Retry, Some(50_000), None),
                build("unit", Verdict::Failure, Some(59_000), None),
                build("lint", Verdict::Failure, Some(38_000), None),
                build("docs", Verdict::Skipped, None, Some("Skipped due to failed job unit")),
            ],
            outcome,
        }
    }

    #[test]
    fn messages_are_zuuls() {
        let addresses = Addresses { base_url: "https://r.example.org/", tenant: "pyflow" };
        let mut change = sample(31);
        announce(&mut change, Pipeline::Gate, 9, 1);
        tell(&mut change, &ending(Outcome::Failed), addresses, 9, 2);
        announce(&mut change, Pipeline::Gate, 9, 3);
        tell(&mut change, &ending(Outcome::Passed), addresses, 9, 4);
        assert!(change.votes.iter().any(|v| v.label == "Verified" && v.value == 2));
        assert!(change.messages.iter().all(|m| m.tag.as_deref() == Some("autogenerated:zuul:gate")));
        let text: Vec<&str> = change.messages.iter().map(|m| m.text.as_str()).collect();
        insta::assert_snapshot!(text[..3].join("\n====\n"), @r"
        Patch Set 1:

        Starting gate jobs.
        ====
        Patch Set 1: Verified-2

        Build failed (gate pipeline).
        https://r.example.org/t/pyflow/buildset/00000000000000000000000000000002

        - unit https://r.example.org/t/pyflow/build/00000000000000000000000000000004 : FAILURE in 41s
        - lint https://r.example.org/t/pyflow/build/00000000000000000000000000000004 : FAILURE in 1m 02s (non-voting)
        - docs https://r.example.org/t/pyflow/build/00000000000000000000000000000004 : SKIPPED Skipped due to failed job unit
        ====
        Patch Set 1: -Verified

        Starting gate jobs.
        ");
        assert!(text[3].starts_with("Patch Set 1: Verified+2\n\nBuild succeeded.\nhttps://"));
        let mut refused = ending(Outcome::Refused("somebody vetoed it".into()));
        refused.builds.retain(|build| build.job == "lint");
        assert_eq!(
            words(&refused, addresses),
            "Build succeeded.\nhttps://r.example.org/t/pyflow/buildset/00000000000000000000000000000002\n\n- lint https://r.example.org/t/pyflow/build/00000000000000000000000000000004 : FAILURE in 1m 02s (non-voting)\n\nIt was not merged: somebody vetoed it"
        );
        assert_eq!(
            words(&ending(Outcome::Trouble("the branch is gone".into())), addresses),
            "The merge could not be tried.\n\nthe branch is gone"
        );
        assert_eq!(
            words(&ending(Outcome::NotOnTip), addresses),
            "Merge Failed.\n\nproj-a only fast-forwards, and this is not based on the tip of main as it was when its turn came: `git rebase` it onto that, and upload it again."
        );
        let needs = ending(Outcome::NeedsGone(ChangeRef { number: 26, patch_set: 1 }));
        assert_eq!(
            words(&needs, addresses),
            "This change depends on a change that failed to merge.\n\nChange https://r.example.org/c/proj-a/+/26 is needed."
        );
        assert!(
            words(&ending(Outcome::Conflict), addresses).ends_with("Warning:\n  Error merging gerrit/proj-a for 31,1")
        );
    }

    #[test]
    fn times_are_short() {
        let table = [(-5, "0s"), (999, "0s"), (41_000, "41s"), (62_000, "1m 02s"), (3_723_000, "1h 02m 03s")];
        for (milliseconds, text) in table {
            assert_eq!(duration(milliseconds), text);
        }
    }

    #[test]
    fn a_comment_must_begin_with_the_word() {
        for yes in ["recheck", "RECHECK no bug", "recheck\n\nbecause", "  recheck: mirror"] {
            assert!(begins_with(yes, "recheck"), "{yes}");
        }
        for no in ["please recheck", "rechecked", "recheck-it", "", "rechec"] {
            assert!(!begins_with(no, "recheck"), "{no}");
        }
        assert!(!begins_with("anything", ""));
    }
}
