//! A page of text as a value: lines of styled spans, tables, sections. It is laid out for a width,
//! or for none, only when it is written.

use super::sanitise::clean_lines;
use super::style::{Meaning, Span, strong};
use super::table::Table;

/// One line before it is wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Span>);

impl Line {
    /// An empty line, to be filled with [`Self::add`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece at the end.
    pub fn add(&mut self, span: impl Into<Span>) -> &mut Self {
        self.0.push(span.into());
        self
    }
}

impl From<Span> for Line {
    fn from(span: Span) -> Self {
        Self(vec![span])
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self(vec![text.into()])
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self(vec![text.into()])
    }
}

impl<const N: usize> From<[Span; N]> for Line {
    fn from(spans: [Span; N]) -> Self {
        Self(spans.into())
    }
}

impl From<Vec<Span>> for Line {
    fn from(spans: Vec<Span>) -> Self {
        Self(spans)
    }
}

#[derive(Debug)]
enum Block {
    /// Wrapped at spaces; what follows the first line is `hang` columns further in.
    Text {
        indent: usize,
        hang: usize,
        line: Line,
    },
    Table {
        indent: usize,
        table: Table,
    },
    /// As it is, line by line.
    Verbatim {
        indent: usize,
        text: String,
    },
    Blank,
}

/// Text for people, in the order in which it is read.
#[derive(Debug, Default)]
pub struct Page {
    blocks: Vec<Block>,
    indent: usize,
}

/// How far the parts of a section are moved in.
const INDENT: usize = 2;

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line; wrapped where the terminal is narrower.
    pub fn line(&mut self, line: impl Into<Line>) -> &mut Self {
        self.push(0, line.into())
    }

    /// A line behind a mark (`-`, `hint:`, `ok`); when it is wrapped it stays behind it.
    pub fn item(&mut self, mark: impl Into<Span>, line: impl Into<Line>) -> &mut Self {
        let mark = mark.into();
        let hang = mark.width() + 1;
        let mut spans = vec![mark, Span::new(Meaning::Plain, " ")];
        spans.extend(line.into().0);
        self.push(hang, Line(spans))
    }

    /// A text behind a mark. Where it has several lines the first one stands there, and the others
    /// below it as they are: a difference, a place in a file.
    pub fn told(&mut self, mark: impl Into<Span>, text: &str) -> &mut Self {
        let text = clean_lines(text);
        let (first, rest) = text.trim_end().split_once('\n').unwrap_or((text.trim_end(), ""));
        self.item(mark, first);
        if rest.is_empty() {
            return self;
        }
        self.indented(|page| {
            page.verbatim(rest);
        })
    }

    /// Labels and what belongs to each, the latter one below the other.
    pub fn fields<'l, L: Into<Line>>(&mut self, fields: impl IntoIterator<Item = (&'l str, L)>) -> &mut Self {
        let fields: Vec<(Span, Line)> =
            fields.into_iter().map(|(label, line)| (Span::new(Meaning::Dim, label), line.into())).collect();
        let widest = fields.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
        for (label, line) in fields {
            let blank = " ".repeat(widest - label.width() + INDENT);
            let mut spans = vec![label, Span::new(Meaning::Plain, blank)];
            spans.extend(line.0);
            self.push(widest + INDENT, Line(spans));
        }
        self
    }

    /// A heading, and below it what `fill` writes, further in. A blank line stands before it.
    pub fn section(&mut self, title: &str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.blank().line(strong(title)).indented(fill)
    }

    /// What `fill` writes, further in.
    pub fn indented(&mut self, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.indent += INDENT;
        fill(self);
        self.indent -= INDENT;
        self
    }

    /// A table; nothing where it has no rows.
    pub fn table(&mut self, table: Table) -> &mut Self {
        if !table.is_empty() {
            self.blocks.push(Block::Table { indent: self.indent, table });
        }
        self
    }

    /// Text of several lines that is not wrapped: a message, a log, a diff.
    pub fn verbatim(&mut self, text: &str) -> &mut Self {
        let text = clean_lines(text).into_owned();
        self.blocks.push(Block::Verbatim { indent: self.indent, text });
        self
    }

    /// An empty line between what was written and what follows; never two, never one at an end.
    pub fn blank(&mut self) -> &mut Self {
        self.blocks.push(Block::Blank);
        self
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(|block| matches!(block, Block::Blank))
    }

    fn push(&mut self, hang: usize, line: Line) -> &mut Self {
        self.blocks.push(Block::Text { indent: self.indent, hang, line });
        self
    }

    /// The page as text, every line with its newline; not wrapped and not cut where there is no
    /// `width`.
    pub fn render(&self, paint: bool, width: Option<usize>) -> String {
        let mut out = String::new();
        let mut owed = false;
        for block in &self.blocks {
            let lines = match block {
                Block::Blank => {
                    owed = !out.is_empty();
                    continue;
                }
                Block::Text { indent, hang, line } => {
                    (*indent, wrapped(&line.0, width.map(|w| w.saturating_sub(*indent)), *hang))
                }
                Block::Table { indent, table } => (*indent, table.lines(width.map(|w| w.saturating_sub(*indent)))),
                Block::Verbatim { indent, text } => {
                    let span = |line: &str| vec![Span { text: line.to_owned(), meaning: Meaning::Plain }];
                    (*indent, text.lines().map(span).collect())
                }
            };
            if std::mem::take(&mut owed) {
                out.push('\n');
            }
            for line in lines.1 {
                write_line(&mut out, lines.0, &line, paint);
            }
        }
        out
    }
}

