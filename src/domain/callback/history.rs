//! Keeps every value of every series, in memory: Keras' `History`, but with every batch as it was.

use crate::domain::callback::{Callback, Controls};
use crate::domain::cost::watch::WatchCost;
use crate::domain::record::probe::Probe;
use crate::domain::run::event::{BatchEnd, EpochEnd, Step};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Every value of every series with its step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    series: BTreeMap<String, Vec<(Step, f32)>>,
}

impl History {
    /// The points of the series called `name`; empty when there is none.
    pub fn get(&self, name: &str) -> &[(Step, f32)] {
        self.series.get(name).map_or(&[], Vec::as_slice)
    }

    /// The values of the series called `name`, without their steps.
    pub fn values(&self, name: &str) -> Vec<f32> {
        self.get(name).iter().map(|&(_, value)| value).collect()
    }

    fn push(&mut self, name: &str, step: Step, value: f32) {
        match self.series.get_mut(name) {
            Some(points) => points.push((step, value)),
            None => {
                self.series.insert(name.to_owned(), vec![(step, value)]);
            }
        }
    }
}

/// A [`History`] that can be read while and after the run owns the callback.
#[derive(Clone, Debug, Default)]
pub struct SharedHistory(Rc<RefCell<History>>);

impl SharedHistory {
    /// A copy of the history so far.
    pub fn read(&self) -> History {
        self.0.borrow().clone()
    }
}

impl Callback for SharedHistory {
    fn name(&self) -> &'static str {
        "history"
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        let mut history = self.0.borrow_mut();
        for (name, value) in event.values() {
            history.push(name, event.step, value);
        }
        Controls::new()
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let mut history = self.0.borrow_mut();
        for (name, value) in &event.logs.0 {
            history.push(name, event.step, *value as f32);
        }
        Controls::new()
    }

    fn on_probe(&mut self, event: &Probe) -> Controls {
        let mut history = self.0.borrow_mut();
        for (name, value) in event.logs() {
            history.push(&name, event.step, value as f32);
        }
        Controls::new()
    }

    fn on_watching(&mut self, event: &WatchCost) {
        let mut history = self.0.borrow_mut();
        for (name, value) in event.logs() {
            history.push(name, event.step, value as f32);
        }
    }

    fn on_log(&mut self, step: Step, name: &str, value: f64) {
        self.0.borrow_mut().push(name, step, value as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::event::{Logs, PhaseTimes, series};

    #[test]
    fn keeps_every_batch_and_epoch_at_its_step() {
        let shared = SharedHistory::default();
        let mut callback = shared.clone();
        for step in 1..=3 {
            let times = PhaseTimes { batch: 2.0, ..PhaseTimes::default() };
            let (loss, accuracy) = (1.0 / f64::from(step), 0.5);
            let learning_rate = 0.1;
            callback.on_batch_end(&BatchEnd { step, epoch: 0, batch: step - 1, size: 4, loss, accuracy, learning_rate, times, at_ms: 0.0 });
        }
        callback.on_epoch_end(&EpochEnd { epoch: 0, step: 3, logs: Logs(vec![("val/loss".into(), 0.25)]), at_ms: 0.0 });
        let history = shared.read();
        assert_eq!(history.get(series::BATCH_LOSS), [(1, 1.0), (2, 0.5), (3, 1.0 / 3.0)]);
        assert_eq!(history.get("val/loss"), [(3, 0.25)]);
        assert!(history.values(series::TIME_FORWARD)[0].is_nan(), "no phase times were given");
        assert!(history.get("nothing").is_empty());
    }
}
