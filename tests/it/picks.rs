//! Picks in memory against git's own: on generated histories, renames included, the tree that
//! `git cherry-pick` makes, or a conflict in the same files. `PYFLOW_SOAK=N` tries N times as many.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use pyflow::checkout::Checkout;
use pyflow::checkout::pick::Picked;
use pyflow::error::Kind;
use pyflow::names::CommitId;
use pyflow::ui::{Options, Ui};

use crate::sandbox::{Random, soak};

/// Names and contents of a tree's files.
type Tree = BTreeMap<String, Vec<String>>;

/// How many histories one run tries.
const CASES: usize = 40;

fn git(top: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(top)
        .env("GIT_CONFIG_GLOBAL", top.join("no-such-configuration"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.org")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn read(top: &Path, arguments: &[&str]) -> String {
    let output = git(top, arguments, "");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn begin(random: &mut Random) -> Tree {
    let mut tree = Tree::new();
    for number in 0..2 + random.below(4) {
        let folder = ["", "lib/", "lib/deep/", "doc/"][random.below(4)];
        let lines = (0..6 + random.below(14)).map(|line| format!("line {line} of {number}, {}", random.below(1000)));
        tree.insert(format!("{folder}file{number}"), lines.collect());
    }
    tree
}

/// The tree after one to three changes such as people make.
fn changed(random: &mut Random, tree: &Tree, mark: &str) -> Tree {
    let mut tree = tree.clone();
    for at in 0..=random.below(3) {
        let Some(name) = tree.keys().nth(random.below(tree.len().max(1))).cloned() else { break };
        match random.below(9) {
            0..=3 => {
                let lines = tree.get_mut(&name).unwrap();
                let line = random.below(lines.len().max(1));
                match random.below(4) {
                    0 if !lines.is_empty() => drop(lines.remove(line)),
                    1 => lines.insert(line.min(lines.len()), format!("{mark} {at}")),
                    // Both sides may do the very same.
                    2 if !lines.is_empty() => lines[line].push_str(" fixed"),
                    _ if !lines.is_empty() => write!(lines[line], " {mark}").unwrap(),
                    _ => lines.push(mark.to_owned()),
                }
            }
            4 => {
                let lines = tree.remove(&name).unwrap();
                tree.insert(format!("{}moved{}", ["", "lib/", "new/"][random.below(3)], random.below(2)), lines);
            }
            5 => {
                // A whole folder moves, or its files go to two others: what is new in it then has no place,
                // a conflict that names no file.
                let inside: Vec<String> = tree.keys().filter(|name| name.starts_with("lib/")).cloned().collect();
                let places = if random.below(2) == 0 { ["src/", "src/"] } else { ["src/", "own/"] };
                for (at, name) in inside.into_iter().enumerate() {
                    let lines = tree.remove(&name).unwrap();
                    tree.insert(name.replacen("lib/", places[at % 2], 1), lines);
                }
            }
            6 => drop(tree.remove(&name)),
            _ => {
                let folder = ["", "lib/", "doc/"][random.below(3)];
                let lines = (0..=random.below(5)).map(|line| format!("{mark} new {line}")).collect();
                tree.insert(format!("{folder}added{}", random.below(3)), lines);
            }
        }
    }
    tree
}

/// A commit for `git fast-import`.
fn commit(stream: &mut String, mark: usize, parent: Option<usize>, tree: &Tree) {
    writeln!(
        stream,
        "commit refs/heads/c{mark}\nmark :{mark}\ncommitter A <a@example.org> {} +0000",
        1_700_000_000 + mark
    )
    .unwrap();
    stream.push_str("data 5\ncase\n\n");
    if let Some(parent) = parent {
        writeln!(stream, "from :{parent}").unwrap();
    }
    stream.push_str("deleteall\n");
    for (name, lines) in tree {
        let text = lines.join("\n") + "\n";
        writeln!(stream, "M 100644 inline {name}\ndata {}\n{text}", text.len()).unwrap();
    }
}

#[test]
fn the_same_as_git_cherry_pick() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    read(top, &["init", "-q", "-b", "main"]);
    let mut random = Random::new();
    let mut stream = String::new();
    let mut cases = 0;
    while cases < CASES * soak() {
        // What it was, what the fix was made on, the fix, and the branch that needs it.
        let root = begin(&mut random);
        let base = changed(&mut random, &root, "base");
        let theirs = changed(&mut random, &base, "theirs");
        let ours = changed(&mut random, &root, "ours");
        // A file and a folder of one name cannot be.
        let clash = |tree: &Tree| tree.is_empty() || tree.keys().any(|name| tree.contains_key(&format!("{name}/")));
        if theirs == base || [&root, &base, &theirs, &ours].into_iter().any(clash) {
            continue;
        }
        let mark = 4 * cases + 1;
        commit(&mut stream, mark, None, &root);
        commit(&mut stream, mark + 1, Some(mark), &base);
        commit(&mut stream, mark + 2, Some(mark + 1), &theirs);
        commit(&mut stream, mark + 3, Some(mark), &ours);
        cases += 1;
    }
    let imported = git(top, &["fast-import", "--quiet", "--export-marks=marks"], &stream);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let marks = std::fs::read_to_string(top.join("marks")).unwrap();
    std::fs::remove_file(top.join("marks")).unwrap();
    let ids: BTreeMap<usize, CommitId> = marks
        .lines()
        .map(|line| {
            let (mark, id) = line.trim_start_matches(':').split_once(' ').unwrap();
            (mark.parse().unwrap(), id.parse().unwrap())
        })
        .collect();

    let ui = Ui::new(Options::default(), &|_| None);
    let checkout = Checkout::discover(top, &ui).unwrap();
    let (mut clean, mut conflicts, mut crashes) = (0, 0, 0);
    for case in 0..cases {
        let told = format!("seed {}, case {case}", random.seed);
        let [base, theirs, ours] = [4 * case + 2, 4 * case + 3, 4 * case + 4].map(|mark| &ids[&mark]);
        let tree = |commit| checkout.tree_of(Some(commit)).unwrap();
        let picked = checkout.pick(&tree(ours), &tree(base), &tree(theirs));

        read(top, &["checkout", "-q", "--force", "--detach", ours.as_str()]);
        let by_git = git(top, &["cherry-pick", theirs.as_str()], "");
        let unmerged = read(top, &["diff", "--name-only", "--diff-filter=U"]);
        let mut unmerged: Vec<&str> = unmerged.lines().collect();
        unmerged.dedup();
        match &picked {
            // Where git itself crashes, by a failed assertion, there is nothing that could be picked.
            Err(why) => {
                assert!(by_git.status.code().is_none(), "{told}: git picks it, and here: {why:?}");
                assert_eq!(why.kind, Kind::Unknown, "{told}: {why:?}");
                std::fs::remove_file(top.join(".git/index.lock")).ok();
                crashes += 1;
            }
            Ok(Picked::Clean(tree)) => {
                let said = String::from_utf8_lossy(&by_git.stderr).into_owned();
                assert!(by_git.status.success(), "{told}: git says {said}");
                assert_eq!(*tree, read(top, &["rev-parse", "HEAD^{tree}"]), "{told}");
                clean += 1;
            }
            Ok(Picked::Nothing) => {
                assert!(!by_git.status.success() && unmerged.is_empty(), "{told}: git finds something to pick");
            }
            Ok(Picked::Conflicts(found)) => {
                assert!(!by_git.status.success(), "{told}: git has no conflict in {:?}", found.files);
                assert_eq!(found.files, unmerged, "{told}");
                conflicts += 1;
            }
        }
        git(top, &["cherry-pick", "--quit"], "");
        read(top, &["reset", "-q", "--hard"]);
    }
    let told = format!("{clean} clean, {conflicts} conflicts, {crashes} crashes of git, of {cases}");
    assert!(clean * 10 > cases && conflicts * 10 > cases && crashes * 10 < cases, "{told}");
}
