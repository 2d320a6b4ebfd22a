//! Backports: a change cloned to other branches. Pure: which branch may get what ([`policy`]), what
//! the clone's message says ([`message`]), and what is remembered of those that are not finished
//! ([`session`]). What a branch has already is the ledger's to say ([`crate::ports::there`]). No git, no
//! terminal, no network.

pub mod message;
pub mod policy;
pub mod session;
