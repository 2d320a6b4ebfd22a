//! The only room that writes to the terminal.
//!
//! stdout carries data (one text view or one JSON document), stderr carries talk: notes, warnings,
//! errors, progress, questions. Commands hand over a [`View`]; what it looks like is decided here.
//! Nothing here decides what is shown, and nothing here knows a server.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::SecretString;
use serde_json::Value;

use crate::error::{Context as _, Error, Result};
use crate::observe::{Aside, ColorChoice, Observe, Working};
use crate::outcome::Reader;

mod error;
mod json;
mod live;
mod page;
mod progress;
mod prompt;
mod sanitise;
mod style;
mod table;
mod views;

pub use page::{Line, Page};
pub use sanitise::{clean, clean_lines, is_unsafe};
pub use style::{Meaning, Span, bad, caution, command, dim, good, link, name, plain, strong};
pub use table::{Column, Table};

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One document for programs.
    Json,
}

/// How to speak.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What stdout carries.
    pub format: Format,
    /// When to colour.
    pub color: Option<ColorChoice>,
    /// Leaves out notes and progress; the result, warnings and errors stay.
    pub quiet: bool,
    /// Shows git command lines and HTTP requests; progress lines would be in their way.
    pub verbose: bool,
    /// Asks nothing, whatever the terminal is.
    pub no_input: bool,
}

/// The outcome of a command, in both forms.
pub trait View {
    /// For people.
    fn text(&self, out: &mut Page);

    /// For programs: an object whose first key is `schema`.
    fn json(&self) -> Value;
}

/// The terminal, or what stands in its place.
pub struct Ui {
    options: Options,
    stdout: Stream,
    stderr: Stream,
    progress: Progress,
    can_ask: bool,
    /// How far stdout has got; decides where an error goes as JSON.
    printed: AtomicBool,
    /// What a watch shows in place.
    picture: live::Picture,
}

use progress::Progress;

struct Stream {
    sink: Sink,
    /// What the terminal and the environment say.
    auto: bool,
    paint: AtomicBool,
    width: Option<usize>,
}

enum Sink {
    Out,
    Err,
    #[cfg(test)]
    Buffer(std::sync::Mutex<Vec<u8>>),
}

/// What a terminal has that does not tell its width.
const DEFAULT_WIDTH: usize = 80;

/// Narrower than this a layout helps nobody.
const NARROWEST: usize = 20;

impl Stream {
    fn new(sink: Sink, terminal: bool, width: Option<usize>, options: Options, env: &Env<'_>) -> Self {
        let auto = style::paints(terminal, env);
        let stream = Self { sink, auto, paint: AtomicBool::new(auto), width: width.map(|width| width.max(NARROWEST)) };
        stream.choose(options.color.unwrap_or_default());
        stream
    }

