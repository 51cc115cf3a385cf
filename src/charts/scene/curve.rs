//! One recorded curve as line segments, bars, dots and gaps within the axes of a chart.
//!
//! While there are few points, every one is a vertex of a line. When there are more points than pixel columns, the curve
//! becomes one [`Bar`] a column, from the smallest to the largest value that the line through all points has there, so
//! that no spike is lost. A value that has no place on the axis (NaN, infinite, on a logarithmic axis zero or less) breaks
//! line and bars and leaves a gap with a mark; it is never drawn as a number.
//!
//! Bars are not only right but fast: where no GPU draws the page, stroking a noisy line of two pixels through 1,200
//! columns took 26 ms, filling as many bars 0.6 ms (Chromium 156, 2 cores, November 2026).
//!
//! Pure. Lengths are in device pixels, from the upper left corner of the chart.

use crate::charts::axis::xaxis::StepMap;
use crate::charts::scene::Axes;
use crate::charts::view::Style;
use crate::domain::record::series::{Column, PixelColumn, Series};
use std::ops::Range;

/// Up to how many visible points each gets a dot.
const DOTS_UP_TO: usize = 40;

/// A curve, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// How it looks.
    pub style: Style,
    /// Centres of single points: where there are few, and where a point has no neighbour to be joined with.
    pub dots: Vec<(f32, f32)>,
    /// Where values have no place on the axis: from the left to the right end of each such place, in x.
    pub gaps: Vec<(f32, f32)>,
    /// Where the curve leaves the picture: x, and whether above. Places that touch are one.
    pub beyond: Vec<(f32, bool)>,
    /// How many points share the fullest pixel column. Above 1 the page says that points lie over each other.
    pub points_per_column: usize,
    /// The vertices of all line segments.
    vertices: Vec<(f32, f32)>,
    /// Where in `vertices` each segment ends.
    ends: Vec<usize>,
    bars: Vec<Bar>,
}

/// The part of a curve within one pixel column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The column's left edge; it is one pixel wide.
    pub x: i32,
    /// Upper end.
    pub top: f32,
    /// Lower end.
    pub bottom: f32,
    /// Whether the curve comes here from the bar before, which then is that of the next column to the left.
    pub joined: bool,
}

impl Bar {
    fn reach(&mut self, y: f32) {
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
    }
}

/// What a curve is made from: points, and where their steps are.
#[derive(Clone, Copy)]
pub struct Points<'a> {
    /// The recorded points.
    pub series: &'a Series,
    /// Their values as they are drawn, by index: the recorded ones or smoothed ones, which may be fewer.
    pub values: &'a Column,
    /// Where steps are on the x axis.
    pub map: StepMap<'a>,
}

impl<'a> Points<'a> {
    /// The points as recorded.
    pub fn recorded(series: &'a Series, map: StepMap<'a>) -> Self {
        Self { series, values: series.column(), map }
    }

    /// The indices of the points within a closed range of places.
    pub fn within(&self, x_range: (f64, f64)) -> Range<usize> {
        let indices = self.series.indices_by(x_range, |step| self.map.x(step));
        indices.start.min(self.values.len())..indices.end.min(self.values.len())
    }
}

impl Curve {
    /// The part of `points` that lies within `axes`.
    pub fn trace(points: &Points, style: Style, axes: &Axes) -> Self {
        let Points { series, values, map } = *points;
        let curve =
            Self { style, dots: vec![], gaps: vec![], beyond: vec![], points_per_column: 1, vertices: vec![], ends: vec![], bars: vec![] };
        let mut pen = Pen { curve, axes, at: None };
        let visible = points.within(axes.x_range);
        let width_px = axes.plot.width_px();
        if visible.len() <= width_px {
            // The neighbours outside too, so that the line goes on to the edge.
            let drawn = visible.start.saturating_sub(1)..(visible.end + 1).min(values.len());
            for (index, (step, _)) in drawn.filter_map(|index| Some((index, series.get(index)?))) {
                let is_visible = visible.contains(&index);
                let value = values.values()[index];
                pen.point(axes.px_from_x(map.x(step)), value, is_visible && visible.len() <= DOTS_UP_TO);
                if is_visible {
                    pen.mark_beyond(axes.px_from_x(map.x(step)), value, value);
                }
            }
            pen.end_segment();
        } else {
            let mut columns = Vec::with_capacity(width_px);
            let column_from_x = axes.column_from_x();
            series.columns_by(values, visible.clone(), |step| column_from_x(map.x(step)), &mut columns);
            let mut start = visible.start;
            for column in columns {
                let indices = start..start + column.count;
                start = indices.end;
                pen.column(&axes.y_scale.drawable(column, values, indices));
            }
        }
        pen.curve
    }

