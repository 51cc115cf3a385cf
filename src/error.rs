//! The one error type. Every failure that a visitor can meet tells the cause, the place and the remedy; the page shows
//! all three, and the API rejects with `{code, message, hint}`.
//!
//! Never here: errors that only a programmer can cause. Those are asserted where they would arise.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of a failure, stable across versions: programs may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A model specification cannot be built, for example a kernel larger than its input.
    InvalidModel,
    /// A run configuration has a value outside its range.
    InvalidConfig,
    /// A data file is damaged, of another format, or larger than allowed.
    InvalidData,
    /// Data was named that is not loaded.
    UnknownData,
    /// A file could not be fetched or read.
    Fetch,
    /// A device was asked for that is not there or does not work.
    DeviceUnavailable,
    /// A device failed while it was in use.
    DeviceLost,
    /// The worker died: it ran out of memory or hit a bug.
    WorkerDied,
    /// A message between page and worker could not be understood.
    Protocol,
    /// A callback written in the page cannot be read or has failed.
    Script,
    /// A lesson's file has a mistake.
    InvalidLesson,
    /// The page's host has put another build in its place.
    Outdated,
    /// A command that does not fit the present state, for example "pause" with no run.
    InvalidState,
}

/// The longest message and the longest hint, in characters. They quote what came in (a name, a fault of its JSON), which may be of any
/// length.
const LONGEST: usize = 1_000;

/// `text`, cut with an ellipsis where it is too long to be read.
fn readable(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} …", &text[..end]),
    }
}

/// `text` with a capital at its begin, where its first word is one of plain letters.
pub fn sentence(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ':', ';']);
    match text.get(..1) {
        Some(letter) if first.chars().all(|letter| letter.is_ascii_lowercase() || letter == '\'') => {
            letter.to_ascii_uppercase() + &text[1..]
        }
        _ => text.to_owned(),
    }
}

/// An error for people: the cause and its place ([`message`](Error::message)), and the remedy ([`hint`](Error::hint)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    code: Code,
    message: String,
    hint: String,
}

impl Error {
    /// An error of kind `code`; `message` tells the cause and its place, `hint` the visitor's remedy.
    pub fn new(code: Code, message: impl AsRef<str>, hint: impl AsRef<str>) -> Self {
        Self::of(code, message.as_ref(), hint.as_ref())
    }

    /// The same, compiled once: errors are made in hundreds of places, and each would copy its texts by a program of its own.
    #[inline(never)]
    fn of(code: Code, message: &str, hint: &str) -> Self {
        Self { code, message: readable(message), hint: readable(hint) }
    }

    /// The kind of the failure.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The cause and its place, without a full stop.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The remedy, as an instruction to the visitor.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The message and the remedy as sentences. A name that the first word may be, of a file or a series, stays as it is.
    pub fn sentences(&self) -> String {
        format!("{}. {}.", sentence(&self.message), sentence(&self.hint))
    }

    /// The same error with `place` put before its message: `place: message`.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = readable(&format!("{place}: {}", self.message));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_cut_to_a_readable_length() {
        let error = Error::new(Code::InvalidData, "é".repeat(1_000_000), "x".repeat(1_001)).at("ü".repeat(5_000));
        assert_eq!((error.message().chars().count(), error.hint().chars().count()), (LONGEST + 2, LONGEST + 2));
        assert!(error.message().ends_with(" …") && error.hint().ends_with("x …"));
        let short = Error::new(Code::InvalidData, "m", "h").at("p");
        assert_eq!(short.to_string(), "p: m; h");
    }
}
