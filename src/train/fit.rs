//! The training loop: epochs, batches, validation, hooks; asynchronous throughout.
//!
//! On the CPU a batch's numbers are there at once. On a GPU the loop runs ahead of the numbers, by a bounded *time*: a
//! fixed count of batches would starve a fast GPU and choke a slow one. In any case every batch is reported, in order,
//! and before its epoch ends.

mod awake;
mod costs;
mod depth;
mod host;
mod inputs;
mod report;
mod save;
mod shards;
mod slow;

pub use host::{Host, Moment, Turn};

use super::assessment::Assessment;
use super::clock::Clock;
use super::device_logs::{DeviceLogs, Reading};
use super::examine::{BatchSnapshot, Snapshots};
use super::{Batch, PhaseWaits, Trainer};
use crate::domain::callback::{CallbackList, Control, Controls};
use crate::domain::cost::ledger::Phase;
use crate::domain::data::Dataset;
use crate::domain::data::sampler::{EpochPlan, split_of, train_subset};
use crate::domain::metrics::Tally;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{BatchBegin, EpochBegin, EpochEnd, Logs, Step, TrainBegin, TrainEnd, Validation, series};
use crate::domain::run::journal::{At, Entry, Journal};
use crate::domain::run::state::{Place, RunState};
use crate::error::Result;
use awake::Awake;
use costs::Costs;
use std::collections::VecDeque;

/// A batch that was sent to the device, with the facts that are known before its numbers.
struct Head {
    begin: BatchBegin,
    learning_rate: f64,
    marks: u32,
    waits: Option<PhaseWaits>,
    kept: Option<BatchSnapshot>,
}

/// The beginning of a run that has one elsewhere.
#[derive(Debug, Default)]
pub struct Beginning {
    /// The state to go on from; `None`: from the first batch.
    pub state: Option<Box<RunState>>,
    /// The inputs that are to be repeated: all of the run, from its first batch on, in their order. Those that `state` has seen
    /// are left out.
    pub inputs: Vec<Entry>,
}

struct Fit<'a, H> {
    trainer: &'a mut Trainer,
    data: &'a Dataset,
    config: &'a RunConfig,
    callbacks: &'a mut CallbackList,
    host: Awake<'a, H>,
    reading: Reading,
    costs: Costs,
    snapshots: Snapshots,
    /// Number of batches that may wait for one read, from the measured time a batch.
    depth: usize,
    pending: Vec<(Head, DeviceLogs)>,
    begin_ms: f64,
    stop: Option<String>,
    /// The place in the run; its time is told when it is saved.
    place: Place,
    journal: Journal,
    /// The inputs that are still to be repeated.
    repeated: VecDeque<Entry>,
    /// The hash of the data, once it was needed.
    hash: Option<u64>,
}

/// Trains `trainer` on `data` as `config` says, from the first batch to the end or to a stop.
///
/// # Errors
/// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
pub async fn fit<H: Host>(
    trainer: &mut Trainer,
    data: &Dataset,
    config: &RunConfig,
    reading: Reading,
    callbacks: &mut CallbackList,
    host: &mut H,
) -> Result<TrainEnd> {
    fit_from(trainer, data, config, reading, callbacks, host, Beginning::default()).await
}