    /// The bare line.
    #[must_use]
    pub fn without_marks(self) -> Self {
        Self { dots: vec![], gaps: vec![], beyond: vec![], ..self }
    }

    /// Moves it down by so many pixels.
    pub(crate) fn shift_down(&mut self, px: f32) {
        self.vertices.iter_mut().chain(&mut self.dots).for_each(|vertex| vertex.1 += px);
        for bar in &mut self.bars {
            (bar.top, bar.bottom) = (bar.top + px, bar.bottom + px);
        }
    }

    /// The line segments, each of two or more vertices.
    pub fn segments(&self) -> impl Iterator<Item = &[(f32, f32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.vertices[start..end])
    }

    /// The bars of a curve drawn `width` pixels thick, from left to right.
    pub fn bars(&self, width: f32) -> impl Iterator<Item = Bar> + '_ {
        // Thickness sideways: each bar reaches as far up and down as its neighbours that lie within half the width.
        let neighbours = ((width - 1.0) / 2.0).round().max(0.0) as usize;
        self.bars.iter().enumerate().map(move |(index, &bar)| {
            let mut thick = bar;
            let left = (index + 1 - neighbours.min(index)..=index).rev().take_while(|&at| self.bars[at].joined).map(|at| at - 1);
            let right = (index + 1..self.bars.len()).take(neighbours).take_while(|&at| self.bars[at].joined);
            for at in left.chain(right) {
                thick.reach(self.bars[at].top);
                thick.reach(self.bars[at].bottom);
            }
            Bar { top: thick.top - width / 2.0, bottom: thick.bottom + width / 2.0, ..bar }
        })
    }
}

/// Draws a curve from left to right.
struct Pen<'a> {
    curve: Curve,
    axes: &'a Axes,
    /// Among bars: the column and the height where the pen is; `None` after a break.
    at: Option<(i32, f32)>,
}

