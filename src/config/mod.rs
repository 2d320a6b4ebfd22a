//! What is configured, and where each value came from: `.reviewconf`, `.gitreview`, git's
//! configuration, the environment, the command line; and the pin, which remembers what a clone
//! has accepted.
//!
//! Everything but [`find`] is pure. Nothing here runs git or talks to a server.

pub mod find;
pub mod gitconfig;
pub mod gitreview;
pub mod reviewconf;
pub mod sourced;
pub mod values;

pub use gitconfig::GitConfig;
pub use sourced::{Origin, Sourced, Warning};