fn write_line(out: &mut String, indent: usize, spans: &[Span], paint: bool) {
    let mut plain = " ".repeat(indent);
    // Blanks at the end of a line, and blanks alone, are left out.
    let end = spans.iter().rposition(|span| !span.text.trim_end().is_empty()).map_or(0, |last| last + 1);
    for (number, span) in spans[..end].iter().enumerate() {
        let text = if number + 1 == end { span.text.trim_end() } else { &span.text };
        if paint { plain.push_str(&span.meaning.paint(text)) } else { plain.push_str(text) }
    }
    if end > 0 {
        out.push_str(&plain);
    }
    out.push('\n');
}

/// Words are never broken: a URL or a commit stays whole, so that it can be copied.
fn wrapped(spans: &[Span], width: Option<usize>, hang: usize) -> Vec<Vec<Span>> {
    let whole = spans.iter().map(Span::width).sum::<usize>();
    let Some(room) = width.filter(|&room| whole > room) else { return vec![spans.to_vec()] };
    // A mark that takes most of a narrow terminal would leave a column of single words.
    let hang = if hang * 2 > room { INDENT.min(room / 2) } else { hang };

    let mut lines: Vec<Vec<Span>> = Vec::new();
    let mut line: Vec<Span> = Vec::new();
    let mut used = 0;
    for (blanks, word) in words(spans) {
        let wide: usize = word.iter().map(Span::width).sum();
        let first = lines.is_empty() && line.is_empty();
        // Behind a mark, or at the start of a line, a break would win nothing.
        let fresh = if lines.is_empty() { used < hang } else { used <= hang };
        if !first && !fresh && used + blanks.width() + wide > room {
            lines.push(std::mem::take(&mut line));
            line.push(Span { text: " ".repeat(hang), meaning: Meaning::Plain });
            used = hang;
        } else {
            used += blanks.width();
            line.push(blanks);
        }
        used += wide;
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// Whether a line may end beside it: East Asian text has no blanks (Unicode, UAX #14, class ID).
fn stands_alone(c: char) -> bool {
    console::measure_text_width(c.encode_utf8(&mut [0; 4])) > 1
}

/// Words with the blanks before each; a word may change its meaning in the middle.
fn words(spans: &[Span]) -> Vec<(Span, Vec<Span>)> {
    let blank = |text: &str, meaning| Span { text: text.to_owned(), meaning };
    let mut words: Vec<(Span, Vec<Span>)> = vec![(blank("", Meaning::Plain), Vec::new())];
    for span in spans {
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let text = rest.trim_start_matches(' ');
            let gap = &rest[..rest.len() - text.len()];
            let end = text.find(' ').unwrap_or(text.len());
            let end = match text[..end].char_indices().find(|(_, c)| stands_alone(*c)) {
                Some((0, c)) => c.len_utf8(),
                Some((at, _)) => at,
                None => end,
            };
            let before = words.last().and_then(|last| last.1.last()).and_then(|span| span.text.chars().last());
            let parts = text.chars().next().into_iter().chain(before).any(stands_alone);
            if let Some(last) = words.last_mut() {
                if last.1.is_empty() || (gap.is_empty() && !parts) {
                    last.0.text.push_str(gap);
                } else {
                    words.push((blank(gap, span.meaning), Vec::new()));
                }
            }
            if let Some(last) = words.last_mut().filter(|_| end > 0) {
                last.1.push(blank(&text[..end], span.meaning));
            }
            rest = &text[end..];
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::super::style::{bad, command, dim, good, link, name, plain};
    use super::super::table::Column;
    use super::*;

    fn sample() -> Page {
        let mut page = Page::new();
        page.blank().line([strong("2 changes"), plain(" for "), name("main")]).blank().blank();
        let mut table = Table::new([
            Column::right("change"),
            Column::left("subject").shrinks(),
            Column::left("owner").may_go(),
            Column::left("votes"),
            Column::right("age"),
        ]);
        table.row([
            name("1204"),
            plain("Keep the order of the keyword arguments when a partial object is pickled"),
            plain("alice"),
            good("+2"),
            dim("3 d"),
        ]);
        table.row([name("7"), plain("日本語の件名\u{1b}[31m"), plain("bob"), bad("-1"), dim("12 min")]);
        page.table(table).section("Next", |page| {
            page.item(
                "-",
                [
                    plain("the change needs a vote of a second core developer; ask with "),
                    command("pyflow submit --reviewer NAME"),
                ],
            );
            page.fields([
                ("url", link("https://review.example.org/c/python/cpython/+/1204")),
                ("gate", plain("outside the window")),
            ]);
            page.verbatim("line one\n  line two, which is not wrapped however long it is, since it is quoted");
        });
        page.blank();
        page
    }

    #[test]
    fn sixty_columns() {
        assert_snapshot!(sample().render(false, Some(60)), @r"
        2 changes for main

        change  subject                         owner  votes     age
          1204  Keep the order of the keyword…  alice  +2        3 d
             7  日本語の件名                    bob    -1     12 min

        Next
          - the change needs a vote of a second core developer; ask
            with pyflow submit --reviewer NAME
          url   https://review.example.org/c/python/cpython/+/1204
          gate  outside the window
          line one
            line two, which is not wrapped however long it is, since it is quoted
        ");
    }

    #[test]
    fn two_hundred_columns_and_no_width() {
        let wide = sample().render(false, Some(200));
        assert_eq!(wide, sample().render(false, None));
        assert_snapshot!(wide, @r"
        2 changes for main

        change  subject                                                                   owner  votes     age
          1204  Keep the order of the keyword arguments when a partial object is pickled  alice  +2        3 d
             7  日本語の件名                                                              bob    -1     12 min

        Next
          - the change needs a vote of a second core developer; ask with pyflow submit --reviewer NAME
          url   https://review.example.org/c/python/cpython/+/1204
          gate  outside the window
          line one
            line two, which is not wrapped however long it is, since it is quoted
        ");
    }

    #[test]
    fn colour_is_added_and_changes_no_word() {
        let painted = sample().render(true, Some(60));
        assert_ne!(painted, sample().render(false, Some(60)));
        assert_eq!(console::strip_ansi_codes(&painted), sample().render(false, Some(60)));
    }

    #[test]
    fn a_text_without_blanks_goes_on_below_its_mark() {
        let mut page = Page::new();
        page.item("12", "Fix 引数の順序を保つように部分オブジェクトの複製を直す");
        assert_snapshot!(page.render(false, Some(24)), @"
        12 Fix 引数の順序を保つ
           ように部分オブジェク
           トの複製を直す
        ");
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_word_and_keeps_to_the_width(
            pieces in proptest::collection::vec("[a-z日 ]{0,12}", 0..12), room in 8_usize..60, hang in 0_usize..12,
        ) {
            let mark = if hang > 0 { "x".repeat(hang - 1) + " " } else { String::new() };
            let whole = mark + &pieces.concat();
            let lines = wrapped(&[plain(&whole)], Some(room), hang);
            let text = |line: &Vec<Span>| line.iter().map(|s| s.text.as_str()).collect::<String>();
            let all = lines.iter().map(text).collect::<Vec<_>>().join(" ");
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&all), letters(&whole));
            for (number, line) in lines.iter().map(text).enumerate() {
                let line = line.trim_end();
                // Only a word that is longer than the line, alone or behind the mark, may stick out, and
                // none that can be parted.
                let alone = !line.ends_with('日') && line.split_whitespace().count() <= if number == 0 && hang > 0 { 2 } else { 1 };
                prop_assert!(console::measure_text_width(line) <= room || alone, "{line:?} in {room}");
            }
        }
    }
}