/// Trains like [`fit`], but goes on from the saved state in `from`: `trainer` and `callbacks` are new ones of the same `config`, and
/// are given theirs. Nothing that has begun begins a second time, and what is trained is to the bit what it would have been without
/// a stop, on a device that computes the same. Inputs are repeated at their places.
///
/// # Errors
/// As [`fit`]; [`Code::InvalidData`](crate::error::Code::InvalidData) when the state is of another configuration or other data, or
/// an input cannot be repeated.
pub async fn fit_from<H: Host>(
    trainer: &mut Trainer,
    data: &Dataset,
    config: &RunConfig,
    reading: Reading,
    callbacks: &mut CallbackList,
    host: &mut H,
    from: Beginning,
) -> Result<TrainEnd> {
    let split = split_of(data, config);
    match reading {
        Reading::Together { .. } => trainer.keep_shapes(config.batch_size),
        Reading::AtOnce => trainer.set_shards(config.workers as usize),
    }
    let begin = TrainBegin {
        parameters: trainer.parameters(),
        train_samples: split.train.len(),
        validation_samples: split.validation.len(),
        batches_per_epoch: split.train.len().div_ceil(config.batch_size) as u32,
        epochs: config.epochs,
    };
    let begin_ms = host.now_ms();
    let snapshots = Snapshots::new(trainer, reading, config.is_diagnosed());
    let mut fit = Fit {
        trainer,
        data,
        config,
        callbacks,
        host: Awake::new(host),
        reading,
        costs: Costs::new(config, reading, begin_ms),
        snapshots,
        depth: 1,
        pending: Vec::new(),
        begin_ms,
        stop: None,
        place: Place::default(),
        journal: Journal::default(),
        repeated: from.inputs.into(),
        hash: None,
    };
    let mut is_begun = from.state.is_some();
    match from.state {
        Some(state) => fit.take_up(*state, &begin)?,
        None => {
            let controls = fit.callbacks.on_train_begin(&begin);
            let step = fit.trainer.step_count();
            fit.obey(controls, step);
        }
    }
    fit.keep_moment();

    let train_subset_indices = train_subset(&split.train, config.monitors.train_subset, u64::from(config.seed));
    for epoch in fit.place.epoch..config.epochs {
        if fit.stop.is_some() {
            break;
        }
        let plan = EpochPlan::for_run(config, &split.train, epoch);
        if !std::mem::take(&mut is_begun) {
            fit.begin_epoch();
        }
        fit.train_epoch(&plan).await?;
        if fit.stop.is_some() {
            break;
        }
        let Some(end) = fit.end_epoch(&split.validation, &train_subset_indices).await? else { break };
        fit.place = Place { epoch: epoch + 1, logs: end.logs, ..Place::default() };
    }
    fit.tell_costs(true);
    let at_ms = fit.host.now_ms() - fit.begin_ms;
    let reason = fit.stop.clone().unwrap_or_else(|| "completed".to_owned());
    let end = TrainEnd { step: fit.trainer.step_count(), epochs: fit.place.epoch, reason, logs: fit.place.logs.clone(), at_ms };
    let controls = fit.callbacks.on_train_end(&end);
    fit.obey(controls, end.step);
    Ok(end)
}

