//! The session's effects, performed in the order in which they stand. Nothing is decided here.

use super::{Inner, Page};
use crate::domain::callback::Progress;
use crate::domain::run::device::WorkerKind;
use crate::domain::run::event::TrainEnd;
use crate::domain::run::state::SavedState;
use crate::domain::run::trail::TrailCard;
use crate::error::{Error, Result};
use crate::protocol::{Command, Event, RunId};
use crate::ui::scripts::Host;
use crate::ui::session::heartbeat::Silence;
use crate::ui::session::launch::words;
use crate::ui::session::{Effect, Intent, Request, SetupChange};
use crate::ui::state::phase::Phase;
use crate::ui::state::store::{RunState, Store};
use crate::ui::supervisor::Audience;
use crate::web::gpu;
use crate::web::port::Bulk;
use crate::web::tasks::spawn;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// A worker's message, for the effects that mean it.
struct Heard<'a> {
    event: &'a Event,
    bulk: &'a Bulk,
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Keeps the bytes of weights that a run leaves, unless it was deleted in the meantime; the record has only their cards.
fn keep_weights(inner: &Inner, event: &Event, bulk: &Bulk) -> Result<()> {
    match event {
        Event::Learned { run, card, arrays } if inner.store.borrow().run(*run).is_some() => {
            inner.kept_weights.keep(*run, &card.name, arrays.clone(), bulk)
        }
        _ => Ok(()),
    }
}

impl Page {
    /// Passes on what the visitor, a script or the browser wants of the present run, and performs what follows.
    ///
    /// # Errors
    /// As [`Session::intend`](crate::ui::session::Session::intend): when it makes no sense now, or is out of range.
    pub fn intend(&self, intent: Intent) -> Result<()> {
        let effects = self.inner().session.borrow_mut().intend(intent)?;
        self.perform(effects, None);
        Ok(())
    }

    fn perform(&self, effects: Vec<Effect>, heard: Option<&Heard>) {
        let inner = self.inner();
        let mut frame = None;
        for effect in effects {
            match effect {
                Effect::Begin(request, choice) => {
                    let (device, why) = words(&choice);
                    let mut store = inner.store.borrow_mut();
                    let run = store.begin(request.config.clone(), device.clone(), why.clone(), now_ms());
                    if let Some(run) = store.run_mut(run) {
                        run.weights_from = request.first_weights.as_ref().map(|first| first.name.clone());
                        run.parent = request.first_weights.as_ref().and_then(|first| first.parent.clone());
                    }
                    // A branch is drawn beside the run that it goes on from, unless that was deleted.
                    if let Some(parent) = request.first_weights.as_ref().and_then(|first| first.parent.as_ref()?.run) {
                        store.set_overlaid(parent, true).ok();
                    }
                    drop(store);
                    self.announce(&request, (device, why));
                }
                Effect::GoOn { request, choice, why } => {
                    let device = words(&choice);
                    let step = request.state.as_ref().map_or(0, |state| state.step);
                    inner.shelf.note_back(request.run, step, &why);
                    inner.store.borrow_mut().go_on(request.run, step, why, device.clone());
                    self.announce(&request, device);
                }
                Effect::BeginAgain(run, choice) => {
                    let (device, why) = words(&choice);
                    let mut store = inner.store.borrow_mut();
                    store.begin_again(run, device.clone(), why.clone(), now_ms());
                    drop(store);
                    inner.kept_weights.forget(run);
                    self.device.set(Some((device, why)));
                    self.runs.changed();
                    self.touch();
                }
                Effect::StartScripts(run) => {
                    let config = inner.store.borrow().run(run).map(|run| run.config.clone());
                    if let Some(config) = config {
                        self.scripts.begin(run, &config);
                    }
                }
                Effect::EndScripts(run, why) => self.scripts.end_run(run, why),
                Effect::Launch { worker, request, paused } => {
                    let inputs = inner.store.borrow().run(request.run).map(|run| run.inputs.entries().to_vec());
                    inner.supervisor.start(worker, &request, inputs.unwrap_or_default(), paused);
                }
                Effect::Send(worker, command) => inner.supervisor.steer(worker, command),
                Effect::Dismiss(worker) => inner.supervisor.dismiss(worker),
                Effect::Phase(run, phase) => {
                    let state = match phase {
                        Phase::Starting => RunState::Starting,
                        Phase::Paused => RunState::Paused,
                        _ => RunState::Running,
                    };
                    if let Some(run) = inner.store.borrow_mut().run_mut(run) {
                        run.state = state;
                    }
                    self.phase.set(phase);
                }
                Effect::Progress(progress) => {
                    if let Some(id) = heard.and_then(|heard| heard.event.run())
                        && let Some(run) = inner.store.borrow_mut().run_mut(id)
                    {
                        run.progress = progress;
                    }
                    self.progress.set(progress);
                }
                Effect::Device(name) => self.device.update(|known| {
                    if let Some((device, _)) = known {
                        *device = name;
                    }
                }),
                Effect::WeightsUsed(used) => {
                    let is_that =
                        self.first_weights.with_untracked(|first| first.as_ref().is_some_and(|first| std::sync::Arc::ptr_eq(first, &used)));
                    if is_that {
                        self.first_weights.set(None);
                    }
                }
                Effect::Setup(change) => self.config.update(|config| match change {
                    SetupChange::LearningRate(rate) => *config.optimizer.learning_rate_mut() = rate,
                    SetupChange::WatchBudget(percent) => config.monitors.watch_budget = percent,
                }),
                Effect::CutShort(run) => self.cut_short(run),
                Effect::KeepState(worker) => {
                    let Some(Heard { event: Event::Saved { run, step }, bulk }) = heard else { continue };
                    let supervisor = inner.supervisor.clone();
                    let taken = Box::new(move || supervisor.steer(worker, Command::StateTaken));
                    let bytes = bulk.first().cloned().unwrap_or_default();
                    if let Some(run) = inner.store.borrow_mut().run_mut(*run) {
                        run.can_go_on_from = Some(*step);
                    }
                    let state = Rc::new(SavedState { step: *step, bytes: bytes.clone() });
                    inner.session.borrow_mut().intend(Intent::StateKept(*run, state)).ok();
                    inner.shelf.keep_state(*run, *step, bytes, taken);
                }
                Effect::Record => {
                    let Some(Heard { event, bulk }) = heard else { continue };
                    let recorded = keep_weights(&inner, event, bulk);
                    let recorded = recorded.and_then(|()| inner.store.borrow_mut().record(event, bulk, now_ms()));
                    match recorded {
                        Ok(batches) => {
                            self.keep(&inner, event, bulk);
                            frame = batches;
                        }
                        Err(error) => self.notify(error),
                    }
                    self.touch();
                }
                Effect::End(run, result) => self.end_run(&inner, run, &result),
                Effect::Clear => self.clear(&inner),
                Effect::Ping(worker) => inner.supervisor.steer(worker, Command::Ping),
                Effect::Silences(silences) => {
                    self.is_held_up.set(silences.iter().any(Silence::holds_up_run));
                    let told = silences.iter().find(|silence| silence.is_told);
                    self.silence.set(told.map(Silence::words).unwrap_or_default());
                }
                Effect::LoseModel(run) => {
                    if let Some(run) = inner.store.borrow_mut().run_mut(run) {
                        run.checkpoints.clear();
                        run.trail = TrailCard::default();
                    }
                    self.judge.set(None);
                    self.eye.moment.set(None);
                    self.touch();
                }
                Effect::ProbeAgain(error) => self.probe_again(error),
                Effect::TellHooks => {
                    let Some(Heard { event, .. }) = heard else { continue };
                    match (event, frame.take()) {
                        (Event::Records { run }, Some(frame)) => {
                            let known = inner.store.borrow().run(*run).and_then(|run| Some((run.begin.clone()?, run.config.batch_size)));
                            if let Some((begin, batch_size)) = known {
                                inner.listeners.frame(*run, &begin, batch_size, &frame);
                            }
                        }
                        _ => inner.listeners.event(event),
                    }
                    self.scripts.event(event);
                }
            }
        }
    }

