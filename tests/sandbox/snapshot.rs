//! What makes output comparable: replaced numbers and ids, schemas, fingerprints of folders.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::World;

/// Replaces what differs from run to run: the server's URL, folders, commits, Change-Ids, change
/// numbers.
pub fn normalise(world: &World, text: &str) -> String {
    let text = text.replace(&world.server.url(), "$SERVER");
    let text = text.replace(&world.folder.path().to_string_lossy().into_owned(), "$WORLD");
    let text = words(&text, |word| match word.strip_prefix('I') {
        Some(id) if id.len() == 40 && is_hex(id) => Some("<Change-Id>".to_owned()),
        _ if matches!(word.len(), 40 | 64) && is_hex(word) => Some("<commit>".to_owned()),
        // Gerrit names commits with seven digits, pyflow with ten. One in some ten thousand ids has no
        // digit but letters, and no word is spelt like that.
        _ if matches!(word.len(), 7 | 10) && is_hex(word) => Some("<commit>".to_owned()),
        _ => None,
    });
    let text = shards(&text);
    for number in numbers(&text) {
        world.number(&number);
    }
    let text = number_words(world, &text);
    let project = |word: &str| word.starts_with('t') && word.contains('-') && word.ends_with(&world.server.run_id());
    text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .map(|part| {
            let name = part.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            if project(name) { part.replacen(name, "$PROJECT", 1) } else { part.to_owned() }
        })
        .collect()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Change numbers that a text names by URL.
fn numbers(text: &str) -> Vec<String> {
    text.split("/+/")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .filter(|n: &String| !n.is_empty())
        .collect()
}

/// Replaces numbers of known changes where a change number stands: in a URL, before `,PATCHSET`,
/// after `change `, and at the start of a line of `status` and `list`.
fn number_words(world: &World, text: &str) -> String {
    let known = world.numbers.borrow().clone();
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(length);
        let line = out.rsplit('\n').next().unwrap_or_default();
        let next = after.as_bytes();
        let stands = ["/+/", "change ", "status ", "vote ", "approve ", "review "].iter().any(|w| out.ends_with(w))
            || after.starts_with(" below it")
            || (out.ends_with("hint: ") && after.starts_with(" on "))
            || (out.ends_with('`') && after.starts_with('`'))
            || in_change_ref(&out)
            || (next.first() == Some(&b',') && next.get(1).is_some_and(u8::is_ascii_digit))
            || (matches!(line.trim(), "" | "new" | "update" | "unchanged") && after.starts_with("  "));
        if stands && known.iter().any(|number| number == digits) {
            // A column is as wide as its longest number, which differs from server to server.
            out.truncate(out.trim_end_matches(' ').len().max(if line.trim().is_empty() { 0 } else { out.len() }));
            out.push_str(&world.number(digits));
        } else {
            out.push_str(digits);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether what follows is the number in `refs/changes/NN/NUMBER/PATCHSET`.
fn in_change_ref(out: &str) -> bool {
    out.strip_suffix('/').and_then(|out| out.rsplit_once("refs/changes/")).is_some_and(|(_, shard)| shard == "NN")
}

/// Replaces the folder that Gerrit sorts a change into: the last two digits of its number.
fn shards(text: &str) -> String {
    let mut parts = text.split("refs/changes/");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("refs/changes/");
        match part.split_once('/') {
            Some((shard, rest)) if shard.len() == 2 => {
                out.push_str("NN/");
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// Rewrites each run of letters and digits.
fn words(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        out.push_str(&change(word).unwrap_or_else(|| word.clone()));
        word.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}

/// Checks a document against the schema that it names.
#[track_caller]
pub fn validate(document: &Value) {
    let name = document["schema"].as_str().unwrap_or_else(|| panic!("no schema in {document}"));
    assert_eq!(document.as_object().and_then(|o| o.keys().next()).map(String::as_str), Some("schema"), "the first key");
    let file = format!("{}/fixtures/schema/{}.json", env!("CARGO_MANIFEST_DIR"), name.replace('/', "-"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("there is no {file}"));
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

/// Everything below a folder: kind, mode, size, modification time to the nanosecond, content.
pub fn fingerprint(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(top: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let meta = path.symlink_metadata().expect("metadata");
        let content =
            if meta.is_file() { format!("{:?}", std::fs::read(&path).map(|bytes| fnv(&bytes))) } else { String::new() };
        let facts = format!("{:o} {} {}.{:09} {content}", meta.mode(), meta.size(), meta.mtime(), meta.mtime_nsec());
        found.insert(path.strip_prefix(top).expect("below the top").to_owned(), facts);
        if meta.is_dir() {
            collect(top, &path, found);
        }
    }
}

/// A short sum of content (FNV-1a): equality is all that is asked of it.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
