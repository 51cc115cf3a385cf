//! A run's state as bytes, and back: a safetensors file whose metadata has everything but the arrays as JSON, exact to the bit.
//!
//! The metadata are `format`, `version`, `step`, `state` (the JSON, see [`Head`]) and `crc32c` of everything. The arrays are
//! `weights/NAME` (with batch norm's statistics), `optimizer/N/NAME` (the running means, the N-th of the method), `witness/NAME`, and
//! for each checkpoint `kept/ID`: all its numbers in one row, weights and statistics first, the running means behind them. So
//! anything that reads safetensors can take weights out of a state. Never here: whether a state fits a model; the trainer asks that.

use super::{KeptNumbers, LastBatch, Numbers, Place, RunState, SavedState, TrainerState, Witness};
use crate::domain::cost::watch::WatchGrid;
use crate::domain::format::checksum::{crc32c, crc32c_append};
use crate::domain::format::exact;
use crate::domain::format::json::{Problem, Scan};
use crate::domain::format::safetensors::{read_within, write};
use crate::domain::model::ArrayHead;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId};
use crate::domain::run::event::Step;
use crate::domain::run::journal::{Journal, MOST_INPUTS};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const FORMAT: &str = "emberscope-run-state";
const VERSION: &str = "1";
/// The largest number of bytes of all arrays of a state: a worker holds them twice while it writes.
pub const MOST_STATE_BYTES: usize = 512 << 20;
/// The longest header: a learning-rate test may have tried a hundred thousand rates.
const MOST_HEADER: u64 = 32 << 20;
/// The most checkpoints: of every callback and the visitor.
const MOST_KEPT: usize = 1_000;
/// The most samples of a batch.
const MOST_SAMPLES: usize = 4_096;
const HINT: &str = "go on from an earlier state, or start the run anew";

/// The state without its arrays.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Head {
    config: String,
    data: u64,
    place: Place,
    step: Step,
    #[serde(with = "exact")]
    learning_rate: f64,
    /// The names of the arrays in their order.
    arrays: Vec<String>,
    present: Means,
    kept: Vec<KeptHead>,
    last_id: CheckpointId,
    callbacks: Value,
    watch: WatchGrid,
    is_witness_wanted: bool,
    last_batch: Option<LastHead>,
    journal: Journal,
    stop: Option<String>,
}

/// The description of an optimiser's means.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Means {
    updates: Step,
    /// Number of means of each array of weights.
    counts: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeptHead {
    card: CheckpointCard,
    means: Means,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LastHead {
    step: Step,
    indices: Vec<u32>,
}

impl Means {
    fn of(numbers: &Numbers) -> Self {
        Self { updates: numbers.updates, counts: numbers.means.iter().map(|means| means.len() as u32).collect() }
    }
}

fn weight_name(name: &str) -> String {
    format!("weights/{name}")
}

fn mean_name(index: usize, name: &str) -> String {
    format!("optimizer/{index}/{name}")
}

fn witness_name(name: &str) -> String {
    format!("witness/{name}")
}

fn kept_name(id: CheckpointId) -> String {
    format!("kept/{id}")
}

/// The bytes of some rows of values, one after the other.
fn le_bytes<'a>(rows: impl IntoIterator<Item = &'a Vec<f32>> + Clone) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.clone().into_iter().map(|row| 4 * row.len()).sum());
    for value in rows.into_iter().flatten() {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect()
}

/// The checksum of metadata and arrays, which must be in the order of their names.
fn checksum<'a>(step: &str, json: &str, arrays: impl Iterator<Item = (&'a ArrayHead, &'a [u8])>) -> String {
    let crc = arrays.fold(crc32c(format!("{VERSION}\0{step}\0{json}\0").as_bytes()), |crc, (ArrayHead { name, shape }, bytes)| {
        crc32c_append(crc32c_append(crc, format!("{name}{shape:?}").as_bytes()), bytes)
    });
    format!("{crc:08x}")
}

/// The file with this JSON and these arrays, which must be in the order of their names.
fn written(step: Step, head: &Head, arrays: &[(ArrayHead, Vec<u8>)]) -> std::result::Result<Vec<u8>, Problem> {
    let (step, json) = (step.to_string(), serde_json::to_string(head).map_err(|cause| cause.to_string())?);
    let borrowed: Vec<(&ArrayHead, &[u8])> = arrays.iter().map(|(head, bytes)| (head, bytes.as_slice())).collect();
    let crc = checksum(&step, &json, borrowed.iter().copied());
    let metadata = [("format", FORMAT), ("version", VERSION), ("step", &step), ("state", &json), ("crc32c", &crc)];
    let bytes = write(&metadata, &borrowed)?;
    let header = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    if header > MOST_HEADER {
        return Err(format!("without its weights it has {header} bytes already, and {MOST_HEADER} are the most"));
    }
    Ok(bytes)
}

