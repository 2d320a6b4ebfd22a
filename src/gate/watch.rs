//! Watching changes: how often a server is asked, what is worth telling, and when it is over. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::model::{GateState, JobState, PipelineKind};
use super::next::{pause, why_failing};
use super::report::{Report, Verdict};
use super::standing::Standing;
use crate::error::Kind;
use crate::review::model::{Change, ChangeState};

/// How a round of questions went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Something was other than before.
    Changed,
    /// Nothing was.
    Same,
    /// A server did not answer.
    Failed,
}

/// How long to wait before the next round: short while things move, longer while nothing happens,
/// longer still while a server is in trouble.
#[derive(Debug, Clone)]
pub struct Pace {
    wait: Duration,
    failures: u32,
}

impl Pace {
    /// Zuul answers the same for a second (`Cache-Control: max-age=1`), so that to ask sooner tells
    /// nothing.
    pub const SHORTEST: Duration = Duration::from_secs(1);
    /// A person who looks up sees news that is no older than this.
    pub const LONGEST: Duration = Duration::from_secs(15);
    /// A server in trouble is asked once a minute.
    pub const IN_TROUBLE: Duration = Duration::from_secs(60);

    /// At its beginning something is expected to happen.
    pub const fn new() -> Self {
        Self { wait: Self::SHORTEST, failures: 0 }
    }

    /// The wait after a round.
    pub fn after(&mut self, round: Round) -> Duration {
        match round {
            Round::Changed => {
                self.failures = 0;
                self.wait = Self::SHORTEST;
            }
            Round::Same => {
                self.failures = 0;
                self.wait = (self.wait * 5 / 4).clamp(Self::SHORTEST, Self::LONGEST);
            }
            Round::Failed => {
                self.failures = self.failures.saturating_add(1);
                let doubled = Duration::from_secs(2).saturating_mul(1 << self.failures.min(10));
                return doubled.min(Self::IN_TROUBLE);
            }
        }
        self.wait
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

/// What a watch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// Every change has landed, or will not
    Merged,
    /// The checks have come to an end
    Tested,
    /// A change has failed
    Failed,
}

/// What is remembered of a change between two rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    review: ChangeState,
    patch_set: Option<u32>,
    state: GateState,
    paused: Option<String>,
    /// Pipeline, position, length; where it merges.
    position: Option<(String, usize, usize)>,
    checking: bool,
    why: Option<String>,
    jobs: BTreeMap<String, (JobState, Option<String>)>,
    /// The report that decides, as its pipeline and time.
    report: Option<(String, String)>,
    told: Option<String>,
    /// Rounds since it was last seen in a queue that merges, where it was seen in one.
    missing: Option<u8>,
}

/// So many rounds a change may be in no queue before it is said to have left: the gate takes it out
/// of the queue, and the review server learns what came of it, at nearly the same time.
const GRACE: u8 = 3;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// A word for programs.
    pub event: EventKind,
    /// In words.
    pub text: String,
}

/// The kinds of events; more may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// Where the watch began.
    Start,
    /// A new patch set.
    PatchSet,
    /// The state at the gate.
    State,
    /// The place in the queue.
    Position,
    /// A job.
    Job,
    /// The jobs begin anew, because something before it failed or was promoted.
    Reset,
    /// The administrators have stopped the gate.
    Paused,
    /// They let it go on.
    Resumed,
    /// It left the queue without a report.
    Left,
    /// It has failed.
    Failed,
    /// It has landed.
    Merged,
    /// It was given up.
    Abandoned,
    /// A server does not answer.
    Unreachable,
    /// It answers again.
    Reachable,
    /// The watch is over.
    End,
}

