//! The memory that recorded runs take up, counted from what the lists have set aside, not guessed from their lengths.

use super::Store;
use super::run::Run;
use crate::domain::record::probe::{Probe, Summary};
use crate::domain::record::series::Series;
use std::collections::BTreeMap;

/// The bytes of an entry of a map besides key and value: a node's share, about.
const PER_ENTRY: usize = 32;

/// The memory that all runs take up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// The number of runs.
    pub runs: usize,
    /// Bytes in all.
    pub bytes: usize,
    /// Batches in all.
    pub batches: usize,
}

fn of_series(series: &BTreeMap<String, Series>) -> usize {
    series.iter().map(|(name, series)| name.capacity() + PER_ENTRY + series.bytes()).sum()
}

fn of_summary(summary: &Summary) -> usize {
    summary.histogram.bins.capacity() * size_of::<u32>()
}

fn of_probe(probe: &Probe) -> usize {
    let weights: usize = probe
        .weights
        .iter()
        .map(|entry| size_of_val(entry) + entry.name.capacity() + of_summary(&entry.weights) + of_summary(&entry.gradient))
        .sum();
    let activations: usize = probe
        .activations
        .iter()
        .map(|entry| size_of_val(entry) + entry.name.capacity() + entry.kind.capacity() + of_summary(&entry.values))
        .sum();
    size_of_val(probe) + weights + activations
}

impl Run {
    /// Bytes that it takes up.
    pub fn bytes(&self) -> usize {
        let probes: usize = self.probes.kept().iter().map(of_probe).sum();
        let texts: usize =
            self.diagnoses.iter().map(|found| size_of_val(found) + found.evidence.len() + found.why.len() + found.remedy.len()).sum();
        let evaluation = self.evaluations.bytes();
        // Kept outside of this program, but of the same machine.
        let weights: usize = self.weights.iter().map(|card| size_of_val(card) + card.bytes).sum();
        size_of::<Self>() + weights + of_series(&self.series) + self.at_ms.capacity() * size_of::<f64>() + probes + texts + evaluation
    }

    /// Gives back what was set aside for growing, once nothing more will be recorded.
    pub fn settle(&mut self) {
        self.series.values_mut().for_each(Series::shrink_to_fit);
        self.at_ms.shrink_to_fit();
    }
}

impl Store {
    /// The memory that all runs take up, with the median curves of groups.
    pub fn usage(&self) -> Usage {
        let medians: usize = self
            .groups
            .iter()
            .map(|group| group.bytes() + group.medians().map(|(name, _)| name.capacity() + PER_ENTRY).sum::<usize>())
            .sum();
        Usage {
            runs: self.runs.len(),
            bytes: self.runs.iter().map(Run::bytes).sum::<usize>() + medians,
            batches: self.runs.iter().map(Run::batches).sum(),
        }
    }
}
