//! The outcome of a run in one metric: its last and its best value.

use crate::domain::record::known::Better;
use crate::domain::record::series::Series;

/// The result of a run in one metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The last value, NaN if it is; `None` before the first.
    pub last: Option<f32>,
    /// The best finite value with its epoch, counted from 1, the earliest of equals; NaN is never best.
    pub best: Option<(f32, u32)>,
}

/// The outcome of a metric that has one value an epoch.
pub fn outcome(series: &Series, better: Better) -> Outcome {
    let best = better.index_of_best(series);
    let value_at = |index: usize| series.get(index).map(|(_, value)| (value, index as u32 + 1));
    Outcome { last: series.last().map(|(_, value)| value), best: best.and_then(value_at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_epoch_is_the_first_of_the_best_and_never_nan() {
        let losses = Series::from_iter([(10, 0.5), (20, f32::NAN), (30, 0.25), (40, 0.25), (50, f32::NAN)]);
        let loss = outcome(&losses, Better::Lower);
        assert_eq!(loss.best, Some((0.25, 3)));
        assert!(loss.last.is_some_and(f32::is_nan));
        assert_eq!(outcome(&losses, Better::Higher).best, Some((0.5, 1)));
        assert_eq!(outcome(&Series::new(), Better::Lower), Outcome::default());
        assert_eq!(outcome(&Series::from_iter([(1, f32::INFINITY)]), Better::Lower).best, None);
    }
}