impl Mark {
    /// What is to be remembered now.
    pub fn of(change: &Change, standing: &Standing<'_>, before: Option<&Self>) -> Self {
        let place = standing.on_the_way();
        let gate = standing.in_gate();
        let jobs = place.map(|place| place.item().jobs.iter()).into_iter().flatten();
        let report = standing.newest_of(change);
        let was_in = before.is_some_and(|before| before.position.is_some() || before.missing.is_some());
        let same = before.is_none_or(|before| before.patch_set == change.current_patch_set);
        let missing = (gate.is_none() && was_in && same && change.state == ChangeState::Open)
            .then(|| before.and_then(|before| before.missing).unwrap_or(0).saturating_add(1));
        Self {
            review: change.state,
            patch_set: change.current_patch_set,
            state: standing.state,
            paused: standing.paused.map(pause),
            position: gate.map(|place| (place.pipeline.name.clone(), place.position(), place.length())),
            checking: standing.places.iter().any(|place| place.pipeline.kind == PipelineKind::Check),
            why: place
                .filter(|place| place.item().state() == GateState::Failing)
                .map(|place| why_failing(place.item())),
            jobs: jobs.map(|job| (job.name.clone(), (job.state, job.run.clone()))).collect(),
            report: report.map(identity),
            told: report.filter(|report| report.verdict.is_failure()).map(told),
            missing,
        }
    }

    /// The report that decides was there already, and is no news: what comes after it counts.
    #[must_use]
    pub fn ignoring(self, old: Option<&(String, String)>) -> Self {
        if old.is_some() && self.report.as_ref() == old && self.state == GateState::Failed {
            return Self { state: GateState::None, told: None, ..self };
        }
        self
    }

    /// The report that decides.
    pub const fn report(&self) -> Option<&(String, String)> {
        self.report.as_ref()
    }

    /// Where it stands at the gate.
    pub const fn state(&self) -> GateState {
        self.state
    }
}

/// What tells a report from a later one of the same pipeline.
pub fn identity(report: &Report) -> (String, String) {
    (report.pipeline.clone(), report.time.map(|time| time.to_string()).unwrap_or_default())
}

fn told(report: &Report) -> String {
    let jobs: Vec<&str> = report.failed_jobs().iter().map(|job| job.name.as_str()).collect();
    match (report.verdict, &report.why) {
        (Verdict::Conflict, _) => format!("failed in {}: it does not merge", report.pipeline),
        (Verdict::NotMerged, Some(why)) => format!("failed in {}: it was not merged: {why}", report.pipeline),
        (Verdict::NotMerged, None) => format!("failed in {}: its jobs passed, and it was not merged", report.pipeline),
        (Verdict::DependencyFailed, _) => format!("failed in {}: a change that it needs has failed", report.pipeline),
        (_, Some(why)) if jobs.is_empty() => format!("failed in {}: {why}", report.pipeline),
        _ if jobs.is_empty() => format!("failed in {}", report.pipeline),
        _ => format!("failed in {}: {}", report.pipeline, jobs.join(", ")),
    }
}

