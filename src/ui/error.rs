//! An error as a person reads it, and as a program does.

use serde_json::{Value, json};

use super::page::Page;
use super::sanitise::clean_lines;
use super::style::{Meaning, Span};
use crate::error::Error;

/// `error: …`, `  caused by: …`, `hint: …`, each wrapped behind its own mark.
pub(super) fn text(error: &Error, page: &mut Page) {
    page.told(Span::new(Meaning::Bad, "error:"), &error.message);
    page.indented(|page| {
        for cause in causes(error) {
            page.told(Span::new(Meaning::Dim, "caused by:"), &cause);
        }
    });
    for hint in &error.hints {
        page.told(Span::new(Meaning::Good, "hint:"), hint);
    }
}

/// `pyflow/error/1`.
pub(super) fn json(error: &Error) -> Value {
    let clean = |text: &String| clean_lines(text).into_owned();
    json!({
        "schema": "pyflow/error/1",
        "kind": error.kind.name(),
        "message": clean(&error.message),
        "hints": error.hints.iter().map(clean).collect::<Vec<_>>(),
        "causes": causes(error),
    })
}

/// The causes, without those that say what was said just before.
fn causes(error: &Error) -> Vec<String> {
    let mut said = vec![error.message.clone()];
    for cause in error.causes() {
        let cause = clean_lines(&cause).into_owned();
        if !said.last().is_some_and(|last| last.contains(&cause)) {
            said.push(cause);
        }
    }
    said.split_off(1)
}
