//! The only place in the page that knows of workers: starts them when they are needed, keeps what they must be told
//! until they are ready, gives them the visitor's files, and replaces those that die.
//!
//! It decides nothing about runs: what a worker says, and that one died, goes to the [`Page`](super::page::Page).

pub mod replicas;

use crate::domain::data::source::DataSpec;
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::WorkerKind;
use crate::domain::run::journal::Entry;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, DeviceCard, Event, RequestId, VERSION};
use crate::ui::session::Request;
use crate::ui::session::heartbeat::Look;
use crate::ui::session::launch::for_worker;
use crate::ui::state::files::Files;
use crate::web::build;
use crate::web::port::{Bulk, WorkerHandle, is_being_built};
use crate::web::tasks::now_ms;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessagePort;

/// The answer to a question: an event with its bytes, or why there is none.
pub type Answer = Result<(Event, Bulk)>;

/// The answer to a question, once it comes.
pub type Asked = Pin<Box<dyn Future<Output = Answer>>>;

/// Told everything that a worker says about runs, and of its death.
pub trait Audience {
    /// An event that answers no question.
    fn on_event(&self, kind: WorkerKind, event: Event, bulk: Bulk);
    /// The worker is gone, with whatever it was doing.
    fn on_death(&self, kind: WorkerKind, error: &Error);
}

struct Link {
    handle: Option<WorkerHandle>,
    /// The devices that the worker named when it was ready.
    devices: Option<Vec<DeviceCard>>,
    waiting: Vec<(Command, Bulk, Option<MessagePort>)>,
    /// The workers that compute shards for it; they go with it.
    replicas: Vec<Replica>,
    /// Data that this worker has been given.
    given: HashSet<String>,
    /// Distinguishes this worker from one that was replaced.
    generation: u32,
    /// The time of its last message.
    heard_ms: Option<f64>,
}

/// A worker that computes shards for another one.
struct Replica {
    id: u32,
    handle: WorkerHandle,
    /// The replica's end of the wire, until it is ready for it.
    port: Option<MessagePort>,
}

struct Question {
    kind: WorkerKind,
    answer: oneshot::Sender<Answer>,
}

/// The workers of the page.
pub struct Supervisor {
    audience: RefCell<Weak<dyn Audience>>,
    links: RefCell<HashMap<WorkerKind, Link>>,
    files: RefCell<HashMap<String, Rc<Files>>>,
    questions: RefCell<HashMap<RequestId, Question>>,
    next: Cell<u32>,
    /// The id of the page's build.
    build: String,
    this: Weak<Self>,
}

/// The audience of a supervisor that has none yet.
struct Nobody;
impl Audience for Nobody {
    fn on_event(&self, _: WorkerKind, _: Event, _: Bulk) {}
    fn on_death(&self, _: WorkerKind, _: &Error) {}
}

impl Supervisor {
    /// No workers yet, and nobody to tell.
    pub fn new() -> Rc<Self> {
        let nobody: Weak<dyn Audience> = Weak::<Nobody>::new();
        Rc::new_cyclic(|this| Self {
            audience: RefCell::new(nobody),
            links: RefCell::default(),
            files: RefCell::default(),
            questions: RefCell::default(),
            next: Cell::new(1),
            build: build::of_page(),
            this: this.clone(),
        })
    }

    /// Tells `audience` from now on.
    pub fn tell(&self, audience: Weak<dyn Audience>) {
        *self.audience.borrow_mut() = audience;
    }

