//! The encoding of a Python source file (PEP 263), as far as whitespace needs it: where characters
//! begin, and whether the bytes are what the file says they are.

/// What a file's bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, the default; `true` where a byte order mark stands in front.
    Utf8 {
        /// The first three bytes are the mark.
        mark: bool,
    },
    /// One of those in which each byte is a character, and the first 128 are ASCII.
    SingleByte,
}

/// Why a file's text is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Counts from 1.
    pub line: usize,
    /// In words.
    pub text: String,
}

/// UTF-8's byte order mark.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    /// How many bytes stand before the text.
    pub const fn skipped(self) -> usize {
        match self {
            Self::Utf8 { mark: true } => MARK.len(),
            _ => 0,
        }
    }

    /// How many characters begin in these bytes.
    pub fn characters(self, bytes: &[u8]) -> usize {
        match self {
            Self::Utf8 { .. } => bytes.iter().filter(|b| **b & 0xc0 != 0x80).count(),
            Self::SingleByte => bytes.len(),
        }
    }

    /// Reads mark and cookie, and proves the bytes against them.
    pub fn detect(bytes: &[u8]) -> Result<Self, Unknown> {
        let mark = bytes.starts_with(MARK);
        let text = &bytes[if mark { MARK.len() } else { 0 }..];
        let Some((line, name)) = cookie(text) else { return utf8(text, mark) };
        let lower = normalised(name);
        let unknown = |text: String| Err(Unknown { line, text });
        let shown: String = String::from_utf8_lossy(name).chars().take(40).collect();
        if lower == "utf-8" || lower.starts_with("utf-8-") {
            return utf8(text, mark);
        }
        if mark {
            return unknown(format!("the file begins with UTF-8's byte order mark and says that it is {shown}"));
        }
        if matches!(lower.as_str(), "ascii" | "us-ascii" | "646") {
            return match bytes.iter().position(|b| !b.is_ascii()) {
                Some(at) => Err(Unknown {
                    line: line_at(bytes, at),
                    text: format!("the file says that it is {shown}, and a byte is not"),
                }),
                None => Ok(Self::SingleByte),
            };
        }
        if is_single_byte(&lower) {
            return Ok(Self::SingleByte);
        }
        unknown(format!("the encoding {shown} is not understood; whitespace was not looked at"))
    }
}

fn utf8(text: &[u8], mark: bool) -> Result<Encoding, Unknown> {
    match std::str::from_utf8(text) {
        Ok(_) => Ok(Encoding::Utf8 { mark }),
        Err(error) => Err(Unknown {
            line: line_at(text, error.valid_up_to()),
            text: "the file is not UTF-8, and says of no other encoding".to_owned(),
        }),
    }
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    bytes[..at].split(|b| *b == b'\n').count()
}

/// The name in the first line, or in the second where the first is blank or a comment:
/// `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)` (PEP 263; `tokenize.cookie_re`).
fn cookie(text: &[u8]) -> Option<(usize, &[u8])> {
    let mut lines = text.split(|b| *b == b'\n');
    let first = lines.next()?;
    if let Some(name) = cookie_in(first) {
        return Some((1, name));
    }
    let body = first.trim_ascii_start();
    if !body.is_empty() && body[0] != b'#' {
        return None;
    }
    cookie_in(lines.next()?).map(|name| (2, name))
}

fn cookie_in(line: &[u8]) -> Option<&[u8]> {
    let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 0x0c))?;
    let mut rest = line[start..].strip_prefix(b"#")?;
    while let Some(at) = rest.windows(6).position(|window| window == b"coding") {
        rest = &rest[at + 6..];
        if let Some((b':' | b'=', after)) = rest.split_first() {
            let begin = after.iter().position(|b| !matches!(b, b' ' | b'\t'))?;
            let name = &after[begin..];
            let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let length = name.iter().position(|b| !is_word(b)).unwrap_or(name.len());
            if length > 0 {
                return Some(&name[..length]);
            }
        }
    }
    None
}

/// As `tokenize` and `codecs` compare names: lowercase, `-` for `_`, and `utf8` is `utf-8`.
fn normalised(name: &[u8]) -> String {
    let lower: String = String::from_utf8_lossy(name).to_ascii_lowercase().replace('_', "-");
    match lower.as_str() {
        "utf8" | "u8" | "utf" | "cp65001" => "utf-8".to_owned(),
        _ => lower,
    }
}

/// Python's aliases for the encodings whose characters are bytes and whose first half is ASCII.
fn is_single_byte(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if ["latin", "latin1", "latin-1", "l1", "koi8-r", "koi8-u", "koi8-t"].contains(&name) {
        return true;
    }
    let iso = name.strip_prefix("iso-8859-").or_else(|| name.strip_prefix("iso8859-"));
    let page = name.strip_prefix("cp").or_else(|| name.strip_prefix("windows-"));
    iso.is_some_and(digits) || page.is_some_and(|page| page.len() == 4 && page.starts_with("125"))
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn cookies_and_marks() {
        let utf8 = Ok(Encoding::Utf8 { mark: false });
        let single = Ok(Encoding::SingleByte);
        for (bytes, expected) in [
            (&b""[..], utf8),
            (b"x = 1\n", utf8),
            (b"\xef\xbb\xbfx\n", Ok(Encoding::Utf8 { mark: true })),
            (b"\xef\xbb\xbf# coding: utf8\n", Ok(Encoding::Utf8 { mark: true })),
            (b"# -*- coding: latin-1 -*-\n\xe9", single),
            (b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n\xe9", single),
            (b" \t\x0c# coding=CP1252\n\xe9", single),
            (b"\n# coding: koi8_r\n\xe9", single),
            (b"# coding: us-ascii\n", single),
            (b"# codingcoding: \xe9\n# coding: x", Err(2)),
            (b"x = 1\n# coding: latin-1\n\xe9", Err(3)),
            (b"# coding: ascii\n\xe9", Err(2)),
            (b"# coding: euc-jp\n", Err(1)),
            (b"\xef\xbb\xbf# coding: latin-1\n", Err(1)),
            (b"a\nb\n\xff\n", Err(3)),
        ] {
            let found = Encoding::detect(bytes).map_err(|unknown| unknown.line);
            assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
