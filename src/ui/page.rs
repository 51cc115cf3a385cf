//! The page's state and what can be done with it: one small copyable handle that every panel and the API share.

mod board;
mod ends;
mod events;

use super::data_link::{DataView, Preview};
use super::supervisor::{Audience, Supervisor};
use crate::charts::{Chart, Painter};
use crate::domain::callback::Progress;
use crate::domain::data::SampleShape;
use crate::domain::model::match_arrays;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::config::{DeviceWish, RunConfig, check_learning_rate, check_watch_budget};
use crate::domain::run::device::{Choice, GpuProbe, WorkerKind, choose};
use crate::domain::run::event::{Step, TrainEnd};
use crate::domain::run::preset;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, RunId};
use crate::ui::api::hooks::Listeners;
use crate::ui::kept_weights::KeptWeights;
use crate::ui::panels::imports::NamedWeights;
use crate::ui::panels::runs::Runs;
use crate::ui::panels::scripts::Scripts;
use crate::ui::parts::theme::Appearance;
use crate::ui::state::store::{Run, Store};
use crate::web::gpu;
pub use board::Board;
use futures_channel::oneshot;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// What the run bar shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// No run.
    #[default]
    Idle,
    /// On its way: the worker starts, data is made.
    Starting,
    /// Training.
    Running,
    /// Validating; still running, but no batches come.
    Validating,
    /// Held.
    Paused,
    /// Done, with the reason.
    Finished(TrainEnd),
    /// Ended by a failure.
    Failed(Error),
}

impl Phase {
    /// Whether a run is going on.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Validating | Self::Paused)
    }
}

/// Who waits for a run's end.
type Waiter = oneshot::Sender<Result<TrainEnd>>;

/// What lives outside signals.
pub struct Inner {
    /// Recorded runs; charts borrow it.
    pub store: Rc<RefCell<Store>>,
    /// The workers.
    pub supervisor: Rc<Supervisor>,
    /// Who listens to hooks.
    pub listeners: Listeners,
    /// All charts' one animation frame.
    pub painter: Painter,
    /// The weights of runs that have ended.
    pub kept_weights: KeptWeights,
    /// The charts on the page.
    pub charts: RefCell<Vec<Chart>>,
    waiters: RefCell<HashMap<RunId, Vec<Waiter>>>,
    current: RefCell<Option<(RunId, Choice)>>,
    /// The worker that has a model for predictions, and the run whose model that is; none if it was made of a file.
    predictor: Cell<Option<(Option<RunId>, WorkerKind)>>,
}