    /// Number of bytes of all files that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.files.borrow().values().map(|files| files.bytes()).sum()
    }

    /// Keeps the visitor's files under `id` for every worker that will need them; the one of `kind` has them.
    pub fn keep_files(&self, id: &str, files: Rc<Files>, kind: WorkerKind) {
        self.files.borrow_mut().insert(id.to_owned(), files);
        for (_, link) in self.links.borrow_mut().iter_mut().filter(|(of, _)| **of != kind) {
            link.given.remove(id);
        }
    }

    /// Forgets the files of `id`, here and in every worker that was given them.
    pub fn forget_files(&self, id: &str) {
        self.files.borrow_mut().remove(id);
        let has = |(&kind, link): (&WorkerKind, &mut Link)| link.given.remove(id).then_some(kind);
        let kinds: Vec<WorkerKind> = self.links.borrow_mut().iter_mut().filter_map(has).collect();
        for kind in kinds {
            self.steer(kind, Command::ForgetData { id: id.to_owned() });
        }
    }

    /// The devices of the worker of `kind`; `None` before it is ready.
    pub fn devices(&self, kind: WorkerKind) -> Option<Vec<DeviceCard>> {
        self.links.borrow().get(&kind)?.devices.clone()
    }

    /// Sends a command; starts the worker if there is none.
    pub fn send(&self, kind: WorkerKind, command: Command, bulk: Bulk) {
        self.send_with(kind, command, bulk, None);
    }

    /// Sends a command, and a port to another worker with it.
    fn send_with(&self, kind: WorkerKind, command: Command, bulk: Bulk, port: Option<MessagePort>) {
        self.ensure(kind);
        let mut links = self.links.borrow_mut();
        let Some(link) = links.get_mut(&kind) else { return };
        match (&link.handle, &link.devices) {
            (Some(handle), Some(_)) => handle.post_with(&command, &bulk, port.as_ref()),
            _ => link.waiting.push((command, bulk, port)),
        }
    }

    /// Sends a command to the worker of `kind` if it lives: steering a run that is gone means nothing.
    pub fn steer(&self, kind: WorkerKind, command: Command) {
        if self.links.borrow().contains_key(&kind) {
            self.send(kind, command, Bulk::new());
        }
    }

    /// Starts a run on the worker of `kind`: one command with everything that it needs, files that the worker lacks too.
    /// `inputs` are all that have reached the run so far.
    pub fn start(&self, kind: WorkerKind, request: &Request, inputs: Vec<Entry>, paused: bool) {
        let (mut data, mut bulk) = (None, Bulk::new());
        self.add_replicas(kind, &request.config);
        if let Some((id, files)) = self.files_to_give(kind, &request.config.data) {
            match &*files {
                Files::Idx { name, .. } => {
                    data = Some(name.clone());
                    bulk.extend(files.bulk());
                }
                // Made of another set, so by a command of its own, behind which the run finds it.
                Files::Added { .. } => self.give(kind, id, &files),
            }
        }
        let (run, config) = (request.run, Box::new(for_worker(&request.config, kind)));
        if let Some(state) = &request.state {
            bulk.push(state.bytes.clone());
            return self.send(kind, Command::GoOn { run, config, data, inputs, paused }, bulk);
        }
        let first = request.first_weights.as_ref().map(|first| &first.weights);
        bulk.extend(first.into_iter().flat_map(|weights| weights.values.iter().cloned()));
        let first_weights = first.map(|weights| weights.heads.clone());
        self.send(kind, Command::Start { run, config, data, first_weights, paused }, bulk);
    }

    /// Makes sure that the worker of `kind` has the data that `spec` names, for a question about it.
    pub fn give_data(&self, kind: WorkerKind, spec: &DataSpec) {
        if let Some((id, files)) = self.files_to_give(kind, spec) {
            self.give(kind, id, &files);
        }
    }

    fn give(&self, kind: WorkerKind, id: String, files: &Files) {
        if let Some(base) = files.base() {
            self.give_data(kind, base);
        }
        // Nobody waits for this answer: if the data were bad, its first load would have said so.
        self.send(kind, files.command(0, id), files.bulk());
    }

    /// The id and the files of the data that `spec` names, if the worker of `kind` does not have them; from now on it has.
    fn files_to_give(&self, kind: WorkerKind, spec: &DataSpec) -> Option<(String, Rc<Files>)> {
        let DataSpec::Loaded { id } = spec else { return None };
        let files = self.files.borrow().get(id).cloned()?;
        self.ensure(kind);
        let is_new = self.links.borrow_mut().get_mut(&kind).is_some_and(|link| link.given.insert(id.clone()));
        is_new.then(|| (id.clone(), files))
    }

    /// Asks the worker of `kind`; `command` gets the number of the question.
    ///
    /// # Errors
    /// Whatever the worker answers instead, or [`Code::WorkerDied`] when it dies before.
    pub fn ask(&self, kind: WorkerKind, command: impl FnOnce(RequestId) -> Command, bulk: Bulk) -> Asked {
        let request = self.next.replace(self.next.get() + 1);
        self.ask_numbered(kind, request, command(request), bulk)
    }

    /// Measures how fast `config` trains on the worker of `kind`, with as many replicas as it wants.
    ///
    /// # Errors
    /// As [`Supervisor::ask`].
    pub fn measure(&self, kind: WorkerKind, config: &RunConfig) -> Asked {
        self.add_replicas(kind, config);
        self.give_data(kind, &config.data);
        let config = Box::new(for_worker(config, kind));
        self.ask(kind, |request| Command::Measure { request, config }, Bulk::new())
    }

    /// Apart from [`Supervisor::ask`], and boxed: one program for all questions.
    fn ask_numbered(&self, kind: WorkerKind, request: RequestId, command: Command, bulk: Bulk) -> Asked {
        let (answer, receiver) = oneshot::channel();
        self.questions.borrow_mut().insert(request, Question { kind, answer });
        if let Command::LoadData { id, .. } | Command::AddSamples { id, .. } = &command {
            self.ensure(kind);
            if let Some(link) = self.links.borrow_mut().get_mut(&kind) {
                link.given.insert(id.clone());
            }
        }
        self.send(kind, command, bulk);
        Box::pin(async move { receiver.await.unwrap_or_else(|_| Err(died("the worker is gone"))) })
    }

    /// All workers that there are, as one looks at them.
    pub fn looks(&self) -> Vec<Look> {
        let questions = self.questions.borrow();
        let look = |(&worker, link): (&WorkerKind, &Link)| {
            let is_asked = questions.values().any(|question| question.kind == worker);
            Look { worker, heard_ms: link.heard_ms, is_ready: link.devices.is_some(), is_asked }
        };
        self.links.borrow().iter().map(look).collect()
    }

    /// Ends the worker of `kind` at once, whatever it does, without calling it a death.
    pub fn dismiss(&self, kind: WorkerKind) {
        self.links.borrow_mut().remove(&kind);
        self.refuse_questions(kind, &died("it was stopped"));
    }

    fn ensure(&self, kind: WorkerKind) {
        if self.links.borrow().contains_key(&kind) {
            return;
        }
        let generation = self.next.replace(self.next.get() + 1);
        let (replicas, waiting, given) = (Vec::new(), Vec::new(), HashSet::new());
        let link = Link { handle: None, devices: None, waiting, replicas, given, generation, heard_ms: None };
        self.links.borrow_mut().insert(kind, link);
        let program = kind.program();
        let loader = build::loader_of(program, &self.build);
        let (to_message, to_death) = (self.this.clone(), self.this.clone());
        let spawned = WorkerHandle::spawn::<Event>(
            &loader,
            move |message| {
                if let Some(this) = to_message.upgrade() {
                    this.receive(kind, generation, message);
                }
            },
            move |what| {
                if let Some(this) = to_death.upgrade() {
                    this.examine(kind, generation, program, what);
                }
            },
        );
        match spawned {
            Ok(handle) => {
                if let Some(link) = self.links.borrow_mut().get_mut(&kind) {
                    link.handle = Some(handle);
                }
            }
            Err(error) => self.bury(kind, generation, &error),
        }
    }

    /// Finds out why a worker is dead, and buries it.
    fn examine(&self, kind: WorkerKind, generation: u32, program: &'static str, what: String) {
        let was_ready = self.devices(kind).is_some();
        let error = if is_being_built(program) {
            being_built(program)
        } else if what.contains("LinkError") {
            outdated()
        } else {
            died(&what)
        };
        // One that never came up may have lost its files to a new version, which has others.
        if was_ready || error.code() != Code::WorkerDied || self.build.is_empty() {
            return self.bury(kind, generation, &error);
        }
        let (loader, this) = (build::loader_of(program, &self.build), self.this.clone());
        spawn_local(async move {
            let error = if build::is_gone(&loader).await { outdated() } else { error };
            if let Some(this) = this.upgrade() {
                this.bury(kind, generation, &error);
            }
        });
    }

    fn is_current(&self, kind: WorkerKind, generation: u32) -> bool {
        self.links.borrow().get(&kind).is_some_and(|link| link.generation == generation)
    }

    fn receive(&self, kind: WorkerKind, generation: u32, message: Answer) {
        if !self.is_current(kind, generation) {
            return;
        }
        if let Some(link) = self.links.borrow_mut().get_mut(&kind) {
            link.heard_ms = Some(now_ms());
        }
        let (event, bulk) = match message {
            Ok(message) => message,
            Err(error) => return self.bury(kind, generation, &error),
        };
        match event {
            Event::Ready { version, ref build, .. } if version != VERSION || *build != self.build => {
                self.bury(kind, generation, &outdated());
            }
            Event::Ready { devices, .. } => self.welcome(kind, devices),
            Event::Alive => {}
            Event::DataReady { request, .. }
            | Event::Predicted { request, .. }
            | Event::EvaluatedNow { request, .. }
            | Event::BatchShown { request, .. }
            | Event::Viewed { request, .. }
            | Event::CheckpointDone { request, .. }
            | Event::WeightsTaken { request, .. }
            | Event::Slowed { request, .. }
            | Event::Measured { request, .. }
            | Event::WeightsGiven { request } => self.answer(request, Ok((event, bulk))),
            Event::Failed(ref failure) => match (failure.run, failure.request) {
                (_, Some(request)) => self.answer(request, Err(failure.error.clone())),
                (Some(_), None) => self.tell_event(kind, event, bulk),
                // Neither a run nor a question: the worker itself.
                (None, None) => self.bury(kind, generation, &failure.error),
            },
            event => self.tell_event(kind, event, bulk),
        }
    }

    fn welcome(&self, kind: WorkerKind, devices: Vec<DeviceCard>) {
        let mut links = self.links.borrow_mut();
        let Some(link) = links.get_mut(&kind) else { return };
        link.devices = Some(devices);
        if let Some(handle) = &link.handle {
            for (command, bulk, port) in link.waiting.drain(..) {
                handle.post_with(&command, &bulk, port.as_ref());
            }
        }
    }

    fn answer(&self, request: RequestId, answer: Answer) {
        if let Some(question) = self.questions.borrow_mut().remove(&request) {
            question.answer.send(answer).ok();
        }
    }

    fn tell_event(&self, kind: WorkerKind, event: Event, bulk: Bulk) {
        let audience = self.audience.borrow().upgrade();
        if let Some(audience) = audience {
            audience.on_event(kind, event, bulk);
        }
    }

    /// Removes a dead worker, answers its open questions, and tells of it. The next command starts a new one.
    fn bury(&self, kind: WorkerKind, generation: u32, error: &Error) {
        if !self.is_current(kind, generation) {
            return;
        }
        self.links.borrow_mut().remove(&kind);
        self.refuse_questions(kind, error);
        let audience = self.audience.borrow().upgrade();
        if let Some(audience) = audience {
            audience.on_death(kind, error);
        }
    }

    /// Answers what nobody will answer any more.
    fn refuse_questions(&self, kind: WorkerKind, error: &Error) {
        let mut questions = self.questions.borrow_mut();
        let open: Vec<RequestId> = questions.iter().filter(|(_, question)| question.kind == kind).map(|(request, _)| *request).collect();
        for request in open {
            if let Some(question) = questions.remove(&request) {
                question.answer.send(Err(error.clone())).ok();
            }
        }
    }
}

fn died(what: &str) -> Error {
    Error::new(Code::WorkerDied, format!("the training worker stopped working: {what}"), "start again; a new worker takes its place")
}

/// A worker of another build is never tried again: it would be the same one.
fn outdated() -> Error {
    Error::new(Code::Outdated, "a new version was put in place", "reload to go on")
}

fn being_built(program: &str) -> Error {
    let message = format!("{program} was still being built when this page was loaded");
    Error::new(
        Code::DeviceUnavailable,
        message,
        "train on the CPU, or reload the page when `cargo xtask serve` says that everything is built",
    )
}
