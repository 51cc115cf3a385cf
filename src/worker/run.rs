//! One run in the worker: the loop's surroundings, and the mailbox by which the page steers it.

use super::WorkerDevice;
use super::outbox::Outbox;
use crate::domain::callback::CallbackList;
use crate::domain::callbacks::spec::RunInfo;
use crate::domain::callbacks::{Diagnostician, ProgressMeter, Timing};
use crate::domain::config::RunConfig;
use crate::domain::dataset::Dataset;
use crate::domain::event::Step;
use crate::domain::sampler::split;
use crate::domain::spec::ArrayHead;
use crate::error::{Code, Error, Result};
use crate::protocol::{Event, RequestId, RunId, floats};
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::fit::{Host, Moment, Turn, fit};
use crate::web::port::PagePort;
use crate::web::tasks::Yielder;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The loop gives way at least this often, in milliseconds, so that a button is answered within a frame or two.
const GIVE_WAY_MS: f64 = 8.0;

/// What the page wants of the present run. Filled while the loop gives way, looked into at its next turn.
#[derive(Default)]
pub struct Mailbox {
    paused: Cell<bool>,
    steps: Cell<u32>,
    stop: RefCell<Option<String>>,
    learning_rate: Cell<Option<f64>>,
    watch_budget: Cell<Option<f64>>,
    hidden: Cell<bool>,
    /// Whether it was hidden at any time since the last turn: a tab may go and come back while the worker is held up.
    was_hidden: Cell<bool>,
    acknowledged: Cell<u32>,
    held: RefCell<Option<oneshot::Sender<()>>>,
    /// Who asked for the weights.
    weights: RefCell<Vec<RequestId>>,
}

impl Mailbox {
    /// The mailbox of a run that begins held or not.
    pub fn new(paused: bool) -> Self {
        Self { paused: Cell::new(paused), ..Self::default() }
    }

    /// Hold at the next batch.
    pub fn pause(&self) {
        self.paused.set(true);
        self.steps.set(0);
    }

    /// Go on.
    pub fn resume(&self) {
        self.paused.set(false);
        self.steps.set(0);
        self.wake();
    }

    /// Train so many batches more, then hold.
    pub fn step(&self, batches: u32) {
        self.paused.set(true);
        self.steps.set(self.steps.get().saturating_add(batches));
        self.wake();
    }

    /// End at the next batch.
    pub fn stop(&self, reason: String) {
        self.stop.borrow_mut().get_or_insert(reason);
        self.wake();
    }

    /// Use this learning rate from the next batch on.
    pub fn set_learning_rate(&self, learning_rate: f64) {
        self.learning_rate.set(Some(learning_rate));
    }

    /// Answer `request` with the weights at the next turn, also while held.
    pub fn take_weights(&self, request: RequestId) {
        self.weights.borrow_mut().push(request);
        self.wake();
    }

    /// Watching may cost so much from the next batch on.
    pub fn set_watch_budget(&self, percent: f64) {
        self.watch_budget.set(Some(percent));
    }

    /// The page is out of view, or in view again.
    pub fn set_hidden(&self, hidden: bool) {
        self.hidden.set(hidden);
        self.was_hidden.set(self.was_hidden.get() || hidden);
    }

    /// The page has taken in a frame.
    pub fn acknowledge(&self) {
        self.acknowledged.set(self.acknowledged.get() + 1);
    }

    fn wake(&self) {
        if let Some(sender) = self.held.borrow_mut().take() {
            sender.send(()).ok();
        }
    }

    /// The requests for weights that no turn has answered.
    pub fn unanswered(&self) -> Vec<RequestId> {
        self.weights.take()
    }

    fn wants_weights(&self) -> bool {
        !self.weights.borrow().is_empty()
    }

    async fn wait(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.held.borrow_mut() = Some(sender);
        receiver.await.ok();
    }
}

/// Arrays of weights that came from the page.
pub struct Arrays {
    /// Their names and shapes.
    pub heads: Vec<ArrayHead>,
    /// Their values.
    pub values: Vec<Vec<f32>>,
}

/// The loop's surroundings in a worker.
struct WorkerHost {
    port: PagePort,
    arrays: Vec<ArrayHead>,
    clock: WallClock,
    mailbox: Rc<Mailbox>,
    outbox: Outbox,
    yielder: Yielder,
    gave_way_ms: f64,
    /// What can wait is to wait.
    quiet: bool,
}

