//! Turns a judged push, or a pick, into new states of changes, with what the pusher is told about them.
//!
//! Makes values only; `receive` stores them.

use std::fmt::Write;

use git2::{Oid, Repository};

use super::change::{self, Change, FORMAT, Kind, Merged, Moment, PatchSet, ReviewerState, Status};
use super::git::RefMove;
use super::judge::{Court, Judgement, Taken, short};
use super::labels;
use super::pushopt::Options;
use super::store::Writing;
use super::{commits, people};

/// Where commits come from that become patch sets.
#[derive(Debug)]
pub(super) enum Origin {
    /// Somebody pushed them.
    Pushed,
    /// The server picked one from another change.
    Picked(Picked),
}

/// What was picked.
#[derive(Debug)]
pub(super) struct Picked {
    /// The change and its patch set.
    pub from: (u32, u32),
    /// The branch of that change.
    pub branch: String,
    /// What was merged.
    pub merged: Merged,
    /// Files with conflict markers.
    pub conflicts: Vec<String>,
}

/// What is to be stored and said.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// New states, each with the reason for the history of its meta ref.
    pub changes: Vec<(Change, String)>,
    /// Refs of the new patch sets.
    pub moves: Vec<RefMove>,
    /// How many changes are new.
    pub created: usize,
    /// How many have a new patch set.
    pub updated: usize,
    /// Lines before `SUCCESS`.
    pub warnings: Vec<String>,
    /// Lines with the changes' addresses.
    pub urls: Vec<String>,
    /// Lines that tell which votes are gone.
    pub outdated: Vec<String>,
}

/// Makes the new states. `court.index` is the one that the push was judged on.
pub(super) fn accept(
    court: &Court<'_>,
    writing: &mut Writing<'_>,
    judgement: &Judgement,
    origin: &Origin,
) -> Result<Accepted, git2::Error> {
    let now = change::now();
    let mut accepted = Accepted::default();
    for taken in &judgement.taken {
        let prior = taken.onto.and_then(|number| court.index.get(number));
        let mut change = if let Some(prior) = prior {
            accepted.updated += 1;
            let mut change = Change::clone(prior);
            replace(court, &mut change, taken, &judgement.options, origin, &mut accepted, now)?;
            change
        } else {
            accepted.created += 1;
            create(court, writing.next_number(), judgement, taken, origin, now)?
        };
        if let Origin::Picked(picked) = origin {
            change.picked_from = Some(picked.from);
        }
        common(court, &mut change, &judgement.options, now);
        change.updated = now;
        let number = change.current().number;
        accepted.moves.push(RefMove { name: change.patch_set_ref(number), new: taken.commit, old: Oid::ZERO_SHA1 });
        accepted.urls.push(address_line(court.base_url, &change, prior.is_none()));
        accepted.changes.push((change, format!("Upload patch set {number}")));
    }
    Ok(accepted)
}

/// `  URL subject [WIP] [NEW]`.
fn address_line(base_url: &str, change: &Change, is_new: bool) -> String {
    let mut line = format!("  {} {}", super::judge::url(base_url, change), cropped(&change.current().commit.subject));
    if change.wip {
        line.push_str(" [WIP]");
    }
    if is_new {
        line.push_str(" [NEW]");
    }
    line
}

/// At most 80 characters, cut at a space where one is near (Gerrit's `ChangeUtil.cropSubject`).
fn cropped(subject: &str) -> String {
    let chars: Vec<char> = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if chars.len() <= 80 {
        return chars.into_iter().collect();
    }
    let cut = (68..=77).rev().find(|&at| chars[at - 1].is_whitespace()).unwrap_or(77);
    chars[..cut].iter().collect::<String>() + "..."
}

fn patch_set(
    court: &Court<'_>,
    commit: Oid,
    number: u32,
    kind: Kind,
    options: &Options,
    origin: &Origin,
    now: Moment,
) -> Result<PatchSet, git2::Error> {
    let commit = commits::facts(court.repository, &court.repository.find_commit(commit)?)?;
    let description = options.message.clone();
    let merged = match origin {
        Origin::Pushed => None,
        Origin::Picked(picked) => Some(picked.merged.clone()),
    };
    Ok(PatchSet { number, commit, uploader: court.pusher.id, created: now, kind, description, merged })
}

