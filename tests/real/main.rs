//! The scenarios against real servers. A server that is not there is reported by name as not run,
//! never as passed. `tests/real/gerrit.sh` boots them.

#![allow(clippy::print_stdout, reason = "this is a program of its own, whose output is its result")]
#![allow(unreachable_pub, reason = "rooms that two programs share are written as a library's are")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod differential;
mod news;
mod peers;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scenarios/mod.rs"]
mod scenarios;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use sandbox::{Kind, World};

/// Version, and the variable that names the URL of a running server.
const SERVERS: [(&str, &str); 2] = [("3.13", "PYFLOW_REAL_GERRIT_313"), ("3.4", "PYFLOW_REAL_GERRIT_34")];

/// Scenarios that a Gerrit of before submit requirements answers in other words or not at all, and
/// why. They are reported as not run there.
const NOT_ON_OLD: [(&str, &str); 10] = [
    ("listing::status_in_conflict", NO_REQUIREMENTS),
    ("listing::status_of_a_stack", NO_REQUIREMENTS),
    ("listing::status_with_a_newer_patch_set", NO_REQUIREMENTS),
    ("listing::status_work_in_progress", NO_REQUIREMENTS),
    ("options::base", OTHER_WORDS),
    ("push_table::a_locked_project", ERR_WITH_200),
    ("push_table::a_short_base", OTHER_WORDS),
    ("push_table::based_on_another_branch", OTHER_WORDS),
    ("push_table::no_agreement_signed", ERR_WITH_200),
    ("push_table::votes_that_the_update_outdates", OTHER_WORDS),
];
const NO_REQUIREMENTS: &str = "3.4 has labels where later versions have submit requirements";
const OTHER_WORDS: &str = "3.4 refuses, or takes it, in other words";
const ERR_WITH_200: &str = "3.4 says it with status 200, and git prints it";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut absent = Vec::new();
    trials.extend(news::trials(&mut absent));
    trials.extend(differential::trials(&mut absent));
    trials.extend(peers::trials(&mut absent));
    for (version, variable) in SERVERS {
        match std::env::var(variable) {
            Ok(url) if !url.is_empty() => {
                let kind = Kind::Gerrit { version: version.to_owned(), url: url.trim_end_matches('/').to_owned() };
                for (name, scenario) in scenarios::all() {
                    let kind = kind.clone();
                    let name = name.trim_start_matches("real::scenarios::");
                    let differs = NOT_ON_OLD.iter().find(|(other, _)| version == "3.4" && *other == name);
                    if let Some((_, why)) = differs {
                        absent.push(format!("not run: gerrit {version}: {name} ({why})"));
                        continue;
                    }
                    trials.push(Trial::test(format!("gerrit {version}: {name}"), move || {
                        // Each server asserts the same inline snapshots.
                        insta::allow_duplicates! { scenario(&World::new(&kind)) };
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
