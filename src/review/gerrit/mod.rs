//! Gerrit, and servers that speak its dialect: the first adapter of [`ReviewServer`].
//!
//! In reading order: `change_id` (the footer that ties commits to changes), `options` (push
//! options), `address` (what people paste), `query` and `path` (what is asked), `wire` (what is answered), `rest` and `ssh` (how),
//! `plan` (steps), `answers` and `remote_lines` (what refusals and talk mean). Nothing here pushes,
//! prints, or keeps state between runs.

mod address;
pub mod answers;
pub mod change_id;
pub mod options;
mod path;
mod plan;
mod query;
pub mod remote_lines;
pub mod rest;
pub mod ssh;
mod wire;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::checkout::push::PushReport;
use crate::error::{Error, Kind, Result};
use crate::http::Request;
use crate::names::{BranchName, CommitId, ProjectName, Scheme, ServerUrl};
use crate::review::model::{Action, Change, Delivery, Draft, Identity, Located, PatchSet, Step, Submitted, View};
use crate::review::{Ballot, ChangeName, Query, ReviewServer};
use query::Term;
use rest::{Rest, Transport};
use ssh::Runner;
use wire::{AccountInfo, BranchInfo, Depth, EmailInfo};

/// One project on a Gerrit server.
pub struct Gerrit<'a> {
    url: ServerUrl,
    project: ProjectName,
    access: Access<'a>,
    /// Asked once; a failure is not kept.
    me: OnceLock<Option<Identity>>,
}

/// How the server is asked. Pushing is not done here.
enum Access<'a> {
    Rest(Rest<'a>),
    Ssh(Box<dyn Runner + 'a>),
}

impl<'a> Gerrit<'a> {
    /// Asks over HTTP; as nobody where not `authenticated`.
    pub fn over_rest(
        url: ServerUrl,
        project: ProjectName,
        transport: impl Transport + 'a,
        authenticated: bool,
    ) -> Self {
        let rest = Rest { transport: Box::new(transport), authenticated };
        Self { url, project, access: Access::Rest(rest), me: OnceLock::new() }
    }

    /// Asks over ssh, where there is no HTTP: neither requirements nor votes.
    pub fn over_ssh(url: ServerUrl, project: ProjectName, runner: impl Runner + 'a) -> Self {
        Self { url, project, access: Access::Ssh(Box::new(runner)), me: OnceLock::new() }
    }

    /// Asks once for the reason behind git's bare 403; see [`answers::explain_forbidden`].
    fn ask_forbidden(&self, service: &str) -> Option<Error> {
        let Access::Rest(rest) = &self.access else { return None };
        let request = Request::get(format!("{}/info/refs", self.project)).param("service", service);
        let response = rest.transport.send(&request, rest.authenticated).ok()?;
        answers::explain_forbidden(&response.body, &self.url)
    }

    /// The changes of this project that answer to any of these terms.
    fn fetch(&self, terms: &[Term], depth: Depth) -> Result<Vec<Change>> {
        self.run(&query::any_of(&self.project, terms), depth, None)
    }

    fn run(&self, queries: &[String], depth: Depth, limit: Option<usize>) -> Result<Vec<Change>> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let mut changes = match &self.access {
            Access::Rest(rest) => {
                let (list, depth) = rest.query(queries, depth, limit)?;
                list.into_iter().map(|c| c.into_change(&self.url, depth)).collect::<Vec<_>>()
            }
            Access::Ssh(runner) => {
                let mut out = Vec::new();
                for query in queries {
                    let lines = ssh::query(runner.as_ref(), &self.url, query, limit)?;
                    out.extend(lines.into_iter().filter_map(|l| l.into_change(&self.url)));
                }
                out
            }
        };
        // The query says so too; an answer about another project is never taken for ours.
        changes.retain(|c| c.number > 0 && c.project == self.project.as_str());
        Ok(changes)
    }

    const fn means(&self) -> plan::Means<'_> {
        plan::Means { project: &self.project, rest: matches!(self.access, Access::Rest(_)) }
    }

    fn ask_identity(&self) -> Result<Option<Identity>> {
        match &self.access {
            Access::Rest(rest) if !rest.authenticated => Ok(None),
            Access::Rest(rest) => {
                let (account, emails) = std::thread::scope(|scope| {
                    let emails = scope.spawn(|| rest.get::<Vec<EmailInfo>>("accounts/self/emails"));
                    (rest.get::<AccountInfo>("accounts/self"), emails.join())
                });
                // The addresses only help to warn early; without them the server still decides.
                let emails = emails.ok().and_then(Result::ok);
                let known = |e: EmailInfo| (!e.pending_confirmation).then_some(e.email);
                let emails = emails.map(|list| list.into_iter().filter_map(known).collect());
                Ok(Some(Identity { account: account?.into_account(), emails }))
            }
            // Gerrit's ssh interface does not tell who asks; the URL may.
            Access::Ssh(_) => Ok(self.url.user().map(|user| Identity {
                account: crate::review::model::Account {
                    id: user.to_owned(),
                    username: Some(user.to_owned()),
                    ..Default::default()
                },
                emails: None,
            })),
        }
    }

    /// Refuses an answer that dropped a vote: Gerrit answers 200 and leaves unknown labels, and
    /// values out of range, out of the echo.
    fn check_echo(&self, request: &Request, answer: &Value) -> Result<()> {
        if !request.path.ends_with("/review") {
            return Ok(());
        }
        let asked = request.body.as_ref().and_then(|b| b.get("labels")).and_then(Value::as_object);
        let votes = asked
            .into_iter()
            .flatten()
            .filter_map(|(label, value)| Some((label.clone(), i32::try_from(value.as_i64()?).ok()?)));
        let votes = votes.collect::<Vec<_>>();
        let dropped = plan::dropped(answer, &votes);
        if dropped.is_empty() {
            return Ok(());
        }
        Err(dropped_votes(&dropped, &self.labels_of(request)))
    }

    /// The labels of the change that a review was for, with their values; empty where they cannot
    /// be had. Only asked to explain a refusal.
    fn labels_of(&self, review: &Request) -> Vec<String> {
        let Access::Rest(rest) = &self.access else { return Vec::new() };
        let Some((change, _)) = review.path.split_once("/revisions/") else { return Vec::new() };
        let request = Request::get(change).param("o", "DETAILED_LABELS");
        rest.json(&request).map(|answer| known_labels(&answer)).unwrap_or_default()
    }
}

