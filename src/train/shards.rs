//! Training of a batch in shards: each has a forward and a backward pass of its own, and one update follows from their summed
//! gradients. So several workers share the work of one batch.
//!
//! The number of shards is part of what is trained: sums are added in another order than over the whole batch, and batch norm
//! normalises each shard by its own mean and variance, as PyTorch's `DistributedDataParallel` does. Who computes a shard is no part of
//! it: a pass is a pure function of weights, samples and step, and its numbers are the same to the bit wherever they are computed.
//! Dropout drops what it drops in the whole batch. Never here: workers, messages.

use super::clock::Clock;
use super::device_logs::{DeviceLogs, DeviceProbe, read_all};
use super::loss::Wanted;
use super::model::{Mode, Net, Statistics, Taps, array};
use super::{Batch, Forward, StepTimes, Trainer};
use crate::error::Result;
use burn::tensor::Tensor;
use std::pin::Pin;

/// A shard of a batch: some of its samples, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// The step whose update the batch leads to.
    pub step: u32,
    /// The place of the first sample in the batch.
    pub first_row: usize,
    /// Number of samples of the whole batch.
    pub of: usize,
    /// The inputs, one sample after the other.
    pub inputs: Vec<f32>,
    /// The labels, one a sample.
    pub labels: Vec<u32>,
}

impl Shard {
    /// The shards of `batch`, as equal as may be, the larger ones first; fewer than `count` where it has fewer samples.
    pub fn all_of(batch: Batch, step: u32, count: usize) -> Vec<Self> {
        let Batch { inputs, labels } = batch;
        let of = labels.len();
        let width = inputs.len() / of.max(1);
        let count = count.clamp(1, of.max(1));
        let mut first_row = 0;
        let mut next = |position: usize| {
            let begin = first_row;
            first_row += of / count + usize::from(position < of % count);
            let rows = begin..first_row;
            let inputs = inputs[width * rows.start..width * rows.end].to_vec();
            Self { step, first_row: rows.start, of, inputs, labels: labels[rows].to_vec() }
        };
        (0..count).map(&mut next).collect()
    }

    /// The share of the batch that this is.
    fn share(&self) -> f64 {
        self.labels.len() as f64 / self.of.max(1) as f64
    }
}

/// The results of a shard's passes, still on the device.
pub struct ShardPass {
    share: f64,
    /// The outputs `[samples, outputs]`, before softmax or sigmoid.
    outputs: Tensor<2>,
    /// The shard's part of the gradient of each array of weights; `None` where it took no part in the loss.
    gradients: Vec<Option<Tensor<1>>>,
    statistics: Vec<Option<Statistics>>,
}

/// The results of a shard's passes as numbers, to be sent from worker to worker.
#[derive(Clone, Debug, PartialEq)]
pub struct PassNumbers {
    /// The outputs of one sample after the other, before softmax or sigmoid.
    pub outputs: Vec<f32>,
    /// The shard's part of the gradient of each array of weights; empty where it took no part in the loss.
    pub gradients: Vec<Vec<f32>>,
    /// The arrays of batch norm's running statistics after this shard.
    pub statistics: Vec<Vec<f32>>,
}

impl ShardPass {
    /// The results as numbers.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn numbers(self) -> Result<PassNumbers> {
        let Self { outputs, gradients, statistics, .. } = self;
        let is_there: Vec<bool> = gradients.iter().map(Option::is_some).collect();
        let arrays = std::iter::once(outputs.flatten(0, 1)).chain(gradients.into_iter().flatten()).chain(Net::arrays_of(statistics));
        let mut read = read_all(arrays).await?.into_iter();
        let outputs = read.next().unwrap_or_default();
        let gradients = is_there.into_iter().map(|is_there| if is_there { read.next().unwrap_or_default() } else { Vec::new() }).collect();
        Ok(PassNumbers { outputs, gradients, statistics: read.collect() })
    }

    /// The pass of `shard` by `net` whose `numbers` came from another worker; `None` when they are not of this shard and this model.
    pub fn of(net: &Net, shard: &Shard, numbers: PassNumbers) -> Option<Self> {
        let PassNumbers { outputs, gradients, statistics } = numbers;
        let (samples, weights) = (shard.labels.len(), net.weights());
        let lengths = net.arrays().into_iter().skip(weights.len()).map(|array| array.dims()[0]);
        let is_good = outputs.len() == samples * net.plan().loss.outputs(net.plan().classes)
            && gradients.len() == weights.len()
            && gradients.iter().zip(weights).all(|(gradient, weight)| gradient.is_empty() || gradient.len() == weight.dims()[0])
            && statistics.iter().map(Vec::len).eq(lengths);
        if !is_good {
            return None;
        }
        let width = outputs.len() / samples.max(1);
        let gradient = |values: Vec<f32>| (!values.is_empty()).then(|| array(values, net.device()));
        Some(Self {
            share: shard.share(),
            outputs: array(outputs, net.device()).reshape([samples, width]),
            gradients: gradients.into_iter().map(gradient).collect(),
            statistics: net.statistics_of(statistics),
        })
    }
}

