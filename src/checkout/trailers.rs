//! Where the trailers of a commit message are, by git's own rule and on bytes. Pure; what a trailer
//! means is not known here.

/// Prefixes of lines that git writes itself; with one of them a quarter of trailers is enough
/// (git's trailer.c, `git_generated_prefixes`).
const GENERATED: [&[u8]; 2] = [b"Signed-off-by: ", b"(cherry picked from commit "];

/// Where the block of trailers begins, by git's rule (trailer.c, `find_trailer_block_start`); the
/// first paragraph is the subject and holds none. The lines end before the blank ones at the
/// message's end.
pub fn block(lines: &[&[u8]]) -> Option<usize> {
    let subject = lines.iter().position(|l| is_blank(l))?;
    let (mut trailers, mut others, mut continued, mut generated) = (0_usize, 0_usize, 0_usize, false);
    for at in (subject..lines.len()).rev() {
        let line = lines[at];
        if is_blank(line) {
            others += continued;
            let is_block = if generated { trailers * 3 >= others } else { trailers > 0 && others == 0 };
            return is_block.then_some(at + 1);
        }
        if GENERATED.iter().any(|prefix| line.starts_with(prefix)) {
            trailers += 1;
            continued = 0;
            generated = true;
        } else if line[0].is_ascii_whitespace() {
            continued += 1;
        } else if key(line).is_some() {
            trailers += 1;
            continued = 0;
        } else {
            others += 1 + continued;
            continued = 0;
        }
    }
    None
}

/// The lines of a message with their ends, without the blank ones at its end.
pub fn lines(message: &[u8]) -> Vec<&[u8]> {
    let mut lines = message.split_inclusive(|b| *b == b'\n').collect::<Vec<_>>();
    while lines.last().is_some_and(|line| is_blank(line)) {
        lines.pop();
    }
    lines
}

/// Whether a line holds nothing but blanks.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// The key of a trailer line: letters, digits and `-`, then perhaps blanks, then `:`.
pub fn key(line: &[u8]) -> Option<&[u8]> {
    let key = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let blanks = line[key..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    (key > 0 && line.get(key + blanks) == Some(&b':')).then(|| &line[..key])
}

/// Whether a line is a trailer with this key, which is given in small letters.
pub fn has_key(line: &[u8], wanted: &[u8]) -> bool {
    key(line).is_some_and(|key| key.eq_ignore_ascii_case(wanted))
}

/// The value of a trailer line.
pub fn value(line: &[u8]) -> Option<&[u8]> {
    key(line)?;
    let colon = line.iter().position(|b| *b == b':')?;
    Some(line[colon + 1..].trim_ascii())
}
