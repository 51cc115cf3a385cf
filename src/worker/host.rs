//! The hosts of the training loop in a worker: that of a run, and that of a measurement. One type for both, since the loop is compiled
//! once for each type of host, and is the largest part of the worker's own program.

mod measure;
mod run;

use crate::domain::run::state::SavedState;
use crate::domain::view::slow::{SlowNumbers, SlowStep};
use crate::error::Result;
use crate::train::Trainer;
use crate::train::clock::Clock;
use crate::train::fit::{Host, Moment, Turn};
use crate::train::shards::Replicas;
pub use measure::Measurement;
pub use run::RunHost;

/// A host of the training loop.
pub enum WorkerHost {
    /// The host of a run.
    Run(RunHost),
    /// The host of a measurement.
    Measurement(Measurement),
}

impl Clock for WorkerHost {
    fn now_ms(&self) -> f64 {
        match self {
            Self::Run(host) => host.now_ms(),
            Self::Measurement(host) => host.now_ms(),
        }
    }
}

impl Host for WorkerHost {
    async fn turn(&mut self, moment: Moment) -> Turn {
        match self {
            Self::Run(host) => host.turn(moment).await,
            Self::Measurement(host) => host.turn(moment).await,
        }
    }

    async fn serve(&mut self, trainer: &mut Trainer) {
        if let Self::Run(host) = self {
            host.serve(trainer).await;
        }
    }

    fn take_state(&mut self, state: Result<SavedState>) {
        if let Self::Run(host) = self {
            host.take_state(state);
        }
    }

    fn slowed(&mut self, step: SlowStep, numbers: SlowNumbers) {
        if let Self::Run(host) = self {
            host.slowed(step, numbers);
        }
    }

    fn keep_quiet(&mut self, quiet: bool) {
        if let Self::Run(host) = self {
            host.keep_quiet(quiet);
        }
    }

    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        match self {
            Self::Run(host) => host.replicas(),
            Self::Measurement(host) => host.replicas(),
        }
    }
}
