//! Questions about the model, and weights that are kept and put back: answered between two batches while a run goes on,
//! at once when it has ended.
//!
//! A question never changes what is trained, but for [`Asked::PutBack`], which is asked for. Never here: when a question
//! has its turn; that is the run's mailbox, or the worker's between runs.

use super::outbox::Outbox;
use super::samples::sample_bytes;
use crate::domain::callback::Callback;
use crate::domain::data::Dataset;
use crate::domain::data::batch_view::{BatchView, Batches, SampleOrder, Source, outcomes};
use crate::domain::metrics::probabilities;
use crate::domain::record::batch_memory::{Extent, SharedBatchMemory};
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{SampleOutcome, Step};
use crate::error::{Code, Error, Result};
use crate::protocol::{self, Event, RequestId, RunId, floats};
use crate::train::assessment::{Assessment, PIECE};
use crate::train::clock::{Clock, WallClock};
use crate::train::device_logs::{read_all, resolve};
use crate::train::{Batch, Trainer};
use crate::web::port::Bulk;
use crate::web::tasks::Yielder;
use std::cell::RefCell;
use std::rc::Rc;

/// The series that says from which step on weights were put back, at the step where that was.
const PUT_BACK: &str = "checkpoint/put_back";

/// What can be asked.
pub enum Asked {
    /// See [`protocol::Command::ShowBatch`].
    Batch(BatchWish),
    /// See [`protocol::Command::Predict`].
    Predict {
        /// The kept weights to use.
        checkpoint: Option<CheckpointId>,
        /// Samples.
        inputs: Vec<f32>,
    },
    /// See [`protocol::Command::TakeWeights`].
    Weights,
    /// See [`protocol::Command::Evaluate`].
    Evaluate {
        /// The kept weights to use.
        checkpoint: Option<CheckpointId>,
    },
    /// See [`protocol::Command::KeepCheckpoint`].
    Keep {
        /// What it is called.
        name: String,
    },
    /// See [`protocol::Command::PutBack`].
    PutBack(CheckpointId),
    /// See [`protocol::Command::ForgetCheckpoint`].
    Forget(CheckpointId),
}

/// Which batch, and which of its samples' numbers.
pub struct BatchWish {
    /// Of the batch's update.
    pub step: Step,
    /// In which order …
    pub order: SampleOrder,
    /// … from which sample on …
    pub first: u32,
    /// … how many.
    pub most: u32,
}

/// A question on its way.
pub struct Question {
    /// Of the answer.
    pub request: RequestId,
    /// What is asked.
    pub asked: Asked,
}

/// What goes to the page in answer.
pub type Answer = Result<(Event, Bulk)>;

/// Everything besides the model that answers need, of one run.
pub struct Desk {
    run: RunId,
    data: Rc<Dataset>,
    outbox: Outbox,
    clock: WallClock,
    memory: SharedBatchMemory,
    batches: RefCell<Batches>,
}

impl Desk {
    /// The desk of a run that begins now, by `clock`.
    pub fn new(run: RunId, config: &RunConfig, data: &Rc<Dataset>, outbox: Outbox, clock: WallClock) -> Self {
        let batches = RefCell::new(Batches::new(config, data.len()));
        Self { run, data: data.clone(), outbox, clock, memory: SharedBatchMemory::default(), batches }
    }

    /// What remembers the last batches; a callback of the run.
    pub fn memory(&self) -> SharedBatchMemory {
        self.memory.clone()
    }

    /// Answers `question` by `trainer`, which is between two updates.
    pub async fn answer(&self, trainer: &mut Trainer, question: Question) -> Answer {
        let request = question.request;
        match question.asked {
            Asked::Batch(wish) => self.show(trainer, request, &wish).await,
            Asked::Predict { checkpoint, inputs } => {
                let (_, own) = wear(trainer, checkpoint)?;
                let answer = predict(trainer, request, inputs).await;
                take_off(trainer, own);
                answer
            }
            Asked::Weights => {
                let values = read_all(trainer.arrays()).await?;
                let bulk = values.iter().map(|values| floats::to_bytes(values)).collect();
                Ok((Event::WeightsTaken { request, step: trainer.step_count(), arrays: trainer.net().plan().arrays() }, bulk))
            }
            Asked::Evaluate { checkpoint } => {
                let (card, own) = wear(trainer, checkpoint)?;
                let answer = self.evaluate(trainer, request, card).await;
                take_off(trainer, own);
                answer
            }
            Asked::Keep { name } => {
                let name = if name.trim().is_empty() { format!("by hand, step {}", trainer.step_count()) } else { name };
                let card = trainer.keep(name, self.clock.now_ms())?;
                self.done(trainer, request, card)
            }
            Asked::Forget(id) => {
                let card = trainer.forget(id)?;
                self.done(trainer, request, card)
            }
            Asked::PutBack(id) => {
                let card = trainer.put_back(id)?;
                self.outbox.clone().on_log(trainer.step_count(), PUT_BACK, f64::from(card.step));
                self.done(trainer, request, card)
            }
        }
    }

    fn done(&self, trainer: &Trainer, request: RequestId, card: CheckpointCard) -> Answer {
        self.outbox.clone().on_checkpoints(&trainer.checkpoints());
        self.outbox.flush();
        self.outbox.send_checkpoints();
        Ok((Event::CheckpointDone { request, card }, Bulk::new()))
    }

