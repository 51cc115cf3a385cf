//! A run for a file. Its head is taken by value when an export begins, so that it is of one moment; its columns are
//! borrowed, since they are large and only grow. Never here: a format.

use crate::domain::data::SampleShape;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::probe::Probe;
use crate::domain::record::series::Series;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{Evaluation, TrainBegin, TrainEnd};
use crate::domain::run::parent::Parent;
use crate::error::Error;
use std::collections::BTreeMap;

/// The end of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// No end: the run is still going on, or was left.
    Open,
    /// An end by itself or by a stop.
    Finished(TrainEnd),
    /// An end by a failure.
    Failed(Error),
}

/// A run without its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The configuration.
    pub config: RunConfig,
    /// The hash of the data, sixteen hexadecimal digits, where it is known.
    pub data_hash: Option<String>,
    /// The shape of a sample and the names of the classes, where they are known.
    pub data: Option<(SampleShape, Vec<String>)>,
    /// The device that it was trained on, in words.
    pub device: String,
    /// The reason for this device.
    pub why: String,
    /// The time of its begin, in milliseconds since 1970 (UTC).
    pub began_unix_ms: f64,
    /// The name of the file whose weights it began with, in place of those of its seed.
    pub weights_from: Option<String>,
    /// The run that it goes on from, if it is a branch.
    pub parent: Option<Parent>,
    /// The event of its begin.
    pub begin: Option<TrainBegin>,
    /// The probes whose histograms are kept.
    pub probes: Vec<Probe>,
    /// Number of probes that were taken.
    pub looks: usize,
    /// The last validation with all metrics, and the numbers of its worst samples.
    pub evaluation: Option<(Evaluation, Vec<f32>)>,
    /// The diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// The end.
    pub ending: Ending,
}

/// The columns of a run.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// All series, by name.
    pub series: &'a BTreeMap<String, Series>,
    /// The time of each batch's end, in milliseconds since the run began; the batch of step `s` is at `s - 1`.
    pub at_ms: &'a [f64],
}

impl Columns<'_> {
    /// The time of the update `step`, in milliseconds since the run began; for a step without a batch that of the last
    /// batch before it.
    pub fn at_ms(&self, step: u32) -> f64 {
        let index = (step as usize).min(self.at_ms.len());
        index.checked_sub(1).map_or(0.0, |index| self.at_ms[index])
    }
}

/// A run that came out of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The run without its columns.
    pub head: Head,
    /// The series, by name.
    pub series: BTreeMap<String, Series>,
    /// The time of each batch's end, as in [`Columns::at_ms`].
    pub at_ms: Vec<f64>,
}

impl Imported {
    /// The columns, to be written again.
    pub fn columns(&self) -> Columns<'_> {
        Columns { series: &self.series, at_ms: &self.at_ms }
    }
}