fn create(
    court: &Court<'_>,
    number: u32,
    judgement: &Judgement,
    taken: &Taken,
    origin: &Origin,
    now: Moment,
) -> Result<Change, git2::Error> {
    let options = &judgement.options;
    let mut change = Change {
        format: FORMAT,
        number,
        project: court.project.name.clone(),
        branch: judgement.branch.clone(),
        key: taken.key.clone(),
        owner: court.pusher.id,
        status: Status::New,
        topic: None,
        hashtags: std::collections::BTreeSet::new(),
        wip: options.wip,
        review_started: !options.wip,
        created: now,
        updated: now,
        patch_sets: vec![patch_set(court, taken.commit, 1, Kind::Rework, options, origin, now)?],
        votes: Vec::new(),
        reviewers: std::collections::BTreeMap::new(),
        reviewer_updates: Vec::new(),
        messages: Vec::new(),
        comments: Vec::new(),
        attention: std::collections::BTreeMap::new(),
        attention_past: std::collections::BTreeMap::new(),
        submitted: None,
        picked_from: None,
        meta: None,
    };
    say_uploaded(court, &mut change, options, origin, "", now);
    Ok(change)
}

fn tag(change: &Change) -> &'static str {
    if change.wip { "autogenerated:gerrit:newWipPatchSet" } else { "autogenerated:gerrit:newPatchSet" }
}

/// `Uploaded patch set 2: Code-Review+1: Commit message was updated.` and what belongs below it.
fn say_uploaded(court: &Court<'_>, change: &mut Change, options: &Options, origin: &Origin, what: &str, now: Moment) {
    let (head, below) = what.split_once('\0').unwrap_or((what, ""));
    let number = change.current().number;
    let mut text = match origin {
        Origin::Pushed => {
            let votes: Vec<String> = options.labels.iter().map(|(l, v)| labels::spelled(l, *v)).collect();
            let votes = if votes.is_empty() { String::new() } else { format!(": {}", votes.join(" ")) };
            format!("Uploaded patch set {number}{votes}{head}.")
        }
        Origin::Picked(picked) => {
            let mut text = format!("Patch Set {number}: Cherry Picked from branch {}.", picked.branch);
            if picked.merged.conflicts && picked.conflicts.is_empty() {
                text.push_str("\n\nIt conflicts with the branch, in no single file: folders were renamed.");
            } else if picked.merged.conflicts {
                text.push_str("\n\nThe following files contain Git conflicts:");
                for file in &picked.conflicts {
                    let _fits = write!(text, "\n* {file}");
                }
            }
            text
        }
    };
    if let Some(message) = &options.message {
        text.push_str("\n\n");
        text.push_str(message);
    }
    text.push_str(below);
    let tag = tag(change);
    change.say(Some(court.pusher.id), Some(tag), text, now);
}

fn replace(
    court: &Court<'_>,
    change: &mut Change,
    taken: &Taken,
    options: &Options,
    origin: &Origin,
    accepted: &mut Accepted,
    now: Moment,
) -> Result<(), git2::Error> {
    let prior = change.current().clone();
    let next = court.repository.find_commit(taken.commit)?;
    let mut kind = Kind::Rework;
    if let Ok(old) = Oid::from_str(&prior.commit.id).and_then(|id| court.repository.find_commit(id)) {
        kind = commits::kind(court.repository, &old, &next);
        accepted.warnings.extend(warning(&old, &next));
    }
    set_wip(change, options);
    change.patch_sets.push(patch_set(court, taken.commit, prior.number + 1, kind, options, origin, now)?);
    let (copied, outdated) = copy_votes(change, prior.number, kind);
    let mut what = match kind {
        Kind::Rework => String::new(),
        Kind::TrivialRebase => format!(": Patch Set {} was rebased", prior.number),
        Kind::TrivialRebaseWithMessageUpdate => {
            format!(": Patch Set {} was rebased and its commit message was updated", prior.number)
        }
        Kind::NoCodeChange => ": Commit message was updated".to_owned(),
        Kind::NoChange => {
            format!(
                ": New patch set was added with same tree, parent tree, and commit message as Patch Set {}",
                prior.number
            )
        }
    };
    what.push('\0');
    for (title, votes) in [("Copied Votes", &copied), ("Outdated Votes", &outdated)] {
        if !votes.is_empty() {
            what.push_str(if what.ends_with('\n') { "\n" } else { "\n\n" });
            what.push_str(title);
            what.push_str(":\n");
            for vote in votes {
                let condition =
                    labels::find(&vote.label).map(|l| l.explained_condition(vote.value, kind)).unwrap_or_default();
                let _fits =
                    writeln!(what, "* {} (copy condition: \"{condition}\")", labels::spelled(&vote.label, vote.value));
            }
        }
    }
    for vote in &outdated {
        let name = court.accounts.get(vote.account).map_or("?", |a| a.display_name());
        accepted.outdated.push(format!("* {} by {name}", labels::spelled(&vote.label, vote.value)));
    }
    let mut people: Vec<u32> = outdated.iter().map(|v| v.account).filter(|a| *a != court.pusher.id).collect();
    people.dedup();
    for account in people {
        let votes: Vec<String> =
            outdated.iter().filter(|v| v.account == account).map(|v| labels::spelled(&v.label, v.value)).collect();
        change.want_attention(account, format!("Votes got outdated and were removed: {}", votes.join(", ")), now);
    }
    say_uploaded(court, change, options, origin, &what, now);
    Ok(())
}

