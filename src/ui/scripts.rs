//! Scripts: callbacks written in the page, as the page runs them: which are switched on, one live script for each while a run goes
//! on, and what is done about what they say. Their text is in the configuration; whether one is on never is.
//!
//! A script is on only as long as its text is, to the letter, the one that was switched on: a configuration from
//! somebody else cannot bring a callback that runs by itself. Never here: the page, which is known as a [`Host`] only, and
//! the panel in which scripts are written.

mod live;
mod report;
mod status;
mod tables;

use crate::domain::run::config::RunConfig;
use crate::domain::run::script::ScriptSpec;
use crate::error::{Code, Error, Result};
use crate::protocol::{Event, RunId};
use crate::script::console::LineAuthor;
use crate::script::feed::LOOK_MS;
use crate::script::guard::line_of_import;
use crate::script::words::Problem;
use crate::ui::session::Intent;
use crate::ui::state::store::{Run, Store};
use futures_channel::oneshot;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use live::LiveScript;
use status::notes;
pub use status::{State, Status};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

/// The number of looks that a run waits for its callbacks to be read before it starts without them: one to two seconds.
const BEGIN_LOOKS: u32 = 2;

/// Whoever the scripts run for: the page.
pub trait Host {
    /// The record that scripts are told of and log into.
    fn store(&self) -> Rc<RefCell<Store>>;
    /// A script has logged values, or has heard everything.
    fn recorded(&self);
    /// A script has logged this value of `run`, which is in the record.
    fn logged(&self, run: RunId, name: &str, step: u32, value: f64);
    /// The visitor should know of this.
    fn notify(&self, error: Error);
    /// A script wants something of the run, or is ready for it.
    ///
    /// # Errors
    /// As the session says.
    fn intend(&self, intent: Intent) -> Result<()>;
    /// The run that was started last, and whether it is going on.
    fn current_run(&self) -> Option<(RunId, bool)>;
}

/// A run whose scripts have not heard of its begin.
struct PendingStart {
    run: RunId,
    /// The number of looks since the run can begin.
    waited: u32,
}

/// The state outside of signals.
#[derive(Default)]
struct Inner {
    /// Statuses by name. Counted signals, since they outlive the views that ask for them first.
    statuses: RefCell<HashMap<String, ArcRwSignal<Status>>>,
    live: RefCell<Vec<LiveScript>>,
    next_id: std::cell::Cell<u32>,
    interval: RefCell<Option<IntervalHandle>>,
    /// The run that is held for its scripts.
    pending_start: RefCell<Option<PendingStart>>,
    host: RefCell<Option<Rc<dyn Host>>>,
    /// The senders to those who wait until a run's callbacks have heard everything.
    waiters: RefCell<Vec<(RunId, oneshot::Sender<()>)>>,
}

/// A handle to the scripts of the page.
#[derive(Clone, Copy)]
pub struct Scripts(StoredValue<Rc<Inner>, LocalStorage>);

impl Scripts {
    /// None yet.
    pub fn new() -> Self {
        Self(StoredValue::new_local(Rc::default()))
    }

    /// Works for `host` from now on.
    pub fn serve(self, host: Rc<dyn Host>) {
        *self.inner().host.borrow_mut() = Some(host);
    }

    fn inner(self) -> Rc<Inner> {
        self.0.get_value()
    }

    fn host(self) -> Rc<dyn Host> {
        self.inner().host.borrow().clone().expect("the page serves as host from its begin")
    }

    /// The number of batches that `run` has recorded.
    fn batches_of(self, run: Option<RunId>) -> usize {
        run.and_then(|run| self.host().store().borrow().run(run).map(Run::batches)).unwrap_or(0)
    }

    /// The status of the script called `name`.
    pub fn status(self, name: &str) -> ArcRwSignal<Status> {
        self.inner().statuses.borrow_mut().entry(name.to_owned()).or_default().clone()
    }

    fn is_on(self, spec: &ScriptSpec) -> bool {
        self.status(&spec.name).with_untracked(|status| status.approved.as_ref() == Some(&spec.text))
    }

