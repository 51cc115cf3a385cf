//! What can be done with runs: show, rename, pin, overlay, delete, run again, put into the setup; several seeds in turn.

use crate::domain::run::config::RunConfig;
use crate::domain::run::list::{Spread, seeds, spread};
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::phase::Phase;
use crate::ui::state::queue::{Queue, SeedsEnd};
use crate::ui::state::store::{Group, GroupId, Store};
use crate::web::tasks::Yielder;
use leptos::prelude::*;

/// How many points of the median curves are made at a time: with 8 runs a millisecond or two.
const POINTS_A_SLICE: usize = 4096;

/// The spread of one value of a group's finished runs, and how many of these have no such number.
pub fn spread_of(store: &Store, group: &Group, value: impl Fn(&crate::ui::state::store::Run) -> Option<f32>) -> (Option<Spread>, usize) {
    let done = store.done_of(group);
    let found = spread(done.iter().filter_map(|run| value(run)).map(f64::from));
    let without = done.len() - found.map_or(0, |spread| spread.count);
    (found, without)
}

impl Page {
    /// Changes the store, and tells everybody.
    fn change_runs<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        let result = change(&mut self.inner().store.borrow_mut());
        self.runs.changed();
        self.touch();
        result
    }

    /// Shows the run `id` on the charts. What goes on is not touched.
    pub fn show_run(&self, id: RunId) {
        self.change_runs(|store| store.show(id));
    }

    /// Calls the run `id` by this name, or by one like it if another has it; returns the name.
    ///
    /// # Errors
    /// As [`Store::rename`].
    pub fn rename_run(&self, id: RunId, name: &str) -> Result<String> {
        self.change_runs(|store| store.rename(id, name))
    }

    /// Draws the curves of the run or group `id` beside those of the shown run, or no longer.
    ///
    /// # Errors
    /// As [`Store::set_overlaid`].
    pub fn overlay_run(&self, id: RunId, on: bool) -> Result<()> {
        self.change_runs(|store| store.set_overlaid(id, on))
    }

    /// Keeps the run `id` on top of the table, and compares the others with it; or no longer.
    ///
    /// # Errors
    /// As [`Store::set_pinned`].
    pub fn pin_run(&self, id: RunId, on: bool) -> Result<()> {
        self.change_runs(|store| store.set_pinned(id, on))
    }

    /// Forgets the run `id`.
    ///
    /// # Errors
    /// As [`Store::delete`].
    pub fn delete_run(&self, id: RunId) -> Result<()> {
        let result = self.change_runs(|store| store.delete(id));
        if result.is_ok() {
            self.inner().kept_weights.forget(id);
        }
        lean::spawn(self.tend_medians());
        result
    }

    /// The configuration of the run `id`.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run.
    pub fn config_of_run(&self, id: RunId) -> Result<RunConfig> {
        let inner = self.inner();
        let store = inner.store.borrow();
        store.known(id).map(|run| run.config.clone())
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
            self.change_runs(|store| store.cancel_group(queue.group));
        }
    }

    /// Trains `config` with `count` seeds, from its own on, one after the other; comes back when the last has ended.
    ///
    /// # Errors
    /// When the seeds or the configuration are wrong, another run is going on, or a run fails; what was trained by then
    /// stays in the list.
    pub async fn run_seeds(self, config: RunConfig, count: u32) -> Result<SeedsEnd> {
        let seeds = seeds(config.seed, count)?;
        if self.runs.queue.with_untracked(Option::is_some) || self.phase.with_untracked(Phase::is_live) {
            return Err(Error::new(Code::InvalidState, "a run is going on", "stop it first, or wait for its end"));
        }
        let group = self.change_runs(|store| store.begin_group(seeds.clone()));
        let first = config.seed;
        self.runs.queue.set(Some(Queue { group, at: 1, of: seeds.len(), seed: first, cancelled: false }));
        let result = self.train_in_turn(group, config, &seeds).await;
        if result.is_err() || self.runs.queue.with_untracked(|queue| queue.as_ref().is_some_and(|queue| queue.cancelled)) {
            self.change_runs(|store| store.cancel_group(group));
        }
        self.runs.queue.set(None);
        self.runs.changed();
        result?;
        let inner = self.inner();
        let store = inner.store.borrow();
        let (runs, finished) = store.group(group).map(|group| (group.runs.clone(), store.done_of(group).len())).unwrap_or_default();
        Ok(SeedsEnd { group, runs, finished, asked: seeds.len() })
    }

    async fn train_in_turn(self, group: GroupId, config: RunConfig, seeds: &[u32]) -> Result<()> {
        for (index, &seed) in seeds.iter().enumerate() {
            if self.runs.queue.with_untracked(|queue| queue.as_ref().is_none_or(|queue| queue.cancelled)) {
                break;
            }
            self.runs.queue.update(|queue| {
                if let Some(queue) = queue {
                    (queue.at, queue.seed) = (index + 1, seed);
                }
            });
            let run = self.start(RunConfig { seed, ..config.clone() }, false).await?;
            self.change_runs(|store| store.join_group(group, run));
            let ended = self.finished(run).await;
            self.tend_medians().await;
            // A reset is the visitor's own doing, and needs no second message.
            let was_cut = self.inner().store.borrow().run(run).is_none_or(|run| run.tag.cut_short);
            if !was_cut {
                ended?;
            }
        }
        Ok(())
    }

    /// Brings the median curves of all groups up to date, slice by slice.
    async fn tend_medians(self) {
        let yielder = Yielder::new();
        while self.inner().store.borrow_mut().advance_medians(POINTS_A_SLICE) {
            if let Some(yielder) = &yielder {
                yielder.give_way().await;
            }
        }
        self.runs.changed();
        self.touch();
    }
}
