//! The progress of a run: its step, its speed, and the time to go.
//!
//! Speed is taken from the last two seconds of training time (pauses and validation left out), so that it follows a
//! change quickly without trembling.

use crate::domain::callback::{Callback, Controls, Role};
use crate::domain::run::event::{BatchEnd, EpochEnd, Step, TrainBegin, series};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The training time that the speed is taken from, in milliseconds.
const WINDOW_MS: f64 = 2000.0;

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Number of updates made.
    pub step: Step,
    /// Number of updates in the whole run.
    pub total_steps: f64,
    /// The present epoch, from 0.
    pub epoch: u32,
    /// Number of epochs in the whole run.
    pub epochs: u32,
    /// Number of samples trained a second, over the last two seconds of training.
    pub samples_per_second: f64,
    /// The mean time of a batch over the same seconds, in milliseconds.
    pub batch_ms: f64,
    /// The time to go in seconds, the validations to come included; NaN before it can be estimated.
    pub eta_seconds: f64,
    /// Number of workers that have a part in the present batches; 0 where a batch is not shared.
    pub workers: u32,
}

#[derive(Debug, Default)]
struct State {
    progress: Progress,
    window: VecDeque<(f64, u32)>,
    window_ms: f64,
    window_samples: u32,
    validation_ms: f64,
}

/// Keeps a [`Progress`] up to date; clones share it.
#[derive(Clone, Debug, Default)]
pub struct ProgressMeter(Rc<RefCell<State>>);

impl ProgressMeter {
    /// The progress after the last batch whose numbers have arrived.
    pub fn read(&self) -> Progress {
        self.0.borrow().progress
    }

    /// Sets the number of workers that have a part in the present batches.
    pub fn set_workers(&self, workers: u32) {
        self.0.borrow_mut().progress.workers = workers;
    }
}

impl Callback for ProgressMeter {
    fn name(&self) -> &'static str {
        "progress"
    }

    fn role(&self) -> Role {
        Role::Record
    }

    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        let mut state = self.0.borrow_mut();
        *state = State::default();
        state.progress.total_steps = event.total_steps() as f64;
        state.progress.epochs = event.epochs;
        state.progress.eta_seconds = f64::NAN;
        Controls::new()
    }

    fn on_train_resume(&mut self, event: &TrainBegin, step: Step) {
        self.on_train_begin(event);
        self.0.borrow_mut().progress.step = step;
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        let mut state = self.0.borrow_mut();
        let state = &mut *state;
        state.window.push_back((event.times.batch, event.size));
        state.window_ms += event.times.batch;
        state.window_samples += event.size;
        while state.window_ms > WINDOW_MS && state.window.len() > 1 {
            if let Some((ms, size)) = state.window.pop_front() {
                state.window_ms -= ms;
                state.window_samples -= size;
            }
        }
        let progress = &mut state.progress;
        progress.step = event.step;
        progress.epoch = event.epoch;
        progress.batch_ms = state.window_ms / state.window.len() as f64;
        progress.samples_per_second = if state.window_ms > 0.0 { f64::from(state.window_samples) * 1000.0 / state.window_ms } else { 0.0 };
        let batches = (progress.total_steps - f64::from(event.step)).max(0.0) * progress.batch_ms;
        let validations = f64::from(progress.epochs - event.epoch.min(progress.epochs)) * state.validation_ms;
        progress.eta_seconds = (batches + validations) / 1000.0;
        Controls::new()
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let mut state = self.0.borrow_mut();
        if let Some(ms) = event.logs.get(series::TIME_VALIDATION) {
            state.validation_ms = ms;
        }
        Controls::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::event::{Logs, PhaseTimes};

    fn batch(step: Step, ms: f64) -> BatchEnd {
        let times = PhaseTimes { batch: ms, ..PhaseTimes::default() };
        BatchEnd { step, epoch: (step - 1) / 50, batch: 0, size: 64, loss: 1.0, accuracy: 0.0, learning_rate: 0.1, times, at_ms: 0.0 }
    }

    #[test]
    fn tells_speed_and_time_to_go() {
        let mut meter = ProgressMeter::default();
        let begin = TrainBegin { parameters: 1, train_samples: 3200, validation_samples: 1, batches_per_epoch: 50, epochs: 4 };
        meter.on_train_begin(&begin);
        for step in 1..=50 {
            meter.on_batch_end(&batch(step, 100.0));
        }
        let progress = meter.read();
        assert!((progress.samples_per_second - 640.0).abs() < 1e-9);
        assert!((progress.eta_seconds - 15.0).abs() < 1e-9, "150 batches of 0.1 s, validation not yet known");
        let logs = Logs(vec![(series::TIME_VALIDATION.into(), 1000.0)]);
        meter.on_epoch_end(&EpochEnd { epoch: 0, step: 50, logs, at_ms: 0.0 });
        for step in 51..=100 {
            meter.on_batch_end(&batch(step, 10.0));
        }
        let progress = meter.read();
        assert!(progress.batch_ms < 40.0, "the window forgets the slow batches: {}", progress.batch_ms);
        assert!(progress.eta_seconds > 3.0, "three validations of a second are to come");
    }
}
