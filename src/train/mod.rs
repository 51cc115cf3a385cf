//! Training with Burn: the only place that orders forward, backward and update.
//!
//! The same code runs natively and in the browser; it takes a device and never asks which. Nothing here reads a
//! tensor synchronously: WebGPU in a browser cannot. Never here: the browser, the protocol.

mod arrays;
pub mod assessment;
mod batch;
mod checkpoints;
pub mod clock;
pub mod device_logs;
mod examine;
pub mod fit;
pub mod inference;
mod loss;
pub mod model;
mod moments;
pub mod operations;
pub mod optimizer;
pub mod shards;
mod state;
mod taps;
mod times;
pub mod view;

use crate::domain::callback::spec::gradient_clip;
use crate::domain::data::Dataset;
use crate::domain::model::init::initial_weights;
use crate::domain::model::{ArrayHead, LayerSpec, Loss};
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::Step;
use crate::domain::run::journal::Input;
use crate::domain::run::trail::{self, TrailCard};
use crate::error::{Code, Error, Result};
pub use batch::Batch;
use burn::tensor::{Device, Tensor};
use checkpoints::{Checkpoints, Label, Learned};
use clock::Clock;
use device_logs::{DeviceLogs, DeviceProbe, read_all};
use inference::in_order;
use loss::{Wanted, batch_loss, clip_factor};
use model::{Mode, Net, Statistics, Taps, array, leaves};
use moments::Trail;
use operations::Operations;
use optimizer::Optimizer;
pub use times::{PhaseWaits, StepTimes};

/// A model in training: its weights, its optimiser, its place in the run.
pub struct Trainer {
    net: Net,
    optimizer: Optimizer,
    learning_rate: f64,
    seed: u64,
    step: Step,
    device: Device,
    /// The largest norm of the whole gradient; larger ones are clipped.
    clip_norm: Option<f64>,
    /// Number of updates that the optimiser has not seen: its state is that of an earlier moment, restored.
    optimizer_lag: Step,
    /// The weights that callbacks or the visitor asked to keep.
    checkpoints: Checkpoints,
    /// The weights at the looks so far.
    trail: Trail,
    /// The changes from outside that the training loop has not written down yet.
    inputs: Vec<Input>,
    /// Number of rows to which smaller batches are filled up; `None` where they are not.
    full_batch: Option<usize>,
    /// Number of shards that a batch is trained in, see [`shards`].
    shards: usize,
}

impl Trainer {
    /// A fresh model for `config` and `data` on `device`, with the weights of the config's seed.
    ///
    /// # Errors
    /// [`Code::InvalidModel`](crate::error::Code::InvalidModel) when the model does not fit the data,
    /// [`Code::InvalidConfig`](crate::error::Code::InvalidConfig) when a value is out of range.
    pub fn new(config: &RunConfig, data: &Dataset, device: &Device) -> Result<Self> {
        config.validate()?;
        let plan = config.model.plan(data.shape(), data.classes().len(), config.loss)?;
        let seed = u64::from(config.seed);
        let weights = initial_weights(&plan, seed);
        let net = Net::new(plan, weights, device);
        let optimizer = Optimizer::new(&config.optimizer, net.weights().len(), device);
        let learning_rate = config.optimizer.learning_rate();
        Ok(Self {
            net,
            optimizer,
            learning_rate,
            seed,
            step: 0,
            device: device.clone(),
            clip_norm: gradient_clip(&config.callbacks),
            optimizer_lag: 0,
            checkpoints: Checkpoints::default(),
            trail: Trail::default(),
            inputs: Vec::new(),
            full_batch: None,
            shards: 1,
        })
    }

    /// Trains by another make of operations than the device's, from the next step on: for comparison.
    pub fn set_operations(&mut self, operations: Operations) {
        self.net.set_operations(operations);
        self.optimizer.set_operations(operations);
    }

    /// Fills up smaller batches to `batch_size` rows from now on, and pieces that are evaluated likewise: for devices that compile
    /// their programs for each shape anew. What fills them up has no part in loss and gradients. Batch norm uses all rows of a batch, so
    /// batches of a model with it stay as they are.
    pub fn keep_shapes(&mut self, batch_size: usize) {
        let has_batch_norm = self.net.plan().layers.iter().any(|layer| layer.spec == LayerSpec::BatchNorm);
        self.full_batch = (!has_batch_norm).then_some(batch_size);
        self.net.keep_shapes();
    }

