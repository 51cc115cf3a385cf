//! The picture that answers "what did it do across the class?": what each run came to, against what was changed.
//!
//! Laid out in the units of a drawing; a number has an axis, logarithmic where its values span decades or are rates, and anything else
//! has a place for each kind. Never here: elements, colours.

use super::curves::{Styles, is_wide, known};
use super::results::{Entry, Results};
use crate::charts::axis::autoscale::next_y_range;
use crate::charts::axis::{Range, Scale};
use crate::charts::{YRange, format_value};
use crate::domain::record::known::{Better, Unit};
use crate::domain::run::config::diff::varied::Varied;

/// The width of the drawing.
pub const WIDTH: f64 = 640.0;
/// The height of the drawing.
pub const HEIGHT: f64 = 320.0;
/// The left edge of the plot; left of it are the numbers of the y axis.
pub const LEFT: f64 = 60.0;
/// The upper edge of the plot.
pub const TOP: f64 = 24.0;
/// The right edge of the plot.
pub const RIGHT: f64 = WIDTH - 16.0;
/// The lower edge of the plot.
pub const BOTTOM: f64 = HEIGHT - 44.0;

/// The longest name of a kind below the axis, in characters.
const MOST_LABEL: usize = 18;
/// The most kinds that have a place of their own.
const MOST_KINDS: usize = 12;

/// The picture, in its own units.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// A point for each result.
    pub points: Vec<Point>,
    /// The ticks of the x axis: place and label.
    pub x_ticks: Vec<(f64, String)>,
    /// The ticks of the y axis.
    pub y_ticks: Vec<(f64, String)>,
    /// The name of the x axis.
    pub x_label: String,
    /// The name of the y axis.
    pub y_label: String,
    /// The picture in words.
    pub words: String,
}

/// The point of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The place from the left.
    pub x: f64,
    /// The place from above; the upper edge for what came to no number.
    pub y: f64,
    /// Whether the run came to a number.
    pub is_number: bool,
    /// The palette's colour.
    pub colour: u8,
    /// The name, what was changed, and the value.
    pub words: String,
}

/// The last value of a result in the series `name`; `None` where it has none.
fn last_of(entry: &Entry, name: &str) -> Option<f32> {
    let result = &entry.result;
    result.metric(name).map(|metric| metric.last).or_else(|| result.curve(name)?.points.last().map(|point| point.1))
}

/// Whether the values of a setting belong on a logarithmic axis: rates, and what spans more than a decade and a half.
fn is_ratio(setting: &Varied, numbers: &[f64]) -> bool {
    let (low, high) = numbers.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &number| (low.min(number), high.max(number)));
    low > 0.0 && (setting.label.ends_with("learning rate") || high / low >= 32.0)
}

/// The x axis: a place for each result, the ticks, and the words on its scale.
fn x_axis(setting: &Varied, count: usize) -> (Vec<f64>, Vec<(f64, String)>, &'static str) {
    let width = RIGHT - LEFT;
    if setting.is_numeric() {
        let numbers: Vec<f64> = (0..count).map(|index| setting.number(index).unwrap_or(0.0)).collect();
        let scale = if is_ratio(setting, &numbers) { Scale::Log } else { Scale::Linear };
        let bent: Vec<f64> = numbers.iter().map(|&number| scale.bend((number, number)).0).collect();
        let (low, high) = bent.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &at| (low.min(at), high.max(at)));
        // Some room, so that no point lies on an edge.
        let air = ((high - low) * 0.06).max(1e-9);
        let range: Range = (scale.unbend(low - air), scale.unbend(high + air));
        let place = |number: f64| LEFT + width * scale.share(number, range);
        let (values, labels) = scale.ticks(range, 7, Unit::Plain);
        let ticks = values.into_iter().map(place).zip(labels).collect();
        return (numbers.into_iter().map(place).collect(), ticks, if scale == Scale::Log { ", log scale" } else { "" });
    }
    let mut kinds = setting.kinds();
    let is_full = kinds.len() > MOST_KINDS;
    kinds.truncate(MOST_KINDS);
    let place = |at: usize| LEFT + width * (at as f64 + 0.5) / kinds.len().max(1) as f64;
    // Those of further kinds share the last place, and its name says so.
    let at = |words: &String| kinds.iter().position(|kind| kind == words).unwrap_or(kinds.len().saturating_sub(1));
    let label = |at: usize| if is_full && at + 1 == kinds.len() { "others".to_owned() } else { shortened(&kinds[at]) };
    let ticks = (0..kinds.len()).map(|at| (place(at), label(at))).collect();
    ((0..count).map(|index| place(at(&setting.words(index)))).collect(), ticks, "")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_LABEL {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(MOST_LABEL - 1).collect::<String>())
    }
}

/// The picture of the series `name` against `setting`; `None` while no result has the series.
pub fn picture(results: &Results, name: &str, setting: &Varied, styles: &Styles) -> Option<Picture> {
    let entries = results.entries();
    let finals: Vec<Option<f32>> = entries.iter().map(|entry| last_of(entry, name)).collect();
    let finite: Vec<f32> = finals.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    finals.iter().flatten().next()?;
    let known = known(name);
    let policy = if is_wide(name, finite.iter().copied()) { YRange::Log } else { YRange::Auto };
    let extent = finite.iter().copied().reduce(f32::min).zip(finite.iter().copied().reduce(f32::max));
    let (scale, range) = (Scale::of(policy), next_y_range(policy, None, extent));
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * scale.share(value, range);
    let (places, x_ticks, x_scale) = x_axis(setting, entries.len());
    let points = entries.iter().enumerate().filter_map(|(index, entry)| {
        let value = finals[index]?;
        let words = format!("{}, {} {}: {}", entry.result.name, setting.label, setting.words(index), format_value(value, known.unit));
        let is_number = scale.has_place(value);
        let colour = styles.all.get(index).map_or(0, |style| style.colour);
        Some(Point { x: places[index], y: if is_number { y(f64::from(value)) } else { TOP }, is_number, colour, words })
    });
    let points: Vec<Point> = points.collect();
    let (values, labels) = scale.ticks(range, 6, known.unit);
    let y_scale = if scale == Scale::Log { ", log scale" } else { "" };
    let better = Better::of(name);
    let best = (0..entries.len()).filter(|&index| finals[index].is_some_and(f32::is_finite)).reduce(|a, b| {
        let is_better = if better == Better::Lower { finals[b] < finals[a] } else { finals[b] > finals[a] };
        if is_better { b } else { a }
    });
    let mut words = format!("{} runs, {} at the end against {}.", points.len(), known.title.to_ascii_lowercase(), setting.label);
    if let Some((index, value)) = best.and_then(|index| Some((index, finals[index]?))) {
        let (label, of_it, by) = (&setting.label, setting.words(index), &entries[index].result.name);
        words += &format!(" The {}, {}, came with {label} {of_it} ({by}).", better.superlative(), format_value(value, known.unit));
    }
    match points.iter().filter(|point| !point.is_number).count() {
        0 => {}
        1 => words += " One run came to no number: the cross at the top.",
        lost => words += &format!(" {lost} runs came to no number: the crosses at the top."),
    }
    Some(Picture {
        points,
        x_ticks,
        y_ticks: values.into_iter().map(y).zip(labels).collect(),
        x_label: format!("{}{x_scale}", setting.label),
        y_label: format!("{} at the end{y_scale}", known.title.to_ascii_lowercase()),
        words,
    })
}
