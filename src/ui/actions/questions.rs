//! Questions about a model for the worker that has it, and the answers in the page's own terms.
//!
//! Asked while a run goes on, while it is held, and after its end; the worker finds the moment.

use crate::domain::data::batch_view::{BatchView, SampleOrder};
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::device::WorkerKind;
use crate::domain::run::event::{Evaluation, SampleOutcome, Step, series};
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, RequestId, RunId, floats, outcomes};
use crate::ui::page::Page;
use crate::ui::state::store::Run;
use crate::ui::supervisor::Answer;
use crate::web::port::Bulk;
use leptos::prelude::*;

/// A batch with what was said of its samples.
pub struct ShownBatch {
    /// The batch, and the weights that its predictions are of.
    pub view: BatchView,
    /// All of its samples, in their order in the batch.
    pub outcomes: Vec<SampleOutcome>,
    /// The numbers of those that were asked for, one after the other.
    pub numbers: Vec<f32>,
}

impl ShownBatch {
    /// The mean of the samples' losses.
    pub fn loss(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.loss).sum::<f64>() / self.outcomes.len() as f64
    }

    /// The share of samples that were predicted right.
    pub fn accuracy(&self) -> f64 {
        let right = self.outcomes.iter().filter(|outcome| outcome.predicted == Some(outcome.label)).count();
        right as f64 / self.outcomes.len() as f64
    }
}

/// The samples whose numbers are wanted with a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// The order of the samples …
    pub order: SampleOrder,
    /// … from this one on …
    pub first: u32,
    /// … so many.
    pub most: u32,
}

fn other() -> Error {
    Error::new(Code::Protocol, "the worker answered another question", "reload the page")
}

fn numbers_of(bulk: &Bulk, index: usize) -> Vec<f32> {
    bulk.get(index).map_or_else(Vec::new, |bytes| floats::from_bytes(bytes))
}

/// The last batch of `run` so far.
pub fn last_batch(run: &Run) -> Step {
    run.series.get(series::BATCH_LOSS).and_then(Series::last).map_or(1, |(step, _)| step)
}

/// Shows the batch of update `step` of the shown run.
pub fn look_at_batch(page: Page, step: Step) {
    let inner = page.inner();
    let target = inner.store.borrow().shown().filter(|run| run.batches() > 0).map(|run| (run.id, step.clamp(1, last_batch(run))));
    if target.is_some() {
        page.batch.set(target);
    }
}

/// The worker that has the model of the present or the last run.
///
/// # Errors
/// [`Code::InvalidState`] when there is none.
fn model_worker(page: Page) -> Result<WorkerKind> {
    page.trained_on().ok_or_else(|| Error::new(Code::InvalidState, "there is no trained model yet", "train one first"))
}

async fn ask_model(page: Page, command: impl FnOnce(RequestId) -> Command, bulk: Bulk) -> Answer {
    let worker = model_worker(page)?;
    let supervisor = page.inner().supervisor.clone();
    supervisor.ask(worker, command, bulk).await
}

/// The batch of update `step` of `run`, with the numbers of `slice`.
///
/// # Errors
/// When there is no such run or batch, or the worker fails.
pub async fn show_batch(page: Page, run: RunId, step: Step, slice: Slice) -> Result<ShownBatch> {
    let inner = page.inner();
    let (config, hash) = {
        let store = inner.store.borrow();
        let run = store.known(run)?;
        (run.config.clone(), run.data_hash.clone())
    };
    // Data of the same name need not be those of a run out of a file.
    if let (Some(of_run), Some(at_hand)) = (hash, page.data_hash(&config))
        && of_run != at_hand
    {
        let message =
            format!("{} is not what that run was trained on: its data have the hash {of_run}, these {at_hand}", config.data.title());
        return Err(Error::new(Code::UnknownData, message, "load the data of the run under that name"));
    }
    // Samples and labels of an earlier run follow from its configuration, and any worker can make them.
    let worker = page.has_model(run).unwrap_or(WorkerKind::Cpu);
    let supervisor = inner.supervisor.clone();
    drop(inner);
    supervisor.give_data(worker, &config.data);
    let Slice { order, first, most } = slice;
    let config = Box::new(config);
    let command = |request| Command::ShowBatch { request, run, config, step, order, first, most };
    match supervisor.ask(worker, command, Bulk::new()).await? {
        (Event::BatchShown { batch, .. }, bulk) => {
            let outcomes = outcomes::from_bytes(bulk.first().map_or(&[], Vec::as_slice));
            Ok(ShownBatch { view: batch, outcomes, numbers: numbers_of(&bulk, 1) })
        }
        _ => Err(other()),
    }
}

/// Class probabilities for `inputs`, samples as `f32` bytes, a row a sample, by the present weights or by those of `checkpoint`.
///
/// # Errors
/// When there is no model, or `inputs` are not whole samples.
pub async fn predict(page: Page, inputs: Vec<u8>, checkpoint: Option<CheckpointId>) -> Result<Vec<f32>> {
    match ask_model(page, |request| Command::Predict { request, checkpoint }, vec![inputs]).await? {
        (Event::Predicted { .. }, bulk) => Ok(numbers_of(&bulk, 0)),
        _ => Err(other()),
    }
}

/// All metrics over the held-out samples, now; also recorded with the run, as what was asked for last.
///
/// # Errors
/// When there is no model, or no such checkpoint.
pub async fn evaluate(page: Page, checkpoint: Option<CheckpointId>) -> Result<(RunId, Option<CheckpointCard>, Evaluation)> {
    match ask_model(page, |request| Command::Evaluate { request, checkpoint }, Bulk::new()).await? {
        (Event::EvaluatedNow { run, checkpoint, evaluation, .. }, bulk) => {
            let numbers = numbers_of(&bulk, 0);
            if let Some(run) = page.inner().store.borrow_mut().run_mut(run) {
                run.evaluations.set_asked((*evaluation).clone(), checkpoint.clone(), numbers);
            }
            page.touch();
            Ok((run, checkpoint, *evaluation))
        }
        _ => Err(other()),
    }
}

async fn about_checkpoint(page: Page, command: impl FnOnce(RequestId) -> Command) -> Result<CheckpointCard> {
    match ask_model(page, command, Bulk::new()).await? {
        (Event::CheckpointDone { card, .. }, _) => Ok(card),
        _ => Err(other()),
    }
}

/// Keeps the present weights under `name`, or under one that says their step.
///
/// # Errors
/// When there is no model, or as many are kept by hand as may be.
pub async fn keep_checkpoint(page: Page, name: String) -> Result<CheckpointCard> {
    about_checkpoint(page, |request| Command::KeepCheckpoint { request, name }).await
}

/// Puts the weights of the checkpoint back into the model.
///
/// # Errors
/// When there is none.
pub async fn put_back(page: Page, checkpoint: CheckpointId) -> Result<CheckpointCard> {
    about_checkpoint(page, |request| Command::PutBack { request, checkpoint }).await
}

/// Lets the checkpoint go.
///
/// # Errors
/// When there is none.
pub async fn forget_checkpoint(page: Page, checkpoint: CheckpointId) -> Result<CheckpointCard> {
    let card = about_checkpoint(page, |request| Command::ForgetCheckpoint { request, checkpoint }).await?;
    if page.judge.with_untracked(|judge| judge.as_ref().is_some_and(|judge| judge.id == checkpoint)) {
        page.judge.set(None);
    }
    Ok(card)
}
