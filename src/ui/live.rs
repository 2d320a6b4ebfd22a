//! What a watch shows while it goes on: on a terminal one picture that is painted over in place,
//! elsewhere one event a line, for people or for programs.

use std::sync::{Mutex, PoisonError};

use super::page::Page;
use super::{Format, Ui, json, views};
use crate::error::Result;
use crate::outcome::status::{Event, Status};
use crate::outcome::{Live, Reader};

/// How many lines the last picture took; the next one goes over them.
pub(super) struct Picture {
    in_place: bool,
    /// Somebody hears it.
    bell: bool,
    lines: Mutex<usize>,
}

impl Picture {
    pub(super) const fn new(in_place: bool, bell: bool) -> Self {
        Self { in_place, bell, lines: Mutex::new(0) }
    }

    /// What takes the last picture away, for one of so many lines, or for what is printed last.
    pub(super) fn go_over(&self, lines: usize) -> String {
        let mut before = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        over(std::mem::replace(&mut *before, lines))
    }
}

/// Up by so many lines, to the first column, and everything below is gone (ECMA-48: CPL, ED).
fn over(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\x1b[{lines}F\x1b[J") }
}

/// As many lines as fit; what does not fit is counted.
fn cut(text: &str, room: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= room {
        return text.to_owned();
    }
    let shown = room.saturating_sub(1);
    format!("{}\n… {} more lines\n", lines[..shown].join("\n"), lines.len() - shown)
}

impl Live for Ui {
    fn repaints(&self) -> bool {
        self.picture.in_place
    }

    fn picture(&self, status: &Status) -> Result<Reader> {
        let mut page = Page::new();
        views::picture(status, &mut page);
        let rows = console::Term::stdout().size_checked().map_or(24, |(rows, _)| usize::from(rows));
        // The cursor stands below the picture; a picture that fills the screen would push it up.
        let text = cut(&self.stdout.render(&page), rows.saturating_sub(1).max(1));
        let over = self.picture.go_over(text.lines().count());
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
    use super::{cut, over};

    #[test]
    fn a_picture_goes_over_the_one_before_and_fits() {
        assert_eq!(over(0), "");
        assert_eq!(over(3), "\x1b[3F\x1b[J");
        assert_eq!(cut("a\nb\n", 2), "a\nb\n");
        assert_eq!(cut("a\nb\nc\nd\n", 3), "a\nb\n… 2 more lines\n");
    }
}
