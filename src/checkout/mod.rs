//! The local repository: which one it is, what is in it, and the few ways pyflow changes it.
//!
//! libgit2 reads; the git executable acts. No server's dialect is known here.

pub mod exec;
pub mod push;
