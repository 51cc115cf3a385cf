//! Questions about a model for the worker that has it, and the answers in the page's own terms.
//!
//! Asked while a run goes on, while it is held, and after its end; the worker finds the moment.

use super::Boxed;
use super::weights::{Place, find, to_give};
use crate::domain::bounded::check_length;
use crate::domain::data::batch_view::{BatchView, SampleOrder};
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId, LAST};
use crate::domain::run::device::WorkerKind;
use crate::domain::run::event::{Evaluation, SampleOutcome, Step, series};
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, GivenWeights, RequestId, RunId, floats, outcomes};
use crate::ui::page::Page;
use crate::ui::state::store::Run;
use crate::web::port::Bulk;
use leptos::prelude::*;

/// The longest name of a checkpoint, in bytes.
const MOST_NAME: usize = 200;

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

/// The model that is asked.
pub enum Model {
    /// The model of the present or the last run, or one made of a file's weights; with the weights of a checkpoint, if one is
    /// named.
    Last(Option<CheckpointId>),
    /// The weights of this name that a run has, whichever: `last`, `best`, or a checkpoint's name.
    Of(RunId, String),
}

impl Model {
    /// The model of the present or the last run with the weights that the page uses: those of a checkpoint or a moment, if the
    /// visitor chose one.
    pub fn in_use(page: Page) -> Self {
        Self::Last(page.judge.with_untracked(|judge| judge.as_ref().map(|card| card.id)))
    }
}

/// The worker that has the model of the present or the last run.
///
/// # Errors
/// [`Code::InvalidState`] when there is none.
fn model_worker(page: Page) -> Result<WorkerKind> {
    page.trained_on().ok_or_else(|| Error::new(Code::InvalidState, "there is no trained model yet", "train one first"))
}

/// The addressee of a question about a model, and what goes with it.
pub(super) struct Judge {
    /// The worker.
    pub(super) worker: WorkerKind,
    /// The checkpoint or the moment whose weights are used there.
    pub(super) checkpoint: Option<CheckpointId>,
    /// The weights that are given along …
    pub(super) given: Option<Box<GivenWeights>>,
    /// … their card …
    pub(super) card: Option<CheckpointCard>,
    /// … and their arrays.
    pub(super) arrays: Bulk,
}

/// The judge for `model`. Weights that the page keeps go to the CPU's worker, whatever they were trained on: it is always
/// there, and disturbs no GPU.
pub(super) fn judge_of(page: Page, model: Model) -> Boxed<Result<Judge>> {
    Box::pin(async move {
        let of = |worker, checkpoint| Judge { worker, checkpoint, given: None, card: None, arrays: Bulk::new() };
        let (run, which) = match model {
            Model::Last(checkpoint) => return Ok(of(model_worker(page)?, checkpoint)),
            Model::Of(run, which) => (run, which),
        };
        let card = match find(page, run, &which)? {
            Place::Worker(worker, checkpoint) => return Ok(of(worker, checkpoint)),
            Place::Page(card) => card,
        };
        let (given, arrays) = to_give(page, run, card.clone()).await?;
        Ok(Judge { given: Some(given), card: Some(card), arrays, ..of(WorkerKind::Cpu, None) })
    })
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
    // Samples and labels of an earlier run follow from its configuration, and any worker can make them; the weights that it
    // has left judge them.
    let model = page.has_model(run);
    let worker = model.unwrap_or(WorkerKind::Cpu);
    let left = match find(page, run, LAST) {
        Ok(Place::Page(card)) if model.is_none() => to_give(page, run, card).await.ok(),
        _ => None,
    };
    let (given, arrays) = left.unzip();
    let supervisor = inner.supervisor.clone();
    drop(inner);
    supervisor.give_data(worker, &config.data);
    let Slice { order, first, most } = slice;
    let config = Box::new(config);
    let command = |request| Command::ShowBatch { request, run, config, given, step, order, first, most };
    match supervisor.ask(worker, command, arrays.unwrap_or_default()).await? {
        (Event::BatchShown { batch, .. }, bulk) => {
            let outcomes = outcomes::from_bytes(bulk.first().map_or(&[], Vec::as_slice));
            Ok(ShownBatch { view: batch, outcomes, numbers: numbers_of(&bulk, 1) })
        }
        _ => Err(other()),
    }
}

