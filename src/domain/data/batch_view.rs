//! One batch, looked at: which samples it had, what the model said of each, and where that comes from.

use super::sampler::{EpochPlan, Split, split};
use crate::domain::order::order_by;
use crate::domain::record::batch_memory::{Extent, Said};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{SampleOutcome, Step};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// In which order the samples of a batch are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleOrder {
    /// As they stood in the batch.
    #[default]
    Position,
    /// The largest loss first; NaN is the largest of all.
    Loss,
}

impl SampleOrder {
    /// The positions of `outcomes` in this order.
    pub fn of(self, outcomes: &[SampleOutcome]) -> Vec<usize> {
        match self {
            Self::Position => (0..outcomes.len()).collect(),
            Self::Loss => order_by(outcomes.len(), &|a, b| SampleOutcome::worse_first(&outcomes[a], &outcomes[b])),
        }
    }
}

/// Whose predictions are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// Those that were made when the batch was trained, before its update.
    AsTrained,
    /// They were let go. Those of the present weights, in evaluation (no dropout, batch norm by its running means).
    PresentWeights {
        /// Updates made to these weights.
        step: Step,
    },
    /// None: the model of that run is no longer in memory.
    None,
}

/// A batch of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Step of its update.
    pub step: Step,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Position in the epoch, from 0.
    pub batch: u32,
    /// Samples in it.
    pub size: u32,
    /// Whose predictions are shown.
    pub source: Source,
    /// How many batches' predictions are remembered.
    pub extent: Extent,
}

/// Which samples the batches of a run had.
pub struct Batches {
    split: Split,
    config: RunConfig,
    /// The epoch that was asked for last, and its order.
    epoch: Option<(u32, EpochPlan)>,
}

impl Batches {
    /// Those of `config` on a data set of `samples`.
    pub fn new(config: &RunConfig, samples: usize) -> Self {
        let split = split(samples, config.validation, u64::from(config.seed));
        Self { split, config: config.clone(), epoch: None }
    }

    /// Updates in each epoch.
    pub fn per_epoch(&self) -> u32 {
        self.split.train.len().div_ceil(self.config.batch_size) as u32
    }

    /// Updates in the whole run, if nothing stops it.
    pub fn total(&self) -> u64 {
        u64::from(self.per_epoch()) * u64::from(self.config.epochs)
    }

    /// The samples that are held out for validation.
    pub fn held_out(&self) -> &[u32] {
        &self.split.validation
    }

    /// The epoch (from 0), the position in it (from 0), and the samples of the batch of update `step` (from 1).
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when the run has no such update.
    pub fn locate(&mut self, step: Step) -> Result<(u32, u32, Vec<u32>)> {
        let per_epoch = self.per_epoch();
        let last = self.total();
        if step == 0 || u64::from(step) > last {
            let message = format!("there is no batch {step}");
            return Err(Error::new(Code::InvalidConfig, message, format!("batches are numbered from 1 to {last}")));
        }
        let (epoch, batch) = ((step - 1) / per_epoch, (step - 1) % per_epoch);
        let plan = match self.epoch.take() {
            Some((known, plan)) if known == epoch => plan,
            _ => EpochPlan::for_run(&self.config, &self.split.train, epoch),
        };
        let samples = plan.batch(batch as usize).to_vec();
        self.epoch = Some((epoch, plan));
        Ok((epoch, batch, samples))
    }
}

/// The outcomes of `samples` (positions in the data set) with `labels`, by what was `said` of them; unknown where nothing was.
pub fn outcomes(samples: &[u32], labels: &[u32], said: Option<&[Said]>) -> Vec<SampleOutcome> {
    let nothing = Said { predicted: None, probability: f32::NAN, loss: f32::NAN };
    let outcome = |(position, (&index, &label)): (usize, (&u32, &u32))| {
        let said = said.and_then(|said| said.get(position)).copied().unwrap_or(nothing);
        let (probability, loss) = (f64::from(said.probability), f64::from(said.loss));
        SampleOutcome { index, label, predicted: said.predicted, probability, loss }
    };
    samples.iter().zip(labels).enumerate().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::preset;

    #[test]
    fn any_batch_of_any_epoch_has_the_samples_that_it_was_trained_with() {
        let config = RunConfig { batch_size: 32, epochs: 3, validation: 0.2, ..preset::config("mlp").unwrap() };
        let mut batches = Batches::new(&config, 250);
        assert_eq!(batches.per_epoch(), 7);
        let train = split(250, 0.2, u64::from(config.seed)).train;
        let mut step = 0;
        for epoch in 0..3 {
            let plan = EpochPlan::new(&train, 32, u64::from(config.seed), epoch);
            for batch in 0..7 {
                step += 1;
                assert_eq!(batches.locate(step).unwrap(), (epoch, batch, plan.batch(batch as usize).to_vec()), "step {step}");
            }
        }
        assert_eq!(batches.locate(2).unwrap().0, 0, "and back again");
        for step in [0, 22] {
            assert_eq!(batches.locate(step).unwrap_err().hint(), "batches are numbered from 1 to 21", "step {step}");
        }
    }

    #[test]
    fn by_loss_is_the_worst_first_and_keeps_the_order_of_equals() {
        let said: Vec<Said> = [0.5, -f32::NAN, 2.0, 0.5].map(|loss| Said { predicted: Some(1), probability: 0.5, loss }).to_vec();
        let outcomes = outcomes(&[7, 8, 9, 3], &[0, 1, 0, 1], Some(&said));
        assert_eq!(SampleOrder::Loss.of(&outcomes), [1, 2, 0, 3]);
        assert_eq!(SampleOrder::Position.of(&outcomes), [0, 1, 2, 3]);
        assert_eq!((outcomes[3].index, outcomes[3].label, outcomes[3].loss), (3, 1, 0.5));
        let unknown = super::outcomes(&[7], &[0], None);
        assert!(unknown[0].predicted.is_none() && unknown[0].loss.is_nan());
    }
}
