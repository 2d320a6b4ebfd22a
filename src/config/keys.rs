//! Every key, in one place: what the README and the manual page list, and what a typing error in
//! git's configuration is compared with.

/// What a key's value looks like as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One word or one line.
    One,
    /// Several: several lines in git's configuration, commas in the environment.
    List,
    /// `LABEL=VALUE`, with commas between them.
    Votes,
    /// A number.
    Number,
}

/// One key: `review.url` in the file, `pyflow.review.url` in git's configuration,
/// `PYFLOW_REVIEW_URL` in the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// `review.url`
    pub name: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether `.reviewconf` may hold it; the others are a person's own.
    pub in_file: bool,
    /// What holds where nothing is said, in words.
    pub default: &'static str,
    /// One line about it.
    pub about: &'static str,
}

impl Key {
    /// The key in git's configuration.
    pub fn git_config(&self) -> String {
        format!("pyflow.{}", self.name)
    }

    /// The environment variable.
    pub fn environment(&self) -> String {
        format!("PYFLOW_{}", self.name.replace(['.', '-'], "_").to_uppercase())
    }
}

const fn shared(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Key {
    Key { name, form, in_file: true, default, about }
}

const fn own(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Key {
    Key { name, form, in_file: false, default, about }
}

/// The system that the review server is.
pub const REVIEW_KIND: Key = shared("review.kind", Form::One, "gerrit", "The system: gerrit");
/// The review server's address.
pub const REVIEW_URL: Key = shared("review.url", Form::One, "", "Address of the review server: https or ssh");
/// The project's name on the server.
pub const REVIEW_PROJECT: Key = shared("review.project", Form::One, "", "The project's name on the review server");
/// The git remote.
pub const REVIEW_REMOTE: Key = shared("review.remote", Form::One, "gerrit", "The git remote to use or create");
/// The last resort for the target.
pub const REVIEW_BRANCH: Key =
    shared("review.branch", Form::One, "branches.default", "Where changes go when nothing else tells");
/// What `pyflow approve` votes.
pub const REVIEW_APPROVE: Key = shared("review.approve", Form::Votes, "Code-Review=2", "What `pyflow approve` votes");
/// The login name.
pub const REVIEW_USER: Key =
    own("review.user", Form::One, "gitreview.username, or the one in the URL", "Your name on the review server");
/// The system that the gate is.
pub const GATE_KIND: Key = shared("gate.kind", Form::One, "none", "What tests and merges: zuul, review or none");
/// The gate's address.
pub const GATE_URL: Key = shared("gate.url", Form::One, "", "Address of the gate");
/// The tenant there.
pub const GATE_TENANT: Key =
    shared("gate.tenant", Form::One, "none: the address is one tenant's", "The project's tenant on the gate");
/// The word that runs the checks again.
pub const GATE_RECHECK: Key =
    shared("gate.recheck", Form::One, "recheck", "A comment that begins with this word runs the checks again");
/// How a change gets back into the gate.
pub const GATE_REVERIFY: Key = shared(
    "gate.reverify",
    Form::One,
    "revote",
    "How a change gets back into the gate: revote, enqueue or comment:WORD",
);
/// Whether a recheck says why.
pub const GATE_REASON: Key =
    shared("gate.reason", Form::One, "optional", "Whether a recheck has to say why: required or optional");
/// Where job logs are.
pub const GATE_LOGS: Key =
    shared("gate.logs", Form::List, "the gate's own", "Servers that job logs may be read from, besides the gate");
/// The system that keeps the contributor agreements.
pub const CLA_KIND: Key = shared(
    "cla.kind",
    Form::One,
    "none",
    "Who keeps the contributor agreements: roundup, gerrit, status, file or none",
);
/// Its address.
pub const CLA_URL: Key = shared(
    "cla.url",
    Form::One,
    "",
    "Address of the tracker (roundup), or of the repository in the forge's API (status)",
);
/// The commit status.
pub const CLA_CONTEXT: Key = shared("cla.context", Form::One, "", "Name of the commit status (status)");
/// The list file.
pub const CLA_PATH: Key =
    shared("cla.path", Form::One, "", "File that lists who has signed, from the top of the tree (file)");
/// Where one signs.
pub const CLA_SIGN: Key = shared("cla.sign", Form::One, "none", "The page where people sign");
/// The person's name on GitHub.
pub const CLA_LOGIN: Key =
    own("cla.login", Form::One, "none", "Your name on GitHub, where the registry knows people by it");
/// The kind of news fragments.
pub const NEWS_STYLE: Key =
    shared("news.style", Form::One, "what the tree looks like", "The kind of news fragments: blurb or towncrier");
/// Where they are.
pub const NEWS_DIRECTORY: Key =
    shared("news.directory", Form::One, "the style's own", "Folder of the news, from the top of the tree");
/// Whether one is needed.
pub const NEWS_REQUIRED: Key =
    shared("news.required", Form::One, "false", "Whether a change without a fragment is stopped: true or false");
/// What needs none.
pub const NEWS_EXEMPT: Key =
    shared("news.exempt", Form::List, "none", "Patterns of paths whose change alone needs no fragment");
/// Where new work lands first.
pub const BRANCHES_DEFAULT: Key = shared("branches.default", Form::One, "", "Where new work lands first");
/// Branches that get bug fixes.
pub const BRANCHES_MAINTENANCE: Key = shared("branches.maintenance", Form::List, "none", "Branches that get bug fixes");
/// Branches that get security fixes.
pub const BRANCHES_SECURITY: Key = shared("branches.security", Form::List, "none", "Branches that get security fixes");
/// Branches with a release in preparation.
pub const BRANCHES_RELEASE_CANDIDATE: Key =
    shared("branches.release-candidate", Form::List, "none", "Branches on which a release is being prepared");
/// Branches that get nothing any more.
pub const BRANCHES_END_OF_LIFE: Key =
    shared("branches.end-of-life", Form::List, "none", "Branches that get nothing any more");
/// A table of the branches in the tree.
pub const BRANCHES_RELEASE_CYCLE: Key = shared(
    "branches.release-cycle",
    Form::One,
    "none",
    "File in the tree that tells the branches' roles, in the form of CPython's release-cycle.json",
);
/// Whether subjects begin with the branch.
pub const BACKPORT_PREFIX: Key = shared(
    "backport.prefix",
    Form::One,
    "false",
    "Whether the subject of a backport begins with its branch, `[3.4]`: true or false",
);
/// Whether the author is named in a trailer.
pub const BACKPORT_CO_AUTHOR: Key = shared(
    "backport.co-author",
    Form::One,
    "false",
    "Whether a backport names the author of the original in `Co-authored-by:`: true or false",
);
/// Whether `#` becomes `GH-`.
pub const BACKPORT_GH_NUMBERS: Key = shared(
    "backport.gh-numbers",
    Form::One,
    "false",
    "Whether `#12345` becomes `GH-12345` in the message of a backport: true or false",
);
/// What is taken along.
pub const BACKPORT_CARRY: Key = shared(
    "backport.carry",
    Form::List,
    "topic, reviewers, hashtags",
    "What a backport takes over from its original on the server",
);
/// Rules that come with pyflow.
pub const PATCHCHECK_PRESET: Key =
    shared("patchcheck.preset", Form::One, "none", "Rules for `pyflow patchcheck` that come with pyflow: cpython");
/// What counts as a counterpart.
pub const PORTS_COUNTERPART: Key = shared(
    "ports.counterpart",
    Form::One,
    "approved",
    "What a fix of a maintenance branch needs on the default branch: merged, approved or open",
);
/// Whether it is a stop.
pub const PORTS_REQUIRED: Key =
    shared("ports.required", Form::One, "false", "Whether submit stops a fix without one: true or false");
/// How many commits go without asking.
pub const SUBMIT_MAX_STACK: Key =
    own("submit.max-stack", Form::Number, "10", "How many commits `pyflow submit` sends without asking");
/// Who reviews.
pub const SUBMIT_REVIEWERS: Key = own("submit.reviewers", Form::List, "none", "Reviewers of every change you submit");
/// Who listens.
pub const SUBMIT_CC: Key = own("submit.cc", Form::List, "none", "Who is told of every change you submit");
/// The topic.
pub const SUBMIT_TOPIC: Key = own("submit.topic", Form::One, "none", "Topic of every change you submit");
/// Tags.
pub const SUBMIT_HASHTAGS: Key = own("submit.hashtags", Form::List, "none", "Hashtags of every change you submit");
/// Who gets mail.
pub const SUBMIT_NOTIFY: Key = own(
    "submit.notify",
    Form::One,
    "the server's choice",
    "Who gets mail about an upload: none, owner, owner-reviewers or all",
);
/// Work in progress or ready.
pub const SUBMIT_READINESS: Key =
    own("submit.readiness", Form::One, "unchanged", "How changes are marked: wip, ready or unchanged");
/// Colours.
pub const UI_COLOR: Key = own("ui.color", Form::One, "color.ui, else auto", "Colours: auto, always or never");

/// All of them, in the order of the documentation.
pub const ALL: [Key; 45] = [
    REVIEW_KIND,
    REVIEW_URL,
    REVIEW_PROJECT,
    REVIEW_REMOTE,
    REVIEW_BRANCH,
    REVIEW_APPROVE,
    REVIEW_USER,
    GATE_KIND,
    GATE_URL,
    GATE_TENANT,
    GATE_RECHECK,
    GATE_REVERIFY,
    GATE_REASON,
    GATE_LOGS,
    CLA_KIND,
    CLA_URL,
    CLA_CONTEXT,
    CLA_PATH,
    CLA_SIGN,
    CLA_LOGIN,
    NEWS_STYLE,
    NEWS_DIRECTORY,
    NEWS_REQUIRED,
    NEWS_EXEMPT,
    BRANCHES_DEFAULT,
    BRANCHES_MAINTENANCE,
    BRANCHES_SECURITY,
    BRANCHES_RELEASE_CANDIDATE,
    BRANCHES_END_OF_LIFE,
    BRANCHES_RELEASE_CYCLE,
    BACKPORT_PREFIX,
    BACKPORT_CO_AUTHOR,
    BACKPORT_GH_NUMBERS,
    BACKPORT_CARRY,
    PATCHCHECK_PRESET,
    PORTS_COUNTERPART,
    PORTS_REQUIRED,
    SUBMIT_MAX_STACK,
    SUBMIT_REVIEWERS,
    SUBMIT_CC,
    SUBMIT_TOPIC,
    SUBMIT_HASHTAGS,
    SUBMIT_NOTIFY,
    SUBMIT_READINESS,
    UI_COLOR,
];

#[cfg(test)]
mod tests {
    use super::{ALL, SUBMIT_MAX_STACK};

    #[test]
    fn one_rule_gives_all_three_names() {
        assert_eq!(SUBMIT_MAX_STACK.git_config(), "pyflow.submit.max-stack");
        assert_eq!(SUBMIT_MAX_STACK.environment(), "PYFLOW_SUBMIT_MAX_STACK");
        let mut names: Vec<&str> = ALL.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
