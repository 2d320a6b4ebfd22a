//! A change and everything known of it: the value that is stored as JSON at `refs/changes/NN/N/meta`.
//!
//! A full snapshot with a format version; nothing here reads or writes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The format of the snapshot. A server refuses changes of a newer one.
pub(super) const FORMAT: u32 = 1;

/// A moment: milliseconds since 1970, UTC. Gerrit's answers show whole seconds of it.
pub(super) type Moment = i64;

/// Now.
pub(super) fn now() -> Moment {
    jiff::Timestamp::now().as_millisecond()
}

/// Where a change is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Status {
    /// Under review.
    New,
    /// Landed.
    Merged,
    /// Given up.
    Abandoned,
}

impl Status {
    /// Gerrit's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Merged => "MERGED",
            Self::Abandoned => "ABANDONED",
        }
    }
}

/// What a patch set is, compared with the one before it (Gerrit documentation, `rest-api-changes`, `RevisionInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Kind {
    /// Other content, or the first one.
    Rework,
    /// The same difference on another parent.
    TrivialRebase,
    /// The same difference on another parent, with another message.
    TrivialRebaseWithMessageUpdate,
    /// Only the message or the author changed.
    NoCodeChange,
    /// Not even the message changed.
    NoChange,
}

impl Kind {
    /// Gerrit's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rework => "REWORK",
            Self::TrivialRebase => "TRIVIAL_REBASE",
            Self::TrivialRebaseWithMessageUpdate => "TRIVIAL_REBASE_WITH_MESSAGE_UPDATE",
            Self::NoCodeChange => "NO_CODE_CHANGE",
            Self::NoChange => "NO_CHANGE",
        }
    }
}

/// Author or committer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ident {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Seconds since 1970.
    pub when: i64,
    /// Minutes east of UTC.
    pub tz: i32,
}

/// A commit's parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parent {
    /// Its id.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

/// What of a commit answers need, so that they never open a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CommitFacts {
    /// Its id.
    pub id: String,
    /// Its parents.
    pub parents: Vec<Parent>,
    /// Who wrote it.
    pub author: Ident,
    /// Who committed it.
    pub committer: Ident,
    /// The first paragraph of the message in one line.
    pub subject: String,
    /// The whole message.
    pub message: String,
    /// Lines added against the first parent.
    pub insertions: usize,
    /// Lines removed.
    pub deletions: usize,
}

/// One uploaded version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PatchSet {
    /// 1, 2, …
    pub number: u32,
    /// Its commit.
    pub commit: CommitFacts,
    /// Who pushed it.
    pub uploader: u32,
    /// When.
    pub created: Moment,
    /// Compared with the one before.
    pub kind: Kind,
    /// `%m=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What was merged where the server made the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
}

/// What a commit that the server made was merged from (Gerrit documentation, `rest-api-changes`, `ConflictsInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Merged {
    /// The common ancestor.
    pub base: String,
    /// The commit that it was put on.
    pub ours: String,
    /// The commit that was picked.
    pub theirs: String,
    /// Whether files hold conflict markers.
    pub conflicts: bool,
}

/// One vote; the newest of an account and label on a patch set counts, older ones are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vote {
    /// The label's name.
    pub label: String,
    /// Who.
    pub account: u32,
    /// What; zero votes are not kept.
    pub value: i8,
    /// On which patch set.
    pub patch_set: u32,
    /// When it was given first.
    pub when: Moment,
}

/// How somebody watches a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ReviewerState {
    /// Is to review.
    Reviewer,
    /// Wants to know.
    Cc,
    /// No more.
    Removed,
}

impl ReviewerState {
    /// Gerrit's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reviewer => "REVIEWER",
            Self::Cc => "CC",
            Self::Removed => "REMOVED",
        }
    }
}

/// Somebody's place among the reviewers changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReviewerUpdate {
    /// When.
    pub when: Moment,
    /// Who did it.
    pub by: u32,
    /// To whom.
    pub account: u32,
    /// The new place.
    pub state: ReviewerState,
}

/// An entry of the change's history for people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    /// 40 hex digits.
    pub id: String,
    /// `autogenerated:…`; a person's own words have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Who; `None` is the server itself.
    pub author: Option<u32>,
    /// When.
    pub when: Moment,
    /// The text.
    pub text: String,
    /// The patch set that was current.
    pub patch_set: u32,
}

/// An inline comment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Comment {
    /// Its id.
    pub id: String,
    /// The file, or `/COMMIT_MSG`, `/PATCHSET_LEVEL`.
    pub path: String,
    /// The line; none for the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// A range in it, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// `PARENT` for the old side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<String>,
    /// The comment that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// The text.
    pub message: String,
    /// Whether something is still to be done.
    pub unresolved: bool,
    /// Who.
    pub author: u32,
    /// When.
    pub when: Moment,
    /// On which patch set.
    pub patch_set: u32,
    /// The message that it came with.
    pub change_message_id: String,
}

