//! Questions about the model, and checkpoints: answered between two batches while a run goes on, at once when it has
//! ended.
//!
//! A question never changes what is trained, except [`Asked::PutBack`], which is meant to. A long question is an
//! [`Inquiry`], worked on slice by slice. Never here: the turn of a question; that is the run's mailbox, or the
//! worker's between runs.

use super::answers::{Answer, BatchWish, shown};
use super::inquiry::{ArrayReading, Inquiry, Judging};
use super::outbox::Outbox;
use crate::domain::callback::Callback;
use crate::domain::data::Dataset;
use crate::domain::data::batch_view::{BatchView, Batches, Source, outcomes};
use crate::domain::record::batch_memory::SharedBatchMemory;
use crate::domain::run::check::no_validation;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::Step;
use crate::domain::view::ViewWish;
use crate::error::{Code, Error, Result};
use crate::protocol::{Event, RequestId, RunId, floats};
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::inference::Prediction;
use crate::train::model::Net;
use crate::train::view::{Source as ViewSource, Subjects, Viewing};
use crate::web::port::Bulk;
use std::cell::RefCell;
use std::rc::Rc;

/// The series of the step from which restored weights come, recorded at the step where they were restored.
const PUT_BACK: &str = "checkpoint/put_back";
/// The time for which questions are worked on, in milliseconds, before training has its turn.
const SLICE_MS: f64 = 40.0;

/// A request about the model.
pub enum Asked {
    /// A batch, see [`crate::protocol::Command::ShowBatch`].
    Batch(BatchWish),
    /// Predictions by the model, see [`crate::protocol::Command::Predict`].
    Predict {
        /// The checkpoint whose weights are used.
        checkpoint: Option<CheckpointId>,
        /// The inputs of the samples, as `f32` bytes.
        inputs: Vec<u8>,
    },
    /// A view of the network, see [`crate::protocol::Command::View`].
    View {
        /// The wish.
        wish: Box<ViewWish>,
        /// The checkpoint, or the moment, whose weights are used.
        checkpoint: Option<CheckpointId>,
        /// The numbers of a given sample, as `f32` bytes.
        given: Vec<u8>,
    },
    /// Work that needs no model but its own.
    Begun(Box<Inquiry>),
    /// The weights, see [`crate::protocol::Command::TakeWeights`].
    Weights {
        /// The checkpoint whose weights are sent.
        checkpoint: Option<CheckpointId>,
    },
    /// An evaluation of the model, see [`crate::protocol::Command::Evaluate`].
    Evaluate {
        /// The checkpoint whose weights are used.
        checkpoint: Option<CheckpointId>,
    },
    /// A new checkpoint, see [`crate::protocol::Command::KeepCheckpoint`].
    Keep {
        /// The checkpoint's name.
        name: String,
    },
    /// A checkpoint to restore, see [`crate::protocol::Command::PutBack`].
    PutBack(CheckpointId),
    /// A checkpoint to delete, see [`crate::protocol::Command::ForgetCheckpoint`].
    Forget(CheckpointId),
}

/// A question of the page.
pub struct Question {
    /// The id of the request.
    pub request: RequestId,
    /// The question itself; `None` once it is being worked on.
    asked: Option<Asked>,
    inquiry: Option<Inquiry>,
}

impl Question {
    /// A question with the id `request`.
    pub fn new(request: RequestId, asked: Asked) -> Self {
        Self { request, asked: Some(asked), inquiry: None }
    }

    /// Begins the question, if it needs no model but its own.
    pub fn begin_alone(&mut self) -> bool {
        match self.asked.take() {
            Some(Asked::Begun(inquiry)) => self.inquiry = Some(*inquiry),
            asked => self.asked = asked,
        }
        self.inquiry.is_some()
    }

