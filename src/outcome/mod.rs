//! What commands report, as plain values: the JSON documents of `--format json`, and what `ui`
//! writes as text. Nothing here decides or prints.
//!
//! Keys are a promise: more may come, none is renamed. `fixtures/schema/` describes them.

pub mod backport;
pub mod change;
pub mod cla;
pub mod gate;
pub mod news;
pub mod patchcheck;
pub mod ports;
pub mod status;
pub mod submit;

use serde::Serialize;

use crate::error::{Kind, Result};
use crate::secret::Role;
pub use change::ChangeRow;

/// What a command ended with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// `pyflow submit`.
    Submit(submit::Submit),
    /// `pyflow status`.
    Status(status::Status),
    /// `pyflow list`.
    List(status::List),
    /// `pyflow recheck`.
    Recheck(gate::Recheck),
    /// `pyflow gate`.
    Gate(gate::Gate),
    /// `pyflow vote` and `pyflow approve`.
    Vote(Vote),
    /// `pyflow setup`.
    Setup(Setup),
    /// `pyflow auth`.
    Auth(Auth),
    /// `pyflow patchcheck`.
    Patchcheck(patchcheck::Patchcheck),
    /// `pyflow cla`.
    Cla(cla::Cla),
    /// `pyflow cla sign`.
    ClaSign(cla::Signing),
    /// `pyflow news add`.
    NewsAdd(news::Added),
    /// `pyflow news check`.
    NewsCheck(news::Checked),
    /// `pyflow news merge`.
    NewsMerge(news::Merged),
    /// `pyflow news release`.
    NewsRelease(news::Released),
    /// `pyflow backport`.
    Backport(backport::Backports),
    /// `pyflow ports`.
    Ports(ports::Ports),
    /// `pyflow undo`.
    Undo(Undo),
    /// `pyflow serve init`, `pyflow serve user` and `pyflow serve check-config`.
    #[cfg(feature = "server")]
    Serve(Serve),
    /// `pyflow demo`.
    #[cfg(feature = "server")]
    Demo(Demo),
    /// Text for another program (`pyflow completions`); printed as it is.
    Raw(String),
    /// Everything has been said.
    Silent,
    /// Everything has been said while it went on, and this is how it ended.
    Told(Option<Kind>),
}

impl Outcome {
    /// The name of the document: `pyflow/submit/1`. `None` where there is no document.
    pub const fn schema(&self) -> Option<&'static str> {
        Some(match self {
            Self::Submit(_) => "pyflow/submit/1",
            Self::Status(_) => "pyflow/status/1",
            Self::List(_) => "pyflow/list/1",
            Self::Recheck(_) => "pyflow/recheck/1",
            Self::Gate(_) => "pyflow/gate/1",
            Self::Vote(_) => "pyflow/vote/1",
            Self::Setup(_) => "pyflow/setup/1",
            Self::Auth(_) => "pyflow/auth/1",
            Self::Patchcheck(_) => "pyflow/patchcheck/1",
            Self::Cla(_) => "pyflow/cla/1",
            Self::ClaSign(_) => "pyflow/cla-sign/1",
            Self::NewsAdd(_) => "pyflow/news-add/1",
            Self::NewsCheck(_) => "pyflow/news-check/1",
            Self::NewsMerge(_) => "pyflow/news-merge/1",
            Self::NewsRelease(_) => "pyflow/news-release/1",
            Self::Backport(_) => "pyflow/backport/1",
            Self::Ports(_) => "pyflow/ports/1",
            Self::Undo(_) => "pyflow/undo/1",
            #[cfg(feature = "server")]
            Self::Serve(_) => "pyflow/serve/1",
            #[cfg(feature = "server")]
            Self::Demo(_) => "pyflow/demo/1",
            Self::Raw(_) | Self::Silent | Self::Told(_) => return None,
        })
    }

    /// The kind that decides the exit code; `None` is 0.
    pub fn exit(&self) -> Option<Kind> {
        match self {
            Self::Submit(submit) => submit.exit,
            Self::Status(status) => status.exit,
            Self::Told(exit) => *exit,
            Self::Recheck(recheck) => recheck.exit,
            Self::Gate(gate) => gate.exit,
            Self::Setup(setup) => setup.exit,
            Self::Auth(auth) => auth.exit,
            Self::Vote(vote) => vote.exit,
            Self::Patchcheck(report) => report.exit,
            Self::Cla(report) => report.exit,
            Self::NewsCheck(checked) => checked.exit,
            Self::Backport(report) => report.exit,
            Self::Ports(report) => report.exit,
            #[cfg(feature = "server")]
            Self::Serve(serve) => serve.exit,
            #[cfg(feature = "server")]
            Self::Demo(demo) => demo.exit,
            _ => None,
        }
    }
}

