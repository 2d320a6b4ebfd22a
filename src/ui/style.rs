//! What a piece of text means, and the colour that shows it. The meaning must be readable without
//! the colour.

use super::sanitise::clean;

/// Whether to colour a stream when nobody chose. `NO_COLOR` (no-color.org), then `CLICOLOR_FORCE`
/// and `CLICOLOR` (bixense.com/clicolors), then whether it is a terminal that can.
pub(super) fn paints(terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let is = |name: &str, wanted: &str| env(name).is_some_and(|value| value == wanted);
    if set("NO_COLOR") {
        false
    } else if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
        true
    } else {
        terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb")
    }
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Meaning {
    /// Ordinary text.
    #[default]
    Plain,
    /// What a line is about.
    Strong,
    /// What can be passed over.
    Dim,
    /// Done, passed, allowed.
    Good,
    /// Failed, refused, in the way.
    Bad,
    /// Wants a look.
    Caution,
    /// A name: a branch, a commit, a change, a file.
    Name,
    /// Something to type.
    Command,
    /// A URL.
    Link,
}

impl Meaning {
    /// `text` with the colour of this meaning.
    pub(super) fn paint(self, text: &str) -> String {
        let style = console::Style::new().force_styling(true);
        let style = match self {
            Self::Plain => return text.to_owned(),
            Self::Strong => style.bold(),
            Self::Dim => style.dim(),
            Self::Good => style.green(),
            Self::Bad => style.red(),
            Self::Caution => style.yellow(),
            Self::Name => style.cyan(),
            Self::Command => style.bold().cyan(),
            Self::Link => style.underlined(),
        };
        style.apply_to(text).to_string()
    }
}

/// A piece of text with its meaning. Its text is made safe when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub(super) text: String,
    pub(super) meaning: Meaning,
}

impl Span {
    /// A piece of one line.
    pub fn new(meaning: Meaning, text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()).into_owned(), meaning }
    }

    /// Columns on a terminal.
    pub fn width(&self) -> usize {
        console::measure_text_width(&self.text)
    }
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        plain(text)
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        plain(text)
    }
}

impl From<&String> for Span {
    fn from(text: &String) -> Self {
        plain(text)
    }
}

macro_rules! shorthands {
    ($($(#[$doc:meta])* $name:ident => $meaning:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(text: impl AsRef<str>) -> Span {
            Span::new(Meaning::$meaning, text)
        })*
    };
}

shorthands! {
    /// Ordinary text.
    plain => Plain;
    /// What a line is about.
    strong => Strong;
    /// What can be passed over.
    dim => Dim;
    /// Done, passed, allowed.
    good => Good;
    /// Failed, refused, in the way.
    bad => Bad;
    /// Wants a look.
    caution => Caution;
    /// A branch, a commit, a change, a file.
    name => Name;
    /// Something to type.
    command => Command;
    /// A URL.
    link => Link;
}

#[cfg(test)]
mod tests {
    use super::paints;

    #[test]
    fn the_environment_decides_where_nobody_chose() {
        let env = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        };
        assert!(paints(true, &env(&[])));
        assert!(!paints(false, &env(&[])));
        assert!(paints(false, &env(&[("CLICOLOR_FORCE", "1")])));
        assert!(!paints(false, &env(&[("CLICOLOR_FORCE", "0")])));
        assert!(!paints(true, &env(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")])));
        assert!(paints(true, &env(&[("NO_COLOR", "")])));
        assert!(!paints(true, &env(&[("CLICOLOR", "0")])));
        assert!(!paints(true, &env(&[("TERM", "dumb")])));
    }
}
