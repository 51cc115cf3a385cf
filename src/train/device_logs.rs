//! The outputs of a batch on the device, and their way to plain numbers: asynchronous, many batches in one read.
//!
//! They have a type of their own, so that a callback can never touch a tensor: callbacks get what [`resolve`] returns.

use super::clock::{Clock, Still};
use super::model::{Net, Taps};
use super::times::StepTimes;
use crate::domain::data::SampleShape;
use crate::domain::record::probe::{ActivationProbe, Probe, WeightProbe};
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};
use burn::tensor::{Tensor, TensorData, Transaction};
use std::borrow::Cow;

/// The time at which the numbers of a batch are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// One read for each batch, at once: on the CPU the work is done when the call returns, and wall time around a
    /// phase is the phase's time.
    AtOnce,
    /// Several batches in one read: on a GPU.
    Together {
        /// The milliseconds that a read takes when there is nothing to wait for.
        latency_ms: f64,
    },
}

/// One batch's outputs, still on the device.
pub struct DeviceLogs {
    /// The outputs `[rows, outputs]`, before softmax or sigmoid: those of the samples, and behind them of what filled the batch up.
    pub(super) outputs: Tensor<2>,
    pub(super) labels: Vec<u32>,
    pub(super) times: StepTimes,
    pub(super) probe: Option<DeviceProbe>,
}

/// One array of weights before and after an update, with its gradient, on the device.
struct DeviceUpdate {
    name: String,
    before: Tensor<1>,
    gradient: Tensor<1>,
    after: Tensor<1>,
}

/// The output of one layer, on the device.
struct DeviceActivation {
    name: String,
    kind: &'static str,
    /// Number of units of a dense layer, or of channels of an image.
    units: usize,
    values: Tensor<1>,
}

/// The tensors that a [`Probe`] is computed from, still on the device.
pub struct DeviceProbe {
    step: Step,
    samples: usize,
    updates: Vec<DeviceUpdate>,
    activations: Vec<DeviceActivation>,
    names: Vec<String>,
}

impl DeviceProbe {
    /// The probe of the update `step` of `net`, with its layers' outputs; the weights are added by [`push`](Self::push).
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

    /// Adds the array `index` before the update, its gradient, and the array after the update.
    pub fn push(&mut self, index: usize, before: Tensor<1>, gradient: Tensor<1>, after: Tensor<1>) {
        self.updates.push(DeviceUpdate { name: self.names[index].clone(), before, gradient, after });
    }

    /// Splits it into the tensors, in the order in which [`HostProbe::resolve`] takes them, and the words that go with
    /// them. Handles are given away and not copied: on the CPU a tensor that nobody else holds is read without a copy
    /// of its numbers.
    fn part(self) -> (HostProbe, Vec<Tensor<1>>) {
        let mut tensors = Vec::with_capacity(3 * self.updates.len() + self.activations.len());
        let mut updates = Vec::with_capacity(self.updates.len());
        for DeviceUpdate { name, before, gradient, after } in self.updates {
            updates.push(name);
            tensors.extend([before, gradient, after]);
        }
        let mut activations = Vec::with_capacity(self.activations.len());
        for DeviceActivation { name, kind, units, values } in self.activations {
            activations.push((name, kind, units));
            tensors.push(values);
        }
        (HostProbe { step: self.step, samples: self.samples, updates, activations }, tensors)
    }
}

/// A probe whose numbers are being read.
struct HostProbe {
    step: Step,
    samples: usize,
    updates: Vec<String>,
    activations: Vec<(String, &'static str, usize)>,
}

impl HostProbe {
    /// Summarises the device's numbers, which come in the order of [`DeviceProbe::part`].
    fn resolve(self, data: &mut impl Iterator<Item = TensorData>) -> Result<Probe> {
        let mut next = || data.next().ok_or_else(|| lost("the device sent less than was asked for"));
        let mut weights = Vec::with_capacity(self.updates.len());
        for name in self.updates {
            let (before, gradient, after) = (next()?, next()?, next()?);
            weights.push(WeightProbe::of(name, &numbers(&before)?, &numbers(&gradient)?, &numbers(&after)?));
        }
        let mut activations = Vec::with_capacity(self.activations.len());
        for (name, kind, units) in self.activations {
            activations.push(ActivationProbe::of(&name, kind, &numbers(&next()?)?, self.samples, units));
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
    /// The milliseconds that summarising the probe took on the host.
    pub looks_ms: f64,
    /// The probe, if one was taken.
    pub probe: Option<Probe>,
}

/// Plain numbers from a device's data.
///
/// # Errors
/// [`Code::DeviceLost`] when the device sent something else than `f32`.
pub fn floats(data: TensorData) -> Result<Vec<f32>> {
    data.try_into_vec_as::<f32>().map_err(|cause| lost(&format!("the device sent numbers of another kind: {cause:?}")))
}

/// The numbers in `data`: borrowed if they are stored as `f32`, else a copy.
fn numbers(data: &TensorData) -> Result<Cow<'_, [f32]>> {
    data.as_slice::<f32>().map(Cow::Borrowed).or_else(|_| floats(data.clone()).map(Cow::Owned))
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

/// Waits for the outputs, and the probes, of all of `pending`, in order and in one read. `clock` measures the time that
/// summarising each probe takes.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn resolve_timed(pending: Vec<DeviceLogs>, clock: &impl Clock) -> Result<Vec<Outputs>> {
    let mut transaction = Transaction::default();
    let mut heads = Vec::with_capacity(pending.len());
    for DeviceLogs { outputs, labels, times: _, probe } in pending {
        let [_, width] = outputs.dims();
        transaction = transaction.register(outputs);
        let (probe, tensors) = probe.map(DeviceProbe::part).unzip();
        transaction = tensors.into_iter().flatten().fold(transaction, Transaction::register);
        heads.push((labels, width, probe));
    }
    let data = transaction.execute_async().await.map_err(|cause| lost(&format!("the device failed: {cause:?}")))?;
    let mut data = data.into_iter();
    let mut resolved = Vec::with_capacity(heads.len());
    for (labels, width, probe) in heads {
        let mut values = data.next().map_or_else(|| Err(lost("the device sent less than was asked for")), floats)?;
        // Rows behind the samples only filled the batch up.
        values.truncate(labels.len() * width);
        let begin = clock.now_ms();
        let probe = probe.map(|probe| probe.resolve(&mut data)).transpose()?;
        let looks_ms = if probe.is_some() { clock.now_ms() - begin } else { 0.0 };
        resolved.push(Outputs { values, labels, looks_ms, probe });
    }
    Ok(resolved)
}

/// Waits for outputs like [`resolve_timed`], without measuring the time of the probes.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn resolve(pending: Vec<DeviceLogs>) -> Result<Vec<Outputs>> {
    resolve_timed(pending, &Still).await
}
