//! The chart in words, for readers who do not see it: of each curve its last and its best value, whether it rises or
//! falls, spikes, and values that are not numbers.
//!
//! In epochs where the run has any: a trend from batch to batch would be noise. From the recorded values, never from the
//! picture. Pure.

use crate::charts::axis::{format_count, format_value};
use crate::charts::points::{Line, SeriesLookup, recorded};
use crate::charts::spec::ChartSpec;
use crate::domain::record::known::Unit;
use crate::domain::record::series::Series;

/// Number of epochs that a trend is followed back.
const MOST_EPOCHS: u32 = 12;

/// Number of values that are read for a trend, and for spikes, so that it stays quick.
const MOST_VALUES: usize = 50_000;

/// The smallest number of values that can have spikes.
const LEAST_FOR_SPIKES: usize = 20;

/// The chart in words.
pub fn summary(spec: &ChartSpec, store: &dyn SeriesLookup) -> String {
    let described: Vec<_> = recorded(spec, store).filter_map(|line| describe(spec, store, &line)).collect();
    if described.is_empty() {
        format!("{}: nothing recorded yet", spec.title)
    } else {
        format!("{}. {}.", spec.title, described.join("; "))
    }
}

fn describe(spec: &ChartSpec, store: &dyn SeriesLookup, line: &Line) -> Option<String> {
    let series = line.points.series;
    let per_epoch = store.clock(line.spec.run).batches_per_epoch;
    let written = |(step, value): (u32, f32)| format!("{} at {}", format_value(value, spec.unit), when(step, per_epoch));
    let last = series.last()?;
    let (word, best) = (spec.better.superlative(), spec.better.index_of_best(series));
    let mut parts = vec![format!("last {}", written(last))];
    parts.push(match best.and_then(|index| series.get(index)) {
        Some(point) if point.0 == last.0 => format!("the {word} so far"),
        Some(point) => format!("{word} {}", written(point)),
        None => "no finite value yet".into(),
    });
    parts.extend(trend(series, per_epoch));
    parts.extend(spikes(series, per_epoch, spec.unit));
    match series.column().nonfinite_indices(0..series.len()).len() {
        0 => {}
        1 => parts.push("1 value is not a number".into()),
        count => parts.push(format!("{count} values are not numbers")),
    }
    Some(format!("{}: {}", line.spec.label, parts.join(", ")))
}

/// A step in words: by its epoch where it ends one.
fn when(step: u32, per_epoch: u32) -> String {
    if per_epoch > 0 && step > 0 && step.is_multiple_of(per_epoch) {
        format!("epoch {}", format_count(step / per_epoch))
    } else {
        format!("step {}", format_count(step))
    }
}

/// The mean of the finite values in the epochs before `step`, latest first.
fn epoch_means(series: &Series, per_epoch: u32) -> impl Iterator<Item = f64> + '_ {
    let complete = series.last().map_or(0, |(step, _)| step / per_epoch.max(1));
    let mut budget = MOST_VALUES;
    (0..MOST_EPOCHS.min(complete)).map_while(move |back| {
        let to = f64::from(complete - back) * f64::from(per_epoch);
        let indices = series.indices_within((to - f64::from(per_epoch) + 1.0, to));
        budget = budget.checked_sub(indices.len())?;
        let finite = series.column().values()[indices].iter().filter(|value| value.is_finite());
        let (sum, count) = finite.fold((0.0, 0_u32), |(sum, count), &value| (sum + f64::from(value), count + 1));
        (count > 0).then(|| sum / f64::from(count))
    })
}

/// The trend of a curve, `falling for 3 epochs`: for how long each epoch's mean has been below the one before, or above
/// it.
fn trend(series: &Series, per_epoch: u32) -> Option<String> {
    let means: Vec<f64> = if per_epoch > 0 {
        epoch_means(series, per_epoch).collect()
    } else {
        series
            .column()
            .values()
            .iter()
            .rev()
            .take(MOST_EPOCHS as usize)
            .take_while(|value| value.is_finite())
            .map(|&v| f64::from(v))
            .collect()
    };
    let rises = means.first()? > means.get(1)?;
    let steady = means.first()? == means.get(1)?;
    let length = means.windows(2).take_while(|pair| pair[0] != pair[1] && (pair[0] > pair[1]) == rises).count();
    let unit = match (per_epoch > 0, length) {
        (true, 1) => "epoch",
        (true, _) => "epochs",
        (false, 1) => "value",
        (false, _) => "values",
    };
    let at_least = if length + 1 == means.len() && length + 1 == MOST_EPOCHS as usize { "at least " } else { "" };
    match (steady, rises) {
        (true, _) => Some("unchanged since the epoch before".into()).filter(|_| per_epoch > 0),
        (_, true) => Some(format!("rising for {at_least}{length} {unit}")),
        (_, false) => Some(format!("falling for {at_least}{length} {unit}")),
    }
}

