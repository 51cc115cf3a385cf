//! What is told of the cost of watching. Never here: how it is learned.

use crate::domain::cost::estimate::Share;
use crate::domain::run::event::{Step, series};
use serde::{Deserialize, Serialize};

/// What watching costs, in percent of the time that training takes without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchCost {
    /// The last step that is counted.
    pub step: Step,
    /// The first one: a change of the cadence starts anew.
    pub since: Step,
    /// Everything together.
    pub total: Share,
    /// Whether all of it was compared; if not, `total` is only what could be timed directly.
    pub compared: bool,
    /// Bare sections that were compared.
    pub sections: u32,
    /// Looks into the network: reading, summing up, sending.
    pub looks: Share,
    /// Synchronised samples.
    pub timing: Share,
    /// Gathering the records and sending them to the page.
    pub record: Share,
    /// Looking for faults.
    pub diagnoses: Share,
    /// What the comparison found besides: drawing, memory, whatever shares the processor.
    pub rest: Share,
    /// A look every so many batches now; 0: none.
    pub look_every: u32,
    /// A synchronised sample every so many batches now; 0: none.
    pub sync_every: u32,
    /// The budget in percent.
    pub budget: f64,
    /// What was changed just now to keep it, in words.
    pub change: Option<String>,
}

impl WatchCost {
    /// What is recorded of it as series.
    pub fn logs(&self) -> [(&'static str, f64); 3] {
        [
            (series::WATCH_COST, self.total.percent),
            (series::WATCH_ERROR, self.total.error),
            (series::WATCH_LOOK_EVERY, f64::from(self.look_every)),
        ]
    }
}
