//! A run as files see it. What is small is taken by value when an export begins, so that it is of one moment; the columns
//! are borrowed, since they are large and only grow. Never here: a format.

use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::probe::Probe;
use crate::domain::record::series::Series;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{Evaluation, TrainBegin, TrainEnd};
use crate::error::Error;
use std::collections::BTreeMap;

/// How a run stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It is still going on, or was left: it has no end.
    Open,
    /// Ended by itself or by a stop.
    Finished(TrainEnd),
    /// Ended by a failure.
    Failed(Error),
}

/// All of a run but its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What defines it.
    pub config: RunConfig,
    /// The hash of its data, sixteen hexadecimal digits, where it is known.
    pub data_hash: Option<String>,
    /// What it was trained on, in words.
    pub device: String,
    /// Why there.
    pub why: String,
    /// When it began, in milliseconds since 1970 (UTC).
    pub began_unix_ms: f64,
    /// The file whose weights it began with, in place of those of its seed.
    pub weights_from: Option<String>,
    /// What it began with.
    pub begin: Option<TrainBegin>,
    /// The looks into the network whose histograms are kept.
    pub probes: Vec<Probe>,
    /// How many looks there were.
    pub looks: usize,
    /// The last validation with all metrics, and the numbers of its worst samples.
    pub evaluation: Option<(Evaluation, Vec<f32>)>,
    /// What was found.
    pub diagnoses: Vec<Diagnosis>,
    /// How it stands.
    pub ending: Ending,
}

/// The columns of a run.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// All series, by name.
    pub series: &'a BTreeMap<String, Series>,
    /// Milliseconds from the run's begin to each batch's end; the batch of step `s` at `s - 1`.
    pub at_ms: &'a [f64],
}

impl Columns<'_> {
    /// Milliseconds from the begin to the update `step`; for a step without a batch that of the last batch before it.
    pub fn at_ms(&self, step: u32) -> f64 {
        let index = (step as usize).min(self.at_ms.len());
        index.checked_sub(1).map_or(0.0, |index| self.at_ms[index])
    }
}

/// A run that came out of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// All but its columns.
    pub head: Head,
    /// Its series.
    pub series: BTreeMap<String, Series>,
    /// As [`Columns::at_ms`].
    pub at_ms: Vec<f64>,
}

impl Imported {
    /// Its columns, to be written again.
    pub fn columns(&self) -> Columns<'_> {
        Columns { series: &self.series, at_ms: &self.at_ms }
    }
}
