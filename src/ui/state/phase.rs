//! Phases: how a run stands, as the run bar shows it.

use crate::domain::run::event::TrainEnd;
use crate::error::Error;

/// The phase of the present run.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// No run.
    #[default]
    Idle,
    /// The run is on its way: the worker starts, data is made.
    Starting,
    /// Training.
    Running,
    /// Validating; still running, but no batches come.
    Validating,
    /// Held by the visitor.
    Paused,
    /// Done, with the reason.
    Finished(TrainEnd),
    /// Ended by a failure.
    Failed(Error),
    /// A run of an earlier visit that has no end.
    Interrupted {
        /// Whether another tab is training it.
        elsewhere: bool,
    },
}

impl Phase {
    /// Whether a run is going on.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Validating | Self::Paused)
    }
}
