//! How requests reach Zuul: HTTP, and a token that is looked for only when one is wanted.

use std::sync::OnceLock;

use super::Transport;
use super::answers::no_token;
use crate::error::{Error, Result};
use crate::http::{Client, Request, Response};
use crate::names::ServerUrl;
use crate::secret::Credential;

/// Finds the token.
pub type Finder<'a> = Box<dyn Fn() -> Result<Option<Credential>> + Send + Sync + 'a>;

/// The real thing.
pub struct Http<'a> {
    client: Client<'a>,
    server: ServerUrl,
    find: Finder<'a>,
    found: OnceLock<Option<Credential>>,
}

impl<'a> Http<'a> {
    /// Speaks to this server; nothing is sent, and no token looked for, yet.
    pub fn new(client: Client<'a>, server: ServerUrl, find: Finder<'a>) -> Self {
        Self { client, server, find, found: OnceLock::new() }
    }

    fn token(&self) -> Result<Option<&Credential>> {
        if let Some(found) = self.found.get() {
            return Ok(found.as_ref());
        }
        // Zuul takes tokens alone, as Bearer (RFC 6750), whoever they belong to.
        let found = (self.find)()?.map(Credential::alone);
        Ok(self.found.get_or_init(|| found).as_ref())
    }
}

impl Transport for Http<'_> {
    fn send(&self, request: &Request, token: bool) -> Result<Response> {
        if !token {
            return self.client.send(&self.server, "", request, None);
        }
        let credential = self.token()?.ok_or_else(|| -> Error { no_token(&self.server) })?;
        self.client.send(&self.server, "", request, Some(credential))
    }

    fn has_token(&self) -> Result<bool> {
        Ok(self.token()?.is_some())
    }
}
