//! The host of the training loop: it tells the time, lets other work be done between two batches, and passes on the
//! visitor's requests. Never here: who that is; natively, in a worker and in tests there are different hosts.

use crate::domain::run::journal::At;
use crate::domain::run::state::SavedState;
use crate::domain::view::slow::{SlowNumbers, SlowStep, SlowWish};
use crate::error::Result;
use crate::train::Trainer;
use crate::train::clock::Clock;
use crate::train::shards::Replicas;

/// The host's requests and times from one turn between two batches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// The reason to end the run, if it is to end.
    pub stop: Option<String>,
    /// The learning rate to use from the next batch on.
    pub learning_rate: Option<f64>,
    /// The milliseconds that the run was paused: left out of all times but `at_ms`.
    pub paused_ms: f64,
    /// Whether batches must be read first, after which the host is asked again: the run is to be paused.
    pub read_first: bool,
    /// Whether the host has questions: the loop reads all batches, calls [`Host::serve`], and asks again.
    pub serve: bool,
    /// The milliseconds of the turn that went into sending records to the page.
    pub sent_ms: f64,
    /// Whether the page was out of view at any time since the last turn.
    pub hidden: bool,
    /// The new budget for watching, in percent.
    pub watch_budget: Option<f64>,
    /// Whether the run's state is wanted: the loop reads all batches, gives it to [`Host::take_state`], and asks again. Only before a
    /// batch and after an epoch's last one: in a validation this is not looked at.
    pub save: bool,
    /// The wish to see the batch that comes now in slow motion; the answer is [`Host::slowed`].
    pub slow: Option<SlowWish>,
}

/// The place in the loop at which a [`Host`] has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A turn before a batch. While batches on the device are not read yet the host must not pause the run (its last
    /// batches would be missing on the page), but answer [`Turn::read_first`].
    Batch {
        /// Number of batches not read yet.
        waiting: usize,
    },
    /// The turn after the last batch of an epoch, before its validation; like that it is not to be paused.
    Trained,
    /// A turn between two pieces of a validation, which is not to be paused: it belongs to the batch before.
    Validation,
}

impl Moment {
    /// The place of an input that takes effect in this turn.
    pub fn at(self) -> At {
        match self {
            Self::Batch { .. } => At::Batch,
            Self::Trained => At::Trained,
            Self::Validation => At::Validation,
        }
    }
}

/// The host of a training loop: it tells the time, and it has a turn before every batch, to let other work be done, to
/// hold the run while it is paused, and to pass on the visitor's requests.
#[allow(async_fn_in_trait, reason = "used on one thread only, by generic parameter")]
pub trait Host: Clock {
    /// Called at each [`Moment`].
    async fn turn(&mut self, moment: Moment) -> Turn;
    /// Answers questions about the model, or replaces its weights; asked for by [`Turn::serve`]. All batches that were
    /// trained have been reported, and the time it takes belongs to none of them.
    async fn serve(&mut self, trainer: &mut Trainer) {
        let _ = trainer;
    }

    /// Takes the state that was wanted by [`Turn::save`]; an error says why there is none, and the run goes on. All batches that were
    /// trained have been reported, and the time it takes belongs to none of them.
    fn take_state(&mut self, state: Result<SavedState>) {
        drop(state);
    }

    /// Takes the batch that was wished for by [`Turn::slow`]. It has been reported, like all before it.
    fn slowed(&mut self, step: SlowStep, numbers: SlowNumbers) {
        let _ = (step, numbers);
    }

    /// The other workers that compute shards of a batch, where there are any.
    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        None
    }

    /// Tells whether work that can wait is to wait: the batches to come are trained without anything beside them, to
    /// learn the cost of watching.
    fn keep_quiet(&mut self, quiet: bool) {
        let _ = quiet;
    }
}
