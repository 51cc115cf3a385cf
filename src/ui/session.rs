//! The session: everything that a run goes through between Start and its end, decided in one place.
//!
//! A pure state machine: an [`Intent`] (of the visitor, a script, the browser) or a worker's message goes in, [`Effect`]s
//! come out; whoever holds the session performs them in their order and decides nothing. So the launch of a run, its
//! pauses, the fall back from a lost GPU and the end are tested natively, in any order of messages.
//!
//! | module | what lives there |
//! |---|---|
//! | [`intent`] | what the session is asked for |
//! | [`effect`] | what it has done |
//! | [`launch`] | the request of a run, which is kept and can be sent again |
//! | [`hold`] | who holds the run: the visitor, its scripts, the store |
//! | [`heartbeat`] | how long each worker has not answered, and when that is told |
//! | [`lives`] | the last state of a run, and how often it was lost |
//! | [`recovery`] | a worker that is gone: from which state, and where, its run goes on |
//! | [`wishes`] | what a worker was told, for the one that takes its place |
//!
//! Never here: signals, the browser, workers themselves, the record.

pub mod effect;
pub mod heartbeat;
mod hold;
pub mod intent;
pub mod launch;
mod lives;
mod messages;
mod recovery;
mod silence;
#[cfg(test)]
mod tests;
mod wishes;

use crate::domain::run::check::{check_learning_rate, check_watch_budget};
use crate::domain::run::device::{Choice, WorkerKind};
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, RunId};
use crate::ui::state::phase::Phase;
use crate::ui::state::store::CLOSED;
pub use effect::{Effect, SetupChange};
use heartbeat::{Heartbeats, Work};
use hold::Hold;
pub use intent::{Author, Intent};
pub use launch::Request;
use lives::Lives;
use std::rc::Rc;
use wishes::Wishes;

/// The stage of a run. Apart from [`Phase`], since the page may show another run's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Running,
    Validating,
    Paused,
    Over,
}

/// The run that was started last.
struct Current {
    request: Rc<Request>,
    choice: Choice,
    stage: Stage,
    hold: Hold,
    wishes: Wishes,
    lives: Lives,
    /// Whether a batch's number has come from this worker.
    has_numbers: bool,
    /// Whether an epoch has ended: by then a GPU has compiled all that it needs.
    has_epoch: bool,
    /// The first batch, once its size is known.
    first_batch: Work,
}

impl Current {
    fn is_live(&self) -> bool {
        self.stage != Stage::Over
    }

    fn run(&self) -> RunId {
        self.request.run
    }

    fn send(&self, command: Command) -> Effect {
        Effect::Send(self.choice.worker, command)
    }

    /// Starts the scripts. After all else: where none is on any more, the answer comes at once.
    fn scripts(&self) -> Option<Effect> {
        self.request.has_scripts.then(|| Effect::StartScripts(self.run()))
    }

    /// Changes who holds the run: the command for the worker, if it is one, and the pause that is shown or ended.
    fn change_hold(&mut self, change: impl FnOnce(&mut Hold) -> Option<Command>) -> Vec<Effect> {
        let command = change(&mut self.hold).map(|command| self.send(command));
        command.into_iter().chain(self.follow_hold()).collect()
    }
}

/// The session of the page.
#[derive(Default)]
pub struct Session {
    current: Option<Current>,
    /// The worker that has a model for predictions, and the run whose model that is; none if it was made of a file.
    predictor: Option<(Option<RunId>, WorkerKind)>,
    hidden: bool,
    heartbeats: Heartbeats,
}

/// The longest reason of a stop, in characters.
const LONGEST_REASON: usize = 200;

fn no_run() -> Error {
    Error::new(Code::InvalidState, "no run is going on", "start one")
}

impl Session {
    /// The run that was started last, unless it was discarded.
    pub fn current_run(&self) -> Option<RunId> {
        self.current.as_ref().map(Current::run)
    }

    /// The run that is going on.
    pub fn live_run(&self) -> Option<RunId> {
        self.live().map(Current::run)
    }

