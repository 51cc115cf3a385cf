//! The messages between the page and the worker. Read this file first: it is the program in one page.
//!
//! Commands are imperative and go to the worker, events tell what has happened and come back. A message is a small
//! plain object plus any number of byte buffers ("bulk"), which are moved, not copied. Every event is either *counted*
//! (each one matters, none is dropped) or *latest-only* (a newer one makes the older worthless); its documentation says
//! which. Never here: the browser, Burn.

mod cards;
mod failure;
pub mod floats;
pub mod frame;
mod given;
pub mod outcomes;
mod run_of;

use crate::domain::callback::Progress;
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::SampleShape;
use crate::domain::data::batch_view::{BatchView, SampleOrder};
use crate::domain::data::source::DataSpec;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::model::ArrayHead;
use crate::domain::record::probe::Probe;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{EpochBegin, EpochEnd, Evaluation, Step, TrainBegin, TrainEnd, Validation};
use crate::domain::run::trail::TrailCard;
use crate::domain::view::{NetworkView, ViewWish};
pub use cards::{DataSummary, DeviceCard};
pub use failure::Failure;
pub use given::{AddedSet, GivenWeights};
use serde::{Deserialize, Serialize};

/// The version of these messages; page and worker of different versions refuse each other (a half-updated cache).
pub const VERSION: u32 = 7;

/// The id of a run, unique in the page.
pub type RunId = u32;
/// The id of a request, so that its answer can be told from others.
pub type RequestId = u32;

/// A message from the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Parses files and keeps the data under `id`. Bulk: the images' and the labels' bytes. Answer: [`Event::DataReady`].
    LoadData {
        /// The id of the request.
        request: RequestId,
        /// The id that [`DataSpec::Loaded`] will name.
        id: String,
        /// The set's name on the page.
        name: String,
    },
    /// Describes some data: shape, classes, a few samples. Answer: [`Event::DataReady`].
    DescribeData {
        /// The id of the request.
        request: RequestId,
        /// The data: built in, or loaded before.
        data: DataSpec,
        /// The seed of a built-in set.
        seed: u32,
    },
    /// Trains. The command carries everything that the run needs, so it can be sent again, to another worker too. One
    /// run at a time; answers: [`Event::Started`] … [`Event::Finished`], or [`Event::Failed`]. Bulk: the images' and
    /// the labels' bytes if `data` is set, then a buffer of `f32` bytes for each of `first_weights`.
    Start {
        /// The id of the new run.
        run: RunId,
        /// The configuration.
        config: Box<RunConfig>,
        /// The name of the visitor's data of `config`, where the worker has not been given its files yet.
        data: Option<String>,
        /// The names and shapes of the arrays that training begins with, in any order. `None`: the weights that follow
        /// from the seed.
        first_weights: Option<Vec<ArrayHead>>,
        /// Whether the run is paused before the first batch.
        paused: bool,
    },
    /// Pauses after the present batch.
    Pause,
    /// Resumes.
    Resume,
    /// Trains so many batches of a paused run, then pauses again.
    Step {
        /// Number of batches.
        batches: u32,
    },
    /// Ends the run after the present batch.
    Stop {
        /// The reason.
        reason: String,
    },
    /// Sets the learning rate from the next batch on.
    SetLearningRate {
        /// The new learning rate.
        learning_rate: f64,
    },
    /// Tells whether the page is out of view: browsers give a hidden page less time, so batches are marked.
    Hidden {
        /// Whether the page is out of view.
        hidden: bool,
    },
    /// Sets the budget for watching from the next batch on.
    SetWatchBudget {
        /// The budget in percent of the training's time; 0: no limit.
        percent: f64,
    },
    /// Predicts class probabilities with the model of the present run and the weights of its next turn, or else with the
    /// model of the last run. A long prediction shares the time with the training, piece by piece. Bulk: samples as `f32`
    /// bytes, then the arrays of `given`. Answer: [`Event::Predicted`].
    Predict {
        /// The id of the request.
        request: RequestId,
        /// The checkpoint whose weights are used in place of the present ones.
        checkpoint: Option<CheckpointId>,
        /// The weights of an earlier run that are used in place of any model here.
        given: Option<Box<GivenWeights>>,
    },
    /// Evaluates the model on its held-out samples now. Bulk: the arrays of `given`. Answer: [`Event::EvaluatedNow`].
    Evaluate {
        /// The id of the request.
        request: RequestId,
        /// The checkpoint whose weights are used in place of the present ones.
        checkpoint: Option<CheckpointId>,
        /// The weights of an earlier run that are used in place of any model here.
        given: Option<Box<GivenWeights>>,
    },
    /// Views the network: what its units give for a sample, or over a plane. Bulk: the numbers of a given sample as `f32` bytes
    /// (none for other subjects), then the arrays of `given`. Answer: [`Event::Viewed`].
    View {
        /// The id of the request.
        request: RequestId,
        /// The wish.
        wish: Box<ViewWish>,
        /// The checkpoint, or the moment of the trail, whose weights are used in place of the present ones.
        checkpoint: Option<CheckpointId>,
        /// The weights of an earlier run that are used in place of any model here; without arrays: the first weights of a run
        /// of its configuration.
        given: Option<Box<GivenWeights>>,
    },
    /// Shows the batch of update `step`: its samples and the predictions for them. Bulk: the arrays of `given`. Answer:
    /// [`Event::BatchShown`].
    ShowBatch {
        /// The id of the request.
        request: RequestId,
        /// The run; of one before the last, samples and labels are still known, but predictions only by `given`.
        run: RunId,
        /// The run's configuration.
        config: Box<RunConfig>,
        /// The weights that the run has left, where its model is in no worker any more.
        given: Option<Box<GivenWeights>>,
        /// The step of the batch's update.
        step: Step,
        /// The order of the samples whose numbers are sent.
        order: SampleOrder,
        /// The first of these samples.
        first: u32,
        /// The largest number of these samples.
        most: u32,
    },
    /// Keeps the present weights as a checkpoint. Answer: [`Event::CheckpointDone`].
    KeepCheckpoint {
        /// The id of the request.
        request: RequestId,
        /// The checkpoint's name.
        name: String,
    },
    /// Restores a checkpoint, so that training goes on from its weights. Answer: [`Event::CheckpointDone`].
    PutBack {
        /// The id of the request.
        request: RequestId,
        /// The id of the checkpoint.
        checkpoint: CheckpointId,
    },
    /// Deletes a checkpoint. Answer: [`Event::CheckpointDone`].
    ForgetCheckpoint {
        /// The id of the request.
        request: RequestId,
        /// The id of the checkpoint.
        checkpoint: CheckpointId,
    },
    /// Sends the weights of the present run, at its next turn, or else of the last one. Answer: [`Event::WeightsTaken`].
    TakeWeights {
        /// The id of the request.
        request: RequestId,
        /// The checkpoint whose weights are sent in place of the present ones.
        checkpoint: Option<CheckpointId>,
    },
    /// Makes a model of these arrays for predictions, in place of that of the last run. Bulk: a buffer of `f32` bytes
    /// for each. Answer: [`Event::WeightsGiven`].
    GiveWeights {
        /// The id of the request.
        request: RequestId,
        /// The names and shapes of the arrays, in any order.
        arrays: Vec<ArrayHead>,
        /// The configuration that defines the model.
        config: Box<RunConfig>,
    },
    /// Acknowledges a frame of records. The worker sends only a few frames ahead of these.
    Acknowledge,
    /// Asks for a sign of life. Answer: [`Event::Alive`].
    Ping,
    /// Makes a set of another one and of samples that the visitor added, and keeps it under `id`. Bulk: the numbers of the samples
    /// as `f32` bytes. Answer: [`Event::DataReady`].
    AddSamples {
        /// The id of the request.
        request: RequestId,
        /// The id that [`DataSpec::Loaded`] will name.
        id: String,
        /// The description of the set.
        set: Box<AddedSet>,
    },
    /// Forgets the loaded set of this id. What goes on with it goes on.
    ForgetData {
        /// The id.
        id: String,
    },
}

