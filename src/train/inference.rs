//! The forward pass in evaluation, over any number of samples: piece by piece, with the weights of one moment.
//!
//! A network is a handful of handles of tensors that never change in place. A copy of it is therefore free, and keeps
//! the weights of its moment while training goes on beside it. Never here: losses, the protocol.

use super::batch::Batch;
use super::device_logs::{DeviceLogs, resolve};
use super::model::{Mode, Net};
use super::times::StepTimes;
use crate::domain::metrics::probabilities;
use crate::domain::model::{ModelPlan, samples_in};
use crate::error::Result;
use std::ops::Range;

/// The largest number of samples in one forward pass.
pub const PIECE: usize = 128;
/// The largest number of values of the widest layer's output in one forward pass: 32 MB. Large images come in smaller
/// pieces.
const MOST_VALUES: usize = 8 << 20;

/// Number of samples in one forward pass of a model: [`PIECE`], or fewer where a layer's output is very large.
pub fn piece(plan: &ModelPlan) -> usize {
    let widest = plan.layers.iter().flat_map(|layer| [layer.input.len(), layer.output.len()]).max().unwrap_or(1);
    (MOST_VALUES / widest.max(1)).clamp(1, PIECE)
}

impl Net {
    /// Evaluates `batch`: no dropout, batch norm by its running statistics. Nothing changes.
    pub fn evaluate(&self, batch: Batch) -> DeviceLogs {
        let inputs = self.upload(batch.inputs, batch.labels.len());
        let (outputs, _) = self.forward(self.weights(), inputs, Mode::Eval, None);
        DeviceLogs { outputs, labels: batch.labels, times: StepTimes::default(), probe: None }
    }
}

/// A prediction for many samples, done piece by piece, so that the caller can give way between the pieces.
pub struct Prediction {
    net: Net,
    /// Number of values of one sample.
    width: usize,
    samples: usize,
    done: usize,
    rows: Vec<f32>,
}

impl Prediction {
    /// A prediction by `net` for samples of `numbers` numbers in all.
    ///
    /// # Errors
    /// [`Code::InvalidData`](crate::error::Code::InvalidData) when these are no whole samples, or too many.
    pub fn new(net: Net, numbers: usize) -> Result<Self> {
        let width = net.plan().layers[0].input.len();
        let samples = samples_in(numbers, width)?;
        Ok(Self { net, width, samples, done: 0, rows: Vec::new() })
    }

    /// The range of numbers that [`Prediction::take`] needs next; `None` when all samples are done.
    pub fn next_piece(&self) -> Option<Range<usize>> {
        let end = (self.done + piece(self.net.plan())).min(self.samples);
        (self.done < end).then(|| self.done * self.width..end * self.width)
    }

    /// Computes the piece with these `inputs`.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn take(&mut self, inputs: Vec<f32>) -> Result<()> {
        let samples = inputs.len() / self.width;
        for outputs in resolve(vec![self.net.evaluate(Batch { inputs, labels: vec![0; samples] })]).await? {
            let width = outputs.values.len() / outputs.labels.len().max(1);
            self.rows.extend(outputs.values.chunks_exact(width.max(1)).flat_map(probabilities));
        }
        self.done += samples;
        Ok(())
    }

    /// The class probabilities of one sample after the other, and the number of classes.
    pub fn rows(self) -> (Vec<f32>, usize) {
        let classes = self.rows.len() / self.samples;
        (self.rows, classes)
    }
}
