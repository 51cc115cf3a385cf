//! The page: signals of its state, and the way to the session, in one small copyable handle that every panel and the API
//! share. The session decides; [`perform`] does what it decided.

mod board;
mod class;
mod eye;
mod perform;
pub mod pictures;
mod runs;
mod sections;

use super::supervisor::{Audience, Supervisor};
use crate::charts::{Chart, Listener, Painter};
use crate::domain::callback::Progress;
use crate::domain::data::SampleShape;
use crate::domain::data::source::DataSpec;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::{GpuProbe, WorkerKind, choose};
use crate::domain::run::event::{Step, TrainEnd};
use crate::domain::run::preset;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::api::hooks::Listeners;
use crate::ui::kept_weights::KeptWeights;
use crate::ui::parts::lean;
use crate::ui::parts::theme::Appearance;
use crate::ui::scripts::Scripts;
use crate::ui::session::heartbeat::LOOK_MS;
use crate::ui::session::{Intent, Request, Session, launch};
use crate::ui::shelf::Shelf;
use crate::ui::state::data::{DataView, Loaded, Preview};
use crate::ui::state::lessons::Lessons;
use crate::ui::state::phase::Phase;
use crate::ui::state::replaced::Replaced;
use crate::ui::state::store::{Run, RunState, Store};
use crate::ui::state::weights::NamedWeights;
use crate::web::gpu;
use crate::web::tasks::{now_ms, spawn};
use crate::web::wake::Screen;
pub use board::Board;
pub use class::ClassRoom;
pub use eye::Eye;
use futures_channel::oneshot;
use leptos::prelude::*;
pub use runs::Runs;
pub use sections::Sections;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The most notices at a time.
const MOST_NOTICES: usize = 12;

/// The time after which what was recorded goes to the device.
const KEEP_EVERY: Duration = Duration::from_millis(250);

/// The sender to somebody who waits for a run's end.
type Waiter = oneshot::Sender<Result<TrainEnd>>;

/// The state outside of signals.
pub struct Inner {
    /// Recorded runs; charts borrow it.
    pub store: Rc<RefCell<Store>>,
    /// The workers.
    pub supervisor: Rc<Supervisor>,
    /// The handlers of hooks.
    pub listeners: Listeners,
    /// All charts' one animation frame.
    pub painter: Painter,
    /// The weights of runs that have ended.
    pub kept_weights: KeptWeights,
    /// The keeping of runs on the device.
    pub shelf: Rc<Shelf>,
    /// The charts on the page, each in a place of its own; one that has gone leaves its place to the next.
    pub charts: RefCell<Vec<Option<Chart>>>,
    waiters: RefCell<HashMap<RunId, Vec<Waiter>>>,
    session: RefCell<Session>,
}

/// A handle to the page's state.
#[derive(Clone, Copy)]
pub struct Page {
    /// The setup's configuration.
    pub config: RwSignal<RunConfig>,
    /// The phase of the present run.
    pub phase: RwSignal<Phase>,
    /// The progress of the present run.
    pub progress: RwSignal<Progress>,
    /// The browser's answer about its GPU; `None` until it has answered.
    pub probe: RwSignal<Option<GpuProbe>>,
    /// The device of the present run and the reason for it: `(device, why)`.
    pub device: RwSignal<Option<(String, String)>>,
    /// The data that the setup names.
    pub preview: RwSignal<Preview>,
    /// Data that the visitor loaded.
    pub loaded: RwSignal<Loaded>,
    /// The file whose weights the next run begins with.
    pub first_weights: RwSignal<Option<Arc<NamedWeights>>>,
    /// Something that the visitor should know; newest last.
    pub notices: RwSignal<Vec<Error>>,
    /// The words about a worker that does not answer; empty while all do.
    pub silence: RwSignal<String>,
    /// Whether the run's worker has said nothing for so long that its figures are old.
    pub is_held_up: RwSignal<bool>,
    /// Counts changes of the record; whoever shows numbers of it looks at this.
    pub version: RwSignal<u32>,
    /// Light or dark.
    pub appearance: RwSignal<Appearance>,
    /// The batch that is looked at: of which run, and the step of its update.
    pub batch: RwSignal<Option<(RunId, Step)>>,
    /// The kept weights that answer in place of the present ones.
    pub judge: RwSignal<Option<CheckpointCard>>,
    /// A sentence on what was just done with a link or file.
    pub said: RwSignal<String>,
    /// The setup that was replaced by a link or file, to be brought back.
    pub replaced: StoredValue<Option<Replaced>>,
    /// A sentence on that; empty while there is none.
    pub replaced_words: RwSignal<String>,
    /// The sections that are open, and the way to what is in them.
    pub sections: Sections,
    /// The id of the one thing that is presented, while the page is on a projector.
    pub stage: RwSignal<Option<&'static str>>,
    /// Changes in the list of runs, and the seeds that are trained in turn.
    pub runs: Runs,
    /// The part of the charts' state that all share.
    pub board: Board,
    /// The choice of what the pictures of the network show, and the last view.
    pub eye: Eye,
    /// Callbacks written in the page.
    pub scripts: Scripts,
    /// Lessons: their list, the one that is open, the learner's progress.
    pub lessons: RwSignal<Lessons>,
    /// A class: what a link has locked and hidden, and what came back.
    pub class: ClassRoom,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

impl Page {
    /// A fresh page with the first preset, whose GPU probe and data preview are on their way.
    pub fn new() -> Self {
        let (supervisor, shelf) = (Supervisor::new(), Shelf::new());
        let inner = Rc::new(Inner {
            store: Rc::default(),
            supervisor: supervisor.clone(),
            listeners: Listeners::default(),
            painter: Painter::new(),
            kept_weights: KeptWeights::new(shelf.clone()),
            shelf,
            charts: RefCell::default(),
            waiters: RefCell::default(),
            session: RefCell::default(),
        });
        let first = preset::all().swap_remove(0).config;
        let page = Self {
            config: RwSignal::new(first),
            phase: RwSignal::default(),
            progress: RwSignal::default(),
            probe: RwSignal::new(None),
            device: RwSignal::new(None),
            preview: RwSignal::default(),
            loaded: RwSignal::default(),
            first_weights: RwSignal::default(),
            notices: RwSignal::default(),
            silence: RwSignal::default(),
            is_held_up: RwSignal::default(),
            version: RwSignal::new(0),
            appearance: RwSignal::new(Appearance::of_system()),
            batch: RwSignal::new(None),
            judge: RwSignal::new(None),
            said: RwSignal::default(),
            replaced: StoredValue::default(),
            replaced_words: RwSignal::default(),
            sections: Sections::new(),
            stage: RwSignal::new(None),
            runs: Runs::default(),
            board: Board::new(),
            eye: Eye::default(),
            scripts: Scripts::new(),
            lessons: RwSignal::default(),
            class: ClassRoom::new(),
            inner: StoredValue::new_local(inner),
        };
        page.scripts.serve(Rc::new(page));
        let audience: Rc<dyn Audience> = Rc::new(page);
        supervisor.tell(Rc::downgrade(&audience));
        // The page lives as long as the document.
        std::mem::forget(audience);
        spawn(async move { page.probe.set(Some(gpu::probe().await)) });
        page.follow_visibility();
        page.follow_heartbeats();
        let shelf = page.inner().shelf.clone();
        set_interval(move || shelf.post_all(), KEEP_EVERY);
        page
    }

