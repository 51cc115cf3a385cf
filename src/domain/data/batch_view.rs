//! A view of one batch: its samples, the prediction for each, and the origin of the predictions.

use super::Dataset;
use super::sampler::{EpochPlan, Split, split_of};
use crate::domain::order::order_by;
use crate::domain::record::batch_memory::{Extent, KeptPrediction};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{SampleOutcome, Step};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The order in which the samples of a batch are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleOrder {
    /// The order of the batch.
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

/// The origin of the predictions that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// The predictions that were made when the batch was trained, before its update.
    AsTrained,
    /// The predictions of the present weights, in evaluation (no dropout, batch norm by its running means), because
    /// those of the training were dropped.
    PresentWeights {
        /// Number of updates made to these weights.
        step: Step,
    },
    /// The predictions of the weights that the run has left, in evaluation, because its model is no longer in a worker.
    KeptWeights {
        /// Number of updates made to these weights.
        step: Step,
    },
    /// No predictions: the model of that run is no longer in memory, and it has left no weights.
    None,
}

/// A view of one batch of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// The step of its update.
    pub step: Step,
    /// The epoch, from 0.
    pub epoch: u32,
    /// The batch's position in the epoch, from 0.
    pub batch: u32,
    /// Number of samples in the batch.
    pub size: u32,
    /// The origin of the predictions.
    pub source: Source,
    /// The part of the run whose predictions are kept.
    pub extent: Extent,
}

/// The samples of each batch of a run, computed from the seed.
pub struct Batches {
    split: Split,
    config: RunConfig,
    /// The last epoch that was asked for, with its order.
    epoch: Option<(u32, EpochPlan)>,
}

impl Batches {
    /// The batches of `config` on `data`.
    pub fn new(config: &RunConfig, data: &Dataset) -> Self {
        Self { split: split_of(data, config), config: config.clone(), epoch: None }
    }

    /// Number of updates in each epoch.
    pub fn per_epoch(&self) -> u32 {
        self.split.train.len().div_ceil(self.config.batch_size) as u32
    }

    /// Number of updates in the whole run, if nothing stops it.
    pub fn total(&self) -> u64 {
        u64::from(self.per_epoch()) * u64::from(self.config.epochs)
    }

    /// The samples to train on, in no order.
    pub fn train(&self) -> &[u32] {
        &self.split.train
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

/// The outcomes of `samples` (positions in the data set) with `labels`; unknown (`None`, NaN) where `said` is `None`.
pub fn outcomes(samples: &[u32], labels: &[u32], said: Option<&[KeptPrediction]>) -> Vec<SampleOutcome> {
    let nothing = KeptPrediction { predicted: None, probability: f32::NAN, loss: f32::NAN };
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
    use crate::domain::data::sampler::split;
    use crate::domain::data::source::DataSpec;
    use crate::domain::run::preset;

    #[test]
    fn any_batch_of_any_epoch_has_the_samples_that_it_was_trained_with() {
        let config = RunConfig { batch_size: 32, epochs: 3, validation: 0.2, ..preset::config("mlp").unwrap() };
        let data = DataSpec::Digits { samples: 250 }.generate(1).unwrap();
        let mut batches = Batches::new(&config, &data);
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
        let said: Vec<KeptPrediction> =
            [0.5, -f32::NAN, 2.0, 0.5].map(|loss| KeptPrediction { predicted: Some(1), probability: 0.5, loss }).to_vec();
        let outcomes = outcomes(&[7, 8, 9, 3], &[0, 1, 0, 1], Some(&said));
        assert_eq!(SampleOrder::Loss.of(&outcomes), [1, 2, 0, 3]);
        assert_eq!(SampleOrder::Position.of(&outcomes), [0, 1, 2, 3]);
        assert_eq!((outcomes[3].index, outcomes[3].label, outcomes[3].loss), (3, 1, 0.5));
        let unknown = super::outcomes(&[7], &[0], None);
        assert!(unknown[0].predicted.is_none() && unknown[0].loss.is_nan());
    }
}
