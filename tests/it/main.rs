//! The tests of the whole program, against the embedded server.

#![allow(unreachable_pub, reason = "rooms that two programs share are written as a library's are")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod assault;
mod backport;
mod backport_kill;
mod cla;
mod defects;
mod demo;
mod gate;
mod gate_client;
mod gate_dialect;
mod gate_stories;
mod generated;
mod hostile;
mod land;
mod newcomer;
mod objects;
mod patchcheck;
mod picks;
mod ports;
mod readme;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod schemas;
mod setup;
mod transport;
mod trust;
mod watch;

mod kill;
mod news;
mod purity;
mod server_faults;
mod serving;

/// The list that the real servers are given is the list of what is tested here.
#[test]
fn every_scenario_has_a_name_of_its_own() {
    let mut names: Vec<&str> = scenarios::all().iter().map(|(name, _)| *name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
