//! A run for a file: its head by value, its columns borrowed.

use super::run::{Run, RunState};
use crate::export::{Columns, Ending, Head};

impl Run {
    /// The columns.
    pub fn columns(&self) -> Columns<'_> {
        Columns { series: &self.series, at_ms: &self.at_ms }
    }

    /// The run without its columns; `data_hash` is the hash of its data, if the run itself does not know it.
    pub fn head(&self, data_hash: Option<String>) -> Head {
        Head {
            config: self.config.clone(),
            data_hash: self.data_hash.clone().or(data_hash),
            data: self.data.clone(),
            device: self.device.clone(),
            why: self.why.clone(),
            began_unix_ms: self.started_at,
            weights_from: self.weights_from.clone(),
            parent: self.parent.clone(),
            begin: self.begin.clone(),
            probes: self.probes.kept().to_vec(),
            looks: self.probes.seen(),
            evaluation: self.evaluations.latest().map(|latest| ((*latest.evaluation).clone(), (*latest.numbers).clone())),
            diagnoses: self.diagnoses.clone(),
            ending: self.ending(),
        }
    }

    /// The end of the run; open where it has none.
    pub fn ending(&self) -> Ending {
        match &self.state {
            RunState::Finished(end) => Ending::Finished(end.clone()),
            RunState::Failed(error) => Ending::Failed(error.clone()),
            _ => Ending::Open,
        }
    }
}
