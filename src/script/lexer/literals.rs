//! The lengths of strings, regular expressions and numbers, from their first characters on. Never here: whether one begins at a place,
//! which follows from the tokens before it; templates, which have tokens within.

/// Whether names and keywords have this character.
pub(super) fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\' | '\u{200c}' | '\u{200d}')
}

/// The length of a string that begins with `quote`; `None` where it does not end on its line.
pub(super) fn string_length(rest: &str, quote: char) -> Option<usize> {
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

/// The length of a regular expression with its flags; `None` where it does not end on its line.
pub(super) fn regex_length(rest: &str) -> Option<usize> {
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
pub(super) fn number_length(rest: &str) -> usize {
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
