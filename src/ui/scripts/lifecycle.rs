//! The life of a live script: begun with a run, told what is new, let go when it has heard everything, broken off when it fails.
//!
//! Nothing of the training waits for it once the run has begun. Never here: which scripts are on, and what is done about
//! their reports.

use super::live::{self, LiveScript};
use super::status::{State, Status, notes, script_error};
use super::tables;
use super::{PendingStart, Scripts};
use crate::domain::run::config::RunConfig;
use crate::domain::run::script::ScriptSpec;
use crate::protocol::{Event, RunId};
use crate::script::console::LineAuthor;
use crate::script::feed::LOOK_MS;
use crate::script::words::Problem;
use futures_channel::oneshot;
use leptos::prelude::*;
use std::time::Duration;

impl Scripts {
    /// A run is about to begin: a live script for each script that is on. The host is told when they have heard of its begin, so
    /// that what they ask for then holds from the first batch, or when that takes too long (see [`waiters`](super::waiters)).
    /// Nothing of the training waits for them later.
    pub fn begin(self, run: RunId, config: &RunConfig) {
        for spec in config.scripts.iter().filter(|spec| self.is_on(spec)) {
            self.start_live(spec, Some(run), None);
        }
        *self.inner().pending_start.borrow_mut() = Some(PendingStart { run, waited: 0 });
        self.settle();
    }

    /// Starts a live script of `run`, or one that is only read for `check`.
    pub(super) fn start_live(self, spec: &ScriptSpec, run: Option<RunId>, check: Option<oneshot::Sender<live::Checked>>) {
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

    /// Takes a live script out of the list.
    pub(super) fn take(self, id: u32) -> Option<LiveScript> {
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

    /// A script has failed: it is switched off, the visitor told, and the training goes on.
    pub(super) fn break_off(self, id: u32, problem: Problem) {
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
