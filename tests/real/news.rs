//! News fragments beside the tools that they come from: blurb and towncrier decide, on generated
//! entries, what is right. `PYFLOW_PEER_BLURB` and `PYFLOW_PEER_TOWNCRIER` name the programs
//! (`tests/real/peers.sh`); `PYFLOW_SOAK` multiplies the entries.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use pyflow::news::blurb::text::{Metadata, parse};
use pyflow::news::blurb::{Blurb, SourceFile, sections};
use pyflow::news::towncrier::{Towncrier, config, render};
use pyflow::news::{Draft, Style as _};
use serde_json::{Value, json};

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let mut trials = Vec::new();
    match peer("PYFLOW_PEER_BLURB") {
        Some(blurb) => {
            let (texts, files) = (blurb.clone(), blurb);
            trials.push(Trial::test("blurb: entries", move || entries(&texts)));
            trials.push(Trial::test("blurb: merge and release", move || merge_and_release(&files)));
        }
        None => absent.push("not run: blurb (PYFLOW_PEER_BLURB is not set)".to_owned()),
    }
    match peer("PYFLOW_PEER_TOWNCRIER") {
        Some(towncrier) => {
            let (create, check, build) = (towncrier.clone(), towncrier.clone(), towncrier);
            trials.push(Trial::test("towncrier: create", move || towncrier_create(&create)));
            trials.push(Trial::test("towncrier: check", move || towncrier_check(&check)));
            trials.push(Trial::test("towncrier: build", move || towncrier_build(&build)));
        }
        None => absent.push("not run: towncrier (PYFLOW_PEER_TOWNCRIER is not set)".to_owned()),
    }
    trials
}

fn peer(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|path| !path.is_empty())
}

fn soak() -> usize {
    std::env::var("PYFLOW_SOAK").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// xorshift64*: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % sides
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }

    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "word",
            "longer-hyphenated-word",
            ":func:`spam.eggs`",
            "x",
            "Fix",
            "a",
            "日本語のとても長い文",
            "ü",
            "e\u{301}",
            "supercalifragilisticexpialidocious_and_then_some_more_of_the_same_without_any_break_in_it_at_all",
            "\u{a0}",
            "\u{3000}",
            "\u{1f}",
            "\u{85}",
            "\u{2028}",
            "\u{200b}",
            "🐍",
            "...",
            "end.",
            "..",
            "#",
            "::",
            "\\",
            "``code  with  blanks``",
            "https://example.org/a/very/long/path/that/does/not/fit/anywhere/at/all/index.html",
        ];
        const GAPS: &[&str] = &[
            " ", " ", " ", " ", " ", "  ", "\t", "\n", "\n", "\r\n", "\n\n", "\n\n", "\n \n", " \t ", "\r", "\n\n\n",
            "\u{b}", "\u{c}",
        ];
        const STARTS: &[&str] = &[
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "* ",
            "- ",
            "1. ",
            "#. ",
            "  ",
            "gh-1: ",
            "Issue #1 ",
            "iſsue #",
            "bpo-9",
            "# ",
            ".. ",
            ".. note: x\n",
            "\t",
            "\u{feff}",
        ];
        const PARAGRAPHS: &[&str] = &[
            "* item\n* other   item",
            "See::",
            "    literal   text\n    more",
            "1. one\n2. two",
            "- x",
            "#. y",
            "x::\n\n\n\ny",
        ];
        let mut out = self.of(STARTS).to_owned();
        for _ in 0..self.roll(60) {
            out.push_str(self.of(PIECES));
            out.push_str(self.of(GAPS));
            if self.roll(12) == 0 {
                out.push_str("\n\n");
                out.push_str(self.of(PARAGRAPHS));
                out.push_str("\n\n");
            }
        }
        out
    }

    fn metadata(&mut self) -> String {
        const LINES: &[&str] = &[
            ".. gh-issue: 123456\n",
            ".. gh-issue: 123456\n",
            ".. gh-issue:32425\n",
            ".. gh-issue: x\n",
            ".. bpo: 12\n",
            ".. GH-Issue : 99999\n",
            ".. section: Library\n",
            ".. section: Library\n",
            ".. section: Security\n",
            ".. section: C API\n",
            ".. section: library\n",
            ".. cve: CVE-2026-12345\n",
            ".. cve: 2026-1\n",
            "#.. cve:\n",
            "#.. cve: 2026-12345\n",
            "# comment\n",
            "\n",
            " \n",
            "..nothing: x\n",
            ".. no colon\n",
            ".. date: 2026\n",
        ];
        let good = ".. gh-issue: 123456\n.. section: Library\n";
        if self.roll(3) > 0 {
            return format!("{good}{}", if self.roll(2) == 0 { "\n" } else { "" });
        }
        (0..self.roll(6)).map(|_| self.of(LINES)).collect()
    }
}

