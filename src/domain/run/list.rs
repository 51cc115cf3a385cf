//! Several runs side by side: their names, their results, their order in a table, and the median curve over seeds.
//!
//! Pure: values in, values out. Never here: the runs themselves; the page keeps them.

use crate::domain::record::known::Better;
use crate::domain::record::series::Series;
use crate::error::{Code, Error, Result};
use std::cmp::Ordering;

/// The longest name of a run, in characters.
pub const LONGEST_NAME: usize = 60;

/// The largest number of seeds that one click trains in turn.
pub const MOST_SEEDS: u32 = 32;

/// Turns `text` into a name: without space around it, in one line, not too long; `None` when nothing is left.
pub fn clean_name(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    let name = name.trim_end().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The name `wish` if it is free, else `wish (2)`, `wish (3)` and so on.
pub fn free_name(wish: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wish) {
        return wish.to_owned();
    }
    (2..).map(|number: u64| format!("{wish} ({number})")).find(|name| !is_taken(name)).expect("there are more numbers than runs")
}

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
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    sort(&mut values);
    let (min, max) = (*values.first()?, *values.last()?);
    Some(Spread { median: middle(&values), min, max, count: values.len() })
}

/// Sorts a few values by insertion: no list here is longer than [`MOST_SEEDS`], and std's sort is 15 kB of program for
/// each type that it is used with.
fn sort(values: &mut [f64]) {
    for end in 1..values.len() {
        let mut at = end;
        while at > 0 && values[at - 1].total_cmp(&values[at]).is_gt() {
            values.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// The median of sorted values, at least one.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { sorted[half - 1] / 2.0 + sorted[half] / 2.0 }
}

/// The median and the range of several curves at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Middle {
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
pub fn median_points(curves: &[&Series], points: std::ops::Range<usize>) -> Vec<Middle> {
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
            sort(&mut values);
            let known = |value: f64| if is_finite { value as f32 } else { f32::NAN };
            let (min, max) = (known(values[0]), known(values[values.len() - 1]));
            found.push(Middle { step, median: known(middle(&values)), min, max });
        }
    }
    found
}

/// The value of `curve` at `step`, which runs of equal configurations have at the same `index`.
fn value_at(curve: &Series, index: usize, step: u32) -> Option<f64> {
    let at = |index| curve.get(index).filter(|(found, _)| *found == step).map(|(_, value)| f64::from(value));
    at(index).or_else(|| at(curve.index_at_or_before(step)?))
}

/// The seeds `first`, `first + 1`, … of `count` runs.
///
/// # Errors
/// [`Code::InvalidConfig`] when `count` is not within 2 to [`MOST_SEEDS`], or the seeds would pass the largest.
pub fn seeds(first: u32, count: u32) -> Result<Vec<u32>> {
    if !(2..=MOST_SEEDS).contains(&count) {
        return Err(Error::new(Code::InvalidConfig, format!("{count} seeds asked for"), format!("choose 2 to {MOST_SEEDS}")));
    }
    let last = first.checked_add(count - 1).ok_or_else(|| {
        let hint = format!("begin at {} or below", u32::MAX - count + 1);
        Error::new(Code::InvalidConfig, format!("{count} seeds from {first} on go beyond {}", u32::MAX), hint)
    })?;
    Ok((first..=last).collect())
}

/// A sort key of a table: a number, a text, or nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A number, sorted by size.
    Number(f64),
    /// A text, sorted by letters, small and capital ones alike.
    Text(String),
    /// A missing value, which comes last, whichever way the table is sorted.
    Missing,
}

impl Key {
    /// The key of a number if there is one; NaN counts as missing.
    pub fn number(value: Option<f64>) -> Self {
        value.filter(|value| !value.is_nan()).map_or(Self::Missing, Self::Number)
    }

    /// The order of this key and `other`, from small to large or the other way round.
    pub fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let turned = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => Ordering::Greater,
            (_, Self::Missing) => Ordering::Less,
            (Self::Number(a), Self::Number(b)) => turned(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => turned(a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()).then_with(|| a.cmp(b))),
            (Self::Number(_), Self::Text(_)) => turned(Ordering::Less),
            (Self::Text(_), Self::Number(_)) => turned(Ordering::Greater),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(points: impl IntoIterator<Item = (u32, f32)>) -> Series {
        let mut series = Series::new();
        series.extend(points);
        series
    }

