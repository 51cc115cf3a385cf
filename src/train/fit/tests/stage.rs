//! A host that asks for things and is gone at a given turn, and a callback that writes everything down.

use super::case::{Case, Wish};
use super::helpers::{Helpers, now};
use super::{Beginning, fit_from};
use crate::domain::callback::spec::RunInfo;
use crate::domain::callback::{Callback, CallbackList, Controls, ProgressMeter, Timing};
use crate::domain::cost::marks;
use crate::domain::data::Dataset;
use crate::domain::diagnosis::examination::Examination;
use crate::domain::diagnosis::{Diagnosis, Diagnostician};
use crate::domain::record::probe::Probe;
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, Evaluation, Logs, Step, TrainBegin, TrainEnd, Validation};
use crate::domain::run::journal::{At, Entry, Input};
use crate::domain::run::state::{KeptNumbers, Numbers, SavedState, TrainerState};
use crate::error::Result;
use crate::train::Trainer;
use crate::train::clock::Clock;
use crate::train::device_logs::Reading;
use crate::train::fit::{Host, Moment, Turn};
use crate::train::shards::Replicas;
use burn::tensor::Device;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

fn words(logs: &Logs) -> String {
    let kept = logs.0.iter().filter(|(name, _)| !name.starts_with("time/"));
    kept.map(|(name, value)| format!(" {name} {}", bits(*value))).collect()
}

/// All that was seen of a run, by whichever process.
#[derive(Default)]
struct Seen {
    lines: RefCell<Vec<String>>,
    times: RefCell<Vec<(Step, f64, bool)>>,
    inputs: RefCell<Vec<Entry>>,
    step: Cell<Step>,
    /// Whether inputs stand among the batches: not where these come late.
    tells_inputs: Cell<bool>,
}

impl Seen {
    fn say(&self, line: String) {
        self.lines.borrow_mut().push(line);
    }
}

/// Writes down what it is told.
#[derive(Clone)]
struct Scribe(Rc<Seen>);

impl Callback for Scribe {
    fn name(&self) -> &'static str {
        "scribe"
    }
    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        self.0.step.set(0);
        self.0.say(format!("train begins {event:?}"));
        Controls::new()
    }
    fn on_train_resume(&mut self, _: &TrainBegin, step: Step) {
        self.0.step.set(step);
    }
    fn on_epoch_begin(&mut self, event: &EpochBegin) -> Controls {
        self.0.say(format!("epoch begins {event:?}"));
        Controls::new()
    }
    fn on_batch_begin(&mut self, event: &BatchBegin) -> Controls {
        self.0.step.set(event.step);
        Controls::new()
    }
    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        let BatchEnd { step, epoch, batch, size, loss, accuracy, learning_rate, times, at_ms } = event;
        self.0.say(format!("batch {step} {epoch} {batch} {size} {} {} {}", bits(*loss), bits(*accuracy), bits(*learning_rate)));
        self.0.times.borrow_mut().push((*step, *at_ms, times.marks & marks::WARM_UP != 0));
        Controls::new()
    }
    fn on_probe(&mut self, event: &Probe) -> Controls {
        self.0.say(format!("probe {}{}", event.step, words(&Logs(event.logs()))));
        Controls::new()
    }
    fn on_examination(&mut self, event: &Examination) -> Controls {
        self.0.say(format!("examination {event:?}"));
        Controls::new()
    }
    fn on_evaluation(&mut self, event: &Evaluation) -> Controls {
        let worst: Vec<String> = event.worst.iter().map(|one| format!("{} {}", one.index, bits(one.loss))).collect();
        self.0.say(format!("evaluation {} {}{}", event.step, worst.join(" "), words(&Logs(event.report.logs()))));
        Controls::new()
    }
    fn on_diagnosis(&mut self, event: &Diagnosis) {
        self.0.say(format!("diagnosis {event:?}"));
    }
    fn on_input(&mut self, _: u32, event: &Entry) {
        if self.0.tells_inputs.get() {
            self.0.say(format!("input {event:?}"));
        }
        self.0.inputs.borrow_mut().push(event.clone());
    }
    fn on_validation_begin(&mut self, event: &Validation) -> Controls {
        self.0.say(format!("validation begins {}", event.step));
        Controls::new()
    }
    fn on_validation_end(&mut self, event: &Validation) -> Controls {
        self.0.say(format!("validation {}{}", event.step, words(&event.logs)));
        Controls::new()
    }
    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        self.0.say(format!("epoch {} {}{}", event.epoch, event.step, words(&event.logs)));
        Controls::new()
    }
    fn on_train_end(&mut self, event: &TrainEnd) -> Controls {
        self.0.say(format!("end {} {} {}{}", event.step, event.epochs, event.reason, words(&event.logs)));
        Controls::new()
    }
    fn on_log(&mut self, step: Step, name: &str, value: f64) {
        if !name.starts_with("time/") {
            self.0.say(format!("log {step} {name} {}", bits(value)));
        }
    }
}

