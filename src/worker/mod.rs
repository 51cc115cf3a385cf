//! The worker: a state machine around the training, at the other end of [`crate::protocol`].
//!
//! It owns data, runs and models by value; the page owns nothing here and can only send commands. One run at a time.
//! Never here: Leptos, plotters, anything that needs a window.

mod answers;
mod by_given;
#[cfg(any(feature = "cpu", feature = "ndarray"))]
pub mod cpu;
mod datasets;
mod device;
#[cfg(feature = "gpu")]
pub mod gpu;
mod host;
mod inquiry;
mod mailbox;
mod measure;
mod outbox;
pub mod programs;
mod questions;
#[cfg(feature = "cpu")]
pub mod replica;
mod run;
mod samples;
mod start;
pub mod team;

use crate::domain::callback::ProgressMeter;
use crate::domain::data::source::DataSpec;
use crate::domain::run::config::{DeviceWish, MOST_EPOCHS, RunConfig};
use crate::domain::run::event::Step;
use crate::domain::view::slow::SlowWish;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, Failure, RequestId, RunId, VERSION, floats};
use crate::train::Trainer;
use crate::train::clock::WallClock;
use crate::train::fit::Beginning;
use crate::web::port::{Bulk, PagePort};
use crate::web::tasks::{Yielder, spawn};
use crate::web::{build, confine};
use answers::BatchWish;
use by_given::GivenQuestion;
use datasets::{Datasets, Described};
pub use device::WorkerDevice;
use mailbox::Mailbox;
use outbox::Outbox;
use questions::{Asked, Question, RunContext, Slice};
use start::{Arrays, NO_RUN, Origin, Start};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use team::Team;
use web_sys::MessagePort;

/// The state that this worker owns.
struct Worker {
    port: PagePort,
    devices: Vec<WorkerDevice>,
    datasets: Datasets,
    /// The workers that compute shards for this one.
    team: Rc<Team>,
    /// The work that this worker does for another one, if it is its replica.
    #[cfg(feature = "cpu")]
    replica: RefCell<Option<replica::Replica>>,
    /// The mailbox of the present run; `None` between runs.
    mailbox: RefCell<Option<Rc<Mailbox>>>,
    /// The model of the last run, with the context that answers questions about it.
    trained: RefCell<Option<(Trainer, Rc<RunContext>)>>,
    /// The id of the run that this model is of, or will be; `None` once it has failed.
    last_run: Cell<Option<RunId>>,
    /// Questions that came between runs.
    questions: RefCell<VecDeque<Question>>,
    /// Whether these questions are being answered; the model is out of its place then.
    is_answering: Cell<bool>,
}

/// Starts the worker with `devices`: tells the page that it is ready, and serves commands from then on.
pub fn serve(port: PagePort, devices: Vec<WorkerDevice>) {
    let cards = devices.iter().map(|device| device.card.clone()).collect();
    let worker = Rc::new(Worker {
        port: port.clone(),
        devices,
        datasets: Datasets::default(),
        team: Rc::default(),
        #[cfg(feature = "cpu")]
        replica: RefCell::default(),
        mailbox: RefCell::default(),
        trained: RefCell::default(),
        last_run: Cell::default(),
        questions: RefCell::default(),
        is_answering: Cell::default(),
    });
    port.listen(move |message: Result<(Command, Result<Bulk>)>, port| match message {
        Ok((command, Ok(bulk))) => match port {
            Some(port) => worker.connect(&command, port),
            None => worker.clone().obey(command, bulk),
        },
        Ok((command, Err(error))) => worker.refuse(&command, error),
        Err(error) => worker.fail(None, error),
    });
    port.post(&Event::Ready { version: VERSION, build: build::of_worker(), devices: cards }, &[]);
}

/// Confines the worker, opens its port and makes sure that the page hears of a death: a panic aborts the program, and a failure in
/// asynchronous code does not reach the page by itself.
///
/// # Errors
/// [`Code::InvalidState`] outside a worker.
pub fn open_port() -> Result<PagePort> {
    let port = PagePort::open()?;
    confine::confine();
    let died = |what: String| {
        let hint = "the page starts a new worker; if it happens again, choose another device or a smaller model";
        Event::Failed(Failure { run: None, request: None, error: Error::new(Code::WorkerDied, format!("the worker died: {what}"), hint) })
    };
    let at_panic = port.clone();
    let at_failure = port.clone();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        at_panic.post(&died(info.to_string().lines().take(3).collect::<Vec<_>>().join(" ")), &[]);
    }));
    at_failure.clone().listen_for_failures(move |what| at_failure.post(&died(what), &[]));
    Ok(port)
}