    async fn show(&self, trainer: &Trainer, request: RequestId, wish: &BatchWish) -> Answer {
        let (epoch, batch, samples) = self.batches.borrow_mut().locate(wish.step)?;
        if wish.step > trainer.step_count() {
            let message = format!("batch {} has not been trained yet", wish.step);
            return Err(Error::new(Code::InvalidState, message, format!("the last one is {}", trainer.step_count())));
        }
        let labels = self.data.labels_of(&samples);
        let (source, outcomes) = match self.memory.get(wish.step) {
            Some(said) => (Source::AsTrained, outcomes(&samples, &labels, Some(&said))),
            None => {
                let mut assessment = Assessment::new(trainer.loss());
                for piece in samples.chunks(PIECE) {
                    assessment.take(trainer, &self.data, piece).await?;
                }
                (Source::PresentWeights { step: trainer.step_count() }, assessment.outcomes())
            }
        };
        let view = BatchView { step: wish.step, epoch, batch, size: samples.len() as u32, source, extent: self.memory.extent() };
        Ok(shown(request, view, &outcomes, &self.data, wish))
    }

    /// Updates in the whole run, if nothing stops it.
    pub fn total_steps(&self) -> u64 {
        self.batches.borrow().total()
    }

    async fn evaluate(&self, trainer: &Trainer, request: RequestId, checkpoint: Option<CheckpointCard>) -> Answer {
        let held_out = self.batches.borrow().held_out().to_vec();
        let yielder = Yielder::new();
        let mut assessment = Assessment::new(trainer.loss());
        for piece in held_out.chunks(PIECE) {
            assessment.take(trainer, &self.data, piece).await?;
            if let Some(yielder) = &yielder {
                yielder.give_way().await;
            }
        }
        let step = checkpoint.as_ref().map_or(trainer.step_count(), |card| card.step);
        let epoch = (step.saturating_sub(1)) / self.batches.borrow().per_epoch();
        let evaluation = assessment.evaluation(epoch, step, self.data.classes().len());
        let worst: Vec<u32> = evaluation.worst.iter().map(|outcome| outcome.index).collect();
        let bytes = sample_bytes(&self.data, &worst);
        Ok((Event::EvaluatedNow { request, run: self.run, checkpoint, evaluation: Box::new(evaluation) }, vec![bytes]))
    }
}

/// Has kept weights judge, if any were named.
fn wear(trainer: &mut Trainer, checkpoint: Option<CheckpointId>) -> Result<(Option<CheckpointCard>, Option<crate::train::model::Weights>)> {
    checkpoint.map(|id| trainer.borrow(id)).transpose().map(Option::unzip)
}

fn take_off(trainer: &mut Trainer, own: Option<crate::train::model::Weights>) {
    if let Some(own) = own {
        trainer.unborrow(own);
    }
}

async fn predict(trainer: &Trainer, request: RequestId, inputs: Vec<f32>) -> Answer {
    let width = trainer.net().plan().layers[0].input.len();
    if inputs.is_empty() || !inputs.len().is_multiple_of(width) {
        let message = format!("{} numbers are not whole samples of {width}", inputs.len());
        return Err(Error::new(Code::InvalidData, message, format!("give {width} numbers a sample")));
    }
    let samples = inputs.len() / width;
    let mut out = Vec::new();
    let mut classes = 0;
    for outputs in resolve(vec![trainer.evaluate(Batch { inputs, labels: vec![0; samples] })]).await? {
        for row in outputs.values.chunks_exact(outputs.values.len() / outputs.labels.len()) {
            let row = probabilities(row);
            classes = row.len() as u32;
            out.extend(floats::to_bytes(&row));
        }
    }
    Ok((Event::Predicted { request, classes }, vec![out]))
}

/// The batch of a run whose model is gone: its samples and labels follow from its configuration alone.
///
/// # Errors
/// [`Code::InvalidConfig`] when the run has no such batch.
pub fn without_model(request: RequestId, config: &RunConfig, data: &Dataset, wish: &BatchWish) -> Answer {
    let (epoch, batch, samples) = Batches::new(config, data.len()).locate(wish.step)?;
    let labels = data.labels_of(&samples);
    let outcomes = outcomes(&samples, &labels, None);
    let view = BatchView { step: wish.step, epoch, batch, size: samples.len() as u32, source: Source::None, extent: Extent::default() };
    Ok(shown(request, view, &outcomes, data, wish))
}

fn shown(request: RequestId, batch: BatchView, outcomes: &[SampleOutcome], data: &Dataset, wish: &BatchWish) -> (Event, Bulk) {
    let bytes = protocol::outcomes::to_bytes(outcomes);
    // Sorted as the page will sort them: by the losses that it gets, which are shorter.
    let outcomes = protocol::outcomes::from_bytes(&bytes);
    let positions = wish.order.of(&outcomes).into_iter().skip(wish.first as usize).take(wish.most as usize);
    let wanted: Vec<u32> = positions.map(|position| outcomes[position].index).collect();
    (Event::BatchShown { request, batch }, vec![bytes, sample_bytes(data, &wanted)])
}
