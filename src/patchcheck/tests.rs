//! The room as a whole: tables from the tools' own rules, what reindent.py made of generated files,
//! and properties.

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::rules::{Answer, Checker, Preset, Rules, Scope};
use super::{Examined, Language, Level, examine, python};

fn look(language: Language, text: &str) -> Examined {
    examine(Some(language), text.as_bytes())
}

/// `LINE RULE`, with `!` where it is repaired.
fn told(examined: &Examined) -> String {
    let one = |f: &super::Finding| {
        let line = f.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        format!("{line} {}{}", f.rule, if f.repaired { "!" } else { "" })
    };
    examined.findings.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(language: Language, before: &str, after: &str, findings: &str) {
    let examined = look(language, before);
    let repaired = examined.repaired.as_deref().unwrap_or(before.as_bytes());
    assert_eq!(String::from_utf8_lossy(repaired), after, "{before:?}");
    assert_eq!(told(&examined), findings, "{before:?}");
}

#[test]
fn python_as_reindent_decides_it() {
    let check = |before: &str, after: &str, findings: &str| check(Language::Python, before, after, findings);
    check("", "", "");
    check("\n \n\t\n", "", "1 final-newline!, 2 trailing-space!");
    check("x = 1", "x = 1\n", "1 final-newline!");
    check("x = 1  \n\n\n", "x = 1\n", "1 trailing-space!, 2 final-newline!");
    check("if x:\n  y\n", "if x:\n    y\n", "2 indentation!");
    check("if x:\n\ty\n", "if x:\n    y\n", "2 indentation!, 2 tab!");
    check("if x:\n        y\n\tz\n", "if x:\n    y\n    z\n", "2 indentation!, 3 indentation!, 3 tab!");
    check("x = 1\t# é\n", "x = 1   # é\n", "1 tab!");
    check("é = 1\t# é\n", "é = 1   # é\n", "1 tab!");
    // Continuation lines move with their statement.
    check("if x:\n  f(1,\n    2)\n", "if x:\n    f(1,\n      2)\n", "2 indentation!");
    check("if x:\n      f(1,\n  2)\n", "if x:\n    f(1,\n2)\n", "2 indentation!");
    // Comments: as the line before with the same indentation, as the next statement, as it hangs.
    check("if x:\n  y\n  # c\n", "if x:\n    y\n    # c\n", "2 indentation!, 3 indentation!");
    check("if x:\n  # c\n  y\n", "if x:\n    # c\n    y\n", "2 indentation!, 3 indentation!");
    check("if x:\n  y  # a\n     # b\n", "if x:\n    y  # a\n       # b\n", "2 indentation!, 3 indentation!");
    check("if x:\n# c\n  y\n", "if x:\n# c\n    y\n", "3 indentation!");
    check("  # alone\n", "  # alone\n", "");
    // Form feeds stay; where one stands in front, the columns behind it count.
    check("x\n\x0c\ny\n", "x\n\x0c\ny\n", "");
    check("\x0cif x:\n    y\n", "\x0cif x:\n    y\n", "");
    // What ends lines stays; a mixture becomes what most have.
    check("if x:\r\n  y\r\n", "if x:\r\n    y\r\n", "2 indentation!");
    check("x\ry\r", "x\ry\r", "");
    // A backslash wants a line behind it.
    check("x = 1 \\\n \n\n", "x = 1 \\\n\n", "2 trailing-space!, 3 final-newline!");
    check("# x \\\n\n", "# x \\\n", "2 final-newline!");
    check("x\r\ny\r\nz\n", "x\r\ny\r\nz\r\n", "3 newlines!");
    check("x\ry\n", "x\ry\n", "1 newlines");
    // A mark and a cookie stay.
    check("\u{feff}if x:\n  y\n", "\u{feff}if x:\n    y\n", "2 indentation!");
}

#[test]
fn strings_are_told_and_not_rewritten() {
    let check = |before: &str, after: &str, findings: &str| check(Language::Python, before, after, findings);
    check("x = '\t'\t# c\n", "x = '\t'       # c\n", "1 tab!, 1 string-blanks");
    check("x = '''a \n\tb\n'''  \n", "x = '''a \n\tb\n'''\n", "1 string-blanks, 2 string-blanks, 3 trailing-space!");
    check("if x:\n  y = '''\n  a\n'''\n", "if x:\n    y = '''\n  a\n'''\n", "2 indentation!");
    // A docstring moves with its statement.
    check(
        "def f():\n  '''Doc. \n\n  More.\ta\n  '''\n",
        "def f():\n    '''Doc.\n\n    More.\ta\n    '''\n",
        "2 indentation!, 2 trailing-space!, 4 string-blanks",
    );
    // Behind a backslash, indentation is text.
    check("if x:\n  '''a \\\n  b'''\n", "if x:\n    '''a \\\n  b'''\n", "2 indentation!");
    // Nested quotes (PEP 701), in all kinds of fields.
    for line in [
        r#"f"{a["x("]}""#,
        r##"f"{a["#"]:{b["("]}}""##,
        r"rf'\{x}{{'",
        r#"f"\N{LEFT PARENTHESIS}("#,
        r#"t"{f"{'('}"}""#,
    ] {
        let quoted = if line.contains("LEFT") { format!("{line}\"") } else { line.to_owned() };
        let before = format!("if x:\n  y = {quoted}\n  z\n");
        check(&before, &before.replace("\n  ", "\n    "), "2 indentation!, 3 indentation!");
    }
    // One that is none is a string like others.
    check("if x:\n  y = f'{'\n  z\n", "if x:\n    y = f'{'\n    z\n", "2 indentation!, 3 indentation!");
}

#[test]
fn what_is_no_python_is_told_and_left_alone() {
    let check = |before: &str, findings: &str| check(Language::Python, before, before, findings);
    check("x = '''  \n", "1 syntax");
    check("y\nx = (1,\n2  \n", "2 syntax");
    check("if x:\n    y\n  z  \n", "3 syntax");
    check("# coding: big5\nx  \n", "1 encoding");
    let latin1 = examine(Some(Language::Python), b"x\ny  # \xe9\n");
    assert_eq!(told(&latin1), "2 encoding");
    let declared = examine(Some(Language::Python), b"# coding: latin-1\ny  = '\xe9'\t# \xe9 \n");
    assert_eq!(declared.repaired.as_deref(), Some(&b"# coding: latin-1\ny  = '\xe9'        # \xe9\n"[..]));
}

#[test]
fn c_text_and_rst() {
    check(Language::C, "\tx;\t/* a\tb */ \n", "        x;      /* a    b */\n", "1 trailing-space!, 1 tab!");
    check(
        Language::C,
        "a = \"\t\";\t// '\n\tb\n",
        "a = \"\t\";      // '\n        b\n",
        "1 tab!, 1 string-blanks, 2 tab!",
    );
    check(Language::C, "c = '\\'';\t'\"'\tx", "c = '\\'';       '\"'     x\n", "1 tab!, 1 final-newline!");
    check(Language::C, "/* \"\n\t*/\n\té\tx\n", "/* \"\n        */\n        é       x\n", "2 tab!, 3 tab!");
    check(Language::C, "// a \\\n\"\tb\n\tc\n", "// a \\\n\"       b\n        c\n", "2 tab!, 3 tab!");
    check(Language::C, "\u{feff}\tx\n", "\u{feff}        x\n", "1 tab!");
    check(Language::Text, "a \n\tb\nc\x0c\nd", "a\n\tb\nc\x0c\nd\n", "1 trailing-space!, 4 final-newline!");
    check(Language::Text, "a \r\nb\r\n", "a\r\nb\r\n", "1 trailing-space!");
    check(Language::Text, "a\nb\r\nc\n", "a\nb\nc\n", "2 newlines!");
    check(Language::Rst, "Title\x0c \n=======\n", "Title\n=======\n", "1 trailing-space!");
    check(Language::Text, "\0 \n", "\0 \n", "");
}

#[test]
fn what_is_wrong_in_every_text() {
    let look = |bytes: &[u8]| told(&examine(None, bytes));
    assert_eq!(look(b"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n"), "2 conflict-marker, 6 conflict-marker");
    assert_eq!(look(b"Title\n=======\n<<<<<<<\n<<<<<<<  x\n <<<<<<< x\n<<<<<<<<< x\n"), "");
    assert_eq!(look("a\nif x:\u{2066} # \u{202e}\n".as_bytes()), "2 bidi");
    assert_eq!(look("\u{200b}\u{e9}\u{2014} a  \n".as_bytes()), "");
    assert_eq!(look(&vec![b'x'; super::text::LARGE + 1]), "- size");
    assert_eq!(look(b"\0<<<<<<< HEAD\n"), "");
    let level = |language, bytes: &[u8]| examine(language, bytes).findings[0].level;
    assert_eq!(level(Some(Language::C), "\u{202e}\n".as_bytes()), Level::Require);
    assert_eq!(level(None, "\u{202e}\n".as_bytes()), Level::Warn);
}

#[test]
fn the_classic_list() {
    let checker = Checker::new(&Rules::default().and(Some(Preset::CPython)));
    for (path, scope) in [
        ("setup.py", Scope::Judged(Some(Language::Python))),
        ("Lib/test/x.py", Scope::Judged(Some(Language::Python))),
        ("Python/ceval.c", Scope::Judged(Some(Language::C))),
        ("Doc/library/x.rst", Scope::Judged(Some(Language::Rst))),
        ("Doc/x.inc", Scope::Judged(Some(Language::Rst))),
        ("README.rst", Scope::Judged(None)),
        ("Modules/expat/xmlparse.c", Scope::Excluded),
        ("Modules/_ctypes/libffi_osx/x/ffi.c", Scope::Excluded),
        ("Modules/expatriate.c", Scope::Judged(Some(Language::C))),
        ("Tools/c-analyzer/cpython/_parser.py", Scope::Excluded),
    ] {
        assert_eq!(checker.scope(path.as_bytes()), scope, "{path}");
    }
    let answers = |changed: &[&str]| {
        let changed: Vec<&[u8]> = changed.iter().map(|path| path.as_bytes()).collect();
        let answers = checker.answers(&changed);
        answers
            .into_iter()
            .filter(|(_, answer, _)| *answer != Answer::NotNeeded)
            .map(|(rule, answer, _)| format!("{} {answer:?}", rule.id))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(answers(&[]), "");
    assert_eq!(answers(&["Lib/os.py"]), "docs No, acks No, news No, tests Reminder");
    assert_eq!(answers(&["Lib/os.py", "a.c"]), "docs No, acks No, news No, refleaks Reminder");
    assert_eq!(
        answers(&["configure.ac", "configure", "Misc/ACKS", "Misc/NEWS.d/next/Build/x.rst", "Doc/a.rst"]),
        "docs Yes, acks Yes, news Yes, configure Yes, pyconfig No"
    );
}

/// Files that look like Python, often enough.
fn source() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        6 => Just("x = 1"), 3 => Just("if x:"), 3 => Just("def f():"), 3 => Just("# comment"), 2 => Just(""),
        1 => Just("y = (1,"), 1 => Just("2)"), 1 => Just("z = 1 \\"), 1 => Just("'''Doc"), 1 => Just("end'''"),
        1 => Just("a = '''one line'''"), 1 => Just("x = 2\t# tab"), 1 => Just("\x0c"), 1 => Just("\x0cy = 2"),
        1 => Just("s = 'it''s' + \"#\""), 1 => Just("é = 'ü'\t# ß"), 1 => Just("else:"), 1 => Just("b = rb'\\'' "),
        1 => Just("'unclosed"), 1 => Just("?"), 1 => Just("\\"), 1 => Just("t = 'a\\\nb'"), 1 => Just("]"),
    ];
    let indent = prop_oneof![4 => Just(""), 4 => Just("  "), 4 => Just("    "), 2 => Just("\t"), 1 => Just("   "), 1 => Just("      "), 1 => Just(" \t"), 1 => Just("        ")];
    let end = prop_oneof![12 => Just("\n"), 1 => Just(" \n"), 1 => Just("\t\n"), 1 => Just("  \t \n")];
    let lines = proptest::collection::vec((indent, line, end), 0..12);
    (lines, any::<bool>(), prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")]).prop_map(
        |(lines, ended, newline)| {
            let text: String = lines.iter().flat_map(|(indent, line, end)| [*indent, *line, *end]).collect();
            let text = if ended { text } else { text.trim_end_matches('\n').to_owned() };
            text.replace('\n', newline)
        },
    )
}

