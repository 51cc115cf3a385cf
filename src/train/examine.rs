//! Runs a batch without a finite loss once more, with the weights that it had, and checks every value on the way.
//!
//! A loss is known only after its update, so the weights before it must be kept. That costs memory but no copy: an
//! update makes new arrays in any case, since the graph holds the old ones. Only the first such batch of a run is
//! examined. Never here: the meaning of the result, which is the diagnostician's to tell.

use super::device_logs::{Reading, read_all};
use super::model::{Taps, array};
use super::{Batch, Trainer};
use crate::domain::data::Dataset;
use crate::domain::diagnosis::examination::{Examination, Lost, Rerun};
use crate::domain::run::event::Step;
use crate::domain::run::state::{LastBatch, Witness};
use crate::error::{Code, Error, Result};
use burn::tensor::Tensor;

/// The largest number of parameters of models whose weights are kept, 4 MB: on a GPU dozens of batches wait to be read,
/// each with its weights. For larger models a lost batch is run with the present weights.
const MOST_PARAMETERS: usize = 1_000_000;

/// A batch that may have to be run once more, with its weights.
pub struct BatchSnapshot {
    step: Step,
    indices: Vec<u32>,
    /// The weights before its update; `None` where they are not kept.
    weights: Option<Vec<Tensor<1>>>,
}

/// Keeps the batches that may have to be run once more, until their losses are known.
pub struct Snapshots {
    is_wanted: bool,
    keeps_weights: bool,
    /// The batch before the one whose loss comes next.
    last: Option<BatchSnapshot>,
}

impl Snapshots {
    /// A snapshots for a run of `trainer`; one that is not wanted does nothing.
    pub fn new(trainer: &Trainer, reading: Reading, is_wanted: bool) -> Self {
        let keeps_weights = matches!(reading, Reading::AtOnce) || trainer.parameters() <= MOST_PARAMETERS;
        Self { is_wanted, keeps_weights, last: None }
    }

    /// The state to go on from, where the present arrays of weights are `weights`.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn state(&self, weights: &[Vec<f32>]) -> Result<Witness> {
        let is_wanted = self.is_wanted;
        // The last batch is run once more only if its update has broken a weight.
        let is_broken = || weights.iter().flatten().any(|weight| !weight.is_finite());
        let last = match &self.last {
            Some(BatchSnapshot { step, indices, weights: Some(weights) }) if is_wanted && is_broken() => {
                Some(LastBatch { step: *step, indices: indices.clone(), weights: read_all(weights.iter().cloned()).await? })
            }
            _ => None,
        };
        Ok(Witness { is_wanted, last })
    }

    /// Goes on from the state of an earlier process, for a run of `trainer` on `data`.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when its last batch is none of these.
    pub fn go_on(&mut self, witness: Witness, trainer: &Trainer, data: &Dataset) -> Result<()> {
        self.is_wanted &= witness.is_wanted;
        self.last = None;
        let Some(LastBatch { step, indices, weights }) = witness.last else { return Ok(()) };
        let lengths = trainer.net().weights().iter().map(|weight| weight.dims()[0]);
        if indices.iter().any(|&index| index as usize >= data.len()) || !weights.iter().map(Vec::len).eq(lengths) {
            let message = "the last batch in this state is not of this model and these data";
            return Err(Error::new(Code::InvalidData, message, "go on with the configuration and the data that the state was stored with"));
        }
        let weights = self.keeps_weights.then(|| weights.into_iter().map(|values| array(values, trainer.net().device())).collect());
        self.last = Some(BatchSnapshot { step, indices, weights });
        Ok(())
    }

    /// Keeps the batch that `trainer` is about to train on; `None` when it is not wanted.
    pub fn keep(&self, trainer: &Trainer, indices: &[u32]) -> Option<BatchSnapshot> {
        self.is_wanted.then(|| BatchSnapshot {
            step: trainer.step_count() + 1,
            indices: indices.to_vec(),
            weights: self.keeps_weights.then(|| trainer.net().weights().to_vec()),
        })
    }

    /// Takes in a batch whose `loss` is known. If it is the first that is not finite, the batch is run once more; and
    /// the one before as well, if its update had broken the weights.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn examine(
        &mut self,
        trainer: &Trainer,
        data: &Dataset,
        kept: Option<BatchSnapshot>,
        loss: f64,
    ) -> Result<Option<Examination>> {
        let Some(kept) = kept.filter(|_| self.is_wanted) else { return Ok(None) };
        if loss.is_finite() {
            self.last = Some(kept);
            return Ok(None);
        }
        self.is_wanted = false;
        let batch = rerun(trainer, data, &kept).await?;
        let before = match self.last.take() {
            Some(last) if batch.weights.is_some() && last.weights.is_some() => Some(rerun(trainer, data, &last).await?),
            _ => None,
        };
        Ok(Some(Examination { batch, before }))
    }
}

async fn rerun(trainer: &Trainer, data: &Dataset, kept: &BatchSnapshot) -> Result<Rerun> {
    let net = trainer.net();
    let (weights, weights_of) = match &kept.weights {
        Some(weights) => (weights.as_slice(), kept.step - 1),
        None => (net.weights(), trainer.step_count()),
    };
    let size = kept.indices.len();
    let mut taps = Taps::of_every_layer(size);
    let (pass, gradients) = trainer.pass(weights, Batch::gather(data, &kept.indices), kept.step, Some(&mut taps));

    // One read for all: weights, outputs of the layers, outputs, loss, gradients.
    let layers = taps.outputs.iter().map(|(_, values)| values.clone());
    let all = weights
        .iter()
        .cloned()
        .chain(layers)
        .chain([pass.outputs.inner().slice(0..size).flatten(0, 1), pass.loss.inner()])
        .chain(gradients.iter().flatten().cloned());
    let mut read = read_all(all).await?.into_iter();
    let mut next = || read.next().unwrap_or_default();

    let params = || net.plan().params().map(|param| param.name.as_str());
    let lost_weights: Vec<Option<Lost>> = params().map(|name| Lost::among(name, &next())).collect();
    let lost_layers: Vec<Option<Lost>> =
        taps.outputs.iter().map(|(position, _)| Lost::among(&net.plan().layers[*position].name, &next())).collect();
    let outputs = next();
    let loss = next().first().copied().unwrap_or(f32::NAN);
    let with_gradient = params().zip(&gradients).filter(|(_, gradient)| gradient.is_some());
    let lost_gradients: Vec<Option<Lost>> = with_gradient.map(|(name, _)| Lost::among(name, &next())).collect();

    let rows = outputs.chunks_exact((outputs.len() / size.max(1)).max(1));
    let samples = kept.indices.iter().zip(rows).filter(|(_, row)| row.iter().any(|x| !x.is_finite())).map(|(&index, _)| index).collect();
    Ok(Rerun {
        step: kept.step,
        weights_of,
        size,
        weights: lost_weights.into_iter().flatten().next(),
        layer: lost_layers.into_iter().flatten().next(),
        samples,
        loss,
        gradient: lost_gradients.into_iter().flatten().next_back(),
    })
}
