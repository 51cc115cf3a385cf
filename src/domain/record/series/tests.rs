//! Series of either kind of steps, with values of every kind, against scans of their points.

use super::pixels::px_column_from_step;
use super::steps::Steps;
use super::*;
use proptest::prelude::*;

#[test]
fn a_point_a_batch_takes_five_bytes() {
    let mut series = Series::new();
    series.extend((1..=100_000).map(|step| (step, 0.5)));
    assert!(series.bytes() >= 506_000);
    series.shrink_to_fit();
    // Four for the value, 8 for the extremes and 8 for the sum of every 16th, every 256th and so on.
    assert!((506_000..513_000).contains(&series.bytes()), "{}", series.bytes());
    series.push(200_000, 0.5);
    assert!(series.bytes() > 2 * 400_000, "steps that are not one after the other are kept");
}

fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -1e3_f32..1e3, 1 => any::<f32>(), 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)]
}

/// Series of either kind of steps, long enough for several levels.
fn any_series() -> impl Strategy<Value = Series> {
    let contiguous =
        (0..9_u32, prop::collection::vec(any_value(), 0..400)).prop_map(|(first, values)| (first..).zip(values).collect::<Vec<_>>());
    let listed = prop::collection::vec((1..40_u32, any_value()), 0..400).prop_map(|points| {
        let mut step = 0;
        points
            .into_iter()
            .map(|(gap, value)| {
                step += gap;
                (step, value)
            })
            .collect()
    });
    prop_oneof![contiguous, listed].prop_map(|points| {
        let mut series = Series::new();
        series.extend(points);
        series
    })
}

fn naive_min_max(values: &[f32]) -> Option<(f32, f32)> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    Some((finite().reduce(f32::min)?, finite().reduce(f32::max)?))
}

fn naive_columns(series: &Series, range: (f64, f64), width_px: usize) -> Vec<PixelColumn> {
    let mut columns: Vec<(usize, Vec<f32>)> = Vec::new();
    for (step, value) in series.iter().filter(|&(step, _)| f64::from(step) >= range.0 && f64::from(step) <= range.1) {
        let x = px_column_from_step(step, range, width_px);
        match columns.last_mut() {
            Some((last, values)) if *last == x => values.push(value),
            _ => columns.push((x, vec![value])),
        }
    }
    let describe = |(x, values): (usize, Vec<f32>)| {
        let (min, max) = naive_min_max(&values).unwrap_or((f32::NAN, f32::NAN));
        let nonfinite = values.iter().any(|value| !value.is_finite());
        PixelColumn { x, first: values[0], min, max, last: values[values.len() - 1], nonfinite, count: values.len() }
    };
    columns.into_iter().map(describe).collect()
}

