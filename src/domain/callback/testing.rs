//! Events for the tests of the callbacks. Never used outside tests.

use crate::domain::run::event::{BatchBegin, BatchEnd, EpochEnd, Logs, PhaseTimes, Step, TrainEnd};

/// Number of batches an epoch in these events.
pub const BATCHES: u32 = 5;

/// The end of `epoch` (from 0), with one value in its logs.
pub fn epoch_end(epoch: u32, series: &str, value: f64) -> EpochEnd {
    EpochEnd { epoch, step: (epoch + 1) * BATCHES, logs: Logs(vec![(series.to_owned(), value)]), at_ms: 0.0 }
}

/// The begin of the batch whose update has `step`.
pub fn batch_begin(step: Step) -> BatchBegin {
    BatchBegin { step, epoch: (step - 1) / BATCHES, batch: (step - 1) % BATCHES, size: 1 }
}

/// The end of the batch whose update has `step`.
pub fn batch_end(step: Step, loss: f64, learning_rate: f64) -> BatchEnd {
    let BatchBegin { epoch, batch, size, .. } = batch_begin(step);
    BatchEnd { step, epoch, batch, size, loss, accuracy: 0.0, learning_rate, times: PhaseTimes::default(), at_ms: 0.0 }
}

/// The end of a run that the visitor stopped.
pub fn train_end() -> TrainEnd {
    TrainEnd { step: 0, epochs: 0, reason: "stopped".to_owned(), logs: Logs::default(), at_ms: 0.0 }
}
