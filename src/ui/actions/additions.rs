//! Samples of the visitor's own, added to the setup's data: drawn, clicked, typed. The next run trains on them.
//!
//! Each change makes another set in the worker, and the setup names that one; a set that no run was trained on is forgotten when
//! the next one takes its place. Never here: how a sample was made.

use super::data::view_of;
use crate::domain::data::source::DataSpec;
use crate::domain::run::device::WorkerKind;
use crate::error::Result;
use crate::protocol::{AddedSet, RequestId, floats};
use crate::ui::page::Page;
use crate::ui::state::additions::{Additions, OwnSample};
use crate::ui::state::arrivals::check_kept;
use crate::ui::state::files::Files;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

/// The samples that are added to the setup's data.
pub fn present(page: Page) -> Additions {
    let (spec, seed) = page.config.with(|config| (config.data.clone(), config.seed));
    page.loaded.with(|loaded| loaded.additions_of(&spec, seed))
}

/// Adds the sample that was given to the network to the setup's data, as one of class `label`.
///
/// # Errors
/// When it is no sample of that data, or as many are added as may be.
pub async fn add(page: Page, label: u32) -> Result<()> {
    let sample = OwnSample { numbers: page.eye.given.get_value(), label };
    take(page, untrack(move || present(page)).with(sample)?).await
}

/// Removes the sample at `place` from the setup's data again; without a place all of them.
///
/// # Errors
/// When the set cannot be made without it.
pub async fn remove(page: Page, place: Option<usize>) -> Result<()> {
    take(page, untrack(move || present(page)).without(place)).await
}

/// Makes the set of `additions` the setup's data.
async fn take(page: Page, additions: Additions) -> Result<()> {
    let before = page.config.with_untracked(|config| config.data.clone());
    let data = if additions.samples.is_empty() { additions.base } else { make(page, additions).await? };
    page.config.update(|config| {
        // The visitor may have gone on to other data in the meantime.
        if config.data == before {
            config.data = data;
        }
    });
    forget(page, &before);
    Ok(())
}

async fn make(page: Page, additions: Additions) -> Result<DataSpec> {
    let supervisor = page.inner().supervisor.clone();
    let (numbers, labels) = (floats::to_bytes(&additions.numbers()), additions.labels());
    check_kept(supervisor.kept_bytes(), numbers.len())?;
    let name = additions.name();
    // Not yet a set: nobody need be told of the id.
    let id = page.loaded.try_update_untracked(|loaded| loaded.reserve(&name)).unwrap_or_default();
    let set = Box::new(AddedSet { name: id.clone(), base: additions.base.clone(), seed: additions.seed, labels });
    let files = Rc::new(Files::Added { set, numbers });
    supervisor.give_data(WorkerKind::Cpu, &additions.base);
    let command = |request: RequestId| files.command(request, id.clone());
    let view = view_of(supervisor.ask(WorkerKind::Cpu, command, files.bulk()).await);
    match view {
        Ok(view) => {
            supervisor.keep_files(&id, files, WorkerKind::Cpu);
            page.loaded.update(|loaded| loaded.arrive_added(&id, view, additions));
            Ok(DataSpec::Loaded { id })
        }
        Err(error) => {
            page.loaded.update(|loaded| loaded.arrive(&id, None));
            Err(error)
        }
    }
}

/// Forgets the set `before`, if it was made of added samples, and neither the setup nor any run has it.
fn forget(page: Page, before: &DataSpec) {
    let DataSpec::Loaded { id } = before else { return };
    let is_made = page.loaded.with_untracked(|loaded| loaded.additions(before).is_some());
    let inner = page.inner();
    let is_used = page.config.with_untracked(|config| config.data == *before)
        || inner.store.borrow().runs().iter().any(|run| run.config.data == *before);
    if is_made && !is_used {
        page.loaded.update(|loaded| loaded.forget(id));
        inner.supervisor.forget_files(id);
    }
}

/// Whether the sample that was given fits the setup's data, and the names of the classes of these.
pub fn classes(page: Page) -> Option<Arc<Vec<String>>> {
    let data = page.config.with(|config| config.data.clone());
    page.eye.subject.track();
    let given = page.eye.given.with_value(|given| given.len());
    page.preview.with(|preview| {
        let summary = &preview.view_of(&data)?.summary;
        (summary.shape.len() == given).then(|| Arc::new(summary.classes.clone()))
    })
}