    /// The worker that has a model for predictions, and the run whose model that is; no run if it was made of a file.
    pub fn predictor(&self) -> Option<(Option<RunId>, WorkerKind)> {
        self.predictor
    }

    /// Whether another run may begin.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when a run is going on.
    pub fn check_idle(&self) -> Result<()> {
        if self.live().is_some() { Err(Error::new(Code::InvalidState, "a run is going on", "stop it first")) } else { Ok(()) }
    }

    fn live(&self) -> Option<&Current> {
        self.current.as_ref().filter(|current| current.is_live())
    }

    fn live_mut(&mut self) -> Option<&mut Current> {
        self.current.as_mut().filter(|current| current.is_live())
    }

    fn needed(&mut self) -> Result<&mut Current> {
        self.live_mut().ok_or_else(no_run)
    }

    /// The effects of `intent`.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when it makes no sense now, [`Code::InvalidConfig`] when its value is out of range; nothing
    /// has changed then.
    pub fn intend(&mut self, intent: Intent) -> Result<Vec<Effect>> {
        match intent {
            Intent::Start(request, choice) => {
                self.check_idle()?;
                let hold = Hold::new(request.paused, request.has_scripts);
                let run = request.run;
                let mut effects = vec![Effect::EndScripts(None, "the next run has begun"), begin(&request, &choice)];
                effects.extend(self.hand_over(Some((Some(run), choice.worker))));
                effects.extend(self.forget_silence(choice.worker));
                let lives = Lives::new(request.state.clone());
                let current = Current {
                    request,
                    choice,
                    stage: Stage::Starting,
                    hold,
                    wishes: Wishes::default(),
                    lives,
                    has_numbers: false,
                    has_epoch: false,
                    first_batch: Work::Answering,
                };
                effects.extend(launch(&current, self.hidden));
                effects.push(Effect::Phase(run, Phase::Starting));
                effects.extend(current.scripts());
                self.current = Some(current);
                Ok(effects)
            }
            Intent::Pause => Ok(self.needed()?.change_hold(Hold::pause)),
            Intent::Resume => Ok(self.needed()?.change_hold(Hold::resume)),
            Intent::Step { batches } => Ok(self.needed()?.change_hold(|hold| hold.step(batches))),
            Intent::Stop { reason, by } => {
                // It comes from scripts and other pages, and stays in the record.
                let reason: String = reason.chars().take(LONGEST_REASON).collect();
                let current = self.needed()?;
                current.wishes.stop(reason.clone());
                let cut = (by == Author::Visitor).then(|| Effect::CutShort(current.run()));
                Ok(cut.into_iter().chain([current.send(Command::Stop { reason })]).collect())
            }
            Intent::SetLearningRate { rate, by } => {
                check_learning_rate(rate)?;
                let sent = self.live_mut().map(|current| {
                    current.wishes.set_learning_rate(rate);
                    current.send(Command::SetLearningRate { learning_rate: rate })
                });
                match by {
                    // Without a run the setup alone is meant.
                    Author::Visitor => Ok([Effect::Setup(SetupChange::LearningRate(rate))].into_iter().chain(sent).collect()),
                    // The setup keeps its own rate: the next run is to begin with it again.
                    Author::Callback => Ok(vec![sent.ok_or_else(no_run)?]),
                }
            }
            Intent::SetWatchBudget(percent) => {
                check_watch_budget(percent)?;
                let sent = self.live_mut().map(|current| {
                    current.wishes.set_watch_budget(percent);
                    current.send(Command::SetWatchBudget { percent })
                });
                Ok([Effect::Setup(SetupChange::WatchBudget(percent))].into_iter().chain(sent).collect())
            }
            Intent::Reset => Ok(self.reset()),
            Intent::ScriptsReady(run) => Ok(self.scripts_ready(run)),
            Intent::PageHidden(hidden) => {
                self.hidden = hidden;
                Ok(self.live().map(|current| current.send(Command::Hidden { hidden })).into_iter().collect())
            }
            Intent::WorkerDied(worker, error) => {
                let mut effects: Vec<Effect> = self.forget_silence(worker).into_iter().collect();
                // A worker of another build says nothing of the GPU.
                let may_be_the_gpu = worker == WorkerKind::Gpu && error.code() != Code::Outdated;
                effects.extend(may_be_the_gpu.then(|| Effect::ProbeAgain(error.clone())));
                if self.live().is_some_and(|current| current.choice.worker == worker) {
                    effects.extend(self.lose(&error, false));
                } else {
                    effects.extend(self.lose_model_of(worker));
                }
                Ok(effects)
            }
            Intent::PredictBy(worker) => {
                // A run that has begun in the meantime has its own.
                Ok(if self.live().is_none() { self.hand_over(Some((None, worker))).into_iter().collect() } else { Vec::new() })
            }
            Intent::Look { now_ms, workers, longest_batch_ms } => Ok(self.look(now_ms, &workers, longest_batch_ms)),
            Intent::Wait => Ok(self.heartbeats.wait().map(Effect::Silences).into_iter().collect()),
            Intent::EndSilent => self.end_silent(false),
            Intent::ReplaceSilent => self.end_silent(true),
            Intent::StateKept(run, state) => {
                if let Some(current) = self.live_mut().filter(|current| current.run() == run) {
                    current.lives.keep(state);
                }
                Ok(Vec::new())
            }
            Intent::NoRoom(runs) => {
                let Some(current) = self.live_mut() else { return Ok(Vec::new()) };
                let is_full = runs.contains(&current.run());
                Ok(current.change_hold(|hold| if is_full { hold.store_is_full() } else { hold.store_has_room() }))
            }
        }
    }

