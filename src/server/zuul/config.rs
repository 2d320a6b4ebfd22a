//! What there is: tenant, projects, pipelines, jobs. From `server.toml`, which is read at start.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, Call, DIALECT, No, host};
use crate::server::gate::jobs::Job;
use crate::server::gate::model::Pipeline;
use crate::server::store::Project;

/// `/info`, of the server or of a tenant.
pub(super) fn info(call: &Call<'_>, tenant: Option<&str>) -> Value {
    let realm = host(call.server);
    let mut auth = json!({
        // Tokens are the server's own: those of `pyflow serve user`.
        "realms": {realm.clone(): {"authority": "pyflow", "client_id": realm, "type": "JWT", "driver": "pyflow"}},
        "default_realm": realm,
        "read_protected": !call.server.anonymous_read,
        "auth_log_file_requests": false,
    });
    if tenant.is_some() {
        auth["niz"] = false.into();
    }
    let mut info = json!({
        "capabilities": {"job_history": true, "auth": auth},
        "websocket_url": null,
        "stats": {"prefix": null, "type": "graphite", "url": null},
    });
    if let Some(tenant) = tenant {
        info["tenant"] = tenant.into();
    }
    json!({"info": info})
}

/// `/connections`: changes come from this very server.
pub(super) fn connections(call: &Call<'_>) -> Value {
    let host = host(call.server);
    let url = call.server.base_url.trim_end_matches('/');
    json!([{"name": "gerrit", "driver": "gerrit", "baseurl": url, "canonical_hostname": host, "server": host}])
}

/// `/components`: one process is everything.
pub(super) fn components() -> Value {
    let this = json!([{"hostname": "localhost", "state": "running", "version": DIALECT}]);
    json!({"scheduler": this, "web": this, "executor": this})
}

fn named(call: &Call<'_>, project: &Project) -> Value {
    let name = &project.name;
    json!({"name": name, "connection_name": "gerrit", "canonical_name": format!("{}/{name}", host(call.server))})
}

/// `/projects`.
pub(super) fn projects(call: &Call<'_>) -> Value {
    let seen = call.server.store.projects().filter(|p| call.server.sees(call.reader(), p));
    seen.map(|project| {
        let mut value = named(call, project);
        value["type"] = "untrusted".into();
        value
    })
    .collect()
}

/// `/project/NAME`: which jobs it has, and which queue.
pub(super) fn project(call: &Call<'_>, name: &str) -> Answer {
    let project = call.project(name)?;
    let head = head(project);
    let jobs = call.server.gate.jobs_of(&project.name);
    let pipelines: Vec<Value> = Pipeline::ALL
        .iter()
        .filter_map(|pipeline| {
            let jobs = jobs?.of(*pipeline, &head);
            let variants: Vec<Value> = jobs.iter().map(|job| json!([variant(job, &project.name, &head)])).collect();
            (!variants.is_empty()).then(|| json!({"parameters": [], "name": pipeline.name(), "jobs": variants}))
        })
        .collect();
    let queue = project.settings.queue.clone().unwrap_or_else(|| project.name.clone());
    let mut value = named(call, project);
    value["configs"] = json!([{
        "source_context": {"project": project.name, "branch": head, "path": "server.toml"},
        "default_branch": head,
        "merge_mode": null,
        "is_template": false,
        "templates": [],
        "queue_name": queue,
        "pipelines": pipelines,
    }]);
    Ok(value)
}

fn head(project: &Project) -> String {
    let head = project.open().ok().and_then(|repository| {
        let head = repository.find_reference("HEAD").ok()?;
        head.symbolic_target().ok().flatten().map(str::to_owned)
    });
    let head = head.unwrap_or_default();
    head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned()
}

fn variant(job: &Job, project: &str, branch: &str) -> Value {
    let settings = &job.settings;
    let branches: Value = if settings.branches.is_empty() { Value::Null } else { json!(settings.branches) };
    let dependencies: Vec<Value> = settings.needs.iter().map(|n| json!({"name": n, "soft": false})).collect();
    json!({
        "name": job.name,
        "branches": branches,
        "files": settings.files,
        "irrelevant_files": settings.ignore_files,
        "variant_description": "",
        "source_context": {"project": project, "branch": branch, "path": "server.toml"},
        "description": null,
        "final": false,
        "abstract": false,
        "voting": settings.voting,
        "timeout": settings.timeout,
        "dependencies": dependencies,
        "attempts": settings.attempts,
        "type": "regular",
        "parent": null,
    })
}

/// `/pipelines`.
pub(super) fn pipelines() -> Value {
    let triggers = json!([{"name": "gerrit", "driver": "gerrit"}]);
    Pipeline::ALL.iter().map(|p| json!({"name": p.name(), "triggers": triggers})).collect()
}

/// The jobs of all projects that may be seen, by name.
fn all_jobs(call: &Call<'_>) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for project in call.server.store.projects().filter(|p| call.server.sees(call.reader(), p)) {
        let Some(jobs) = call.server.gate.jobs_of(&project.name) else { continue };
        let head = head(project);
        for job in jobs.all() {
            all.entry(job.name.clone()).or_default().push(variant(job, &project.name, &head));
        }
    }
    all
}

/// `/jobs`.
pub(super) fn jobs(call: &Call<'_>) -> Value {
    all_jobs(call).into_keys().map(|name| json!({"name": name})).collect()
}

/// `/job/NAME`: its variants.
pub(super) fn job(call: &Call<'_>, name: &str) -> Answer {
    all_jobs(call).remove(name).map(Value::from).ok_or_else(|| No::page(404, "Job not found"))
}

/// `/pipeline/P/project/NAME/branch/B/freeze-jobs`: the jobs that a change could get.
pub(super) fn freeze_jobs(call: &Call<'_>, pipeline: &str, rest: &[&str]) -> Answer {
    let at = rest.iter().rposition(|part| *part == "branch").ok_or_else(|| No::page(404, "Not Found"))?;
    let pipeline = Pipeline::named(pipeline).ok_or_else(|| No::page(404, "Unknown pipeline"))?;
    let project = call.project(&rest[..at].join("/"))?;
    let branch = rest[at + 1..].join("/");
    let jobs = call.server.gate.jobs_of(&project.name).map(|jobs| jobs.of(pipeline, &branch));
    let entry = |job: &std::sync::Arc<Job>| {
        let needs: Vec<Value> = job.settings.needs.iter().map(|n| json!({"name": n, "soft": false})).collect();
        json!({"name": job.name, "dependencies": needs})
    };
    Ok(jobs.iter().flat_map(|jobs| jobs.iter()).map(entry).collect())
}