    /// A configuration has come from a link, a file or another page: whatever callbacks it brings are off, until the
    /// visitor has read them and switches them on.
    pub fn arrive_from_outside(self, config: &RunConfig) {
        for status in self.inner().statuses.borrow().values() {
            status.update(|status| status.approved = None);
        }
        for spec in &config.scripts {
            self.status(&spec.name).set(Status { is_foreign: true, ..Status::default() });
        }
    }

    /// A configuration of this visit's runs is back in the setup: what was switched on with another text is off.
    pub fn arrive(self, config: &RunConfig) {
        for spec in config.scripts.iter().filter(|spec| !self.is_on(spec)) {
            self.status(&spec.name).update(|status| *status = Status { is_foreign: status.is_foreign, ..Status::default() });
        }
    }

    /// The visitor has typed another text, or another name: what was on stays on.
    pub fn edited(self, old: &ScriptSpec, new: &ScriptSpec) {
        let was_on = self.is_on(old);
        let status = self.status(&old.name);
        status.update(|status| {
            status.approved = was_on.then(|| new.text.clone());
            if matches!(status.state, State::Broken(_)) {
                status.state = State::Off;
            }
        });
        if old.name != new.name {
            self.inner().statuses.borrow_mut().remove(&old.name);
            self.inner().statuses.borrow_mut().insert(new.name.clone(), status);
            for script in self.inner().live.borrow_mut().iter_mut().filter(|script| script.name == old.name) {
                script.name.clone_from(&new.name);
            }
        }
    }

    /// Switches a script off, in the present run too.
    pub fn switch_off(self, name: &str) {
        self.inner().live.borrow_mut().retain(|script| script.name != name);
        self.status(name).update(|status| {
            status.approved = None;
            status.state = State::Off;
        });
        self.settle();
    }

    /// Lets the browser read the script called `name`, and switches it on if it can; in a run that is going on it is
    /// called from now on. Gives the hooks that it has.
    ///
    /// # Errors
    /// [`Code::Script`] with the line when it cannot be read or fails at once, [`Code::InvalidConfig`] when there is no such
    /// script.
    pub async fn switch_on(self, name: String, config: &RunConfig) -> Result<Vec<String>> {
        let spec = config.scripts.iter().find(|spec| spec.name == name).cloned();
        let spec =
            spec.ok_or_else(|| Error::new(Code::InvalidConfig, format!("there is no script {name:?}"), "setScript(name, text) adds one"))?;
        spec.validate()?;
        self.switch_off(&name);
        let status = self.status(&name);
        if let Some(line) = line_of_import(&spec.text) {
            let problem = Problem { message: "import is not there: a callback is one text".to_owned(), line, ..Problem::default() };
            status.update(|status| status.state = State::Broken(problem.clone()));
            return Err(script_error(&name, &problem));
        }
        status.update(|status| {
            *status = Status { state: State::Checking, is_foreign: status.is_foreign, console: notes(&spec, true), ..Status::default() };
        });
        let (sender, receiver) = oneshot::channel();
        self.start_live(&spec, None, Some(sender));
        let checked =
            receiver.await.unwrap_or_else(|_| Err(Problem { message: "it was switched off meanwhile".to_owned(), ..Problem::default() }));
        let found = checked.map_err(|problem| script_error(&name, &problem))?;
        status.update(|status| {
            status.state = State::On;
            status.approved = Some(spec.text.clone());
            status.is_foreign = false;
            if found.is_empty() {
                status.console.add(LineAuthor::Page, "it has no hook, so nothing of it is ever called".to_owned());
            }
        });
        if let Some((run, true)) = self.host().current_run() {
            self.start_live(&spec, Some(run), None);
            self.pump();
        }
        Ok(found)
    }

    /// Whether a script of `config` is on.
    pub fn has_any(self, config: &RunConfig) -> bool {
        config.scripts.iter().any(|spec| self.is_on(spec))
    }

