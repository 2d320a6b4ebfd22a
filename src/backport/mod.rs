//! Backports: a change cloned to other branches. Pure: which branch may get what ([`policy`]), what
//! the clone's message says ([`message`]), what a branch has already ([`history`]), and what is
//! remembered of those that are not finished ([`session`]). No git, no terminal, no network.

pub mod history;
pub mod message;
pub mod policy;
pub mod session;
