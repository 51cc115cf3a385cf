//! What a batch leaves on the device, and its way to plain numbers: asynchronous, many batches in one read.
//!
//! A type of its own, so that a callback can never touch a tensor: callbacks get what [`resolve`] returns.

use super::StepTimes;
use super::model::{Net, Taps};
use crate::domain::dataset::SampleShape;
use crate::domain::event::Step;
use crate::domain::probe::{ActivationProbe, Probe, Summary, WeightProbe};
use crate::error::{Code, Error, Result};
use burn::tensor::{Tensor, TensorData, Transaction};

/// One batch's outputs, still on the device.
pub struct DeviceLogs {
    /// `[samples, outputs]`, before softmax or sigmoid.
    pub(super) outputs: Tensor<2>,
    pub(super) labels: Vec<u32>,
    pub(super) times: StepTimes,
    pub(super) probe: Option<DeviceProbe>,
}

/// What one array of weights was, got and became in one update.
struct DeviceUpdate {
    name: String,
    before: Tensor<1>,
    gradient: Tensor<1>,
    after: Tensor<1>,
}

/// What one layer gave out.
struct DeviceActivation {
    name: String,
    kind: &'static str,
    /// Units of a dense layer, channels of an image.
    units: usize,
    values: Tensor<1>,
}

/// All that a [`Probe`] is made of, still on the device.
pub struct DeviceProbe {
    step: Step,
    samples: usize,
    updates: Vec<DeviceUpdate>,
    activations: Vec<DeviceActivation>,
    names: Vec<String>,
}

impl DeviceProbe {
    /// The probe of the update `step` of `net`, with what its layers gave out; its weights are still to come.
    pub fn new(step: Step, net: &Net, taps: Taps) -> Self {
        let plan = net.plan();
        let activation = |(position, values): (usize, Tensor<1>)| {
            let layer = &plan.layers[position];
            let units = match layer.output {
                SampleShape::Vector(units) => units,
                SampleShape::Image { channels, .. } => channels,
            };
            DeviceActivation { name: layer.name.clone(), kind: layer.spec.kind(), units, values }
        };
        let samples = taps.samples;
        let activations = taps.outputs.into_iter().map(activation).collect();
        let names = plan.params().map(|param| param.name.clone()).collect();
        Self { step, samples, updates: Vec::new(), activations, names }
    }

    /// Adds what array `index` was, its gradient, and what it became.
    pub fn push(&mut self, index: usize, before: Tensor<1>, gradient: Tensor<1>, after: Tensor<1>) {
        self.updates.push(DeviceUpdate { name: self.names[index].clone(), before, gradient, after });
    }

    fn register(&self, transaction: Transaction) -> Transaction {
        let updates = self.updates.iter().flat_map(|update| [&update.before, &update.gradient, &update.after]);
        let activations = self.activations.iter().map(|activation| &activation.values);
        updates.chain(activations).cloned().fold(transaction, Transaction::register)
    }

    /// Sums up what the device sent, in the order of [`DeviceProbe::register`].
    fn resolve(self, data: &mut impl Iterator<Item = TensorData>) -> Result<Probe> {
        let mut next = || data.next().map_or_else(|| Err(lost("the device sent less than was asked for")), floats);
        let mut weights = Vec::with_capacity(self.updates.len());
        for update in self.updates {
            let (before, gradient, after) = (next()?, next()?, next()?);
            let moved: f64 = before.iter().zip(&after).map(|(a, b)| (f64::from(*b) - f64::from(*a)).powi(2)).sum();
            let summary = Summary::of(&before);
            // A bias that is still all zero has no ratio.
            let update_ratio = if summary.norm > 0.0 { moved.sqrt() / summary.norm } else { f64::NAN };
            weights.push(WeightProbe { name: update.name, weights: summary, gradient: Summary::of(&gradient), update_ratio });
        }
        let mut activations = Vec::with_capacity(self.activations.len());
        for DeviceActivation { name, kind, units, .. } in self.activations {
            activations.push(ActivationProbe::of(&name, kind, &next()?, self.samples, units));
        }
        Ok(Probe { step: self.step, weights, activations })
    }
}

/// One batch's outputs as numbers.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// The outputs of one sample after the other, before softmax or sigmoid.
    pub values: Vec<f32>,
    /// The samples' labels.
    pub labels: Vec<u32>,
    /// Where the host's time went.
    pub times: StepTimes,
    /// What the network looked like, if it was looked into.
    pub probe: Option<Probe>,
}

/// Plain numbers out of what a device sent.
///
/// # Errors
/// [`Code::DeviceLost`] when the device sent something else than `f32`.
pub fn floats(data: TensorData) -> Result<Vec<f32>> {
    data.try_into_vec_as::<f32>().map_err(|cause| lost(&format!("the device sent numbers of another kind: {cause:?}")))
}

fn lost(message: &str) -> Error {
    Error::new(Code::DeviceLost, message, "start again, or choose the CPU as device")
}

/// Reads many tensors in one transaction: one wait, however many there are.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn read_all<const D: usize>(tensors: impl IntoIterator<Item = Tensor<D>>) -> Result<Vec<Vec<f32>>> {
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = transaction.execute_async().await.map_err(|cause| lost(&format!("the device failed: {cause:?}")))?;
    data.into_iter().map(floats).collect()
}

/// Waits for the outputs, and the probes, of all of `pending`, in order and in one read.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn resolve(pending: Vec<DeviceLogs>) -> Result<Vec<Outputs>> {
    let register = |transaction: Transaction, logs: &DeviceLogs| {
        let transaction = transaction.register(logs.outputs.clone());
        logs.probe.iter().fold(transaction, |transaction, probe| probe.register(transaction))
    };
    let transaction = pending.iter().fold(Transaction::default(), register);
    let data = transaction.execute_async().await.map_err(|cause| lost(&format!("the device failed: {cause:?}")))?;
    let mut data = data.into_iter();
    let mut resolved = Vec::with_capacity(pending.len());
    for DeviceLogs { labels, times, probe, .. } in pending {
        let values = data.next().map_or_else(|| Err(lost("the device sent less than was asked for")), floats)?;
        let probe = probe.map(|probe| probe.resolve(&mut data)).transpose()?;
        resolved.push(Outputs { values, labels, times, probe });
    }
    Ok(resolved)
}
