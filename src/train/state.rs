//! The trainer's state as plain numbers, and back: weights, running statistics, the optimiser's means and their age, checkpoints.
//!
//! Never here: the place in the data, callbacks, bytes.

use super::Trainer;
use super::checkpoints::{Checkpoints, Learned};
use super::device_logs::read_all;
use super::inference::in_order;
use super::model::array;
use super::optimizer::OptimizerState;
use crate::domain::model::ArrayHead;
use crate::domain::run::journal::Input;
use crate::domain::run::state::bytes::MOST_STATE_BYTES;
use crate::domain::run::state::{KeptNumbers, Numbers, TrainerState};
use crate::error::{Code, Error, Result};
use burn::tensor::Tensor;
use std::iter::once;

impl Trainer {
    /// Takes out the changes that were asked for by hand since the last call: weights kept, put back, forgotten.
    pub fn take_inputs(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.inputs)
    }

    /// The state after [`Trainer::step_count`] updates, read from the device in one go.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when it is larger than a state may be; [`Code::DeviceLost`] when the device fails.
    pub async fn state(&self) -> Result<TrainerState> {
        let present = self.learned();
        let all = || once(&present).chain(self.checkpoints.all().map(|(_, learned)| learned));
        let bytes: usize = all().map(|learned| 4 * (learned.weights.values() + learned.optimizer.values())).sum();
        if bytes > MOST_STATE_BYTES {
            let megabytes = |bytes: usize| bytes / 1_000_000;
            let message = format!("the state of this run has {} MB with its checkpoints", megabytes(bytes));
            let hint = format!("at most {} MB are stored; keep fewer checkpoints", megabytes(MOST_STATE_BYTES));
            return Err(Error::new(Code::InvalidState, message, hint));
        }
        let tensors: Vec<Tensor<1>> = all().flat_map(|learned| self.tensors(learned)).collect();
        let mut read = read_all(tensors).await?.into_iter();
        let heads = self.net.plan().arrays();
        let mut numbers = |learned: &Learned| Numbers {
            arrays: read.by_ref().take(heads.len()).collect(),
            means: learned.optimizer.means().iter().map(|means| read.by_ref().take(means.len()).collect()).collect(),
            updates: learned.optimizer.updates,
        };
        let first = numbers(&present);
        let kept = self.checkpoints.all().map(|(card, learned)| KeptNumbers { card: card.clone(), numbers: numbers(learned) }).collect();
        let (step, learning_rate, last_id) = (self.step, self.learning_rate, self.checkpoints.last_id());
        Ok(TrainerState { step, learning_rate, heads, present: first, kept, last_id })
    }

    /// Goes on from `state`, which must be of the same configuration. The trail of moments begins anew.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when its arrays are not those of this model and this optimiser, naming the first that is not. Then
    /// nothing has changed.
    pub fn set_state(&mut self, state: TrainerState) -> Result<()> {
        let TrainerState { step, learning_rate, heads, present, kept, last_id } = state;
        let present = self.learned_of(&heads, present)?;
        let again = |KeptNumbers { card, numbers }: KeptNumbers| Ok((card, self.learned_of(&heads, numbers)?));
        let kept: Vec<_> = kept.into_iter().map(again).collect::<Result<_>>()?;
        self.optimizer_lag = step.saturating_sub(present.optimizer.updates);
        self.net.put_back(present.weights);
        self.optimizer.restore(present.optimizer);
        self.checkpoints = Checkpoints::of(kept, last_id);
        (self.step, self.learning_rate) = (step, learning_rate);
        Ok(())
    }

    /// The arrays of `learned`, then its means.
    fn tensors(&self, learned: &Learned) -> Vec<Tensor<1>> {
        let mut net = self.net.clone();
        net.put_back(learned.weights.clone());
        net.arrays().into_iter().chain(learned.optimizer.means().iter().flatten().cloned()).collect()
    }

    /// The numbers on the device; `heads` are the names and shapes of their arrays.
    fn learned_of(&self, heads: &[ArrayHead], numbers: Numbers) -> Result<Learned> {
        let Numbers { arrays, means, updates } = numbers;
        let mut net = self.net.clone();
        net.set_arrays(in_order(&net.plan().arrays(), heads, arrays)?);
        let (wanted, lengths) = (self.optimizer.means(), net.weights().iter().map(|weight| weight.dims()[0]));
        let is_good = means.len() == net.weights().len()
            && means
                .iter()
                .zip(lengths)
                .all(|(means, length)| (means.is_empty() || means.len() == wanted) && means.iter().all(|values| values.len() == length));
        if !is_good {
            let message = "the optimiser's running means in this state are not those of this model and this optimiser";
            return Err(Error::new(Code::InvalidData, message, "go on with the configuration that the state was stored with"));
        }
        let means = means.into_iter().map(|means| means.into_iter().map(|values| array(values, self.net.device())).collect()).collect();
        Ok(Learned { weights: net.weights_and_statistics(), optimizer: OptimizerState::new(means, updates) })
    }
}
