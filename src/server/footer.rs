//! Change-Ids in commit messages, by Gerrit's rules and in its words (seen on Gerrit 3.13).

/// What a commit message says about its change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The id, `I` and 40 hex digits in lower case.
    Id(String),
    /// Why there is none, in Gerrit's words.
    Wrong(&'static str),
}

/// Gerrit's reason where the footer has no id.
pub(super) const MISSING: &str = "missing Change-Id in message footer";

/// Gerrit's reason where the id is not one.
pub(super) const INVALID: &str = "invalid Change-Id line format in message footer";
/// Gerrit's reason where there are several.
pub(super) const SEVERAL: &str = "multiple Change-Id lines in message footer";
/// Gerrit's reason where the id stands elsewhere.
pub(super) const MISPLACED: &str = "Change-Id must be in message footer";

/// Whether this is a Change-Id as the hook makes them.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 41 && text.starts_with('I') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// Reads the Change-Id of a message: `Change-Id: I…`, or `Link: …/id/I…` (documentation page `cmd-hook-commit-msg`).
pub(super) fn change_id(message: &str) -> Found {
    let (subject, rest) = split_subject(message);
    if is_footer_line(subject) && id_values(subject).next().is_some() && rest.is_empty() {
        return Found::Wrong("missing subject; Change-Id must be in message footer");
    }
    match ids(message)[..] {
        [] if message.lines().any(|l| id_values(l).next().is_some_and(is_id)) => Found::Wrong(MISPLACED),
        [] => Found::Wrong(MISSING),
        [id] if is_id(id) => Found::Id(id.to_owned()),
        [_] => Found::Wrong(INVALID),
        _ => Found::Wrong(SEVERAL),
    }
}

/// Everything in the footer that stands where an id should.
pub(super) fn ids(message: &str) -> Vec<&str> {
    last_paragraph(split_subject(message).1).lines().flat_map(id_values).collect()
}

/// The subject paragraph and what follows it.
fn split_subject(message: &str) -> (&str, &str) {
    let message = message.trim_start_matches('\n');
    message.split_once("\n\n").map_or((message.trim_end(), ""), |(subject, rest)| (subject, rest.trim_matches('\n')))
}

fn last_paragraph(text: &str) -> &str {
    text.trim_end().rsplit("\n\n").next().unwrap_or_default()
}

/// Whether a line has the form `Key: value`.
fn is_footer_line(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, value)| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && value.starts_with(' ')
    })
}

/// The id of a line, if it is one of the two kinds that carry one.
fn id_values(line: &str) -> std::option::IntoIter<&str> {
    let line = line.trim_end();
    let value = match line.split_once(':') {
        Some((key, value)) if key.eq_ignore_ascii_case("Change-Id") => Some(value.trim()),
        Some((key, value)) if key.eq_ignore_ascii_case("Link") => {
            value.trim().rsplit_once("/id/").map(|(_, id)| id).filter(|id| is_id(id))
        }
        _ => None,
    };
    value.into_iter()
}

/// The message with a Change-Id at the end of its footer, or in one of its own.
pub(super) fn with_id(message: &str, id: &str) -> String {
    let message = message.trim();
    let footer = last_paragraph(split_subject(message).1);
    let joins = !footer.is_empty() && footer.lines().all(is_footer_line);
    format!("{message}{}Change-Id: {id}\n", if joins { "\n" } else { "\n\n" })
}

/// The first paragraph in one line, as Gerrit shows subjects.
pub(super) fn subject(message: &str) -> String {
    split_subject(message).0.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "I0123456789012345678901234567890123456789";

    #[test]
    fn messages_and_their_ids() {
        let table = [
            (format!("s\n\nChange-Id: {ID}\n"), Ok(())),
            (format!("s\n\nbody\n\nSigned-off-by: x\nChange-Id: {ID}"), Ok(())),
            (format!("s\n\nLink: https://r.example.org/id/{ID}\n"), Ok(())),
            ("s\n".to_owned(), Err(MISSING)),
            ("s\n\nLink: https://r.example.org/x\n".to_owned(), Err(MISSING)),
            ("s\n\nChange-Id: Iabc\n".to_owned(), Err("invalid Change-Id line format in message footer")),
            (format!("s\n\nChange-Id: {ID}\nChange-Id: {ID}\n"), Err("multiple Change-Id lines in message footer")),
            (format!("s\n\nChange-Id: {ID}\n\nafter\n"), Err("Change-Id must be in message footer")),
            (format!("Change-Id: {ID}\n"), Err("missing subject; Change-Id must be in message footer")),
        ];
        for (message, wanted) in table {
            let wanted = wanted.map_or_else(Found::Wrong, |()| Found::Id(ID.to_owned()));
            assert_eq!(change_id(&message), wanted, "{message:?}");
        }
    }

    #[test]
    fn an_id_joins_the_footer() {
        for (message, wanted) in [
            ("s", "s\n\nChange-Id: I1\n"),
            ("s\n\nSee: this\n", "s\n\nSee: this\nChange-Id: I1\n"),
            ("s\n\nbody\n", "s\n\nbody\n\nChange-Id: I1\n"),
            ("See: this", "See: this\n\nChange-Id: I1\n"),
        ] {
            assert_eq!(with_id(message, "I1"), wanted);
        }
    }

    #[test]
    fn a_subject_of_two_lines_is_joined() {
        assert_eq!(subject("one\ntwo\n\nbody\n"), "one two");
    }
}
