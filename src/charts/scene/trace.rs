//! Tracing: recorded points within the axes of a chart become a [`Curve`].
//!
//! While there are few points, every one is a vertex of a line ([`LineTracer`]). When there are more points than pixel
//! columns, the curve becomes one bar a column, from the smallest to the largest value that the line through all points has
//! there, so that no spike is lost ([`BarTracer`]). A value that has no place on the axis (NaN, infinite, on a logarithmic
//! axis zero or less) breaks line and bars and leaves a gap with a mark; it is never drawn as a number.
//!
//! Bars are not only right but fast: where no GPU draws the page, stroking a noisy line of two pixels through 1,200
//! columns took 26 ms, filling as many bars 0.6 ms (Chromium 156, 2 cores, November 2026).
//!
//! Pure. Lengths are in device pixels, from the upper left corner of the chart.

use super::curve::{Bar, Curve};
use crate::charts::axes::Axes;
use crate::charts::points::Points;
use crate::charts::spec::Style;
use crate::domain::record::series::PixelColumn;

/// The largest number of visible points of which each gets a dot.
const DOTS_UP_TO: usize = 40;

/// The curve of the `points` that lie within `axes`.
pub fn trace(points: &Points, style: Style, axes: &Axes) -> Curve {
    let Points { series, values, map } = *points;
    let visible = points.within(axes.x_range);
    let width_px = axes.plot.width_px();
    if visible.len() <= width_px {
        let mut tracer = LineTracer { curve: Curve::new(style), axes };
        // The neighbours outside too, so that the line goes on to the edge.
        let drawn = visible.start.saturating_sub(1)..(visible.end + 1).min(values.len());
        for (index, (step, _)) in drawn.filter_map(|index| Some((index, series.get(index)?))) {
            let is_visible = visible.contains(&index);
            let (x, value) = (axes.px_from_x(map.x(step)), values.values()[index]);
            tracer.point(x, value, is_visible && visible.len() <= DOTS_UP_TO);
            if is_visible {
                tracer.curve.add_beyond(x, (value, value), axes);
            }
        }
        tracer.end_segment();
        tracer.curve
    } else {
        let mut tracer = BarTracer { curve: Curve::new(style), axes, at: None };
        let mut columns = Vec::with_capacity(width_px);
        let column_from_x = axes.column_from_x();
        series.columns_by(values, visible.clone(), |step| column_from_x(map.x(step)), &mut columns);
        let mut start = visible.start;
        for column in columns {
            let indices = start..start + column.count;
            start = indices.end;
            tracer.column(&axes.y_scale.drawable(column, values, indices));
        }
        tracer.curve
    }
}

/// Tracer of few points: a line through all of them.
struct LineTracer<'a> {
    curve: Curve,
    axes: &'a Axes,
}

impl LineTracer<'_> {
    /// Continues the line to a point.
    fn point(&mut self, x: f32, value: f32, with_dot: bool) {
        if !self.axes.y_scale.has_place(value) {
            self.end_segment();
            return self.curve.add_gap(x, self.axes);
        }
        let vertex = (x, self.axes.px_from_value(value));
        self.curve.vertices.push(vertex);
        if with_dot {
            self.curve.add_dot(vertex);
        }
    }

    /// Ends a segment. One of a single vertex would be invisible, so it becomes a dot.
    fn end_segment(&mut self) {
        match self.curve.vertices[self.curve.ends.last().copied().unwrap_or(0)..] {
            [] => {}
            [centre] => {
                self.curve.vertices.pop();
                self.curve.add_dot(centre);
            }
            _ => self.curve.ends.push(self.curve.vertices.len()),
        }
    }
}

/// Tracer of many points: a bar in each pixel column, from left to right.
struct BarTracer<'a> {
    curve: Curve,
    axes: &'a Axes,
    /// The column and the height that have been reached; `None` after a break.
    at: Option<(i32, f32)>,
}

