//! The area between the lowest and the highest of several curves, as of runs with several seeds.
//!
//! Both edges are curves like any other, so that no extreme is lost where points share a pixel column; the area is one bar
//! a column between them. Where an edge has a gap, so has the area. Pure; lengths are in device pixels.

use super::curve::{Bar, Curve};
use super::trace::trace;
use crate::charts::axes::{Axes, Plot};
use crate::charts::points::Points;
use crate::charts::spec::Style;

/// An area, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The palette's colour.
    pub colour: u8,
    /// One bar a pixel column, from left to right.
    pub bars: Vec<Bar>,
}

impl Spread {
    /// The area between the curves `low` and `high`, in the colour of `style`.
    pub fn between(low: &Points, high: &Points, style: Style, axes: &Axes) -> Self {
        let edge = |points| heights(&trace(points, style, axes), axes.plot);
        let columns = edge(high).into_iter().zip(edge(low)).enumerate();
        let bar = |(index, edges): (usize, (Option<Height>, Option<Height>))| {
            let (high, low) = (edges.0?, edges.1?);
            Some(Bar {
                x: axes.plot.left as i32 + index as i32,
                top: high.top.min(low.top),
                bottom: low.bottom.max(high.bottom),
                joined: false,
            })
        };
        Self { colour: style.colour, bars: columns.filter_map(bar).collect() }
    }

    /// Moves it down by so many pixels.
    pub(crate) fn shift_down(&mut self, px: f32) {
        for bar in &mut self.bars {
            (bar.top, bar.bottom) = (bar.top + px, bar.bottom + px);
        }
    }
}

/// Reach of a curve within one pixel column.
#[derive(Clone, Copy)]
struct Height {
    top: f32,
    bottom: f32,
}

/// Reach of `curve` in each pixel column of `plot`.
fn heights(curve: &Curve, plot: Plot) -> Vec<Option<Height>> {
    let mut found = vec![None; plot.width_px()];
    let mut put = |x: i32, top: f32, bottom: f32| {
        let index = usize::try_from(x - plot.left as i32).ok();
        if let Some(height) = index.and_then(|index| found.get_mut(index)) {
            let all = height.get_or_insert(Height { top, bottom });
            (all.top, all.bottom) = (all.top.min(top), all.bottom.max(bottom));
        }
    };
    for bar in curve.bars(1.0) {
        put(bar.x, bar.top, bar.bottom);
    }
    for pair in curve.segments().flat_map(|segment| segment.windows(2)) {
        let [(from, y_from), (to, y_to)] = [pair[0], pair[1]];
        // The line goes on far outside of the plot where its next point lies there.
        let (first, last) = (from.max(plot.left) as i32, to.min(plot.right) as i32);
        for x in first..=last {
            let share = ((x as f32 + 0.5 - from) / (to - from).max(1e-3)).clamp(0.0, 1.0);
            let y = y_from + share * (y_to - y_from);
            put(x, y, y);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::axis::{RunClock, StepMap, XKind};
    use crate::charts::spec::ChartSpec;
    use crate::domain::record::series::Series;
    use proptest::prelude::*;

    const SIZE: Size = Size { width: 300.0, height: 200.0, dpr: 1.0, font_px: 12.0 };

    fn series(values: &[f32]) -> Series {
        let mut series = Series::new();
        series.extend((1..).zip(values.iter().copied()));
        series
    }

    fn spread(low: &[f32], high: &[f32]) -> (Spread, Axes) {
        let axes = Axes::lay_out(&ChartSpec::default(), SIZE, (0.0, low.len() as f64 + 1.0), (-10.0, 10.0));
        let map = StepMap::new(XKind::Step, RunClock::default());
        let (low, high) = (series(low), series(high));
        (Spread::between(&Points::recorded(&low, map), &Points::recorded(&high, map), Style::TRAIN, &axes), axes)
    }

    #[test]
    fn a_few_points_span_straight_edges() {
        let (spread, axes) = spread(&[0.0, 0.0, 4.0], &[2.0, 2.0, 4.0]);
        let at = |x: f64| {
            let px = axes.px_from_x(x) as i32;
            *spread.bars.iter().find(|bar| bar.x == px).expect("within")
        };
        let near = |a: f32, b: f32| (a - b).abs() < 1.5;
        let middle = at(1.5);
        assert!(near(middle.top, axes.px_from_value(2.0)) && near(middle.bottom, axes.px_from_value(0.0)), "{middle:?}");
        let closing = at(2.5);
        assert!(near(closing.top, axes.px_from_value(3.0)) && near(closing.bottom, axes.px_from_value(2.0)), "{closing:?}");
        assert!(spread.bars.iter().all(|bar| bar.x as f32 >= axes.px_from_x(1.0) - 1.0), "nothing before the first point");
    }

    #[test]
    fn a_gap_stays_open() {
        let (spread, axes) = spread(&[0.0, 1.0, f32::NAN, 1.0, 0.0], &[2.0, 3.0, 2.0, 3.0, 2.0]);
        let (from, to) = (axes.px_from_x(2.0) as i32 + 1, axes.px_from_x(4.0) as i32);
        assert!(!spread.bars.iter().any(|bar| (from..to).contains(&bar.x)));
        assert!(spread.bars.iter().any(|bar| bar.x < from) && spread.bars.iter().any(|bar| bar.x >= to));
    }

    proptest! {
        #[test]
        fn every_value_between_the_edges_lies_in_the_area(
            points in prop::collection::vec((-8.0_f32..8.0, 0.0_f32..2.0), 2..2000), share in 0.0_f32..1.0, pick: prop::sample::Index,
        ) {
            let low: Vec<f32> = points.iter().map(|(low, _)| *low).collect();
            let high: Vec<f32> = points.iter().map(|(low, by)| low + by).collect();
            let (spread, axes) = spread(&low, &high);
            let index = pick.index(points.len());
            let px = axes.px_from_x(index as f64 + 1.0) as i32;
            let y = axes.px_from_value(low[index] + share * (high[index] - low[index]));
            // A vertex lies somewhere in its column, a line is taken at the column's middle.
            let near: Vec<_> = spread.bars.iter().filter(|bar| (bar.x - px).abs() <= 1).collect();
            prop_assert!(!near.is_empty());
            let (top, bottom) = near.iter().fold((f32::MAX, f32::MIN), |(top, bottom), bar| (top.min(bar.top), bottom.max(bar.bottom)));
            let steep = 200.0 * 0.6 / (axes.px_from_x(2.0) - axes.px_from_x(1.0)).max(0.5);
            prop_assert!(top - steep <= y && y <= bottom + steep, "{y} is not within {top} to {bottom}");
        }
    }
}
