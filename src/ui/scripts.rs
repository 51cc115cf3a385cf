//! Scripts: callbacks written in the page, as the page runs them: which are switched on, one live script for each while a run goes
//! on, and what is done about what they say. Their text is in the configuration; whether one is on never is.
//!
//! Here are the state that all of this shares and the [`Host`] that they run for; what is done with it is in [`switches`],
//! [`lifecycle`], [`report`] and [`waiters`]. Never here: the page, which is known as a [`Host`] only, and the panel in which
//! scripts are written.

mod lifecycle;
mod live;
mod report;
mod status;
mod switches;
mod tables;
mod waiters;

use crate::error::{Error, Result};
use crate::protocol::RunId;
use crate::ui::session::Intent;
use crate::ui::state::store::{Run, Store};
use futures_channel::oneshot;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use live::LiveScript;
pub use status::{State, Status};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

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
}
