//! The training loop: epochs, batches, validation, hooks; asynchronous to the bone.
//!
//! On the CPU a batch's numbers are there at once. On a GPU the loop runs ahead of the numbers, by a bounded *time*:
//! a fixed count of batches would starve a fast GPU and choke a slow one. Whatever happens, every batch is reported,
//! in order, and before its epoch ends.

mod costs;

use super::assessment::{Assessment, PIECE};
use super::clock::Clock;
use super::device_logs::{DeviceLogs, resolve_timed};
use super::examine::{Kept, Witness};
use super::{Batch, PhaseWaits, Trainer};
use crate::domain::callback::{CallbackList, Control, Controls};
use crate::domain::cost::ledger::Phase;
use crate::domain::data::Dataset;
use crate::domain::data::sampler::{EpochPlan, split, train_subset};
use crate::domain::metrics::{Tally, Verdict, judge_all};
use crate::domain::record::probe::MonitorSpec;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, Logs, Step, TrainBegin, TrainEnd, Validation, series};
use crate::error::Result;
use costs::Costs;

/// How far a GPU may run ahead of the last read, in milliseconds of its own work, if a read takes no time.
const AHEAD_MS: f64 = 100.0;
/// How many times the latency of a read a GPU may run ahead besides: with Firefox's 100 ms, reading every 100 ms would
/// have the GPU wait half of the time.
const AHEAD_LATENCIES: f64 = 4.0;
/// The most batches that wait for one read, however fast they are.
const MAX_AHEAD: usize = 32;

/// What the surroundings say between two batches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// End the run, for this reason.
    pub stop: Option<String>,
    /// Use this learning rate from the next batch on.
    pub learning_rate: Option<f64>,
    /// Milliseconds that the run stood still because it was told to: kept out of all times but `at_ms`.
    pub paused_ms: f64,
    /// The run is to be held, but batches wait to be read: read them, then ask again.
    pub read_first: bool,
    /// Somebody has a question: read what waits, call [`Host::serve`], then ask again.
    pub serve: bool,
    /// What of the turn went into sending records to the page, in milliseconds.
    pub sent_ms: f64,
    /// Whether the page was out of view at any time since the last turn.
    pub hidden: bool,
    /// What watching may cost from now on, in percent.
    pub watch_budget: Option<f64>,
}

/// Where in the loop a [`Host`] is given its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before a batch. So many batches have been sent to the device and not been read yet; where that is above 0 a
    /// run must not be held (whoever looks on would miss them), but [`Turn::read_first`] be answered.
    Batch {
        /// Batches not read yet.
        waiting: usize,
    },
    /// Between two pieces of a validation, which is not to be held: it belongs to the batch before.
    Validation,
}

/// Where the loop runs: it tells the time, and it is given a turn before every batch, to let others work, to hold the
/// run while it is paused, and to pass on what the visitor wants.
#[allow(async_fn_in_trait, reason = "used on one thread only, by generic parameter")]
pub trait Host: Clock {
    /// Called at each [`Moment`].
    async fn turn(&mut self, moment: Moment) -> Turn;
    /// Answers questions about the model, or puts other weights into it; asked for by [`Turn::serve`]. All batches that
    /// were trained have been reported, and the time it takes belongs to none of them.
    async fn serve(&mut self, trainer: &mut Trainer) {
        let _ = trainer;
    }

    /// Whether what can wait is to wait: the batches to come are trained without anything beside them, to learn what
    /// watching costs.
    fn keep_quiet(&mut self, quiet: bool) {
        let _ = quiet;
    }
}

/// When the numbers of a batch are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// At once: on the CPU the work is done when the call returns, and wall time around a phase is the phase's time.
    AtOnce,
    /// Several batches together: on a GPU.
    Together {
        /// Milliseconds that a read takes when there is nothing to wait for.
        latency_ms: f64,
    },
}

/// How many batches may be queued before the next read, after `count` of them took `interval_ms` with their read.
fn next_depth(interval_ms: f64, count: usize, latency_ms: f64) -> usize {
    let work_ms = ((interval_ms - latency_ms) / count as f64).max(0.01);
    (((AHEAD_MS + AHEAD_LATENCIES * latency_ms) / work_ms) as usize).clamp(1, MAX_AHEAD)
}

struct Pending {
    begin: BatchBegin,
    learning_rate: f64,
    marks: u32,
    waits: Option<PhaseWaits>,
    kept: Option<Kept>,
    logs: DeviceLogs,
}