/// Equality in which NaN equals NaN.
fn same(a: &PixelColumn, b: &PixelColumn) -> bool {
    let pairs = [(a.first, b.first), (a.min, b.min), (a.max, b.max), (a.last, b.last)];
    pairs.iter().all(|(a, b)| a == b || (a.is_nan() && b.is_nan())) && (a.x, a.nonfinite, a.count) == (b.x, b.nonfinite, b.count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn min_max_equals_a_scan(series in any_series(), a in 0..800_usize, b in 0..800_usize) {
        let (from, to) = (a.min(b), a.max(b));
        let values = series.column().values();
        let scanned = &values[from.min(values.len())..to.min(values.len())];
        prop_assert_eq!(series.range_min_max(from..to), naive_min_max(scanned));
        prop_assert_eq!(series.nonfinite_in(from..to), scanned.iter().any(|value| !value.is_finite()));
    }

    #[test]
    fn columns_equal_a_scan(series in any_series(), from in -50.0..20_000.0_f64, span in 0.0..20_000.0_f64, width_px in 1..900_usize) {
        let mut columns = vec![];
        // The full range too: it is the common query, and random ranges seldom meet it.
        let full = (0.0, series.last().map_or(1.0, |(step, _)| f64::from(step)));
        for range in [(from, from + span), full] {
            series.columns(range, width_px, &mut columns);
            let naive = naive_columns(&series, range, width_px);
            prop_assert_eq!(columns.len(), naive.len());
            for (column, naive) in columns.iter().zip(&naive) {
                prop_assert!(same(column, naive), "{:?} is not {:?}", column, naive);
            }
        }
    }

    #[test]
    fn searches_equal_a_scan(series in any_series(), step in 0..30_000_u32) {
        let at_or_before = series.iter().take_while(|&(found, _)| found <= step).count().checked_sub(1);
        prop_assert_eq!(series.index_at_or_before(step), at_or_before);
        let nearest = series.iter().map(|(found, _)| found.abs_diff(step)).enumerate().min_by_key(|&(_, distance)| distance);
        prop_assert_eq!(series.nearest(f64::from(step)), nearest.map(|(index, _)| index));
        let min = naive_min_max(series.column().values()).map(|(min, _)| min);
        prop_assert_eq!(series.column().index_of_min(), series.iter().position(|(_, value)| Some(value) == min));
        let max = naive_min_max(series.column().values()).map(|(_, max)| max);
        prop_assert_eq!(series.column().index_of_max(), series.iter().position(|(_, value)| Some(value) == max));
    }

    #[test]
    fn values_beyond_are_counted_as_by_a_scan(series in any_series(), from in 0..300_usize, low in -900.0_f32..0.0, high in 0.0_f32..900.0) {
        let values = &series.column().values()[from.min(series.len())..];
        let count = |beyond: &dyn Fn(f32) -> bool| values.iter().filter(|value| value.is_finite() && beyond(**value)).count();
        let scanned = (count(&|value| value < low), count(&|value| value > high));
        prop_assert_eq!(series.column().count_beyond(from..series.len(), (low, high), usize::MAX), Some(scanned));
        prop_assert_eq!(series.column().count_beyond(from..series.len(), (f32::MIN, f32::MAX), 64), Some((0, 0)), "whole blocks are passed over");
    }

    #[test]
    fn places_equal_a_scan(series in any_series(), at in -2.0..9.0_f64, span in 0.0..5.0_f64) {
        let place = |step: u32| (f64::from(step / 3) + 1.0).ln();
        let within = |step: u32| place(step) >= at && place(step) <= at + span;
        let scanned: Vec<usize> = series.iter().enumerate().filter(|&(_, (step, _))| within(step)).map(|(index, _)| index).collect();
        prop_assert_eq!(series.indices_by((at, at + span), place).collect::<Vec<_>>(), scanned);
        let nearest = series.nearest_by(at, place).map(|index| (place(series.steps.get(index)) - at).abs());
        prop_assert_eq!(nearest, series.iter().map(|(step, _)| (place(step) - at).abs()).reduce(f64::min));
    }

    #[test]
    fn truncated_equals_never_recorded(series in any_series(), cut in 0..3_000_u32, more in prop::collection::vec(any_value(), 0..300)) {
        let (mut truncated, mut fresh) = (series.clone(), Series::new());
        let lineage = truncated.lineage();
        prop_assert_ne!(lineage, series.lineage());
        truncated.truncate_from(cut);
        prop_assert_eq!(truncated.lineage() == lineage, truncated.len() == series.len());
        fresh.extend(series.iter().filter(|&(step, _)| step < cut));
        for (step, value) in (cut..).zip(more) {
            truncated.push(step, value);
            fresh.push(step, value);
        }
        let all = 0..fresh.len();
        prop_assert_eq!(truncated.len(), fresh.len());
        prop_assert_eq!(truncated.range_min_max(all.clone()), fresh.range_min_max(all.clone()));
        prop_assert_eq!(truncated.column().nonfinite_indices(all.clone()), fresh.column().nonfinite_indices(all));
        prop_assert!(truncated.iter().map(|(step, _)| step).eq(fresh.iter().map(|(step, _)| step)));
    }
}

#[test]
fn a_value_a_batch_needs_no_memory_for_steps() {
    let mut series = Series::new();
    series.extend((1..=100).map(|step| (step, 0.5)));
    assert!(matches!(series.steps, Steps::Contiguous { first: 1 }));
    series.push(102, 0.5);
    assert!(matches!(series.steps, Steps::Listed(_)));
    assert_eq!((series.get(99), series.last()), (Some((100, 0.5)), Some((102, 0.5))));
}

#[test]
fn an_empty_range_of_steps_and_odd_bounds_are_answered() {
    let mut series = Series::new();
    series.extend([(5, 1.0), (6, 2.0)]);
    let mut columns = vec![];
    for (range, count) in [((6.0, 5.0), 0), ((5.0, 5.0), 1), ((f64::NEG_INFINITY, f64::INFINITY), 1)] {
        series.columns(range, 10, &mut columns);
        assert_eq!(columns.len(), count, "{range:?}");
    }
}
