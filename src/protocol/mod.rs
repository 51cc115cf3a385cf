//! What the page and the worker say to each other. Read this file first: it is the program in one page.
//!
//! Commands are imperative and go to the worker, events say what has happened and come back. A message is a small
//! plain object plus any number of byte buffers ("bulk"), which are moved, not copied. Every event is either
//! *counted* (each one matters, none is dropped) or *latest-only* (a newer one makes the older worthless); its
//! documentation says which. Never here: the browser, Burn.

pub mod floats;
pub mod frame;
pub mod outcomes;

use crate::domain::callback::Progress;
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::SampleShape;
use crate::domain::data::batch_view::{BatchView, SampleOrder};
use crate::domain::data::source::DataSpec;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::model::ArrayHead;
use crate::domain::record::probe::Probe;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId, WeightsCard};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{EpochBegin, EpochEnd, Evaluation, Step, TrainBegin, TrainEnd, Validation};
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// Version of these messages; page and worker of different versions refuse each other (a half-updated cache).
pub const VERSION: u32 = 3;

/// Names a run, unique in the page.
pub type RunId = u32;
/// Names a question, so that its answer can be told from others.
pub type RequestId = u32;

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Parse files and keep the data under `id`. Bulk: the images' and the labels' bytes. Answer: [`Event::DataReady`].
    LoadData {
        /// Of this question.
        request: RequestId,
        /// The id that [`DataSpec::Loaded`] will name.
        id: String,
        /// What the set is called on the page.
        name: String,
    },
    /// Say what this data looks like. Answer: [`Event::DataReady`].
    DescribeData {
        /// Of this question.
        request: RequestId,
        /// Built in, or loaded before.
        data: DataSpec,
        /// The seed of a built-in set.
        seed: u32,
    },
    /// Train. The command carries everything that the run needs, so it can be sent again, to another worker too. One run
    /// at a time; answers: [`Event::Started`] … [`Event::Finished`], or [`Event::Failed`]. Bulk: the images' and the
    /// labels' bytes if `data` is there, then a buffer of `f32` bytes for each of `first_weights`.
    Start {
        /// Of the new run.
        run: RunId,
        /// What to train.
        config: Box<RunConfig>,
        /// What the visitor's data of `config` is called, where the worker has not been given its files yet.
        data: Option<String>,
        /// Names and shapes of the arrays that training begins with, in any order. None: those that follow from the seed.
        first_weights: Option<Vec<ArrayHead>>,
        /// Hold before the first batch.
        paused: bool,
    },
    /// Hold after the present batch.
    Pause,
    /// Go on.
    Resume,
    /// While held: train so many batches, then hold again.
    Step {
        /// How many.
        batches: u32,
    },
    /// End the run after the present batch.
    Stop {
        /// Why.
        reason: String,
    },
    /// Use this learning rate from the next batch on.
    SetLearningRate {
        /// The new step size.
        learning_rate: f64,
    },
    /// The page is in view again, or no more: browsers give a hidden page less time, so batches are marked.
    Hidden {
        /// Whether it is out of view.
        hidden: bool,
    },
    /// Watching may cost so much from the next batch on.
    SetWatchBudget {
        /// In percent of the training's time; 0: no limit.
        percent: f64,
    },
    /// Predict class probabilities: by the model of the run that is going on, with the weights of its next turn, or else of
    /// the last run.
    /// A long prediction shares the time with the training, piece by piece. Bulk: samples as `f32` bytes. Answer:
    /// [`Event::Predicted`].
    Predict {
        /// Of this question.
        request: RequestId,
        /// The kept weights to use in place of the present ones.
        checkpoint: Option<CheckpointId>,
    },
    /// Compute all metrics over the held-out samples now. Answer: [`Event::EvaluatedNow`].
    Evaluate {
        /// Of this question.
        request: RequestId,
        /// The kept weights to use in place of the present ones.
        checkpoint: Option<CheckpointId>,
    },
    /// Which samples had the batch of update `step`, and what was said of them? Answer: [`Event::BatchShown`].
    ShowBatch {
        /// Of this question.
        request: RequestId,
        /// The run; of an earlier one than the last, samples and labels are still known.
        run: RunId,
        /// What defines it.
        config: Box<RunConfig>,
        /// Of the batch's update.
        step: Step,
        /// Of which samples the numbers are wanted: in this order …
        order: SampleOrder,
        /// … from this one on …
        first: u32,
        /// … so many.
        most: u32,
    },
    /// Keep the present weights. Answer: [`Event::CheckpointDone`].
    KeepCheckpoint {
        /// Of this question.
        request: RequestId,
        /// What it is called.
        name: String,
    },
    /// Go on from kept weights. Answer: [`Event::CheckpointDone`].
    PutBack {
        /// Of this question.
        request: RequestId,
        /// Which.
        checkpoint: CheckpointId,
    },
    /// Let kept weights go. Answer: [`Event::CheckpointDone`].
    ForgetCheckpoint {
        /// Of this question.
        request: RequestId,
        /// Which.
        checkpoint: CheckpointId,
    },
    /// What has the network learned? Of the run that is going on, at its next turn, or else of the last one. Answer:
    /// [`Event::WeightsTaken`].
    TakeWeights {
        /// Of this question.
        request: RequestId,
        /// The kept weights to take in place of the present ones.
        checkpoint: Option<CheckpointId>,
    },
    /// Make a model of these arrays for predictions, in place of that of the last run. Bulk: a buffer of `f32` bytes each.
    /// Answer: [`Event::WeightsGiven`].
    GiveWeights {
        /// Of this question.
        request: RequestId,
        /// Their names and shapes, in any order.
        arrays: Vec<ArrayHead>,
        /// What defines the model.
        config: Box<RunConfig>,
    },
    /// A frame of records has been taken in. The worker sends few frames ahead of these.
    Acknowledge,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker has started and its devices are up. Counted; the first event of every worker.
    Ready {
        /// [`VERSION`] of the worker.
        version: u32,
        /// The devices it can train on.
        devices: Vec<DeviceCard>,
    },
    /// What some data looks like. Counted. Bulk: see [`DataSummary::thumbnails`].
    DataReady {
        /// Of the question.
        request: RequestId,
        /// What it looks like.
        summary: DataSummary,
    },
    /// A run has begun. Counted.
    Started {
        /// The run.
        run: RunId,
        /// What is being trained on, in words: `CPU (Flex, SIMD)`.
        device: String,
        /// The payload of `on_train_begin`.
        begin: TrainBegin,
        /// Of one sample.
        shape: SampleShape,
        /// The names of the classes.
        classes: Vec<String>,
    },
    /// An epoch has begun. Counted.
    EpochBegun {
        /// The run.
        run: RunId,
        /// The payload of `on_epoch_begin`.
        begin: EpochBegin,
    },
    /// Batches have been trained. Counted. Bulk: one [`frame`] of records.
    Records {
        /// The run.
        run: RunId,
    },
    /// Validation has begun. Counted.
    ValidationBegun {
        /// The run.
        run: RunId,
        /// The payload of `on_validation_begin`.
        begin: Validation,
    },
    /// Validation has ended. Counted.
    ValidationEnded {
        /// The run.
        run: RunId,
        /// The payload of `on_validation_end`.
        end: Validation,
    },
    /// An epoch has ended. Counted.
    EpochEnded {
        /// The run.
        run: RunId,
        /// The payload of `on_epoch_end`.
        end: EpochEnd,
    },
    /// The network was looked into. Counted.
    Probed {
        /// The run.
        run: RunId,
        /// The payload of `on_probe`.
        probe: Box<Probe>,
    },
    /// All metrics over the validation samples. Counted. Bulk: the worst samples' numbers as `f32` bytes.
    Evaluated {
        /// The run.
        run: RunId,
        /// The payload of `on_evaluation`.
        evaluation: Box<Evaluation>,
    },
    /// What watching costs by now. Counted: it may tell of a change.
    Watched {
        /// The run.
        run: RunId,
        /// What it costs.
        cost: Box<WatchCost>,
    },
    /// Something was found that the visitor should know. Counted.
    Diagnosed {
        /// The run.
        run: RunId,
        /// What was found.
        diagnosis: Box<Diagnosis>,
    },
    /// A callback has logged a value. Counted.
    Logged {
        /// The run.
        run: RunId,
        /// Where on the x axis.
        step: Step,
        /// Of the series.
        name: String,
        /// The value.
        value: f64,
    },
    /// How the run stands. Latest-only.
    Status {
        /// The run.
        run: RunId,
        /// Whether it is held.
        paused: bool,
        /// How far it is.
        progress: Progress,
    },
    /// Weights that a run leaves when it ends, by itself, by a stop or by a failure: for the page to keep, since the worker
    /// keeps the last run's model only. Again when others are put in place of its last ones. Counted; before
    /// [`Event::Finished`]. Bulk: a buffer of `f32` bytes for each array.
    Learned {
        /// The run.
        run: RunId,
        /// The description of these weights.
        card: WeightsCard,
        /// Their names and shapes.
        arrays: Vec<ArrayHead>,
    },
    /// The run has ended by itself or by a stop: it trains no more and records no more batches. Counted. What is asked of
    /// its model later may still bring [`Event::Logged`], [`Event::Checkpoints`] and [`Event::Learned`] of it.
    Finished {
        /// The run.
        run: RunId,
        /// The payload of `on_train_end`.
        end: TrainEnd,
    },
    /// The answer to [`Command::Predict`]. Counted. Bulk: class probabilities as `f32` bytes, a row a sample.
    Predicted {
        /// Of the question.
        request: RequestId,
        /// Numbers a row.
        classes: u32,
    },
    /// The answer to [`Command::Evaluate`]. Counted. Bulk: the worst samples' numbers as `f32` bytes.
    EvaluatedNow {
        /// Of the question.
        request: RequestId,
        /// The run whose model was asked.
        run: RunId,
        /// The kept weights that were used, if not the present ones.
        checkpoint: Option<CheckpointCard>,
        /// All metrics; its epoch is the one in which these weights are.
        evaluation: Box<Evaluation>,
    },
    /// The answer to [`Command::ShowBatch`]. Counted. Bulk: what was said of each sample, in the order of the batch, as
    /// [`outcomes`]; the numbers of those that were asked for as `f32` bytes.
    BatchShown {
        /// Of the question.
        request: RequestId,
        /// Which batch it is.
        batch: BatchView,
    },
    /// The answer to what was asked of a checkpoint. Counted.
    CheckpointDone {
        /// Of the question.
        request: RequestId,
        /// The one that was kept, put back or let go.
        card: CheckpointCard,
    },
    /// These weights are kept now, the oldest first. Latest-only.
    Checkpoints {
        /// The run.
        run: RunId,
        /// What is known of each.
        kept: Vec<CheckpointCard>,
    },
    /// The answer to [`Command::TakeWeights`]. Counted. Bulk: a buffer of `f32` bytes for each array.
    WeightsTaken {
        /// Of the question.
        request: RequestId,
        /// Updates that were made to them.
        step: Step,
        /// Their names and shapes.
        arrays: Vec<ArrayHead>,
    },
    /// The answer to [`Command::GiveWeights`]. Counted.
    WeightsGiven {
        /// Of the question.
        request: RequestId,
    },
    /// Something did not work. Counted; a run that it names has ended by it.
    Failed(Failure),
}

/// What did not work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The run that ended by it.
    pub run: Option<RunId>,
    /// The question that has no other answer.
    pub request: Option<RequestId>,
    /// What, where, and what to do.
    pub error: Error,
}

/// A device that a worker can train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceCard {
    /// `webgpu`, `cpu` or `ndarray`.
    pub id: String,
    /// In words, with the maker where it is known.
    pub name: String,
    /// Whether a GPU is emulated in software; false for CPUs.
    pub software: bool,
    /// Milliseconds from asking for a number to having it, with nothing else to do; 0 on CPUs.
    pub read_ms: f64,
}

/// What some data looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataSummary {
    /// What it is called.
    pub name: String,
    /// Of one sample.
    pub shape: SampleShape,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// How many samples each class has.
    pub class_counts: Vec<u32>,
    /// How many samples there are.
    pub samples: usize,
    /// A hash of everything: the same hash, the same data. Sixteen hexadecimal digits.
    pub hash: String,
    /// The labels of the samples shown. The bulk has their numbers as `f32` bytes, one sample after the other.
    pub thumbnails: Vec<u32>,
    /// Milliseconds it took to generate or parse.
    pub took_ms: f64,
}