impl ReviewServer for Gerrit<'_> {
    fn name(&self) -> &'static str {
        "Gerrit"
    }

    fn name_in_url(&self, text: &str) -> Result<ChangeName> {
        address::change(text, &self.url, &self.project)
    }

    fn is_change_id(&self, text: &str) -> bool {
        text.parse::<change_id::ChangeId>().is_ok()
    }

    /// Every site's name for it, and Zuul's default (Gerrit Documentation, "Review Labels").
    fn checks_label(&self) -> &'static str {
        "Verified"
    }

    /// `GET /config/server/version` ("REST API", "Get Version"), or `gerrit version` over ssh.
    fn version(&self) -> Result<String> {
        match &self.access {
            Access::Rest(rest) => rest.get("config/server/version"),
            Access::Ssh(runner) => ssh::version(runner.as_ref(), &self.url),
        }
    }

    /// `GET /projects/NAME/HEAD` ("REST API", "Get HEAD").
    fn default_branch(&self) -> Result<Option<String>> {
        let Access::Rest(rest) = &self.access else { return Ok(None) };
        let head: String = rest.get(&path::project(&self.project, "HEAD"))?;
        Ok(head.strip_prefix("refs/heads/").map(str::to_owned))
    }

    /// `GET /projects/NAME/branches/BRANCH` ("REST API", "Get Branch").
    fn branch_tip(&self, branch: &BranchName) -> Result<Option<CommitId>> {
        let Access::Rest(rest) = &self.access else { return Ok(None) };
        let found: BranchInfo = rest.get(&path::branch(&self.project, branch))?;
        Ok(found.revision.parse().ok().filter(|_| found.name == branch.full().as_str()))
    }

    fn is_authenticated(&self) -> bool {
        match &self.access {
            Access::Rest(rest) => rest.authenticated,
            Access::Ssh(_) => true,
        }
    }

    fn change_id(&self, commit: &CommitId, message: &[u8]) -> Result<(String, Option<Vec<u8>>)> {
        use change_id::Footer;
        // Nothing could be added to it that the server would take.
        if message.trim_ascii().is_empty() {
            return Err(Error::state(format!("commit {} has no message", commit.short()))
                .hint("say what the commit does: `git commit --amend` or `git rebase -i`"));
        }
        let wrong = |what: &str, hint: &str| {
            let subject = String::from_utf8_lossy(message);
            let subject = answers::plain(subject.lines().next().unwrap_or_default());
            Err(Error::state(format!("the message of {} ({subject}) {what}", commit.short())).hint(hint))
        };
        match change_id::footer(message) {
            Footer::One(id) => Ok((id.to_string(), None)),
            Footer::Missing => {
                let id = change_id::derive(commit);
                let message = change_id::add_to(message, &id);
                Ok((id.to_string(), Some(message)))
            }
            Footer::Malformed(why) => wrong(
                &format!("has a Change-Id that is none: {why}"),
                "remove the line with `git commit --amend` or `git rebase -i`; pyflow adds a right one",
            ),
            Footer::Several => wrong(
                "has several Change-Id lines",
                "keep the one of the change that this commit is: `git commit --amend` or `git rebase -i`",
            ),
            Footer::NotInFooter => wrong(
                "has its Change-Id above the last paragraph, where the server does not look",
                "move the line to the end of the message: `git commit --amend` or `git rebase -i`",
            ),
            Footer::OnlyLine => wrong(
                "has no subject, only a Change-Id",
                "say what the commit does: `git commit --amend` or `git rebase -i`",
            ),
        }
    }

    fn remarks(&self, report: &PushReport) -> Vec<String> {
        let remarks = remote_lines::read(&report.remote);
        let lost = remarks.outdated.iter().map(|vote| format!("a vote was lost with the new patch set: {vote}"));
        remarks.warnings.iter().cloned().chain(lost).collect()
    }

    fn identity(&self) -> Result<Option<Identity>> {
        if let Some(me) = self.me.get() {
            return Ok(me.clone());
        }
        let me = self.ask_identity()?;
        Ok(self.me.get_or_init(|| me).clone())
    }

    /// One request, by Change-Id. `me` is filled where it was asked before: the caller asks
    /// [`ReviewServer::identity`] at the same time.
    fn locate(&self, drafts: &[Draft], target: &BranchName) -> Result<View> {
        let terms = drafts.iter().map(|d| Term::change_id(&d.change_id)).collect::<Result<Vec<_>>>()?;
        let changes = self.fetch(&terms, Depth::People)?;
        let mut by_id: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in &changes {
            if let Some(id) = &change.change_id {
                by_id.entry(id).or_default().push(change);
            }
        }
        let located = drafts.iter().map(|draft| {
            let mut located = Located::default();
            for change in by_id.get(draft.change_id.as_str()).into_iter().flatten().copied() {
                if change.branch == target.as_str() && located.change.is_none() {
                    located.change = Some(change.clone());
                } else {
                    located.elsewhere.push(change.clone());
                }
            }
            located
        });
        Ok(View {
            me: self.me.get().cloned().flatten(),
            located: located.collect(),
            authenticated: self.is_authenticated(),
            target: Some(target.clone()),
        })
    }

    fn deliver(&self, delivery: &Delivery, view: &View) -> Result<Vec<Step>> {
        plan::deliver(&self.means(), delivery, view)
    }

    fn settle(&self, drafts: &[Draft], before: &View) -> Result<Vec<Option<Submitted>>> {
        let terms = drafts.iter().map(|d| Term::Commit(d.commit.clone())).collect::<Vec<_>>();
        let changes = self.fetch(&terms, Depth::Identity)?;
        Ok(drafts.iter().enumerate().map(|(at, draft)| settle_one(at, draft, &changes, before)).collect())
    }

    fn call(&self, request: &Request) -> Result<Value> {
        let Access::Rest(rest) = &self.access else {
            return Err(Error::state("this needs the review server's HTTP interface, and only ssh is set up")
                .hint("give the server's https address as `review.url`: `pyflow setup`"));
        };
        let answer = rest.json(request)?;
        // Gerrit 3.4 answers 200 to reviewers that it does not know, with the reason inside.
        if !rest::is_read(request)
            && let Some(said) = rest::reviewer_error(&answer)
        {
            let said = answers::plain(said.lines().next().unwrap_or_default());
            return Err(answers::explain_request(&said));
        }
        self.check_echo(request, &answer)?;
        Ok(answer)
    }

    fn explain_push(&self, report: &PushReport) -> Error {
        let asked = if answers::is_bare_forbidden(report) { self.ask_forbidden("git-receive-pack") } else { None };
        asked.unwrap_or_else(|| answers::explain_push(report, &self.url))
    }

    fn explain_fetch(&self, talk: &str) -> Error {
        let asked = if answers::is_forbidden(talk) { self.ask_forbidden("git-upload-pack") } else { None };
        asked.unwrap_or_else(|| answers::explain_fetch(talk, &self.url))
    }

    fn list(&self, query: &Query) -> Result<Vec<Change>> {
        if query.mine && !self.is_authenticated() {
            return Err(Error::new(Kind::Credentials, "your own changes can be listed only when you are signed in")
                .hint("sign in with a token or HTTP password: `pyflow auth login`"));
        }
        if query.limit == Some(0) {
            return Ok(Vec::new());
        }
        let depth = if query.messages { Depth::Story } else { Depth::Full };
        self.run(&[query::open(&self.project, query)?], depth, query.limit)
    }

    fn find(&self, names: &[ChangeName]) -> Result<Vec<Vec<Change>>> {
        let terms = names.iter().map(Term::of).collect::<Result<Vec<_>>>()?;
        let changes = self.fetch(&terms, Depth::Story)?;
        Ok(terms.iter().map(|term| changes.iter().filter(|c| term.fits(c)).cloned().collect()).collect())
    }

    fn merge(&self, change: &Change, patch_set: u32) -> Result<Vec<Step>> {
        plan::merge(&self.means(), change, patch_set)
    }

    fn marked(&self, branch: &BranchName, hashtags: &[String]) -> Result<Vec<Change>> {
        if hashtags.is_empty() {
            return Ok(Vec::new());
        }
        self.run(&[query::marked(&self.project, branch, hashtags)?], Depth::Full, None)
    }

    fn vote(&self, change: &Change, patch_set: u32, ballot: &Ballot) -> Result<Vec<Step>> {
        plan::vote(&self.means(), change, patch_set, ballot)
    }
}

