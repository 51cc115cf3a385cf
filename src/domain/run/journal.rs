//! The journal of a run: all that reached it from outside while it went on, each input with the step before whose update it took
//! effect.
//!
//! Everything else follows from the configuration. Visitors and scripts ask at moments that no seed gives, so a run can only be
//! repeated by what was written down. Never here: what an input does; that is the training loop's.

use super::checkpoint::CheckpointId;
use super::event::Step;
use crate::domain::format::exact;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The largest number of inputs that a journal keeps. Of more the oldest are forgotten; whoever wants all of them is told of each
/// ([`Callback::on_input`](crate::domain::callback::Callback::on_input)).
pub const MOST_INPUTS: usize = 10_000;

/// The place of an input among the turns around an update, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum At {
    /// The turn after the last batch of an epoch, before its validation.
    Trained,
    /// The validation.
    Validation,
    /// The turn before a batch.
    Batch,
}

/// A request from outside that changes a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// The learning rate was set.
    LearningRate(#[serde(with = "exact")] f64),
    /// The end of the run was asked for, for this reason.
    Stop(String),
    /// The budget for watching was set, in percent.
    WatchBudget(#[serde(with = "exact")] f64),
    /// The weights were kept under this name.
    Keep(String),
    /// The weights of a checkpoint were put back, with its optimiser's means.
    PutBack(CheckpointId),
    /// A checkpoint was deleted.
    Forget(CheckpointId),
}

/// An input with its place in the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// The step of the first update after it.
    pub step: Step,
    /// The turn in which it took effect.
    pub at: At,
    /// The input.
    pub input: Input,
}

/// The inputs of a run so far, in the order in which they took effect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Journal {
    /// Number of the oldest inputs that are no longer here.
    forgotten: u32,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Adds an input.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
        if self.entries.len() > MOST_INPUTS {
            self.entries.pop_front();
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }

    /// Number of inputs that there were, those that are forgotten included.
    pub fn count(&self) -> usize {
        self.forgotten as usize + self.entries.len()
    }

    /// The inputs that are kept, the oldest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }
}

/// The inputs of a run as they were told, each with its number: what a worker needs to repeat them. Told twice, as by a worker that
/// repeats them, an input is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told(Vec<Entry>);

impl Told {
    /// The most inputs that are kept.
    const MOST: usize = 10 * MOST_INPUTS;

    /// Takes the input of this number, counted from 0; `None` where one before it is missing, or there are too many.
    pub fn take(&mut self, number: u32, entry: Entry) -> Option<()> {
        let number = number as usize;
        if number > self.0.len() || number >= Self::MOST {
            return None;
        }
        // Another one at its place came in before those that are repeated.
        if self.0.get(number) != Some(&entry) {
            self.0.insert(number, entry);
        }
        Some(())
    }

    /// The inputs, in their order.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_reads_like_what_happened() {
        let mut journal = Journal::default();
        journal.push(Entry { step: 7, at: At::Batch, input: Input::LearningRate(0.1) });
        journal.push(Entry { step: 9, at: At::Validation, input: Input::Stop("enough".into()) });
        let json = serde_json::to_string(&journal).unwrap();
        let expected = r#"{"forgotten":0,"entries":[{"step":7,"at":"batch","input":{"learningRate":0.1}},{"step":9,"at":"validation","input":{"stop":"enough"}}]}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Journal>(&json).unwrap(), journal);
        assert!(At::Trained < At::Validation && At::Validation < At::Batch);
    }

    #[test]
    fn inputs_that_are_repeated_are_told_once() {
        let entry = |step| Entry { step, at: At::Batch, input: Input::LearningRate(0.5) };
        let mut told = Told::default();
        assert_eq!(told.take(1, entry(2)), None, "the first one is missing");
        for (number, step) in [(0, 1), (1, 2), (2, 3), (1, 2), (2, 3)] {
            told.take(number, entry(step)).unwrap();
        }
        assert_eq!(told.entries(), [entry(1), entry(2), entry(3)]);
        // The visitor was quicker than the repetition.
        let between = Entry { step: 2, at: At::Batch, input: Input::Stop("enough".into()) };
        told.take(1, between.clone()).unwrap();
        told.take(2, entry(2)).unwrap();
        assert_eq!(told.entries(), [entry(1), between, entry(2), entry(3)]);
    }

    #[test]
    fn the_oldest_inputs_are_forgotten_and_counted() {
        let mut journal = Journal::default();
        (1..=10_003).for_each(|step| journal.push(Entry { step, at: At::Batch, input: Input::LearningRate(0.5) }));
        assert_eq!((journal.count(), journal.entries().len()), (10_003, MOST_INPUTS));
        assert_eq!(journal.entries().next().map(|entry| entry.step), Some(4));
    }
}