    /// A run is about to begin: a live script for each script that is on. The host is told when they have heard of its begin, so
    /// that what they ask for then holds from the first batch, or after [`BEGIN_LOOKS`]. Nothing of the training waits for
    /// them later.
    pub fn begin(self, run: RunId, config: &RunConfig) {
        for spec in config.scripts.iter().filter(|spec| self.is_on(spec)) {
            self.start_live(spec, Some(run), None);
        }
        *self.inner().pending_start.borrow_mut() = Some(PendingStart { run, waited: 0 });
        self.settle();
    }

    /// Whether a run is held for its scripts.
    fn is_beginning(self) -> bool {
        self.inner().pending_start.borrow().is_some()
    }

    fn start_live(self, spec: &ScriptSpec, run: Option<RunId>, check: Option<oneshot::Sender<live::Checked>>) {
        let inner = self.inner();
        let id = inner.next_id.replace(inner.next_id.get() + 1);
        let begun = run.and_then(|run| self.host().store().borrow().run(run).map(|run| (run.batches(), run.begin.clone())));
        let mut script = LiveScript::new(id, spec, run, check, move |word| self.hear(id, word));
        if let Some((batches, begin)) = begun {
            self.status(&spec.name).update(|status| {
                let console = notes(spec, script.source.guarded);
                *status = Status { state: State::Running, approved: status.approved.take(), console, ..Status::default() };
            });
            // Switched on in the middle of a run: told of its begin all the same.
            if let Some(begin) = begin {
                script.start_at(batches, tables::train_begin(&begin));
            }
        }
        inner.live.borrow_mut().push(script);
        if inner.interval.borrow().is_none() {
            let look = move || self.look();
            *inner.interval.borrow_mut() = set_interval_with_handle(look, Duration::from_millis(LOOK_MS as u64)).ok();
        }
    }

    /// An event of the training, which is in the record.
    pub fn event(self, event: &Event) {
        if self.inner().live.borrow().is_empty() {
            return;
        }
        let Some((run, table)) = tables::of_event(&self.host().store().borrow(), event) else { return };
        let batches = self.batches_of(Some(run));
        let is_end = matches!(event, Event::Finished { .. });
        let mut lost = Vec::new();
        for script in self.inner().live.borrow_mut().iter_mut().filter(|script| script.run == Some(run)) {
            script.has_ended |= is_end;
            if !script.feed.moment(batches, table.clone()) {
                lost.push(script.id);
            }
        }
        for id in lost {
            let message = "it is too far behind to ever catch up".to_owned();
            self.break_off(id, Problem { message, ..Problem::default() });
        }
    }

    /// Tells every script what is new, and lets go of those that have heard everything.
    pub fn pump(self) {
        let inner = self.inner();
        if inner.live.borrow().is_empty() {
            return;
        }
        let mut done = Vec::new();
        let store = self.host().store();
        for script in inner.live.borrow_mut().iter_mut() {
            let store = store.borrow();
            let Some(run) = script.run.and_then(|run| store.run(run)) else { continue };
            script.tell(run);
            self.status(&script.name).maybe_update(|status| script.show(status, run.batches(), false));
            if script.has_ended && script.feed.is_done(run.batches()) {
                done.push(script.id);
            }
        }
        for id in done {
            self.let_go(id);
        }
        if self.is_beginning() {
            self.settle();
        }
    }

    /// Removes a live script that has nothing left to do.
    fn let_go(self, id: u32) {
        let script = self.take(id);
        if let Some(mut script) = script {
            let batches = self.batches_of(script.run);
            self.status(&script.name).update(|status| {
                script.show(status, batches, true);
                status.state = if status.approved.is_some() { State::On } else { State::Off };
            });
            self.host().recorded();
        }
        self.settle();
    }

    fn take(self, id: u32) -> Option<LiveScript> {
        let inner = self.inner();
        let mut live = inner.live.borrow_mut();
        let index = live.iter().position(|script| script.id == id)?;
        Some(live.swap_remove(index))
    }

    /// Ends the live scripts of a run that is no more; `None`: of any run.
    pub fn end_run(self, run: Option<RunId>, why: &str) {
        let inner = self.inner();
        let gone: Vec<LiveScript> =
            inner.live.borrow_mut().extract_if(.., |script| script.run.is_some() && (run.is_none() || script.run == run)).collect();
        for script in gone {
            self.status(&script.name).update(|status| {
                status.state = if status.approved.is_some() { State::On } else { State::Off };
                status.console.add(LineAuthor::Page, why.to_owned());
            });
        }
        inner.pending_start.borrow_mut().take_if(|pending_start| run.is_none_or(|run| pending_start.run == run));
        self.settle();
    }

