//! The scenarios against real servers. A server that is not there is reported by name as not run,
//! never as passed. `tests/real/gerrit.sh` boots them.

#![allow(clippy::print_stdout, reason = "this is a program of its own, whose output is its result")]
#![allow(unreachable_pub, reason = "rooms that two programs share are written as a library's are")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod news;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scenarios/mod.rs"]
mod scenarios;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use sandbox::{Kind, World};

/// Version, and the variable that names the URL of a running server.
const SERVERS: [(&str, &str); 2] = [("3.13", "PYFLOW_REAL_GERRIT_313"), ("3.4", "PYFLOW_REAL_GERRIT_34")];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut absent = Vec::new();
    trials.extend(news::trials(&mut absent));
    for (version, variable) in SERVERS {
        match std::env::var(variable) {
            Ok(url) if !url.is_empty() => {
                let kind = Kind::Gerrit { version: version.to_owned(), url: url.trim_end_matches('/').to_owned() };
                for (name, scenario) in scenarios::all() {
                    let kind = kind.clone();
                    let name = name.trim_start_matches("real::scenarios::");
                    trials.push(Trial::test(format!("gerrit {version}: {name}"), move || {
                        scenario(&World::new(&kind));
                        Ok(())
                    }));
                }
            }
            _ => absent.push(format!("not run: gerrit {version} ({variable} is not set)")),
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for line in absent {
        println!("{line}");
    }
    conclusion.exit_code()
}