    /// Looks every second whether the workers answer.
    fn follow_heartbeats(self) {
        let look = move || {
            let inner = self.inner();
            let longest = |run: RunId| inner.store.borrow().run(run).map(Run::longest_batch_ms);
            let longest_batch_ms = inner.session.borrow().live_run().and_then(longest).unwrap_or(0.0);
            // Never refused: a look changes nothing.
            self.intend(Intent::Look { now_ms: now_ms(), workers: inner.supervisor.looks(), longest_batch_ms }).ok();
        };
        set_interval(look, Duration::from_millis(u64::from(LOOK_MS)));
    }

    /// Tells the session when the page is hidden and when it is back, and keeps the screen on while a run trains.
    fn follow_visibility(self) {
        // Never refused: the page is hidden, whatever goes on.
        let tell = move || drop(self.intend(Intent::PageHidden(document().hidden())));
        tell();
        let screen = Rc::<RefCell<Screen>>::default();
        let shelved = self.inner().shelf.shelved;
        let has_room = move || shelved.with(|shelved| shelved.waiting.is_empty());
        let trains = lean::memo(move || has_room() && self.phase.with(|phase| phase.is_live() && *phase != Phase::Paused));
        let its_screen = screen.clone();
        lean::effect(move || Screen::keep_on(&its_screen, trains.get()));
        let back = move |_| {
            tell();
            Screen::keep_on(&screen, trains.get_untracked() && !document().hidden());
        };
        std::mem::forget(Listener::new(&window(), "visibilitychange", back));
    }

    /// The state outside of signals.
    pub fn inner(&self) -> Rc<Inner> {
        self.inner.get_value()
    }

    /// Tells the visitor. The oldest notice goes where there are too many: a page that opened this one can bring any number.
    pub fn notify(&self, error: Error) {
        self.notices.update(|notices| {
            notices.retain(|known| *known != error);
            notices.push(error);
            if notices.len() > MOST_NOTICES {
                notices.remove(0);
            }
        });
    }

    /// Waits for the browser's word on its GPU.
    pub async fn probed(&self) -> GpuProbe {
        if let Some(probe) = self.probe.get_untracked() {
            return probe;
        }
        let probe = gpu::probe().await;
        self.probe.set(Some(probe.clone()));
        probe
    }

    /// Starts a run of `config`, held before its first batch if `paused`.
    ///
    /// # Errors
    /// When the configuration is wrong, the model does not fit, another run is going on, or the device asked for is
    /// not there.
    pub async fn start(self, config: RunConfig, paused: bool) -> Result<RunId> {
        config.validate()?;
        self.check_idle()?;
        launch::check(&config, self.shape_of(&config.data), self.first_weights.get_untracked().as_deref())?;
        let choice = choose(config.device, &self.probed().await)?;
        let first_weights = self.first_weights.get_untracked();
        let has_scripts = self.scripts.has_any(&config);
        let run = self.inner().store.borrow().next_id();
        let request = Request { run, config, first_weights, paused, has_scripts, state: None };
        self.intend(Intent::Start(Rc::new(request), choice))?;
        Ok(run)
    }