    /// Shows that a run is on its way.
    fn announce(&self, request: &Request, device: (String, String)) {
        self.notices.set(Vec::new());
        // The checkpoints of the last run go with its model, and so does its trail.
        self.judge.set(None);
        self.eye.moment.set(None);
        self.progress.set(Progress { epochs: request.config.epochs, eta_seconds: f64::NAN, ..Progress::default() });
        self.device.set(Some(device));
        self.runs.changed();
        self.touch();
    }

    /// Keeps on the device what was just recorded.
    fn keep(&self, inner: &Inner, event: &Event, bulk: &Bulk) {
        let store = inner.store.borrow();
        let hash = || self.data_hash(&store.run(event.run()?)?.config);
        inner.shelf.note(&store, event, bulk, hash);
    }

    fn end_run(&self, inner: &Inner, run: RunId, result: &Result<TrainEnd>) {
        inner.store.borrow_mut().end(run, result);
        inner.shelf.note_end(&inner.store.borrow(), run);
        self.phase.set(match result {
            Ok(end) => Phase::Finished(end.clone()),
            Err(error) => Phase::Failed(error.clone()),
        });
        self.runs.changed();
        let waiters = inner.waiters.borrow_mut().remove(&run).unwrap_or_default();
        for waiter in waiters {
            waiter.send(result.clone()).ok();
        }
        self.touch();
    }

    /// Asks the browser for its GPU anew, after its worker has failed by `error`.
    fn probe_again(self, error: Error) {
        // Who starts a run in the meantime waits for the answer.
        self.probe.set(None);
        spawn(async move { self.probe.set(Some(gpu::probe().await.after(&error))) });
    }

    /// Takes the shown run off the charts.
    fn clear(&self, inner: &Inner) {
        inner.store.borrow_mut().clear_shown();
        self.runs.changed();
        self.phase.set(Phase::Idle);
        self.progress.set(Progress::default());
        self.device.set(None);
        self.notices.set(Vec::new());
        self.touch();
    }
}

impl Audience for Page {
    fn on_event(&self, kind: WorkerKind, event: Event, bulk: Bulk) {
        let effects = self.inner().session.borrow_mut().hear(kind, &event);
        self.perform(effects, Some(&Heard { event: &event, bulk: &bulk }));
        self.scripts.pump();
    }

    fn on_death(&self, kind: WorkerKind, error: &Error) {
        // Never refused: that a worker is gone is no wish.
        self.intend(Intent::WorkerDied(kind, error.clone())).ok();
    }
}

impl Host for Page {
    fn store(&self) -> Rc<RefCell<Store>> {
        self.inner().store.clone()
    }

    fn recorded(&self) {
        // While it trains, the next batches say so.
        if self.phase.with_untracked(|phase| *phase != Phase::Running) {
            self.touch();
        }
    }

    fn logged(&self, run: RunId, name: &str, step: u32, value: f64) {
        self.inner().shelf.note_value(run, name, step, value);
    }

    fn notify(&self, error: Error) {
        Page::notify(self, error);
    }

    fn intend(&self, intent: Intent) -> Result<()> {
        Page::intend(self, intent)
    }

    fn current_run(&self) -> Option<(RunId, bool)> {
        let inner = self.inner();
        let session = inner.session.borrow();
        session.current_run().map(|run| (run, session.live_run().is_some()))
    }
}
