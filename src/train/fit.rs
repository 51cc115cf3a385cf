//! The training loop: epochs, batches, validation, hooks; asynchronous throughout.
//!
//! On the CPU a batch's numbers are there at once. On a GPU the loop runs ahead of the numbers, by a bounded *time*: a
//! fixed count of batches would starve a fast GPU and choke a slow one. In any case every batch is reported, in order,
//! and before its epoch ends.

mod costs;
mod host;
mod slow;

pub use host::{Host, Moment, Turn};

use super::assessment::Assessment;
use super::device_logs::{DeviceLogs, Reading, resolve_timed};
use super::examine::{BatchSnapshot, Snapshots};
use super::{Batch, PhaseWaits, Trainer};
use crate::domain::callback::{CallbackList, Control, Controls, Role};
use crate::domain::cost::ledger::Phase;
use crate::domain::cost::{marks, watch};
use crate::domain::data::Dataset;
use crate::domain::data::sampler::{EpochPlan, split_of, train_subset};
use crate::domain::metrics::{SamplePrediction, Tally, judge_all};
use crate::domain::record::probe::MonitorSpec;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, Logs, Step, TrainBegin, TrainEnd, Validation, series};
use crate::domain::view::slow::SlowWish;
use crate::error::Result;
use costs::Costs;

/// The time that a GPU may run ahead of the last read, in milliseconds of its own work, if a read takes no time.
const AHEAD_MS: f64 = 100.0;
/// The multiple of a read's latency that a GPU may run ahead in addition: with Firefox's 100 ms, reading every 100 ms
/// would have the GPU wait half of the time.
const AHEAD_LATENCIES: f64 = 4.0;
/// The largest number of batches that wait for one read, however fast they are.
const MAX_AHEAD: usize = 32;

/// Number of batches that may be queued before the next read, after `count` of them took `interval_ms` with their read.
fn next_depth(interval_ms: f64, count: usize, latency_ms: f64) -> usize {
    let work_ms = ((interval_ms - latency_ms) / count as f64).max(0.01);
    (((AHEAD_MS + AHEAD_LATENCIES * latency_ms) / work_ms) as usize).clamp(1, MAX_AHEAD)
}

/// A batch that was sent to the device, with the facts that are known before its numbers.
struct Head {
    begin: BatchBegin,
    learning_rate: f64,
    marks: u32,
    waits: Option<PhaseWaits>,
    kept: Option<BatchSnapshot>,
}

struct Fit<'a, H> {
    trainer: &'a mut Trainer,
    data: &'a Dataset,
    callbacks: &'a mut CallbackList,
    host: &'a mut H,
    reading: Reading,
    monitors: MonitorSpec,
    costs: Costs,
    snapshots: Snapshots,
    /// Number of batches that may wait for one read, from the measured time a batch.
    depth: usize,
    pending: Vec<(Head, DeviceLogs)>,
    begin_ms: f64,
    stop: Option<String>,
    epoch_tally: Tally,
    epoch_ms: f64,
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
    let seed = u64::from(config.seed);
    let split = split_of(data, config);
    if matches!(reading, Reading::Together { .. }) {
        trainer.keep_shapes(config.batch_size);
    }
    let begin_ms = host.now_ms();
    let snapshots = Snapshots::new(trainer, reading, config.is_diagnosed());
    let mut fit = Fit {
        trainer,
        data,
        callbacks,
        host,
        reading,
        monitors: config.monitors,
        costs: Costs::new(config, reading, begin_ms),
        snapshots,
        depth: 1,
        pending: Vec::new(),
        begin_ms,
        stop: None,
        epoch_tally: Tally::default(),
        epoch_ms: 0.0,
    };
    let batches_per_epoch = split.train.len().div_ceil(config.batch_size) as u32;
    let controls = fit.callbacks.on_train_begin(&TrainBegin {
        parameters: fit.trainer.parameters(),
        train_samples: split.train.len(),
        validation_samples: split.validation.len(),
        batches_per_epoch,
        epochs: config.epochs,
    });
    let step = fit.trainer.step_count();
    fit.obey(controls, step);
    fit.keep_moment();

    let train_subset_indices = train_subset(&split.train, config.monitors.train_subset, seed);
    let mut epochs = 0;
    let mut last_logs = Logs::default();
    for epoch in 0..config.epochs {
        if fit.stop.is_some() {
            break;
        }
        let plan = EpochPlan::for_run(config, &split.train, epoch);
        fit.train_epoch(&plan, epoch).await?;
        if fit.stop.is_some() {
            break;
        }
        let Some(end) = fit.end_epoch(&split.validation, &train_subset_indices, epoch).await? else { break };
        epochs += 1;
        last_logs = end.logs;
    }
    fit.tell_costs(true);
    let at_ms = fit.host.now_ms() - fit.begin_ms;
    let reason = fit.stop.clone().unwrap_or_else(|| "completed".to_owned());
    let end = TrainEnd { step: fit.trainer.step_count(), epochs, reason, logs: last_logs, at_ms };
    let controls = fit.callbacks.on_train_end(&end);
    fit.obey(controls, end.step);
    Ok(end)
}

