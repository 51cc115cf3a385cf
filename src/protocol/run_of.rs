//! The run that an event is about, so that late events of another run can be told apart. Never here: the events themselves.

use super::{Event, RunId};

impl Event {
    /// The run that the event is about; `None` for answers to questions and for what is about the worker.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Started { run, .. }
            | Self::EpochBegun { run, .. }
            | Self::Records { run }
            | Self::ValidationBegun { run, .. }
            | Self::ValidationEnded { run, .. }
            | Self::EpochEnded { run, .. }
            | Self::Probed { run, .. }
            | Self::Evaluated { run, .. }
            | Self::Watched { run, .. }
            | Self::Diagnosed { run, .. }
            | Self::Logged { run, .. }
            | Self::Status { run, .. }
            | Self::Learned { run, .. }
            | Self::Finished { run, .. }
            | Self::Checkpoints { run, .. } => Some(*run),
            Self::Failed(failure) => failure.run.filter(|_| failure.request.is_none()),
            Self::Ready { .. }
            | Self::DataReady { .. }
            | Self::Predicted { .. }
            | Self::EvaluatedNow { .. }
            | Self::BatchShown { .. }
            | Self::CheckpointDone { .. }
            | Self::WeightsTaken { .. }
            | Self::WeightsGiven { .. } => None,
        }
    }
}
