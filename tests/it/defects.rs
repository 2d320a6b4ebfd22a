//! git-review's defects in submitting and in setting up, each with a test that pyflow does not have
//! it. E: bad errors, B: bugs, S: security.
//!
//! Without a test here: **E4** (`y` taken for no; the answers are a table in `ui::prompt`) and
//! **E13** (no progress while a long push runs; drawn on terminals only, tested in `ui::progress`).
//! **B10** and **B14** concern commands that pyflow does not have (comparing patch sets; a hook
//! from the server): what comes nearest is tested. **B13** (`sed -i`) needs a `sed`; none is run.

mod bugs;
mod errors;
mod security;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::sandbox::{Clone, Project, Run, World};

/// A `.gitreview` for this world's server.
fn gitreview(world: &World, project: &Project, more: &str) -> String {
    let address = world.server.url().replace("http://", "");
    let (host, port) = address.split_once(':').unwrap();
    format!("[gerrit]\nhost={host}\nport={port}\nscheme=http\nproject={}\n{more}", project.name)
}

/// A program's error, and not a crash of it or of a tool below.
#[track_caller]
fn plain_error(run: Run<'_>, code: i32) -> Run<'_> {
    let run = run.ends_with(code);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    let helps = ["hint: ", "did you mean"].iter().any(|word| run.stderr.contains(word));
    assert!(helps, "no hint: {}", run.stderr);
    for crash in ["panicked", "Traceback", "RUST_BACKTRACE", "fatal:", "exit status"] {
        assert!(!run.stderr.contains(crash), "{}", run.stderr);
    }
    run
}

/// The files of the work tree, `.git` left out.
fn tree(clone: &Clone<'_>) -> BTreeMap<PathBuf, String> {
    clone.fingerprint().into_iter().filter(|(path, _)| !path.starts_with(".git")).collect()
}

/// The Change-Id lines of a commit.
fn change_ids(clone: &Clone<'_>, commit: &str) -> Vec<String> {
    let text = clone.git(["log", "-1", "--format=%(trailers:key=Change-Id,valueonly)", commit]);
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn reviewers(world: &World, number: u64) -> Vec<String> {
    let change = world.server.change(number);
    let list = change["reviewers"]["REVIEWER"].as_array().cloned().unwrap_or_default();
    list.iter().map(|who| who["username"].as_str().unwrap_or_default().to_owned()).collect()
}
