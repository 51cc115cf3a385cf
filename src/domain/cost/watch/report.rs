//! The report on the cost of watching, as it is sent to the page. Never here: how the cost is measured.

use crate::domain::cost::estimate::Share;
use crate::domain::run::event::{Step, series};
use serde::{Deserialize, Serialize};

/// The cost of watching, in percent of the time that training takes without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchCost {
    /// The last step that is counted.
    pub step: Step,
    /// The first one: a change of the cadence starts anew.
    pub since: Step,
    /// The cost of everything together.
    pub total: Share,
    /// Whether the total comes from a comparison; if not, it is only the sum of directly timed costs.
    pub compared: bool,
    /// Number of bare sections that were compared.
    pub sections: u32,
    /// The cost of probes: reading, summarising, sending.
    pub looks: Share,
    /// The cost of synchronised samples.
    pub timing: Share,
    /// The cost of gathering the records and sending them to the page.
    pub record: Share,
    /// The cost of looking for faults.
    pub diagnoses: Share,
    /// The rest that the comparison found: drawing, memory, other programs on the processor.
    pub rest: Share,
    /// The present distance between probes, in batches; 0: none.
    pub look_every: u32,
    /// The present distance between synchronised samples, in batches; 0: none.
    pub sync_every: u32,
    /// The budget in percent.
    pub budget: f64,
    /// The latest change of a distance made to keep the budget, in words.
    pub change: Option<String>,
}

impl WatchCost {
    /// The values that are recorded as series.
    pub fn logs(&self) -> [(&'static str, f64); 3] {
        [
            (series::WATCH_COST, self.total.percent),
            (series::WATCH_ERROR, self.total.error),
            (series::WATCH_LOOK_EVERY, f64::from(self.look_every)),
        ]
    }
}
