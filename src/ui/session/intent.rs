//! Intents: what the session is asked for, by the visitor, by a callback, by the browser.

use super::Request;
use super::heartbeat::Look;
use crate::domain::run::device::{Choice, WorkerKind};
use crate::domain::run::state::SavedState;
use crate::error::Error;
use crate::protocol::RunId;
use std::rc::Rc;

/// The author of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Whoever sits before the page, or uses its API.
    Visitor,
    /// A callback of the run. Its stop belongs to the run: the run is not cut short by it.
    Callback,
}

/// A wish, or an occurrence, that a run must answer to.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Start a run on a device.
    Start(Rc<Request>, Choice),
    /// Hold the run after the present batch.
    Pause,
    /// Let it go on.
    Resume,
    /// Train so many batches more, then hold it.
    Step {
        /// The number of batches.
        batches: u32,
    },
    /// End it after the present batch.
    Stop {
        /// The reason that is recorded.
        reason: String,
        /// The author.
        by: Author,
    },
    /// Use another learning rate, in the run and in the setup.
    SetLearningRate {
        /// The new rate.
        rate: f64,
        /// The author; a callback changes the run only.
        by: Author,
    },
    /// Let watching cost so many percent, in the run and in the setup.
    SetWatchBudget(f64),
    /// Discard the run, and clear the charts.
    Reset,
    /// The scripts of this run have heard of its begin, or are waited for no longer.
    ScriptsReady(RunId),
    /// The page is out of view, or in view again.
    PageHidden(bool),
    /// A worker is gone, with whatever it was doing.
    WorkerDied(WorkerKind, Error),
    /// Predict by the model that this worker made of a file's weights.
    PredictBy(WorkerKind),
    /// Look whether the workers answer.
    Look {
        /// The page's own clock, in milliseconds.
        now_ms: f64,
        /// All workers that there are.
        workers: Vec<Look>,
        /// The milliseconds of the longest batch of the present run so far; 0 before there is one.
        longest_batch_ms: f64,
    },
    /// Wait longer for the worker whose silence is told.
    Wait,
    /// End the worker whose silence is told, and keep the record of the run in it.
    EndSilent,
    /// End the worker whose silence is told, and let the run in it go on in a fresh one.
    ReplaceSilent,
    /// A state of this run has come, from which it could go on.
    StateKept(RunId, Rc<SavedState>),
    /// The device has no room for what these runs record, and nobody has said that they may go on so; none where there is room.
    NoRoom(Vec<RunId>),
}