/// A host whose wishes come true at their turns, and that is gone at one.
struct Surroundings<'a> {
    now_ms: Cell<f64>,
    seen: Rc<Seen>,
    wishes: &'a [Wish],
    given: &'a RefCell<Vec<bool>>,
    cut: Option<(Step, At)>,
    saved: Rc<RefCell<Option<SavedState>>>,
    served: Vec<Input>,
    helpers: Option<Helpers>,
}

impl Clock for Surroundings<'_> {
    fn now_ms(&self) -> f64 {
        self.now_ms.set(self.now_ms.get() + 0.5);
        self.now_ms.get()
    }
}

impl Host for Surroundings<'_> {
    async fn turn(&mut self, moment: Moment) -> Turn {
        if self.saved.borrow().is_some() {
            // The process is gone.
            return std::future::pending().await;
        }
        let mut turn = Turn::default();
        let here = (self.seen.step.get() + 1, moment.at());
        for (wish, given) in self.wishes.iter().zip(self.given.borrow_mut().iter_mut()) {
            if *given || (wish.step, wish.at) != here {
                continue;
            }
            *given = true;
            match &wish.input {
                Input::LearningRate(rate) => turn.learning_rate = Some(*rate),
                Input::Stop(reason) => turn.stop = Some(reason.clone()),
                Input::WatchBudget(percent) => turn.watch_budget = Some(*percent),
                // The weights must not change within a validation.
                _ if wish.at == At::Validation => {}
                served => self.served.push(served.clone()),
            }
        }
        turn.serve = !self.served.is_empty();
        turn.save = self.cut.is_some_and(|cut| cut <= here) && here.1 != At::Validation;
        turn
    }

    async fn serve(&mut self, trainer: &mut Trainer) {
        for wish in self.served.drain(..) {
            // What is not there is refused, and is then no input.
            match wish {
                Input::Keep(name) => drop(trainer.keep(name, 1.0)),
                Input::PutBack(id) => drop(trainer.put_back(id)),
                Input::Forget(id) => drop(trainer.forget(id)),
                other => panic!("{other:?}"),
            }
        }
    }

    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        self.helpers.as_mut().map(|helpers| helpers as &mut dyn Replicas)
    }

    fn take_state(&mut self, state: Result<SavedState>) {
        *self.saved.borrow_mut() = Some(state.expect("it is small"));
    }
}

/// The way in which a process ended.
pub enum Ended {
    Finished,
    Cut(SavedState),
}

/// The course of one run through one or more processes.
pub struct Course<'a> {
    case: &'a Case,
    data: Dataset,
    seen: Rc<Seen>,
    given: RefCell<Vec<bool>>,
    processes: Cell<u32>,
    end: RefCell<String>,
    /// The most replicas that there are.
    replicas: usize,
}