impl Worker {
    fn obey(self: Rc<Self>, command: Command, mut bulk: Bulk) {
        match command {
            Command::Start { run, config, data, first_weights, paused } => {
                let start = Start { run, config: *config, data, first_weights, bulk, from: Beginning::default() };
                self.start(start, paused);
            }
            Command::GoOn { run, config, data, inputs, paused } => match Start::go_on(run, *config, data, inputs, bulk) {
                Ok(start) => self.start(start, paused),
                Err(error) => self.fail(Some(run), error),
            },
            Command::Pause => self.steer(Mailbox::pause),
            Command::Resume => self.steer(Mailbox::resume),
            Command::Step { batches } => self.steer(|mailbox| mailbox.step(batches)),
            Command::Stop { reason } => self.steer(|mailbox| mailbox.stop(reason)),
            Command::SetLearningRate { learning_rate } => self.steer(|mailbox| mailbox.set_learning_rate(learning_rate)),
            Command::Hidden { hidden } => self.steer(|mailbox| mailbox.set_hidden(hidden)),
            Command::SetWatchBudget { percent } => self.steer(|mailbox| mailbox.set_watch_budget(percent)),
            Command::Acknowledge => self.steer(Mailbox::acknowledge),
            Command::StateTaken => self.steer(Mailbox::state_taken),
            Command::SlowStep { request, wish } => self.slow_down(request, wish),
            Command::Ping => {
                self.team.look();
                self.port.post(&Event::Alive, &[]);
            }
            Command::LoseReplica { replica } => self.team.lose(replica),
            Command::ForgetData { id } => self.datasets.forget(&id),
            Command::Predict { request, checkpoint, given: None } => {
                let inputs = bulk.pop().unwrap_or_default();
                self.ask(Question::new(request, Asked::Predict { checkpoint, inputs }));
            }
            Command::View { request, wish, checkpoint, given: None } => {
                let given = bulk.pop().unwrap_or_default();
                self.ask(Question::new(request, Asked::View { wish, checkpoint, given }));
            }
            Command::Evaluate { request, checkpoint, given: None } => self.ask(Question::new(request, Asked::Evaluate { checkpoint })),
            Command::ShowBatch { request, run, step, order, first, most, .. } if self.last_run.get() == Some(run) => {
                self.ask(Question::new(request, Asked::Batch(BatchWish { step, order, first, most })));
            }
            Command::KeepCheckpoint { request, name } => self.ask(Question::new(request, Asked::Keep { name })),
            Command::PutBack { request, checkpoint } => self.ask(Question::new(request, Asked::PutBack(checkpoint))),
            Command::ForgetCheckpoint { request, checkpoint } => self.ask(Question::new(request, Asked::Forget(checkpoint))),
            Command::TakeWeights { request, checkpoint } => self.ask(Question::new(request, Asked::Weights { checkpoint })),
            needs_data => spawn(self.obey_with_data(needs_data, bulk)),
        }
    }

    /// Obeys a command that came with a port to another worker.
    fn connect(&self, command: &Command, port: MessagePort) {
        match command {
            Command::AddReplica { replica } => self.team.add(*replica, port),
            #[cfg(feature = "cpu")]
            Command::BeReplica => {
                *self.replica.borrow_mut() = self.devices.first().map(|device| replica::Replica::serve(&device.device, port))
            }
            _ => {}
        }
    }

