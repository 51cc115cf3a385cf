//! JavaScript as tokens, as far as the [`guard`](super::guard) needs them: where words, brackets and literals are, and
//! what kind of brace each is. Not a parser: it knows just enough grammar to tell a division from a regular expression
//! and a block from an object.
//!
//! It answers only when it is sure. Text that could be read in two ways, or is not JavaScript, gives `None`; whoever asks
//! then leaves it alone, which is always safe.

mod grammar;
mod literals;
mod token;

use grammar::Grammar;
use literals::{is_word_part, number_length, regex_length, string_length};
pub use token::{Brace, Kind, Token};

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    grammar: Grammar<'a>,
}

/// The tokens of `text`, or `None` where the lexer is not sure.
pub fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    // Comments in the manner of HTML, which scripts have for the sake of browsers from 1996.
    if text.contains("<!--") || text.lines().any(|line| line.trim_start().starts_with("-->")) {
        return None;
    }
    let mut lexer = Lexer { text, at: 0, line: 1, grammar: Grammar::default() };
    while lexer.skip_space()? {
        lexer.token()?;
    }
    lexer.grammar.finish()
}

/// Marks of more than one character that mean something else than their parts.
const MARKS: [&str; 8] = ["=>", "++", "--", "...", "??", "&&", "||", "?."];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips spaces and comments; false at the end of the text.
    fn skip_space(&mut self) -> Option<bool> {
        loop {
            let rest = self.rest();
            let length = match rest.chars().next() {
                None => return Some(false),
                Some(c) if c.is_whitespace() || c == '\u{feff}' => c.len_utf8(),
                _ if rest.starts_with("//") => rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len()),
                _ if rest.starts_with("/*") => rest.find("*/")? + 2,
                _ => return Some(true),
            };
            self.advance(length);
        }
    }

    fn advance(&mut self, length: usize) {
        self.line += self.rest()[..length].matches('\n').count() as u32;
        self.at += length;
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.grammar.push(kind, &self.rest()[..length], self.at, self.line);
        self.advance(length);
    }

    fn token(&mut self) -> Option<()> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        let second = rest[first.len_utf8()..].chars().next();
        match first {
            '"' | '\'' => self.push(Kind::Literal, string_length(rest, first)?),
            '`' => self.template(1)?,
            '/' if self.grammar.regex_may_begin()? => self.push(Kind::Literal, regex_length(rest)?),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.push(Kind::Number, number_length(rest)),
            _ if first.is_ascii_digit() => self.push(Kind::Number, number_length(rest)),
            _ if is_word_part(first) => self.word(),
            '(' | '[' => self.open_bracket(1, Brace::Other),
            '{' => {
                let brace = self.grammar.brace();
                self.open_bracket(1, brace);
            }
            ')' | ']' | '}' => self.close_bracket(first)?,
            _ => self.mark(first),
        }
        Some(())
    }

    fn word(&mut self) {
        let rest = self.rest();
        let length = rest.find(|c| !is_word_part(c)).unwrap_or(rest.len());
        let next = rest[length..].trim_start().chars().next();
        if &rest[..length] == "class" && !self.grammar.after_dot() && !next.is_none_or(|c| matches!(c, ':' | '(' | ',' | '}' | '=' | ';')) {
            self.grammar.before_class();
        }
        self.push(Kind::Word, length);
    }

    fn mark(&mut self, first: char) {
        let rest = self.rest();
        let found = MARKS.into_iter().find(|mark| rest.starts_with(mark));
        // `a?.5:1` is a condition and a fraction.
        let is_fraction = found == Some("?.") && rest[2..].starts_with(|c: char| c.is_ascii_digit());
        let length = found.filter(|_| !is_fraction).map_or(first.len_utf8(), str::len);
        self.grammar.before_mark(&rest[..length]);
        self.push(Kind::Mark, length);
    }

    fn open_bracket(&mut self, length: usize, brace: Brace) {
        self.push(Kind::Mark, length);
        self.grammar.open(brace);
    }

    fn close_bracket(&mut self, bracket: char) -> Option<()> {
        let (open, brace) = self.grammar.close(bracket)?;
        let close = self.grammar.len();
        if brace == Brace::Template {
            self.template(1)?;
        } else {
            self.push(Kind::Mark, 1);
        }
        self.grammar.pair(open, close);
        Some(())
    }

    /// A piece of a template, from its backtick or the `}` before it up to its end or the next `${`.
    fn template(&mut self, skip: usize) -> Option<()> {
        let rest = self.rest();
        let mut characters = rest[skip..].char_indices();
        while let Some((at, c)) = characters.next() {
            let here = skip + at;
            match c {
                '\\' => {
                    characters.next();
                }
                '`' => {
                    self.push(Kind::Literal, here + 1);
                    return Some(());
                }
                '$' if rest[here..].starts_with("${") => {
                    self.push(Kind::Literal, here);
                    self.open_bracket(2, Brace::Template);
                    return Some(());
                }
                _ => {}
            }
        }
        None
    }
}
