//! HTTP for every room that talks to a server: one client, its limits, and its errors.
//!
//! It knows no server's dialect: paths, JSON prefixes and status meanings belong to the adapters.

use serde::{Deserialize, Serialize};

/// What is asked of a server, as data: a plan shows it and the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Verb.
    pub method: Method,
    /// Path below the server's URL, encoded, without a leading slash.
    pub path: String,
    /// Query parameters, not encoded yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
}

/// The verbs in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something.
    Post,
    /// Sets something.
    Put,
    /// Removes something.
    Delete,
}

impl Request {
    /// A read of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), query: Vec::new(), body: None }
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { method: Method::Post, path: path.into(), query: Vec::new(), body: Some(body) }
    }

    /// A PUT of JSON.
    pub fn put(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { method: Method::Put, path: path.into(), query: Vec::new(), body: Some(body) }
    }

    /// A DELETE.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::Delete, path: path.into(), query: Vec::new(), body: None }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Media type without parameters, lowercase; empty where the server named none.
    pub content_type: String,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// The largest answer that is read; anything longer is nonsense for the calls that pyflow makes.
pub const MAX_BODY: usize = 32 << 20;