/// A range of characters (Gerrit documentation, `rest-api-changes`, `CommentRange`).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Range {
    /// Line, from 1.
    pub start_line: u32,
    /// Character, from 0.
    pub start_character: u32,
    /// Line, from 1.
    pub end_line: u32,
    /// Character, from 0; not part of it.
    pub end_character: u32,
}

/// Why somebody's attention is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attention {
    /// Since when.
    pub when: Moment,
    /// Why, in Gerrit's words.
    pub reason: String,
}

/// How a change landed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Submitted {
    /// Who made it land.
    pub by: u32,
    /// When.
    pub when: Moment,
    /// The same for all that landed together.
    pub submission_id: String,
}

/// A change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Change {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    /// Its number, unique on this server.
    pub number: u32,
    /// The project.
    pub project: String,
    /// The branch without `refs/heads/`.
    pub branch: String,
    /// The Change-Id.
    pub key: String,
    /// Who made it.
    pub owner: u32,
    /// Where it is.
    pub status: Status,
    /// Topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Hashtags.
    #[serde(default)]
    pub hashtags: BTreeSet<String>,
    /// Work in progress.
    #[serde(default)]
    pub wip: bool,
    /// Whether it has ever been ready for review.
    #[serde(default)]
    pub review_started: bool,
    /// When it was made.
    pub created: Moment,
    /// When anything last happened.
    pub updated: Moment,
    /// Its versions, oldest first; never empty.
    pub patch_sets: Vec<PatchSet>,
    /// Votes on all patch sets.
    #[serde(default)]
    pub votes: Vec<Vote>,
    /// Reviewers and people in copy.
    #[serde(default)]
    pub reviewers: BTreeMap<u32, ReviewerState>,
    /// How that came about.
    #[serde(default)]
    pub reviewer_updates: Vec<ReviewerUpdate>,
    /// The history for people.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// Inline comments.
    #[serde(default)]
    pub comments: Vec<Comment>,
    /// Whose turn it is.
    #[serde(default)]
    pub attention: BTreeMap<u32, Attention>,
    /// Whose turn it was, and why it no longer is.
    #[serde(default)]
    pub attention_past: BTreeMap<u32, Attention>,
    /// How it landed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Submitted>,
    /// The change and the patch set that it was picked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picked_from: Option<(u32, u32)>,
    /// The commit of this snapshot; known once it is stored.
    #[serde(skip)]
    pub meta: Option<git2::Oid>,
}

impl Change {
    /// The newest patch set.
    pub(super) fn current(&self) -> &PatchSet {
        self.patch_sets.last().expect("a change is made with its first patch set, and a snapshot without is refused")
    }

    /// A patch set by number.
    pub(super) fn patch_set(&self, number: u32) -> Option<&PatchSet> {
        self.patch_sets.iter().find(|p| p.number == number)
    }

    /// The votes that count: those on the newest patch set.
    pub(super) fn current_votes(&self) -> impl Iterator<Item = &Vote> {
        let current = self.current().number;
        self.votes.iter().filter(move |v| v.patch_set == current)
    }

    /// `refs/changes/NN/N/PS`.
    pub(super) fn patch_set_ref(&self, patch_set: u32) -> String {
        format!("refs/changes/{:02}/{}/{patch_set}", self.number % 100, self.number)
    }

    /// `refs/changes/NN/N/meta`.
    pub(super) fn meta_ref(&self) -> String {
        format!("refs/changes/{:02}/{}/meta", self.number % 100, self.number)
    }

    /// How many threads of comments are unresolved: the last answer decides.
    pub(super) fn unresolved(&self) -> usize {
        let answered: BTreeSet<&str> = self.comments.iter().filter_map(|c| c.in_reply_to.as_deref()).collect();
        self.comments.iter().filter(|c| c.unresolved && !answered.contains(c.id.as_str())).count()
    }

    /// Sets or takes back a vote; tells what stood there before.
    pub(super) fn vote(&mut self, label: &str, account: u32, value: i8, patch_set: u32, when: Moment) -> i8 {
        let same = |v: &Vote| v.label == label && v.account == account && v.patch_set == patch_set;
        let before = self.votes.iter().find(|v| same(v)).map_or(0, |v| v.value);
        if before != value {
            self.votes.retain(|v| !same(v));
            if value != 0 {
                self.votes.push(Vote { label: label.to_owned(), account, value, patch_set, when });
            }
        }
        before
    }

