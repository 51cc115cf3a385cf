//! Messages between the page and the storage worker. Each question has one answer, in the order of the questions.

use super::disk::Trouble;
use serde::{Deserialize, Serialize};

/// A message from the page to the storage worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The number of the question.
    pub request: u32,
    /// The question.
    pub what: What,
}

/// A wish of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// To begin with the runs of the page whose folder on its host is this one. First of all.
    Open {
        /// The path.
        path: String,
    },
    /// To append entries to a run's log. Bulk: the packed entries.
    Append {
        /// The key of the run.
        run: String,
        /// Whether more will come: the log stays open, and no other tab may write it.
        hold: bool,
        /// Whether they are to be safe from the death of the machine.
        commit: bool,
    },
    /// To put something large into a file of its own. Bulk: the bytes.
    Put {
        /// The key of the run.
        run: String,
        /// The slot that the file is in.
        slot: String,
        /// Words about it.
        about: String,
    },
    /// To know all runs.
    List,
    /// To read a run's log, or to read on: each answer has a piece.
    Read {
        /// The key of the run.
        run: String,
        /// Whether to begin at its begin.
        first: bool,
    },
    /// To read a file of its own.
    File {
        /// The key of the run.
        run: String,
        /// The number of the file.
        number: u32,
        /// Number of bytes that it has.
        bytes: f64,
        /// The CRC-32C of these.
        sum: u32,
    },
    /// To delete a run.
    Delete {
        /// The key of the run.
        run: String,
    },
    /// To delete every run that nobody is writing.
    Clear,
    /// To know how much room is taken.
    Room,
}

/// A message from the storage worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tell {
    /// The number of the question that it answers.
    pub request: u32,
    /// The answer.
    pub said: Said,
}

/// An answer of the storage worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// The id of its build, now that it has started; the first message, with no question.
    Ready(String),
    /// Done. Bulk: the bytes of a file that was asked for.
    Done,
    /// All runs, in the order of their begins.
    Listed(Vec<Card>),
    /// A piece of a log. Bulk: packed entries.
    Piece {
        /// Whether it was the last.
        is_last: bool,
        /// Bytes of damage that were stepped over so far.
        skipped: f64,
    },
    /// The bytes that are taken, and those that may be taken in all; not a number where the browser does not say.
    Room {
        /// Taken.
        used: f64,
        /// Allowed in all.
        quota: f64,
    },
    /// The reason why it cannot be done.
    Trouble(Trouble),
}

/// One run, as a list has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The key.
    pub run: String,
    /// Bytes of its log.
    pub log: f64,
    /// Bytes of all its files.
    pub bytes: f64,
    /// Whether somebody is writing it: this tab or another one.
    pub is_held: bool,
}
