//! Judges a push to `refs/for/…`: which commits become changes or patch sets, or why none do.
//!
//! Reads commits and the index, moves nothing. The order of the checks and every word of the
//! refusals are Gerrit's (`ReceiveCommits`, `CommitValidators`; seen on Gerrit 3.13).

use std::collections::BTreeSet;

use git2::{Commit, Oid, Repository, Sort};

use super::accounts::{Account, Accounts};
use super::change::{Change, Status};
use super::footer::{self, Found};
use super::index::Index;
use super::pushopt::{self, Options};
use super::store::{Project, branch_tip};

/// What a push is judged against.
pub(super) struct Court<'a> {
    /// All changes.
    pub index: &'a Index,
    /// The project that is pushed to.
    pub project: &'a Project,
    /// Its repository, with the pushed objects.
    pub repository: &'a Repository,
    /// Everybody.
    pub accounts: &'a Accounts,
    /// Who pushes.
    pub pusher: &'a Account,
    /// The server's address as people use it.
    pub base_url: &'a str,
    /// Most commits that may become changes at once.
    pub max_changes: usize,
}

/// Why a ref was not taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What stands behind `[remote rejected]`.
    pub reason: String,
    /// Lines that git shows as `remote: …`.
    pub lines: Vec<String>,
}

impl Refusal {
    /// A refusal without further words.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lines: Vec::new() }
    }

    /// `prohibited by Gerrit: not permitted: …` with the block that goes before it.
    pub(super) fn not_permitted(what: &str, name: &str, advice: &str, user: &str) -> Self {
        let lines = [
            format!("error: branch {name}:"),
            advice.to_owned(),
            format!("User: {user}"),
            "Contact an administrator to fix the permissions".to_owned(),
        ];
        Self { reason: format!("prohibited by Gerrit: not permitted: {what}"), lines: lines.into() }
    }
}

/// A commit that becomes something.
#[derive(Debug)]
pub(super) struct Taken {
    /// The commit.
    pub commit: Oid,
    /// Its Change-Id.
    pub key: String,
    /// The change that it is a new patch set of; none: a new change.
    pub onto: Option<u32>,
}

/// An accepted push.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// The options.
    pub options: Options,
    /// Commits, parents first.
    pub taken: Vec<Taken>,
}

/// The first seven digits, as Gerrit names commits.
pub(super) fn short(id: Oid) -> String {
    id.to_string()[..7].to_owned()
}

/// Splits `refs/for/BRANCH%options`; `None` for other refs.
pub(super) fn magic(name: &str) -> Option<(&str, Option<&str>)> {
    let rest = name.strip_prefix("refs/for/")?;
    let (branch, options) = rest.split_once('%').map_or((rest, None), |(b, o)| (b, Some(o)));
    Some((branch.strip_prefix("refs/heads/").unwrap_or(branch), options))
}

