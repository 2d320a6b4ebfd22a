//! The local repository: which one it is, what is in it, and the few ways pyflow changes it.
//!
//! In reading order: [`exec`] runs git, [`discover`] finds the repository, [`object`] knows what a
//! commit looks like, [`read`] answers questions about history, [`stack`] and [`target`] decide
//! what is sent where, [`write`] makes rewritten commits and moves refs, [`merge`] tries merges in
//! memory, [`changes`] tells which files differ, [`worktree`] writes the files that a command was asked
//! for, [`fetch`] and [`push`] talk to the remote, [`journal`] remembers what is in flight.
//! libgit2 reads; the git executable acts. No server's dialect is known here.

pub mod changes;
pub mod discover;
pub mod exec;
pub mod fetch;
pub mod journal;
pub mod merge;
pub mod object;
pub mod push;
pub mod read;
pub mod stack;
pub mod target;
pub mod worktree;
pub mod write;

pub use discover::Checkout;