/// Carries votes over to the newest patch set; returns those copied and those not.
fn copy_votes(change: &mut Change, from: u32, kind: Kind) -> (Vec<change::Vote>, Vec<change::Vote>) {
    let to = change.current().number;
    let mut votes: Vec<_> = change.votes.iter().filter(|v| v.patch_set == from).cloned().collect();
    votes.sort_by(|a, b| (&a.label, a.account).cmp(&(&b.label, b.account)));
    let (copied, outdated): (Vec<_>, Vec<_>) =
        votes.into_iter().partition(|v| labels::find(&v.label).is_some_and(|l| l.copies(v.value, kind)));
    change.votes.extend(copied.iter().map(|v| change::Vote { patch_set: to, ..v.clone() }));
    (copied, outdated)
}

fn parent_ids(commit: &git2::Commit<'_>) -> Vec<Oid> {
    commit.parent_ids().collect()
}

/// What the pusher should look at: a patch set without new files, or without anything new.
fn warning(prior: &git2::Commit<'_>, next: &git2::Commit<'_>) -> Option<String> {
    if prior.tree_id() != next.tree_id() {
        return None;
    }
    let same_person = |a: &git2::Signature<'_>, b: &git2::Signature<'_>| {
        a.name_bytes() == b.name_bytes() && a.email_bytes() == b.email_bytes()
    };
    let author = same_person(&prior.author(), &next.author());
    let message = prior.message_raw_bytes() == next.message_raw_bytes();
    let parents = parent_ids(prior) == parent_ids(next);
    if author && message && parents {
        return Some(format!(
            "warning: no changes between prior commit {} and new commit {}",
            short(prior.id()),
            short(next.id())
        ));
    }
    let mut text = format!("warning: {}: no files changed", short(next.id()));
    for (same, what) in [(author, ", author changed"), (message, ", message updated"), (parents, ", was rebased")] {
        if !same {
            text.push_str(what);
        }
    }
    Some(text)
}

fn set_wip(change: &mut Change, options: &Options) {
    if options.wip {
        change.wip = true;
    } else if options.ready {
        change.wip = false;
        change.review_started = true;
    }
}

/// What options do to new and updated changes alike.
fn common(court: &Court<'_>, change: &mut Change, options: &Options, now: Moment) {
    let myself = court.pusher.id;
    if let Some(topic) = &options.topic {
        change.topic = Some(topic.clone());
    }
    change.hashtags.extend(options.hashtags.iter().cloned());
    for (list, state) in [(&options.reviewers, ReviewerState::Reviewer), (&options.cc, ReviewerState::Cc)] {
        for account in list.iter().filter_map(|who| people::resolve(court.accounts, who, myself).ok()).flatten() {
            people::add(change, account, state, myself, now);
        }
    }
    copy_author(court, change, myself, now);
    let number = change.current().number;
    for (label, value) in &options.labels {
        change.vote(label, myself, *value, number, now);
        change.set_reviewer(myself, ReviewerState::Reviewer, myself, now);
    }
}

/// An author with an account who did not push gets a copy, unless it watches already (seen on Gerrit 3.13).
fn copy_author(court: &Court<'_>, change: &mut Change, myself: u32, now: Moment) {
    let author = court.accounts.by_email(&change.current().commit.author.email).map(|a| a.id);
    if let Some(author) = author.filter(|a| *a != myself && !change.reviewers.contains_key(a)) {
        people::add(change, author, ReviewerState::Cc, myself, now);
    }
}

/// A repository that also sees objects in a folder beside its own.
pub(super) fn with_objects(repository: Repository, folder: &std::path::Path) -> Result<Repository, git2::Error> {
    if let Some(folder) = folder.to_str() {
        repository.odb()?.add_disk_alternate(folder)?;
    }
    Ok(repository)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_subjects_are_cut_at_a_space() {
        assert_eq!(cropped(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(cropped(&"x".repeat(81)), "x".repeat(77) + "...");
        let text = format!("{} {}", "y".repeat(70), "z".repeat(30));
        assert_eq!(cropped(&text), "y".repeat(70) + " ...");
        assert_eq!(cropped("a\x1b[31m"), "a [31m");
    }

    #[test]
    fn votes_are_copied_by_kind() {
        let mut change = change::tests::sample(1);
        change.vote("Code-Review", 1, 2, 1, 0);
        change.vote("Verified", 2, 2, 1, 0);
        let mut next = change.current().clone();
        next.number = 2;
        change.patch_sets.push(next);
        let (copied, outdated) = copy_votes(&mut change, 1, Kind::NoCodeChange);
        assert_eq!(copied.len(), 1);
        assert_eq!(outdated[0].label, "Code-Review");
        assert_eq!(change.current_votes().count(), 1);
    }
}
