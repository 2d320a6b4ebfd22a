//! The grammar of queries: words, `field:value`, quotes, parentheses, AND OR NOT and `-`.

use super::Bad;

/// A parsed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// `field:value`.
    Operator(String, String),
    /// A word without a field.
    Word(String),
    /// NOT, or `-`.
    Not(Box<Node>),
    /// All of them.
    And(Vec<Node>),
    /// One of them.
    Or(Vec<Node>),
}

/// The most nodes, and the deepest nesting, of one query.
const MAX_NODES: usize = 2000;
const MAX_DEPTH: usize = 100;

pub(super) fn parse(text: &str) -> Result<Node, Bad> {
    if text.trim().is_empty() {
        return Err(Bad::new("query is empty"));
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, nodes: 0, depth: 0 };
    let node = parser.any()?;
    parser.skip_spaces();
    if parser.at < parser.chars.len() { Err(parser.unexpected()) } else { Ok(node) }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    nodes: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// ANTLR's words, as Gerrit passes them on.
    fn unexpected(&self) -> Bad {
        let input = self.peek().map_or_else(|| "<EOF>".to_owned(), |c| c.to_string());
        Bad::new(format!("line 1:{} no viable alternative at input '{input}'", self.at))
    }

    /// Takes a keyword that stands alone.
    fn keyword(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let end = self.at + word.len();
        let here = self.chars.get(self.at..end).is_some_and(|c| c.iter().copied().eq(word.chars()));
        let alone = self.chars.get(end).is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'));
        if here && alone {
            self.at = end;
        }
        here && alone
    }

    fn any(&mut self) -> Result<Node, Bad> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Bad::new("query is nested too deeply"));
        }
        let mut nodes = vec![self.all()?];
        while self.keyword("OR") {
            nodes.push(self.all()?);
        }
        self.depth -= 1;
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Or(nodes) })
    }

    fn all(&mut self) -> Result<Node, Bad> {
        let mut nodes = vec![self.not()?];
        loop {
            if self.keyword("AND") {
                nodes.push(self.not()?);
                continue;
            }
            let before = self.at;
            if self.keyword("OR") {
                self.at = before;
                break;
            }
            self.skip_spaces();
            match self.peek() {
                None | Some(')') => break,
                Some(_) => nodes.push(self.not()?),
            }
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::And(nodes) })
    }

    fn not(&mut self) -> Result<Node, Bad> {
        let mut negated = false;
        loop {
            self.skip_spaces();
            if self.peek() == Some('-') {
                self.at += 1;
            } else if !self.keyword("NOT") {
                break;
            }
            negated = !negated;
        }
        let node = self.one()?;
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn one(&mut self) -> Result<Node, Bad> {
        self.skip_spaces();
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Bad::new("too many terms in query"));
        }
        match self.peek() {
            None | Some(')') => Err(self.unexpected()),
            Some('(') => {
                self.at += 1;
                let node = self.any()?;
                self.skip_spaces();
                if self.peek() != Some(')') {
                    return Err(self.unexpected());
                }
                self.at += 1;
                Ok(node)
            }
            Some('"') => Ok(Node::Word(self.value()?)),
            Some(_) => {
                let start = self.at;
                while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
                    self.at += 1;
                }
                if self.at > start && self.peek() == Some(':') {
                    let field = self.chars[start..self.at].iter().collect();
                    self.at += 1;
                    return Ok(Node::Operator(field, self.value()?));
                }
                self.at = start;
                Ok(Node::Word(self.value()?))
            }
        }
    }

    /// A quoted text, or everything up to a space or parenthesis.
    fn value(&mut self) -> Result<String, Bad> {
        let close = match self.peek() {
            Some('"') => '"',
            Some('{') => '}',
            _ => {
                let mut text = String::new();
                while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')) {
                    // `topic:"a b",x`: a quote opens in the middle as well.
                    if c == '"' {
                        text.push_str(&self.value()?);
                        continue;
                    }
                    text.push(c);
                    self.at += 1;
                }
                return if text.is_empty() { Err(self.unexpected()) } else { Ok(text) };
            }
        };
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => {
                    return Err(Bad::new(format!(
                        "line 1:{} mismatched character '<EOF>' expecting '{close}'",
                        self.at
                    )));
                }
                Some(c) if c == close => break,
                Some('\\') if close == '"' => {
                    self.at += 1;
                    text.extend(self.peek());
                }
                Some(c) => text.push(c),
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(text)
    }
}
