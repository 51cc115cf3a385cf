//! The weights of any run that there is: in the worker that has its model, or kept by the page after its end, of earlier visits too.

use super::Boxed;
use crate::domain::run::checkpoint::{BEST, CheckpointCard, CheckpointId, LAST};
use crate::domain::run::device::WorkerKind;
use crate::domain::run::parent::Parent;
use crate::error::{Code, Error, Result};
use crate::export::weights::Weights;
use crate::protocol::{Command, Event, GivenWeights, RunId};
use crate::ui::page::Page;
use crate::ui::session::launch::for_worker;
use crate::ui::state::weights::NamedWeights;
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::sync::Arc;

/// The place of a run's weights.
pub enum Place {
    /// The worker that trains the run: its present weights, or a checkpoint.
    Worker(WorkerKind, Option<CheckpointId>),
    /// The page, which keeps what the run has left.
    Page(CheckpointCard),
}

fn missing(id: RunId, which: &str) -> Error {
    let message = match which {
        LAST => format!("run {id} has left no weights: it came from a file, was discarded, or its device or worker failed"),
        _ => format!("run {id} has no weights {which:?}"),
    };
    let hint = match which {
        LAST => "train it again with the same configuration",
        _ => "early stopping that restores the best weights and a checkpoint of the best keep them; runs() lists what each run has",
    };
    Error::new(Code::InvalidState, message, hint)
}

/// Finds weights of run `id`: `last`, `best`, or those of a checkpoint of this name.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such run, or it has no such weights.
pub fn find(page: Page, id: RunId, which: &str) -> Result<Place> {
    let inner = page.inner();
    let store = inner.store.borrow();
    let run = store.known(id)?;
    if run.is_live() {
        let is_meant = |card: &&CheckpointCard| if which == BEST { card.is_best() } else { card.name == which };
        let checkpoint = run.checkpoints.iter().rev().find(is_meant).map(|card| card.id).filter(|_| which != LAST);
        let worker = page.has_model(id).filter(|_| which == LAST || checkpoint.is_some());
        return worker.map(|worker| Place::Worker(worker, checkpoint)).ok_or_else(|| missing(id, which));
    }
    let left = if which == BEST { run.left(true) } else { run.weights.iter().find(|card| card.name == which) };
    left.cloned().map(Place::Page).ok_or_else(|| missing(id, which))
}

/// The weights of run `id` at `place`, with its configuration: from a worker at its next turn between two batches.
///
/// # Errors
/// [`Code::InvalidState`] when the run or the weights are gone.
pub fn take(page: Page, id: RunId, place: Place) -> Boxed<Result<Weights>> {
    Box::pin(async move {
        let inner = page.inner();
        let config = inner.store.borrow().known(id)?.config.clone();
        let (weights, step) = match place {
            Place::Worker(worker, checkpoint) => {
                let supervisor = inner.supervisor.clone();
                match supervisor.ask(worker, |request| Command::TakeWeights { request, checkpoint }, Bulk::new()).await? {
                    (Event::WeightsTaken { step, arrays, .. }, values) if arrays.len() == values.len() => {
                        (Weights { heads: arrays, values, step: None, config: None }, step)
                    }
                    _ => return Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page")),
                }
            }
            Place::Page(card) => {
                let gone = || Error::new(Code::InvalidState, format!("the weights of run {id} are gone"), "train it again");
                (inner.kept_weights.read(id, &card.name).await?.ok_or_else(gone)?, card.step)
            }
        };
        Ok(Weights { step: Some(step), config: Some(config), ..weights })
    })
}

/// Lets the next run begin with the weights of run `id` at `place`: the setup becomes that of the run, to be changed, and the run will name
/// it as its parent. Gives the words for that.
///
/// # Errors
/// As [`take`].
pub async fn branch(page: Page, id: RunId, place: Place) -> Result<String> {
    let weights = take(page, id, place).await?;
    let (step, config) = (weights.step.unwrap_or(0), weights.config.clone());
    let parent = {
        let inner = page.inner();
        let store = inner.store.borrow();
        Parent { run: Some(id), name: store.known(id)?.tag.name.clone(), step }
    };
    if let Some(config) = config {
        page.scripts.arrive(&config);
        page.config.set(config);
    }
    let name = format!("{} at step {step}", parent.name);
    let said = format!("The next run goes on from {name}, with its setup: change what you like, then press Start.");
    page.first_weights.set(Some(Arc::new(NamedWeights { name, weights, parent: Some(parent) })));
    Ok(said)
}

/// Lets the weights of `card` that run `id` has left go, on the device too.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such run.
pub fn forget(page: Page, id: RunId, card: &CheckpointCard) -> Result<()> {
    let inner = page.inner();
    let mut store = inner.store.borrow_mut();
    store.known(id)?;
    if let Some(run) = store.run_mut(id) {
        run.weights.retain(|known| known.name != card.name);
    }
    drop(store);
    inner.kept_weights.forget_one(id, &card.name);
    inner.shelf.forget_weights(id, card);
    page.runs.changed();
    page.touch();
    Ok(())
}

/// The weights of `card` that run `id` has left, for a question to a CPU worker: what they are, and the bytes of each array.
///
/// # Errors
/// [`Code::InvalidState`] when the run or the weights are gone.
pub fn to_give(page: Page, id: RunId, card: CheckpointCard) -> Boxed<Result<(Box<GivenWeights>, Bulk)>> {
    Box::pin(async move {
        let inner = page.inner();
        let config = Box::new(for_worker(&inner.store.borrow().known(id)?.config, WorkerKind::Cpu));
        let kept = inner.kept_weights.read(id, &card.name).await?.ok_or_else(|| missing(id, &card.name))?;
        inner.supervisor.give_data(WorkerKind::Cpu, &config.data);
        Ok((Box::new(GivenWeights { run: id, config, step: card.step, arrays: kept.heads }), kept.values))
    })
}