/// What has happened between two rounds; without a round before, where things stand.
pub fn events(before: Option<&Mark>, now: &Mark) -> Vec<Event> {
    let mut events = Vec::new();
    let mut tell = |event, text: String| events.push(Event { event, text });
    let other = |differs: &dyn Fn(&Mark) -> bool| before.is_none_or(differs);
    if let Some(paused) = &now.paused {
        if other(&|before| before.paused != now.paused) {
            tell(EventKind::Paused, paused.clone());
        }
    } else if before.is_some_and(|before| before.paused.is_some()) {
        tell(EventKind::Resumed, "the gate goes on".to_owned());
    }
    if let (Some(before), Some(patch_set)) = (before, now.patch_set)
        && before.patch_set != now.patch_set
    {
        tell(EventKind::PatchSet, format!("patch set {patch_set}"));
    }
    match now.review {
        ChangeState::Merged if other(&|before| before.review != now.review) => {
            tell(EventKind::Merged, "merged".to_owned());
        }
        ChangeState::Abandoned if other(&|before| before.review != now.review) => {
            tell(EventKind::Abandoned, "abandoned".to_owned());
        }
        _ => {}
    }
    if matches!(now.review, ChangeState::Merged | ChangeState::Abandoned) {
        return events;
    }
    if let (GateState::Failed, Some(text)) = (now.state, &now.told)
        && other(&|before| before.state != GateState::Failed || before.report != now.report)
    {
        tell(EventKind::Failed, text.clone());
    } else if other(&|before| before.state != now.state || before.why != now.why) {
        if let Some(text) = state_words(now) {
            tell(if before.is_none() { EventKind::Start } else { EventKind::State }, text);
        }
    } else if let (Some(before), Some((pipeline, position, length))) = (before, &now.position)
        && before.position.as_ref().map(|(_, position, _)| position) != Some(position)
    {
        tell(EventKind::Position, format!("{position} of {length} in {pipeline}"));
    }
    if now.missing == Some(GRACE) && now.state != GateState::Failed {
        tell(EventKind::Left, "left the queue without a report: it was taken out".to_owned());
    }
    if let Some(before) = before {
        let anew = now.jobs.iter().any(|(name, (_, run))| {
            before.jobs.get(name).is_some_and(|(_, old)| old.is_some() && run.is_some() && old != run)
        });
        if anew {
            tell(EventKind::Reset, "its jobs begin anew".to_owned());
        }
        for (name, (state, _)) in &now.jobs {
            let old = before.jobs.get(name).map_or(JobState::Waiting, |(old, _)| *old);
            if old != *state
                && let Some(word) = job_word(*state)
            {
                tell(EventKind::Job, format!("{name} {word}"));
            }
        }
    }
    events
}

const fn job_word(state: JobState) -> Option<&'static str> {
    match state {
        JobState::Running => Some("runs"),
        JobState::Failing => Some("has failed, and is not over yet"),
        JobState::Passed => Some("passed"),
        JobState::Failed => Some("failed"),
        JobState::Skipped => Some("is skipped"),
        JobState::Waiting | JobState::Canceled | JobState::Unknown => None,
    }
}

fn state_words(mark: &Mark) -> Option<String> {
    let place =
        mark.position.as_ref().map(|(pipeline, position, length)| format!("{position} of {length} in {pipeline}"));
    let place = place.unwrap_or_else(|| "in check".to_owned());
    Some(match mark.state {
        GateState::None => "nothing runs".to_owned(),
        GateState::Queued => format!("{place}: its jobs have not begun"),
        GateState::OutsideWindow => format!("{place}: outside the window"),
        GateState::Running => format!("{place}: its jobs run"),
        GateState::Failing => {
            format!("{place}: it will not merge: {}", mark.why.as_deref().unwrap_or("the gate does not tell why"))
        }
        GateState::Passed if mark.position.is_some() => format!("{place}: every job has passed"),
        GateState::Passed => "the checks have passed".to_owned(),
        GateState::Failed => "failed".to_owned(),
        GateState::Unknown => "how it stands at the gate is not known".to_owned(),
        GateState::Merged => return None,
    })
}

