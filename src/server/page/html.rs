//! HTML that cannot carry what a stranger wrote as markup.

use std::fmt::{Display, Write};

/// A page in the making.
#[derive(Debug)]
pub(super) struct Html(String);

impl Html {
    /// The head of a page, and what stands on top of each.
    pub(super) fn page(root: &str, title: &str) -> Self {
        let mut html = Self(String::with_capacity(16 * 1024));
        html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
            .text(title)
            .raw(" · pyflow</title>\n<link rel=\"stylesheet\"")
            .attribute("href", format!("{root}/-/page.css"))
            .raw(">\n<script defer")
            .attribute("src", format!("{root}/-/page.js"))
            .raw("></script>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n<header><a")
            .attribute("href", format!("{root}/"))
            .raw(">pyflow</a><nav aria-label=\"Pages\"><a")
            .attribute("href", format!("{root}/#queues"))
            .raw(">Queues</a> <a")
            .attribute("href", format!("{root}/#changes"))
            .raw(">Changes</a> <a")
            .attribute("href", format!("{root}/#results"))
            .raw(">Results</a></nav></header>\n<main id=\"main\" tabindex=\"-1\">\n<h1>")
            .text(title)
            .raw("</h1>\n");
        html
    }

    /// Markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Words from anywhere.
    pub(super) fn text(&mut self, words: impl Display) -> &mut Self {
        escape(&mut self.0, &words.to_string());
        self
    }

    /// An attribute, with a blank before it.
    pub(super) fn attribute(&mut self, name: &'static str, value: impl Display) -> &mut Self {
        let _fits = write!(self.0, " {name}=\"");
        escape(&mut self.0, &value.to_string());
        self.0.push('"');
        self
    }

    /// A link to a place on this server.
    pub(super) fn link(&mut self, to: impl Display, words: impl Display) -> &mut Self {
        self.raw("<a").attribute("href", to).raw(">").text(words).raw("</a>")
    }

    /// Words in a box whose class tells how good the news is.
    pub(super) fn mark(&mut self, class: &'static str, words: impl Display) -> &mut Self {
        self.raw("<span").attribute("class", class).raw(">").text(words).raw("</span>")
    }

    /// A cell of a table.
    pub(super) fn cell(&mut self, words: impl Display) -> &mut Self {
        self.raw("<td>").text(words).raw("</td>")
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        self.raw("</main>\n</body>\n</html>\n");
        self.0
    }
}

/// Escapes markup, and takes out what would steer a terminal or turn the line around for a reader.
fn escape(out: &mut String, words: &str) {
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            // Directional overrides and isolates (Unicode annex 9), shown as what they are.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _fits = write!(out, "\u{fffd}");
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        let mut html = Html(String::new());
        html.text("<script>alert('1')</script>\u{1b}[31m\u{202e}").attribute("href", "javascript:\"onclick=");
        assert_eq!(
            html.0,
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\u{fffd}[31m\u{fffd} href=\"javascript:&quot;onclick=\""
        );
    }
}