    /// Obeys a command for which a data set is made or waited for.
    async fn obey_with_data(self: Rc<Self>, command: Command, mut bulk: Bulk) {
        let Some(request) = command.waits().0 else { return };
        let (question, given) = match command {
            Command::LoadData { id, name, .. } => {
                let described = match bulk.as_slice() {
                    [images, labels] => self.datasets.load(&id, &name, images, labels).await,
                    _ => Err(Error::new(Code::Protocol, "loading needs two files", "give images and labels")),
                };
                return self.answer(request, described);
            }
            Command::AddSamples { id, set, .. } => {
                let numbers = floats::from_bytes(&bulk.pop().unwrap_or_default());
                return self.answer(request, self.datasets.add(&id, &set, &numbers).await);
            }
            Command::DescribeData { data, seed, .. } => return self.answer(request, self.datasets.describe(&data, seed).await),
            Command::GiveWeights { arrays, config, .. } => {
                let given = self.give_weights(Arrays::of(arrays, &bulk), &config).await;
                return answers::post(&self.port, request, given.map(|()| (Event::WeightsGiven { request }, Bulk::new())));
            }
            Command::Measure { config, .. } => {
                let measured = self.clone().measure(&config).await;
                return answers::post(&self.port, request, measured.map(|batch_ms| (Event::Measured { request, batch_ms }, Bulk::new())));
            }
            Command::ShowBatch { config, step, order, first, most, given: None, .. } => {
                let data = self.datasets.get(&config.data, config.seed).await;
                let wish = BatchWish { step, order, first, most };
                let answer = data.and_then(|data| answers::without_model(request, &config, &data, &wish));
                return answers::post(&self.port, request, answer);
            }
            Command::ShowBatch { step, order, first, most, given: Some(given), .. } => {
                (GivenQuestion::Batch(BatchWish { step, order, first, most }), given)
            }
            Command::View { wish, given: Some(given), .. } if !bulk.is_empty() => (GivenQuestion::View(wish, bulk.remove(0)), given),
            Command::Evaluate { given: Some(given), .. } => (GivenQuestion::Evaluate, given),
            Command::Predict { given: Some(given), .. } if !bulk.is_empty() => (GivenQuestion::Predict(bulk.remove(0)), given),
            _ => return self.answer(request, Err(Error::new(Code::Protocol, "a question lacks its samples", "reload the page"))),
        };
        let begun = match self.devices.first() {
            Some(device) => by_given::begin(device, &self.datasets, *given, bulk, question).await,
            None => Err(Error::new(Code::DeviceUnavailable, "this worker has no device", "reload the page")),
        };
        match begun {
            Ok(inquiry) => self.ask(Question::new(request, Asked::Begun(Box::new(inquiry)))),
            Err(error) => answers::post(&self.port, request, Err(error)),
        }
    }

    /// Refuses a command whose bytes cannot be had. What goes on goes on.
    fn refuse(&self, command: &Command, error: Error) {
        match command.waits() {
            (None, Some(run)) => self.fail(Some(run), error),
            (request, _) => answers::post(&self.port, request.unwrap_or_default(), Err(error)),
        }
    }

    fn answer(&self, request: RequestId, described: Result<Described>) {
        answers::post(
            &self.port,
            request,
            described.map(|(summary, thumbnails)| (Event::DataReady { request, summary }, vec![thumbnails])),
        );
    }

    /// Applies `how` to the mailbox of the present run. Without a run nothing is done: it has ended while the command
    /// was on its way, which is not an error.
    fn steer(&self, how: impl FnOnce(&Mailbox)) {
        if let Some(mailbox) = self.mailbox.borrow().as_deref() {
            how(mailbox);
        }
    }

    /// Notes the wish to see the present run's next batch in slow motion.
    fn slow_down(&self, request: RequestId, wish: SlowWish) {
        let mailbox = self.mailbox.borrow();
        // Of two wishes for one batch the later is granted.
        let refused = match mailbox.as_deref() {
            Some(mailbox) => mailbox.slow_down(request, wish),
            None => Some(request),
        };
        self.refuse_slow(refused);
    }

    /// Answers a wish for slow motion for which there is no batch.
    fn refuse_slow(&self, request: Option<RequestId>) {
        if let Some(request) = request {
            let error = Error::new(Code::InvalidState, "there was no batch to see in slow motion", "start a run that has one to come");
            answers::post(&self.port, request, Err(error));
        }
    }

    /// Makes the model of `config` with the weights of `arrays`, for predictions.
    async fn give_weights(&self, arrays: Arrays, config: &RunConfig) -> Result<()> {
        let device = self.device_for(config)?;
        let data = self.datasets.get(&config.data, config.seed).await?;
        // A run may have begun while the data were made.
        if self.mailbox.borrow().is_some() {
            return Err(Error::new(Code::InvalidState, "a run is going on", "stop it first"));
        }
        let mut trainer = Trainer::new(config, &data, &device.device)?;
        trainer.set_arrays(&arrays.heads, arrays.values)?;
        // It is no run's: its batches and its validation are those of the configuration that it was made for.
        let outbox = Outbox::new(self.port.clone(), NO_RUN, &device.card.name, ProgressMeter::default(), data.clone());
        let context = RunContext::new(NO_RUN, config, &data, outbox, WallClock::default());
        self.last_run.set(None);
        *self.trained.borrow_mut() = Some((trainer, Rc::new(context)));
        Ok(())
    }

    /// Measures the milliseconds that a batch of `config` takes.
    async fn measure(self: Rc<Self>, config: &RunConfig) -> Result<f64> {
        let device = self.device_for(config)?;
        let data = self.datasets.get(&config.data, config.seed).await?;
        let this = self.clone();
        measure::measure(config, &data, device, &self.team, Rc::new(move || this.mailbox.borrow().is_some())).await
    }

    fn fail(&self, run: Option<RunId>, error: Error) {
        self.port.post(&Event::Failed(Failure { run, request: None, error }), &[]);
    }

