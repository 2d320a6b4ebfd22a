//! One file a command: arguments -> plan -> outcome. No HTTP, no git plumbing, no printing.

#[cfg(feature = "server")]
pub mod serve;
