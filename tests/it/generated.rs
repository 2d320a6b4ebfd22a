//! The completions and manual pages that are checked in are those that the program writes.
//!
//! `PYFLOW_BLESS=1 cargo test generated` writes them afresh.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::PYFLOW;

/// Shells, with the names under which they look for completions.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "pyflow.bash"),
    ("zsh", "_pyflow"),
    ("fish", "pyflow.fish"),
    ("powershell", "_pyflow.ps1"),
    ("elvish", "pyflow.elv"),
];

/// What nobody types.
const HIDDEN: &str = "credential-helper";

type Files = BTreeMap<String, String>;

fn checked_in(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn pyflow(arguments: &[&str]) -> String {
    let output = Command::new(PYFLOW).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(folder: &Path) -> Files {
    let Ok(list) = std::fs::read_dir(folder) else { return Files::new() };
    let files = list.map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Compares, or, when asked to, writes.
fn compare(folder: &str, made: &Files) {
    assert!(!made.is_empty());
    for (name, text) in made {
        assert!(!name.contains(HIDDEN) && !text.contains(HIDDEN), "{folder}/{name} tells of {HIDDEN}");
    }
    let place = checked_in(folder);
    if std::env::var_os("PYFLOW_BLESS").is_some() {
        std::fs::remove_dir_all(&place).ok();
        std::fs::create_dir_all(&place).unwrap();
        for (name, text) in made {
            std::fs::write(place.join(name), text).unwrap();
        }
    }
    let there = read(&place);
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&there), names(made), "{folder}: `PYFLOW_BLESS=1 cargo test generated`");
    for (name, text) in made {
        assert!(there[name] == *text, "{folder}/{name} is stale: `PYFLOW_BLESS=1 cargo test generated`");
    }
}

#[test]
fn completions_are_fresh() {
    let made = COMPLETIONS.iter().map(|(shell, name)| ((*name).to_owned(), pyflow(&["completions", shell])));
    compare("completions", &made.collect());
}

#[test]
fn manual_pages_are_fresh() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(pyflow(&["man", &folder.path().to_string_lossy()]), "");
    let made = read(folder.path());
    for command in ["pyflow", "pyflow-submit", "pyflow-setup", "pyflow-status"] {
        let page = made.get(&format!("{command}.1")).unwrap_or_else(|| panic!("no page for {command}"));
        assert!(page.contains(".TH"), "{page}");
    }
    compare("man", &made);
}