/// Where a command that watches shows what it sees while it goes on.
pub trait Live: Sync {
    /// Whether whole pictures are shown in place, and not one event a line.
    fn repaints(&self) -> bool;

    /// Shows this in place of what was shown before.
    fn picture(&self, status: &status::Status) -> Result<Reader>;

    /// Tells of one event.
    fn event(&self, event: &status::Event) -> Result<Reader>;

    /// Asks for a look, where there is somebody who may not be looking.
    fn ring(&self);
}

/// Whether somebody still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Go on.
    Listening,
    /// The other end was closed.
    Gone,
}

impl Reader {
    /// Gone, where it once was.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Gone || other == Self::Gone { Self::Gone } else { Self::Listening }
    }
}

/// Votes given.
#[derive(Debug, Serialize)]
pub struct Vote {
    /// Whether this is only a plan.
    pub planned: bool,
    /// Each change, with what was voted.
    pub changes: Vec<Voted>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One change that was voted on.
#[derive(Debug, Serialize)]
pub struct Voted {
    /// The change.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// The patch set that the vote is for.
    pub patch_set: u32,
    /// Labels and values.
    pub votes: Vec<change::VoteRow>,
    /// What a person should know before relying on it.
    pub warnings: Vec<String>,
    /// Why it was not voted on, although others were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// What `setup` learned and did.
#[derive(Debug, Serialize)]
pub struct Setup {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The review server's URL.
    pub url: String,
    /// Project on it.
    pub project: String,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Who the credentials belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The git remote.
    pub remote: String,
    /// What was found, in order.
    pub findings: Vec<SetupFinding>,
    /// What helps with the first thing that is missing or wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The value for `PYFLOW_PIN` in CI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One thing that `setup` looked at.
#[derive(Debug, Serialize)]
pub struct SetupFinding {
    /// What: `remote`, `review server`, `credentials` …
    pub what: String,
    /// `ok`, `done`, `planned`, `missing`, `wrong`.
    pub result: SetupResult,
    /// In words.
    pub text: String,
    /// What helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SetupResult {
    /// As it should be.
    Ok,
    /// Has been set up just now.
    Done,
    /// Would be set up.
    Planned,
    /// Is not there.
    Missing,
    /// Is there, and not as it should be.
    Wrong,
}

/// Credentials in use.
#[derive(Debug, Serialize)]
pub struct Auth {
    /// What was done: `status`, `login`, `logout`.
    pub action: &'static str,
    /// What the server is to the project.
    pub role: Role,
    /// The server they are for.
    pub server: String,
    /// User name, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Where they come from, or were stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `accepted`, `rejected`, `not-checked`.
    pub answer: &'static str,
    /// In words.
    pub text: String,
    /// What helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// Moves of refs that were taken back.
#[derive(Debug, Serialize)]
pub struct Undo {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The command whose moves these are.
    pub command: String,
    /// When it made them.
    pub time: String,
    /// What moved back: `old` is what the ref holds now.
    pub moved: Vec<change::MoveRow>,
}

/// What `serve init`, `serve user` and `serve check-config` did.
#[cfg(feature = "server")]
#[derive(Debug, Default, Serialize)]
pub struct Serve {
    /// In words.
    pub text: String,
    /// A token, which is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What is wrong with the configuration, or odd.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ServeFinding>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One finding about a server's configuration.
#[cfg(feature = "server")]
#[derive(Debug, Serialize)]
pub struct ServeFinding {
    /// `error` or `warning`.
    pub level: &'static str,
    /// The file or folder.
    pub file: String,
    /// In words.
    pub text: String,
}

/// The workflow that was played.
#[cfg(feature = "server")]
#[derive(Debug, Serialize)]
pub struct Demo {
    /// The folder.
    pub folder: String,
    /// The server, while it is up.
    pub server: String,
    /// The commands in order, with what they printed.
    pub steps: Vec<DemoStep>,
    /// Whether the folder is still there.
    pub kept: bool,
    /// Commands to try next, where the server was left up.
    pub next: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One command of the demo.
#[cfg(feature = "server")]
#[derive(Debug, Serialize)]
pub struct DemoStep {
    /// Who types it.
    pub who: String,
    /// The command line.
    pub command: String,
    /// What it printed.
    pub output: String,
    /// Its exit code.
    pub exit_code: Option<i32>,
}