    /// Number of trained weights.
    pub fn parameters(&self) -> usize {
        self.net.plan().parameters()
    }

    /// The loss that is minimised.
    pub fn loss(&self) -> Loss {
        self.net.plan().loss
    }

    /// Number of updates made so far.
    pub fn step_count(&self) -> Step {
        self.step
    }

    /// The learning rate of the next update.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// Changes the learning rate, from the next update on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn learned(&self) -> Learned {
        Learned { weights: self.net.weights_and_statistics(), optimizer: self.optimizer.state(self.step - self.optimizer_lag) }
    }

    /// Keeps the present weights (and batch norm's and the optimiser's running means) for a callback under `slot`, in
    /// place of the oldest of more than `copies`; `value` is the reason, `at_ms` the time. Tensors never change in
    /// place, so this costs no copy, only the memory of one more model and optimiser.
    pub fn save(&mut self, slot: String, value: Option<(String, f64)>, copies: u32, at_ms: f64) {
        let label = Label { name: slot, value, step: self.step, at_ms };
        let learned = self.learned();
        self.checkpoints.keep_slot(label, copies, learned);
    }

    /// Keeps the present weights in the same way for the visitor, under `name`.
    ///
    /// # Errors
    /// [`Code::InvalidState`](crate::error::Code::InvalidState) when as many are kept as may be.
    pub fn keep(&mut self, name: String, at_ms: f64) -> Result<CheckpointCard> {
        let label = Label { name: name.clone(), value: None, step: self.step, at_ms };
        let learned = self.learned();
        let card = self.checkpoints.keep_by_hand(label, learned)?;
        self.inputs.push(Input::Keep(name));
        Ok(card)
    }

    /// Restores the weights that were last kept under `slot`, if there are any. The optimiser keeps its state and the
    /// step its count.
    pub fn restore(&mut self, slot: &str) {
        if let Some(kept) = self.checkpoints.of_slot(slot) {
            self.net.put_back(kept.weights.clone());
        }
    }

    /// Goes on from the checkpoint `id`: its weights, batch norm's running statistics and the optimiser's state. Step,
    /// learning rate and the place in the data stay as they are.
    ///
    /// # Errors
    /// [`Code::InvalidState`](crate::error::Code::InvalidState) when there is none.
    pub fn put_back(&mut self, id: CheckpointId) -> Result<CheckpointCard> {
        let (card, learned) = self.checkpoints.get(id)?;
        let (card, Learned { weights, optimizer }) = (card.clone(), learned.clone());
        self.optimizer_lag = self.step - optimizer.updates;
        self.optimizer.restore(optimizer);
        self.net.put_back(weights);
        self.inputs.push(Input::PutBack(id));
        Ok(card)
    }

    /// Keeps the present weights as a moment of the trail: handles, no copy.
    pub fn keep_moment(&mut self) {
        let net = &self.net;
        self.trail.keep(self.step, || net.weights_and_statistics());
    }

    /// The description of the trail.
    pub fn trail(&self) -> TrailCard {
        self.trail.card()
    }

    /// Deletes the checkpoint `id`.
    ///
    /// # Errors
    /// As [`Trainer::put_back`].
    pub fn forget(&mut self, id: CheckpointId) -> Result<CheckpointCard> {
        let card = self.checkpoints.forget(id)?;
        self.inputs.push(Input::Forget(id));
        Ok(card)
    }

    /// The descriptions of the checkpoints, the oldest first.
    pub fn checkpoints(&self) -> Vec<CheckpointCard> {
        self.checkpoints.cards()
    }

    /// The network at this moment with the weights of `checkpoint` (or of a moment of the trail, by its id), or with the present ones: handles, no copy. Later
    /// training does not change it.
    ///
    /// # Errors
    /// As [`Trainer::put_back`].
    pub fn network(&self, checkpoint: Option<CheckpointId>) -> Result<(Net, Option<CheckpointCard>)> {
        let mut net = self.net.clone();
        let Some(id) = checkpoint else { return Ok((net, None)) };
        if let Some(step) = trail::step_of(id) {
            let weights = self.trail.at(step).ok_or_else(|| {
                Error::new(Code::InvalidState, format!("the weights of step {step} are not kept"), "choose another moment of the run")
            })?;
            net.put_back(weights.clone());
            return Ok((net, Some(trail::card_of(step, 4 * weights.values()))));
        }
        let (card, learned) = self.checkpoints.get(id)?;
        net.put_back(learned.weights.clone());
        Ok((net, Some(card.clone())))
    }

    /// The network with its weights.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Trains on one batch: forward, backward, update. Its outputs stay on the device until they are resolved. With
    /// `look`, the tensors of a probe are kept as well, with activations of so many samples.
    pub fn step(&mut self, batch: Batch, look: Option<u32>, clock: &impl Clock) -> DeviceLogs {
        let begin = clock.now_ms();
        self.step += 1;
        let (inputs, wanted) = self.given(batch.inputs, &batch.labels);
        let uploaded = clock.now_ms();
        let mut taps = look.map(|samples| Taps::for_probe((samples as usize).min(batch.labels.len())));
        let forward = self.forward(self.net.weights(), self.step, inputs, wanted, taps.as_mut());
        let forwarded = clock.now_ms();
        let gradients = forward.gradients();
        let backwarded = clock.now_ms();
        let mut probe = taps.map(|taps| DeviceProbe::new(self.step, &self.net, taps));
        self.update(gradients, probe.as_mut());
        self.net.absorb(forward.statistics);
        let updated = clock.now_ms();
        let times = StepTimes {
            upload: uploaded - begin,
            forward: forwarded - uploaded,
            backward: backwarded - forwarded,
            update: updated - backwarded,
            waits: 0.0,
        };
        DeviceLogs { outputs: forward.outputs.inner(), labels: batch.labels, times, probe }
    }

    /// Trains on one batch like [`Trainer::step`], to the bit, but waits after each phase until the device has done it.
    /// That tells the phases' times on a device that works asynchronously, and costs the waits: for samples only.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn step_by_phases(&mut self, batch: Batch, clock: &impl Clock) -> Result<(DeviceLogs, PhaseWaits)> {
        let begin = clock.now_ms();
        self.step += 1;
        let (inputs, wanted) = self.given(batch.inputs, &batch.labels);
        let uploaded = clock.now_ms();
        let first = || inputs.clone().slice([0..1, 0..1]).reshape([1]);
        read_all::<1>([first()]).await?;
        let data_done = clock.now_ms();
        read_all::<1>([first()]).await?;
        let waited = clock.now_ms();

        let forward = self.forward(self.net.weights(), self.step, inputs, wanted, None);
        let forwarded = clock.now_ms();
        read_all([forward.loss.clone().inner()]).await?;
        let forward_done = clock.now_ms();

        let gradients = forward.gradients();
        let backwarded = clock.now_ms();
        read_all(gradients.iter().flatten().map(first_of)).await?;
        let backward_done = clock.now_ms();

        self.update(gradients, None);
        self.net.absorb(forward.statistics);
        let updated = clock.now_ms();
        read_all(self.net.weights().iter().map(first_of)).await?;
        let done = clock.now_ms();
        let times = StepTimes {
            upload: uploaded - begin,
            forward: forwarded - waited,
            backward: backwarded - forward_done,
            update: updated - backward_done,
            waits: (waited - uploaded) + (forward_done - forwarded) + (backward_done - backwarded) + (done - updated),
        };
        let waits = PhaseWaits {
            data: data_done - begin,
            forward: forward_done - waited,
            backward: backward_done - forward_done,
            update: done - backward_done,
            wait: waited - data_done,
        };
        Ok((DeviceLogs { outputs: forward.outputs.inner(), labels: batch.labels, times, probe: None }, waits))
    }

    fn forward(&self, weights: &[Tensor<1>], step: Step, inputs: Tensor<2>, wanted: Wanted, taps: Option<&mut Taps>) -> Forward {
        Forward::run(&self.net, weights, inputs, wanted, Mode::Train { seed: self.seed, step, first_row: 0 }, taps)
    }

    /// Moves the weights; `probe` keeps them as they were, their gradients, and the new weights.
    fn update(&mut self, gradients: Vec<Option<Tensor<1>>>, mut probe: Option<&mut DeviceProbe>) {
        let factor = self.clip_norm.map(|norm| clip_factor(&gradients, norm));
        for (index, gradient) in gradients.into_iter().enumerate() {
            // A weight without a gradient took no part in this batch's loss, and does not move.
            if let Some(gradient) = gradient {
                let weight = self.net.weights()[index].clone();
                // Only a look holds on to them: a gradient that nobody else holds is reused in place by the optimiser.
                let seen = probe.as_ref().map(|_| (weight.clone(), gradient.clone()));
                let gradient = match &factor {
                    Some(factor) => gradient * factor.clone(),
                    None => gradient,
                };
                let moved = self.optimizer.update(index, weight, gradient, self.learning_rate, self.step - self.optimizer_lag);
                if let (Some(probe), Some((before, gradient))) = (&mut probe, seen) {
                    probe.push(index, before, gradient, moved.clone());
                }
                self.net.set_weight(index, moved);
            }
        }
    }

    /// Evaluates `batch`: no dropout, batch norm by its running statistics. Nothing changes.
    pub fn evaluate(&self, batch: Batch) -> DeviceLogs {
        self.net.evaluate(batch)
    }

    /// The mean loss of `batch` as the device computes it, and the gradient of each array of weights. For tests that
    /// check the gradients: training keeps both on the device.
    pub fn loss_and_gradients(&self, batch: Batch) -> (Tensor<1>, Vec<Option<Tensor<1>>>) {
        let (forward, gradients) = self.pass(self.net.weights(), batch, self.step + 1, None);
        (forward.loss.inner(), gradients)
    }

    /// Runs the forward and backward pass of `batch` as in update `step`, with `weights` in place of the present ones.
    /// Nothing changes.
    fn pass(&self, weights: &[Tensor<1>], batch: Batch, step: Step, taps: Option<&mut Taps>) -> (Forward, Vec<Option<Tensor<1>>>) {
        let (inputs, wanted) = self.given(batch.inputs, &batch.labels);
        let forward = self.forward(weights, step, inputs, wanted, taps);
        let gradients = forward.gradients();
        (forward, gradients)
    }

    /// Overwrites one array of weights.
    pub fn set_weight(&mut self, index: usize, values: Vec<f32>) {
        self.net.set_weight(index, array(values, &self.device));
    }

    /// The arrays of the network, still on the device, in the order of
    /// [`ModelPlan::arrays`](crate::domain::model::ModelPlan::arrays). Exactly the weights after
    /// [`Trainer::step_count`] updates.
    pub fn arrays(&self) -> Vec<Tensor<1>> {
        self.net.arrays()
    }

    /// Replaces the network's arrays by those of another model of the same plan, in the order of [`Trainer::arrays`].
    /// The optimiser keeps its state.
    ///
    /// # Errors
    /// [`Code::InvalidData`](crate::error::Code::InvalidData) when they are not those of this model, naming the first that is not.
    pub fn set_arrays(&mut self, given: &[ArrayHead], arrays: Vec<Vec<f32>>) -> Result<()> {
        let arrays = in_order(&self.net.plan().arrays(), given, arrays)?;
        self.net.set_arrays(arrays);
        Ok(())
    }

    /// Samples and their targets on the device.
    fn given(&self, inputs: Vec<f32>, labels: &[u32]) -> (Tensor<2>, Wanted) {
        let samples = labels.len();
        let rows = self.full_batch.map_or(samples, |full| full.max(samples));
        (self.net.upload_filled(inputs, samples, rows), self.net.wanted(labels, rows))
    }
}