    /// Another model answers from now on; the run whose model it was until now has none any more.
    fn hand_over(&mut self, to: Option<(Option<RunId>, WorkerKind)>) -> Option<Effect> {
        let (before, _) = std::mem::replace(&mut self.predictor, to)?;
        before.filter(|_| to.is_none_or(|(run, _)| run != before)).map(Effect::LoseModel)
    }

    /// A worker is gone, and its model with it.
    fn lose_model_of(&mut self, worker: WorkerKind) -> Option<Effect> {
        self.predictor.filter(|(_, has)| *has == worker).and_then(|_| self.hand_over(None))
    }

    fn reset(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let current = self.current.take().filter(Current::is_live);
        let discarded = "the run was discarded";
        if let Some(current) = &current {
            effects.extend([Effect::CutShort(current.run()), Effect::Dismiss(current.choice.worker)]);
            effects.extend(self.hand_over(None));
            effects.extend(self.forget_silence(current.choice.worker));
        }
        effects.push(Effect::EndScripts(None, discarded));
        if let Some(current) = current {
            let error = Error::new(Code::InvalidState, "the run was discarded by a reset", "start again");
            effects.push(Effect::End(current.run(), Err(error)));
        }
        effects.push(Effect::Clear);
        effects
    }

    /// The scripts of `run` have heard of its begin, or are waited for no longer.
    fn scripts_ready(&mut self, run: RunId) -> Vec<Effect> {
        let Some(current) = self.live_mut().filter(|current| current.run() == run) else { return Vec::new() };
        current.change_hold(Hold::scripts_are_ready)
    }
}

/// Begins the record of a run, or lets that of one with a state go on.
fn begin(request: &Rc<Request>, choice: &Choice) -> Effect {
    let (request, choice) = (request.clone(), choice.clone());
    if request.state.is_some() { Effect::GoOn { request, choice, why: CLOSED.to_owned() } } else { Effect::Begin(request, choice) }
}

/// Sends the request of `current` to the worker of its choice: the same at the first attempt and at the second.
fn launch(current: &Current, hidden: bool) -> Vec<Effect> {
    let Current { request, choice, hold, .. } = current;
    let start = Effect::Launch { worker: choice.worker, request: request.clone(), paused: hold.is_held() };
    let hidden = hidden.then(|| current.send(Command::Hidden { hidden: true }));
    [start].into_iter().chain(hidden).collect()
}