/// Class probabilities for `inputs`, samples as `f32` bytes, a row a sample, by `model`.
///
/// # Errors
/// When there is no such model, or `inputs` are not whole samples or too many.
pub async fn predict(page: Page, inputs: Vec<u8>, model: Model) -> Result<Vec<f32>> {
    let Judge { worker, checkpoint, given, arrays: mut bulk, .. } = judge_of(page, model).await?;
    let supervisor = page.inner().supervisor.clone();
    bulk.insert(0, inputs);
    match supervisor.ask(worker, |request| Command::Predict { request, checkpoint, given }, bulk).await? {
        (Event::Predicted { .. }, bulk) => Ok(numbers_of(&bulk, 0)),
        _ => Err(other()),
    }
}

/// All metrics of `model` over its held-out samples, now; also recorded with its run, as what was asked for last.
///
/// # Errors
/// When there is no such model, or nothing was held out.
pub async fn evaluate(page: Page, model: Model) -> Result<(RunId, Option<CheckpointCard>, Evaluation)> {
    let Judge { worker, checkpoint, given, card, arrays } = judge_of(page, model).await?;
    let supervisor = page.inner().supervisor.clone();
    match supervisor.ask(worker, |request| Command::Evaluate { request, checkpoint, given }, arrays).await? {
        (Event::EvaluatedNow { run, checkpoint, evaluation, .. }, bulk) => {
            let (numbers, checkpoint) = (numbers_of(&bulk, 0), card.or(checkpoint));
            if let Some(run) = page.inner().store.borrow_mut().run_mut(run) {
                run.evaluations.set_asked((*evaluation).clone(), checkpoint.clone(), numbers);
            }
            page.touch();
            Ok((run, checkpoint, *evaluation))
        }
        _ => Err(other()),
    }
}

/// Boxed: one program for all that is asked about checkpoints.
fn about_checkpoint(page: Page, command: Box<dyn FnOnce(RequestId) -> Command>) -> Boxed<Result<CheckpointCard>> {
    Box::pin(async move {
        let worker = model_worker(page)?;
        let asked = page.inner().supervisor.ask(worker, command, Bulk::new());
        match asked.await? {
            (Event::CheckpointDone { card, .. }, _) => Ok(card),
            _ => Err(other()),
        }
    })
}

/// Keeps the present weights under `name`, or under one that says their step.
///
/// # Errors
/// When there is no model, or as many are kept by hand as may be.
pub async fn keep_checkpoint(page: Page, name: String) -> Result<CheckpointCard> {
    check_length("the checkpoint's name", &name, MOST_NAME)?;
    about_checkpoint(page, Box::new(move |request| Command::KeepCheckpoint { request, name })).await
}

/// Puts the weights of the checkpoint back into the model.
///
/// # Errors
/// When there is none.
pub async fn put_back(page: Page, checkpoint: CheckpointId) -> Result<CheckpointCard> {
    about_checkpoint(page, Box::new(move |request| Command::PutBack { request, checkpoint })).await
}

/// Lets the checkpoint go.
///
/// # Errors
/// When there is none.
pub async fn forget_checkpoint(page: Page, checkpoint: CheckpointId) -> Result<CheckpointCard> {
    let card = about_checkpoint(page, Box::new(move |request| Command::ForgetCheckpoint { request, checkpoint })).await?;
    if page.judge.with_untracked(|judge| judge.as_ref().is_some_and(|judge| judge.id == checkpoint)) {
        page.judge.set(None);
    }
    Ok(card)
}
