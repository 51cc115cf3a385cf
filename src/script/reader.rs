//! The reader of a sandbox's messages: taken apart piece by piece and cut to size, since a script may have made up any of
//! them. Pure, so that it can be fuzzed: a browser's value is one kind of [`Value`]. Never here: the reaction to a message.

use super::feed::CHUNK;
use super::logs::MOST_NAMES;
use super::words::{Problem, Report, Word};

/// The largest number of a list's entries that are read, except where fewer are meant.
pub const MOST_ENTRIES: usize = 200;
/// The longest text that is read, in UTF-16 units.
pub const MOST_UNITS: u32 = 600;

/// A value of a message. Whatever it is not is nothing: no field, no entries, no text.
pub trait Value: Sized {
    /// The field `key`.
    fn field(&self, key: &str) -> Self;
    /// The first `most` entries of a list.
    fn entries(&self, most: usize) -> Vec<Self>;
    /// The first `most` UTF-16 units of a text.
    fn text(&self, most: u32) -> Option<String>;
    /// The number.
    fn number(&self) -> Option<f64>;
    /// The first `most` numbers of an array of numbers.
    fn numbers(&self, most: usize) -> Vec<f64>;
    /// Whether JavaScript takes it for true.
    fn is_true(&self) -> bool;
}

/// Reads a message; `None` when it is of no known kind.
pub fn read<V: Value>(message: &V) -> Option<Word> {
    match message.field("kind").text(MOST_UNITS).as_deref()? {
        "started" => Some(Word::Started),
        "alive" => Some(Word::Alive),
        "ready" => Some(Word::Ready { hooks: texts(message, "hooks"), prints: texts(message, "prints") }),
        "broken" => Some(Word::Broken { message: text(message, "message").unwrap_or_default(), line: count(message, "line") as u32 }),
        "report" => Some(Word::Report(report(message))),
        _ => None,
    }
}

fn count<V: Value>(message: &V, key: &str) -> usize {
    message.field(key).number().filter(|number| *number >= 0.0).map_or(0, |number| number as usize)
}

fn text<V: Value>(message: &V, key: &str) -> Option<String> {
    message.field(key).text(MOST_UNITS)
}

fn texts<V: Value>(message: &V, key: &str) -> Vec<String> {
    message.field(key).entries(MOST_ENTRIES).iter().filter_map(|entry| entry.text(MOST_UNITS)).collect()
}

fn report<V: Value>(message: &V) -> Report {
    // Name, steps, values; a series has at most a number for each row of a table.
    let logged = |entry: &V| match &entry.entries(3)[..] {
        [name, steps, values] => Some((name.text(MOST_UNITS)?, steps.numbers(CHUNK), values.numbers(CHUNK))),
        _ => None,
    };
    let problem = text(message, "problem");
    Report {
        done: count(message, "done"),
        last: message.field("last").is_true(),
        prints: texts(message, "prints"),
        unprinted: count(message, "unprinted"),
        logged: message.field("logged").entries(MOST_NAMES).iter().filter_map(logged).collect(),
        stop: text(message, "stopReason"),
        learning_rate: message.field("learningRate").number(),
        spent_ms: message.field("spentMs").number().unwrap_or(0.0),
        problem: problem.map(|words| Problem {
            message: words,
            hook: text(message, "problemHook").unwrap_or_default(),
            line: count(message, "line") as u32,
        }),
    }
}
