//! `POST …/revisions/X/cherrypick`: a patch set as a change on another branch. Rules and words as seen on Gerrit 3.13.

use std::collections::BTreeSet;

use git2::{Commit, Oid, Repository};
use serde::Deserialize;

use super::json::{self, Wanted};
use super::review::read;
use super::{Answer, Call, Refusal, ok};
use crate::server::accept::{self, Origin, Picked};
use crate::server::accounts::Account;
use crate::server::change::{self, Change, Merged, ReviewerState, Status};
use crate::server::footer::{self, Found};
use crate::server::gate::Happened;
use crate::server::judge::{Court, Judgement, Taken};
use crate::server::pushopt::Options;
use crate::server::store::{Project, Writing, branch_tip};
use crate::server::{http, names, pick};

/// `CherryPickInput`; fields that have no effect here are not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    message: Option<String>,
    destination: Option<String>,
    base: Option<String>,
    parent: Option<u32>,
    topic: Option<String>,
    keep_reviewers: bool,
    allow_conflicts: bool,
    allow_empty: bool,
}

/// Answers a cherry-pick of a patch set.
pub(super) fn cherry_pick(call: &Call<'_>, source: &Change, revision: &str) -> Answer {
    let me = call.login()?;
    let patch_set = super::changes::patch_set(source, revision)?;
    let input: Input = read(&call.body)?;
    let server = call.server;
    let project = server.store.project(&source.project).ok_or_else(|| Refusal::not_found(&source.project))?;
    let branch = input.destination.as_deref().map(str::trim).filter(|d| !d.is_empty());
    let branch = branch.ok_or_else(|| Refusal::new(400, "destination must be non-empty"))?;
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    if let Some(words) = http::may_not_push(server, project, me) {
        return Err(Refusal::new(403, words.trim()));
    }
    // From here to the end nobody else writes: the change that the pick updates stays as it is looked at.
    let mut writing = server.store.write();
    let repository = project.open()?;
    let tip = names::is_ref(&format!("refs/heads/{branch}")).then(|| branch_tip(&repository, branch)).flatten();
    let tip = tip.ok_or_else(|| Refusal::new(400, format!("Branch refs/heads/{branch} does not exist.")))?;
    let onto = base(call, &repository, source, branch, tip, input.base.as_deref())?;
    let commit = repository.find_commit(Oid::from_str(&patch_set.commit.id)?)?;
    let (message, key) = message(&input, &commit, &onto)?;
    let existing = existing(call, project, branch, &key)?;
    let made = make(call, &repository, project, me, &commit, &onto, &message, &input)?;
    let conflicts = made.merged.conflicts;
    let judgement = Judgement {
        branch: branch.to_owned(),
        options: Options { wip: source.wip || conflicts, topic: topic(&input, source, branch), ..Options::default() },
        taken: vec![Taken { commit: made.commit, key, onto: existing }],
    };
    let origin = Origin::Picked(Picked {
        from: (source.number, patch_set.number),
        branch: source.branch.clone(),
        merged: made.merged,
        conflicts: made.conflicts,
    });
    let number =
        store(call, &mut writing, project, &repository, me, source, &judgement, &origin, input.keep_reviewers)?;
    drop(writing);
    server.changed(project, &[number], me.id, Happened::Uploaded);
    let after = server.store.index().get(number).cloned().ok_or_else(|| Refusal::not_found(number))?;
    let mut value = json::change(call, &after, &Wanted::default());
    if conflicts {
        value["contains_git_conflicts"] = true.into();
    }
    ok(value)
}

/// The commit that the pick is put on: the branch, or what was asked for.
fn base<'r>(
    call: &Call<'_>,
    repository: &'r Repository,
    source: &Change,
    branch: &str,
    tip: Oid,
    asked: Option<&str>,
) -> Result<Commit<'r>, Refusal> {
    let Some(asked) = asked.map(str::trim).filter(|b| !b.is_empty()) else { return Ok(repository.find_commit(tip)?) };
    let id = Some(asked).filter(|b| b.len() == 40).and_then(|b| Oid::from_str(b).ok());
    let id = id.ok_or_else(|| Refusal::new(400, format!("Base {asked} doesn't represent a valid SHA-1")))?;
    let commit = repository.find_commit(id).map_err(|_| Refusal::new(422, format!("Base {asked} doesn't exist")))?;
    let index = call.server.store.index();
    let reviewed = || {
        let mut changes = index.with_commit(asked).into_iter().filter_map(|n| index.get(n));
        changes.any(|c| c.project == source.project && c.branch == branch && c.status != Status::Abandoned)
    };
    if id == tip || repository.graph_descendant_of(tip, id)? || reviewed() {
        return Ok(commit);
    }
    Err(Refusal::new(422, format!("Commit {asked} does not exist on branch refs/heads/{branch}")))
}

