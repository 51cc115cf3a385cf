//! A mistake in a lesson's file: its line, what is wrong, what to do.

use crate::error::{Code, Error};

/// A mistake at a line of a lesson's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    what: String,
    hint: String,
}

/// The `Result` of reading a part of a lesson's file.
pub type Read<T> = Result<T, Fault>;

impl Fault {
    /// The mistake `what` at `line`; `hint` says what to do.
    pub fn new(line: usize, what: impl AsRef<str>, hint: impl AsRef<str>) -> Self {
        Self::with(line, what.as_ref(), hint.as_ref())
    }

    /// The same, compiled once for all the places in which a mistake is found.
    #[inline(never)]
    fn with(line: usize, what: &str, hint: &str) -> Self {
        Self { line, what: what.to_owned(), hint: hint.to_owned() }
    }

    /// The mistake that `error` tells of, at `line`.
    pub fn of(line: usize, error: &Error) -> Self {
        Self::new(line, error.message(), error.hint())
    }

    /// The mistake as an error of the file called `file`.
    pub fn in_file(self, file: &str) -> Error {
        Error::new(Code::InvalidLesson, format!("{file}, line {}: {}", self.line, self.what), self.hint)
    }
}

/// The text `value`, called `what`, unless it is empty or has more than `most` bytes.
pub fn text(line: usize, what: &str, value: &str, most: usize) -> Read<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Fault::new(line, format!("{what} is empty"), "write something there"));
    }
    if value.len() > most {
        return Err(Fault::new(line, format!("{what} has {} bytes", value.len()), format!("use at most {most}")));
    }
    Ok(value.to_owned())
}

/// `text` for a message, cut where it is long.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => format!("\"{text}\""),
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
    }
}
