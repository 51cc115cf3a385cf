//! The end of a run: who waits for it, and what the page makes of it.

use super::{Page, Phase};
use crate::domain::run::event::TrainEnd;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::state::store::RunState;
use futures_channel::oneshot;
use leptos::prelude::*;

impl Page {
    /// Whether another run may begin.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when a run is going on.
    pub fn check_idle(&self) -> Result<()> {
        if self.phase.with_untracked(Phase::is_live) {
            return Err(Error::new(Code::InvalidState, "a run is going on", "stop it first"));
        }
        Ok(())
    }

    /// Tells the visitor what did not work.
    pub fn tell<T>(&self, result: Result<T>) {
        if let Err(error) = result {
            self.notify(error);
        }
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
            _ => {
                let (sender, receiver) = oneshot::channel();
                inner.waiters.borrow_mut().entry(run).or_default().push(sender);
                drop(inner);
                receiver.await.unwrap_or_else(|_| Err(Error::new(Code::InvalidState, "the page is going away", "")))
            }
        }
    }

    pub(super) fn end_run(&self, run: RunId, result: Result<TrainEnd>) {
        let inner = self.inner();
        if let Some(run) = inner.store.borrow_mut().run_mut(run) {
            run.state = match &result {
                Ok(end) => RunState::Finished(end.clone()),
                Err(error) => RunState::Failed(error.clone()),
            };
            run.settle();
        }
        self.phase.set(match &result {
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
}