    /// Works on the question, which has begun, until it is answered or `slice` is over; `None`: there is more to do.
    pub async fn work(&mut self, slice: &Slice) -> Option<Answer> {
        let mut inquiry = self.inquiry.take()?;
        loop {
            match inquiry.advance().await {
                Err(error) => return Some(Err(error)),
                Ok(false) => return Some(inquiry.answer(self.request)),
                Ok(true) if slice.is_over() => break,
                Ok(true) => {}
            }
        }
        self.inquiry = Some(inquiry);
        None
    }

    /// Whether a checkpoint is to be restored.
    pub fn is_put_back(&self) -> bool {
        matches!(self.asked, Some(Asked::PutBack(_)))
    }
}

/// A slice of work, which is over after [`SLICE_MS`].
pub struct Slice {
    clock: WallClock,
}

impl Slice {
    /// A slice that begins now.
    pub fn new() -> Self {
        Self { clock: WallClock::default() }
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        self.took_ms() >= SLICE_MS
    }

    /// Milliseconds that it has been worked for.
    pub fn took_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

/// The facts about one run, besides the model, that answers need.
pub struct RunContext {
    run: RunId,
    data: Rc<Dataset>,
    outbox: Outbox,
    clock: WallClock,
    memory: SharedBatchMemory,
    batches: RefCell<Batches>,
}

impl RunContext {
    /// The context of a run that begins now, by `clock`.
    pub fn new(run: RunId, config: &RunConfig, data: &Rc<Dataset>, outbox: Outbox, clock: WallClock) -> Self {
        let batches = RefCell::new(Batches::new(config, data));
        Self { run, data: data.clone(), outbox, clock, memory: SharedBatchMemory::default(), batches }
    }

    /// The memory of the last batches' predictions, a callback of the run.
    pub fn memory(&self) -> SharedBatchMemory {
        self.memory.clone()
    }

    /// Works on `question` with `trainer`, which is between two updates, until it is answered or `slice` is over;
    /// `None`: there is more to do.
    pub async fn answer(&self, trainer: &mut Trainer, question: &mut Question, slice: &Slice) -> Option<Answer> {
        if let Some(asked) = question.asked.take() {
            match self.begin(trainer, question.request, asked) {
                Ok(Begun::Answered(event, bulk)) => return Some(Ok((event, bulk))),
                Ok(Begun::Inquiry(inquiry)) => question.inquiry = Some(*inquiry),
                Err(error) => return Some(Err(error)),
            }
        }
        question.work(slice).await
    }

    fn begin(&self, trainer: &mut Trainer, request: RequestId, asked: Asked) -> Result<Begun> {
        Ok(Begun::Inquiry(Box::new(match asked {
            Asked::Batch(wish) => return self.show(trainer, request, wish),
            Asked::Begun(inquiry) => return Ok(Begun::Inquiry(inquiry)),
            Asked::Predict { checkpoint, inputs } => {
                let (net, _) = trainer.network(checkpoint)?;
                Inquiry::Predict { prediction: Prediction::new(net, inputs.len() / 4)?, inputs }
            }
            Asked::View { wish, checkpoint, given } => {
                let (net, card) = trainer.network(checkpoint)?;
                let step = card.map_or(trainer.step_count(), |card| card.step);
                viewing(net, step, &self.data, &self.batches.borrow(), &wish, &given)?
            }
            Asked::Weights { checkpoint } => {
                let (net, card) = trainer.network(checkpoint)?;
                Inquiry::Weights { reading: ArrayReading::new(&net), step: card.map_or(trainer.step_count(), |card| card.step) }
            }
            Asked::Evaluate { checkpoint } => {
                let (net, checkpoint) = trainer.network(checkpoint)?;
                let step = checkpoint.as_ref().map_or(trainer.step_count(), |card| card.step);
                evaluation(net, &self.data, &self.batches.borrow(), (self.run, checkpoint, step))?
            }
            Asked::Keep { name } => {
                let name = if name.trim().is_empty() { format!("by hand, step {}", trainer.step_count()) } else { name };
                let card = trainer.keep(name, self.clock.now_ms())?;
                return Ok(self.done(trainer, request, card));
            }
            Asked::Forget(id) => {
                let card = trainer.forget(id)?;
                return Ok(self.done(trainer, request, card));
            }
            Asked::PutBack(id) => {
                let card = trainer.put_back(id)?;
                self.outbox.clone().on_log(trainer.step_count(), PUT_BACK, f64::from(card.step));
                return Ok(self.done(trainer, request, card));
            }
        })))
    }