fn languages() -> impl Strategy<Value = Language> {
    prop_oneof![Just(Language::Python), Just(Language::C), Just(Language::Rst), Just(Language::Text)]
}

fn repaired(language: Language, bytes: &[u8]) -> Vec<u8> {
    examine(Some(language), bytes).repaired.unwrap_or_else(|| bytes.to_vec())
}

fn holds(language: Language, before: &[u8]) -> Result<(), TestCaseError> {
    let first = examine(Some(language), before);
    let says = first.findings.iter().any(|finding| finding.repaired);
    prop_assert_eq!(says, first.repaired.is_some(), "a finding that is repaired and a repair go together");
    let after = repaired(language, before);
    let again = examine(Some(language), &after);
    prop_assert_eq!(&again.repaired, &None, "once is enough: {:?}", String::from_utf8_lossy(&after));
    prop_assert!(!again.findings.iter().any(|finding| finding.repaired), "{:?}", again.findings);
    // Only blanks and newlines differ.
    let rest =
        |bytes: &[u8]| bytes.iter().copied().filter(|b| !b.is_ascii_whitespace() && *b != 0x0b).collect::<Vec<u8>>();
    prop_assert_eq!(rest(before), rest(&after));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repairs_are_complete_and_touch_only_blanks(source in source(), language in languages()) {
        holds(language, source.as_bytes())?;
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), language in languages()) {
        holds(language, &bytes)?;
    }

    #[test]
    fn no_tokens_make_it_panic(text in "('|\"|'''|\"\"\"|f|rb|\\{|\\}|\\(|\\)|\\[|\\]|:|!|\\\\|\n|\r|\t| |  |#|x|1|é|\u{c}){0,60}", language in languages()) {
        holds(language, text.as_bytes())?;
    }
}

