//! The training loop: epochs, batches, validation, hooks; asynchronous to the bone.
//!
//! On the CPU a batch's numbers are there at once. On a GPU the loop runs ahead of the numbers, by a bounded *time*:
//! a fixed count of batches would starve a fast GPU and choke a slow one. Whatever happens, every batch is reported,
//! in order, and before its epoch ends.

use super::assessment::{Assessment, PIECE};
use super::clock::Clock;
use super::device_logs::{DeviceLogs, Outputs, resolve};
use super::examine::{Kept, Witness};
use super::{Batch, Trainer};
use crate::domain::callback::{CallbackList, Control, Controls};
use crate::domain::config::RunConfig;
use crate::domain::dataset::Dataset;
use crate::domain::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, Logs, PhaseTimes, Step, TrainBegin, TrainEnd, Validation, series};
use crate::domain::metrics::{Tally, judge_all};
use crate::domain::probe::MonitorSpec;
use crate::domain::sampler::{EpochPlan, split};
use crate::error::Result;

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
    gather_ms: f64,
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
    witness: Witness,
    /// Batches that may wait for one read, from the measured time a batch.
    depth: usize,
    pending: Vec<Pending>,
    /// When the last numbers arrived, or the epoch began; moved forward by pauses.
    mark_ms: f64,
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
        witness,
        depth: 1,
        pending: Vec::new(),
        mark_ms: begin_ms,
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

    let mut epochs = 0;
    let mut last_logs = Logs::default();
    for epoch in 0..config.epochs {
        if fit.stop.is_some() {
            break;
        }
        let plan = EpochPlan::for_run(config, &split.train, epoch);
        fit.train_epoch(data, &plan, epoch).await?;
        if fit.stop.is_some() {
            break;
        }
        let Some(end) = fit.end_epoch(data, &split.validation, epoch).await? else { break };
        epochs += 1;
        last_logs = end.logs;
    }
    let at_ms = fit.host.now_ms() - fit.begin_ms;
    let reason = fit.stop.clone().unwrap_or_else(|| "completed".to_owned());
    let end = TrainEnd { step: fit.trainer.step_count(), epochs, reason, logs: last_logs, at_ms };
    let controls = fit.callbacks.on_train_end(&end);
    fit.obey(controls, end.step);
    Ok(end)
}

impl<H: Host> Fit<'_, H> {
    async fn train_epoch(&mut self, data: &Dataset, plan: &EpochPlan, epoch: u32) -> Result<()> {
        self.epoch_tally = Tally::default();
        self.epoch_ms = 0.0;
        let step = self.trainer.step_count();
        let controls = self.callbacks.on_epoch_begin(&EpochBegin { epoch, step });
        self.obey(controls, step);
        self.mark_ms = self.host.now_ms();
        for batch in 0..plan.batches() {
            self.take_turn(Moment::Batch { waiting: self.pending.len() }).await?;
            if self.stop.is_some() {
                break;
            }
            let indices = plan.batch(batch);
            let step = self.trainer.step_count() + 1;
            let begin = BatchBegin { step, epoch, batch: batch as u32, size: indices.len() as u32 };
            let controls = self.callbacks.on_batch_begin(&begin);
            self.obey(controls, step);
            let gather_begin = self.host.now_ms();
            let samples = Batch::gather(data, indices);
            let gather_ms = self.host.now_ms() - gather_begin;
            let learning_rate = self.trainer.learning_rate();
            let look = self.monitors.is_due(step).then_some(self.monitors.activation_samples);
            let kept = self.witness.keep(self.trainer, indices);
            let logs = self.trainer.step(samples, look, self.host);
            self.pending.push(Pending { begin, learning_rate, gather_ms, kept, logs });
            if self.pending.len() >= self.depth {
                self.read_pending().await?;
            }
        }
        self.read_pending().await
    }

    /// Waits for the numbers of all batches that were sent to the device, and reports them.
    async fn read_pending(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len();
        if count == 0 {
            return Ok(());
        }
        let read_begin = self.host.now_ms();
        let (heads, logs): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|p| ((p.begin, p.learning_rate, p.gather_ms, p.kept), p.logs)).unzip();
        let outputs = resolve(logs).await?;
        let now = self.host.now_ms();
        let batch_ms = (now - self.mark_ms) / count as f64;
        let read_ms = (now - read_begin) / count as f64;
        self.mark_ms = now;
        self.epoch_ms += batch_ms * count as f64;
        if let Reading::Together { latency_ms } = self.reading {
            self.depth = next_depth(batch_ms * count as f64, count, latency_ms);
        }
        for ((begin, learning_rate, gather_ms, kept), outputs) in heads.into_iter().zip(outputs) {
            let verdicts = judge_all(&outputs.values, &outputs.labels, self.trainer.loss());
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
                times: self.phase_times(batch_ms, gather_ms, read_ms, &outputs),
                at_ms: now - self.begin_ms,
            };
            let controls = self.callbacks.on_batch_end(&end);
            self.obey(controls, end.step);
            if let Some(examination) = self.witness.examine(self.trainer, self.data, kept, end.loss).await? {
                // That is nobody's training time.
                self.mark_ms = self.host.now_ms();
                let controls = self.callbacks.on_examination(&examination);
                self.obey(controls, end.step);
            }
            if let Some(probe) = outputs.probe {
                let controls = self.callbacks.on_probe(&probe);
                self.obey(controls, end.step);
            }
        }
        Ok(())
    }

    fn phase_times(&self, batch: f64, gather_ms: f64, read: f64, outputs: &Outputs) -> PhaseTimes {
        let times = outputs.times;
        let data = gather_ms + times.upload;
        match self.reading {
            Reading::Together { .. } => PhaseTimes { batch, data, forward: None, backward: None, update: None, read },
            Reading::AtOnce => {
                PhaseTimes { batch, data, forward: Some(times.forward), backward: Some(times.backward), update: Some(times.update), read }
            }
        }
    }

    /// Validates and reports the epoch; `None` when a stop came in between.
    async fn end_epoch(&mut self, data: &Dataset, validation: &[u32], epoch: u32) -> Result<Option<EpochEnd>> {
        let step = self.trainer.step_count();
        let controls = self.callbacks.on_validation_begin(&Validation { epoch, step, logs: Logs::default() });
        self.obey(controls, step);
        let begin_ms = self.host.now_ms();
        let mut assessment = Assessment::new(self.trainer.loss());
        for indices in validation.chunks(PIECE) {
            assessment.take(self.trainer, data, indices).await?;
            self.take_turn(Moment::Validation).await?;
            if self.stop.is_some() {
                return Ok(None);
            }
        }
        let sum = assessment.tally();
        let evaluation = assessment.evaluation(epoch, step, data.classes().len());
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
        logs.push(series::TIME_EPOCH, self.epoch_ms);
        logs.push(series::TIME_VALIDATION, validation_ms);
        let end = EpochEnd { epoch, step, logs, at_ms: self.host.now_ms() - self.begin_ms };
        let controls = self.callbacks.on_epoch_end(&end);
        self.obey(controls, step);
        Ok(Some(end))
    }

    /// Lets the surroundings have their turn, and does what they want.
    async fn take_turn(&mut self, moment: Moment) -> Result<()> {
        loop {
            let waiting = self.pending.len();
            let moment = if moment == Moment::Validation { moment } else { Moment::Batch { waiting } };
            let turn = self.host.turn(moment).await;
            self.mark_ms += turn.paused_ms;
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
                self.mark_ms += self.host.now_ms() - begin;
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