/// A forward pass of a batch in training, or of a shard of one.
struct Forward {
    leaves: Vec<Tensor<1>>,
    /// The outputs `[samples, outputs]`, before softmax or sigmoid.
    outputs: Tensor<2>,
    /// The mean loss over the samples.
    loss: Tensor<1>,
    statistics: Vec<Option<Statistics>>,
}

impl Forward {
    /// Runs `net` with `weights` in place of its own.
    fn run(net: &Net, weights: &[Tensor<1>], inputs: Tensor<2>, wanted: Wanted, mode: Mode, taps: Option<&mut Taps>) -> Self {
        let leaves = leaves(weights);
        let (outputs, statistics) = net.forward(&leaves, inputs, mode, taps);
        let loss = batch_loss(outputs.clone(), wanted, net.plan().loss, net.operations());
        Self { leaves, outputs, loss, statistics }
    }

    /// The gradient of each array of weights; `None` where it took no part in the loss.
    fn gradients(&self) -> Vec<Option<Tensor<1>>> {
        gradients(&self.loss, &self.leaves)
    }
}

/// The gradient of `value` by each of `leaves`; `None` where it took no part in it.
fn gradients<const D: usize>(value: &Tensor<1>, leaves: &[Tensor<D>]) -> Vec<Option<Tensor<D>>> {
    let mut gradients = value.backward();
    leaves.iter().map(|leaf| leaf.grad_remove(&mut gradients)).collect()
}

/// The first number of an array.
fn first_of(array: &Tensor<1>) -> Tensor<1> {
    array.clone().narrow(0, 0, 1)
}
