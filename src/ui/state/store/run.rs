//! A run with all that it recorded, and how it takes in what is recorded.

use super::tag::Tag;
use crate::domain::callback::Progress;
use crate::domain::cost::marks::Bands;
use crate::domain::cost::table::Table;
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::SampleShape;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::evaluations::Evaluations;
use crate::domain::record::interruption::Interruption;
use crate::domain::record::probe::Probe;
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::{CheckpointCard, LAST};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{Logs, Step, TrainBegin, TrainEnd, series};
use crate::domain::run::journal::Told;
use crate::domain::run::parent::Parent;
use crate::domain::run::trail::TrailCard;
use crate::error::{Error, Result};
use crate::protocol::RunId;
use crate::protocol::frame::Frame;
use std::collections::BTreeMap;

/// The most interruptions that are told of.
const MOST_INTERRUPTIONS: usize = 1_000;

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// The run is on its way to the worker.
    Starting,
    /// Training.
    Running,
    /// Held.
    Paused,
    /// Ended by itself or by a stop.
    Finished(TrainEnd),
    /// Ended by a failure.
    Failed(Error),
    /// Left without an end in an earlier visit, when the page or the machine went away; or going on in another tab.
    Interrupted {
        /// Whether another tab of this page is training it.
        elsewhere: bool,
    },
}

impl RunState {
    /// The name in the API.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished(_) => "finished",
            Self::Failed(_) => "failed",
            Self::Interrupted { .. } => "interrupted",
        }
    }
}

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

    /// Takes in a frame of batches; returns it for those who want each batch.
    ///
    /// # Errors
    /// [`crate::error::Code::Protocol`] when the bytes are not a frame; nothing is recorded then.
    pub fn take_frame(&mut self, bytes: &[u8]) -> Result<Frame> {
        let frame = Frame::decode(bytes)?;
        for (name, values) in &frame.columns {
            // A phase that the device cannot time is NaN throughout: no series, rather than one full of holes.
            if values.iter().all(|value| value.is_nan()) && name.starts_with("time/") {
                continue;
            }
            let series = self.column(name);
            // As with single values: a second one at a step cannot be drawn.
            let last = series.last().map(|(step, _)| step);
            let later = frame.steps.iter().copied().zip(values.iter().copied()).filter(|(step, _)| last.is_none_or(|last| *step > last));
            series.extend(later);
            if let Some(interruption) = self.interruptions.last_mut().filter(|_| name == series::BATCH_LOSS) {
                frame.steps.iter().zip(values).for_each(|(step, loss)| interruption.compare(*step, *loss));
            }
        }
        self.costs.take(&frame.columns);
        if let Some((_, values)) = frame.columns.iter().find(|(name, _)| name == series::TIME_MARKS) {
            self.bands.take(&frame.steps, values);
        }
        self.at_ms.extend(&frame.at_ms);
        Ok(frame)
    }

    /// Lets the run go on from its state of `step`, since it was interrupted: drops all that was recorded after that, which is trained
    /// once more. What it has cost stays in the sums of the run's times.
    pub fn interrupt(&mut self, step: Step, why: String) {
        if self.interruptions.len() < MOST_INTERRUPTIONS {
            let losses = self.series.get(series::BATCH_LOSS).into_iter().flat_map(Series::iter).filter(|(at, _)| *at > step);
            let interruption = Interruption::new(step, why, losses, self.interruptions.last_mut());
            self.interruptions.push(interruption);
        }
        self.series.values_mut().for_each(|series| series.truncate_from(step.saturating_add(1)));
        self.series.retain(|_, series| !series.is_empty());
        self.at_ms.truncate(step as usize);
        self.probes.go_back_to(step);
        self.evaluations.go_back_to(step);
        self.diagnoses.retain(|diagnosis| diagnosis.step <= step);
        self.bands.go_back_to(step);
        self.watching.take_if(|cost| cost.step > step);
        let per_epoch = self.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
        self.costs.begin_epoch(step.checked_div(per_epoch).unwrap_or(0));
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

    /// Takes in what is known of weights that it leaves, in place of those of the same name.
    pub fn take_weights(&mut self, card: CheckpointCard) {
        self.weights.retain(|known| known.name != card.name);
        self.weights.push(card);
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

    /// Takes in what watching costs.
    pub fn take_watching(&mut self, mut cost: WatchCost) {
        for (name, value) in cost.logs() {
            self.take_value(cost.step, name, value);
        }
        self.watch_changes.extend(cost.change.take());
        self.watching = Some(cost);
    }

    /// Takes in a look into the network: its values as series, its histograms as they are.
    pub fn take_probe(&mut self, probe: Probe) {
        for (name, value) in probe.logs() {
            self.take_value(probe.step, &name, value);
        }
        self.probes.push(probe);
    }

    /// Records `logs` at `step`.
    pub fn take_logs(&mut self, step: Step, logs: &Logs) {
        for (name, value) in &logs.0 {
            self.take_value(step, name, *value);
        }
    }

    /// Records one value. A second value of one series at one step cannot be drawn and is left out.
    pub fn take_value(&mut self, step: Step, name: &str, value: f64) {
        let series = self.column(name);
        if series.last().is_none_or(|(last, _)| last < step) {
            series.push(step, value as f32);
        }
    }

    fn column(&mut self, name: &str) -> &mut Series {
        self.series.entry(name.to_owned()).or_default()
    }
}

/// Looks into the network whose histograms are kept: at most [`Probes::MOST`], so that memory stays bounded. When they
/// are more, every second one goes; their values stay, as series.
#[derive(Default)]
pub struct Probes {
    kept: Vec<Probe>,
    seen: usize,
    stride: usize,
}

impl Probes {
    /// The most that are kept: about 5 kB each for the small CNN.
    pub const MOST: usize = 400;

    pub(super) fn push(&mut self, probe: Probe) {
        let stride = self.stride.max(1);
        if self.seen.is_multiple_of(stride) {
            self.kept.push(probe);
        }
        self.seen += 1;
        if self.kept.len() > Self::MOST {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = 2 * stride;
        }
    }

    /// Drops the looks after `step`.
    fn go_back_to(&mut self, step: Step) {
        let before = self.kept.len();
        self.kept.retain(|probe| probe.step <= step);
        self.seen = self.seen.saturating_sub((before - self.kept.len()) * self.stride.max(1));
    }

    /// The looks that are kept, in order.
    pub fn kept(&self) -> &[Probe] {
        &self.kept
    }

    /// The place among those kept of the look at `step`, or of the last one before it; the first one where there is none before.
    pub fn place_at(&self, step: Step) -> usize {
        self.kept.partition_point(|probe| probe.step <= step).saturating_sub(1)
    }

    /// Counts looks whose histograms were left out of a file.
    pub(super) fn count_at_least(&mut self, looks: usize) {
        self.seen = self.seen.max(looks);
    }

    /// The number of looks that there were.
    pub fn seen(&self) -> usize {
        self.seen
    }
}
