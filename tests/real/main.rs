//! The scenarios against real servers. A server that is not there is reported by name as not run,
//! never as passed. `tests/real/gerrit.sh` boots them. A browser is asked about the embedded server's pages.

#![allow(clippy::print_stdout, reason = "this is a program of its own, whose output is its result")]
#![allow(unreachable_pub, reason = "rooms that two programs share are written as a library's are")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod cla;
mod differential;
mod gate;
mod news;
mod old;
mod page;
mod peers;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod ssh;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Completion, Trial};
use sandbox::{Kind, World};

/// Version, and the variable that names the URL of a running server.
const SERVERS: [(&str, &str); 2] = [("3.13", "PYFLOW_REAL_GERRIT_313"), ("3.4", "PYFLOW_REAL_GERRIT_34")];

/// Scenarios that could not be run to their end on this machine.
type NotRun = Arc<Mutex<Vec<String>>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut absent = Vec::new();
    let not_run = NotRun::default();
    trials.extend(news::trials(&mut absent));
    trials.extend(gate::trials(&mut absent));
    trials.extend(differential::trials(&mut absent));
    trials.extend(peers::trials(&mut absent));
    trials.extend(cla::trials(&mut absent));
    trials.extend(page::trials(&mut absent, &not_run));
    for (version, variable) in SERVERS {
        let Some(url) = set(variable) else {
            absent.push(format!("not run: gerrit {version} ({variable} is not set)"));
            continue;
        };
        let kind = Kind::Gerrit { version: version.to_owned(), url: url.trim_end_matches('/').to_owned() };
        for (name, scenario) in scenarios::all() {
            let name = name.trim_start_matches("real::scenarios::");
            if let Some(why) = old::not_here(name).filter(|_| version == "3.4") {
                absent.push(format!("not run: gerrit {version}: {name} ({why})"));
                continue;
            }
            let other = old::instead(name).filter(|_| version == "3.4");
            let suffix = if other.is_some() { ", in its own words" } else { "" };
            let (kind, not_run) = (kind.clone(), Arc::clone(&not_run));
            trials.push(trial(format!("gerrit {version}: {name}{suffix}"), not_run, move || {
                // Each server asserts the same inline snapshots.
                insta::allow_duplicates! { other.unwrap_or(scenario)(&World::new(&kind)) };
            }));
        }
        match (set(&format!("{variable}_SSH")), set(&format!("{variable}_KEYS"))) {
            (Some(address), Some(keys)) => {
                for (name, scenario) in ssh::ALL {
                    let (kind, not_run) = (kind.clone(), Arc::clone(&not_run));
                    let door = ssh::Door::new(&address, &keys);
                    trials.push(trial(format!("gerrit {version}: ssh::{name}"), not_run, move || {
                        insta::allow_duplicates! { scenario(&World::new(&kind), &door) };
                    }));
                }
            }
            _ => absent
                .push(format!("not run: gerrit {version} over ssh ({variable}_SSH or {variable}_KEYS is not set)")),
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    absent.extend(not_run.lock().unwrap().drain(..));
    for line in absent {
        println!("{line}");
    }
    conclusion.exit_code()
}

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// A trial; one that says that it could not be run to its end has not passed.
fn trial(name: String, not_run: NotRun, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::ignorable_test(name.clone(), move || {
        // What a test before this one left on the thread, where it failed after it had said so.
        drop(sandbox::why_not_run());
        run();
        Ok(match sandbox::why_not_run() {
            None => Completion::Completed,
            Some(why) => {
                not_run.lock().unwrap().push(format!("not run: {name} ({why})"));
                Completion::Ignored { reason: Some(why) }
            }
        })
    })
}
