//! The review server as its own gate: it merges what has its votes, at once and one by one, and has
//! no queue that could be looked at.

use super::model::Snapshot;
use super::{Action, Gate, Rights};
use crate::error::{Error, Result};
use crate::http::Request;

/// No queue, and so nothing to ask about one.
pub struct Own;

impl Gate for Own {
    fn name(&self) -> &'static str {
        "the review server"
    }

    fn introduce(&self) -> Result<String> {
        Ok("the review server merges by itself".to_owned())
    }

    fn look(&self) -> Result<Snapshot> {
        Ok(Snapshot::default())
    }

    fn rights(&self) -> Result<Rights> {
        Ok(Rights::default())
    }

    fn request(&self, action: &Action) -> Result<Request> {
        Err(Error::refused(format!("the review server has no queue, so that there is nothing to {}", action.verb()))
            .hint("`gate.kind` says what merges here"))
    }

    fn call(&self, _request: &Request) -> Result<()> {
        Ok(())
    }

    fn log_of(&self, _page: &str) -> Result<Option<String>> {
        Ok(None)
    }
}