/// The picked commit.
struct Made {
    commit: Oid,
    merged: Merged,
    conflicts: Vec<String>,
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the one commit that is made")]
fn make(
    call: &Call<'_>,
    repository: &Repository,
    project: &Project,
    me: &Account,
    commit: &Commit<'_>,
    onto: &Commit<'_>,
    message: &str,
    input: &Input,
) -> Result<Made, Refusal> {
    let count = commit.parent_count();
    let parent = input.parent.map_or(1, |p| p as usize);
    if parent == 0 || parent > count {
        return Err(Refusal::new(
            400,
            format!("Cherry Pick: Parent {parent} does not exist. Please specify a parent in range [1, {count}]."),
        ));
    }
    let parent = commit.parent(parent - 1)?;
    let picked = pick::pick(&call.server.store.git, project, repository, (&parent, commit), onto)?;
    let (tree, files) = match picked {
        pick::Picked::Clean(tree) => (tree, None),
        pick::Picked::Conflicts { tree, files } => (tree, Some(files)),
    };
    if let Some(files) = files.as_ref().filter(|_| !input.allow_conflicts) {
        let mut words = format!(
            "Cherry pick failed: merge conflict while merging commits commit {} and commit {}\n\nmerge conflict(s):",
            onto.id(),
            commit.id()
        );
        if files.is_empty() {
            words.push_str("\n* in no single file: folders were renamed");
        }
        for file in files {
            words.push_str("\n* ");
            words.push_str(file);
        }
        return Err(Refusal::new(409, words));
    }
    let empty_before = commit.tree_id() == parent.tree_id();
    if tree == onto.tree_id() && !empty_before && !input.allow_empty {
        return Err(Refusal::new(409, "Cherry pick failed: identical tree"));
    }
    let email = me.email().map_or_else(|| format!("{}@localhost", me.username), str::to_owned);
    let committer = git2::Signature::new(me.display_name(), &email, &git2::Time::new(change::now() / 1000, 0))?;
    let tree = repository.find_tree(tree)?;
    let made = repository.commit(None, &commit.author(), &committer, message, &tree, &[onto])?;
    let merged = Merged {
        base: parent.id().to_string(),
        ours: onto.id().to_string(),
        theirs: commit.id().to_string(),
        conflicts: files.is_some(),
    };
    Ok(Made { commit: made, merged, conflicts: files.unwrap_or_default() })
}

/// The message with its Change-Id; one that has none gets a new one.
fn message(input: &Input, commit: &Commit<'_>, onto: &Commit<'_>) -> Result<(String, String), Refusal> {
    use sha1::{Digest, Sha1};
    let original = crate::server::commits::message(commit);
    let given = input.message.as_deref().map(str::trim).filter(|m| !m.is_empty());
    let message = given.map_or_else(|| original.clone(), |m| format!("{m}\n"));
    match footer::change_id(&message) {
        Found::Id(key) => Ok((message, key)),
        Found::Wrong(footer::MISSING) => {
            let seed = format!("{}\0{}\0{}\0{message}", commit.id(), onto.id(), change::now());
            let key = format!("I{}", hex::encode(Sha1::digest(seed.as_bytes())));
            Ok((footer::with_id(&message, &key), key))
        }
        Found::Wrong(wrong) => Err(Refusal::new(409, wrong)),
    }
}

/// The open change on the branch that the pick is a new patch set of.
fn existing(call: &Call<'_>, project: &Project, branch: &str, key: &str) -> Result<Option<u32>, Refusal> {
    let index = call.server.store.index();
    let found = index.with_exact_key(&project.name, key).find(|c| c.branch == branch);
    match found {
        Some(change) if change.status != Status::New => Err(Refusal::new(
            400,
            format!(
                "Cherry-pick with Change-Id {key} could not update the existing change {} in destination branch refs/heads/{branch} of project {}, because the change was closed ({})",
                change.number,
                project.name,
                change.status.name()
            ),
        )),
        found => Ok(found.map(|c| c.number)),
    }
}

/// `TOPIC-BRANCH` unless another one was asked for.
fn topic(input: &Input, source: &Change, branch: &str) -> Option<String> {
    let asked = input.topic.as_deref().map(str::trim).filter(|t| !t.is_empty() && !t.contains('"'));
    asked.map(str::to_owned).or_else(|| source.topic.as_ref().map(|topic| format!("{topic}-{branch}")))
}

/// Stores the change; tells its number.
#[expect(clippy::too_many_arguments, reason = "each is a part of the one thing that is stored")]
fn store(
    call: &Call<'_>,
    writing: &mut Writing<'_>,
    project: &Project,
    repository: &Repository,
    me: &Account,
    source: &Change,
    judgement: &Judgement,
    origin: &Origin,
    keep_reviewers: bool,
) -> Result<u32, Refusal> {
    let server = call.server;
    let accepted = {
        let index = server.store.index();
        let court = Court {
            index: &index,
            project,
            repository,
            accounts: &call.accounts,
            pusher: me,
            base_url: &server.base_url,
            max_changes: 1,
        };
        accept::accept(&court, writing, judgement, origin)?
    };
    let mut changes = accepted.changes;
    let Some((change, why)) = changes.first_mut() else { return Err(Refusal::new(500, "Internal server error")) };
    "Cherry-pick".clone_into(why);
    if accepted.created > 0 {
        let (mut reviewers, mut copies) = (BTreeSet::new(), BTreeSet::new());
        if keep_reviewers {
            for (account, state) in &source.reviewers {
                match state {
                    ReviewerState::Reviewer => reviewers.insert(*account),
                    ReviewerState::Cc => copies.insert(*account),
                    ReviewerState::Removed => false,
                };
            }
            reviewers.insert(source.owner);
        } else {
            copies.insert(source.owner);
        }
        let now = change.created;
        for account in copies.into_iter().filter(|a| *a != me.id) {
            crate::server::people::add(change, account, ReviewerState::Cc, me.id, now);
        }
        for account in reviewers.into_iter().filter(|a| *a != me.id) {
            crate::server::people::add(change, account, ReviewerState::Reviewer, me.id, now);
        }
    }
    let number = change.number;
    writing.store(project, repository, changes, accepted.moves)?;
    Ok(number)
}
