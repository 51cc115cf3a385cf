//! The complete state of a run between two batches: all that its course from there on depends on, as plain numbers.
//!
//! No generator has a place to be kept: order of samples, dropout and first weights follow from seed, epoch and step. Left out is
//! what only looks back: the record (series, probes), the trail of moments, the memory of batches' predictions, figures of time.
//! Never here: tensors; its bytes, which are in [`bytes`].

pub mod bytes;

use super::checkpoint::{CheckpointCard, CheckpointId};
use super::config::{DeviceWish, RunConfig};
use super::event::{Logs, Step};
use super::journal::Journal;
use crate::domain::cost::watch::WatchGrid;
use crate::domain::format::exact::{self, Exact};
use crate::domain::format::json::Scan;
use crate::domain::metrics::Tally;
use crate::domain::model::ArrayHead;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A state as it is stored: bytes that nobody on their way needs to understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// Number of updates that the run had made.
    pub step: Step,
    /// The state, see [`RunState::from_bytes`].
    pub bytes: Vec<u8>,
}

/// The state of a run at a turn of its loop, with the numbers of all batches read.
#[derive(Clone, Debug)]
pub struct RunState {
    /// The configuration as [`config_text`] writes it; [`RunState::config`] reads it.
    pub config: String,
    /// The hash of the data ([`Dataset::hash`](crate::domain::data::Dataset::hash)).
    pub data: u64,
    /// The place in the run.
    pub place: Place,
    /// The model, its optimiser and the weights that are kept.
    pub trainer: TrainerState,
    /// The states of the callbacks, see [`CallbackList::save_state`](crate::domain::callback::CallbackList::save_state).
    pub callbacks: Value,
    /// The place of the looks into the network.
    pub watch: WatchGrid,
    /// The witness of a loss that is no longer finite.
    pub witness: Witness,
    /// The inputs so far.
    pub journal: Journal,
    /// The reason of a stop that is to end the run at this turn.
    pub stop: Option<String>,
}

/// The text of the configuration of a run, exact to the bit: two runs with the same text are the same. The device is in none: a run
/// may go on on another one.
pub fn config_text(config: &RunConfig) -> String {
    RunConfig { device: DeviceWish::Auto, ..config.clone() }.to_json()
}

impl RunState {
    /// The configuration, to the bit: one that came as text by another way may be off by a unit in a number's last place, and would
    /// be refused.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when it cannot be read, [`Code::InvalidConfig`] when a value is out of range.
    pub fn config(&self) -> Result<RunConfig> {
        let tree = Scan::new(&self.config).value();
        let read = tree.and_then(|tree| serde_json::from_value::<RunConfig>(tree).map_err(|cause| cause.to_string()));
        let config = read.map_err(|cause| {
            Error::new(Code::InvalidData, format!("the configuration in this state cannot be read: {cause}"), "start the run anew")
        })?;
        config.validate()?;
        Ok(config)
    }
}

/// The place of a run in its epochs, with what has gathered there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// Number of complete epochs, their validation included: the present epoch, from 0.
    pub epoch: u32,
    /// Number of batches done in the present epoch. If these are all, the validation is still to come.
    pub batches: u32,
    /// The sums over these batches.
    pub tally: Tally,
    /// The time of these batches in milliseconds.
    #[serde(with = "exact")]
    pub epoch_ms: f64,
    /// The logs of the last complete epoch.
    #[serde(serialize_with = "write_logs", deserialize_with = "read_logs")]
    pub logs: Logs,
    /// The time in milliseconds since the run began, pauses included, but not the time between a stop and a resume.
    #[serde(with = "exact")]
    pub at_ms: f64,
}

fn write_logs<S: Serializer>(logs: &Logs, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(logs.0.iter().map(|(name, value)| (name, Exact(*value))))
}

fn read_logs<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Logs, D::Error> {
    let logs = Vec::<(String, Exact)>::deserialize(deserializer)?;
    Ok(Logs(logs.into_iter().map(|(name, Exact(value))| (name, value)).collect()))
}

/// The numbers of a model and of its optimiser at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// The arrays, in the order of [`ModelPlan::arrays`](crate::domain::model::ModelPlan::arrays): the weights, then batch norm's
    /// statistics.
    pub arrays: Vec<Vec<f32>>,
    /// The running means for each array of weights: none before its first update, which is not the same as zeros.
    pub means: Vec<Vec<Vec<f32>>>,
    /// Number of updates that the means come from; Adam's corrections depend on it.
    pub updates: Step,
}

/// The weights that are kept under a checkpoint's card.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptNumbers {
    /// The card.
    pub card: CheckpointCard,
    /// The numbers.
    pub numbers: Numbers,
}

/// The state of the trainer.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerState {
    /// Number of updates made.
    pub step: Step,
    /// The learning rate of the next update.
    pub learning_rate: f64,
    /// The names and shapes of the arrays, in their order.
    pub heads: Vec<ArrayHead>,
    /// The present numbers.
    pub present: Numbers,
    /// The checkpoints, the oldest first.
    pub kept: Vec<KeptNumbers>,
    /// The id that a checkpoint was last given.
    pub last_id: CheckpointId,
}

/// The state of the witness that examines the first batch without a finite loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witness {
    /// Whether no such batch was examined yet, and one is to be.
    pub is_wanted: bool,
    /// The last batch that was trained; only where its update has broken the weights, since otherwise nobody will ask.
    pub last: Option<LastBatch>,
}

/// A batch with the weights that it was trained with.
#[derive(Clone, Debug, PartialEq)]
pub struct LastBatch {
    /// The step of its update.
    pub step: Step,
    /// The samples.
    pub indices: Vec<u32>,
    /// The arrays of weights before its update.
    pub weights: Vec<Vec<f32>>,
}