/// A handle to the page's state.
#[derive(Clone, Copy)]
pub struct Page {
    /// What the setup says.
    pub config: RwSignal<RunConfig>,
    /// How the shown run stands.
    pub phase: RwSignal<Phase>,
    /// How far it is.
    pub progress: RwSignal<Progress>,
    /// What the browser says of its GPU; `None` until it has answered.
    pub probe: RwSignal<Option<GpuProbe>>,
    /// What the shown run trains on and why: `(device, why)`.
    pub device: RwSignal<Option<(String, String)>>,
    /// The data that the setup names.
    pub preview: RwSignal<Preview>,
    /// Data that the visitor loaded: `(id, view)`.
    pub loaded: RwSignal<Vec<(String, DataView)>>,
    /// The file whose weights the next run begins with.
    pub first_weights: RwSignal<Option<Arc<NamedWeights>>>,
    /// Something that the visitor should know; newest last.
    pub notices: RwSignal<Vec<Error>>,
    /// Counts changes of the record; whoever shows numbers of it looks at this.
    pub version: RwSignal<u32>,
    /// Light or dark.
    pub appearance: RwSignal<Appearance>,
    /// The batch that is looked at: of which run, and the step of its update.
    pub batch: RwSignal<Option<(RunId, Step)>>,
    /// The kept weights that answer in place of the present ones.
    pub judge: RwSignal<Option<CheckpointCard>>,
    /// What was just done with link or file, in a sentence.
    pub said: RwSignal<String>,
    /// What changes in the list of runs, and the seeds that are trained in turn.
    pub runs: Runs,
    /// What all charts share.
    pub board: Board,
    /// Callbacks written in the page.
    pub scripts: Scripts,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

impl Page {
    /// A fresh page with the first preset, whose GPU probe and data preview are on their way.
    pub fn new() -> Self {
        let supervisor = Supervisor::new();
        let inner = Rc::new(Inner {
            store: Rc::default(),
            supervisor: supervisor.clone(),
            listeners: Listeners::default(),
            painter: Painter::new(),
            kept_weights: KeptWeights::default(),
            charts: RefCell::default(),
            waiters: RefCell::default(),
            current: RefCell::default(),
            predictor: Cell::default(),
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
            version: RwSignal::new(0),
            appearance: RwSignal::new(Appearance::of_system()),
            batch: RwSignal::new(None),
            judge: RwSignal::new(None),
            said: RwSignal::default(),
            runs: Runs::default(),
            board: Board::new(),
            scripts: Scripts::new(),
            inner: StoredValue::new_local(inner),
        };
        let audience: Rc<dyn Audience> = Rc::new(page);
        supervisor.tell(Rc::downgrade(&audience));
        // The page lives as long as the document.
        std::mem::forget(audience);
        spawn_local(async move { page.probe.set(Some(gpu::probe().await)) });
        page.follow_data();
        page
    }

    /// What lives outside signals.
    pub fn inner(&self) -> Rc<Inner> {
        self.inner.get_value()
    }

    /// Tells the visitor.
    pub fn notify(&self, error: Error) {
        self.notices.update(|notices| {
            notices.retain(|known| *known != error);
            notices.push(error);
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
        if let Some((shape, classes)) = self.shape_of(&config.data) {
            let plan = config.model.plan(shape, classes, config.loss)?;
            if let Some(first) = self.first_weights.get_untracked() {
                match_arrays(&plan.arrays(), &first.weights.heads)?;
            }
        }
        let choice = choose(config.device, &self.probed().await)?;
        // Asked again, since another start may have come while the browser was asked for its GPU.
        self.check_idle()?;
        let inner = self.inner();
        let run = inner.store.borrow_mut().begin(config.clone(), choice.device.clone(), choice.why.clone());
        self.launch(run, &config, choice, paused);
        self.runs.changed();
        Ok(run)
    }

    fn launch(self, run: RunId, config: &RunConfig, choice: Choice, paused: bool) {
        let inner = self.inner();
        self.notices.set(Vec::new());
        // The checkpoints of the last run go with its model.
        self.judge.set(None);
        self.phase.set(Phase::Starting);
        self.progress.set(Progress { epochs: config.epochs, eta_seconds: f64::NAN, ..Progress::default() });
        self.device.set(Some((choice.device.clone(), choice.why.clone())));
        *inner.current.borrow_mut() = Some((run, choice.clone()));
        inner.predictor.set(Some((Some(run), choice.worker)));
        let first = self.first_weights.get_untracked();
        if let Some(run) = inner.store.borrow_mut().run_mut(run) {
            run.weights_from = first.as_ref().map(|first| first.name.clone());
        }
        // Held until the page's callbacks can be called, so that they do not begin with a lag.
        let is_held = self.scripts.begin(self, run, config);
        if is_held && !paused {
            spawn_local(async move {
                self.scripts.begun(self, run).await;
                if self.current_run() == Some(run) {
                    self.command(Command::Resume).ok();
                }
            });
        }
        let paused = paused || is_held;
        let mut config = resolved(config, &choice);
        // The page's affair: the worker never sees them.
        config.scripts.clear();
        inner.supervisor.start(choice.worker, run, config, first.as_ref().map(|first| &first.weights), paused);
        if document().hidden() {
            inner.supervisor.steer(choice.worker, Command::Hidden { hidden: true });
        }
        self.touch();
    }

    /// The run that was started last, unless it was discarded.
    pub fn current_run(&self) -> Option<RunId> {
        self.inner().current.borrow().as_ref().map(|(run, _)| *run)
    }

    /// The worker that has the model of `run`; `None` where that is no longer in memory.
    pub fn has_model(&self, run: RunId) -> Option<WorkerKind> {
        self.kept_network().filter(|(kept, _)| *kept == run).map(|(_, worker)| worker)
    }

    /// The worker that has a model for predictions: that of the last run, or one that was made of a file's weights.
    pub fn trained_on(&self) -> Option<WorkerKind> {
        self.inner().predictor.get().map(|(_, worker)| worker)
    }

    /// What the samples of `run` are and the names of its classes, if the page has learned it.
    pub fn data_of(&self, run: &Run) -> Option<(SampleShape, Vec<String>)> {
        // A run out of a file has not said; the setup may have the same data.
        run.data.clone().or_else(|| {
            self.preview.with_untracked(|preview| match preview {
                Preview::Ready(spec, view) if *spec == run.config.data => Some((view.summary.shape, view.summary.classes.clone())),
                _ => None,
            })
        })
    }

    /// From now on the worker of `kind` answers predictions, by a model that is no run's.
    pub fn predict_on(&self, kind: WorkerKind) {
        self.inner().predictor.set(Some((None, kind)));
    }

    /// The run whose network a worker still has, and that worker.
    pub fn kept_network(&self) -> Option<(RunId, WorkerKind)> {
        self.inner().predictor.get().and_then(|(run, worker)| Some((run?, worker)))
    }

    /// The hash of the data that `config` names, if the page has seen it.
    pub fn data_hash(&self, config: &RunConfig) -> Option<String> {
        self.preview.with_untracked(|preview| match preview {
            Preview::Ready(spec, view) if *spec == config.data && self.config.with_untracked(|setup| setup.seed == config.seed) => {
                Some(view.summary.hash.clone())
            }
            _ => None,
        })
    }

    /// Sends the visitor's command to the worker of the present run.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when no run is going on.
    pub fn steer(&self, command: Command) -> Result<()> {
        if let (Command::Stop { .. }, Some(run)) = (&command, self.current_run().filter(|_| self.phase.with_untracked(Phase::is_live))) {
            self.cut_short(run);
        }
        self.command(command)
    }

    /// As [`Page::steer`], for what is no decision of the visitor: a stop then belongs to the run, as a callback's does.
    ///
    /// # Errors
    /// As [`Page::steer`].
    pub fn command(&self, command: Command) -> Result<()> {
        let inner = self.inner();
        let current = inner.current.borrow();
        match current.as_ref() {
            Some((_, choice)) if self.phase.with_untracked(Phase::is_live) => {
                inner.supervisor.steer(choice.worker, command);
                Ok(())
            }
            _ => Err(Error::new(Code::InvalidState, "no run is going on", "start one")),
        }
    }

    /// Changes the learning rate of the present run, and of the setup.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when it is out of range.
    pub fn set_learning_rate(&self, learning_rate: f64) -> Result<()> {
        check_learning_rate(learning_rate)?;
        self.config.update(|config| *config.optimizer.learning_rate_mut() = learning_rate);
        // Without a run the setup alone is meant.
        self.steer(Command::SetLearningRate { learning_rate }).ok();
        Ok(())
    }

    /// Changes how much of the time watching may cost, of the present run and of the setup.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when it is out of range.
    pub fn set_watch_budget(&self, percent: f64) -> Result<()> {
        check_watch_budget(percent)?;
        self.config.update(|config| config.monitors.watch_budget = percent);
        self.steer(Command::SetWatchBudget { percent }).ok();
        Ok(())
    }

    /// Takes the shown run off the charts; a run that is going on is ended at once, with its worker.
    pub fn reset(&self) {
        let inner = self.inner();
        let current = inner.current.borrow_mut().take();
        if let (Some((run, choice)), true) = (current, self.phase.with_untracked(Phase::is_live)) {
            self.cut_short(run);
            inner.supervisor.dismiss(choice.worker);
            inner.predictor.set(None);
            self.end_run(run, Err(Error::new(Code::InvalidState, "the run was discarded by a reset", "start again")));
        }
        self.scripts.end_run(*self, None, "the run was discarded");
        inner.store.borrow_mut().clear_shown();
        self.runs.changed();
        self.phase.set(Phase::Idle);
        self.progress.set(Progress::default());
        self.device.set(None);
        self.notices.set(Vec::new());
        self.touch();
    }

    /// Says that the record has changed: charts are painted in the next frame, numbers looked up again.
    pub fn touch(&self) {
        self.version.update(|version| *version = version.wrapping_add(1));
        self.runs.recorded();
        for chart in self.inner().charts.borrow().iter() {
            chart.mark_dirty();
        }
    }
}

/// `config` with the device that was chosen for it.
pub(super) fn resolved(config: &RunConfig, choice: &Choice) -> RunConfig {
    let mut config = config.clone();
    config.device = match choice.device.as_str() {
        "webgpu" => DeviceWish::Webgpu,
        "ndarray" => DeviceWish::Ndarray,
        _ => DeviceWish::Cpu,
    };
    config
}