impl<'a> Course<'a> {
    /// A course in which up to `replicas` replicas come and go.
    pub fn with_replicas(case: &'a Case, replicas: usize) -> Self {
        Self { replicas, ..Self::new(case) }
    }

    pub fn new(case: &'a Case) -> Self {
        let given = RefCell::new(vec![false; case.wishes.len()]);
        let seen = Seen { tells_inputs: Cell::new(case.reading == Reading::AtOnce), ..Seen::default() };
        Self { case, data: case.data(), seen: Rc::new(seen), given, processes: Cell::new(0), end: RefCell::default(), replicas: 0 }
    }

    /// Runs a process, until the end or until `cut`.
    pub fn run(&self, from: Beginning, cut: Option<(Step, At)>) -> Result<Ended> {
        self.processes.set(self.processes.get() + 1);
        let config = &self.case.config;
        let mut trainer = Trainer::new(config, &self.data, &Device::flex()).expect("the configuration is good");
        let info = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps: u64::from(self.case.steps()) };
        let mut callbacks = CallbackList::new().with(ProgressMeter::default()).with(Scribe(self.seen.clone()));
        for callback in config.callbacks.iter().filter_map(|spec| spec.build(&info)) {
            callbacks.push(callback);
        }
        let mut callbacks = callbacks.with(Timing::default());
        if let Some(diagnostician) = Diagnostician::for_run(config, &self.data) {
            callbacks.push(Box::new(diagnostician));
        }
        let saved = Rc::new(RefCell::new(None));
        // Each process has a clock of its own, which begins anywhere.
        let mut host = Surroundings {
            now_ms: Cell::new(1e4 / f64::from(self.processes.get())),
            seen: self.seen.clone(),
            wishes: &self.case.wishes,
            given: &self.given,
            cut,
            saved: saved.clone(),
            served: Vec::new(),
            helpers: (self.replicas > 0).then(|| Helpers::new(trainer.net(), u64::from(config.seed), self.replicas)),
        };
        let ended = {
            let reading = self.case.reading;
            let mut future = std::pin::pin!(fit_from(&mut trainer, &self.data, config, reading, &mut callbacks, &mut host, from));
            future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        match ended {
            Poll::Ready(end) => {
                end?;
                *self.end.borrow_mut() = format!("{}\n{}", told(&now(trainer.state())?), callbacks.save_state());
                Ok(Ended::Finished)
            }
            Poll::Pending => Ok(Ended::Cut(saved.take().expect("it waits only once it is gone"))),
        }
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen.lines.borrow().clone()
    }

    pub fn inputs(&self) -> Vec<Entry> {
        self.seen.inputs.borrow().clone()
    }

    pub fn times(&self) -> Vec<(Step, f64, bool)> {
        self.seen.times.borrow().clone()
    }

    pub fn processes(&self) -> u32 {
        self.processes.get()
    }

    /// The trainer and the callbacks at the end, to the bit.
    pub fn end(&self) -> String {
        self.end.borrow().clone()
    }
}

fn told(state: &TrainerState) -> String {
    let numbers = |Numbers { arrays, means, updates }: &Numbers| {
        let hex: Vec<String> =
            arrays.iter().chain(means.iter().flatten()).flatten().map(|value| format!("{:08x}", value.to_bits())).collect();
        let counts: Vec<usize> = means.iter().map(Vec::len).collect();
        format!("{updates} {counts:?} {}", hex.join(""))
    };
    let card = |kept: &KeptNumbers| {
        // Its time is a time.
        let card = &kept.card;
        let value = card.value.clone().map(|(name, value)| format!("{name} {}", bits(value)));
        format!("\n{} {:?} {} {} {value:?} {} {}", card.id, card.name, card.by_hand, card.step, card.bytes, numbers(&kept.numbers))
    };
    let kept: String = state.kept.iter().map(card).collect();
    format!("{} {} {} {}{kept}", state.step, bits(state.learning_rate), state.last_id, numbers(&state.present))
}