impl<H: Host> Fit<'_, H> {
    fn begin_epoch(&mut self) {
        self.place.tally = Tally::default();
        self.place.epoch_ms = 0.0;
        let step = self.trainer.step_count();
        let controls = self.callbacks.on_epoch_begin(&EpochBegin { epoch: self.place.epoch, step });
        self.obey(controls, step);
    }

    /// Trains the batches of the present epoch that are not done yet.
    async fn train_epoch(&mut self, plan: &EpochPlan) -> Result<()> {
        let epoch = self.place.epoch;
        self.costs.begin_epoch(self.host.now_ms());
        for batch in self.place.batches as usize..plan.batches() {
            self.costs.ledger.begin_batch(self.host.now_ms());
            let wish = self.take_turn(At::Batch).await?;
            if self.stop.is_some() {
                break;
            }
            let indices = plan.batch(batch);
            let step = self.trainer.step_count() + 1;
            let begin = BatchBegin { step, epoch, batch: batch as u32, size: indices.len() as u32 };
            if wish.is_some() {
                self.read_pending().await?;
            }
            let slow = wish.map(|wish| (wish, self.begin_slowly(indices)));
            let watched = self.costs.plan(&begin, self.pending.is_empty(), self.host.now_ms());
            self.host.keep_quiet(watched.bare);
            if watched.synchronised {
                // A sample is for itself: what was sent before it would be in its waits.
                self.read_pending().await?;
                self.costs.ledger.begin_batch(self.host.now_ms());
            }
            self.costs.ledger.turn_to(Phase::Callbacks, self.host.now_ms());
            let controls = self.callbacks.on_batch_begin(&begin);
            self.obey(controls, step);
            self.costs.ledger.turn_to(Phase::Data, self.host.now_ms());
            let samples = Batch::gather(self.data, indices);
            self.costs.ledger.turn_to(Phase::Other, self.host.now_ms());
            let learning_rate = self.trainer.learning_rate();
            let kept = self.snapshots.keep(self.trainer, indices);
            let (logs, waits) = if watched.synchronised {
                let (logs, waits) = self.trainer.step_by_phases(samples, &self.host).await?;
                (logs, Some(waits))
            } else {
                let look = watched.look.then_some(self.config.monitors.activation_samples);
                let logs = match self.trainer.shards() {
                    1 => self.trainer.step(samples, look, &self.host),
                    _ => self.step_in_shards(samples, look).await?,
                };
                (logs, None)
            };
            if watched.look {
                self.keep_moment();
            }
            let marks = self.costs.end_batch(&begin, watched, logs.times, self.host.now_ms());
            self.pending.push((Head { begin, learning_rate, marks, waits, kept }, logs));
            self.place.batches = batch as u32 + 1;
            if self.pending.len() >= self.depth || watched.synchronised || slow.is_some() {
                self.read_pending().await?;
            }
            if let Some((wish, motion)) = slow {
                // Boxed: its program stays out of that of every batch.
                Box::pin(self.end_slowly(motion, &wish, epoch, learning_rate)).await?;
            }
        }
        self.read_pending().await?;
        // The epoch's batches are done: what waited need not wait any longer.
        self.costs.watch.interrupt(self.host.now_ms());
        self.host.keep_quiet(false);
        if self.stop.is_none() {
            self.take_turn(At::Trained).await?;
        }
        Ok(())
    }

    /// Judges the samples at `indices` with the present weights; `None` when a stop came in between.
    async fn assess(&mut self, indices: &[u32]) -> Result<Option<Assessment>> {
        let mut assessment = Assessment::new(self.trainer.loss());
        let mut has_more = !indices.is_empty();
        while has_more {
            has_more = assessment.advance(self.trainer.net(), self.data, indices).await?;
            self.take_turn(At::Validation).await?;
            if self.stop.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(assessment))
    }

    /// Validates and reports the epoch; `None` when a stop came in between. `train_subset_indices` are the training samples
    /// that are evaluated beside the validation samples, with the same weights and in the same way. Where no samples
    /// are held out there is no validation, and no hook of it.
    async fn end_epoch(&mut self, validation: &[u32], train_subset_indices: &[u32]) -> Result<Option<EpochEnd>> {
        let (epoch, step) = (self.place.epoch, self.trainer.step_count());
        self.keep_moment();
        let is_validated = !validation.is_empty();
        if is_validated {
            let controls = self.callbacks.on_validation_begin(&Validation { epoch, step, logs: Logs::default() });
            self.obey(controls, step);
        }
        let begin_ms = self.host.now_ms();
        let Some(assessment) = self.assess(validation).await? else { return Ok(None) };
        let Some(of_train) = self.assess(train_subset_indices).await? else { return Ok(None) };
        let (sum, train_sum) = (assessment.tally(), of_train.tally());
        let mut logs = Logs::default();
        let evaluation = is_validated.then(|| assessment.evaluation(epoch, step, self.data.classes().len()));
        let validation_ms = self.host.now_ms() - begin_ms;
        if let Some(evaluation) = evaluation {
            logs.push(series::VAL_LOSS, sum.mean_loss());
            logs.push(series::VAL_ACCURACY, sum.accuracy());
            logs.0.extend(evaluation.report.logs());
            let controls = self.callbacks.on_evaluation(&evaluation);
            self.obey(controls, step);
            let controls = self.callbacks.on_validation_end(&Validation { epoch, step, logs: logs.clone() });
            self.obey(controls, step);
        }
        logs.0.insert(0, (series::TRAIN_LOSS.to_owned(), self.place.tally.mean_loss()));
        logs.0.insert(1, (series::TRAIN_ACCURACY.to_owned(), self.place.tally.accuracy()));
        if !train_subset_indices.is_empty() {
            logs.push(series::TRAIN_EVAL_LOSS, train_sum.mean_loss());
            logs.push(series::TRAIN_EVAL_ACCURACY, train_sum.accuracy());
        }
        logs.push(series::TIME_EPOCH, self.place.epoch_ms);
        if is_validated || !train_subset_indices.is_empty() {
            logs.push(series::TIME_VALIDATION, validation_ms);
        }
        let end = EpochEnd { epoch, step, logs, at_ms: self.host.now_ms() - self.begin_ms };
        let controls = self.callbacks.on_epoch_end(&end);
        self.obey(controls, step);
        Ok(Some(end))
    }

    /// Carries out a hook's controls; `step` is that of the hook's event, which on a GPU lies behind the trainer's.
    fn obey(&mut self, controls: Controls, step: Step) {
        for control in controls {
            match control {
                Control::Stop(reason) => {
                    self.stop.get_or_insert(reason);
                }
                Control::SetLearningRate(learning_rate) => self.trainer.set_learning_rate(learning_rate),
                Control::Save { slot, value, copies } => {
                    self.trainer.save(slot, value, copies, self.host.now_ms() - self.begin_ms);
                    self.callbacks.on_checkpoints(&self.trainer.checkpoints());
                }
                Control::Diagnose(diagnosis) => self.callbacks.on_diagnosis(&diagnosis),
                Control::Restore { slot } => self.trainer.restore(&slot),
                Control::Log(name, value) => self.callbacks.on_log(step, &name, value),
            }
        }
    }
}

#[cfg(feature = "cpu")]
#[cfg(test)]
mod tests;