    /// Makes somebody a reviewer or a person in copy; false where that is so already.
    pub(super) fn set_reviewer(&mut self, account: u32, state: ReviewerState, by: u32, when: Moment) -> bool {
        if self.reviewers.get(&account) == Some(&state) {
            return false;
        }
        if state == ReviewerState::Removed {
            if self.reviewers.remove(&account).is_none() {
                return false;
            }
            self.release_attention(account, "Reviewer/Cc was removed", when);
        } else {
            self.reviewers.insert(account, state);
        }
        self.reviewer_updates.push(ReviewerUpdate { when, by, account, state });
        true
    }

    /// Adds an entry to the history.
    pub(super) fn say(
        &mut self,
        author: Option<u32>,
        tag: Option<&str>,
        text: impl Into<String>,
        when: Moment,
    ) -> String {
        use sha1::{Digest, Sha1};
        let text = text.into();
        let seed = format!("{}/{}/{}\0{when}\0{text}", self.project, self.number, self.messages.len());
        let id = hex::encode(Sha1::digest(seed.as_bytes()));
        let patch_set = self.current().number;
        self.messages.push(Message { id: id.clone(), tag: tag.map(str::to_owned), author, when, text, patch_set });
        self.updated = self.updated.max(when);
        id
    }

    /// Asks for somebody's attention, unless the change is closed or still being worked on.
    pub(super) fn want_attention(&mut self, account: u32, reason: impl Into<String>, when: Moment) {
        if self.status == Status::New && !self.wip {
            let _before = self.attention_past.remove(&account);
            self.attention.entry(account).or_insert_with(|| Attention { when, reason: reason.into() });
        }
    }

    /// It is not this person's turn any more.
    pub(super) fn release_attention(&mut self, account: u32, reason: &str, when: Moment) {
        if self.attention.remove(&account).is_some() {
            self.attention_past.insert(account, Attention { when, reason: reason.to_owned() });
        }
    }

    /// It is nobody's turn any more.
    pub(super) fn release_all_attention(&mut self, reason: &str, when: Moment) {
        let people: Vec<u32> = self.attention.keys().copied().collect();
        for account in people {
            self.release_attention(account, reason, when);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A change with one patch set, for tests of other modules.
    pub(crate) fn sample(number: u32) -> Change {
        let who = Ident { name: "Alice".into(), email: "alice@example.com".into(), when: 0, tz: 0 };
        let commit = CommitFacts {
            id: format!("{number:040x}"),
            parents: vec![],
            author: who.clone(),
            committer: who,
            subject: "a subject".into(),
            message: "a subject\n\nbody\n".into(),
            insertions: 1,
            deletions: 0,
        };
        let patch_set = PatchSet {
            number: 1,
            commit,
            uploader: 1,
            created: 0,
            kind: Kind::Rework,
            description: None,
            merged: None,
        };
        Change {
            format: FORMAT,
            number,
            project: "plain".into(),
            branch: "main".into(),
            key: format!("I{number:040x}"),
            owner: 1,
            status: Status::New,
            topic: None,
            hashtags: BTreeSet::new(),
            wip: false,
            review_started: true,
            created: 0,
            updated: 0,
            patch_sets: vec![patch_set],
            votes: vec![],
            reviewers: BTreeMap::new(),
            reviewer_updates: vec![],
            messages: vec![],
            comments: vec![],
            attention: BTreeMap::new(),
            attention_past: BTreeMap::new(),
            submitted: None,
            picked_from: None,
            meta: None,
        }
    }

    #[test]
    fn the_last_answer_decides_whether_a_thread_is_resolved() {
        let mut change = sample(1);
        let comment = |id: &str, answers: Option<&str>, unresolved| Comment {
            id: id.into(),
            path: "f".into(),
            line: None,
            range: None,
            side: None,
            in_reply_to: answers.map(str::to_owned),
            message: "m".into(),
            unresolved,
            author: 1,
            when: 0,
            patch_set: 1,
            change_message_id: String::new(),
        };
        change.comments = vec![comment("a", None, true), comment("b", None, true), comment("c", Some("a"), false)];
        assert_eq!(change.unresolved(), 1);
    }

    #[test]
    fn a_vote_replaces_the_one_before() {
        let mut change = sample(7);
        assert_eq!(change.vote("Code-Review", 1, 1, 1, 0), 0);
        assert_eq!(change.vote("Code-Review", 1, -1, 1, 0), 1);
        assert_eq!(change.votes.len(), 1);
        assert_eq!(change.vote("Code-Review", 1, 0, 1, 0), -1);
        assert!(change.votes.is_empty());
        assert_eq!(change.patch_set_ref(3), "refs/changes/07/7/3");
    }
}
