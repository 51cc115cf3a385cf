//! JavaScript as tokens, as far as the [`guard`](super::guard) needs them: where words, brackets and literals are, and
//! what kind of brace each is. Not a parser: it knows just enough grammar to tell a division from a regular expression
//! and a block from an object.
//!
//! It answers only when it is sure. Text that could be read in two ways, or is not JavaScript, gives `None`; whoever asks
//! then leaves it alone, which is always safe.

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

    fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
}

struct Open {
    token: usize,
    brace: Brace,
    /// Number of `?` whose `:` has not come yet.
    conditionals: u32,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    tokens: Vec<Token<'a>>,
    open: Vec<Open>,
    /// Number of `?` outside of all brackets whose `:` has not come yet.
    conditionals: u32,
    /// Bracket depths at which a `class` waits for its body.
    classes: Vec<usize>,
    /// Whether the latest `:` belongs to a `?`.
    conditional_colon: bool,
}

/// The tokens of `text`, or `None` where the lexer is not sure.
pub fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    // Comments in the manner of HTML, which scripts have for the sake of browsers from 1996.
    if text.contains("<!--") || text.lines().any(|line| line.trim_start().starts_with("-->")) {
        return None;
    }
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        tokens: Vec::new(),
        open: Vec::new(),
        conditionals: 0,
        classes: Vec::new(),
        conditional_colon: false,
    };
    while lexer.skip_space()? {
        lexer.token()?;
    }
    lexer.open.is_empty().then_some(lexer.tokens)
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\' | '\u{200c}' | '\u{200d}')
}

/// Marks of more than one character that mean something else than their parts.
const MARKS: [&str; 8] = ["=>", "++", "--", "...", "??", "&&", "||", "?."];

/// Words after which an expression begins.
const BEFORE_EXPRESSION: [&str; 12] =
    ["return", "typeof", "instanceof", "in", "new", "delete", "void", "throw", "case", "do", "else", "extends"];

/// Words that are keywords in some places and names in others.
const SOMETIMES_KEYWORDS: [&str; 3] = ["of", "yield", "await"];

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
        let inside = self.open.last().map(|open| open.token);
        let text = &self.rest()[..length];
        self.tokens.push(Token { kind, text, start: self.at, line: self.line, inside, partner: None, brace: Brace::Other });
        self.advance(length);
    }

    fn token(&mut self) -> Option<()> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        let second = rest[first.len_utf8()..].chars().next();
        match first {
            '"' | '\'' => self.push(Kind::Literal, string_length(rest, first)?),
            '`' => self.template(1)?,
            '/' if self.regex_may_begin()? => self.push(Kind::Literal, regex_length(rest)?),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.push(Kind::Number, number_length(rest)),
            _ if first.is_ascii_digit() => self.push(Kind::Number, number_length(rest)),
            _ if is_word_part(first) => self.word(),
            '(' | '[' => self.open_bracket(1, Brace::Other),
            '{' => {
                let brace = self.brace();
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
        if &rest[..length] == "class" && !self.after_dot() && !next.is_none_or(|c| matches!(c, ':' | '(' | ',' | '}' | '=' | ';')) {
            self.classes.push(self.open.len());
        }
        self.push(Kind::Word, length);
    }

    fn mark(&mut self, first: char) {
        let rest = self.rest();
        let found = MARKS.into_iter().find(|mark| rest.starts_with(mark));
        // `a?.5:1` is a condition and a fraction.
        let is_fraction = found == Some("?.") && rest[2..].starts_with(|c: char| c.is_ascii_digit());
        let length = found.filter(|_| !is_fraction).map_or(first.len_utf8(), str::len);
        let conditionals = self.open.last_mut().map_or(&mut self.conditionals, |open| &mut open.conditionals);
        match (length, first) {
            (1, '?') => *conditionals += 1,
            (1, ';') => *conditionals = 0,
            (1, ':') => {
                self.conditional_colon = *conditionals > 0;
                *conditionals = conditionals.saturating_sub(1);
            }
            _ => {}
        }
        self.push(Kind::Mark, length);
    }

    fn open_bracket(&mut self, length: usize, brace: Brace) {
        let token = self.tokens.len();
        self.push(Kind::Mark, length);
        self.tokens[token].brace = brace;
        self.open.push(Open { token, brace, conditionals: 0 });
    }

    fn close_bracket(&mut self, bracket: char) -> Option<()> {
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
        let token = self.tokens.len();
        if open.brace == Brace::Template {
            self.template(1)?;
        } else {
            self.push(Kind::Mark, 1);
        }
        self.tokens[token].partner = Some(open.token);
        self.tokens[open.token].partner = Some(token);
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

    fn last(&self) -> Option<&Token<'a>> {
        self.tokens.last()
    }

    fn before(&self, steps: usize) -> Option<&Token<'a>> {
        self.tokens.len().checked_sub(steps + 1).and_then(|index| self.tokens.get(index))
    }

    fn after_dot(&self) -> bool {
        self.last().is_some_and(|last| last.is(".") || last.is("?."))
    }

    /// Whether the last token is a word after a dot, and so the name of a property.
    fn last_is_property(&self) -> bool {
        self.before(1).is_some_and(|token| token.is(".") || token.is("?."))
    }

    fn regex_may_begin(&self) -> Option<bool> {
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
    fn brace(&mut self) -> Brace {
        let is_after = |lexer: &Self, word: &str| lexer.last().is_some_and(|last| last.kind == Kind::Word && last.text == word);
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

fn string_length(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            '\n' | '\r' => return None,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn regex_length(rest: &str) -> Option<usize> {
    let mut in_class = false;
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                characters.next().filter(|(_, c)| !matches!(c, '\n' | '\r'))?;
            }
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => return None,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                let flags = &rest[at + 1..];
                return Some(at + 1 + flags.find(|c| !is_word_part(c)).unwrap_or(flags.len()));
            }
            _ => {}
        }
    }
    None
}

/// The length of a number: digits and letters, one point, and the sign of an exponent.
fn number_length(rest: &str) -> usize {
    let is_plain = !rest.starts_with("0x") && !rest.starts_with("0X");
    let (mut has_point, mut before) = (false, ' ');
    for (at, c) in rest.char_indices() {
        let belongs = match c {
            '.' => !std::mem::replace(&mut has_point, true),
            '+' | '-' => is_plain && matches!(before, 'e' | 'E'),
            c => c.is_ascii_alphanumeric() || c == '_',
        };
        if !belongs {
            return at;
        }
        before = c;
    }
    rest.len()
}
