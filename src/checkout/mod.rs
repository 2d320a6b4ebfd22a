//! The local repository: which one it is, what is in it, and the few ways pyflow changes it.
//!
//! In reading order: [`exec`] runs git, [`discover`] finds the repository, [`object`] knows what a
//! commit looks like, [`trailers`] where the trailers of its message are, [`read`] answers questions
//! about history, [`stack`] and [`target`] decide what is sent where, [`write`] makes rewritten
//! commits and moves refs, [`moves`] says what moves, [`merge`] tries merges in memory and `times`
//! lets no trace of that stay, [`pick`] cherry-picks there, [`linked`] gives a conflict a work tree of
//! its own, [`changes`] tells which files differ between commits, [`patches`] what many commits
//! change, [`blame`] who touched some lines, [`mailmap`] who people are, [`worktree`] lists, reads and
//! replaces the person's files, [`files`] writes the files that a command was asked for, [`remote`]
//! sets up the remote, [`fetch`] and [`push`] talk to it, [`journal`] remembers what is in flight.
//! libgit2 reads; the git executable acts. No server's dialect is known here.

pub mod blame;
pub mod changes;
pub mod discover;
pub mod exec;
pub mod fetch;
pub mod files;
pub mod journal;
pub mod linked;
pub mod mailmap;
pub mod merge;
pub mod moves;
pub mod object;
pub mod patches;
pub mod pick;
pub mod push;
pub mod read;
pub mod remote;
pub mod stack;
pub mod target;
mod times;
pub mod trailers;
pub mod worktree;
pub mod write;

pub use discover::Checkout;
