//! Smoothed lines: the exponential moving average of a curve, kept up with it as it grows.
//!
//! Bias-corrected as TensorBoard's is: the mean starts at zero and is divided by the weight that it has seen so far, so
//! the first values are not pulled down (Kingma and Ba, "Adam", 2015, section 3; tensorboard, `vz_line_chart`,
//! `resmoothDataset`). A value that is not finite is passed on as it is and forgotten.
//!
//! Each point costs its share once: a [`Smoother`] appends to what it has, and starts anew only for another weight or
//! another recording. A frame works off a limited number of points, so however long a curve is, no frame is held up.
//!
//! Pure. Never here: the recorded values, which nothing replaces.

use crate::charts::points::{SeriesLookup, recorded};
use crate::charts::spec::ChartSpec;
use crate::domain::record::series::Column;
use std::collections::HashMap;

/// The largest weight of the past.
pub const MOST: f64 = 0.999;

/// A moving average with its correction.
#[derive(Clone, Copy, Debug)]
struct Average {
    weight: f64,
    sum: f64,
    /// Share that the weights of all values so far lack to 1: `weight` to the power of their number.
    lacking: f64,
}

impl Average {
    fn new(weight: f64) -> Self {
        Self { weight, sum: 0.0, lacking: 1.0 }
    }

    fn next(&mut self, value: f32) -> f32 {
        if !value.is_finite() {
            return value;
        }
        self.sum = self.sum * self.weight + (1.0 - self.weight) * f64::from(value);
        self.lacking *= self.weight;
        (self.sum / (1.0 - self.lacking)) as f32
    }
}

/// One smoothed curve, as far as it has come.
#[derive(Debug)]
struct Smoothed {
    lineage: u64,
    average: Average,
    values: Column,
}

/// The smoothed curves of one chart.
#[derive(Debug, Default)]
pub struct Smoother {
    /// Smoothed curves, by run and name.
    curves: HashMap<(Option<u32>, String), Smoothed>,
}

impl Smoother {
    /// Continues the smoothed curves for at most `budget` points; returns whether all are complete.
    pub fn advance(&mut self, spec: &ChartSpec, store: &dyn SeriesLookup, mut budget: usize) -> bool {
        let weight = spec.smoothing.min(MOST);
        if spec.stacked || weight <= 0.0 || weight.is_nan() {
            self.curves.clear();
            return true;
        }
        self.curves.retain(|(run, name), _| spec.series.iter().any(|curve| curve.run == *run && curve.name == *name));
        for line in recorded(spec, store) {
            let (series, fresh) = (line.points.series, || Smoothed {
                lineage: line.points.series.lineage(),
                average: Average::new(weight),
                // All at once: moving a long column when it grows would hold up a frame.
                values: Column::with_capacity(line.points.series.len()),
            });
            let smoothed = self.curves.entry((line.spec.run, line.spec.name.clone())).or_insert_with(fresh);
            if smoothed.lineage != series.lineage() || smoothed.average.weight != weight {
                *smoothed = fresh();
            }
            let missing = &series.column().values()[smoothed.values.len()..];
            let now = missing.len().min(budget);
            smoothed.values.extend(missing[..now].iter().map(|&value| smoothed.average.next(value)));
            budget -= now;
            if now < missing.len() {
                return false;
            }
        }
        true
    }

    /// The smoothed values of a curve, by the index of its points; there may be fewer than points.
    pub fn values(&self, run: Option<u32>, name: &str) -> Option<&Column> {
        // Few curves: a scan is quicker than a key made of a new string.
        self.curves.iter().find(|((of, called), _)| *of == run && called == name).map(|(_, smoothed)| &smoothed.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::spec::{SeriesSpec, Style};
    use crate::domain::record::series::Series;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn spec(smoothing: f64) -> ChartSpec {
        ChartSpec { series: vec![SeriesSpec::new("a", "a", Style::TRAIN)], smoothing, ..ChartSpec::default() }
    }

    fn store(values: &[f32]) -> BTreeMap<String, Series> {
        let mut series = Series::new();
        series.extend((1..).zip(values.iter().copied()));
        BTreeMap::from([("a".to_string(), series)])
    }

    /// By definition: the mean of all finite values so far, each weighing `weight` to the power of its age.
    fn by_definition(values: &[f32], weight: f64) -> Vec<f32> {
        let mean = |upto: usize| {
            let finite = values[..=upto].iter().rev().filter(|value| value.is_finite());
            let (sum, weights) = finite.enumerate().fold((0.0, 0.0), |(sum, weights), (age, &value)| {
                let share = weight.powi(age as i32);
                (sum + share * f64::from(value), weights + share)
            });
            (sum / weights) as f32
        };
        (0..values.len()).map(|index| if values[index].is_finite() { mean(index) } else { values[index] }).collect()
    }

    proptest! {
        #[test]
        fn smoothing_is_what_its_definition_says(
            values in prop::collection::vec(prop_oneof![8 => -1e3_f32..1e3, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)], 1..150),
            weight in 0.01..0.999_f64, budget in 1..40_usize,
        ) {
            let (store, spec) = (store(&values), spec(weight));
            let (mut smoother, mut frames) = (Smoother::default(), 1);
            while !smoother.advance(&spec, &store, budget) {
                prop_assert_eq!(smoother.values(None, "a").map(Column::len), Some(frames * budget));
                frames += 1;
            }
            prop_assert_eq!(frames, values.len().div_ceil(budget));
            let column = smoother.values(None, "a").expect("it is there");
            for (&got, wanted) in column.values().iter().zip(by_definition(&values, weight)) {
                prop_assert!((got.is_nan() && wanted.is_nan()) || got == wanted || (got - wanted).abs() <= 1e-3 * (1.0 + wanted.abs()) * 0.1, "{} {}", got, wanted);
            }
            prop_assert_eq!(column.len(), values.len());
        }
    }

    #[test]
    fn another_weight_or_another_recording_starts_anew() {
        let mut record = store(&[1.0, 2.0, 3.0]);
        let mut smoother = Smoother::default();
        let mut smoothed = |record: &BTreeMap<String, Series>, weight| {
            assert!(smoother.advance(&spec(weight), record, 1_000));
            smoother.values(None, "a").map(|column| column.values().to_vec())
        };
        assert_eq!(smoothed(&record, 0.5), Some(by_definition(&[1.0, 2.0, 3.0], 0.5)));
        assert_eq!(smoothed(&record, 0.9), Some(by_definition(&[1.0, 2.0, 3.0], 0.9)));
        let series = record.get_mut("a").expect("it is there");
        series.truncate_from(2);
        series.extend([(2, 9.0), (3, 8.0), (4, 7.0)]);
        assert_eq!(smoothed(&record, 0.9), Some(by_definition(&[1.0, 9.0, 8.0, 7.0], 0.9)));
        assert_eq!(smoothed(&record, 0.0), None);
    }
}
