//! Thinning of a curve to a few points: between its first and its last point every part of equal length keeps its smallest and its
//! largest value, as a chart's pixel column does, and its first value that is no number. So no extreme is lost, and no gap.
//!
//! Never here: how many points are enough.

use crate::domain::record::series::Series;

/// The points of `series` that are kept, at most `most` of them and at least those at both ends; all where they are no more.
pub fn thin(series: &Series, most: usize) -> Vec<(u32, f32)> {
    let count = series.len();
    if count <= most.max(2) {
        return series.iter().collect();
    }
    // Two of a part, three where one may be no number.
    let kept_of_each = if series.nonfinite_in(0..count) { 3 } else { 2 };
    let parts = (most.max(2) - 2) / kept_of_each;
    let inner = count - 2;
    let mut kept = vec![0];
    for part in 0..parts {
        let [from, to] = [part, part + 1].map(|part| 1 + part * inner / parts);
        let indices = from..to;
        let value = |index: usize| series.get(index).map_or(f32::NAN, |(_, value)| value);
        let finite = || indices.clone().filter(|&index| value(index).is_finite());
        let least = finite().reduce(|best, index| if value(index) < value(best) { index } else { best });
        let most = finite().reduce(|best, index| if value(index) > value(best) { index } else { best });
        let missing = indices.clone().find(|&index| !value(index).is_finite());
        kept.extend(indices.filter(|&index| [least, most, missing].contains(&Some(index))));
    }
    kept.push(count - 1);
    kept.into_iter().filter_map(|index| series.get(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -1e6..1e6_f32, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)]
    }

    proptest! {
        #[test]
        fn ends_extremes_and_gaps_are_kept(values in prop::collection::vec(any_value(), 0..600), most in 5..80_usize) {
            let series = Series::from_iter((1..).zip(values.iter().copied()));
            let kept = thin(&series, most);
            prop_assert!(kept.len() <= most);
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let same = |(step, value): &(u32, f32)| values[*step as usize - 1].to_bits() == value.to_bits();
            prop_assert!(kept.iter().all(same), "every kept point is one of the curve");
            prop_assert_eq!(kept.len() == values.len(), values.len() <= most);
            let ends = |points: &[(u32, f32)]| (points.first().map(|point| point.0), points.last().map(|point| point.0));
            prop_assert_eq!(ends(&kept), (values.first().map(|_| 1), values.last().map(|_| values.len() as u32)));
            let extremes = |of: Vec<f32>| {
                let finite = || of.iter().copied().filter(|value| value.is_finite());
                (finite().reduce(f32::min), finite().reduce(f32::max), finite().count() == of.len())
            };
            prop_assert_eq!(extremes(kept.iter().map(|point| point.1).collect()), extremes(values));
        }
    }
}