impl Court<'_> {
    /// Judges one `refs/for/…`; `pushed` are the options given with `-o`.
    pub(super) fn judge(&self, name: &str, new: Oid, pushed: &[String]) -> Result<Judgement, Refusal> {
        let (branch, options) = magic(name).ok_or_else(|| Refusal::new("invalid ref"))?;
        let options = pushopt::parse(options, pushed).map_err(Refusal::new)?;
        if options.help {
            return Err(Refusal {
                reason: "see help".into(),
                lines: pushopt::HELP.lines().map(str::to_owned).collect(),
            });
        }
        if new.is_zero() {
            return Err(Refusal::new("cannot delete a magic ref"));
        }
        let Some(tip) = super::names::is_ref(&format!("refs/heads/{branch}"))
            .then(|| branch_tip(self.repository, branch))
            .flatten()
        else {
            return Err(Refusal::new(format!("branch {branch} not found")));
        };
        self.refused_options(name, branch, &options)?;
        labels_exist(&options)?;
        let commit = self.repository.find_commit(new).map_err(|_| Refusal::new("not a commit"))?;
        if options.merged {
            let is_in = new == tip || self.repository.graph_descendant_of(tip, new).unwrap_or(false);
            return Err(Refusal::new(if is_in { "no new changes" } else { "not merged into branch" }));
        }
        if self.repository.merge_base(new, tip).is_err() {
            return Err(Refusal::new("no common ancestry"));
        }
        let pending = self.pending(&commit, tip, branch, &options)?;
        let taken = self.place(pending, branch)?;
        if taken.is_empty() {
            return Err(Refusal::new("no new changes"));
        }
        self.may_toggle_wip(&taken, &options)?;
        self.labels(&options)?;
        for who in options.reviewers.iter().chain(&options.cc) {
            if who.trim().is_empty() {
                return Err(Refusal::new("reviewer user identifier is required"));
            }
            super::people::resolve(self.accounts, who, self.pusher.id).map_err(Refusal::new)?;
        }
        Ok(Judgement { branch: branch.to_owned(), options, taken })
    }

    /// Options that exist in Gerrit and are refused here to everyone.
    fn refused_options(&self, name: &str, branch: &str, options: &Options) -> Result<(), Refusal> {
        if options.private {
            return Err(Refusal::new("private changes are not supported: this server cannot keep secrets"));
        }
        if options.edit {
            return Err(Refusal::new("change edits are not supported by this server"));
        }
        if options.submit {
            return Err(Refusal::not_permitted(
                &format!("update by submit on refs/heads/{branch}"),
                name,
                "You need 'Submit' rights on refs/for/ to submit changes during change upload.",
                &self.pusher.username,
            ));
        }
        Ok(())
    }

    /// The commits that are no change on this branch yet, validated, with their Change-Ids.
    fn pending(
        &self,
        commit: &Commit<'_>,
        tip: Oid,
        branch: &str,
        options: &Options,
    ) -> Result<Vec<(Oid, String)>, Refusal> {
        let failed = |_| Refusal::new("internal server error");
        let mut walk = self.repository.revwalk().map_err(failed)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).map_err(failed)?;
        walk.push(commit.id()).map_err(failed)?;
        if options.base.is_empty() {
            walk.hide_glob("refs/heads/*").map_err(failed)?;
        }
        for base in &options.base {
            let id = Oid::from_str(base).map_err(failed)?;
            walk.hide(id).map_err(|_| Refusal::new("base not found"))?;
        }
        let mut pending = Vec::new();
        let mut outside: BTreeSet<Oid> = BTreeSet::new();
        let mut inside: BTreeSet<Oid> = BTreeSet::new();
        for id in walk {
            // Far more than any stack: a history pushed by mistake must not be walked to its root.
            if inside.len() > 10_000 || pending.len() >= self.max_changes {
                let limit = self.max_changes;
                return Err(Refusal::new(format!(
                    "the number of pushed changes in a batch exceeds the max limit {limit}"
                )));
            }
            let commit = self.repository.find_commit(id.map_err(failed)?).map_err(failed)?;
            inside.insert(commit.id());
            outside.extend(commit.parent_ids());
            let changes: Vec<_> = self.changes_of(commit.id()).collect();
            if !changes.is_empty() && (options.base.is_empty() || changes.iter().any(|c| c.branch == branch)) {
                continue;
            }
            self.committer(&commit)?;
            pending.push((commit.id(), self.change_id(&commit)?));
        }
        outside.retain(|p| !inside.contains(p));
        self.implicit_merges(&outside, tip)?;
        Ok(pending)
    }

    /// The changes of this project that have a commit as patch set.
    fn changes_of(&self, commit: Oid) -> impl Iterator<Item = &Change> {
        let numbers = self.index.with_commit(&commit.to_string());
        numbers
            .into_iter()
            .filter_map(|n| self.index.get(n))
            .map(AsRef::as_ref)
            .filter(|c| c.project == self.project.name)
    }

    /// A committer must be an address of the pusher's; an author may be anybody.
    fn committer(&self, commit: &Commit<'_>) -> Result<(), Refusal> {
        let committer = commit.committer();
        let address = String::from_utf8_lossy(committer.email_bytes());
        if self.pusher.emails.iter().any(|e| e.eq_ignore_ascii_case(&address)) {
            return Ok(());
        }
        let id = short(commit.id());
        let mut lines = vec![format!(
            "ERROR: commit {id}: email address {address} is not registered in your account, and you lack 'forge committer' permission."
        )];
        if self.pusher.emails.is_empty() {
            lines.push("You have not registered any email addresses.".into());
        } else {
            lines.push("The following addresses are currently registered:".into());
            lines.extend(self.pusher.emails.iter().map(|e| format!("   {e}")));
        }
        lines.push("To register an email address, visit:".into());
        lines.push(format!("{}settings#EmailAddresses", self.base_url));
        lines.push(String::new());
        lines.push(String::new());
        Err(Refusal { reason: format!("commit {id}: invalid committer"), lines })
    }

    fn change_id(&self, commit: &Commit<'_>) -> Result<String, Refusal> {
        let message = super::commits::message(commit);
        let wrong = match footer::change_id(&message) {
            Found::Id(id) => return Ok(id),
            Found::Wrong(wrong) => wrong,
        };
        let id = short(commit.id());
        let mut lines = vec![format!("ERROR: commit {id}: {wrong}")];
        match wrong {
            footer::MISSING | footer::INVALID => lines.extend(self.hook_hint()),
            footer::SEVERAL => {
                lines.extend([String::new(), "Hint: the following Change-Ids were found:".into()]);
                let mark = |id: &str| if footer::is_id(id) { "VALID" } else { "INVALID" };
                lines.extend(footer::ids(&message).into_iter().map(|id| format!("* {id} [{}]", mark(id))));
                lines.push(String::new());
            }
            footer::MISPLACED => lines.extend(
                [
                    "",
                    "Hint: run",
                    "  git commit --amend",
                    "and move 'Change-Id: Ixxx..' to the bottom on a separate line",
                    "",
                ]
                .map(str::to_owned),
            ),
            _ => lines.clear(),
        }
        Err(Refusal { reason: format!("commit {id}: {wrong}"), lines })
    }

    fn hook_hint(&self) -> [String; 7] {
        let hook = r#"  f="$(git rev-parse --git-dir)/hooks/commit-msg"; curl -o "$f" "#;
        [
            String::new(),
            "Hint: to automatically insert a Change-Id, install the hook:".into(),
            format!("{hook}{}tools/hooks/commit-msg ; chmod +x \"$f\"", self.base_url),
            "and then amend the commit:".into(),
            "  git commit --amend --no-edit".into(),
            "Finally, push your changes again".into(),
            String::new(),
        ]
    }

    /// Commits of another branch would come along: none of the parents outside is on the target.
    fn implicit_merges(&self, parents: &BTreeSet<Oid>, tip: Oid) -> Result<(), Refusal> {
        let on_target = |p: &Oid| *p == tip || self.repository.graph_descendant_of(tip, *p).unwrap_or(false);
        if parents.is_empty() || parents.iter().any(on_target) {
            return Ok(());
        }
        let mut lines = Vec::new();
        let mut list = || -> Result<(), git2::Error> {
            let mut walk = self.repository.revwalk()?;
            for parent in parents {
                walk.push(*parent)?;
            }
            walk.hide(tip)?;
            // The list is for a person; Gerrit prints all, which for a whole branch helps nobody.
            for id in walk.take(100) {
                let commit = self.repository.find_commit(id?)?;
                let subject = footer::subject(&super::commits::message(&commit));
                lines.push(format!("ERROR: Implicit Merge of {} {subject}", short(commit.id())));
            }
            Ok(())
        };
        list().map_err(|_| Refusal::new("internal server error"))?;
        if lines.is_empty() { Ok(()) } else { Err(Refusal { reason: "implicit merges detected".into(), lines }) }
    }

    /// Finds for each commit the change that it belongs to.
    fn place(&self, pending: Vec<(Oid, String)>, branch: &str) -> Result<Vec<Taken>, Refusal> {
        let mut keys = BTreeSet::new();
        let mut taken = Vec::new();
        for (commit, key) in pending {
            if !keys.insert(key.clone()) {
                if taken.iter().any(|t: &Taken| t.key == key && t.onto.is_some()) {
                    return Err(Refusal::new("duplicate request"));
                }
                return Err(Refusal::new(
                    "same Change-Id in multiple changes.\nSquash the commits with the same Change-Id or ensure Change-Ids are unique for each commit",
                ));
            }
            let change = self.index.with_exact_key(&self.project.name, &key).find(|c| c.branch == branch);
            if let Some(change) = change.filter(|c| c.status != Status::New) {
                return Err(Refusal::new(format!("change {} closed", url(self.base_url, change))));
            }
            let onto = change.map(|c| c.number);
            taken.push(Taken { commit, key, onto });
        }
        Ok(taken)
    }

    /// Only the owner and core developers say how far somebody's work is.
    fn may_toggle_wip(&self, taken: &[Taken], options: &Options) -> Result<(), Refusal> {
        let mut changes = taken.iter().filter_map(|t| self.index.get(t.onto?));
        let may = |c: &Change| c.owner == self.pusher.id || self.pusher.is_in(super::accounts::CORE);
        let toggles = |c: &Change| (options.wip && !c.wip) || (options.ready && c.wip);
        if changes.any(|c| toggles(c) && !may(c)) {
            return Err(Refusal::new("only users with Toggle-Wip-State permission can modify Work-in-Progress"));
        }
        Ok(())
    }

    fn labels(&self, options: &Options) -> Result<(), Refusal> {
        for (name, value) in &options.labels {
            if !super::labels::find(name).is_some_and(|label| label.permits(self.pusher, *value)) {
                return Err(Refusal::new(format!("applying label \"{name}\": {value} is restricted")));
            }
        }
        Ok(())
    }
}

/// Labels and values must be there; whether one may vote them is asked once something is new.
fn labels_exist(options: &Options) -> Result<(), Refusal> {
    for (name, value) in &options.labels {
        let label = super::labels::find(name)
            .ok_or_else(|| Refusal::new(format!("label \"{name}\" is not a configured label")))?;
        if !label.has(*value) {
            return Err(Refusal::new(format!("label \"{name}\": {value} is not a valid value")));
        }
    }
    Ok(())
}

/// The address of a change.
pub(super) fn url(base_url: &str, change: &Change) -> String {
    format!("{base_url}c/{}/+/{}", change.project, change.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_refs_are_taken_apart() {
        assert_eq!(magic("refs/for/main"), Some(("main", None)));
        assert_eq!(magic("refs/for/refs/heads/main%wip,r=a"), Some(("main", Some("wip,r=a"))));
        assert_eq!(magic("refs/heads/main"), None);
    }
}
