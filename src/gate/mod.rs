//! Gates: the model in the field's words, the seam, and one folder for each system.
//!
//! A gate's answer to a request proves nothing; that it had an effect is seen in the queues. So an
//! adapter says what is to be asked, and whoever asks looks again. What stands between a change and
//! its branch is decided in `next`, from review and gate together, and nowhere else.

pub mod logs;
pub mod model;
pub mod next;
pub mod own;
pub mod report;
pub mod standing;
pub mod watch;
pub mod zuul;

use crate::error::Result;
use crate::http::Request;
use model::Snapshot;

/// What can be asked of a gate, by somebody who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Put a change into a pipeline.
    Enqueue {
        /// The pipeline.
        pipeline: String,
        /// `1841,3`
        change: String,
    },
    /// Take a change out of a pipeline.
    Dequeue {
        /// The pipeline.
        pipeline: String,
        /// `1841,3`
        change: String,
    },
    /// Put a change at the head of its queue.
    Promote {
        /// The pipeline.
        pipeline: String,
        /// `1841,3`
        change: String,
    },
}

impl Action {
    /// The word for it.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Enqueue { .. } => "enqueue",
            Self::Dequeue { .. } => "dequeue",
            Self::Promote { .. } => "promote",
        }
    }
}

/// What somebody's token allows, as far as the gate tells: a right may still be refused for one
/// project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Put changes into a pipeline.
    pub enqueue: bool,
    /// Take them out.
    pub dequeue: bool,
    /// Put them at the head.
    pub promote: bool,
}

impl Rights {
    /// Whether they cover an action.
    pub const fn cover(self, action: &Action) -> bool {
        match action {
            Action::Enqueue { .. } => self.enqueue,
            Action::Dequeue { .. } => self.dequeue,
            Action::Promote { .. } => self.promote,
        }
    }
}

/// A deployment's gate.
pub trait Gate: Sync {
    /// What this system is called.
    fn name(&self) -> &'static str;

    /// Who it is, in words for `setup`; also shows that it answers, and knows the project.
    fn introduce(&self) -> Result<String>;

    /// The queues as they stand: one read.
    fn look(&self) -> Result<Snapshot>;

    /// What the credentials in use allow. An error of kind `credentials` where there are none.
    fn rights(&self) -> Result<Rights>;

    /// The request for an action. Pure.
    fn request(&self, action: &Action) -> Result<Request>;

    /// Sends one request of a plan and translates a refusal. Success says that it was heard, and
    /// nothing more.
    fn call(&self, request: &Request) -> Result<()>;

    /// Where the log of a job is that has this page; `None` where it has none.
    fn log_of(&self, page: &str) -> Result<Option<String>>;
}