    fn start(self: Rc<Self>, start: Start, paused: bool) {
        let run = start.run;
        if self.mailbox.borrow().is_some() {
            let error = Error::new(Code::InvalidState, "this worker is busy with another run", "stop that run first");
            return self.fail(Some(run), error);
        }
        let mailbox = Rc::new(Mailbox::new(paused));
        *self.mailbox.borrow_mut() = Some(mailbox.clone());
        self.last_run.set(Some(run));
        spawn(async move {
            // The last run's model goes before the new one comes: two large ones may not fit.
            *self.trained.borrow_mut() = None;
            let result = self.run(start, mailbox.clone()).await;
            *self.mailbox.borrow_mut() = None;
            match result {
                Ok(trained) => *self.trained.borrow_mut() = Some(trained),
                Err(error) => {
                    self.last_run.set(None);
                    self.fail(Some(run), error);
                }
            }
            self.refuse_slow(mailbox.end_slow());
            // Asked in the last moment, or not answered yet: there is no turn any more.
            while let Some(question) = mailbox.next_question() {
                self.clone().ask(question);
            }
        });
    }

    /// Trains what `start` says, with the files that come with it.
    async fn run(&self, start: Start, mailbox: Rc<Mailbox>) -> Result<(Trainer, Rc<RunContext>)> {
        let Start { run, config, data, first_weights, bulk, from } = start;
        let mut rest = bulk.as_slice();
        if let Some(name) = data {
            let (DataSpec::Loaded { id }, [images, labels, weights @ ..]) = (&config.data, rest) else {
                return Err(Error::new(Code::Protocol, "a start lacks the files of its data", "reload the page"));
            };
            self.datasets.load(id, &name, images, labels).await?;
            rest = weights;
        }
        let origin = Origin { first_weights: first_weights.map(|heads| Arrays::of(heads, rest)), from };
        drop(bulk);
        let device = self.device_for(&config)?;
        let data = self.datasets.get(&config.data, config.seed).await?;
        let surroundings = run::Surroundings { device, mailbox, team: self.team.clone() };
        run::run(&self.port, run, &config, &data, surroundings, origin).await
    }

    fn device_for(&self, config: &RunConfig) -> Result<&WorkerDevice> {
        let wish = config.device;
        // The page has already decided: `auto` reaches only the worker of its choice, whose first device it means.
        let found =
            if wish == DeviceWish::Auto { self.devices.first() } else { self.devices.iter().find(|device| device.card.id.wish() == wish) };
        found.ok_or_else(|| {
            Error::new(Code::DeviceUnavailable, format!("this worker has no device {:?}", wish.id()), "choose another device")
        })
    }

    /// Passes a question to the present run, for its next turn, or else to the model of the last one.
    fn ask(self: Rc<Self>, question: Question) {
        let mailbox = self.mailbox.borrow().clone();
        match mailbox {
            Some(mailbox) => mailbox.ask(question),
            None => {
                self.questions.borrow_mut().push_back(question);
                spawn(self.answer_questions());
            }
        }
    }

    /// Answers the questions that came between runs, slice by slice in turn.
    async fn answer_questions(self: Rc<Self>) {
        if self.is_answering.replace(true) {
            return;
        }
        // Out of its place while it is asked, since other messages come in between; a run that begins then drops its own.
        let mut model = self.trained.borrow_mut().take();
        let yielder = Yielder::new();
        while let Some(mut question) = { self.questions.borrow_mut().pop_front() } {
            let is_put_back = question.is_put_back();
            let answer = match &mut model {
                _ if question.begin_alone() => question.work(&Slice::new()).await,
                Some((trainer, context)) => context.answer(trainer, &mut question, &Slice::new()).await,
                None => Some(Err(no_model())),
            };
            if let (Some((trainer, context)), true) = (&model, is_put_back && answer.as_ref().is_some_and(Result::is_ok)) {
                // The run has ended, and these are now its last weights.
                if context.run() != NO_RUN {
                    run::send_learned(&self.port, context.run(), trainer, context.now_ms()).await.ok();
                }
            }
            match answer {
                Some(answer) => answers::post(&self.port, question.request, answer),
                None => self.questions.borrow_mut().push_back(question),
            }
            if let Some(yielder) = &yielder {
                yielder.give_way().await;
            }
        }
        if self.mailbox.borrow().is_none() {
            let mut place = self.trained.borrow_mut();
            if place.is_none() {
                *place = model;
            }
        }
        self.is_answering.set(false);
    }
}

fn no_model() -> Error {
    Error::new(Code::InvalidState, "there is no trained model yet", "train one first")
}

/// The largest step fits `u32`, which counts steps everywhere, for the longest configuration too.
const _: () = assert!(Step::MAX as u64 >= MOST_EPOCHS as u64 * 100_000);
