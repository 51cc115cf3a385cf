//! The curves of a class in one chart: who lends them, how each is drawn, and what the colours mean.
//!
//! Where a number was changed, colours are ordered by it, light and dark in order; else they only tell apart. Never here: canvases.

use super::made::CURVES;
use super::results::{Entry, Results};
use crate::charts::{ChartSpec, Dash, RunClock, SeriesLookup, SeriesSpec, Style, XAxis, XKind, YRange, format_value};
use crate::domain::number::format_number;
use crate::domain::order::order_by;
use crate::domain::record::known::{Better, Known, OWN, Unit};
use crate::domain::record::series::Series;
use crate::domain::run::config::diff::varied::Varied;
use crate::domain::run::event::series;

/// The number of colours of the ordered scale.
const COLOURS: usize = 8;
/// The factor between the lowest and the highest loss beyond which their axis is logarithmic.
const WIDE: f32 = 50.0;

/// The curves of all results, as a chart borrows them: a result's number is that of its run.
#[derive(Default)]
pub struct Curves(Vec<OfOne>);

struct OfOne {
    id: u32,
    series: Vec<(String, Series)>,
    batches_per_epoch: u32,
}

impl Curves {
    /// The curves of `results`.
    pub fn of(results: &Results) -> Self {
        let of_one = |entry: &Entry| {
            let curves = entry.result.curves.iter().map(|curve| (curve.name.clone(), Series::from_iter(curve.points.iter().copied())));
            OfOne { id: entry.id, series: curves.collect(), batches_per_epoch: batches_per_epoch(entry).unwrap_or(0) }
        };
        Self(results.entries().iter().map(of_one).collect())
    }

    fn of_run(&self, run: Option<u32>) -> Option<&OfOne> {
        self.0.iter().find(|of| Some(of.id) == run)
    }
}

impl SeriesLookup for Curves {
    fn series(&self, run: Option<u32>, name: &str) -> Option<&Series> {
        self.of_run(run)?.series.iter().find(|(known, _)| known == name).map(|(_, series)| series)
    }

    fn clock(&self, run: Option<u32>) -> RunClock<'_> {
        let batches_per_epoch = self.of_run(run).map_or(0, |of| of.batches_per_epoch);
        RunClock { batches_per_epoch, ..RunClock::default() }
    }
}

/// The updates in an epoch: the step of the first point of a curve that has one an epoch.
fn batches_per_epoch(entry: &Entry) -> Option<u32> {
    let curve = [series::TRAIN_LOSS, series::VAL_LOSS].iter().find_map(|name| entry.result.curve(name))?;
    curve.points.first().map(|point| point.0)
}

/// The style of each result's curve and of its point, by what was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Styles {
    /// The styles, in the order of the results.
    pub all: Vec<Style>,
    /// Whether the colours are ordered by a number.
    pub ordered: bool,
    /// The meaning of each style that is there.
    pub legend: Vec<(Style, String)>,
}

impl Styles {
    /// The styles of `count` results that differ in `setting`.
    pub fn of(setting: Option<&Varied>, count: usize) -> Self {
        match setting {
            None => Self { all: (0..count).map(Style::nth).collect(), ordered: false, legend: Vec::new() },
            Some(setting) if setting.is_numeric() => Self::ordered(setting, count),
            Some(setting) => Self::by_kind(setting, count),
        }
    }

    fn ordered(setting: &Varied, count: usize) -> Self {
        let numbers: Vec<f64> = (0..count).map(|index| setting.number(index).unwrap_or(0.0)).collect();
        let order = order_by(numbers.len(), &|a, b| numbers[a].total_cmp(&numbers[b]));
        let mut distinct: Vec<f64> = order.into_iter().map(|index| numbers[index]).collect();
        distinct.dedup();
        let colour_of = |rank: usize| rank * (COLOURS - 1) / (distinct.len() - 1).max(1);
        let style = |colour: usize| Style { colour: colour as u8, dash: Dash::Solid, width: 1.75, opacity: 1.0, edge: 0.0 };
        let rank = |number: f64| distinct.iter().position(|each| *each == number).unwrap_or(0);
        let legend = (0..COLOURS).filter_map(|colour| {
            let mut of_it = (0..distinct.len()).filter(|&rank| colour_of(rank) == colour).map(|rank| distinct[rank]);
            let first = of_it.next()?;
            let words = of_it.next_back().map_or_else(|| short(first), |last| format!("{} – {}", short(first), short(last)));
            Some((style(colour), words))
        });
        Self { all: numbers.iter().map(|&number| style(colour_of(rank(number)))).collect(), ordered: true, legend: legend.collect() }
    }

    fn by_kind(setting: &Varied, count: usize) -> Self {
        let kinds = setting.kinds();
        let style = |of: &String| Style::nth(kinds.iter().position(|kind| kind == of).unwrap_or(0));
        let all = (0..count).map(|index| style(&setting.words(index))).collect();
        Self { all, ordered: false, legend: kinds.iter().map(|kind| (style(kind), kind.clone())).collect() }
    }
}

/// A number as a person would write it; one of many digits by its first three.
fn short(number: f64) -> String {
    let text = format_number(number);
    if text.len() <= 7 { text } else { format_value(number as f32, Unit::Plain) }
}

/// The series that some result has, each with its title, in the order of the menu.
pub fn series_of(results: &Results) -> Vec<(&'static str, &'static str)> {
    CURVES.into_iter().filter(|(name, _)| results.entries().iter().any(|entry| entry.result.curve(name).is_some())).collect()
}

/// The series that is shown: the one that is wanted if it is there, else the first.
pub fn chosen(results: &Results, wanted: &str) -> &'static str {
    let there = series_of(results);
    there.iter().find(|(name, _)| *name == wanted).or(there.first()).map_or(series::VAL_LOSS, |(name, _)| *name)
}

/// Whether values from the lowest to the highest are wide enough apart for a logarithmic axis.
pub fn is_wide(name: &str, values: impl Iterator<Item = f32>) -> bool {
    let finite: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    let (low, high) = finite.iter().fold((f32::INFINITY, 0.0_f32), |(low, high), &value| (low.min(value), high.max(value)));
    known(name).unit == Unit::Plain && low > 0.0 && high / low > WIDE
}

/// The entry of `name` in the table of known series.
pub fn known(name: &str) -> &'static Known {
    Known::of(name).unwrap_or(&OWN)
}

/// The specification of the chart of the series `name`.
pub fn spec(results: &Results, name: &str, styles: &Styles) -> ChartSpec {
    let values =
        results.entries().iter().filter_map(|entry| entry.result.curve(name)).flat_map(|curve| curve.points.iter().map(|point| point.1));
    let y_range = if is_wide(name, values) { YRange::Log } else { YRange::Auto };
    let by_epoch = results.entries().iter().all(|entry| batches_per_epoch(entry).is_some());
    let curve = |(entry, style): (&Entry, &Style)| SeriesSpec { run: Some(entry.id), ..SeriesSpec::new(name, &*entry.result.name, *style) };
    ChartSpec {
        title: "Curves of the class".to_owned(),
        y_label: known(name).measure.to_owned(),
        unit: known(name).unit,
        better: Better::of(name),
        y_range,
        x: XAxis { kind: if by_epoch { XKind::Epoch } else { XKind::Step }, ..XAxis::default() },
        series: results.entries().iter().zip(&styles.all).map(curve).collect(),
        ..ChartSpec::default()
    }
}
