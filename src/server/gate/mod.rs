//! The merge gate: what is tested, on what, and when it is merged.
//!
//! `engine` decides and does nothing else; the other modules do what it says. `model` and `snapshot`
//! are what readers (the Zuul dialect, the page) see. Merging itself is `server::merge`'s.

pub(crate) mod engine;
pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod snapshot;
