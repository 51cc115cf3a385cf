//! Actions on runs: show, rename, pin, overlay, delete, run again, put into the setup; several seeds in turn.

use crate::domain::run::config::RunConfig;
use crate::domain::run::list::seeds::seeds;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::phase::Phase;
use crate::ui::state::queue::{Queue, SeedsEnd};
use crate::ui::state::store::{GroupId, Store};
use crate::web::tasks::Yielder;
use leptos::prelude::*;

/// The number of points of the median curves that are made at a time: with 8 runs a millisecond or two.
const POINTS_A_SLICE: usize = 4096;

/// Changes the store, and tells everybody.
fn change<T>(page: Page, how: impl FnOnce(&mut Store) -> T) -> T {
    let result = how(&mut page.inner().store.borrow_mut());
    page.runs.changed();
    page.touch();
    result
}

/// Shows the run `id` on the charts. What goes on is not touched.
pub fn show(page: Page, id: RunId) {
    change(page, |store| store.show(id));
}

/// Calls the run `id` by this name, or by one like it if another has it; returns the name.
///
/// # Errors
/// As [`Store::rename`].
pub fn rename(page: Page, id: RunId, name: &str) -> Result<String> {
    let renamed = change(page, |store| store.rename(id, name));
    keep_mark(page, id);
    renamed
}

/// Keeps name and marks of the run `id` on the device.
fn keep_mark(page: Page, id: RunId) {
    let inner = page.inner();
    inner.shelf.note_mark(&inner.store.borrow(), id);
}

/// Calls the group of seeds `id` by this name.
pub fn name_group(page: Page, id: GroupId, name: &str) {
    change(page, |store| {
        if let Some(group) = store.group_mut(id) {
            name.clone_into(&mut group.name);
        }
    });
}

/// Draws the curves of the run or group `id` beside those of the shown run, or no longer.
///
/// # Errors
/// As [`Store::set_overlaid`].
pub fn overlay(page: Page, id: RunId, on: bool) -> Result<()> {
    change(page, |store| store.set_overlaid(id, on))
}

/// Keeps the run `id` on top of the table, and compares the others with it; or no longer.
///
/// # Errors
/// As [`Store::set_pinned`].
pub fn pin(page: Page, id: RunId, on: bool) -> Result<()> {
    let pinned = change(page, |store| store.set_pinned(id, on));
    keep_mark(page, id);
    pinned
}

/// Forgets the run `id` in this tab; what is kept of it on the device stays.
///
/// # Errors
/// As [`Store::delete`].
pub fn forget(page: Page, id: RunId) -> Result<()> {
    let result = change(page, |store| store.delete(id));
    if result.is_ok() {
        page.inner().kept_weights.forget(id);
    }
    result
}

/// Forgets the run `id`, on the device too.
///
/// # Errors
/// As [`Store::delete`].
pub fn delete(page: Page, id: RunId) -> Result<()> {
    let result = forget(page, id);
    if result.is_ok() {
        page.inner().shelf.delete(id);
    }
    lean::spawn(tend_medians(page));
    result
}

/// The configuration of the run `id`.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such run.
pub fn config_of(page: Page, id: RunId) -> Result<RunConfig> {
    let inner = page.inner();
    let store = inner.store.borrow();
    store.known(id).map(|run| run.config.clone())
}

/// Trains `config` with `count` seeds, from its own on, one after the other; comes back when the last has ended.
///
/// # Errors
/// When the seeds or the configuration are wrong, another run is going on, or a run fails; what was trained by then
/// stays in the list.
pub async fn run_seeds(page: Page, config: RunConfig, count: u32) -> Result<SeedsEnd> {
    let seeds = seeds(config.seed, count)?;
    if page.runs.queue.with_untracked(Option::is_some) || page.phase.with_untracked(Phase::is_live) {
        return Err(Error::new(Code::InvalidState, "a run is going on", "stop it first, or wait for its end"));
    }
    let group = change(page, |store| store.begin_group(seeds.clone()));
    let first = config.seed;
    page.runs.queue.set(Some(Queue { group, at: 1, of: seeds.len(), seed: first, cancelled: false }));
    let result = train_in_turn(page, group, config, &seeds).await;
    if result.is_err() || page.runs.queue.with_untracked(|queue| queue.as_ref().is_some_and(|queue| queue.cancelled)) {
        change(page, |store| store.cancel_group(group));
    }
    page.runs.queue.set(None);
    page.runs.changed();
    result?;
    let inner = page.inner();
    let store = inner.store.borrow();
    let (runs, finished) = store.group(group).map(|group| (group.runs.clone(), store.done_of(group).len())).unwrap_or_default();
    Ok(SeedsEnd { group, runs, finished, asked: seeds.len() })
}

async fn train_in_turn(page: Page, group: GroupId, config: RunConfig, seeds: &[u32]) -> Result<()> {
    for (index, &seed) in seeds.iter().enumerate() {
        if page.runs.queue.with_untracked(|queue| queue.as_ref().is_none_or(|queue| queue.cancelled)) {
            break;
        }
        page.runs.queue.update(|queue| {
            if let Some(queue) = queue {
                (queue.at, queue.seed) = (index + 1, seed);
            }
        });
        let run = page.start(RunConfig { seed, ..config.clone() }, false).await?;
        change(page, |store| store.join_group(group, run));
        let ended = page.finished(run).await;
        tend_medians(page).await;
        // A reset is the visitor's own doing, and needs no second message.
        let was_cut = page.inner().store.borrow().run(run).is_none_or(|run| run.tag.cut_short);
        if !was_cut {
            ended?;
        }
    }
    Ok(())
}

/// Brings the median curves of all groups up to date, slice by slice.
async fn tend_medians(page: Page) {
    let yielder = Yielder::new();
    while page.inner().store.borrow_mut().advance_medians(POINTS_A_SLICE) {
        if let Some(yielder) = &yielder {
            yielder.give_way().await;
        }
    }
    page.runs.changed();
    page.touch();
}
