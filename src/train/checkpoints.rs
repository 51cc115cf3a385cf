//! Checkpoints: weights kept in memory while a run goes on, with all that is needed to go on from them.
//!
//! Kept are handles of tensors, which never change in place: keeping costs no copy at that moment, and from the next
//! update on the memory of one more model with its optimiser. Never here: files; the decision when to keep, which is
//! the callbacks'.

use super::model::Weights;
use super::optimizer::OptimizerState;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId, MOST_BY_HAND, MOST_BYTES};
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};

/// The learned state of a run at one moment.
#[derive(Clone)]
pub struct Learned {
    /// The weights and batch norm's running statistics.
    pub weights: Weights,
    /// The optimiser's running means.
    pub optimizer: OptimizerState,
}

impl Learned {
    fn bytes(&self) -> usize {
        4 * (self.weights.values() + self.optimizer.values())
    }
}

struct Checkpoint {
    card: CheckpointCard,
    learned: Learned,
}

/// The description that weights are kept under.
pub struct Label {
    /// The name: a callback's slot, or the visitor's own.
    pub name: String,
    /// The monitored series and its value, if that is the reason.
    pub value: Option<(String, f64)>,
    /// Number of updates that the weights have had.
    pub step: Step,
    /// The time in milliseconds since the run began.
    pub at_ms: f64,
}

/// The checkpoints of a run, the oldest first.
pub struct Checkpoints {
    kept: Vec<Checkpoint>,
    last_id: CheckpointId,
    /// Number of bytes that they may take together.
    budget: usize,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self::within(MOST_BYTES)
    }
}

impl Checkpoints {
    /// No checkpoints yet, which may take `budget` bytes together.
    pub fn within(budget: usize) -> Self {
        Self { kept: Vec::new(), last_id: 0, budget }
    }

    /// Checkpoints that were kept before, the oldest first; the next one has the id after `last_id`.
    pub fn of(kept: impl IntoIterator<Item = (CheckpointCard, Learned)>, last_id: CheckpointId) -> Self {
        let again =
            |(card, learned): (CheckpointCard, Learned)| Checkpoint { card: CheckpointCard { bytes: learned.bytes(), ..card }, learned };
        Self { kept: kept.into_iter().map(again).collect(), last_id, ..Self::default() }
    }

