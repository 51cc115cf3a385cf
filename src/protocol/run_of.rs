//! The run that an event is about, so that late events of another run can be told apart; and who waits for a command.
//! Never here: the messages themselves.

use super::{Command, Event, RequestId, RunId};

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
            | Self::Saved { run, .. }
            | Self::Input { run, .. }
            | Self::Finished { run, .. }
            | Self::Checkpoints { run, .. }
            | Self::Trail { run, .. } => Some(*run),
            Self::Failed(failure) => failure.run.filter(|_| failure.request.is_none()),
            Self::Ready { .. }
            | Self::DataReady { .. }
            | Self::Predicted { .. }
            | Self::EvaluatedNow { .. }
            | Self::BatchShown { .. }
            | Self::Viewed { .. }
            | Self::CheckpointDone { .. }
            | Self::WeightsTaken { .. }
            | Self::WeightsGiven { .. }
            | Self::Slowed { .. }
            | Self::Measured { .. }
            | Self::Alive => None,
        }
    }
}

impl Command {
    /// The request or the run that gets no answer when the command cannot be obeyed; neither for those that nobody waits for.
    pub fn waits(&self) -> (Option<RequestId>, Option<RunId>) {
        match self {
            Self::LoadData { request, .. }
            | Self::DescribeData { request, .. }
            | Self::Predict { request, .. }
            | Self::Evaluate { request, .. }
            | Self::ShowBatch { request, .. }
            | Self::View { request, .. }
            | Self::KeepCheckpoint { request, .. }
            | Self::PutBack { request, .. }
            | Self::ForgetCheckpoint { request, .. }
            | Self::TakeWeights { request, .. }
            | Self::GiveWeights { request, .. }
            | Self::AddSamples { request, .. }
            | Self::Measure { request, .. }
            | Self::SlowStep { request, .. } => (Some(*request), None),
            Self::Start { run, .. } | Self::GoOn { run, .. } => (None, Some(*run)),
            Self::Pause
            | Self::Resume
            | Self::Step { .. }
            | Self::Stop { .. }
            | Self::SetLearningRate { .. }
            | Self::Hidden { .. }
            | Self::SetWatchBudget { .. }
            | Self::Acknowledge
            | Self::StateTaken
            | Self::Ping
            | Self::BeReplica
            | Self::AddReplica { .. }
            | Self::LoseReplica { .. }
            | Self::ForgetData { .. } => (None, None),
        }
    }
}
