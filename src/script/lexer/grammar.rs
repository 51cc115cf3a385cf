//! The grammar, as far as it tells a division from a regular expression and a block from an object: the tokens so far and the
//! brackets that are open say what comes next. Never here: the characters of a token.

use super::token::{Brace, Kind, Token};

/// A bracket that is open.
struct Open {
    token: usize,
    brace: Brace,
    /// Number of `?` whose `:` has not come yet.
    conditionals: u32,
}

/// Words after which an expression begins.
const BEFORE_EXPRESSION: [&str; 12] =
    ["return", "typeof", "instanceof", "in", "new", "delete", "void", "throw", "case", "do", "else", "extends"];

/// Words that are keywords in some places and names in others.
const SOMETIMES_KEYWORDS: [&str; 3] = ["of", "yield", "await"];

/// The tokens so far, and what is known of the place behind them.
#[derive(Default)]
pub(super) struct Grammar<'a> {
    tokens: Vec<Token<'a>>,
    open: Vec<Open>,
    /// Number of `?` outside of all brackets whose `:` has not come yet.
    conditionals: u32,
    /// Bracket depths at which a `class` waits for its body.
    classes: Vec<usize>,
    /// Whether the latest `:` belongs to a `?`.
    conditional_colon: bool,
}

impl<'a> Grammar<'a> {
    /// Appends a token that begins at byte `start`, on `line`.
    pub(super) fn push(&mut self, kind: Kind, text: &'a str, start: usize, line: u32) {
        let inside = self.open.last().map(|open| open.token);
        self.tokens.push(Token { kind, text, start, line, inside, partner: None, brace: Brace::Other });
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// All tokens at the end of the text, or `None` where a bracket is still open.
    pub(super) fn finish(self) -> Option<Vec<Token<'a>>> {
        self.open.is_empty().then_some(self.tokens)
    }

    /// Takes note of a mark that comes next: whether a `:` belongs to a `?`.
    pub(super) fn before_mark(&mut self, mark: &str) {
        let conditionals = self.open.last_mut().map_or(&mut self.conditionals, |open| &mut open.conditionals);
        match mark {
            "?" => *conditionals += 1,
            ";" => *conditionals = 0,
            ":" => {
                self.conditional_colon = *conditionals > 0;
                *conditionals = conditionals.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// Takes note of a `class` whose body has not come yet.
    pub(super) fn before_class(&mut self) {
        self.classes.push(self.open.len());
    }

    /// Takes the last token for a bracket that opens.
    pub(super) fn open(&mut self, brace: Brace) {
        let token = self.tokens.len() - 1;
        self.tokens[token].brace = brace;
        self.open.push(Open { token, brace, conditionals: 0 });
    }

    /// Closes the innermost open bracket by `bracket`, and gives its index and meaning; `None` where another one is open.
    pub(super) fn close(&mut self, bracket: char) -> Option<(usize, Brace)> {
        let open = self.open.pop()?;
        let expected = match self.tokens[open.token].text {
            "(" => ')',
            "[" => ']',
            _ => '}',
        };
        if bracket != expected {
            return None;
        }
        self.classes.retain(|&depth| depth <= self.open.len());
        Some((open.token, open.brace))
    }

    /// Makes two brackets, by their indices, each other's partners.
    pub(super) fn pair(&mut self, open: usize, close: usize) {
        self.tokens[close].partner = Some(open);
        self.tokens[open].partner = Some(close);
    }

    fn last(&self) -> Option<&Token<'a>> {
        self.tokens.last()
    }

    /// The token so many steps before the last one.
    fn before(&self, steps: usize) -> Option<&Token<'a>> {
        self.tokens.len().checked_sub(steps + 1).and_then(|index| self.tokens.get(index))
    }

    /// Whether the last token is a dot, so that a name comes next.
    pub(super) fn after_dot(&self) -> bool {
        self.last().is_some_and(|last| last.is(".") || last.is("?."))
    }

    /// Whether the last token is a word after a dot, and so the name of a property.
    fn last_is_property(&self) -> bool {
        self.before(1).is_some_and(|token| token.is(".") || token.is("?."))
    }

    /// Whether a `/` at the present place begins a regular expression; `None` where it cannot be told.
    pub(super) fn regex_may_begin(&self) -> Option<bool> {
        let Some(last) = self.last() else { return Some(true) };
        match last.kind {
            Kind::Number | Kind::Literal => Some(false),
            Kind::Word if self.last_is_property() => Some(false),
            Kind::Word if SOMETIMES_KEYWORDS.contains(&last.text) => None,
            Kind::Word => Some(BEFORE_EXPRESSION.contains(&last.text)),
            Kind::Mark => {
                match last.text {
                    ")" => {
                        let open = last.partner?;
                        let word = self.tokens.get(open.checked_sub(1)?)?;
                        let is_property =
                            open.checked_sub(2).is_some_and(|before| self.tokens[before].is(".") || self.tokens[before].is("?."));
                        match word.text {
                            "if" | "while" | "for" | "with" | "await" if word.kind == Kind::Word && !is_property => {
                                if word.text == "await" { None } else { Some(true) }
                            }
                            _ => Some(false),
                        }
                    }
                    "]" => Some(false),
                    "}" => (self.tokens[last.partner?].brace == Brace::Object).then_some(false),
                    "++" | "--" => {
                        let operand = self.before(1)?;
                        (operand.kind != Kind::Mark || matches!(operand.text, ")" | "]")).then_some(false)
                    }
                    _ => Some(true),
                }
            }
        }
    }

    /// The meaning of a `{` at the present place.
    pub(super) fn brace(&mut self) -> Brace {
        let is_after = |grammar: &Self, word: &str| grammar.last().is_some_and(|last| last.kind == Kind::Word && last.text == word);
        if self.classes.last() == Some(&self.open.len()) && !is_after(self, "extends") {
            self.classes.pop();
            return Brace::Class;
        }
        let around = self.open.last().map_or(Brace::Block, |open| open.brace);
        let Some(last) = self.last() else { return Brace::Block };
        match last.kind {
            Kind::Number | Kind::Literal => Brace::Unclear,
            Kind::Word if self.last_is_property() => Brace::Unclear,
            Kind::Word => match last.text {
                "else" | "do" | "try" | "finally" | "catch" => Brace::Block,
                "static" if around == Brace::Class => Brace::Block,
                "let" | "const" | "var" | "of" | "yield" | "await" => Brace::Object,
                word if BEFORE_EXPRESSION.contains(&word) => Brace::Object,
                _ => Brace::Unclear,
            },
            Kind::Mark => match last.text {
                ")" | ";" | "}" | "=>" => Brace::Block,
                "{" => match around {
                    Brace::Block => Brace::Block,
                    _ => Brace::Unclear,
                },
                ":" if self.conditional_colon => Brace::Object,
                ":" => match around {
                    Brace::Block => Brace::Block,
                    Brace::Class | Brace::Unclear => Brace::Unclear,
                    Brace::Object | Brace::Template | Brace::Other => Brace::Object,
                },
                "]" | "++" | "--" => Brace::Unclear,
                _ => Brace::Object,
            },
        }
    }
}