    fn choose(&self, choice: ColorChoice) {
        let paint = match choice {
            ColorChoice::Auto => self.auto,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        self.paint.store(paint, Ordering::Relaxed);
    }

    fn render(&self, page: &Page) -> String {
        page.render(self.paint.load(Ordering::Relaxed), self.width)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        match &self.sink {
            Sink::Out => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Sink::Err => io::stderr().lock().write_all(text.as_bytes()),
            #[cfg(test)]
            Sink::Buffer(buffer) => {
                buffer.lock().map_err(|_| io::Error::other("poisoned"))?.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
    }
}

type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Ui {
    /// The process's own streams; `env` reads its environment.
    ///
    /// A terminal's width is what it says, else `COLUMNS`, else 80. What is not a terminal has no
    /// width: nothing is wrapped or cut there, so that programs find whole lines. `PYFLOW_COLUMNS`
    /// says how wide what reads it will show it; the demo sets it for the commands that it plays.
    pub fn new(options: Options, env: &Env<'_>) -> Self {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let width = |term: console::Term| {
            let told = term.size_checked().map(|(_, columns)| usize::from(columns)).filter(|&columns| columns > 0);
            told.or_else(|| env("COLUMNS")?.parse().ok()).unwrap_or(DEFAULT_WIDTH)
        };
        let told = env("PYFLOW_COLUMNS").and_then(|columns| columns.parse().ok());
        let out_width = out.then(|| width(console::Term::stdout())).or(told);
        let err_width = err.then(|| width(console::Term::stderr())).or(told);
        let dumb = env("TERM").is_some_and(|term| term == "dumb");
        Self {
            options,
            stdout: Stream::new(Sink::Out, out, out_width, options, env),
            stderr: Stream::new(Sink::Err, err, err_width, options, env),
            progress: Progress::new(err && !dumb && !options.verbose && !options.quiet),
            can_ask: err && !options.no_input && io::stdin().is_terminal(),
            printed: AtomicBool::new(false),
            picture: live::Picture::new(out && !dumb && options.format == Format::Text, err && !dumb),
        }
    }

    /// Writes the outcome of a command to stdout. A reader that has gone away (`| head`) is no
    /// error; any other failure to write is one, of kind `state`.
    pub fn print(&self, view: &dyn View) -> Result<()> {
        self.printed.store(true, Ordering::Relaxed);
        match self.options.format {
            Format::Text => self.data(&format!("{}{}", self.picture.go_over(0), self.laid_out(view))),
            Format::Json => self.data(&json::document(view.json())),
        }
    }

    /// Writes text that is data in itself (a script, a man page, a patch) to stdout, byte for byte.
    pub fn raw(&self, text: &str) -> Result<()> {
        self.printed.store(true, Ordering::Relaxed);
        self.data(text)
    }

    /// Tells what went wrong: as text on stderr, or, with `--format json` and no document written
    /// yet, as `pyflow/error/1` on stdout.
    pub fn error(&self, error: &Error) {
        if self.options.format == Format::Json
            && !self.printed.load(Ordering::Relaxed)
            && self.data(&json::document(error::json(error))).is_ok()
        {
            return;
        }
        let mut page = Page::new();
        error::text(error, &mut page);
        self.talk(&page);
    }

    fn laid_out(&self, view: &dyn View) -> String {
        let mut page = Page::new();
        view.text(&mut page);
        self.stdout.render(&page)
    }

    fn data(&self, text: &str) -> Result<()> {
        self.stream(text).map(drop)
    }

    /// Writes to stdout, and says whether somebody still reads it.
    fn stream(&self, text: &str) -> Result<Reader> {
        match self.progress.aside(|| self.stdout.write(text)) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            outcome => outcome.or_error(|| Error::state("the output could not be written")).map(|()| Reader::Listening),
        }
    }

    /// Talk that cannot be written is lost; there is nowhere left to say so.
    fn talk(&self, page: &Page) {
        let text = self.stderr.render(page);
        drop(self.progress.aside(|| self.stderr.write(&text)));
    }

    fn ask_by<T>(&self, question: &str, flag: &str, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.can_ask {
            return Err(prompt::nobody(question, flag));
        }
        let _aside = self.progress.hold();
        ask()
    }
}

impl Observe for Ui {
    fn working(&self, what: &str) -> Box<dyn Working> {
        self.progress.working(what)
    }

    fn child_may_ask(&self) -> Box<dyn Aside> {
        self.progress.hold()
    }

    fn note(&self, text: &str) {
        if !self.options.quiet {
            let mut page = Page::new();
            page.line(text);
            self.talk(&page);
        }
    }

    fn warn(&self, text: &str) {
        let mut page = Page::new();
        page.told(caution("warning:"), text);
        self.talk(&page);
    }

    fn trace(&self, text: &str) {
        if self.options.verbose {
            let mut page = Page::new();
            page.item(dim("+"), dim(text));
            self.talk(&page);
        }
    }

    fn prefer_color(&self, choice: ColorChoice) {
        if self.options.color.is_none() {
            self.stdout.choose(choice);
            self.stderr.choose(choice);
        }
    }

    fn width(&self) -> Option<usize> {
        self.stderr.width
    }

    fn can_ask(&self) -> bool {
        self.can_ask
    }

    fn confirm(&self, question: &str, flag: &str) -> Result<bool> {
        self.ask_by(question, flag, || prompt::confirm(question, flag))
    }

    fn choose(&self, question: &str, choices: &[String], flag: &str) -> Result<usize> {
        self.ask_by(question, flag, || prompt::choose(question, choices, flag))
    }

    fn ask(&self, question: &str, default: Option<&str>, flag: &str) -> Result<String> {
        self.ask_by(question, flag, || prompt::ask(question, default, flag))
    }

    fn ask_secret(&self, question: &str, flag: &str) -> Result<SecretString> {
        self.ask_by(question, flag, || prompt::ask_secret(question, flag))
    }
}

#[cfg(test)]
mod tests;
