//! The weights of any run of the visit: in the worker that trains it, or kept by the page after its end.

use super::Boxed;
use crate::domain::run::checkpoint::{BEST, CheckpointCard, CheckpointId, LAST};
use crate::domain::run::device::WorkerKind;
use crate::error::{Code, Error, Result};
use crate::protocol::{GivenWeights, RunId};
use crate::ui::page::Page;
use crate::ui::session::launch::for_worker;
use crate::web::port::Bulk;

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
