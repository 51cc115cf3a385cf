//! Statistics of batch times: at the end of each epoch the mean, median and 95th percentile.
//!
//! Batches whose time is special (warm-up, hidden tab, synchronised samples; see
//! [`marks`](crate::domain::cost::marks)) are recorded like all others, but kept out of these figures. It has no state to be saved:
//! the figures of an epoch in which a run was resumed are those of the batches since.

use crate::domain::callback::{Callback, Control, Controls, Role};
use crate::domain::cost::marks;
use crate::domain::run::event::{BatchEnd, EpochBegin, EpochEnd, series};

/// Logs `time/batch_mean_ms`, `time/batch_median_ms` and `time/batch_p95_ms` at the end of each epoch.
#[derive(Debug, Default)]
pub struct Timing {
    batches: Vec<f64>,
}

/// The value at `share` of `sorted` (0 the smallest, 1 the largest), linear between neighbours, as numpy's `percentile`
/// defines it; NaN when empty.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = share.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (position - low as f64)
}

impl Callback for Timing {
    fn name(&self) -> &'static str {
        "timing"
    }

    fn role(&self) -> Role {
        Role::Record
    }

    fn on_epoch_begin(&mut self, _: &EpochBegin) -> Controls {
        self.batches.clear();
        Controls::new()
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        if event.times.marks & marks::KEPT_OUT == 0 {
            self.batches.push(event.times.batch);
        }
        Controls::new()
    }

    fn on_epoch_end(&mut self, _: &EpochEnd) -> Controls {
        if self.batches.is_empty() {
            return Controls::new();
        }
        self.batches.sort_unstable_by(f64::total_cmp);
        let mean = self.batches.iter().sum::<f64>() / self.batches.len() as f64;
        let (median, p95) = (quantile(&self.batches, 0.5), quantile(&self.batches, 0.95));
        let values = [(series::TIME_BATCH_MEAN, mean), (series::TIME_BATCH_MEDIAN, median), (series::TIME_BATCH_P95, p95)];
        values.map(|(name, value)| Control::Log(name.to_owned(), value)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::event::{Logs, PhaseTimes};

    #[test]
    fn quantiles_are_numpys() {
        // numpy.percentile([1, 2, 4, 8], [0, 50, 95, 100])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 3.0), (0.95, 7.4), (1.0, 8.0)] {
            assert!((quantile(&sorted, share) - expected).abs() < 1e-12, "{share}");
        }
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn what_is_special_is_left_out_of_the_figures() {
        let mut timing = Timing::default();
        timing.on_epoch_begin(&EpochBegin { epoch: 0, step: 0 });
        for (step, batch, marks) in [(1, 500.0, marks::WARM_UP), (2, 100.0, marks::HIDDEN), (3, 10.0, 0), (4, 20.0, marks::AFTER_PAUSE)] {
            let times = PhaseTimes { batch, marks, ..PhaseTimes::default() };
            timing.on_batch_end(&BatchEnd {
                step,
                epoch: 0,
                batch: step - 1,
                size: 1,
                loss: 0.0,
                accuracy: 0.0,
                learning_rate: 0.0,
                times,
                at_ms: 0.0,
            });
        }
        let controls = timing.on_epoch_end(&EpochEnd { epoch: 0, step: 4, logs: Logs::default(), at_ms: 0.0 });
        assert_eq!(controls[0], Control::Log("time/batch_mean_ms".into(), 15.0));
        assert_eq!(controls[1], Control::Log("time/batch_median_ms".into(), 15.0));
    }
}