/// A file, and what reindent.py made of it; `null` where it gave up.
#[derive(serde::Serialize, serde::Deserialize)]
struct Vector {
    before: String,
    after: Option<String>,
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/patchcheck/reindent.json")
}

/// Ours, or `None` where it gives up as the tool does.
fn ours(before: &[u8]) -> Option<Vec<u8>> {
    let examined = python::examine(before);
    let gave_up = |rule| matches!(rule, "syntax" | "encoding");
    if examined.findings.iter().any(|f| gave_up(f.rule) || (f.rule == "newlines" && !f.repaired)) {
        return None;
    }
    Some(examined.repaired.unwrap_or_else(|| before.to_vec()))
}

/// Equal, but for blanks on lines with a part of a string literal that is no docstring, which the
/// tool rewrites, and in files with an indented backslash alone on a line.
fn agree(before: &[u8], ours: &[u8], theirs: &[u8]) -> bool {
    if ours == theirs {
        return true;
    }
    let squeezed = |line: &[u8]| line.iter().copied().filter(|b| !matches!(b, b' ' | b'\t')).collect::<Vec<u8>>();
    let is_alone = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
    if before.split(|b| matches!(b, b'\n' | b'\r')).any(|line| is_alone(line) && line.trim_ascii() == b"\\") {
        return squeezed(ours).trim_ascii_end() == squeezed(theirs).trim_ascii_end();
    }
    if let Some(theirs) = [&b"\\\n"[..], b"\\\r\n", b"\\\r"].iter().find_map(|end| theirs.strip_suffix(*end)) {
        return ours.starts_with(theirs) && ours[theirs.len()..].trim_ascii_end() == b"\\";
    }
    let lines = |bytes: &[u8]| {
        let text = bytes.to_vec();
        let end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
        text.split(|b| *b == end).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let spared = python::spared_lines(before);
    let (ours, theirs) = (lines(ours), lines(theirs));
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).enumerate().all(|(at, (ours, theirs))| {
            ours == theirs || (spared.contains(&(at + 1)) && squeezed(ours) == squeezed(theirs))
        })
}

