//! A run with all that it recorded. Never here: how it takes that in ([`recording`]).

mod probes;
mod recording;
mod state;

use super::tag::Tag;
use crate::domain::callback::Progress;
use crate::domain::cost::marks::Bands;
use crate::domain::cost::table::Table;
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::SampleShape;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::evaluations::Evaluations;
use crate::domain::record::interruption::Interruption;
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::{CheckpointCard, LAST};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{Step, TrainBegin, series};
use crate::domain::run::journal::Told;
use crate::domain::run::parent::Parent;
use crate::domain::run::trail::TrailCard;
use crate::protocol::RunId;
pub use probes::Probes;
pub use state::RunState;
use std::collections::BTreeMap;

/// One run and all that it recorded.
pub struct Run {
    /// The id.
    pub id: RunId,
    /// The name and the marks.
    pub tag: Tag,
    /// The configuration that defines it.
    pub config: RunConfig,
    /// The device that it trains on, in words.
    pub device: String,
    /// The reason for that device.
    pub why: String,
    /// The state.
    pub state: RunState,
    /// The progress that was told last.
    pub progress: Progress,
    /// The hash of its data, where it is known.
    pub data_hash: Option<String>,
    /// The file whose weights it began with, in place of those of its seed.
    pub weights_from: Option<String>,
    /// The run that it goes on from, if it is a branch.
    pub parent: Option<Parent>,
    /// The payload of `on_train_begin`, once it has begun.
    pub begin: Option<TrainBegin>,
    /// The recorded series, by name.
    pub series: BTreeMap<String, Series>,
    /// The looks into the network, thinned out when they become many.
    pub probes: Probes,
    /// The shape of a sample and the names of the classes, once it has begun.
    pub data: Option<(SampleShape, Vec<String>)>,
    /// The metrics of its validations, and of those that were asked for.
    pub evaluations: Evaluations,
    /// The weights that its worker keeps.
    pub checkpoints: Vec<CheckpointCard>,
    /// The moments whose weights its worker keeps.
    pub trail: TrailCard,
    /// The weights that it has left at its end; the page keeps them.
    pub weights: Vec<CheckpointCard>,
    /// The diagnoses, in the order in which they were made.
    pub diagnoses: Vec<Diagnosis>,
    /// Mean, median, 95th percentile and share of each phase.
    pub costs: Table,
    /// The bands where times of batches mean something else.
    pub bands: Bands,
    /// The cost of watching, as last told.
    pub watching: Option<WatchCost>,
    /// The changes that were made to keep the budget of watching, in words.
    pub watch_changes: Vec<String>,
    /// Milliseconds from the run's begin to each batch's end; the batch of step `s` at `s - 1`.
    pub at_ms: Vec<f64>,
    /// The time at which the run began, in milliseconds since 1970.
    pub started_at: f64,
    /// Whether it is of an earlier visit.
    pub is_earlier: bool,
    /// Whether it came out of a file, which still has it.
    pub is_from_file: bool,
    /// The number of updates of the state that is kept of it, from which it could go on.
    pub can_go_on_from: Option<Step>,
    /// The inputs that reached it.
    pub inputs: Told,
    /// The times that it was interrupted and went on.
    pub interruptions: Vec<Interruption>,
}

impl Run {
    /// A run that is on its way to a worker and has recorded nothing yet.
    pub(super) fn new(id: RunId, tag: Tag, config: RunConfig, device: String, why: String, now_ms: f64) -> Self {
        Self {
            id,
            tag,
            config,
            device,
            why,
            state: RunState::Starting,
            progress: Progress::default(),
            data_hash: None,
            weights_from: None,
            parent: None,
            begin: None,
            series: BTreeMap::new(),
            probes: Probes::default(),
            data: None,
            evaluations: Evaluations::default(),
            checkpoints: Vec::new(),
            trail: TrailCard::default(),
            weights: Vec::new(),
            diagnoses: Vec::new(),
            costs: Table::default(),
            bands: Bands::default(),
            watching: None,
            watch_changes: Vec::new(),
            at_ms: Vec::new(),
            started_at: now_ms,
            is_earlier: false,
            is_from_file: false,
            can_go_on_from: None,
            inputs: Told::default(),
            interruptions: Vec::new(),
        }
    }

    /// The number of batches recorded.
    pub fn batches(&self) -> usize {
        self.at_ms.len()
    }

    /// The milliseconds of the longest batch so far; 0 before there is one. The first two are left out where there are more: in
    /// them a GPU compiles.
    pub fn longest_batch_ms(&self) -> f64 {
        let Some(series) = self.series.get(series::TIME_BATCH) else { return 0.0 };
        let from = if series.len() > 2 { 2 } else { 0 };
        series.range_min_max(from..series.len()).map_or(0.0, |(_, most)| f64::from(most))
    }

    /// The step from which it can go on: it was interrupted, a state of it is kept, and no other tab trains it.
    pub fn goes_on_from(&self) -> Option<Step> {
        self.can_go_on_from.filter(|_| self.state == RunState::Interrupted { elsewhere: false })
    }

    /// The value of the series `name` at exactly `step`, if it has one there.
    pub fn value_at(&self, name: &str, step: Step) -> Option<f32> {
        let series = self.series.get(name)?;
        series.get(series.index_at_or_before(step)?).filter(|&(found, _)| found == step).map(|(_, value)| value)
    }

    /// The weights that it has left: its last ones, or those that a callback found the best; of several of these the ones of
    /// the first callback that kept any.
    pub fn left(&self, best: bool) -> Option<&CheckpointCard> {
        self.weights.iter().find(|card| if best { card.is_best() } else { card.name == LAST })
    }

    /// Whether samples are held out to validate it.
    pub fn is_validated(&self) -> bool {
        self.config.validation > 0.0
    }

    /// Whether a series of this name may come: none of the validation does where no samples are held out.
    pub fn may_record(&self, name: &str) -> bool {
        let is_of_validation = name.starts_with("val/") || name == series::TIME_VALIDATION;
        self.is_validated() || !is_of_validation || self.series.contains_key(name)
    }
}
