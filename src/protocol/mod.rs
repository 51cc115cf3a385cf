//! The messages between the page and the worker. Read this file first, and `event.rs` beside it: they are the program in two pages.
//!
//! Commands are imperative and go to the worker, events tell what has happened and come back. A message is a small
//! plain object plus any number of byte buffers ("bulk"), which are moved, not copied. Every event is either *counted*
//! (each one matters, none is dropped) or *latest-only* (a newer one makes the older worthless); its documentation says
//! which. Never here: the browser, Burn.

mod cards;
mod event;
mod failure;
pub mod floats;
pub mod frame;
mod given;
pub mod outcomes;
pub mod replica;
mod run_of;

use crate::domain::data::batch_view::SampleOrder;
use crate::domain::data::source::DataSpec;
use crate::domain::model::ArrayHead;
use crate::domain::run::checkpoint::CheckpointId;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::Step;
use crate::domain::run::journal::Entry;
use crate::domain::view::ViewWish;
use crate::domain::view::slow::SlowWish;
pub use cards::{DataSummary, DeviceCard};
pub use event::Event;
pub use failure::Failure;
pub use given::{AddedSet, GivenWeights};
use serde::{Deserialize, Serialize};

/// The version of these messages; page and worker of different versions refuse each other (a half-updated cache).
pub const VERSION: u32 = 11;

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
    /// Goes on with a run from a saved state. Answers as those of [`Command::Start`]; the run does not begin a second time. Bulk: the images' and the labels' bytes if `data` is set, then the state's bytes.
    GoOn {
        /// The id of the run.
        run: RunId,
        /// The configuration, exactly that of the state ([`RunState::config`](crate::domain::run::state::RunState::config)), but for
        /// the device.
        config: Box<RunConfig>,
        /// The name of the visitor's data of `config`, where the worker has not been given its files yet.
        data: Option<String>,
        /// All inputs of the run that were written down, from its first batch on; those that the state has not seen are repeated.
        inputs: Vec<Entry>,
        /// Whether the run is paused before the next batch.
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
    /// Measures how fast a configuration trains here, by some real batches of which nothing is kept; not while a run goes on. Answer:
    /// [`Event::Measured`].
    Measure {
        /// The id of the request.
        request: RequestId,
        /// The configuration.
        config: Box<RunConfig>,
    },
    /// Acknowledges a frame of records. The worker sends only a few frames ahead of these.
    Acknowledge,
    /// Tells that the state of the last [`Event::Saved`] is in its place. The worker sends the next one only after this.
    StateTaken,
    /// Asks for a sign of life. Answer: [`Event::Alive`].
    Ping,
    /// Computes shards for the worker at the other end of the message's port, as a replica of it, from now on.
    BeReplica,
    /// Adds the worker at the other end of the message's port, which computes shards of batches, for the runs that begin from now on.
    AddReplica {
        /// The id of the replica.
        replica: u32,
    },
    /// Loses the replica of this id, which is dead.
    LoseReplica {
        /// The id of the replica.
        replica: u32,
    },
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
    /// Wishes to see the next batch of the present run in slow motion, whenever that is trained: nothing is trained because of
    /// it, and nothing otherwise. Answer: [`Event::Slowed`].
    SlowStep {
        /// The id of the request.
        request: RequestId,
        /// The wish.
        wish: SlowWish,
    },
}
