//! The tests of the whole program, against the embedded server.

#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scenarios/mod.rs"]
mod scenarios;