#[test]
fn recorded_answers_of_reindent() {
    let vectors: Vec<Vector> = serde_json::from_str(&std::fs::read_to_string(vectors()).unwrap()).unwrap();
    assert!(vectors.len() >= 300);
    for Vector { before, after } in vectors {
        match (ours(before.as_bytes()), after) {
            (None, None) => {}
            (Some(ours), Some(theirs)) => {
                assert!(
                    agree(before.as_bytes(), &ours, theirs.as_bytes()),
                    "{before:?}\nours:   {:?}\ntheirs: {theirs:?}",
                    String::from_utf8_lossy(&ours)
                );
            }
            (ours, theirs) => panic!(
                "{before:?}\nours:   {:?}\ntheirs: {theirs:?}",
                ours.map(|ours| String::from_utf8_lossy(&ours).into_owned())
            ),
        }
    }
}

/// What reindent.py (`PYFLOW_REINDENT`) makes of generated files, and of those below
/// `PYFLOW_PYTHON_CORPUS`, as they are and spoiled. Python 3.11 or older: later ones divide files
/// into tokens in another way. `PYFLOW_UPDATE_EXPECTED` records the first generated ones; where the
/// tool is not named, these recorded answers stand for it, in the test above.
#[test]
fn agrees_with_reindent() {
    let Ok(tool) = std::env::var("PYFLOW_REINDENT") else { return };
    let factor: usize = std::env::var("PYFLOW_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<Vec<u8>> = Vec::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..4000 * factor {
        cases.push(source().new_tree(&mut runner).unwrap().current().into_bytes());
    }
    let generated = cases.len();
    if let Ok(corpus) = std::env::var("PYFLOW_PYTHON_CORPUS") {
        let mut folders = vec![PathBuf::from(corpus)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "py") {
                    let bytes = std::fs::read(path).unwrap();
                    cases.push(spoiled(&bytes, b"\t", b"  "));
                    cases.push(spoiled(&bytes, b"  ", b"\t "));
                    cases.push(bytes);
                }
            }
        }
    }
    let name = |at: usize, kind: &str| folder.path().join(format!("{at}.{kind}"));
    for (at, case) in cases.iter().enumerate() {
        std::fs::write(name(at, "before"), case).unwrap();
        if let Some(ours) = ours(case) {
            std::fs::write(name(at, "ours"), ours).unwrap();
        }
    }
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/patchcheck/oracle.py");
    let status = Command::new("python3").arg(oracle).arg(tool).arg(folder.path()).status().unwrap();
    assert!(status.success());
    let mut wrong = Vec::new();
    let mut recorded = Vec::new();
    let (mut same, mut refused, mut spared, mut programs) = (0, 0, 0, 0);
    for (at, before) in cases.iter().enumerate() {
        let theirs = std::fs::read(name(at, "after")).ok();
        let ours = ours(before);
        if at < 400 {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            recorded.push(Vector { before: text(before), after: theirs.as_deref().map(text) });
        }
        match (&ours, &theirs) {
            (None, None) => refused += 1,
            (Some(ours), Some(theirs)) if ours == theirs => same += 1,
            (Some(ours), Some(theirs)) if agree(before, ours, theirs) => spared += 1,
            // It knows `utf8` beside a byte order mark by the name `utf-8` only.
            (Some(_), None) if std::fs::read_to_string(name(at, "refused")).unwrap().contains("encoding problem") => {}
            _ => wrong.push((at, "reindent")),
        }
        match std::fs::read_to_string(name(at, "ast")).as_deref() {
            Ok("same") => programs += 1,
            Ok("no program") | Err(_) => {}
            Ok(_) => wrong.push((at, "ast")),
        }
    }
    if std::env::var_os("PYFLOW_UPDATE_EXPECTED").is_some() {
        std::fs::write(vectors(), serde_json::to_string_pretty(&recorded).unwrap() + "\n").unwrap();
    }
    let told = format!(
        "{generated} generated, {} in all: {same} same, {spared} same but for strings, {refused} refused by both; {programs} compared as programs\n",
        cases.len()
    );
    // What it was shown on is the result of a test that is run by hand.
    std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
    let shown: Vec<String> = wrong
        .iter()
        .take(9)
        .map(|(at, what)| {
            let text = |kind| {
                std::fs::read(name(*at, kind))
                    .map(|b| String::from_utf8_lossy(&b).chars().take(600).collect::<String>())
            };
            format!(
                "{what}\nbefore {:?}\nours   {:?}\ntheirs {:?}\nrefused {:?}\nast {:?}",
                text("before"),
                text("ours"),
                text("after"),
                text("refused"),
                text("ast")
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shown.join("\n\n"));
}

/// What untabify.py (`PYFLOW_UNTABIFY`) makes of generated files, and of those below `PYFLOW_C_CORPUS`.
///
/// Two things are ours alone: blanks at the end of lines go, and a tab inside a literal stays. So
/// what is compared is the tool's text without such blanks, and ours with the tabs expanded that
/// are left; and tabs are left in lines with a quotation mark only, or after one.
#[test]
fn agrees_with_untabify() {
    let Ok(tool) = std::env::var("PYFLOW_UNTABIFY") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<Vec<u8>> = Vec::new();
    let mut runner = TestRunner::deterministic();
    let pieces = "(\t|  | |x|é|日|\"|'|\\\\|/\\*|\\*/|//|\n|\n\t|\\{|#|\u{c}|\t\n){0,60}";
    let sources = proptest::string::string_regex(pieces).unwrap();
    for number in 0..4000 {
        let mark = if number % 50 == 0 { "\u{feff}" } else { "" };
        cases.push(format!("{mark}{}", sources.new_tree(&mut runner).unwrap().current()).into_bytes());
    }
    let generated = cases.len();
    let mut folders: Vec<PathBuf> = std::env::var("PYFLOW_C_CORPUS").into_iter().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|e| e == "c" || e == "h") {
                cases.push(std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let name = |at: usize, kind: &str| folder.path().join(format!("{at}.{kind}"));
    for (at, case) in cases.iter().enumerate() {
        std::fs::write(name(at, "before"), case).unwrap();
    }
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/patchcheck/oracle.py");
    assert!(Command::new("python3").arg(oracle).arg(tool).arg(folder.path()).status().unwrap().success());
    let (mut compared, mut refused, mut wrong) = (0, 0, Vec::new());
    for (at, before) in cases.iter().enumerate() {
        let examined = examine(Some(Language::C), before);
        let (Ok(before), Ok(theirs)) = (std::str::from_utf8(before), std::fs::read_to_string(name(at, "after"))) else {
            // The tool wants to decode what it reads; ours does not.
            refused += 1;
            continue;
        };
        if examined.findings.iter().any(|finding| finding.rule == "newlines") {
            refused += 1;
            continue;
        }
        let ours = examined.repaired.map_or_else(|| before.to_owned(), |ours| String::from_utf8(ours).unwrap());
        let plain = ours.replace("\r\n", "\n");
        let kept = plain.contains('\t') && !plain.contains(['"', '\'']);
        let blank = |c: char| matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}');
        let bare = |text: &str| {
            text.trim_end().split('\n').map(|line| line.trim_end_matches(blank).to_owned()).collect::<Vec<_>>()
        };
        compared += 1;
        if kept || bare(&expanded(&plain)) != bare(&theirs) {
            wrong.push(format!("before {before:?}\nours   {plain:?}\ntheirs {theirs:?}"));
        }
    }
    let told = format!("untabify: {generated} generated, {compared} compared, {refused} refused by it or unclear\n");
    std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n")
    );
}