/// A message from the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker has started and its devices are up. Counted; the first event of every worker.
    Ready {
        /// [`VERSION`] of the worker.
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
    /// Batches have been trained. Counted. Bulk: one [`frame`] of records.
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
    /// The run has ended by itself or by a stop: it trains no more and records no more batches. Counted. Later
    /// requests to its model may still bring [`Event::Logged`], [`Event::Checkpoints`] and [`Event::Learned`] of it.
    Finished {
        /// The id of the run.
        run: RunId,
        /// The payload of `on_train_end`.
        end: TrainEnd,
    },
    /// The answer to [`Command::Predict`]. Counted. Bulk: class probabilities as `f32` bytes, a row a sample.
    Predicted {
        /// The id of the request.
        request: RequestId,
        /// Number of classes: numbers a row.
        classes: u32,
    },
    /// The answer to [`Command::Evaluate`]. Counted. Bulk: the worst samples' numbers as `f32` bytes.
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
    /// The answer to [`Command::View`]. Counted. Bulk: the view's numbers as `f32` bytes, in the order of
    /// [`NetworkView::lengths`].
    Viewed {
        /// The id of the request.
        request: RequestId,
        /// The view.
        view: Box<NetworkView>,
    },
    /// The answer to [`Command::ShowBatch`]. Counted. Bulk: the prediction for each sample, in the order of the batch,
    /// as [`outcomes`]; then the numbers of the samples that were asked for as `f32` bytes.
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
    /// The answer to [`Command::TakeWeights`]. Counted. Bulk: a buffer of `f32` bytes for each array.
    WeightsTaken {
        /// The id of the request.
        request: RequestId,
        /// Number of updates that were made to the weights.
        step: Step,
        /// The names and shapes of the arrays.
        arrays: Vec<ArrayHead>,
    },
    /// The answer to [`Command::GiveWeights`]. Counted.
    WeightsGiven {
        /// The id of the request.
        request: RequestId,
    },
    /// The worker answers: it is not inside a batch. Latest-only.
    Alive,
    /// A failure. Counted; a run that it names has ended by it.
    Failed(Failure),
}
