//! Tables that fit: columns as wide as their widest cell; where there is no room, the columns that
//! may shrink do, with `…`, as long as they can be read; then those that may go, go; then the rest
//! shrinks further.

use super::style::{Meaning, Span};

/// Between columns.
const GAP: usize = 2;

/// Narrower, a shortened text says nothing any more.
const NARROWEST: usize = 12;

/// What a shortened text keeps as long as there are columns that may go instead.
const READABLE: usize = 28;

/// How one column behaves.
#[derive(Debug, Clone)]
pub struct Column {
    title: Span,
    right: bool,
    shrinks: bool,
    may_go: bool,
}

impl Column {
    /// A column of text. An empty title in all columns leaves the title line out.
    pub fn left(title: &str) -> Self {
        Self { title: Span::new(Meaning::Dim, title), right: false, shrinks: false, may_go: false }
    }

    /// A column of numbers.
    pub fn right(title: &str) -> Self {
        Self { right: true, ..Self::left(title) }
    }

    /// Its cells may be cut short with `…` where the terminal is narrow.
    #[must_use]
    pub fn shrinks(self) -> Self {
        Self { shrinks: true, ..self }
    }

    /// It may be left out where the terminal is narrow; the last such column goes first.
    #[must_use]
    pub fn may_go(self) -> Self {
        Self { may_go: true, ..self }
    }
}

/// Rows under columns.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Span>>,
}

impl Table {
    /// A table without rows yet.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; cells that are missing are empty, cells too many are dropped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Span>) -> &mut Self {
        let mut cells: Vec<Span> = cells.into_iter().take(self.columns.len()).collect();
        cells.resize(self.columns.len(), Span::new(Meaning::Plain, ""));
        self.rows.push(cells);
        self
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each a list of spans, at most `width` columns wide where that can be.
    pub(super) fn lines(&self, width: Option<usize>) -> Vec<Vec<Span>> {
        let has_titles = self.columns.iter().any(|column| !column.title.text.is_empty());
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let natural: Vec<usize> = shown.iter().map(|&c| self.natural(c, has_titles)).collect();
        // A column without a single word takes no room.
        shown.retain(|&c| natural[c] > 0);
        let mut widths = natural.clone();
        if let Some(room) = width {
            let total = |shown: &[usize], widths: &[usize]| {
                shown.iter().map(|&c| widths[c]).sum::<usize>() + GAP * shown.len().saturating_sub(1)
            };
            loop {
                widths.clone_from(&natural);
                let floor = if shown.iter().any(|&c| self.columns[c].may_go) { READABLE } else { NARROWEST };
                self.shrink(&shown, &mut widths, floor, total(&shown, &natural).saturating_sub(room));
                if total(&shown, &widths) <= room {
                    break;
                }
                match shown.iter().rposition(|&c| self.columns[c].may_go) {
                    Some(goes) => shown.remove(goes),
                    None => break,
                };
            }
        }
        let titles = has_titles.then(|| self.columns.iter().map(|column| column.title.clone()).collect::<Vec<_>>());
        titles.iter().chain(&self.rows).map(|cells| self.laid_out(cells, &shown, &widths)).collect()
    }

    fn natural(&self, column: usize, titled: bool) -> usize {
        let widest = self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        if widest > 0 && titled { widest.max(self.columns[column].title.width()) } else { widest }
    }

    /// Takes `excess` columns away from those that may shrink, the widest first, down to `floor`.
    fn shrink(&self, shown: &[usize], widths: &mut [usize], floor: usize, mut excess: usize) {
        while excess > 0 {
            let may = shown.iter().copied().filter(|&c| self.columns[c].shrinks && widths[c] > floor);
            let Some(widest) = may.max_by_key(|&c| widths[c]) else { return };
            widths[widest] -= 1;
            excess -= 1;
        }
    }

    fn laid_out(&self, cells: &[Span], shown: &[usize], widths: &[usize]) -> Vec<Span> {
        let mut line: Vec<Span> = Vec::new();
        let mut owed = 0;
        for &c in shown {
            let cell = shortened(&cells[c], widths[c]);
            let (used, blank) = (cell.width(), widths[c].saturating_sub(cell.width()));
            if self.columns[c].right {
                owed += blank;
            }
            // Blanks are written only before a word, so that no line ends in them.
            if used > 0 {
                if owed > 0 {
                    line.push(Span { text: " ".repeat(owed), meaning: Meaning::Plain });
                }
                line.push(cell);
                owed = 0;
            }
            owed += if self.columns[c].right { GAP } else { GAP + blank };
        }
        line
    }
}

fn shortened(cell: &Span, width: usize) -> Span {
    let text = console::truncate_str(&cell.text, width, "…").into_owned();
    Span { text, meaning: cell.meaning }
}