impl RunState {
    /// Writes the state. Its numbers go as they are written, so that they are never there three times.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when it is larger than may be read again.
    pub fn into_bytes(self) -> Result<SavedState> {
        let TrainerState { step, learning_rate, heads, present, kept, last_id } = self.trainer;
        let (last_batch, witness) = match self.witness.last {
            Some(LastBatch { step, indices, weights }) => (Some(LastHead { step, indices }), weights),
            None => (None, Vec::new()),
        };
        let head = Head {
            config: self.config,
            data: self.data,
            place: self.place,
            step,
            learning_rate,
            arrays: heads.iter().map(|head| head.name.clone()).collect(),
            present: Means::of(&present),
            kept: kept.iter().map(|kept| KeptHead { card: kept.card.clone(), means: Means::of(&kept.numbers) }).collect(),
            last_id,
            callbacks: self.callbacks,
            watch: self.watch,
            is_witness_wanted: self.witness.is_wanted,
            last_batch,
            journal: self.journal,
            stop: self.stop,
        };
        let mut arrays: Vec<(ArrayHead, Vec<u8>)> = Vec::new();
        let mut put = |name: String, shape: Vec<usize>, bytes: Vec<u8>| arrays.push((ArrayHead { name, shape }, bytes));
        for (head, values) in heads.iter().zip(present.arrays) {
            put(weight_name(&head.name), head.shape.clone(), le_bytes([&values]));
        }
        for (head, means) in heads.iter().zip(present.means) {
            for (index, values) in means.into_iter().enumerate() {
                put(mean_name(index, &head.name), head.shape.clone(), le_bytes([&values]));
            }
        }
        for KeptNumbers { card, numbers } in kept {
            let bytes = le_bytes(numbers.arrays.iter().chain(numbers.means.iter().flatten()));
            put(kept_name(card.id), vec![bytes.len() / 4], bytes);
        }
        for (head, values) in heads.iter().zip(witness) {
            put(witness_name(&head.name), head.shape.clone(), le_bytes([&values]));
        }
        arrays.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let bytes = written(step, &head, &arrays).map_err(|cause| {
            let hint = "the run goes on, but cannot be resumed from here; keep fewer checkpoints, or train a smaller model";
            Error::new(Code::InvalidState, format!("the state of this run cannot be stored: {cause}"), hint)
        })?;
        Ok(SavedState { step, bytes })
    }

    /// Reads a state.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the bytes are something else, are cut off or damaged, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refuse = |cause: Problem| Error::new(Code::InvalidData, format!("this state of a run cannot be read: {cause}"), HINT);
        let content = read_within(bytes, MOST_HEADER).map_err(refuse)?;
        let said = |key: &str| content.metadata.iter().find(|(known, _)| known == key).map_or("", |(_, text)| text);
        if said("format") != FORMAT {
            return Err(refuse("it is none".to_owned()));
        }
        if said("version") != VERSION {
            let message = format!("this state of a run is of version {:?}, and {VERSION:?} is read here", said("version"));
            return Err(Error::new(Code::InvalidData, message, "open it with the program that stored it"));
        }
        let (step, json) = (said("step"), said("state"));
        if said("crc32c") != checksum(step, json, content.arrays.iter().map(|(head, bytes)| (head, *bytes))) {
            return Err(refuse("the checksum does not match, so it was changed or damaged".to_owned()));
        }
        let mut scan = Scan::new(json);
        let tree = scan.value().map_err(refuse)?;
        scan.end().map_err(refuse)?;
        let head: Head = serde_json::from_value(tree).map_err(|cause| refuse(cause.to_string()))?;
        head.check().map_err(refuse)?;
        let arrays = content.arrays.into_iter().map(|(head, bytes)| (head.name.clone(), (head, bytes))).collect();
        head.with(Arrays(arrays)).map_err(refuse)
    }
}

/// The arrays that are not taken yet, by name.
struct Arrays<'a>(BTreeMap<String, (ArrayHead, &'a [u8])>);

impl<'a> Arrays<'a> {
    fn take(&mut self, name: &str) -> std::result::Result<(ArrayHead, &'a [u8]), Problem> {
        self.0.remove(name).ok_or_else(|| format!("the array {name:?} is missing"))
    }

    /// The values of the array `name`, which must have the shape of `head`.
    fn values_like(&mut self, name: &str, head: &ArrayHead) -> std::result::Result<Vec<f32>, Problem> {
        let (found, bytes) = self.take(name)?;
        if found.shape == head.shape { Ok(floats(bytes)) } else { Err(format!("{name:?} has not the shape of {:?}", head.name)) }
    }
}