struct Fit<'a, H> {
    trainer: &'a mut Trainer,
    data: &'a Dataset,
    callbacks: &'a mut CallbackList,
    host: &'a mut H,
    reading: Reading,
    monitors: MonitorSpec,
    costs: Costs,
    witness: Witness,
    /// Batches that may wait for one read, from the measured time a batch.
    depth: usize,
    pending: Vec<Pending>,
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
    let split = split(data.len(), config.validation, seed);
    let begin_ms = host.now_ms();
    let witness = Witness::new(trainer, reading, config.is_diagnosed());
    let mut fit = Fit {
        trainer,
        data,
        callbacks,
        host,
        reading,
        monitors: config.monitors,
        costs: Costs::new(config, reading, begin_ms),
        witness,
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

    let same_weights = train_subset(&split.train, config.monitors.train_subset, seed);
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
        let Some(end) = fit.end_epoch(&split.validation, &same_weights, epoch).await? else { break };
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
            self.take_turn(|waiting| Moment::Batch { waiting }).await?;
            if self.stop.is_some() {
                break;
            }
            let indices = plan.batch(batch);
            let step = self.trainer.step_count() + 1;
            let begin = BatchBegin { step, epoch, batch: batch as u32, size: indices.len() as u32 };
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
            let kept = self.witness.keep(self.trainer, indices);
            let (logs, waits) = if watched.synchronised {
                let (logs, waits) = self.trainer.step_by_phases(samples, self.host).await?;
                (logs, Some(waits))
            } else {
                let look = watched.look.then_some(self.monitors.activation_samples);
                (self.trainer.step(samples, look, self.host), None)
            };
            let marks = self.costs.end_batch(&begin, watched, logs.times, self.host.now_ms());
            self.pending.push(Pending { begin, learning_rate, marks, waits, kept, logs });
            if self.pending.len() >= self.depth || watched.synchronised {
                self.read_pending().await?;
            }
        }
        self.read_pending().await?;
        self.end_watching();
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
        let (heads, logs): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|p| ((p.begin, p.learning_rate, p.marks, p.waits, p.kept), p.logs)).unzip();
        let outputs = resolve_timed(logs, self.host).await?;
        let loss = self.trainer.loss();
        let judged: Vec<Vec<Verdict>> = outputs.iter().map(|outputs| judge_all(&outputs.values, &outputs.labels, loss)).collect();
        let now = self.host.now_ms();
        let looks: Vec<f64> = outputs.iter().map(|outputs| outputs.looks_ms).collect();
        let marks: Vec<u32> = heads.iter().map(|head| head.2).collect();
        let (times, mut read) = self.costs.close(&marks, &looks, now);
        self.epoch_ms += read.ms;
        if let Reading::Together { latency_ms } = self.reading {
            self.depth = next_depth(read.ms, count, latency_ms);
        }
        for ((((begin, learning_rate, _, waits, kept), outputs), verdicts), times) in heads.into_iter().zip(outputs).zip(judged).zip(times)
        {
            let tally = Tally::of(&verdicts);
            self.epoch_tally.add(tally);
            self.callbacks.on_verdicts(begin.step, &verdicts);
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
            if let Some(examination) = self.witness.examine(self.trainer, self.data, kept, end.loss).await? {
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

    /// The samples at `indices`, judged with the present weights; `None` when a stop came in between.
    async fn assess(&mut self, indices: &[u32]) -> Result<Option<Assessment>> {
        let mut assessment = Assessment::new(self.trainer.loss());
        for indices in indices.chunks(PIECE) {
            assessment.take(self.trainer, self.data, indices).await?;
            self.take_turn(|_| Moment::Validation).await?;
            if self.stop.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(assessment))
    }

    /// Validates and reports the epoch; `None` when a stop came in between. `same_weights` are the training samples that
    /// are evaluated beside the validation samples, with the same weights and in the same way.
    async fn end_epoch(&mut self, validation: &[u32], same_weights: &[u32], epoch: u32) -> Result<Option<EpochEnd>> {
        let step = self.trainer.step_count();
        let controls = self.callbacks.on_validation_begin(&Validation { epoch, step, logs: Logs::default() });
        self.obey(controls, step);
        let begin_ms = self.host.now_ms();
        let Some(assessment) = self.assess(validation).await? else { return Ok(None) };
        let Some(of_train) = self.assess(same_weights).await? else { return Ok(None) };
        let (sum, train_sum) = (assessment.tally(), of_train.tally());
        let evaluation = assessment.evaluation(epoch, step, self.data.classes().len());
        let validation_ms = self.host.now_ms() - begin_ms;
        let mut logs = Logs::default();
        logs.push(series::VAL_LOSS, sum.mean_loss());
        logs.push(series::VAL_ACCURACY, sum.accuracy());
        logs.0.extend(evaluation.report.logs());
        let controls = self.callbacks.on_evaluation(&evaluation);
        self.obey(controls, step);
        let controls = self.callbacks.on_validation_end(&Validation { epoch, step, logs: logs.clone() });
        self.obey(controls, step);
        logs.0.insert(0, (series::TRAIN_LOSS.to_owned(), self.epoch_tally.mean_loss()));
        logs.0.insert(1, (series::TRAIN_ACCURACY.to_owned(), self.epoch_tally.accuracy()));
        if !same_weights.is_empty() {
            logs.push(series::TRAIN_EVAL_LOSS, train_sum.mean_loss());
            logs.push(series::TRAIN_EVAL_ACCURACY, train_sum.accuracy());
        }
        logs.push(series::TIME_EPOCH, self.epoch_ms);
        logs.push(series::TIME_VALIDATION, validation_ms);
        let end = EpochEnd { epoch, step, logs, at_ms: self.host.now_ms() - self.begin_ms };
        let controls = self.callbacks.on_epoch_end(&end);
        self.obey(controls, step);
        Ok(Some(end))
    }

    /// Lets the surroundings have their turn, and does what they want; `moment` is made of how many batches wait by then.
    async fn take_turn(&mut self, moment: impl Fn(usize) -> Moment) -> Result<()> {
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
                return Ok(());
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

    /// Does what a hook asks for; `step` is that of the hook's event, which on a GPU lies behind the trainer's.
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