fn dropped_votes(dropped: &[&(String, i32)], known: &[String]) -> Error {
    let votes = dropped.iter().map(|(label, value)| format!("{label}{value:+}")).collect::<Vec<_>>().join(", ");
    let error =
        Error::refused(format!("the review server dropped the vote {votes}: no such label here, or no such value"));
    if known.is_empty() { error } else { error.hint(format!("labels here: {}", known.join(", "))) }
}

/// `Code-Review -2..+2` for each label of a `ChangeInfo`.
fn known_labels(change: &Value) -> Vec<String> {
    let labels = change.get("labels").and_then(Value::as_object);
    let with_range = |(label, info): (&String, &Value)| {
        let label = answers::plain(label);
        let values = info.get("values").and_then(Value::as_object).into_iter().flatten();
        let values = values.filter_map(|(v, _)| v.trim().parse::<i32>().ok()).collect::<Vec<_>>();
        match (values.iter().min(), values.iter().max()) {
            (Some(low), Some(high)) => format!("{label} {low:+}..{high:+}"),
            _ => label,
        }
    };
    labels.into_iter().flatten().map(with_range).collect()
}

fn settle_one(at: usize, draft: &Draft, changes: &[Change], before: &View) -> Option<Submitted> {
    let known = before.located.get(at);
    let was = known.and_then(|l| l.change.as_ref());
    let elsewhere = |c: &Change| known.is_some_and(|l| l.elsewhere.iter().any(|e| e.number == c.number));
    let holding = || changes.iter().filter(|c| c.patch_set_of(&draft.commit).is_some());
    // The same commit may be a change on several branches.
    let change = match (&before.target, was) {
        (Some(target), _) => holding().find(|c| c.branch == target.as_str()),
        (None, Some(was)) => holding().find(|c| c.number == was.number),
        (None, None) => holding().find(|c| !elsewhere(c)),
    }?;
    let ours = change.patch_set_of(&draft.commit)?;
    // A journal remembers of each change only its newest patch set.
    let had = |was: &Change| {
        was.patch_set_of(&draft.commit).is_some() || was.current_patch_set.is_some_and(|seen| ours.number <= seen)
    };
    let action = match was {
        Some(was) if had(was) => Action::Unchanged,
        None if ours.number == 1 => Action::Created,
        _ => Action::Updated,
    };
    let buried = if action == Action::Updated { buried(change, ours, was, before) } else { None };
    Some(Submitted { draft: draft.clone(), change: change.clone(), patch_set: ours.number, action, buried })
}