impl Net {
    /// Runs the forward and backward pass of `shard` in a run of `seed`; nothing of the network changes. Outputs that `taps` asks for
    /// are stored there, the times added to `times`.
    pub fn pass(&self, shard: Shard, seed: u64, taps: Option<&mut Taps>, times: &mut StepTimes, clock: &impl Clock) -> ShardPass {
        let begin = clock.now_ms();
        let (share, samples) = (shard.share(), shard.labels.len());
        let wanted = Wanted { of: shard.of, ..self.wanted(&shard.labels, samples) };
        let inputs = self.upload(shard.inputs, samples);
        let uploaded = clock.now_ms();
        let mode = Mode::Train { seed, step: shard.step, first_row: shard.first_row };
        let forward = Forward::run(self, self.weights(), inputs, wanted, mode, taps);
        let forwarded = clock.now_ms();
        let gradients = forward.gradients();
        times.upload += uploaded - begin;
        times.forward += forwarded - uploaded;
        times.backward += clock.now_ms() - forwarded;
        ShardPass { share, outputs: forward.outputs.inner(), gradients, statistics: forward.statistics }
    }
}

impl Trainer {
    /// Trains each batch in `shards` shards from now on. A trainer that keeps shapes does not: its device is one.
    pub fn set_shards(&mut self, shards: usize) {
        self.shards = shards;
    }

    /// Number of shards that a batch is trained in.
    pub fn shards(&self) -> usize {
        self.shards
    }

    /// The shards of the next batch.
    pub fn shards_of(&self, batch: Batch) -> Vec<Shard> {
        Shard::all_of(batch, self.step + 1, self.shards)
    }

    /// Runs the passes of a shard here.
    pub fn pass_shard(&self, shard: Shard, taps: Option<&mut Taps>, times: &mut StepTimes, clock: &impl Clock) -> ShardPass {
        self.net.pass(shard, self.seed, taps, times, clock)
    }

    /// Makes the update that follows from the passes of all shards of a batch with these `labels`, in their order. With `taps` those
    /// of the first shard are in the probe.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn update_by_shards(
        &mut self,
        passes: Vec<ShardPass>,
        labels: Vec<u32>,
        taps: Option<Taps>,
        mut times: StepTimes,
        clock: &impl Clock,
    ) -> Result<DeviceLogs> {
        let begin = clock.now_ms();
        self.step += 1;
        let (mut outputs, mut statistics, mut sums) = (Vec::new(), Vec::new(), Vec::<Option<Tensor<1>>>::new());
        for pass in passes {
            outputs.push(pass.outputs);
            statistics.push((pass.share, pass.statistics));
            if sums.is_empty() {
                sums = pass.gradients;
            } else {
                for (sum, gradient) in sums.iter_mut().zip(pass.gradients) {
                    *sum = match (sum.take(), gradient) {
                        (Some(sum), Some(gradient)) => Some(sum + gradient),
                        (one, other) => one.or(other),
                    };
                }
            }
        }
        let mut probe = taps.map(|taps| DeviceProbe::new(self.step, &self.net, taps));
        self.update(sums, probe.as_mut());
        self.net.absorb(Statistics::mean_of(statistics));
        times.update += clock.now_ms() - begin;
        // Put together as numbers: Burn's own way to join tensors would be some kilobytes of the worker's program.
        let (outputs, samples) = (read_all(outputs).await?.concat(), labels.len());
        let width = outputs.len() / samples.max(1);
        Ok(DeviceLogs { outputs: array(outputs, self.net.device()).reshape([samples, width]), labels, times, probe })
    }
}

/// The wait for a shard's numbers; `None` when they will not come.
pub type Awaited<'a> = Pin<Box<dyn Future<Output = Option<PassNumbers>> + 'a>>;

/// Other workers that compute shards of a batch.
pub trait Replicas {
    /// Number of those that can be given a shard now; they keep their order until the next call.
    fn ready(&mut self) -> usize;
    /// Gives `shard` to the replica at `index`, to be computed with the network's `arrays`.
    fn hand_out(&mut self, index: usize, arrays: &[Vec<f32>], shard: &Shard);
    /// Waits for the numbers of the shard that the replica at `index` was given. Where they do not come, the shard is computed here.
    fn take_in(&mut self, index: usize) -> Awaited<'_>;
}