/// Python, with the peer's packages: it stands beside the program.
fn python(program: &str) -> Command {
    Command::new(Path::new(program).parent().unwrap().join("python"))
}

/// Every text is refused by both or read alike by both; what `add` would write has the same name
/// and the same bytes.
fn entries(blurb: &str) -> Result<(), Failed> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/news_peer.py");
    let mut child = python(blurb).arg(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut ask = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let style = Blurb::default();
    let (mut read, mut refused, mut composed, mut stricter) = (0, 0, 0, 0);
    for _ in 0..5_000 * soak() {
        let body = dice.text();
        let in_name = dice.roll(2) == 0;
        let preset: Metadata = if in_name {
            [("gh-issue", "123456"), ("section", "Library"), ("date", "2026-11-20-12-00-00")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        } else {
            Metadata::new()
        };
        let text = if in_name { body.clone() } else { format!("{}{body}", dice.metadata()) };
        // Python's text mode reads every line end as a newline before blurb sees it.
        let seen = text.replace("\r\n", "\n").replace('\r', "\n");
        writeln!(ask, "{}", json!({"text": seen, "metadata": preset, "save": in_name}))?;
        let theirs: Value = serde_json::from_str(&answers.next().ok_or("blurb's Python ended")??)?;
        let ours = parse(text.as_bytes(), preset.clone(), style.rules());
        match (&ours, theirs["entries"].as_array()) {
            (Ok(ours), Some(theirs)) => {
                let ours: Vec<Value> = ours.iter().map(|entry| json!([entry.metadata, entry.body])).collect();
                if ours != *theirs {
                    return Err(format!("{text:?}\nours   {ours:?}\ntheirs {theirs:?}").into());
                }
                read += 1;
            }
            (Err(_), None) => refused += 1,
            (ours, _) => return Err(format!("{text:?}\nours   {ours:?}\ntheirs {theirs}").into()),
        }
        if in_name && theirs["path"].is_string() {
            let draft = Draft {
                issue: "123456".to_owned(),
                section: Some("Library".to_owned()),
                text: text.clone(),
                date: "2026-11-20-12-00-00".to_owned(),
                ..Draft::default()
            };
            match style.compose(&draft, &|_| false) {
                Ok(file) => {
                    if theirs["path"] != format!("./{}", file.path) || theirs["content"] != file.content {
                        return Err(format!("{text:?}\nours   {file:?}\ntheirs {theirs}").into());
                    }
                    composed += 1;
                }
                // What begins like a comment or metadata is lost when blurb reads it as a form.
                Err(_) => stricter += 1,
            }
        }
    }
    drop(ask);
    child.wait()?;
    println!(
        "blurb: {read} entries read alike, {refused} refused by both, {composed} written alike, {stricter} refused by us alone"
    );
    Ok(())
}

/// A tree that blurb takes for CPython's.
fn tree(folder: &Path) {
    for (name, text) in [
        ("README.rst", "This is Python version 3.15.0 alpha 0\n"),
        ("LICENSE", "A. HISTORY OF THE SOFTWARE\n"),
        ("Include/Python.h", ""),
        ("Python/ceval.c", ""),
    ] {
        write(folder, name, text.as_bytes());
    }
    let git = |arguments: &[&str]| Command::new("git").current_dir(folder).args(arguments).output().unwrap();
    git(&["init", "-q"]);
    git(&["config", "user.name", "x"]);
    git(&["config", "user.email", "x@example.org"]);
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Trees of generated fragments and versions, merged and released by both.
fn merge_and_release(blurb: &str) -> Result<(), Failed> {
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let style = Blurb::default();
    let (mut trees, mut fragments, mut refused) = (0, 0, 0);
    for round in 0..20 * soak() {
        let folder = tempfile::tempdir()?;
        tree(folder.path());
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for number in 0..dice.roll(120) {
            let section = sections::SECTIONS[dice.roll(sections::SECTIONS.len())];
            let name = if dice.roll(8) == 0 { sections::legacy_folder(section) } else { sections::folder(section) };
            let issue = if dice.roll(5) == 0 { "bpo-12".to_owned() } else { format!("gh-issue-{}", 100_000 + number) };
            let path = format!(
                "Misc/NEWS.d/next/{name}/2026-01-{:02}-00-00-{:02}.{issue}.n{number}.rst",
                1 + dice.roll(28),
                dice.roll(60)
            );
            let mut text = dice.text();
            let cve = if section == "Security" && dice.roll(2) == 0 { ".. cve: cve-2026-12345\n\n" } else { "" };
            if parse(text.as_bytes(), good(), style.rules())
                .is_ok_and(|entries| entries.len() == 1 && entries[0].metadata.len() == 2)
            {
                text = format!("{cve}{text}");
            } else {
                text = format!("{cve}Fix spam number {number}.\n");
            }
            // What cannot be released by itself would spoil the release of the whole tree.
            let alone = style.source(path.clone(), text.as_bytes());
            if round % 5 > 0 && style.release("3.15.0a1", "2026-01-01", &[alone]).is_err() {
                text = format!("{cve}Fix eggs number {number}.\n");
            }
            files.insert(path, text.into_bytes());
        }
        for version in ["3.14.0a1", "3.14.0", "3.9.10rc1", "2.7.18", "3.14.0b2"] {
            if dice.roll(2) == 0 {
                let text = if dice.roll(4) == 0 {
                    format!(
                        ".. date: 2026-01-01\n.. gh-issue: 0\n.. no changes: True\n.. nonce: x\n.. release date: 2026-01-01\n.. section: Library\n\nNo changes in {version}.\n"
                    )
                } else {
                    let one = ".. gh-issue: 123456\n.. nonce: a\n.. release date: 2026-01-02\n.. section: Library\n\nOne  thing.\n";
                    format!(
                        "{one}\n..\n\n.. bpo: 1\n.. date: y\n.. nonce: b\n.. section: C API\n\n* a\n* list::\n\n    code\n"
                    )
                };
                files.insert(format!("Misc/NEWS.d/{version}.rst"), text.into_bytes());
            }
        }
        files.insert("Misc/NEWS.d/next/Library/README.rst".to_owned(), b"Not an entry.\n".to_vec());
        for (path, content) in &files {
            write(folder.path(), path, content);
        }
        let run = |arguments: &[&str]| {
            Command::new(blurb).current_dir(folder.path()).env("TZ", "UTC").args(arguments).output().unwrap()
        };
        let ours: Vec<SourceFile> = files.iter().map(|(path, content)| style.source(path.clone(), content)).collect();
        let merged = style.merge(&ours).map_err(|error| error.to_string())?;
        let output = run(&["merge", "-f", "out"]);
        let theirs = std::fs::read_to_string(folder.path().join("out")).unwrap_or_default();
        if merged != theirs {
            return Err(format!(
                "tree {round}: merge differs\n{}\n{}",
                first_difference(&merged, &theirs),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        let output = run(&["release", "3.15.0a1"]);
        let theirs = std::fs::read_to_string(folder.path().join("Misc/NEWS.d/3.15.0a1.rst")).unwrap_or_default();
        let date =
            theirs.lines().find_map(|line| line.strip_prefix(".. release date: ")).unwrap_or("2026-01-01").to_owned();
        match style.release("3.15.0a1", &date, &ours) {
            Ok(file) if output.status.success() && file.content == theirs => {}
            // blurb notices after the fragments are gone.
            Err(_) if !output.status.success() => refused += 1,
            other => {
                let ours = other.map_or_else(|error| error.to_string(), |file| file.content);
                return Err(format!(
                    "tree {round}: release differs\n{}\n{}",
                    first_difference(&ours, &theirs),
                    String::from_utf8_lossy(&output.stderr)
                )
                .into());
            }
        }
        trees += 1;
        fragments += style.released(&ours).len();
    }
    println!(
        "blurb: {trees} trees with {fragments} fragments merged alike, {} released alike, {refused} refused by both",
        trees - refused
    );
    Ok(())
}

fn good() -> Metadata {
    [("gh-issue", "123456"), ("section", "Library")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn first_difference(ours: &str, theirs: &str) -> String {
    let at = ours
        .lines()
        .zip(theirs.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| ours.lines().count().min(theirs.lines().count()));
    format!("line {}: ours {:?}, theirs {:?}", at + 1, ours.lines().nth(at), theirs.lines().nth(at))
}

/// Generated projects, built by both.
fn towncrier_build(towncrier: &str) -> Result<(), Failed> {
    const CONFIGS: &[&str] = &[
        "",
        "wrap = true\n",
        "wrap = 40\n",
        "all_bullets = false\n",
        "all_bullets = false\nwrap = 30\n",
        "issue_format = \"`gh-{issue} <https://example.org/{issue}>`_\"\n",
        "underlines = [\"*\", \"^\", \"#\"]\n",
        "title_format = \"{name} {version} -- {project_date}\"\n",
        "title_format = false\n",
        "underlines = \"#-=\"\n",
        "[[tool.towncrier.section]]\nname = \"\"\npath = \"\"\n[[tool.towncrier.section]]\nname = \"Wéb\"\npath = \"web\"\n",
        "[tool.towncrier.fragment.chore]\n[tool.towncrier.fragment.breaking]\nname = \"Breaking!\"\n[tool.towncrier.fragment.misc]\nshowcontent = false\n",
        "[[tool.towncrier.type]]\nname = \"Feature\"\nshowcontent = true\n[[tool.towncrier.type]]\ndirectory = \"bugfix\"\nname = \"Bug\"\nshowcontent = false\n",
    ];
    const MARKDOWN: &[&str] = &[
        "",
        "title_format = \"## {version} ({project_date})\"\n",
        "issue_format = \"[#{issue}]: https://example.org/{issue}\"\n",
        "wrap = 50\n",
    ];
    let mut dice = Dice(0xA076_1D64_78BD_642F);
    let mut fragments = 0;
    let rounds = 60 * soak();
    for round in 0..rounds {
        let folder = tempfile::tempdir()?;
        let markdown = dice.roll(3) == 0;
        let options = if markdown { dice.of(MARKDOWN) } else { dice.of(CONFIGS) };
        let file = if markdown { "CHANGES.md" } else { "CHANGES.rst" };
        let text =
            format!("[tool.towncrier]\nname = \"Späm\"\ndirectory = \"changes\"\nfilename = \"{file}\"\n{options}");
        write(folder.path(), "towncrier.toml", text.as_bytes());
        let style = Towncrier { config: config::parse(Some(&text), None).map_err(|e| e.to_string())?.unwrap() };
        let mut ours = Vec::new();
        for number in 0..dice.roll(25) {
            let section = &style.config.sections[dice.roll(style.config.sections.len())];
            let kinds = style.choices();
            let kind = &kinds[dice.roll(kinds.len())];
            let issue = match dice.roll(6) {
                0 => format!("+orphan{number}"),
                1 => format!("gh-{number}"),
                2 => format!("word{number}x"),
                _ => format!("{number}"),
            };
            let content = if dice.roll(3) == 0 {
                dice.of(&["The same text.\n", "See::\n\n    code\n", "- a\n  - b\n", "* star\n", "#. number\n"])
                    .to_owned()
            } else {
                format!("n{number} {}", dice.text())
            };
            let path = format!("{}/{issue}.{kind}.rst", section.folder);
            write(folder.path(), &path, content.as_bytes());
            ours.push((path, content));
        }
        let before = (dice.roll(2) == 0).then(|| {
            let start = style.config.start_string.trim_end();
            if dice.roll(2) == 0 {
                format!("Changes\n=======\n\n{start}\n\nOld  text\n")
            } else {
                "Older text\nonly\n".to_owned()
            }
        });
        if let Some(before) = &before {
            write(folder.path(), file, before.as_bytes());
        }
        Command::new("git").current_dir(folder.path()).args(["init", "-q"]).output()?;
        std::fs::create_dir_all(folder.path().join("changes"))?;
        let output = Command::new(towncrier)
            .current_dir(folder.path())
            .args(["build", "--yes", "--version", "1.2.3", "--date", "2026-11-20"])
            .output()?;
        let release = render::Release { version: "1.2.3", date: "2026-11-20" };
        let made = render::release(&style, &release, &ours, before.as_deref()).map_err(|error| error.to_string())?;
        let theirs =
            String::from_utf8_lossy(&std::fs::read(folder.path().join(&made.path)).unwrap_or_default()).into_owned();
        if !output.status.success() || made.content != theirs {
            return Err(format!(
                "round {round}: {options:?}\n{}\n{}",
                first_difference(&made.content, &theirs),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        fragments += ours.len();
    }
    println!("towncrier: {rounds} projects with {fragments} fragments built alike");
    Ok(())
}

/// New fragments get the same names and the same bytes, also where the name is taken.
fn towncrier_create(towncrier: &str) -> Result<(), Failed> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let rounds = 40 * soak();
    let text = "[tool.towncrier]\ndirectory = \"changes\"\nfilename = \"CHANGES.rst\"\n";
    let style = Towncrier { config: config::parse(Some(text), None).map_err(|e| e.to_string())?.unwrap() };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "towncrier.toml", text.as_bytes());
    for round in 0..rounds {
        let kinds = style.choices();
        let (kind, issue) = (&kinds[dice.roll(kinds.len())], dice.of(&["1", "2", "34567", "gh-8", "word"]));
        let body = dice.of(&[
            "One line",
            "Two\nlines",
            "Ends with a line\n",
            "ünïcödé 日本",
            "``code``  twice",
            "- a list\n- of two",
        ]);
        let draft =
            Draft { issue: issue.to_owned(), kind: Some(kind.clone()), text: body.to_owned(), ..Draft::default() };
        let ours =
            style.compose(&draft, &|path| folder.path().join(path).exists()).map_err(|error| error.to_string())?;
        let output = Command::new(towncrier)
            .current_dir(folder.path())
            .args(["create", "--content", body, &format!("{issue}.{kind}.rst")])
            .output()?;
        let theirs = std::fs::read(folder.path().join(&ours.path));
        if !output.status.success() || theirs.as_ref().map_or(true, |theirs| *theirs != ours.content.as_bytes()) {
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            return Err(format!("round {round}: ours {ours:?}\ntheirs {theirs:?}\n{said}").into());
        }
    }
    println!("towncrier: {rounds} fragments created alike");
    Ok(())
}

/// A branch: its name, the files that it changes, and whether ours is the stricter one.
type Branch = (&'static str, &'static [(&'static str, &'static str)], bool);

/// Whether a branch has what it needs. `stricter`: ours finds a fault that the tool lets through.
fn towncrier_check(towncrier: &str) -> Result<(), Failed> {
    let cases: &[Branch] = &[
        ("nothing", &[], false),
        ("code alone", &[("spam.py", "x = 1\n")], false),
        ("code and a fragment", &[("spam.py", "x = 1\n"), ("changes/1.feature.rst", "Add spam.\n")], false),
        ("a fragment alone", &[("changes/1.bugfix.rst", "Fix spam.\n")], false),
        ("an orphan", &[("spam.py", "x = 1\n"), ("changes/+a.misc.rst", "Spam.\n")], false),
        ("the news file", &[("CHANGES.rst", "New\n")], false),
        ("a type that is none", &[("spam.py", "x = 1\n"), ("changes/1.spam.rst", "Add spam.\n")], false),
        ("another folder", &[("spam.py", "x = 1\n"), ("news/1.feature.rst", "Add spam.\n")], false),
        ("an empty fragment", &[("spam.py", "x = 1\n"), ("changes/1.feature.rst", "")], true),
        ("a README beside it", &[("changes/1.feature.rst", "Add spam.\n"), ("changes/README.md", "About\n")], false),
    ];
    let git = |folder: &Path, arguments: &[&str]| {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        Command::new("git").current_dir(folder).args(identity).args(arguments).output()
    };
    for (what, files, stricter) in cases {
        let folder = tempfile::tempdir()?;
        let config = "[tool.towncrier]\ndirectory = \"changes\"\nfilename = \"CHANGES.rst\"\n";
        write(folder.path(), "towncrier.toml", config.as_bytes());
        write(folder.path(), "changes/.gitignore", b"!.gitignore\n");
        git(folder.path(), &["init", "-q", "-b", "main"])?;
        git(folder.path(), &["add", "."])?;
        git(folder.path(), &["commit", "-q", "-m", "Begin"])?;
        git(folder.path(), &["checkout", "-q", "-b", "work"])?;
        for (name, content) in *files {
            write(folder.path(), name, content.as_bytes());
        }
        git(folder.path(), &["add", "."])?;
        git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "Work"])?;
        let theirs =
            Command::new(towncrier).current_dir(folder.path()).args(["check", "--compare-with", "main"]).output()?;
        let ours = Command::new(crate::sandbox::PYFLOW)
            .current_dir(folder.path())
            .args(["news", "check", "main"])
            .env("PYFLOW_NEWS_REQUIRED", "true")
            .output()?;
        let (theirs_pass, ours_pass) = (theirs.status.success(), ours.status.success());
        let pointless = *stricter && !theirs_pass;
        if ours_pass != (theirs_pass && !stricter) || pointless {
            let said = |output: &std::process::Output| {
                (String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr)).into_owned()
            };
            return Err(format!("{what}: theirs {}\nours {}", said(&theirs), said(&ours)).into());
        }
    }
    println!("towncrier: {} branches checked, as written", cases.len());
    Ok(())
}