    fn done(&self, trainer: &Trainer, request: RequestId, card: CheckpointCard) -> Begun {
        self.outbox.clone().on_checkpoints(&trainer.checkpoints());
        self.outbox.flush();
        self.outbox.send_checkpoints();
        Begun::Answered(Event::CheckpointDone { request, card }, Bulk::new())
    }

    fn show(&self, trainer: &Trainer, request: RequestId, wish: BatchWish) -> Result<Begun> {
        let (epoch, batch, samples) = self.batches.borrow_mut().locate(wish.step)?;
        if wish.step > trainer.step_count() {
            let message = format!("batch {} has not been trained yet", wish.step);
            return Err(Error::new(Code::InvalidState, message, format!("the last one is {}", trainer.step_count())));
        }
        let extent = self.memory.extent();
        let Some(said) = self.memory.get(wish.step) else {
            let judging = Judging::new(trainer.net().clone(), &self.data, samples)?;
            let source = Source::PresentWeights { step: trainer.step_count() };
            return Ok(Begun::Inquiry(Box::new(Inquiry::Show { judging, wish, at: (epoch, batch), source, extent })));
        };
        let outcomes = outcomes(&samples, &self.data.labels_of(&samples), Some(&said));
        let view = BatchView { step: wish.step, epoch, batch, size: samples.len() as u32, source: Source::AsTrained, extent };
        let (event, bulk) = shown(request, view, &outcomes, &self.data, &wish);
        Ok(Begun::Answered(event, bulk))
    }

    /// Milliseconds since the run began.
    pub fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    /// The id of the run.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Number of updates in the whole run, if nothing stops it.
    pub fn total_steps(&self) -> u64 {
        self.batches.borrow().total()
    }
}

/// The work of evaluating `net` on the held-out samples of `batches`; `of`: the run, the checkpoint that it is, if it is one,
/// and the step of its weights.
///
/// # Errors
/// [`Code::InvalidState`] when none are held out, [`Code::InvalidData`] when they are too many.
pub fn evaluation(net: Net, data: &Rc<Dataset>, batches: &Batches, of: (RunId, Option<CheckpointCard>, Step)) -> Result<Inquiry> {
    if batches.held_out().is_empty() {
        return Err(no_validation());
    }
    let (run, checkpoint, step) = of;
    let epoch = step.saturating_sub(1) / batches.per_epoch();
    let judging = Judging::new(net, data, batches.held_out().to_vec())?;
    Ok(Inquiry::Evaluate { judging, checkpoint, at: (epoch, step), run })
}

/// The work of viewing `net`, whose weights have had `step` updates, on a run's `data` and `batches`; `given` has the numbers of a
/// given sample, as `f32` bytes.
///
/// # Errors
/// [`Code::InvalidData`] when there is no such sample.
pub fn viewing(net: Net, step: Step, data: &Rc<Dataset>, batches: &Batches, wish: &ViewWish, given: &[u8]) -> Result<Inquiry> {
    let source = ViewSource { data, train: batches.train(), held_out: batches.held_out() };
    let shape = net.plan().layers[0].input;
    let subjects = Subjects::of(wish.subject, source, shape, floats::from_bytes(given))?;
    Ok(Inquiry::View(Box::new(Viewing::new(net, step, wish, subjects))))
}

/// The outcome of beginning a question.
enum Begun {
    /// An answer at once.
    Answered(Event, Bulk),
    /// Work that takes longer.
    Inquiry(Box<Inquiry>),
}