    /// The checkpoints with their cards, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = (&CheckpointCard, &Learned)> {
        self.kept.iter().map(|checkpoint| (&checkpoint.card, &checkpoint.learned))
    }

    /// The id that was last given.
    pub fn last_id(&self) -> CheckpointId {
        self.last_id
    }

    fn bytes(&self) -> usize {
        self.kept.iter().map(|checkpoint| checkpoint.card.bytes).sum()
    }

    fn push(&mut self, label: Label, by_hand: bool, learned: Learned) -> CheckpointCard {
        self.last_id += 1;
        let Label { name, value, step, at_ms } = label;
        let bytes = learned.bytes();
        let card = CheckpointCard { id: self.last_id, name, by_hand, step, value, at_ms, bytes };
        self.kept.push(Checkpoint { card: card.clone(), learned });
        card
    }

    /// Keeps `learned` for a callback, in place of the oldest of more than `copies` of the same name; of fewer where all
    /// checkpoints take more than their budget, but always of one.
    pub fn keep_slot(&mut self, label: Label, copies: u32, learned: Learned) {
        let name = label.name.clone();
        self.push(label, false, learned);
        let of_slot = |checkpoint: &Checkpoint| !checkpoint.card.by_hand && checkpoint.card.name == name;
        let of_it = self.kept.iter().filter(|&checkpoint| of_slot(checkpoint));
        let (count, bytes) = (of_it.clone().count(), of_it.map(|checkpoint| checkpoint.card.bytes).max().unwrap_or(0));
        let over = self.bytes().saturating_sub(self.budget).div_ceil(bytes.max(1));
        let mut surplus = count.saturating_sub(copies.max(1) as usize).max(over).min(count - 1);
        self.kept.retain(|checkpoint| {
            let goes = surplus > 0 && of_slot(checkpoint);
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// Keeps `learned` for the visitor.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when [`MOST_BY_HAND`] are kept already, or with it all would take more than their budget: none is
    /// deleted unasked.
    pub fn keep_by_hand(&mut self, label: Label, learned: Learned) -> Result<CheckpointCard> {
        if self.kept.iter().filter(|checkpoint| checkpoint.card.by_hand).count() >= MOST_BY_HAND {
            return Err(Error::new(Code::InvalidState, format!("{MOST_BY_HAND} checkpoints are kept by hand"), "forget one first"));
        }
        let bytes = self.bytes() + learned.bytes();
        if bytes > self.budget {
            let megabytes = |bytes: usize| bytes as f64 / 1e6;
            let message = format!("with this one the checkpoints would take {:.0} MB", megabytes(bytes));
            let hint = format!("they may take {:.0} MB; forget one first, or have callbacks keep fewer", megabytes(self.budget));
            return Err(Error::new(Code::InvalidState, message, hint));
        }
        Ok(self.push(label, true, learned))
    }

    /// The state that a callback last kept under `name`.
    pub fn of_slot(&self, name: &str) -> Option<&Learned> {
        let of_slot = |checkpoint: &&Checkpoint| !checkpoint.card.by_hand && checkpoint.card.name == name;
        self.kept.iter().rfind(of_slot).map(|checkpoint| &checkpoint.learned)
    }

    /// The checkpoint `id`.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is none.
    pub fn get(&self, id: CheckpointId) -> Result<(&CheckpointCard, &Learned)> {
        let found = self.kept.iter().find(|checkpoint| checkpoint.card.id == id);
        found.map(|checkpoint| (&checkpoint.card, &checkpoint.learned)).ok_or_else(|| missing(id))
    }

    /// Deletes the checkpoint `id`.
    ///
    /// # Errors
    /// As [`Checkpoints::get`].
    pub fn forget(&mut self, id: CheckpointId) -> Result<CheckpointCard> {
        let index = self.kept.iter().position(|checkpoint| checkpoint.card.id == id).ok_or_else(|| missing(id))?;
        Ok(self.kept.remove(index).card)
    }

    /// The descriptions of all checkpoints, the oldest first.
    pub fn cards(&self) -> Vec<CheckpointCard> {
        self.kept.iter().map(|checkpoint| checkpoint.card.clone()).collect()
    }
}

fn missing(id: CheckpointId) -> Error {
    Error::new(Code::InvalidState, format!("there is no checkpoint {id}"), "checkpoints() lists those that are kept")
}

#[cfg(feature = "cpu")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::run::config::OptimizerSpec;
    use crate::domain::run::preset;
    use crate::train::model::Net;
    use crate::train::optimizer::Optimizer;

    fn learned() -> Learned {
        let config = preset::config("planar").unwrap();
        let plan = config.model.plan(SampleShape::Vector(2), 2, config.loss).unwrap();
        let weights: Vec<Vec<f32>> = plan.params().map(|param| vec![0.5; param.len()]).collect();
        let optimizer = Optimizer::new(&OptimizerSpec::adam(0.1), weights.len(), &burn::tensor::Device::flex()).state(0);
        Learned { weights: Net::new(plan, weights, &burn::tensor::Device::flex()).weights_and_statistics(), optimizer }
    }

    fn label(name: &str, step: Step) -> Label {
        Label { name: name.to_owned(), value: None, step, at_ms: 0.0 }
    }

    #[test]
    fn all_checkpoints_together_stay_within_their_budget_and_every_callback_keeps_one() {
        let learned = learned();
        let mut kept = Checkpoints::within(3 * learned.bytes());
        for step in 1..=5 {
            kept.keep_slot(label("a", step), 16, learned.clone());
        }
        let steps = |kept: &Checkpoints| kept.cards().iter().map(|card| (card.name.clone(), card.step)).collect::<Vec<_>>();
        let card = |name: &str, step| (name.to_owned(), step);
        assert_eq!(steps(&kept), [card("a", 3), card("a", 4), card("a", 5)]);
        let error = kept.keep_by_hand(label("mine", 5), learned.clone()).unwrap_err();
        assert!(error.message().starts_with("with this one the checkpoints would take"), "{error}");
        kept.keep_slot(label("b", 6), 2, learned.clone());
        kept.keep_slot(label("b", 7), 2, learned.clone());
        assert_eq!(steps(&kept), [card("a", 3), card("a", 4), card("a", 5), card("b", 7)]);
        kept.keep_slot(label("a", 8), 16, learned.clone());
        assert_eq!(steps(&kept), [card("a", 5), card("b", 7), card("a", 8)]);
        kept.forget(kept.cards()[0].id).unwrap();
        assert!(kept.keep_by_hand(label("mine", 9), learned).is_ok());
    }
}
