//! Messages of the workers, and what the session makes of them: stages, ends, and the order in which a message is recorded and told.

use super::heartbeat::Work;
use super::{Current, Effect, Session, Stage};
use crate::domain::run::device::WorkerKind;
use crate::error::Code;
use crate::protocol::{Command, Event};
use crate::ui::state::phase::Phase;

impl Current {
    /// Goes to `stage`; gives the phase to show if that is another one.
    pub(super) fn go_to(&mut self, stage: Stage) -> Option<Effect> {
        if self.stage == stage {
            return None;
        }
        self.stage = stage;
        let phase = match stage {
            Stage::Starting => Phase::Starting,
            Stage::Running => Phase::Running,
            Stage::Validating => Phase::Validating,
            Stage::Paused => Phase::Paused,
            // The end itself is an effect of its own.
            Stage::Over => return None,
        };
        Some(Effect::Phase(self.run(), phase))
    }

    /// Shows or ends a pause, as the hold says now.
    pub(super) fn follow_hold(&mut self) -> Option<Effect> {
        match (self.hold.is_paused(), self.stage) {
            (true, _) => self.go_to(Stage::Paused),
            (false, Stage::Paused) => self.go_to(Stage::Running),
            (false, _) => None,
        }
    }
}

impl Session {
    /// The effects of a message of the worker of `kind`.
    pub fn hear(&mut self, kind: WorkerKind, event: &Event) -> Vec<Effect> {
        let Some(run) = event.run() else { return Vec::new() };
        let is_current = self.current_run() == Some(run);
        let live = self.current.as_mut().filter(|current| current.is_live() && is_current);
        // The worker that the run has left has nothing more to say of it.
        if live.as_ref().is_some_and(|current| current.choice.worker != kind) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let Some(current) = live else {
            // After its end a run may still be told of values and of weights that are kept; nothing of it steers anything.
            match event {
                Event::Started { .. } | Event::Status { .. } | Event::Finished { .. } | Event::Failed(_) | Event::Saved { .. } => {}
                // Kept a moment before the next run took the model's place.
                Event::Checkpoints { .. } | Event::Trail { .. } if self.predictor.is_none_or(|(of, _)| of != Some(run)) => {}
                _ => effects.extend([Effect::Record, Effect::TellHooks]),
            }
            return effects;
        };
        match event {
            Event::Started { device, shape, classes, .. } => {
                let config = &current.request.config;
                // A model that does not fit has not started.
                if let Ok(plan) = config.model.plan(*shape, classes.len(), config.loss) {
                    current.first_batch = Work::first_batch(&plan, config.batch_size);
                }
                effects.extend([Effect::Record, Effect::Device(device.clone())]);
                effects.extend(current.request.first_weights.clone().map(Effect::WeightsUsed));
                effects.extend(current.go_to(Stage::Running));
                effects.extend(current.follow_hold());
            }
            Event::Records { .. } => {
                current.has_numbers = true;
                current.lives.train();
                current.hold.has_trained();
                // Taken in first: the worker waits for this when many are on their way.
                effects.extend([Effect::Send(kind, Command::Acknowledge), Effect::Record]);
            }
            Event::Status { paused, progress, .. } => {
                effects.push(Effect::Progress(*progress));
                let is_paused = current.hold.hear(*paused);
                effects.extend(match (is_paused, current.stage) {
                    (true, _) => current.go_to(Stage::Paused),
                    (false, Stage::Validating) => None,
                    (false, _) if *paused => None,
                    (false, _) => current.go_to(Stage::Running),
                });
                return effects;
            }
            // Bytes for the shelf, of which nothing is to be told.
            Event::Saved { .. } => return vec![Effect::KeepState(kind)],
            Event::Finished { end, .. } => {
                current.end();
                effects.push(Effect::End(run, Ok(end.clone())));
            }
            Event::Failed(failure) => {
                if kind == WorkerKind::Gpu && failure.error.code() == Code::DeviceLost {
                    effects.extend([Effect::Dismiss(kind), Effect::ProbeAgain(failure.error.clone())]);
                    effects.extend(self.forget_silence(kind));
                    effects.extend(self.lose(&failure.error, false));
                } else {
                    effects.extend(self.fail(failure.error.clone()));
                }
                return effects;
            }
            Event::ValidationBegun { .. } => {
                effects.push(Effect::Record);
                effects.extend(current.go_to(Stage::Validating));
            }
            Event::ValidationEnded { .. } => {
                effects.push(Effect::Record);
                effects.extend(current.go_to(Stage::Running));
            }
            Event::Input { entry, .. } => {
                current.wishes.hear(&entry.input);
                effects.push(Effect::Record);
            }
            Event::EpochEnded { .. } => {
                current.has_epoch = true;
                effects.push(Effect::Record);
            }
            _ => effects.push(Effect::Record),
        }
        effects.push(Effect::TellHooks);
        effects
    }
}