/// How a watch ends: `None` while it goes on; else the kind that decides the exit code, `None` there
/// for 0.
#[allow(clippy::option_option, reason = "not yet, well, or for a reason")]
pub fn over(marks: &[Mark], until: Until) -> Option<Option<Kind>> {
    let failed = |mark: &Mark| mark.state == GateState::Failed || mark.review == ChangeState::Abandoned;
    let left = |mark: &Mark| mark.missing.is_some_and(|rounds| rounds >= GRACE);
    let merged = |mark: &Mark| mark.review == ChangeState::Merged;
    let any_failed = marks.iter().any(failed);
    if marks.iter().all(merged) {
        return Some(None);
    }
    let moves = |mark: &Mark| !merged(mark) && (mark.position.is_some() || mark.checking);
    match until {
        Until::Failed => any_failed.then_some(Some(Kind::No)),
        Until::Tested => {
            let tested =
                |mark: &Mark| merged(mark) || failed(mark) || (mark.state == GateState::Passed && !mark.checking);
            marks.iter().all(tested).then(|| any_failed.then_some(Kind::No))
        }
        Until::Merged => {
            let hopeless = any_failed || marks.iter().any(left);
            (hopeless && !marks.iter().any(moves)).then_some(Some(Kind::No))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{EventKind, GRACE, Mark, Pace, Round, Until, events, over};
    use crate::error::Kind;
    use crate::gate::model::{
        Base, GateState, Item, ItemChange, Job, JobState, Pipeline, PipelineKind, Queue, Snapshot, Window,
    };
    use crate::gate::standing::{Seen, Standing};
    use crate::review::model::{Change, ChangeState};

    fn mark(state: GateState) -> Mark {
        Mark {
            review: ChangeState::Open,
            patch_set: Some(1),
            state,
            paused: None,
            position: None,
            checking: false,
            why: None,
            jobs: BTreeMap::new(),
            report: None,
            told: None,
            missing: None,
        }
    }

    fn told(before: Option<&Mark>, now: &Mark) -> Vec<String> {
        events(before, now).into_iter().map(|event| event.text).collect()
    }

    /// An hour in which a server answers, is in trouble, and answers again, by a clock of its own.
    #[test]
    fn an_hour_asks_no_more_than_is_allowed() {
        let hour = Duration::from_secs(3600);
        let count = |round: &dyn Fn(u64) -> Round| {
            let (mut pace, mut clock, mut asked) = (Pace::new(), Duration::ZERO, 0_u32);
            let mut shortest = hour;
            while clock < hour {
                asked += 1;
                let wait = pace.after(round(clock.as_secs()));
                shortest = shortest.min(wait);
                clock += wait;
            }
            assert!(shortest >= Pace::SHORTEST);
            asked
        };
        // Nothing happens: four questions a minute.
        assert!(count(&|_| Round::Same) <= 250, "{}", count(&|_| Round::Same));
        // A job ends every minute.
        let busy = count(&|second| if second % 60 < 2 { Round::Changed } else { Round::Same });
        assert!(busy <= 800, "{busy}");
        // Down for the whole hour: once a minute.
        let down = count(&|_| Round::Failed);
        assert!(down <= 65, "{down}");
        // Whatever happens, once a second.
        assert!(count(&|_| Round::Changed) <= 3600);
    }

    /// One round a second, in each of which the queue moves and the jobs begin anew: what is kept of an
    /// hour of that is what is kept of a second.
    #[test]
    fn an_hour_of_news_is_not_kept() {
        let change = Change { project: "p".to_owned(), state: ChangeState::Open, ..Change::seen_before(7, 1) };
        let item = |number: u64, run: u32| Item {
            id: format!("i{number}"),
            live: Some(true),
            active: Some(true),
            changes: vec![ItemChange { project: "p".to_owned(), canonical: None, number, patch_set: Some(1) }],
            base: Base::Branch,
            enqueued: None,
            eta: None,
            reasons: Some(Vec::new()),
            jobs: vec![Job {
                name: "unit".to_owned(),
                state: JobState::Running,
                voting: Some(true),
                word: None,
                elapsed: None,
                remaining: None,
                url: None,
                run: Some(format!("{run:08}")),
            }],
        };
        let mut before: Option<Mark> = None;
        let mut kept = Vec::new();
        for second in 0..3600 {
            let mut items = vec![item(7, second)];
            if second % 2 == 0 {
                items.insert(0, item(6, second));
            }
            let queue = Queue { name: None, window: Window::Unlimited, items };
            let pipeline = Pipeline { name: "gate".to_owned(), kind: PipelineKind::Gate, queues: vec![queue] };
            let snapshot = Snapshot { paused: None, pipelines: vec![pipeline] };
            let mark = Mark::of(&change, &Standing::of(&change, Seen::Queues(&snapshot)), before.as_ref());
            assert!(!events(before.as_ref(), &mark).is_empty(), "{second}");
            kept.push(format!("{mark:?}").len());
            before = Some(mark);
        }
        assert_eq!(kept.iter().max(), kept.iter().min());
    }

    #[test]
    fn what_happens_is_told_once() {
        let start = Mark { position: Some(("gate".to_owned(), 3, 5)), ..mark(GateState::Queued) };
        assert_eq!(told(None, &start), ["3 of 5 in gate: its jobs have not begun"]);
        assert_eq!(told(Some(&start), &start), Vec::<String>::new());
        let job = |state, run: &str| BTreeMap::from([("unit".to_owned(), (state, Some(run.to_owned())))]);
        let runs = Mark { state: GateState::Running, jobs: job(JobState::Running, "a"), ..start.clone() };
        assert_eq!(told(Some(&start), &runs), ["3 of 5 in gate: its jobs run", "unit runs"]);
        let moved = Mark { position: Some(("gate".to_owned(), 2, 4)), ..runs.clone() };
        assert_eq!(told(Some(&runs), &moved), ["2 of 4 in gate"]);
        let reset = Mark { jobs: job(JobState::Running, "b"), ..moved.clone() };
        assert_eq!(told(Some(&moved), &reset), ["its jobs begin anew"]);
        let why = Some("unit failed".to_owned());
        let failing = Mark { state: GateState::Failing, why, jobs: job(JobState::Failed, "b"), ..reset.clone() };
        assert_eq!(told(Some(&reset), &failing), ["2 of 4 in gate: it will not merge: unit failed", "unit failed"]);
        let failed = Mark {
            report: Some(("gate".to_owned(), "t".to_owned())),
            told: Some("failed in gate: unit".to_owned()),
            ..mark(GateState::Failed)
        };
        assert_eq!(told(Some(&failing), &failed), ["failed in gate: unit"]);
        // It failed before the watch began.
        assert_eq!(told(None, &failed), ["failed in gate: unit"]);
        assert_eq!(over(std::slice::from_ref(&failed), Until::Merged), Some(Some(Kind::No)));
        // What was there before a recheck is no news.
        let again = failed.clone().ignoring(failed.report());
        assert_eq!((again.state(), over(&[again], Until::Merged)), (GateState::None, None));
    }

    #[test]
    fn a_change_that_leaves_without_a_word_is_told_after_a_while() {
        let gone = |rounds| Mark { missing: Some(rounds), ..mark(GateState::None) };
        assert!(events(Some(&gone(1)), &gone(2)).is_empty());
        let told = events(Some(&gone(GRACE - 1)), &gone(GRACE));
        assert_eq!(told.iter().map(|event| event.event).collect::<Vec<_>>(), [EventKind::Left]);
        assert_eq!(over(&[gone(GRACE - 1)], Until::Merged), None);
        assert_eq!(over(&[gone(GRACE)], Until::Merged), Some(Some(Kind::No)));
    }

    #[test]
    fn the_end_depends_on_what_is_waited_for() {
        let merged = || Mark { review: ChangeState::Merged, ..mark(GateState::Merged) };
        let queued = || Mark { position: Some(("gate".to_owned(), 1, 1)), ..mark(GateState::Running) };
        let (passed, failed) = (mark(GateState::Passed), mark(GateState::Failed));
        for (marks, until, end) in [
            (vec![merged()], Until::Merged, Some(None)),
            (vec![merged(), queued()], Until::Merged, None),
            (vec![queued(), failed.clone()], Until::Merged, None),
            (vec![merged(), failed.clone()], Until::Merged, Some(Some(Kind::No))),
            (vec![passed.clone()], Until::Merged, None),
            (vec![passed.clone()], Until::Tested, Some(None)),
            (vec![Mark { checking: true, ..passed.clone() }], Until::Tested, None),
            (vec![passed, failed.clone()], Until::Tested, Some(Some(Kind::No))),
            (vec![mark(GateState::Unknown)], Until::Tested, None),
            (vec![queued(), failed], Until::Failed, Some(Some(Kind::No))),
            (vec![mark(GateState::Unknown)], Until::Failed, None),
        ] {
            assert_eq!(over(&marks, until), end, "{marks:?} {until:?}");
        }
    }
}
