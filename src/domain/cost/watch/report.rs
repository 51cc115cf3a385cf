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

    /// The cost of everything together, in a few words. An estimate below zero, or a lower bound that is none, is not told as a
    /// number: it means that the cost could not be told apart from nothing.
    pub fn words(&self) -> String {
        let Share { percent, error } = self.total;
        match (percent >= 0.05, self.compared) {
            (true, true) => format!("watching costs {percent:.1} ± {error:.1}\u{a0}%"),
            (true, false) => format!("watching costs at least {percent:.1}\u{a0}%"),
            (false, true) => format!("watching costs too little to be measured (±\u{a0}{error:.1}\u{a0}%)"),
            (false, false) => "watching costs little so far".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_nothing_is_never_told_as_a_cost() {
        let words = |percent: f64, compared: bool| {
            let share = Share { percent, error: 0.6 };
            let cost = WatchCost {
                step: 9,
                since: 1,
                total: share,
                compared,
                sections: 3,
                looks: share,
                timing: share,
                record: share,
                diagnoses: share,
                rest: share,
                look_every: 1,
                sync_every: 0,
                budget: 5.0,
                change: None,
            };
            cost.words().replace('\u{a0}', " ")
        };
        assert_eq!(words(1.24, true), "watching costs 1.2 ± 0.6 %");
        assert_eq!(words(1.24, false), "watching costs at least 1.2 %");
        for percent in [-0.8, -0.01, 0.0, 0.04, f64::NAN] {
            assert_eq!(words(percent, true), "watching costs too little to be measured (± 0.6 %)", "{percent}");
            assert_eq!(words(percent, false), "watching costs little so far", "{percent}");
        }
    }
}