impl Head {
    /// Checks the numbers that others are reckoned from.
    fn check(&self) -> std::result::Result<(), Problem> {
        let Place { tally, epoch_ms, at_ms, .. } = &self.place;
        let all = |condition: bool, what: &str| if condition { Ok(()) } else { Err(format!("{what} cannot be")) };
        all(tally.correct <= tally.samples, "the sums of its epoch")?;
        all(epoch_ms.is_finite() && at_ms.is_finite() && *at_ms >= 0.0, "its time")?;
        all((0.0..=f64::MAX).contains(&self.learning_rate), "its learning rate")?;
        all((0.0..=100.0).contains(&self.watch.budget), "its budget for watching")?;
        all(self.journal.entries().len() <= MOST_INPUTS, "the length of its journal")?;
        all(self.last_batch.as_ref().is_none_or(|last| last.step <= self.step && last.indices.len() <= MOST_SAMPLES), "its last batch")?;
        all(self.kept.len() <= MOST_KEPT && self.last_id < 1 << 31, "the number of its checkpoints")?;
        all(self.kept.windows(2).all(|pair| pair[0].card.id < pair[1].card.id), "the order of its checkpoints")?;
        all(self.kept.last().is_none_or(|kept| kept.card.id <= self.last_id), "the number of its checkpoints")?;
        all(self.kept.iter().all(|kept| kept.card.step <= self.step), "the step of a checkpoint")?;
        let means = || self.kept.iter().map(|kept| &kept.means).chain([&self.present]);
        all(means().all(|means| means.updates <= self.step), "the age of its optimiser")?;
        all(means().all(|means| means.counts.len() <= self.arrays.len() && means.counts.iter().all(|&count| count <= 2)), "its optimiser")
    }

    /// The state with its arrays, all of which must be used.
    fn with(self, mut arrays: Arrays) -> std::result::Result<RunState, Problem> {
        let mut heads = Vec::with_capacity(self.arrays.len());
        let mut present = Numbers { updates: self.present.updates, ..Numbers::default() };
        for name in self.arrays {
            let (head, bytes) = arrays.take(&weight_name(&name))?;
            present.arrays.push(floats(bytes));
            heads.push(ArrayHead { name, shape: head.shape });
        }
        for (head, &count) in heads.iter().zip(&self.present.counts) {
            let means = (0..count as usize).map(|index| arrays.values_like(&mean_name(index, &head.name), head));
            present.means.push(means.collect::<std::result::Result<_, _>>()?);
        }
        let lengths: Vec<usize> = present.arrays.iter().map(Vec::len).collect();
        let mut kept = Vec::with_capacity(self.kept.len());
        for KeptHead { card, means } in self.kept {
            let (_, bytes) = arrays.take(&kept_name(card.id))?;
            let numbers = apart(floats(bytes), &lengths, &means).ok_or_else(|| format!("checkpoint {} has not its length", card.id))?;
            kept.push(KeptNumbers { card, numbers });
        }
        let last = match self.last_batch {
            None => None,
            Some(LastHead { step, indices }) => {
                let weights = heads.iter().take(self.present.counts.len());
                let weights = weights.map(|head| arrays.values_like(&witness_name(&head.name), head));
                Some(LastBatch { step, indices, weights: weights.collect::<std::result::Result<_, _>>()? })
            }
        };
        if let Some(name) = arrays.0.keys().next() {
            return Err(format!("the array {name:?} belongs to nothing"));
        }
        let (step, learning_rate, last_id) = (self.step, self.learning_rate, self.last_id);
        Ok(RunState {
            config: self.config,
            data: self.data,
            place: self.place,
            trainer: TrainerState { step, learning_rate, heads, present, kept, last_id },
            callbacks: self.callbacks,
            watch: self.watch,
            witness: Witness { is_wanted: self.is_witness_wanted, last },
            journal: self.journal,
            stop: self.stop,
        })
    }
}

/// The numbers of a checkpoint that stand in one row: arrays of these `lengths`, then the means. `None` if the row has another length.
fn apart(row: Vec<f32>, lengths: &[usize], means: &Means) -> Option<Numbers> {
    let mut rest = row.as_slice();
    let mut take = |length: usize| {
        let (values, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(values.to_vec())
    };
    let arrays = lengths.iter().map(|&length| take(length)).collect::<Option<_>>()?;
    let of = |(&count, &length): (&u32, &usize)| (0..count).map(|_| take(length)).collect::<Option<_>>();
    let all = means.counts.iter().zip(lengths).map(of).collect::<Option<_>>()?;
    rest.is_empty().then_some(Numbers { arrays, means: all, updates: means.updates })
}
