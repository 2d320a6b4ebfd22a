//! How far each line moves: `reindent.py`'s rules, which are about comments for the most part.

use std::collections::HashMap;

use super::scan::{Indentation, Statement};

/// Columns of a level.
const STEP: usize = 4;

/// How far lines move.
pub(super) struct Shifts {
    /// For each line that stays in the file, in columns.
    pub(super) by_line: Vec<isize>,
    /// Line, columns that it has, columns that it gets; for first lines of statements and comments.
    pub(super) moved: Vec<(usize, usize, usize)>,
}

/// Decides for the first `count` lines; the others are blank and go.
pub(super) fn shifts(lines: &[&[u8]], statements: &[Statement], count: usize) -> Shifts {
    let mut shifts = Shifts { by_line: vec![0; count], moved: Vec::new() };
    // Leading spaces, and where a line with as many went last.
    let mut wanted: HashMap<usize, usize> = HashMap::new();
    let have: Vec<usize> = statements.iter().map(|s| Indentation::of(lines[s.line - 1]).spaces).collect();
    for (at, statement) in statements.iter().enumerate() {
        let want = match statement.level {
            Some(level) => level * STEP,
            None => comment(at, statements, &have, &wanted, &shifts.by_line),
        };
        let have = have[at];
        wanted.insert(have, want);
        if have == 0 || want == have {
            continue;
        }
        shifts.moved.push((statement.line, have, want));
        let next = statements.get(at + 1).map_or(count, |next| next.line - 1);
        let shift = want.cast_signed() - have.cast_signed();
        for (by_line, line) in shifts.by_line[statement.line - 1..next].iter_mut().zip(&lines[statement.line - 1..]) {
            let spaces = Indentation::of(line).spaces.cast_signed();
            *by_line = if line.is_empty() { 0 } else { shift.max(-spaces) };
        }
    }
    shifts
}

/// Where a comment goes.
fn comment(
    at: usize,
    statements: &[Statement],
    have: &[usize],
    wanted: &HashMap<usize, usize>,
    shifts: &[isize],
) -> usize {
    let mine = have[at];
    if mine == 0 {
        return 0;
    }
    // Where the last line with the same indentation went.
    if let Some(want) = wanted.get(&mine) {
        return *want;
    }
    // With the next statement, if it is indented like it.
    let next = statements.iter().enumerate().skip(at + 1).find_map(|(at, s)| Some((at, s.level?)));
    if let Some((next, level)) = next
        && have[next] == mine
    {
        return level * STEP;
    }
    // As the statement before moved: it may hang below that one's text.
    let before = statements[..at].iter().rposition(|s| s.level.is_some());
    let moved = before.map_or(0, |before| shifts[statements[before].line - 1]);
    mine.checked_add_signed(moved).unwrap_or(mine)
}
