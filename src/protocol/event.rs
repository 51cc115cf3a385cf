//! Events: all that the worker tells the page. Never here: what it is asked for ([`Command`](super::Command)).

use super::{DataSummary, DeviceCard, Failure, RequestId, RunId};
use crate::domain::callback::Progress;
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::SampleShape;
use crate::domain::data::batch_view::BatchView;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::model::ArrayHead;
use crate::domain::record::probe::Probe;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::{EpochBegin, EpochEnd, Evaluation, Step, TrainBegin, TrainEnd, Validation};
use crate::domain::run::journal::Entry;
use crate::domain::run::trail::TrailCard;
use crate::domain::view::NetworkView;
use crate::domain::view::slow::SlowStep;
use serde::{Deserialize, Serialize};

/// A message from the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker has started and its devices are up. Counted; the first event of every worker.
    Ready {
        /// [`VERSION`](super::VERSION) of the worker.
        version: u32,
        /// The id of the build that the worker is of; that of the page must be the same.
        build: String,
        /// The devices that the worker can train on.
        devices: Vec<DeviceCard>,
    },
    /// A description of some data. Counted. Bulk: see [`DataSummary::thumbnails`].
    DataReady {
        /// The id of the request.
        request: RequestId,
        /// The description.
        summary: DataSummary,
    },
    /// A run has begun. Counted.
    Started {
        /// The id of the run.
        run: RunId,
        /// The device in words: `CPU (Flex, SIMD)`.
        device: String,
        /// The payload of `on_train_begin`.
        begin: TrainBegin,
        /// The shape of one sample.
        shape: SampleShape,
        /// The names of the classes.
        classes: Vec<String>,
    },
    /// An epoch has begun. Counted.
    EpochBegun {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_epoch_begin`.
        begin: EpochBegin,
    },
    /// Batches have been trained. Counted. Bulk: one [`frame`](super::frame) of records.
    Records {
        /// The id of the run.
        run: RunId,
    },
    /// Validation has begun. Counted.
    ValidationBegun {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_validation_begin`.
        begin: Validation,
    },
    /// Validation has ended. Counted.
    ValidationEnded {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_validation_end`.
        end: Validation,
    },
    /// An epoch has ended. Counted.
    EpochEnded {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_epoch_end`.
        end: EpochEnd,
    },
    /// A probe of the network was taken. Counted.
    Probed {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_probe`.
        probe: Box<Probe>,
    },
    /// All metrics over the validation samples. Counted. Bulk: the worst samples' numbers as `f32` bytes.
    Evaluated {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_evaluation`.
        evaluation: Box<Evaluation>,
    },
    /// The cost of watching so far. Counted: it may tell of a change.
    Watched {
        /// The id of the run.
        run: RunId,
        /// The cost.
        cost: Box<WatchCost>,
    },
    /// A diagnosis for the visitor. Counted.
    Diagnosed {
        /// The id of the run.
        run: RunId,
        /// The diagnosis.
        diagnosis: Box<Diagnosis>,
    },
    /// A callback has logged a value. Counted.
    Logged {
        /// The id of the run.
        run: RunId,
        /// The step at which it is recorded.
        step: Step,
        /// The name of the series.
        name: String,
        /// The value.
        value: f64,
    },
    /// The status of the run. Latest-only.
    Status {
        /// The id of the run.
        run: RunId,
        /// Whether the run is paused.
        paused: bool,
        /// The progress.
        progress: Progress,
    },
    /// Weights of a run that has ended, by itself, by a stop or by a failure: for the page to keep, since the worker keeps
    /// the last run's model only. They are sent again when a checkpoint replaces the last ones. Counted; before
    /// [`Event::Finished`]. Bulk: a buffer of `f32` bytes for each array.
    Learned {
        /// The id of the run.
        run: RunId,
        /// The description of these weights.
        card: CheckpointCard,
        /// The names and shapes of the arrays.
        arrays: Vec<ArrayHead>,
    },
    /// The complete state of the run, from which it could go on elsewhere; every batch up to its step has been told. Latest-only; the
    /// worker sends another one only after [`Command::StateTaken`](super::Command::StateTaken). Bulk: the state's bytes.
    Saved {
        /// The id of the run.
        run: RunId,
        /// Number of updates that the run had made.
        step: Step,
    },
    /// Something from outside has changed the run. Counted.
    Input {
        /// The id of the run.
        run: RunId,
        /// The number of the input, counted from 0 over the whole run.
        number: u32,
        /// The input with its place.
        entry: Entry,
    },
    /// The run has ended by itself or by a stop: it trains no more and records no more batches. Counted. Later
    /// requests to its model may still bring [`Event::Logged`], [`Event::Checkpoints`] and [`Event::Learned`] of it.
    Finished {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_train_end`.
        end: TrainEnd,
    },
    /// The answer to [`Command::Predict`](super::Command::Predict). Counted. Bulk: class probabilities as `f32` bytes, a row a sample.
    Predicted {
        /// The id of the request.
        request: RequestId,
        /// Number of classes: numbers a row.
        classes: u32,
    },
    /// The answer to [`Command::Evaluate`](super::Command::Evaluate). Counted. Bulk: the worst samples' numbers as `f32` bytes.
    EvaluatedNow {
        /// The id of the request.
        request: RequestId,
        /// The id of the run whose model was evaluated.
        run: RunId,
        /// The checkpoint that was used, if not the present weights.
        checkpoint: Option<CheckpointCard>,
        /// All metrics; the epoch is the one that these weights were in.
        evaluation: Box<Evaluation>,
    },
    /// The answer to [`Command::View`](super::Command::View). Counted. Bulk: the view's numbers as `f32` bytes, in the order of
    /// [`NetworkView::lengths`].
    Viewed {
        /// The id of the request.
        request: RequestId,
        /// The view.
        view: Box<NetworkView>,
    },
    /// The answer to [`Command::ShowBatch`](super::Command::ShowBatch). Counted. Bulk: the prediction for each sample, in the order of the batch,
    /// as [`outcomes`](super::outcomes); then the numbers of the samples that were asked for as `f32` bytes.
    BatchShown {
        /// The id of the request.
        request: RequestId,
        /// The batch.
        batch: BatchView,
    },
    /// The answer to a request about a checkpoint. Counted.
    CheckpointDone {
        /// The id of the request.
        request: RequestId,
        /// The checkpoint that was kept, restored or deleted.
        card: CheckpointCard,
    },
    /// The checkpoints that are kept now, the oldest first. Latest-only.
    Checkpoints {
        /// The id of the run.
        run: RunId,
        /// The description of each checkpoint.
        kept: Vec<CheckpointCard>,
    },
    /// The moments of the run whose weights are kept now. Latest-only.
    Trail {
        /// The id of the run.
        run: RunId,
        /// The moments.
        trail: TrailCard,
    },
    /// The answer to [`Command::TakeWeights`](super::Command::TakeWeights). Counted. Bulk: a buffer of `f32` bytes for each array.
    WeightsTaken {
        /// The id of the request.
        request: RequestId,
        /// Number of updates that were made to the weights.
        step: Step,
        /// The names and shapes of the arrays.
        arrays: Vec<ArrayHead>,
    },
    /// The answer to [`Command::GiveWeights`](super::Command::GiveWeights). Counted.
    WeightsGiven {
        /// The id of the request.
        request: RequestId,
    },
    /// The worker answers: it is not inside a batch. Latest-only.
    Alive,
    /// A failure. Counted; a run that it names has ended by it.
    Failed(Failure),
    /// The answer to [`Command::SlowStep`](super::Command::SlowStep), after the record of that batch. Counted. Bulk: the step's numbers as `f32` bytes, in
    /// the order of [`SlowStep::lengths`].
    Slowed {
        /// The id of the request.
        request: RequestId,
        /// The step.
        step: Box<SlowStep>,
    },
    /// The answer to [`Command::Measure`](super::Command::Measure). Counted.
    Measured {
        /// The id of the request.
        request: RequestId,
        /// The milliseconds that a batch takes.
        batch_ms: f64,
    },
}
