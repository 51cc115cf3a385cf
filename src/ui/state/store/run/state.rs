//! [`RunState`]: how far a run is. Never here: what it has recorded.

use crate::domain::run::event::TrainEnd;
use crate::error::Error;

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// The run is on its way to the worker.
    Starting,
    /// Training.
    Running,
    /// Held.
    Paused,
    /// Ended by itself or by a stop.
    Finished(TrainEnd),
    /// Ended by a failure.
    Failed(Error),
    /// Left without an end in an earlier visit, when the page or the machine went away; or going on in another tab.
    Interrupted {
        /// Whether another tab of this page is training it.
        elsewhere: bool,
    },
}

impl RunState {
    /// The name in the API.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished(_) => "finished",
            Self::Failed(_) => "failed",
            Self::Interrupted { .. } => "interrupted",
        }
    }
}
