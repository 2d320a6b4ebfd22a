//! Zuul, and servers that speak its REST interface: an adapter of [`Gate`].
//!
//! In reading order: `lenient` (values that may be anything), `wire` (what is answered), `answers`
//! (what errors mean), `http` (how it is asked). Reads go out without a token, which public tenants do not want, and again
//! with one where the tenant is private. Source: Zuul documentation, "REST API", and the
//! `openapi.yaml` that Zuul serves.

mod answers;
mod http;
mod lenient;
mod tenant;
mod wire;

use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::json;

use super::model::Snapshot;
use super::{Action, Gate, Rights};
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::names::{ProjectName, ServerUrl};
pub use http::{Finder, Http};
pub use tenant::TenantName;
use wire::{Authorizations, Build, Info, Status};

/// How requests reach the gate.
pub trait Transport: Sync {
    /// Sends one request and returns whatever the gate answered, errors included; with `token` as
    /// somebody. Only transport failures are errors here (kind `unknown`), and a token that is
    /// wanted and missing (kind `credentials`).
    fn send(&self, request: &Request, token: bool) -> Result<Response>;

    /// Whether there is a token, which is looked for now.
    fn has_token(&self) -> Result<bool>;
}

/// One project in one tenant.
pub struct Zuul<'a> {
    url: ServerUrl,
    tenant: Option<TenantName>,
    project: ProjectName,
    transport: Box<dyn Transport + 'a>,
    /// Found out by the first read: this tenant shows itself to those only whom it knows.
    private: OnceLock<()>,
}

impl<'a> Zuul<'a> {
    /// The gate of a project. Without a tenant the address is one tenant's own.
    pub fn new(
        url: ServerUrl,
        tenant: Option<TenantName>,
        project: ProjectName,
        transport: impl Transport + 'a,
    ) -> Self {
        Self { url, tenant, project, transport: Box::new(transport), private: OnceLock::new() }
    }

    /// A path below this tenant's part of the interface.
    fn path(&self, rest: &str) -> String {
        match &self.tenant {
            Some(tenant) => format!("api/tenant/{tenant}/{rest}"),
            None => format!("api/{rest}"),
        }
    }

    fn read<T: DeserializeOwned>(&self, path: String) -> Result<T> {
        let request = Request::get(path);
        if self.private.get().is_none() {
            let response = self.transport.send(&request, false)?;
            let refused = matches!(response.status, 401 | 403);
            if !refused || !self.transport.has_token()? {
                return self.typed(&response, false);
            }
            self.private.get_or_init(|| ());
        }
        self.typed(&self.transport.send(&request, true)?, true)
    }

    fn typed<T: DeserializeOwned>(&self, response: &Response, with_token: bool) -> Result<T> {
        let explained = || answers::explain(response, &self.url, with_token);
        if !response.is_success() || !response.is_json() {
            return Err(explained());
        }
        serde_json::from_slice(&response.body).map_err(|why| explained().because(why))
    }
}

impl Gate for Zuul<'_> {
    fn name(&self) -> &'static str {
        "Zuul"
    }

    fn introduce(&self) -> Result<String> {
        // `info` is the one read that wants no token; an unknown tenant is answered, too.
        let info: Info = self.read(self.path("info"))?;
        let protected = info.info.capabilities.auth.read_protected.flag() == Some(true);
        if let (None, None) = (&self.tenant, info.info.tenant.text()) {
            return Err(Error::state(format!(
                "{} has several tenants, and `gate.tenant` does not say which",
                self.url
            ))
            .hint("write `tenant = \"…\"` below [gate]"));
        }
        let place = match &self.tenant {
            Some(tenant) => format!("{}, tenant {tenant}", self.url),
            None => self.url.to_string(),
        };
        let visible = if protected { " (shows itself to those only whom it knows)" } else { "" };
        let project: Result<serde_json::Value> = self.read(self.path(&format!("project/{}", self.project)));
        project.map(|_| format!("{place} answers: Zuul, and knows {}{visible}", self.project))
    }

    fn look(&self) -> Result<Snapshot> {
        let status: Status = self.read(self.path("status"))?;
        if status.pipelines.0.is_none() {
            return Err(Error::unknown(format!("what the gate {} answered tells of no pipelines", self.url))
                .hint("is `gate.url` the address of a Zuul?"));
        }
        Ok(status.into_snapshot())
    }

    fn rights(&self) -> Result<Rights> {
        if !self.transport.has_token()? {
            return Err(answers::no_token(&self.url));
        }
        let response = self.transport.send(&Request::get(self.path("authorizations")), true)?;
        let Authorizations { zuul } = self.typed(&response, true)?;
        let is = |flag: &lenient::Scalar| flag.flag() == Some(true);
        let all = is(&zuul.admin) || is(&zuul.permissions.admin);
        let may = |flag: &lenient::Scalar| all || is(flag);
        let permissions = &zuul.permissions;
        Ok(Rights {
            enqueue: may(&permissions.enqueue),
            dequeue: may(&permissions.dequeue),
            promote: may(&permissions.promote),
        })
    }

    /// The short name of the project: a right that holds for one project compares names as they are
    /// spelled, and administrators write the short one.
    fn request(&self, action: &Action) -> Result<Request> {
        let of_project = |verb: &str, body| Request::post(self.path(&format!("project/{}/{verb}", self.project)), body);
        Ok(match action {
            Action::Enqueue { pipeline, change } => {
                of_project("enqueue", json!({ "pipeline": pipeline, "change": change }))
            }
            Action::Dequeue { pipeline, change } => {
                of_project("dequeue", json!({ "pipeline": pipeline, "change": change }))
            }
            // Not below the project: a queue may hold several.
            Action::Promote { pipeline, change } => {
                Request::post(self.path("promote"), json!({ "pipeline": pipeline, "changes": [change] }))
            }
        })
    }

    fn call(&self, request: &Request) -> Result<()> {
        let response = self.transport.send(request, true)?;
        if response.is_success() && !response.is_html() {
            return Ok(());
        }
        Err(answers::explain(&response, &self.url, true))
    }

    fn log_of(&self, page: &str) -> Result<Option<String>> {
        // `…/build/UUID` is the gate's own page; anything else is the log already.
        let build = page.trim_end_matches('/').rsplit_once("/build/").map(|(_, id)| id);
        let Some(id) = build.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit())) else {
            return Ok(Some(page.to_owned()));
        };
        let build: Build = self.read(self.path(&format!("build/{id}")))?;
        Ok(build.log_url.text().map(str::to_owned))
    }
}

#[cfg(test)]
mod tests;