impl Pen<'_> {
    /// Goes on to a point of a line.
    fn point(&mut self, x: f32, value: f32, with_dot: bool) {
        if !self.axes.y_scale.has_place(value) {
            self.end_segment();
            return self.gap(x);
        }
        let vertex = (x, self.axes.px_from_value(value));
        self.curve.vertices.push(vertex);
        if with_dot {
            self.dot(vertex);
        }
    }

    /// Ends a segment of a line. One of a single vertex would be invisible, so it becomes a dot.
    fn end_segment(&mut self) {
        match self.curve.vertices[self.curve.ends.last().copied().unwrap_or(0)..] {
            [] => {}
            [centre] => {
                self.curve.vertices.pop();
                self.dot(centre);
            }
            _ => self.curve.ends.push(self.curve.vertices.len()),
        }
    }

    fn dot(&mut self, centre: (f32, f32)) {
        if self.curve.dots.last() != Some(&centre) {
            self.curve.dots.push(centre);
        }
    }

    /// Goes on through a column of points, in which what has no place is NaN.
    fn column(&mut self, column: &PixelColumn) {
        let x = self.axes.plot.left as i32 + column.x as i32;
        self.curve.points_per_column = self.curve.points_per_column.max(column.count);
        if !column.first.is_finite() {
            self.at = None;
        }
        for value in [column.first, column.min, column.max] {
            self.bar_to(x, value);
        }
        if column.nonfinite {
            self.at = None;
            self.gap(x as f32 + 0.5);
        }
        self.bar_to(x, column.last);
        self.mark_beyond(x as f32 + 0.5, column.min, column.max);
    }

    /// Notes that values from `min` to `max` at `x` leave the picture.
    fn mark_beyond(&mut self, x: f32, min: f32, max: f32) {
        let (low, high) = self.axes.y_range;
        let apart = 9.0 * self.axes.size.dpr;
        for (above, leaves) in
            [(false, f64::from(min) < low && self.axes.y_scale.has_place(min)), (true, f64::from(max) > high && max.is_finite())]
        {
            let known = self.curve.beyond.iter().rev().find(|mark| mark.1 == above);
            if leaves && known.is_none_or(|mark| x - mark.0 >= apart) {
                self.curve.beyond.push((x, above));
            }
        }
    }

    /// Goes on to a value in column `x`, if it is one: straight, through all columns on the way.
    fn bar_to(&mut self, x: i32, value: f32) {
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

    /// Marks a place without a value. Places that touch become one.
    fn gap(&mut self, x: f32) {
        let half = self.axes.size.dpr.max(1.0);
        match self.curve.gaps.last_mut() {
            Some((_, to)) if x - half <= *to + half => *to = x + half,
            _ => self.curve.gaps.push((x - half, x + half)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::xaxis::{RunClock, XKind};
    use crate::charts::scene::Size;
    use crate::charts::view::{ChartSpec, YRange};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Axes over the steps `0..=last` and the values -1 to 1.
    fn axes(last: f64) -> Axes {
        let spec = ChartSpec { y_range: YRange::Fixed(-1.0, 1.0), ..ChartSpec::default() };
        Axes::lay_out(&spec, Size { width: 300.0, height: 200.0, dpr: 1.0, font_px: 10.0 }, (0.0, last), (-1.0, 1.0))
    }

    fn traced(series: &Series, style: Style, axes: &Axes) -> Curve {
        Curve::trace(&Points::recorded(series, StepMap::new(XKind::Step, RunClock::default())), style, axes)
    }

    fn trace(values: &[f32]) -> (Curve, Axes) {
        let mut series = Series::new();
        series.extend((0..).zip(values.iter().copied()));
        let axes = axes(values.len() as f64 - 1.0);
        (traced(&series, Style::TRAIN, &axes), axes)
    }

    #[test]
    fn few_points_are_drawn_exactly_and_with_dots() {
        let (curve, axes) = trace(&[0.5, -0.5, 0.25]);
        let expected = [(0.0, 0.5), (1.0, -0.5), (2.0, 0.25)].map(|(step, value)| (axes.px_from_x(step), axes.px_from_value(value)));
        assert_eq!(curve.segments().collect::<Vec<_>>(), [&expected[..]]);
        assert_eq!((curve.dots, curve.points_per_column), (expected.to_vec(), 1));
    }

    #[test]
    fn a_missing_value_breaks_the_line_and_leaves_a_mark() {
        for missing in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (curve, axes) = trace(&[0.1, 0.2, missing, 0.3, missing, missing, 0.4, 0.5]);
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
        let (curve, axes) = trace(&values);
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
    fn thick_bars_reach_as_far_as_their_neighbours_but_not_over_a_break() {
        let bar = |x, top, joined| Bar { x, top, bottom: 10.0, joined };
        let mut curve = trace(&[]).0;
        curve.bars = vec![bar(0, 5.0, false), bar(1, 8.0, true), bar(2, 9.0, true), bar(3, 1.0, false)];
        assert_eq!(curve.bars(3.0).map(|bar| bar.top + 1.5).collect::<Vec<_>>(), [5.0, 5.0, 8.0, 1.0]);
        assert_eq!(curve.bars(1.0).map(|bar| bar.top + 0.5).collect::<Vec<_>>(), [5.0, 8.0, 9.0, 1.0]);
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
