//! The page: signals of its state, and the way to the session, in one small copyable handle that every panel and the API
//! share. The session decides; [`perform`] does what it decided.
//!
//! Here are the signals and how the page comes to be. Never here: a decision, an element.

mod board;
mod class;
mod eye;
mod lifecycle;
mod lookups;
mod perform;
pub mod pictures;
mod runs;
mod sections;
mod watch;

use super::supervisor::{Audience, Supervisor};
use crate::charts::{Chart, Painter};
use crate::domain::callback::Progress;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::GpuProbe;
use crate::domain::run::event::{Step, TrainEnd};
use crate::domain::run::preset;
use crate::error::{Error, Result};
use crate::protocol::RunId;
use crate::ui::api::hooks::Listeners;
use crate::ui::kept_weights::KeptWeights;
use crate::ui::parts::theme::Appearance;
use crate::ui::scripts::Scripts;
use crate::ui::session::Session;
use crate::ui::shelf::Shelf;
use crate::ui::state::data::{Loaded, Preview};
use crate::ui::state::lessons::Lessons;
use crate::ui::state::phase::Phase;
use crate::ui::state::replaced::Replaced;
use crate::ui::state::store::Store;
use crate::ui::state::weights::NamedWeights;
use crate::web::gpu;
use crate::web::tasks::spawn;
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
