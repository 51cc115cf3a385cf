//! The forward pass in evaluation, over any number of samples: piece by piece, with the weights of one moment.
//!
//! A network is a handful of handles of tensors that never change in place. A copy of it is therefore free, and keeps
//! the weights of its moment while training goes on beside it. Never here: losses, the protocol.

use super::batch::Batch;
use super::device_logs::{DeviceLogs, resolve};
use super::model::{Mode, Net};
use super::times::StepTimes;
use crate::domain::metrics::probabilities;
use crate::domain::model::{ArrayHead, ModelPlan, match_arrays, samples_in};
use crate::error::{Code, Error, Result};
use burn::tensor::Device;
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
    /// The network of `plan` whose arrays are to be set before it is used.
    pub fn unset(plan: ModelPlan, device: &Device) -> Self {
        let empty = plan.params().map(|_| Vec::new()).collect();
        Self::new(plan, empty, device)
    }

    /// The network of `plan` with arrays that were kept or came from a file, in any order; `heads` are their names and shapes.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when they are not those of `plan`, naming the first that is not.
    pub fn given(plan: ModelPlan, heads: &[ArrayHead], arrays: Vec<Vec<f32>>, device: &Device) -> Result<Self> {
        let arrays = in_order(&plan.arrays(), heads, arrays)?;
        let mut net = Self::unset(plan, device);
        net.set_arrays(arrays);
        Ok(net)
    }

    /// Evaluates `batch`: no dropout, batch norm by its running statistics. Nothing changes.
    pub fn evaluate(&self, batch: Batch) -> DeviceLogs {
        let (samples, piece) = (batch.labels.len(), piece(self.plan()));
        // A few are done sooner by themselves; what is compiled for their number is little, and not for each number.
        let rows = if self.keeps_shapes() && samples < piece && samples >= piece / 4 { piece } else { samples };
        let inputs = self.upload_filled(batch.inputs, samples, rows);
        let (outputs, _) = self.forward(self.weights(), inputs, Mode::Eval, None);
        DeviceLogs { outputs, labels: batch.labels, times: StepTimes::default(), probe: None }
    }
}

/// The `arrays` that are called `given`, in the order of those of a `model`.
///
/// # Errors
/// [`Code::InvalidData`] when they are not those of the model, naming the first that is not.
pub fn in_order(model: &[ArrayHead], given: &[ArrayHead], mut arrays: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
    let places = match_arrays(model, given)?;
    let fits = |(array, place): (&ArrayHead, &usize)| arrays.get(*place).map(Vec::len) == array.values();
    if !model.iter().zip(&places).all(fits) {
        return Err(Error::new(Code::InvalidData, "an array has not as many values as its shape says", "choose the file again"));
    }
    Ok(places.into_iter().map(|place| std::mem::take(&mut arrays[place])).collect())
}

/// A prediction for many samples, done piece by piece, so that the caller can give way between the pieces.
pub struct Prediction {
    net: Net,
    /// Number of values of one sample.
    width: usize,
    samples: usize,
    done: usize,
    /// Class probabilities as little-endian `f32` bytes, a row a sample.
    rows: Vec<u8>,
}

impl Prediction {
    /// A prediction by `net` for samples of `numbers` numbers in all.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when these are no whole samples, or too many for the answer's size or for the memory.
    pub fn new(net: Net, numbers: usize) -> Result<Self> {
        let width = net.plan().layers[0].input.len();
        let classes = net.plan().classes;
        let samples = samples_in(numbers, width, classes)?;
        let (mut rows, bytes) = (Vec::new(), 4 * samples * classes);
        // All of it now: memory that is lacking in the middle would end the program, and with it the run.
        rows.try_reserve_exact(bytes).map_err(|_| {
            let message = format!("there is not enough memory for the {:.0} MB of this prediction", bytes as f64 / 1e6);
            Error::new(Code::InvalidData, message, "ask in smaller parts")
        })?;
        Ok(Self { net, width, samples, done: 0, rows })
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
            self.rows.extend(outputs.values.chunks_exact(width.max(1)).flat_map(probabilities).flat_map(f32::to_le_bytes));
        }
        self.done += samples;
        Ok(())
    }

    /// The class probabilities of one sample after the other as little-endian `f32` bytes, and the number of classes.
    pub fn rows(self) -> (Vec<u8>, usize) {
        let classes = self.rows.len() / 4 / self.samples;
        (self.rows, classes)
    }
}