/// Python's `str.expandtabs(8)`.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            // The tool decodes a byte order mark away.
            '\u{feff}' if out.is_empty() => out.push(c),
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

/// The indentation of each line rewritten: each four spaces as `unit`, and `tail` at some ends.
fn spoiled(bytes: &[u8], unit: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        let spaces = line.iter().take_while(|b| **b == b' ').count();
        out.extend(unit.repeat(spaces / 4));
        out.extend(&line[spaces / 4 * 4..]);
        if at % 7 == 0 && out.ends_with(b"\n") && !out.ends_with(b"\\\n") && !out.ends_with(b"\r\n") {
            out.pop();
            out.extend(tail);
            out.push(b'\n');
        }
    }
    out
}

#[test]
fn a_backslash_alone_decides_the_nesting() {
    for (before, after) in [
        ("if x:\n   \\\n  y = 1\n", "if x:\n    \\\n   y = 1\n"),
        ("\\\n    x = 1\n   \\\n  '''Doc\n'''\n", "\\\nx = 1\n    \\\n   '''Doc\n '''\n"),
        ("\\\n  x = 1\n", "\\\nx = 1\n"),
    ] {
        let once = repaired(Language::Python, before.as_bytes());
        assert_eq!(String::from_utf8_lossy(&once), after, "{before:?}");
        assert_eq!(repaired(Language::Python, &once), once, "{before:?}");
    }
}