impl Clock for WorkerHost {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for WorkerHost {
    async fn turn(&mut self, moment: Moment) -> Turn {
        let now = self.now_ms();
        let mut turn = Turn::default();
        self.outbox.acknowledge(self.mailbox.acknowledged.take());
        if !self.quiet {
            self.outbox.flush_if_due(now);
            turn.sent_ms = self.now_ms() - now;
        }
        if now - self.gave_way_ms >= GIVE_WAY_MS {
            self.yielder.give_way().await;
            self.gave_way_ms = self.now_ms();
        }
        if self.mailbox.wants_weights() {
            turn.take_arrays = true;
            return turn;
        }
        if let Moment::Batch { waiting } = moment {
            while self.mailbox.paused.get() && self.mailbox.stop.borrow().is_none() {
                if let Some(left) = self.mailbox.steps.get().checked_sub(1) {
                    self.mailbox.steps.set(left);
                    break;
                }
                if waiting > 0 {
                    turn.read_first = true;
                    return turn;
                }
                let begin = self.now_ms();
                self.outbox.flush();
                self.outbox.send_status(true);
                self.mailbox.wait().await;
                turn.paused_ms += self.now_ms() - begin;
                if self.mailbox.wants_weights() {
                    turn.take_arrays = true;
                    return turn;
                }
            }
        }
        turn.hidden = self.mailbox.was_hidden.replace(self.mailbox.hidden.get());
        turn.watch_budget = self.mailbox.watch_budget.take();
        turn.learning_rate = self.mailbox.learning_rate.take();
        turn.stop = self.mailbox.stop.borrow_mut().take();
        turn
    }

    fn take_arrays(&mut self, step: Step, arrays: Vec<Vec<f32>>) {
        let bulk: Vec<Vec<u8>> = arrays.iter().map(|values| floats::to_bytes(values)).collect();
        for request in self.mailbox.weights.take() {
            self.port.post(&Event::WeightsTaken { request, step, arrays: self.arrays.clone() }, &bulk);
        }
    }

    fn keep_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }
}

/// Trains as `config` says on `device` and reports to `port`; returns the trained model.
///
/// # Errors
/// When the model does not fit the data, or the device fails.
pub async fn run(
    port: &PagePort,
    run: RunId,
    config: &RunConfig,
    data: &Rc<Dataset>,
    device: &WorkerDevice,
    mailbox: Rc<Mailbox>,
    first_weights: Option<Arrays>,
) -> Result<Trainer> {
    let mut trainer = Trainer::new(config, data, &device.device)?;
    if let Some(Arrays { heads, values }) = first_weights {
        trainer.set_arrays(&heads, values)?;
    }
    let meter = ProgressMeter::default();
    let outbox = Outbox::new(port.clone(), run, &device.card.name, meter.clone(), data.clone());
    let train_samples = split(data.len(), config.validation, u64::from(config.seed)).train.len();
    let total_steps = train_samples.div_ceil(config.batch_size) as u64 * u64::from(config.epochs);
    let info = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps };
    // The meter goes before the outbox, whose status reads it; the outbox before all that ask for something.
    let mut callbacks = CallbackList::new().with(meter).with(outbox.clone());
    for callback in config.callbacks.iter().filter_map(|spec| spec.build(&info)) {
        callbacks.push(callback);
    }
    let mut callbacks = callbacks.with(Timing::default());
    if let Some(diagnostician) = Diagnostician::for_run(config, data) {
        callbacks.push(Box::new(diagnostician));
    }
    let yielder = Yielder::new()
        .ok_or_else(|| Error::new(Code::InvalidState, "this browser has no MessageChannel", "use a browser of the last five years"))?;
    let mut host = WorkerHost {
        port: port.clone(),
        arrays: trainer.net().plan().arrays(),
        clock: WallClock::default(),
        mailbox,
        outbox,
        yielder,
        gave_way_ms: f64::NEG_INFINITY,
        quiet: false,
    };
    fit(&mut trainer, data, config, device.reading, &mut callbacks, &mut host).await?;
    Ok(trainer)
}
