//! Interruptions of a run: where it was, the earlier state that it went on from, and whether the batches between came out the same
//! when they were trained once more.
//!
//! A run that goes on from a state repeats what was recorded after it. Its numbers are known already, so the repetition proves itself:
//! losses are compared to the bit. Never here: why a device computes otherwise.

use crate::domain::run::event::Step;
use serde::Serialize;

/// An interruption of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interruption {
    /// The number of updates of the state that it went on from.
    pub from: Step,
    /// The last batch that was recorded before; `from` where there was none after it.
    pub reached: Step,
    /// The reason, in words.
    pub why: String,
    /// Number of batches that were trained once more and compared so far.
    pub repeated: u32,
    /// The first batch whose loss came out otherwise.
    pub differs_at: Option<Step>,
    /// The recorded losses that are not compared yet, with their steps, in order.
    #[serde(skip)]
    recorded: Vec<(Step, f32)>,
}

impl Interruption {
    /// An interruption of a run that goes on from its state of `from`; `recorded` are the losses of the batches after it. Those that
    /// the interruption `before` was still to compare are compared by this one.
    pub fn new(from: Step, why: String, recorded: impl IntoIterator<Item = (Step, f32)>, before: Option<&mut Self>) -> Self {
        let again: Vec<(Step, f32)> = recorded.into_iter().collect();
        let reached = again.last().map_or(from, |(step, _)| *step);
        // The next one to be compared is the last.
        let mut recorded = before.map(|before| std::mem::take(&mut before.recorded)).unwrap_or_default();
        recorded.extend(again.into_iter().rev());
        Self { from, reached, why, repeated: 0, differs_at: None, recorded }
    }

    /// Compares the loss of the batch of `step`, which was trained once more, with the one that was recorded.
    pub fn compare(&mut self, step: Step, loss: f32) {
        while self.recorded.last().is_some_and(|(recorded, _)| *recorded < step) {
            self.recorded.pop();
        }
        let Some((_, recorded)) = self.recorded.pop_if(|(recorded, _)| *recorded == step) else { return };
        self.repeated += 1;
        if recorded.to_bits() != loss.to_bits() {
            self.differs_at.get_or_insert(step);
        }
    }

    /// The interruption in words.
    pub fn words(&self) -> String {
        let Self { from, reached, why, repeated, differs_at, recorded } = self;
        let mut words = format!("Interrupted at batch {reached}: {why}. Went on from batch {from}");
        match (differs_at, repeated) {
            (_, 0) => words.push('.'),
            (None, 1) => words += "; 1 batch repeated, equal to the bit.",
            (None, _) => words += &format!("; {repeated} batches repeated, all equal to the bit."),
            (Some(step), _) => {
                words += &format!(
                    "; {repeated} repeated, and from batch {step} on their losses differ: another device or browser may round otherwise, and scripts begin anew."
                );
            }
        }
        if !recorded.is_empty() {
            words += &format!(" {} to go.", recorded.len());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_compared_to_the_bit_and_told() {
        let losses = [(8, 0.5), (9, f32::NAN), (10, 0.25)];
        let mut interruption = Interruption::new(7, "the worker died".to_owned(), losses, None);
        assert_eq!(interruption.words(), "Interrupted at batch 10: the worker died. Went on from batch 7. 3 to go.");
        interruption.compare(8, 0.5);
        assert!(interruption.words().ends_with("; 1 batch repeated, equal to the bit. 2 to go."), "{}", interruption.words());
        losses[1..].iter().for_each(|(step, loss)| interruption.compare(*step, *loss));
        assert!(interruption.words().ends_with("Went on from batch 7; 3 batches repeated, all equal to the bit."));
        // What comes after it was never recorded.
        interruption.compare(11, 9.0);
        assert_eq!((interruption.repeated, interruption.differs_at), (3, None));
    }

    #[test]
    fn what_one_interruption_did_not_come_to_is_compared_by_the_next() {
        let why = || "the worker died".to_owned();
        let mut first = Interruption::new(7, why(), [(8, 0.5), (9, 0.25), (10, 0.125)], None);
        first.compare(8, 0.5);
        let mut second = Interruption::new(7, why(), [(8, 0.5)], Some(&mut first));
        assert!(first.words().ends_with("1 batch repeated, equal to the bit."), "{}", first.words());
        for (step, loss) in [(8, 0.5), (9, 0.25), (10, 0.5)] {
            second.compare(step, loss);
        }
        assert_eq!((second.reached, second.repeated, second.differs_at), (8, 3, Some(10)));
    }

    #[test]
    fn the_first_batch_that_differs_is_named_and_one_that_is_missing_is_none() {
        let mut interruption = Interruption::new(3, "the page was closed".to_owned(), [(4, 1.0), (5, 1.0), (6, 1.0), (7, 1.0)], None);
        interruption.compare(4, 1.0);
        interruption.compare(6, f32::from_bits(1.0_f32.to_bits() + 1));
        interruption.compare(7, 2.0);
        assert_eq!((interruption.repeated, interruption.differs_at, interruption.reached), (3, Some(6), 7));
        assert!(interruption.words().contains("3 repeated, and from batch 6 on their losses differ"), "{}", interruption.words());
        let nothing = Interruption::new(3, "the page was closed".to_owned(), [], None);
        assert_eq!(nothing.words(), "Interrupted at batch 3: the page was closed. Went on from batch 3.");
    }
}
