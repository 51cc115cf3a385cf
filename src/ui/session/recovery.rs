//! Recovery: the worker of a run is gone, and a fresh one goes on from the last state that the page has of it, or begins again where
//! there is none yet.
//!
//! On the same device at first, on the CPU when a GPU fails twice at one place and the visitor has left the choice to the page. A run
//! that is lost again and again without coming any further has a fault that no worker mends: it ends, with all that was recorded
//! kept. Never here: how the state is made, how the record goes back.

use super::lives::Lives;
use super::{Current, Effect, Request, Session, Stage, launch};
use crate::domain::run::config::DeviceWish;
use crate::domain::run::device::{Choice, WorkerKind};
use crate::error::{Code, Error};
use crate::ui::state::phase::Phase;
use std::rc::Rc;

/// Number of times that a run is lost at one place before it ends.
const MOST_DEATHS: u32 = 3;

impl Session {
    /// The worker of the live run is gone by `error`; `is_wanted` says that the visitor asked for another one. The run goes on in a
    /// fresh worker, or has failed, with all that was recorded kept.
    pub(super) fn lose(&mut self, error: &Error, is_wanted: bool) -> Vec<Effect> {
        let Some(current) = self.live_mut() else { return Vec::new() };
        let is_lost_gpu = current.choice.worker == WorkerKind::Gpu && current.request.config.device == DeviceWish::Auto;
        let has_worked = current.lives.has_trained() || is_wanted;
        // Another worker in place of one that a reload brings back would be a slow surprise.
        if error.code() == Code::Outdated || !has_worked && !is_lost_gpu {
            return self.fail(error.clone());
        }
        let deaths = current.lives.die();
        if deaths >= MOST_DEATHS {
            let message = format!("the run was lost {MOST_DEATHS} times at one place, at last by this: {}", error.message());
            return self.fail(Error::new(error.code(), message, "choose another device, a smaller model or a smaller batch"));
        }
        if is_lost_gpu && (!has_worked || deaths > 1) {
            let what = if has_worked { "WebGPU was lost twice" } else { "WebGPU did not start" };
            current.choice = Choice::fall_back(format!("{what}: {}", error.message()));
        }
        self.relaunch(error)
    }

    fn relaunch(&mut self, error: &Error) -> Vec<Effect> {
        let hidden = self.hidden;
        let Some(current) = self.live_mut() else { return Vec::new() };
        let run = current.run();
        current.stage = Stage::Starting;
        (current.has_numbers, current.has_epoch) = (false, false);
        current.hold.begin_again(current.request.has_scripts);
        let state = current.lives.state();
        // Behind the first line of a device's message stands where in its own program it was.
        let why = error.message().lines().next().unwrap_or_default().to_owned();
        let again = if state.is_some() {
            current.request = Rc::new(Request { state, ..(*current.request).clone() });
            Effect::GoOn { request: current.request.clone(), choice: current.choice.clone(), why }
        } else {
            current.wishes.begin_again();
            Effect::BeginAgain(run, current.choice.clone())
        };
        let mut effects = vec![Effect::EndScripts(Some(run), "the run goes on in a fresh worker, and scripts begin anew"), again];
        effects.extend(launch(current, hidden));
        // What the lost worker was told since, or was to be told.
        effects.extend(current.wishes.commands(current.hold.steps_to_send()).into_iter().map(|command| current.send(command)));
        effects.push(Effect::Phase(run, Phase::Starting));
        effects.extend(current.scripts());
        let worker = self.current.as_ref().map(|current| (Some(run), current.choice.worker));
        effects.extend(self.hand_over(worker));
        effects
    }

    /// The live run has failed by `error`.
    pub(super) fn fail(&mut self, error: Error) -> Vec<Effect> {
        let Some(current) = self.live_mut() else { return Vec::new() };
        current.end();
        let run = current.run();
        let mut effects = vec![Effect::EndScripts(Some(run), "the run has failed")];
        // A worker keeps no model of a run that failed.
        effects.extend(self.hand_over(None));
        effects.push(Effect::End(run, Err(error)));
        effects
    }
}

impl Current {
    /// Notes the end: nothing will go on from its state.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
        self.lives = Lives::default();
    }
}