impl<H: Host> Fit<'_, H> {
    async fn train_epoch(&mut self, plan: &EpochPlan, epoch: u32) -> Result<()> {
        self.epoch_tally = Tally::default();
        self.epoch_ms = 0.0;
        let step = self.trainer.step_count();
        let controls = self.callbacks.on_epoch_begin(&EpochBegin { epoch, step });
        self.obey(controls, step);
        self.costs.begin_epoch(self.host.now_ms());
        for batch in 0..plan.batches() {
            self.costs.ledger.begin_batch(self.host.now_ms());
            let wish = self.take_turn(|waiting| Moment::Batch { waiting }).await?;
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
                let (logs, waits) = self.trainer.step_by_phases(samples, self.host).await?;
                (logs, Some(waits))
            } else {
                let look = watched.look.then_some(self.monitors.activation_samples);
                (self.trainer.step(samples, look, self.host), None)
            };
            if watched.look {
                self.keep_moment();
            }
            let marks = self.costs.end_batch(&begin, watched, logs.times, self.host.now_ms());
            self.pending.push((Head { begin, learning_rate, marks, waits, kept }, logs));
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
        Ok(())
    }

    /// Waits for the numbers of all batches that were sent to the device, and reports them.
    async fn read_pending(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len();
        if count == 0 {
            return Ok(());
        }
        self.costs.ledger.turn_to(Phase::Read, self.host.now_ms());
        let (heads, logs): (Vec<Head>, Vec<DeviceLogs>) = pending.into_iter().unzip();
        let outputs = resolve_timed(logs, self.host).await?;
        let loss = self.trainer.loss();
        let judged: Vec<Vec<SamplePrediction>> = outputs.iter().map(|outputs| judge_all(&outputs.values, &outputs.labels, loss)).collect();
        let now = self.host.now_ms();
        let looks: Vec<f64> = outputs.iter().map(|outputs| outputs.looks_ms).collect();
        let marks: Vec<u32> = heads.iter().map(|head| head.marks).collect();
        let (times, mut read) = self.costs.close(&marks, &looks, now);
        self.epoch_ms += read.ms;
        if let Reading::Together { latency_ms } = self.reading {
            self.depth = next_depth(read.ms, count, latency_ms);
        }
        for (((head, outputs), predictions), times) in heads.into_iter().zip(outputs).zip(judged).zip(times) {
            let Head { begin, learning_rate, waits, kept, marks: _ } = head;
            let tally = Tally::of(&predictions);
            self.epoch_tally.add(tally);
            self.callbacks.on_predictions(begin.step, &predictions);
            let end = BatchEnd {
                step: begin.step,
                epoch: begin.epoch,
                batch: begin.batch,
                size: begin.size,
                loss: tally.mean_loss(),
                accuracy: tally.accuracy(),
                learning_rate,
                times,
                at_ms: now - self.begin_ms,
            };
            let controls = self.on_batch_end(&end, &mut read);
            self.obey(controls, end.step);
            self.tell_waits(&end, waits);
            let before = self.host.now_ms();
            if let Some(examination) = self.snapshots.examine(self.trainer, self.data, kept, end.loss).await? {
                // That is nobody's training time.
                let now = self.host.now_ms();
                self.costs.ledger.leave_out(now - before, now);
                let controls = self.callbacks.on_examination(&examination);
                self.obey(controls, end.step);
            }
            if let Some(probe) = outputs.probe {
                let begin = self.host.now_ms();
                let controls = self.callbacks.on_probe(&probe);
                read.looks_ms += self.host.now_ms() - begin;
                self.obey(controls, end.step);
            }
        }
        self.costs.watch.take(&read, self.host.now_ms());
        self.tell_costs(false);
        Ok(())
    }

    /// Keeps the present weights, to go back to them in time.
    fn keep_moment(&mut self) {
        self.trainer.keep_moment();
        self.callbacks.on_trail(&self.trainer.trail());
    }

    /// Calls the hooks of a batch's end; at some batches it measures their time.
    fn on_batch_end(&mut self, end: &BatchEnd, read: &mut watch::Reading) -> Controls {
        read.step = end.step;
        let held_ms = self.costs.report(end.step);
        let controls = if self.costs.times_hooks(read.ms) {
            let host = &*self.host;
            let (controls, spent) = self.callbacks.on_batch_end_timed(end, &|| host.now_ms());
            *read.record_ms.get_or_insert(0.0) += spent.of(Role::Record);
            *read.diagnoses_ms.get_or_insert(0.0) += spent.of(Role::Diagnosis);
            controls
        } else {
            self.callbacks.on_batch_end(end)
        };
        if let Some(ms) = held_ms {
            self.callbacks.on_log(end.step, series::TIME_PAUSED, ms);
        }
        controls
    }

    /// Records the device's time for each phase of a synchronised sample. The first one is warm-up: its waits are those
    /// for the programs to be compiled.
    fn tell_waits(&mut self, end: &BatchEnd, waits: Option<PhaseWaits>) {
        let waits = waits.filter(|_| end.times.marks & marks::WARM_UP == 0);
        let Some(PhaseWaits { data, forward, backward, update, wait }) = waits else { return };
        for (name, ms) in [
            (series::TIME_GPU_DATA, data),
            (series::TIME_GPU_FORWARD, forward),
            (series::TIME_GPU_BACKWARD, backward),
            (series::TIME_GPU_UPDATE, update),
            (series::TIME_GPU_WAIT, wait),
        ] {
            self.callbacks.on_log(end.step, name, ms);
        }
    }

    /// Tells the cost of watching, if it is time, or `always`.
    fn tell_costs(&mut self, always: bool) {
        if let Some(cost) = self.costs.watch_cost(always, self.host.now_ms()) {
            self.callbacks.on_watching(&cost);
        }
    }

    /// Judges the samples at `indices` with the present weights; `None` when a stop came in between.
    async fn assess(&mut self, indices: &[u32]) -> Result<Option<Assessment>> {
        let mut assessment = Assessment::new(self.trainer.loss());
        let mut has_more = !indices.is_empty();
        while has_more {
            has_more = assessment.advance(self.trainer.net(), self.data, indices).await?;
            self.take_turn(|_| Moment::Validation).await?;
            if self.stop.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(assessment))
    }

    /// Validates and reports the epoch; `None` when a stop came in between. `train_subset_indices` are the training samples
    /// that are evaluated beside the validation samples, with the same weights and in the same way. Where no samples
    /// are held out there is no validation, and no hook of it.
    async fn end_epoch(&mut self, validation: &[u32], train_subset_indices: &[u32], epoch: u32) -> Result<Option<EpochEnd>> {
        let step = self.trainer.step_count();
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
        logs.0.insert(0, (series::TRAIN_LOSS.to_owned(), self.epoch_tally.mean_loss()));
        logs.0.insert(1, (series::TRAIN_ACCURACY.to_owned(), self.epoch_tally.accuracy()));
        if !train_subset_indices.is_empty() {
            logs.push(series::TRAIN_EVAL_LOSS, train_sum.mean_loss());
            logs.push(series::TRAIN_EVAL_ACCURACY, train_sum.accuracy());
        }
        logs.push(series::TIME_EPOCH, self.epoch_ms);
        if is_validated || !train_subset_indices.is_empty() {
            logs.push(series::TIME_VALIDATION, validation_ms);
        }
        let end = EpochEnd { epoch, step, logs, at_ms: self.host.now_ms() - self.begin_ms };
        let controls = self.callbacks.on_epoch_end(&end);
        self.obey(controls, step);
        Ok(Some(end))
    }

    /// Gives the host its turn and carries out its requests; `moment` is called with the number of batches that wait by
    /// then. Returns the wish to see the next batch in slow motion.
    async fn take_turn(&mut self, moment: impl Fn(usize) -> Moment) -> Result<Option<SlowWish>> {
        loop {
            self.costs.ledger.turn_to(Phase::Idle, self.host.now_ms());
            let turn = self.host.turn(moment(self.pending.len())).await;
            self.costs.end_turn(&turn, self.host.now_ms());
            if let Some(learning_rate) = turn.learning_rate {
                self.trainer.set_learning_rate(learning_rate);
            }
            if let Some(reason) = turn.stop {
                self.stop.get_or_insert(reason);
            }
            if !turn.read_first && !turn.serve {
                return Ok(turn.slow);
            }
            self.read_pending().await?;
            if turn.serve {
                let begin = self.host.now_ms();
                self.host.serve(self.trainer).await;
                let now = self.host.now_ms();
                self.costs.leave_out(now - begin, now);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_runs_ahead_by_time_not_by_count() {
        for (name, interval_ms, count, latency_ms, depth) in [
            ("slow, in software: one by one", 600.0, 1, 2.0, 1),
            ("fast: as many as may be", 10.0, 10, 1.0, MAX_AHEAD),
            ("middling", 100.0, 10, 1.0, 10),
            ("Firefox: the wait for the read is not work", 106.0, 1, 100.0, MAX_AHEAD),
            ("Firefox, slow work", 200.0, 1, 100.0, 5),
            ("a read quicker than at the trial", 0.5, 1, 2.0, MAX_AHEAD),
        ] {
            assert_eq!(next_depth(interval_ms, count, latency_ms), depth, "{name}");
        }
    }
}