/// The newest patch set by somebody else that came after what `locate` saw and before ours: Gerrit
/// takes a push on a stale base without a word.
fn buried(change: &Change, ours: &PatchSet, was: Option<&Change>, before: &View) -> Option<PatchSet> {
    let seen = was.and_then(|w| w.current_patch_set).unwrap_or(0);
    let me = before.me.as_ref().map_or(&ours.uploader.id, |me| &me.account.id);
    let between = change.patch_sets.iter().filter(|p| p.number > seen && p.number < ours.number);
    between.filter(|p| p.uploader.id != *me).max_by_key(|p| p.number).cloned()
}

/// Where a person looks at a change (Gerrit Documentation, "Uploading Changes": `/c/PROJECT/+/N`).
fn change_url(server: &ServerUrl, project: &str, number: u64) -> String {
    let project = project
        .split('/')
        .map(|part| percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string());
    // Letters, digits and the few marks of ordinary names stay readable.
    let project = project.collect::<Vec<_>>().join("/").replace("%2D", "-").replace("%2E", ".").replace("%5F", "_");
    server.join(&format!("c/{project}/+/{number}"))
}

/// Whether a URL that the server handed out points to the server itself. Where it is known by ssh
/// alone the host decides.
fn is_ours(server: &ServerUrl, text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let printable = !text.chars().any(|c| c.is_control() || c.is_whitespace() || crate::names::is_invisible(c));
    if !printable || !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
    {
        return false;
    }
    if server.scheme() == Scheme::Ssh {
        return url.host_str().is_some_and(|h| h.eq_ignore_ascii_case(server.host()));
    }
    url::Url::parse(&server.origin()).is_ok_and(|own| own.origin() == url.origin())
}

#[cfg(test)]
mod tests;