    #[test]
    fn names_are_tidied_and_never_given_twice() {
        assert_eq!(clean_name("  wide \n net\t"), Some("wide net".to_owned()));
        assert_eq!(clean_name(" \n\u{7}"), None);
        assert_eq!(clean_name(&"ä".repeat(100)).map(|name| name.chars().count()), Some(LONGEST_NAME));
        let taken = ["wide", "wide (2)"];
        assert_eq!(free_name("wide", |name| taken.contains(&name)), "wide (3)");
        assert_eq!(free_name("deep", |name| taken.contains(&name)), "deep");
    }

    #[test]
    fn the_best_epoch_is_the_first_of_the_best_and_never_nan() {
        let losses = series([(10, 0.5), (20, f32::NAN), (30, 0.25), (40, 0.25), (50, f32::NAN)]);
        let loss = outcome(&losses, Better::Lower);
        assert_eq!(loss.best, Some((0.25, 3)));
        assert!(loss.last.is_some_and(f32::is_nan));
        assert_eq!(outcome(&losses, Better::Higher).best, Some((0.5, 1)));
        assert_eq!(outcome(&Series::new(), Better::Lower), Outcome::default());
        assert_eq!(outcome(&series([(1, f32::INFINITY)]), Better::Lower).best, None);
    }

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
        let a = series([(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]);
        let b = series([(1, 5.0), (3, 1.0), (4, f32::NAN)]);
        let c = series([(1, 2.0), (2, 0.0), (3, 2.0), (4, 0.0), (5, 0.0)]);
        let found = median_points(&[&a, &b, &c], 0..9);
        let at = |step, median, min, max| Middle { step, median, min, max };
        assert_eq!(found[..2], [at(1, 2.0, 1.0, 5.0), at(3, 2.0, 1.0, 3.0)]);
        assert!(found.len() == 3 && found[2].step == 4 && [found[2].median, found[2].min, found[2].max].iter().all(|x| x.is_nan()));
        assert_eq!(median_points(&[&a], 1..3), [at(2, 2.0, 2.0, 2.0), at(3, 3.0, 3.0, 3.0)]);
        assert_eq!(median_points(&[], 0..3), []);
    }

    #[test]
    fn seeds_are_counted_up_and_bounded() {
        assert_eq!(seeds(7, 3).unwrap(), [7, 8, 9]);
        assert_eq!(seeds(u32::MAX - 1, 2).unwrap(), [u32::MAX - 1, u32::MAX]);
        assert!(seeds(u32::MAX, 2).unwrap_err().hint().contains("4294967294"));
        for count in [0, 1, MOST_SEEDS + 1] {
            assert!(seeds(0, count).unwrap_err().message().contains("seeds asked for"));
        }
    }

    fn any_key() -> impl Strategy<Value = Key> {
        prop_oneof![Just(Key::Missing), any::<f64>().prop_map(|value| Key::number(Some(value))), "[a-cA-C]{0,3}".prop_map(Key::Text)]
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
            let curves: Vec<Series> = curves.into_iter().map(|values| series((1..).zip(values))).collect();
            let curves: Vec<&Series> = curves.iter().collect();
            let at_once = median_points(&curves, 0..curves[0].len());
            let parts: Vec<_> = (0..curves[0].len()).step_by(part).flat_map(|from| median_points(&curves, from..from + part)).collect();
            prop_assert_eq!(&parts, &at_once);
            prop_assert_eq!(at_once.len(), curves.iter().map(|curve| curve.len()).min().unwrap_or(0));
        }

        #[test]
        fn an_order_is_one_and_what_is_missing_comes_last(mut keys in prop::collection::vec(any_key(), 0..20), descending: bool) {
            // Panics if the order contradicts itself.
            keys.sort_by(|a, b| a.compare(b, descending));
            let missing = keys.iter().position(|key| *key == Key::Missing).unwrap_or(keys.len());
            prop_assert!(keys[missing..].iter().all(|key| *key == Key::Missing));
            prop_assert!(keys.windows(2).all(|pair| pair[0].compare(&pair[1], descending) != Ordering::Greater));
        }
    }
}