/// Values of the last epoch that lie far from its median: farther than eight times what the median deviation makes of a
/// normal distribution's standard deviation (Rousseeuw and Croux, 1993).
fn spikes(series: &Series, per_epoch: u32, unit: Unit) -> Option<String> {
    let (last, _) = series.last()?;
    let from = if per_epoch > 0 { last.saturating_sub(per_epoch - 1) } else { last.saturating_sub(1_000) };
    let mut indices = series.indices_within((f64::from(from), f64::from(last)));
    indices.start = indices.start.max(indices.end.saturating_sub(MOST_VALUES));
    let values = &series.column().values()[indices.clone()];
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if sorted.len() < LEAST_FOR_SPIKES {
        return None;
    }
    let median = median(&mut sorted);
    let mut deviations: Vec<f32> = sorted.iter().map(|value| (value - median).abs()).collect();
    let far = 8.0 * 1.4826 * self::median(&mut deviations);
    let spikes = values.iter().enumerate().filter(|(_, value)| value.is_finite() && (*value - median).abs() > far && far > 0.0);
    let (mut count, mut farthest) = (0, None);
    for (offset, &value) in spikes {
        count += 1;
        if farthest.is_none_or(|(_, known): (usize, f32)| (value - median).abs() > (known - median).abs()) {
            farthest = Some((offset, value));
        }
    }
    let (offset, value) = farthest?;
    let (step, _) = series.get(indices.start + offset)?;
    let (spikes, since) = (if count == 1 { "spike" } else { "spikes" }, if per_epoch > 0 { "in the last epoch" } else { "lately" });
    Some(format!("{count} {spikes} {since}, the farthest {} at step {}", format_value(value, unit), format_count(step)))
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::RunClock;
    use crate::charts::spec::{SeriesSpec, Style};
    use std::collections::BTreeMap;

    /// Ten batches an epoch.
    struct Record(BTreeMap<String, Series>);

    impl SeriesLookup for Record {
        fn series(&self, _run: Option<u32>, name: &str) -> Option<&Series> {
            self.0.get(name)
        }

        fn clock(&self, _run: Option<u32>) -> RunClock<'_> {
            RunClock { batches_per_epoch: 10, ..RunClock::default() }
        }
    }

    fn words(points: &[(u32, f32)]) -> String {
        let mut series = Series::new();
        series.extend(points.iter().copied());
        let spec =
            ChartSpec { title: "Loss".into(), series: vec![SeriesSpec::new("v", "validation", Style::VALIDATION)], ..ChartSpec::default() };
        summary(&spec, &Record(BTreeMap::from([("v".into(), series)])))
    }

    #[test]
    fn epochs_are_told_with_their_trend() {
        let told = words(&[(10, 0.5), (20, 0.31), (30, 0.32), (40, 0.4), (50, 0.41)]);
        assert_eq!(told, "Loss. validation: last 0.410 at epoch 5, lowest 0.310 at epoch 2, rising for 3 epochs.");
        assert_eq!(words(&[(10, 0.5), (20, 0.4)]), "Loss. validation: last 0.400 at epoch 2, the lowest so far, falling for 1 epoch.");
        assert_eq!(
            words(&[(10, f32::NAN)]),
            "Loss. validation: last not a number at epoch 1, no finite value yet, 1 value is not a number."
        );
        assert_eq!(words(&[]), "Loss: nothing recorded yet");
    }

    #[test]
    fn batches_are_told_by_their_epochs_means() {
        let noisy = |step: u32| 2.0 - step as f32 / 100.0 + if step.is_multiple_of(2) { 0.3 } else { -0.3 };
        let told = words(&(1..=47).map(|step| (step, noisy(step))).collect::<Vec<_>>());
        assert!(told.contains("last 1.23 at step 47") && told.ends_with("falling for 3 epochs."), "{told}");
    }

    #[test]
    fn without_epochs_the_last_values_are_told() {
        let mut series = Series::new();
        series.extend((1..=100).map(|step| (step, if step == 90 { 50.0 } else { 1.0 + (step % 7) as f32 * 0.01 })));
        let store = BTreeMap::from([("v".to_string(), series)]);
        let spec = ChartSpec {
            title: "Time".into(),
            series: vec![SeriesSpec::new("v", "batch", Style::RAW)],
            unit: Unit::Named("ms"),
            ..ChartSpec::default()
        };
        let told = summary(&spec, &store);
        assert!(told.contains("1 spike lately, the farthest 50.0\u{a0}ms at step 90"), "{told}");
        assert!(told.contains("rising for 2 values"), "{told}");
    }
}
