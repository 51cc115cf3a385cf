//! Medians: the middle of some values, and the middle curve of several curves.

use crate::domain::order::order_by;
use crate::domain::record::series::Series;

/// The median and the range of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The median: the middle value, or the mean of the two middle ones.
    pub median: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// Number of values.
    pub count: usize,
}

/// The spread of the finite values; `None` if there are none. The caller tells how many were not finite.
pub fn spread(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
    let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    let values = sorted(&values);
    let (min, max) = (*values.first()?, *values.last()?);
    Some(Spread { median: middle(&values), min, max, count: values.len() })
}

/// The values from small to large.
fn sorted(values: &[f64]) -> Vec<f64> {
    order_by(values.len(), &|a, b| values[a].total_cmp(&values[b])).into_iter().map(|at| values[at]).collect()
}

/// The median of sorted values, at least one.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { sorted[half - 1] / 2.0 + sorted[half] / 2.0 }
}

/// The median and the range of several curves at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianPoint {
    /// The step.
    pub step: u32,
    /// The median of the values.
    pub median: f32,
    /// The smallest of them.
    pub min: f32,
    /// The largest of them.
    pub max: f32,
}

/// The median of several curves and their range at the points `from..to` of the first, at the steps that all curves
/// have. Where a curve is NaN or infinite, so is the median (NaN), so that a seed that failed is not passed over.
pub fn median_points(curves: &[&Series], points: std::ops::Range<usize>) -> Vec<MedianPoint> {
    let Some((first, others)) = curves.split_first() else { return Vec::new() };
    let mut values = Vec::with_capacity(curves.len());
    let mut found = Vec::with_capacity(points.len());
    for index in points {
        let Some((step, value)) = first.get(index) else { break };
        values.clear();
        values.push(f64::from(value));
        values.extend(others.iter().filter_map(|curve| value_at(curve, index, step)));
        if values.len() == curves.len() {
            let is_finite = values.iter().all(|value| value.is_finite());
            let sorted = sorted(&values);
            let known = |value: f64| if is_finite { value as f32 } else { f32::NAN };
            let (min, max) = (known(sorted[0]), known(sorted[sorted.len() - 1]));
            found.push(MedianPoint { step, median: known(middle(&sorted)), min, max });
        }
    }
    found
}

/// The value of `curve` at `step`, which runs of equal configurations have at the same `index`.
fn value_at(curve: &Series, index: usize, step: u32) -> Option<f64> {
    let at = |index| curve.get(index).filter(|(found, _)| *found == step).map(|(_, value)| f64::from(value));
    at(index).or_else(|| at(curve.index_at_or_before(step)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // numpy.median([3, 1, 2]) = 2, numpy.median([4, 1, 2, 3]) = 2.5.
    #[test]
    fn medians_are_numpys() {
        assert_eq!(spread([3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0, count: 3 }));
        assert_eq!(spread([4.0, 1.0, 2.0, 3.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0, count: 4 }));
        assert_eq!(spread([f64::NAN, 7.0]), Some(Spread { median: 7.0, min: 7.0, max: 7.0, count: 1 }));
        assert_eq!(spread([f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn the_median_of_curves_has_the_steps_that_all_have() {
        let a = Series::from_iter([(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]);
        let b = Series::from_iter([(1, 5.0), (3, 1.0), (4, f32::NAN)]);
        let c = Series::from_iter([(1, 2.0), (2, 0.0), (3, 2.0), (4, 0.0), (5, 0.0)]);
        let found = median_points(&[&a, &b, &c], 0..9);
        let at = |step, median, min, max| MedianPoint { step, median, min, max };
        assert_eq!(found[..2], [at(1, 2.0, 1.0, 5.0), at(3, 2.0, 1.0, 3.0)]);
        assert!(found.len() == 3 && found[2].step == 4 && [found[2].median, found[2].min, found[2].max].iter().all(|x| x.is_nan()));
        assert_eq!(median_points(&[&a], 1..3), [at(2, 2.0, 2.0, 2.0), at(3, 3.0, 3.0, 3.0)]);
        assert_eq!(median_points(&[], 0..3), []);
    }

    proptest! {
        #[test]
        fn the_spread_holds_all_values(values in prop::collection::vec(-1e6_f64..1e6, 1..20)) {
            let spread = spread(values.iter().copied()).expect("finite values");
            let below = values.iter().filter(|value| **value < spread.median).count();
            let above = values.iter().filter(|value| **value > spread.median).count();
            prop_assert!(below <= values.len() / 2 && above <= values.len() / 2);
            prop_assert!(values.iter().all(|value| (spread.min..=spread.max).contains(value)));
        }

        #[test]
        fn points_made_in_parts_are_the_points_made_at_once(
            curves in prop::collection::vec(prop::collection::vec(-1e3_f32..1e3, 1..50), 1..5), part in 1_usize..20,
        ) {
            let curves: Vec<Series> = curves.into_iter().map(|values| Series::from_iter((1..).zip(values))).collect();
            let curves: Vec<&Series> = curves.iter().collect();
            let at_once = median_points(&curves, 0..curves[0].len());
            let parts: Vec<_> = (0..curves[0].len()).step_by(part).flat_map(|from| median_points(&curves, from..from + part)).collect();
            prop_assert_eq!(&parts, &at_once);
            prop_assert_eq!(at_once.len(), curves.iter().map(|curve| curve.len()).min().unwrap_or(0));
        }
    }
}