    /// Whether the run has said what it begins with, or is gone.
    fn has_begun(self, run: RunId) -> bool {
        self.host().store().borrow().run(run).is_none_or(|run| run.begin.is_some())
    }

    /// Says when a run need not be held for its scripts any more; wakes those who wait for runs that no live script belongs to any
    /// more; stops looking when there is nothing to look at.
    fn settle(self) {
        let inner = self.inner();
        let can_begin = |pending_start: &mut PendingStart| {
            let live = inner.live.borrow();
            let mut own = live.iter().filter(|script| script.run == Some(pending_start.run)).peekable();
            pending_start.waited > BEGIN_LOOKS
                || own.peek().is_none()
                || self.has_begun(pending_start.run) && own.all(|script| script.feed.is_ready() && script.feed.is_done(0))
        };
        let ready = inner.pending_start.borrow_mut().take_if(can_begin);
        if let Some(PendingStart { run, .. }) = ready {
            // Refused by nobody: a run that is gone needs no word.
            self.host().intend(Intent::ScriptsReady(run)).ok();
        }
        let live = inner.live.borrow();
        let (ready, waiting) = inner.waiters.take().into_iter().partition(|(run, _)| !live.iter().any(|script| script.run == Some(*run)));
        *inner.waiters.borrow_mut() = waiting;
        let ready: Vec<(RunId, oneshot::Sender<()>)> = ready;
        for (_, waiter) in ready {
            waiter.send(()).ok();
        }
        if live.is_empty()
            && let Some(interval) = inner.interval.borrow_mut().take()
        {
            interval.clear();
        }
    }

    /// Waits until the scripts of `run` have heard everything.
    pub async fn drained(self, run: RunId) {
        let receiver = {
            let inner = self.inner();
            if !inner.live.borrow().iter().any(|script| script.run == Some(run)) {
                return;
            }
            let (sender, receiver) = oneshot::channel();
            inner.waiters.borrow_mut().push((run, sender));
            receiver
        };
        receiver.await.ok();
    }

    /// A script has failed: it is switched off, the visitor told, and the training goes on.
    fn break_off(self, id: u32, problem: Problem) {
        let Some(mut script) = self.take(id) else { return };
        let problem = script.place(problem);
        self.status(&script.name).update(|status| {
            status.approved = None;
            status.state = State::Broken(problem.clone());
        });
        match script.check.take() {
            Some(check) => drop(check.send(Err(problem))),
            None => self.host().notify(script_error(&script.name, &problem)),
        }
        drop(script);
        self.settle();
    }

    /// A look at all scripts: is one silent for too long, is a run's end too long ago?
    fn look(self) {
        if let Some(pending_start) = self.inner().pending_start.borrow_mut().as_mut() {
            pending_start.waited += u32::from(self.has_begun(pending_start.run));
        }
        let mut ends = Vec::new();
        for script in self.inner().live.borrow_mut().iter_mut() {
            if let Some(problem) = script.look() {
                ends.push((script.id, problem));
            }
        }
        for (id, end) in ends {
            match end {
                live::End::Silent(problem) => self.break_off(id, problem),
                live::End::Late => {
                    let name = self.inner().live.borrow().iter().find(|script| script.id == id).map(|script| script.name.clone());
                    if let Some(name) = name {
                        self.status(&name).update(|status| {
                            let words = format!("the run has ended; {} batches were not told within {} s", status.behind, live::LATE_S);
                            status.console.add(LineAuthor::Page, words);
                        });
                    }
                    self.let_go(id);
                }
            }
        }
        self.settle();
    }
}

fn script_error(name: &str, problem: &Problem) -> Error {
    let hint = "the callback is switched off; a run goes on without it. Mend it under Callbacks and switch it on again";
    Error::new(Code::Script, format!("callback {name:?}: {problem}"), hint)
}