impl BarTracer<'_> {
    /// Continues through a column of points; values without a place are NaN.
    fn column(&mut self, column: &PixelColumn) {
        let x = self.axes.plot.left as i32 + column.x as i32;
        let middle = x as f32 + 0.5;
        self.curve.points_per_column = self.curve.points_per_column.max(column.count);
        if !column.first.is_finite() {
            self.at = None;
        }
        for value in [column.first, column.min, column.max] {
            self.go_to(x, value);
        }
        if column.nonfinite {
            self.at = None;
            self.curve.add_gap(middle, self.axes);
        }
        self.go_to(x, column.last);
        self.curve.add_beyond(middle, (column.min, column.max), self.axes);
    }

    /// Continues to a value in column `x`, straight through all columns on the way, unless it is NaN.
    fn go_to(&mut self, x: i32, value: f32) {
        if !value.is_finite() {
            return;
        }
        let y = self.axes.px_from_value(value);
        if let Some((from_x, from_y)) = self.at {
            for left in from_x..x {
                // Where the straight line crosses the border between columns `left` and `left + 1`.
                let border = from_y + (y - from_y) * ((left - from_x) as f32 + 0.5) / (x - from_x) as f32;
                self.reach(left, border, true);
                self.reach(left + 1, border, true);
            }
        }
        self.reach(x, y, self.at.is_some());
        self.at = Some((x, y));
    }

    /// Makes the bar of column `x` reach `y`.
    fn reach(&mut self, x: i32, y: f32, joined: bool) {
        match self.curve.bars.last_mut() {
            // Without `joined` too: a column that is broken within has one bar, and its mark says the rest.
            Some(bar) if bar.x == x => bar.reach(y),
            _ => self.curve.bars.push(Bar { x, top: y, bottom: y, joined }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::axis::{RunClock, StepMap, XKind, YRange};
    use crate::charts::scene::curve::Bar;
    use crate::charts::spec::ChartSpec;
    use crate::domain::record::series::Series;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Axes over the steps `0..=last` and the values -1 to 1.
    fn axes(last: f64) -> Axes {
        let spec = ChartSpec { y_range: YRange::Fixed(-1.0, 1.0), ..ChartSpec::default() };
        Axes::lay_out(&spec, Size { width: 300.0, height: 200.0, dpr: 1.0, font_px: 10.0 }, (0.0, last), (-1.0, 1.0))
    }

    fn traced(series: &Series, style: Style, axes: &Axes) -> Curve {
        super::trace(&Points::recorded(series, StepMap::new(XKind::Step, RunClock::default())), style, axes)
    }

    fn traced_values(values: &[f32]) -> (Curve, Axes) {
        let mut series = Series::new();
        series.extend((0..).zip(values.iter().copied()));
        let axes = axes(values.len() as f64 - 1.0);
        (traced(&series, Style::TRAIN, &axes), axes)
    }

    #[test]
    fn few_points_are_drawn_exactly_and_with_dots() {
        let (curve, axes) = traced_values(&[0.5, -0.5, 0.25]);
        let expected = [(0.0, 0.5), (1.0, -0.5), (2.0, 0.25)].map(|(step, value)| (axes.px_from_x(step), axes.px_from_value(value)));
        assert_eq!(curve.segments().collect::<Vec<_>>(), [&expected[..]]);
        assert_eq!((curve.dots, curve.points_per_column), (expected.to_vec(), 1));
    }

    #[test]
    fn a_missing_value_breaks_the_line_and_leaves_a_mark() {
        for missing in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (curve, axes) = traced_values(&[0.1, 0.2, missing, 0.3, missing, missing, 0.4, 0.5]);
            assert_eq!(curve.segments().map(<[_]>::len).collect::<Vec<_>>(), [2, 2], "{missing}");
            let at = |step| axes.px_from_x(step);
            assert_eq!(curve.gaps, [2.0, 4.0, 5.0].map(|step| (at(step) - 1.0, at(step) + 1.0)), "{missing}");
            assert!(curve.dots.contains(&(at(3.0), axes.px_from_value(0.3))), "the lone point between is seen");
        }
    }

    #[test]
    fn many_missing_values_are_one_gap() {
        let mut values = vec![0.0; 5_000];
        values.resize(10_000, f32::NAN);
        let (curve, axes) = traced_values(&values);
        assert_eq!(curve.gaps.len(), 1);
        assert!(curve.gaps[0].1 >= axes.plot.right - 1.0);
        assert!(curve.bars(1.0).all(|bar| bar.x as f32 <= curve.gaps[0].0 + 1.0));
    }

    #[test]
    fn a_spike_among_a_million_is_seen() {
        let mut series = Series::new();
        series.extend((0..1_000_000).map(|step| (step, if step == 654_321 { 0.9 } else { 0.0 })));
        let axes = axes(999_999.0);
        let curve = traced(&series, Style::RAW, &axes);
        let highest = curve.bars(0.0).min_by(|a, b| a.top.total_cmp(&b.top)).expect("a bar");
        assert_eq!(highest.top, axes.px_from_value(0.9));
        assert!((highest.x as f32 - axes.px_from_x(654_321.0)).abs() <= 1.0);
        assert!(curve.points_per_column > 3_000);
    }

    #[test]
    fn the_line_goes_on_to_the_edges_of_a_part() {
        let mut series = Series::new();
        series.extend([(0, 0.0), (10, 0.5), (20, 0.5), (30, 0.0)]);
        let axes = Axes { x_range: (8.0, 22.0), ..axes(30.0) };
        let curve = traced(&series, Style::TRAIN, &axes);
        assert_eq!(curve.segments().flatten().count(), 4);
        assert_eq!(curve.dots.len(), 2, "only what is visible has dots");
    }

    #[test]
    fn columns_without_points_are_crossed() {
        let mut series = Series::new();
        series.extend((0..500).map(|step| (step, -1.0)).chain((1_500..2_000).map(|step| (step, 1.0))));
        let axes = axes(1_999.0);
        let bars: Vec<_> = traced(&series, Style::TRAIN, &axes).bars(0.0).collect();
        assert_eq!(bars.len(), axes.plot.width_px());
        for pair in bars.windows(2) {
            assert!(pair[1].x == pair[0].x + 1 && pair[1].joined && pair[1].bottom >= pair[0].top && pair[1].top <= pair[0].bottom);
        }
    }

    /// Axes over the steps `0..=last` and the values 0.001 to 10, as logarithms.
    fn log_axes(last: f64) -> Axes {
        let spec = ChartSpec { y_range: YRange::Log, ..ChartSpec::default() };
        Axes::lay_out(&spec, Size { width: 300.0, height: 200.0, dpr: 1.0, font_px: 10.0 }, (0.0, last), (0.001, 10.0))
    }

    #[test]
    fn what_a_log_axis_has_no_place_for_breaks_the_line_like_nan() {
        let trace = |without_place: f32| {
            let mut series = Series::new();
            series.extend((0..).zip([0.1, 0.2, without_place, 0.3, without_place, without_place, 0.4, 0.5]));
            traced(&series, Style::TRAIN, &log_axes(7.0))
        };
        let expected = trace(f32::NAN);
        assert_eq!((expected.gaps.len(), expected.segments().count()), (3, 2));
        for without_place in [0.0, -0.0, -1e-30, -7.0, f32::INFINITY] {
            assert_eq!(trace(without_place), expected, "{without_place}");
        }
    }

    #[test]
    fn a_dip_among_a_million_values_and_zeros_is_seen_on_a_log_axis() {
        let mut series = Series::new();
        let value = |step| if step == 654_321 { 0.002 } else { [1.0, 0.0, 2.0][step as usize % 3] };
        series.extend((0..1_000_000).map(|step| (step, value(step))));
        let axes = log_axes(999_999.0);
        let curve = traced(&series, Style::RAW, &axes);
        let lowest = curve.bars(0.0).max_by(|a, b| a.bottom.total_cmp(&b.bottom)).expect("a bar");
        assert_eq!(lowest.bottom, axes.px_from_value(0.002));
        assert!((lowest.x as f32 - axes.px_from_x(654_321.0)).abs() <= 1.0);
        assert_eq!(curve.gaps.len(), 1, "zeros are marked, here everywhere");
    }

    /// Every bar covers all points of its column that have a place, and goes beyond them only to meet its neighbours.
    fn check_bars(values: &[f32], axes: &Axes) -> Result<(), TestCaseError> {
        let mut series = Series::new();
        series.extend((0..).zip(values.iter().copied()));
        let curve = traced(&series, Style::TRAIN, axes);
        let bars: BTreeMap<i32, Bar> = curve.bars(0.0).map(|bar| (bar.x, bar)).collect();
        let mut points = BTreeMap::<i32, (f32, f32)>::new();
        let mut without_place = 0;
        for (step, &value) in values.iter().enumerate() {
            let px_per_step = axes.plot.width_px() as f64 / (values.len() - 1) as f64;
            let column = ((step as f64 * px_per_step) as usize).min(axes.plot.width_px() - 1);
            let x = axes.plot.left as i32 + column as i32;
            if !axes.y_scale.has_place(value) {
                without_place += 1;
                let centre = x as f32 + 0.5;
                prop_assert!(curve.gaps.iter().any(|&(from, to)| from <= centre && centre <= to), "no mark at step {}", step);
                continue;
            }
            let y = axes.px_from_value(value);
            let extent = points.entry(x).or_insert((y, y));
            *extent = (extent.0.min(y), extent.1.max(y));
        }
        prop_assert_eq!(without_place == 0, curve.gaps.is_empty());
        prop_assert!(points.keys().eq(bars.keys()));
        for (&x, bar) in &bars {
            let around = || points.range(x - 1..=x + 1).map(|(_, extent)| extent);
            prop_assert!(bar.top <= points[&x].0 && bar.bottom >= points[&x].1);
            prop_assert!(around().any(|extent| bar.top >= extent.0) && around().any(|extent| bar.bottom <= extent.1));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn bars_cover_what_all_points_cover(values in prop::collection::vec(prop_oneof![20 => -1.0_f32..1.0, 1 => Just(f32::NAN)], 700..3_000)) {
            check_bars(&values, &axes(values.len() as f64 - 1.0))?;
        }

        #[test]
        fn bars_cover_what_all_points_cover_on_a_log_axis(
            values in prop::collection::vec(prop_oneof![20 => (-3.0_f32..1.0).prop_map(|power| 10_f32.powf(power)), 2 => -1.0_f32..=0.0, 1 => Just(f32::NAN)], 700..3_000),
        ) {
            check_bars(&values, &log_axes(values.len() as f64 - 1.0))?;
        }
    }
}
