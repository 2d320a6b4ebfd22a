//! What a watch shows while it goes on: on a terminal one picture that is painted over in place,
//! elsewhere one event a line, for people or for programs.

use std::sync::{Mutex, PoisonError};

use super::page::Page;
use super::{Format, Ui, json, views};
use crate::error::Result;
use crate::outcome::status::{Event, Status};
use crate::outcome::{Live, Reader};

/// How many rows the last picture took; the next one goes over them.
pub(super) struct Picture {
    in_place: bool,
    /// Somebody hears it.
    bell: bool,
    rows: Mutex<usize>,
}

impl Picture {
    pub(super) const fn new(in_place: bool, bell: bool) -> Self {
        Self { in_place, bell, rows: Mutex::new(0) }
    }

    /// What takes the last picture away, for one of so many rows, or for what is printed last.
    pub(super) fn go_over(&self, rows: usize) -> String {
        let mut before = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        over(std::mem::replace(&mut *before, rows))
    }
}

/// Up by so many rows, to the first column, and everything below is gone (ECMA-48: CPL, ED).
fn over(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\x1b[{rows}F\x1b[J") }
}

/// How many rows of the terminal a line takes: an address that is longer than a row goes on in the next.
fn rows(line: &str, columns: usize) -> usize {
    console::measure_text_width(line).div_ceil(columns.max(1)).max(1)
}

/// As many lines as fit; what does not fit is counted.
fn cut(text: &str, room: usize, columns: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let taken = |lines: &[&str]| lines.iter().map(|line| rows(line, columns)).sum::<usize>();
    if taken(&lines) <= room {
        return text.to_owned();
    }
    let shown = (0..lines.len()).rev().find(|&shown| taken(&lines[..shown]) < room).unwrap_or(0);
    let kept = lines[..shown].iter().flat_map(|line| [*line, "\n"]).collect::<String>();
    let left = lines.len() - shown;
    format!("{kept}… {left} more line{}\n", if left == 1 { "" } else { "s" })
}

impl Live for Ui {
    fn repaints(&self) -> bool {
        self.picture.in_place
    }

    fn picture(&self, status: &Status) -> Result<Reader> {
        let mut page = Page::new();
        views::picture(status, &mut page);
        let size = console::Term::stdout().size_checked();
        let (height, columns) = size.map_or((24, 80), |(height, columns)| (usize::from(height), usize::from(columns)));
        // The cursor stands below the picture; a picture that fills the screen would push it up.
        let text = cut(&self.stdout.render(&page), height.saturating_sub(1).max(1), columns);
        let over = self.picture.go_over(text.lines().map(|line| rows(line, columns)).sum());
        self.stream(&format!("{over}{text}"))
    }

    fn event(&self, event: &Event) -> Result<Reader> {
        match self.options.format {
            Format::Text => {
                let mut page = Page::new();
                views::event(event, &mut page);
                self.stream(&self.stdout.render(&page))
            }
            Format::Json => self.stream(&json::line(serde_json::to_value(event).unwrap_or_default())),
        }
    }

    fn ring(&self) {
        // A bell that is written to a file or another program rings nowhere.
        if self.picture.bell {
            drop(self.progress.aside(|| self.stderr.write("\x07")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{cut, over, rows};

    #[test]
    fn a_picture_goes_over_the_one_before_and_fits() {
        assert_eq!(over(0), "");
        assert_eq!(over(3), "\x1b[3F\x1b[J");
        assert_eq!(cut("a\nb\n", 2, 80), "a\nb\n");
        assert_eq!(cut("a\nb\nc\nd\n", 3, 80), "a\nb\n… 2 more lines\n");
        // What is wider than the terminal takes several rows of it; what is painted is no wider.
        assert_eq!(["", "ab", "abc", "\x1b[1mab\x1b[0m", "日本"].map(|line| rows(line, 2)), [1, 1, 2, 1, 2]);
        assert_eq!(cut("a\nbcd\n", 3, 2), "a\nbcd\n");
        assert_eq!(cut("a\nbcd\n", 2, 2), "a\n… 1 more line\n");
    }
}
