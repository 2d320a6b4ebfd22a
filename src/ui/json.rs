//! JSON for `--format json`: the schema key first, and safe to show on a terminal.

use std::io;

use serde::Serialize as _;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use serde_json::{Serializer, Value};

use super::sanitise::is_unsafe;

/// The document over several lines, with a newline at its end.
pub(super) fn document(value: Value) -> String {
    written(value, PrettyFormatter::new())
}

/// The document in one line, with a newline at its end: one of many in a stream.
pub(super) fn line(value: Value) -> String {
    written(value, CompactFormatter)
}

fn written(value: Value, layout: impl Formatter) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Safe(layout));
    // A `Value` has string keys only and the vector takes everything: nothing here can fail.
    let written = schema_first(value).serialize(&mut serializer);
    debug_assert!(written.is_ok());
    out.push(b'\n');
    String::from_utf8(out).unwrap_or_default()
}

fn schema_first(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => match fields.shift_remove("schema") {
            Some(schema) => {
                let mut ordered = serde_json::Map::with_capacity(fields.len() + 1);
                ordered.insert("schema".to_owned(), schema);
                ordered.extend(fields);
                Value::Object(ordered)
            }
            None => Value::Object(fields),
        },
        other => other,
    }
}

/// A layout whose strings escape what a terminal would obey. JSON itself escapes only the first 32
/// control characters (RFC 8259, section 7); the data stay the same.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_unsafe(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::document;

    #[test]
    fn the_schema_is_first_and_the_data_survive() {
        let hostile = json!({"a": "x\u{1b}[2J\u{9b}y\u{202e}\u{e0041}é\n", "schema": "pyflow/x/1", "b": [1, {}, []]});
        let text = document(hostile.clone());
        assert!(text.trim_start_matches(['{', '\n', ' ']).starts_with("\"schema\""), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && super::is_unsafe(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }
}
