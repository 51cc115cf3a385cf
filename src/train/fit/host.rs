//! What the training loop is surrounded by: whoever tells it the time, lets others work between two batches, and passes
//! on what the visitor wants. Never here: who that is; natively, in a worker and in tests it is somebody else.

use crate::train::Trainer;
use crate::train::clock::Clock;

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
