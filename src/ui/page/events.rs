//! What the page does with what the workers say: records, states, deaths.

use super::{Page, Phase};
use crate::domain::model::ArrayHead;
use crate::domain::run::checkpoint::WeightsCard;
use crate::domain::run::config::DeviceWish;
use crate::domain::run::device::{Choice, WorkerKind};
use crate::error::{Code, Error};
use crate::protocol::{Command, Event, Failure, RunId, floats};
use crate::ui::state::store::{Run, RunState};
use crate::ui::supervisor::Audience;
use crate::web::port::Bulk;
use leptos::prelude::*;

impl Page {
    fn set_state(&self, run: RunId, state: RunState, phase: Phase) {
        if let Some(run) = self.inner().store.borrow_mut().run_mut(run) {
            run.state = state;
        }
        if self.phase.with_untracked(|present| *present != phase) {
            self.phase.set(phase);
        }
    }

    fn record(&self, run: RunId, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.inner().store.borrow_mut().run_mut(run) {
            change(run);
        }
        self.touch();
    }

    fn take_records(&self, kind: WorkerKind, run: RunId, bytes: &[u8]) {
        let inner = self.inner();
        inner.supervisor.steer(kind, Command::Acknowledge);
        let mut store = inner.store.borrow_mut();
        let Some(record) = store.run_mut(run) else { return };
        match record.take_frame(bytes) {
            Ok(frame) => {
                let begin = record.begin.clone();
                let batch_size = record.config.batch_size;
                drop(store);
                if let Some(begin) = begin {
                    inner.listeners.frame(run, &begin, batch_size, &frame);
                }
                self.touch();
            }
            Err(error) => {
                drop(store);
                self.notify(error);
            }
        }
    }

    /// Keeps the weights that a run leaves; those of one that was deleted in the meantime go.
    fn keep_weights(&self, run: RunId, card: WeightsCard, arrays: Vec<ArrayHead>, bulk: &Bulk) {
        let inner = self.inner();
        if inner.store.borrow().run(run).is_none() {
            return;
        }
        match inner.kept_weights.keep(run, &card.name, arrays, bulk) {
            Ok(()) => self.record(run, |run| run.take_weights(card)),
            Err(error) => self.notify(error),
        }
    }

    /// What to do when the worker of the present run is gone: on `auto`, a GPU that failed before its first number
    /// is replaced by the CPU; otherwise the run has failed, with all that was recorded kept.
    fn run_lost(&self, kind: WorkerKind, error: &Error) {
        let inner = self.inner();
        let current = inner.current.borrow().clone();
        let Some((run, choice)) = current else { return };
        if choice.worker != kind || !self.phase.with_untracked(Phase::is_live) {
            return;
        }
        let config = inner.store.borrow().run(run).filter(|run| run.batches() == 0).map(|run| run.config.clone());
        match config {
            Some(config) if kind == WorkerKind::Gpu && config.device == DeviceWish::Auto => {
                let why = format!("WebGPU did not start: {}", error.message());
                if let Some(run) = inner.store.borrow_mut().run_mut(run) {
                    run.device = "cpu".to_owned();
                    run.why.clone_from(&why);
                }
                self.launch(run, &config, Choice::fall_back(why), false);
            }
            _ => {
                self.scripts.end_run(*self, Some(run), "the run has failed");
                self.end_run(run, Err(error.clone()));
            }
        }
    }
}

impl Audience for Page {
    fn on_event(&self, kind: WorkerKind, event: Event, bulk: Bulk) {
        self.inner().listeners.event(&event);
        self.scripts.event(*self, &event);
        match event {
            Event::Started { run, device, begin, shape, classes } => {
                self.device.update(|known| {
                    if let Some((name, _)) = known {
                        name.clone_from(&device);
                    }
                });
                // They were for this run.
                self.first_weights.set(None);
                self.record(run, |run| {
                    run.device = device;
                    run.begin = Some(begin);
                    run.data = Some((shape, classes));
                    // The clock of the batches starts here, not when the worker was asked.
                    run.started_at = js_sys::Date::now();
                });
                self.set_state(run, RunState::Running, Phase::Running);
            }
            Event::Records { run } => {
                if let Some(bytes) = bulk.first() {
                    self.take_records(kind, run, bytes);
                }
            }
            Event::ValidationBegun { run, .. } => self.set_state(run, RunState::Running, Phase::Validating),
            Event::ValidationEnded { run, .. } => self.set_state(run, RunState::Running, Phase::Running),
            Event::EpochEnded { run, end } => self.record(run, |run| run.take_logs(end.step, &end.logs)),
            Event::Logged { run, step, name, value } => self.record(run, |run| run.take_value(step, &name, value)),
            Event::Probed { run, probe } => self.record(run, |run| run.take_probe(*probe)),
            Event::Evaluated { run, evaluation } => {
                let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
                let numbers = floats::from_bytes(bytes);
                self.record(run, |run| run.evaluations.push(*evaluation, numbers));
            }
            Event::Checkpoints { run, kept } => self.record(run, |run| run.checkpoints = kept),
            Event::EpochBegun { run, begin } => self.record(run, |run| run.costs.begin_epoch(begin.epoch)),
            Event::Watched { run, cost } => self.record(run, |run| run.take_watching(*cost)),
            Event::Diagnosed { run, diagnosis } => self.record(run, |run| run.diagnoses.push(*diagnosis)),
            Event::Status { run, paused, progress } => {
                self.progress.set(progress);
                let is_live = self.phase.with_untracked(Phase::is_live);
                let is_validating = self.phase.with_untracked(|phase| *phase == Phase::Validating);
                match (is_live, paused) {
                    (true, true) if self.scripts.hold() => {}
                    (true, true) => self.set_state(run, RunState::Paused, Phase::Paused),
                    (true, false) if !is_validating => self.set_state(run, RunState::Running, Phase::Running),
                    _ => {}
                }
            }
            Event::Learned { run, card, arrays } => self.keep_weights(run, card, arrays, &bulk),
            Event::Finished { run, end } => self.end_run(run, Ok(end)),
            Event::Failed(Failure { run: Some(run), error, .. }) => {
                let is_gpu_start = kind == WorkerKind::Gpu && error.code() == Code::DeviceLost;
                if is_gpu_start {
                    self.inner().supervisor.dismiss(kind);
                    self.run_lost(kind, &error);
                } else {
                    self.end_run(run, Err(error));
                }
            }
            _ => {}
        }
        self.scripts.pump(*self);
    }

    fn on_death(&self, kind: WorkerKind, error: &Error) {
        self.run_lost(kind, error);
    }
}
