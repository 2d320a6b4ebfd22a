//! What Zuul answers, as lenient types, and how it becomes the model.
//!
//! Three generations are read: today's (14), those before `refs` (up to 8.3, where an item is its
//! change), and those that lack single fields. The status document is "not currently documented and
//! subject to change without notice" (Zuul documentation, "REST API"), so a field that is missing is
//! unknown, and one that pyflow does not use is passed over.

use std::time::Duration;

use serde::Deserialize;

use super::lenient::{List, Scalar};
use crate::gate::model::{
    Base, Item, ItemChange, Job, JobState, Paused, Pipeline, PipelineKind, Queue, Snapshot, Stopped, Window,
};

/// `GET …/status`.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Status {
    state: Option<TenantState>,
    /// A document without it is no status.
    pub(super) pipelines: List<PipelineInfo>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct TenantState {
    trigger_queue_discarding: Scalar,
    trigger_queue_paused: Scalar,
    result_queue_paused: Scalar,
    reason: Scalar,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct PipelineInfo {
    name: Scalar,
    manager: Scalar,
    change_queues: List<QueueInfo>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct QueueInfo {
    name: Scalar,
    window: Scalar,
    heads: List<List<ItemInfo>>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct ItemInfo {
    id: Scalar,
    live: Scalar,
    active: Scalar,
    enqueue_time: Scalar,
    failing_reasons: List<Scalar>,
    /// Absent and null differ: null is the branch itself.
    #[serde(deserialize_with = "present")]
    item_ahead: Option<Scalar>,
    remaining_time: Scalar,
    refs: List<RefInfo>,
    jobs: List<JobInfo>,
    // Up to 8.3 the item was its change.
    project: Scalar,
    project_canonical: Scalar,
    #[serde(rename = "ref")]
    name: Scalar,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Scalar>, D::Error> {
    Scalar::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct RefInfo {
    id: Scalar,
    project: Scalar,
    project_canonical: Scalar,
    #[serde(rename = "ref")]
    name: Scalar,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct JobInfo {
    name: Scalar,
    voting: Scalar,
    #[serde(deserialize_with = "present")]
    result: Option<Scalar>,
    pre_fail: Scalar,
    waiting_status: Scalar,
    start_time: Scalar,
    elapsed_time: Scalar,
    estimated_time: Scalar,
    remaining_time: Scalar,
    report_url: Scalar,
    url: Scalar,
    uuid: Scalar,
}

impl Status {
    pub(super) fn into_snapshot(self) -> Snapshot {
        let pipelines = self.pipelines.0.unwrap_or_default();
        Snapshot {
            paused: self.state.and_then(TenantState::paused),
            pipelines: pipelines.into_iter().filter_map(pipeline).collect(),
        }
    }
}

impl TenantState {
    fn paused(self) -> Option<Paused> {
        let is = |flag: &Scalar| flag.flag() == Some(true);
        let what = if is(&self.trigger_queue_discarding) {
            Stopped::Discarding
        } else if is(&self.trigger_queue_paused) {
            Stopped::Triggers
        } else if is(&self.result_queue_paused) {
            Stopped::Results
        } else {
            return None;
        };
        Some(Paused { what, reason: self.reason.text().map(str::to_owned) })
    }
}

fn pipeline(info: PipelineInfo) -> Option<Pipeline> {
    let kind = match info.manager.text() {
        Some("dependent") => PipelineKind::Gate,
        Some("independent") => PipelineKind::Check,
        // `serial` and `supercedent` test what has merged, or a deployment.
        Some(_) => PipelineKind::Other,
        // Before the manager was told, the names were a convention.
        None => match info.name.text() {
            Some("gate") => PipelineKind::Gate,
            Some("check") => PipelineKind::Check,
            _ => PipelineKind::Other,
        },
    };
    let name = info.name.text()?.to_owned();
    let queues = info.change_queues.0.unwrap_or_default();
    Some(Pipeline { name, kind, queues: queues.into_iter().map(queue).collect() })
}

fn queue(info: QueueInfo) -> Queue {
    let window = match info.window.whole().map(u32::try_from) {
        // "0 … indicates there is no limit" (Zuul documentation, `pipeline.window`).
        Some(Ok(0)) => Window::Unlimited,
        Some(Ok(size)) => Window::Items(size),
        Some(Err(_)) | None => Window::Unknown,
    };
    // The heads are one list, cut before each item that has nothing ahead of it.
    let heads = info.heads.0.unwrap_or_default();
    let items = heads.into_iter().flat_map(|head| head.0.unwrap_or_default()).map(|info| item(&info)).collect();
    Queue { name: info.name.text().map(str::to_owned), window, items }
}

fn item(info: &ItemInfo) -> Item {
    let id = info.id.text().unwrap_or_default().to_owned();
    let own = || {
        // Here the item's id is the change's.
        let change = RefInfo {
            id: info.id.clone(),
            project: info.project.clone(),
            project_canonical: info.project_canonical.clone(),
            name: info.name.clone(),
        };
        change.change().into_iter().collect()
    };
    let changes = match &info.refs.0 {
        Some(refs) => refs.iter().filter_map(RefInfo::change).collect(),
        None => own(),
    };
    let jobs: Vec<Job> = info.jobs.items().iter().filter_map(job).collect();
    let over = !jobs.is_empty() && jobs.iter().all(|job| job.state.is_over());
    Item {
        live: info.live.flag(),
        active: info.active.flag(),
        changes,
        base: match &info.item_ahead {
            None => Base::Unknown,
            Some(ahead) => ahead.text().map_or(Base::Branch, |id| Base::Item(id.to_owned())),
        },
        enqueued: info.enqueue_time.time_in_milliseconds(),
        // 0 with jobs that run means "no history" as well as "overdue".
        eta: info.remaining_time.milliseconds().filter(|time| over || *time >= Duration::from_secs(1)),
        reasons: info.failing_reasons.0.as_ref().map(|reasons| {
            // A reason that is no text is still a reason.
            reasons
                .iter()
                .map(|reason| reason.text().unwrap_or("for a reason that it does not tell").to_owned())
                .collect()
        }),
        jobs,
        id,
    }
}

impl RefInfo {
    /// `None` for what is no change: a branch, a tag.
    fn change(&self) -> Option<ItemChange> {
        let (number, patch_set) = if let Some((number, patch_set)) = self.id.text().and_then(|id| id.split_once(',')) {
            (number.parse().ok()?, patch_set.parse().ok())
        } else {
            // `refs/changes/41/1841/3`
            let mut parts = self.name.text()?.strip_prefix("refs/changes/")?.split('/').skip(1);
            (parts.next()?.parse().ok()?, parts.next().and_then(|part| part.parse().ok()))
        };
        let project = self.project.text().or_else(|| self.project_canonical.text())?.to_owned();
        Some(ItemChange { project, canonical: self.project_canonical.text().map(str::to_owned), number, patch_set })
    }
}

fn job(info: &JobInfo) -> Option<Job> {
    let word = info.result.as_ref().and_then(Scalar::text);
    let started = info.start_time.whole().is_some_and(|time| time > 0);
    let state = match (&info.result, word) {
        (_, Some(word)) => JobState::of_result(word),
        // Whether there is a result was not said, or it is no word.
        (None, None) => JobState::Unknown,
        (Some(result), None) if *result != Scalar::Unknown => JobState::Unknown,
        _ if info.pre_fail.flag() == Some(true) => JobState::Failing,
        _ if started => JobState::Running,
        _ => JobState::Waiting,
    };
    let waits = info.waiting_status.text().filter(|_| state == JobState::Waiting);
    let estimate = info.estimated_time.whole().is_some_and(|time| time > 0);
    Some(Job {
        name: info.name.text()?.to_owned(),
        state,
        voting: info.voting.flag(),
        word: word.or(waits).map(str::to_owned),
        elapsed: info.elapsed_time.milliseconds(),
        remaining: info.remaining_time.milliseconds().filter(|time| estimate && !time.is_zero()),
        // `url` is a console stream below the site, not an address by itself.
        url: [&info.report_url, &info.url]
            .into_iter()
            .filter_map(Scalar::text)
            .find(|url| url.starts_with("http"))
            .map(str::to_owned),
        run: info.uuid.text().map(str::to_owned),
    })
}

/// `GET …/info` and `GET …/tenant/T/info`.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Info {
    pub(super) info: InfoBody,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct InfoBody {
    pub(super) tenant: Scalar,
    pub(super) capabilities: Capabilities,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Capabilities {
    pub(super) auth: Auth,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Auth {
    pub(super) read_protected: Scalar,
}

/// `GET …/authorizations`. With role mappings there is no `admin`, and without them no `permissions`.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Authorizations {
    pub(super) zuul: ZuulAuthorizations,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct ZuulAuthorizations {
    pub(super) admin: Scalar,
    pub(super) permissions: Permissions,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Permissions {
    pub(super) admin: Scalar,
    pub(super) enqueue: Scalar,
    pub(super) dequeue: Scalar,
    pub(super) promote: Scalar,
}

/// `GET …/build/U`.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Build {
    pub(super) log_url: Scalar,
}

/// A JSON error.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) description: Scalar,
    pub(super) error: Scalar,
}
