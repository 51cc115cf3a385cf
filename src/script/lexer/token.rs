//! [`Token`]: a word, a number, a literal or a mark of JavaScript, and its place among the brackets. Never here: how tokens are found.

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword, `#private` ones included.
    Word,
    /// A number.
    Number,
    /// A string, a piece of a template, a regular expression.
    Literal,
    /// Any other character or operator.
    Mark,
}

/// The meaning of a `{`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brace {
    /// A block of statements.
    Block,
    /// An object or a pattern.
    Object,
    /// The body of a class.
    Class,
    /// The inside of `${…}` in a template.
    Template,
    /// A brace whose meaning needs a parser.
    Unclear,
    /// A parenthesis or a square bracket, no brace.
    Other,
}

/// A token and its place in the text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// The kind of the token.
    pub kind: Kind,
    /// The characters of the token.
    pub text: &'a str,
    /// The byte offset of its first character.
    pub start: usize,
    /// The line of its first character, from 1.
    pub line: u32,
    /// Index of the innermost open bracket around the token.
    pub inside: Option<usize>,
    /// Index of the matching bracket, if the token is a bracket.
    pub partner: Option<usize>,
    /// The meaning of an opening bracket; [`Brace::Other`] for every other token.
    pub brace: Brace,
}

impl Token<'_> {
    /// The byte offset just after the token.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether the token is this mark.
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
}
