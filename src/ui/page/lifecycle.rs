//! The begin and the end of runs, as panels and the API ask for them: checked, passed on to the session, waited for. Never here: what the
//! session makes of it.

use super::Page;
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::choose;
use crate::domain::run::event::TrainEnd;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::session::{Intent, Request, launch};
use crate::ui::state::store::RunState;
use futures_channel::oneshot;
use leptos::prelude::*;
use std::rc::Rc;

impl Page {
    /// Starts a run of `config`, held before its first batch if `paused`.
    ///
    /// # Errors
    /// When the configuration is wrong, the model does not fit, another run is going on, or the device asked for is
    /// not there.
    pub async fn start(self, config: RunConfig, paused: bool) -> Result<RunId> {
        config.validate()?;
        self.check_idle()?;
        launch::check(&config, self.shape_of(&config.data), self.first_weights.get_untracked().as_deref())?;
        let choice = choose(config.device, &self.probed().await)?;
        let first_weights = self.first_weights.get_untracked();
        let has_scripts = self.scripts.has_any(&config);
        let run = self.inner().store.borrow().next_id();
        let request = Request { run, config, first_weights, paused, has_scripts, state: None };
        self.intend(Intent::Start(Rc::new(request), choice))?;
        Ok(run)
    }

    /// Lets the browser read the script called `name` in the setup, and switches it on; gives the hooks that it has.
    ///
    /// # Errors
    /// As [`Scripts::switch_on`](crate::ui::scripts::Scripts::switch_on).
    pub async fn switch_on(self, name: String) -> Result<Vec<String>> {
        let config = self.config.get_untracked();
        self.scripts.switch_on(name, &config).await
    }

    /// Whether another run may begin.
    ///
    /// # Errors
    /// As [`Session::check_idle`](crate::ui::session::Session::check_idle).
    pub fn check_idle(&self) -> Result<()> {
        self.inner().session.borrow().check_idle()
    }

    /// Waits for the end of `run`, and until the callbacks written in the page have heard of all of it.
    ///
    /// # Errors
    /// The failure that ended it, or [`Code::InvalidState`] when there is no such run.
    pub async fn finished(self, run: RunId) -> Result<TrainEnd> {
        let end = self.ended(run).await;
        self.scripts.drained(run).await;
        end
    }

    async fn ended(self, run: RunId) -> Result<TrainEnd> {
        let inner = self.inner();
        let state = inner.store.borrow().known(run)?.state.clone();
        match state {
            RunState::Finished(end) => Ok(end),
            RunState::Failed(error) => Err(error),
            RunState::Interrupted { .. } => {
                Err(Error::new(Code::InvalidState, "this run of an earlier visit has no end", "train it again with the same configuration"))
            }
            _ => {
                let (sender, receiver) = oneshot::channel();
                inner.waiters.borrow_mut().entry(run).or_default().push(sender);
                drop(inner);
                receiver.await.unwrap_or_else(|_| Err(Error::new(Code::InvalidState, "the page is going away", "")))
            }
        }
    }

    /// Notes that the visitor ends the run before its time, which also calls off the seeds after it.
    pub fn cut_short(&self, id: RunId) {
        if let Some(run) = self.inner().store.borrow_mut().run_mut(id) {
            run.tag.cut_short = true;
        }
        self.cancel_seeds();
    }

    /// Calls off the seeds that are still to come; the run that is going on goes on.
    pub fn cancel_seeds(&self) {
        if let Some(queue) = self.runs.queue.get_untracked() {
            self.runs.queue.update(|queue| {
                if let Some(queue) = queue {
                    queue.cancelled = true;
                }
            });
            self.inner().store.borrow_mut().cancel_group(queue.group);
            self.runs.changed();
            self.touch();
        }
    }
}
