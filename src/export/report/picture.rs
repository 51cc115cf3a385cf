//! A chart as an SVG without a script, for print and for readers that run none: each column of pixels with its smallest and
//! largest value. Exact in its extremes, but not to be zoomed into.

use crate::charts::escape::xml as escape;
use crate::charts::{ChartSpec, YRange};
use crate::domain::record::known::Unit;
use crate::domain::record::series::Series;
use crate::export::record::Columns;
use std::fmt::Write;

const WIDTH: usize = 640;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 8.0;

/// The y axis, linear or logarithmic: heights are shares of its range.
struct Axis {
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    fn of(spec: &ChartSpec, curves: &[(&Series, u8)]) -> Self {
        let log = spec.y_range == YRange::Log;
        let lowest = |series: &Series| {
            let positive = || series.column().values().iter().copied().filter(|value| value.is_finite() && *value > 0.0).reduce(f32::min);
            if log { positive() } else { series.range_min_max(0..series.len()).map(|(min, _)| min) }
        };
        let low = curves.iter().filter_map(|(series, _)| lowest(series)).reduce(f32::min).map_or(0.0, f64::from);
        let high = curves.iter().filter_map(|(series, _)| series.range_min_max(0..series.len())).map(|(_, max)| max).reduce(f32::max);
        let high = high.map_or(1.0, f64::from);
        let (low, high) = match spec.y_range {
            YRange::Fixed(low, high) => (low, high),
            YRange::FromZero => (low.min(0.0), high),
            YRange::Log => (low.max(f64::MIN_POSITIVE).log10(), high.max(f64::MIN_POSITIVE).log10()),
            YRange::Auto => (low, high),
        };
        let high = if high - low > 1e-12 * high.abs().max(1e-30) { high } else { low + 1.0 };
        Self { low, high, log }
    }

    fn y(&self, value: f32) -> Option<f64> {
        let place = if self.log { f64::from(value).log10() } else { f64::from(value) };
        value
            .is_finite()
            .then_some(place)
            .filter(|place| place.is_finite())
            .map(|place| TOP + (HEIGHT - (place - self.low) / (self.high - self.low) * HEIGHT).clamp(-1e4, 1e4))
    }
}

fn label(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{:.1} %", value * 100.0),
        _ if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) => format!("{value:.2e}"),
        _ => format!("{}", (value * 1e4).round() / 1e4),
    }
}

/// The vertices of one curve; a value without a place on the axis breaks it.
fn points(series: &Series, axis: &Axis, last: f64) -> Vec<Vec<(f64, f64)>> {
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    let mut push = |x: f64, value: f32, line: &mut Vec<(f64, f64)>| match axis.y(value) {
        Some(y) => line.push((x, y)),
        None => lines.push(std::mem::take(line)),
    };
    let x = |step: f64| LEFT + step / last * WIDTH as f64;
    if series.len() <= WIDTH {
        series.iter().for_each(|(step, value)| push(x(f64::from(step)), value, &mut line));
    } else {
        let mut columns = Vec::new();
        series.columns((0.0, last), WIDTH, &mut columns);
        for column in columns {
            let px = LEFT + column.x as f64 + 0.5;
            for value in [column.first, column.min, column.max, column.last] {
                push(px, value, &mut line);
            }
        }
    }
    lines.push(line);
    lines.retain(|line| !line.is_empty());
    lines
}

/// The picture of a chart over all recorded steps.
pub fn svg(spec: &ChartSpec, columns: &Columns<'_>) -> String {
    let curve = |curve: &crate::charts::SeriesSpec| {
        let series = columns.series.get(&curve.name).filter(|series| !series.is_empty())?;
        Some((series, curve.style.colour % 8))
    };
    let curves: Vec<(&Series, u8)> = spec.series.iter().filter_map(curve).collect();
    let axis = Axis::of(spec, &curves);
    let last = curves.iter().filter_map(|(series, _)| series.last()).map(|(step, _)| step).max().unwrap_or(1);
    let last = f64::from(last.max(columns.at_ms.len() as u32).max(1));
    let (right, bottom) = (LEFT + WIDTH as f64, TOP + HEIGHT);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"><rect class=\"frame\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>",
        right + 12.0,
        bottom + 24.0,
        escape(&spec.title),
    );
    let mut text = |x: f64, y: f64, anchor: &str, text: &str| {
        write!(svg, "<text class=\"tick\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escape(text))
            .expect("memory takes every write");
    };
    for share in [0.0, 0.5, 1.0] {
        let place = axis.low + share * (axis.high - axis.low);
        let value = if axis.log { 10_f64.powf(place) } else { place };
        text(LEFT - 6.0, bottom - share * HEIGHT + 4.0, "end", &label(value, spec.unit));
        text(LEFT + share * WIDTH as f64, bottom + 17.0, if share == 1.0 { "end" } else { "middle" }, &format!("{:.0}", share * last));
    }
    for (series, colour) in curves {
        for line in points(series, &axis, last) {
            let vertices: Vec<String> = line.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            if let [(x, y)] = line[..] {
                write!(svg, "<circle class=\"curve s{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/>").expect("memory takes every write");
            } else {
                write!(svg, "<polyline class=\"curve s{colour}\" points=\"{}\"/>", vertices.join(" ")).expect("memory takes every write");
            }
        }
    }
    svg.push_str("</svg>");
    svg
}