    /// Lets the browser read the script called `name` in the setup, and switches it on; gives the hooks that it has.
    ///
    /// # Errors
    /// As [`Scripts::switch_on`].
    pub async fn switch_on(self, name: String) -> Result<Vec<String>> {
        let config = self.config.get_untracked();
        self.scripts.switch_on(name, &config).await
    }

    /// Whether another run may begin.
    ///
    /// # Errors
    /// As [`Session::check_idle`].
    pub fn check_idle(&self) -> Result<()> {
        self.inner().session.borrow().check_idle()
    }

    /// Waits for the end of `run`, and until the callbacks written in the page have heard of all of it.
    ///
    /// # Errors
    /// The failure that ended it, or [`Code::InvalidState`] when there is no such run.
    pub async fn finished(self, run: RunId) -> Result<TrainEnd> {
        let end = self.ended(run).await;
        self.scripts.drained(run).await;
        end
    }

    async fn ended(self, run: RunId) -> Result<TrainEnd> {
        let inner = self.inner();
        let state = inner.store.borrow().known(run)?.state.clone();
        match state {
            RunState::Finished(end) => Ok(end),
            RunState::Failed(error) => Err(error),
            RunState::Interrupted { .. } => {
                Err(Error::new(Code::InvalidState, "this run of an earlier visit has no end", "train it again with the same configuration"))
            }
            _ => {
                let (sender, receiver) = oneshot::channel();
                inner.waiters.borrow_mut().entry(run).or_default().push(sender);
                drop(inner);
                receiver.await.unwrap_or_else(|_| Err(Error::new(Code::InvalidState, "the page is going away", "")))
            }
        }
    }

    /// The run that was started last, unless it was discarded.
    pub fn current_run(&self) -> Option<RunId> {
        self.inner().session.borrow().current_run()
    }

    /// The worker that has the model of `run`; `None` where that is no longer in memory.
    pub fn has_model(&self, run: RunId) -> Option<WorkerKind> {
        self.kept_network().filter(|(kept, _)| *kept == run).map(|(_, worker)| worker)
    }

    /// The worker that has a model for predictions: that of the last run, or one that was made of a file's weights.
    pub fn trained_on(&self) -> Option<WorkerKind> {
        self.inner().session.borrow().predictor().map(|(_, worker)| worker)
    }

    /// The shape of a sample of `run` and the names of its classes, if the page knows them.
    pub fn data_of(&self, run: &Run) -> Option<(SampleShape, Vec<String>)> {
        // A run out of a file has not said; the setup may have the same data.
        run.data.clone().or_else(|| {
            let known = |view: &DataView| (view.summary.shape, view.summary.classes.clone());
            self.preview.with_untracked(|preview| preview.view_of(&run.config.data).map(known))
        })
    }

    /// The run whose network a worker still has, and that worker.
    pub fn kept_network(&self) -> Option<(RunId, WorkerKind)> {
        self.inner().session.borrow().predictor().and_then(|(run, worker)| Some((run?, worker)))
    }

    /// The hash of the data that `config` names, if the page has seen it.
    pub fn data_hash(&self, config: &RunConfig) -> Option<String> {
        let has_its_seed = self.config.with_untracked(|setup| setup.seed == config.seed);
        self.preview.with_untracked(|preview| preview.view_of(&config.data).filter(|_| has_its_seed).map(|view| view.summary.hash.clone()))
    }

    /// The shape and the number of classes of the data, if they are known.
    pub fn shape_of(&self, spec: &DataSpec) -> Option<(SampleShape, usize)> {
        self.loaded.with_untracked(|loaded| loaded.shape_of(spec))
    }

    /// Notes that the visitor ends the run before its time, which also calls off the seeds after it.
    pub fn cut_short(&self, id: RunId) {
        if let Some(run) = self.inner().store.borrow_mut().run_mut(id) {
            run.tag.cut_short = true;
        }
        self.cancel_seeds();
    }

    /// Calls off the seeds that are still to come; the run that is going on goes on.
    pub fn cancel_seeds(&self) {
        if let Some(queue) = self.runs.queue.get_untracked() {
            self.runs.queue.update(|queue| {
                if let Some(queue) = queue {
                    queue.cancelled = true;
                }
            });
            self.inner().store.borrow_mut().cancel_group(queue.group);
            self.runs.changed();
            self.touch();
        }
    }

    /// Tells the visitor what did not work.
    pub fn tell<T>(&self, result: Result<T>) {
        if let Err(error) = result {
            self.notify(error);
        }
    }

    /// Says that the record has changed: charts are painted in the next frame, numbers looked up again.
    pub fn touch(&self) {
        self.version.update(|version| *version = version.wrapping_add(1));
        self.runs.recorded();
        for chart in self.inner().charts.borrow().iter().flatten() {
            chart.mark_dirty();
        }
    }
}
