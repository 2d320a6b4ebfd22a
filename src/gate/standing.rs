//! Where one change stands with the gate: what is in the queues, and what was reported about its
//! newest patch set. Pure.

use super::model::{GateState, Paused, PipelineKind, Place, Snapshot};
use super::report::{self, Report, Verdict};
use crate::review::model::{Change, ChangeState};

/// What is known of the gate.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// The project has none.
    NoGate,
    /// It could not be asked, for this reason.
    Unreachable(&'a str),
    /// Its queues.
    Queues(&'a Snapshot),
}

/// One change at the gate.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// In one word.
    pub state: GateState,
    /// The administrators have stopped something.
    pub paused: Option<&'a Paused>,
    /// Its items; those of the pipelines that merge come first.
    pub places: Vec<Place<'a>>,
    /// The newest report of each pipeline, newest first, whatever patch set it is about.
    pub last: Vec<Report>,
    /// What the pipelines of `last` are for.
    kinds: Vec<PipelineKind>,
}

impl<'a> Standing<'a> {
    /// Reads it.
    pub fn of(change: &Change, seen: Seen<'a>) -> Self {
        let last = report::newest(change);
        let snapshot = match seen {
            Seen::Queues(snapshot) => Some(snapshot),
            Seen::NoGate | Seen::Unreachable(_) => None,
        };
        let kinds = last.iter().map(|report| kind_of(&report.pipeline, snapshot)).collect();
        let places = snapshot.map(|snapshot| snapshot.places(&change.project, change.number)).unwrap_or_default();
        let mut standing =
            Self { state: GateState::Unknown, paused: snapshot.and_then(|s| s.paused.as_ref()), places, last, kinds };
        standing.state = standing.judge(change, seen);
        standing
    }

    /// Only what the queues tell, where the review server did not answer.
    pub fn in_queues(project: &str, number: u64, snapshot: &'a Snapshot) -> Self {
        let places = snapshot.places(project, number);
        let first = places.iter().find(|place| place.pipeline.kind != PipelineKind::Other);
        // What was reported is with the review server.
        let state = first.map_or(GateState::Unknown, |place| place.item().state());
        Self { state, paused: snapshot.paused.as_ref(), places, last: Vec::new(), kinds: Vec::new() }
    }

    fn judge(&self, change: &Change, seen: Seen<'_>) -> GateState {
        if change.state == ChangeState::Merged {
            return GateState::Merged;
        }
        if matches!(seen, Seen::Unreachable(_)) {
            return GateState::Unknown;
        }
        if let Some(place) = self.on_the_way() {
            return place.item().state();
        }
        match self.newest_of(change).map(|report| report.verdict) {
            // It has begun, and is nowhere to be seen: it was taken out, or has not shown yet.
            None | Some(Verdict::Started) => GateState::None,
            Some(Verdict::Passed) => GateState::Passed,
            Some(verdict) if verdict.is_failure() => GateState::Failed,
            Some(_) => GateState::Unknown,
        }
    }

    /// The item that decides: one that merges before one that tests.
    pub fn on_the_way(&self) -> Option<&Place<'a>> {
        self.places.iter().find(|place| place.pipeline.kind != PipelineKind::Other)
    }

    /// Its item in a pipeline that merges.
    pub fn in_gate(&self) -> Option<&Place<'a>> {
        self.places.iter().find(|place| place.pipeline.kind == PipelineKind::Gate)
    }

    /// The newest report about the newest patch set, of a pipeline that a change waits for.
    pub fn newest_of(&self, change: &Change) -> Option<&Report> {
        self.reports_of(change).next().map(|(_, report)| report)
    }

    /// The reports about the newest patch set with what their pipelines are for, newest first.
    pub fn reports_of(&self, change: &Change) -> impl Iterator<Item = (PipelineKind, &Report)> {
        let newest = change.current_patch_set;
        let all = self.kinds.iter().copied().zip(&self.last);
        all.filter(move |(kind, report)| *kind != PipelineKind::Other && newest.is_some() && report.patch_set == newest)
    }

    /// What a pipeline whose report this is was for.
    pub fn kind(&self, report: &Report) -> PipelineKind {
        let at = self.last.iter().position(|known| known.pipeline == report.pipeline);
        at.map_or(PipelineKind::Other, |at| self.kinds[at])
    }
}

/// What a pipeline is for; where the gate does not tell, the names that every site uses decide.
fn kind_of(pipeline: &str, snapshot: Option<&Snapshot>) -> PipelineKind {
    if let Some(kind) = snapshot.and_then(|snapshot| snapshot.kind(pipeline)) {
        return kind;
    }
    match pipeline {
        "gate" => PipelineKind::Gate,
        "post" | "promote" | "tag" | "release" => PipelineKind::Other,
        _ => PipelineKind::Check,
    }
}
