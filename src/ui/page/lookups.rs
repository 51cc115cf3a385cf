//! Lookups: the present run, the worker that has a network, the data as far as they are known. Never here: changes.

use super::Page;
use crate::domain::data::SampleShape;
use crate::domain::data::source::DataSpec;
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::WorkerKind;
use crate::protocol::RunId;
use crate::ui::state::data::DataView;
use crate::ui::state::store::Run;
use leptos::prelude::*;

impl Page {
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
}
