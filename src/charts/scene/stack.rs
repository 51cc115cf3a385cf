//! Curves stacked on each other: the parts that a whole is made of, and bands where the values mean something else.
//!
//! Where there are no more points than pixel columns, each point is a column of its own, as wide as its place. Where there
//! are more, a column shows the *mean* of its points: parts of means sum to the mean of the whole, while extremes of parts
//! do not sum to any extreme. What a stack hides by that, the chart of the whole beside it shows.
//!
//! The y axis follows the bulk of the columns, not the few that stick out: those are cut at the upper edge and marked
//! there. Pure. Lengths are in device pixels, from the upper left corner of the chart.

use crate::charts::axes::Axes;
use crate::charts::axis::StepMap;
use crate::charts::points::{Line, Points};
use crate::charts::spec::{BandStyle, ChartSpec, Style};
use crate::domain::record::series::Series;
use std::ops::Range;

/// The part of the columns that the y axis is made for.
const BULK: f64 = 0.97;
/// Factor by which the axis exceeds the highest of them.
const HEADROOM: f64 = 1.25;

/// A band in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedBand {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// Drawing style of the band.
    pub style: BandStyle,
}

/// A column of parts on each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Pile {
    /// Left edge.
    pub left: i32,
    /// Right edge.
    pub right: i32,
    /// Upper ends of the parts, from the lowest part to the highest; each begins where the one before ends, the first
    /// at the axis.
    pub tops: Vec<f32>,
    /// Whether its upper end lies outside of the chart.
    pub is_cut: bool,
}

/// All piles of a chart, from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// Styles of the parts, from the lowest to the highest.
    pub styles: Vec<Style>,
    /// The piles.
    pub piles: Vec<Pile>,
    /// Number of points in the fullest column.
    pub points_per_column: usize,
}

/// Left end of a step's space: halfway to the step before.
fn left_of(map: &StepMap, step: u32) -> f64 {
    (map.x(step.saturating_sub(1)) + map.x(step)) / 2.0
}

/// Puts the bands of `spec` into the picture.
pub(crate) fn place(spec: &ChartSpec, map: &StepMap, axes: &Axes) -> Vec<PlacedBand> {
    let (from, to) = axes.x_range;
    let edge = |x: f64| axes.px_from_x(x).round().clamp(axes.plot.left, axes.plot.right);
    let visible = spec.bands.iter().filter(|band| map.x(band.to) >= from && left_of(map, band.from) <= to);
    let placed = visible.map(|band| {
        let left = edge(left_of(map, band.from));
        PlacedBand { left, right: edge(left_of(map, band.to.saturating_add(1))).max(left + 1.0), style: band.style }
    });
    placed.collect()
}

/// The means of each part over the steps of the points `indices` of the first.
fn means(parts: &[&Series], indices: Range<usize>) -> Vec<f64> {
    let ends = parts.first().and_then(|first| Some((first.get(indices.start)?.0, first.get(indices.end.checked_sub(1)?)?.0)));
    let Some((from, to)) = ends else { return vec![0.0; parts.len()] };
    let mean = |series: &&Series| {
        let indices = series.indices_within((f64::from(from), f64::from(to)));
        if indices.is_empty() { 0.0 } else { series.column().range_sum(indices.clone()) / indices.len() as f64 }
    };
    parts.iter().map(mean).collect()
}

/// The range of the sums that the y axis is made for: those of nearly all columns, bands left out. `width` is about how
/// many columns there are room for.
pub(crate) fn extent(spec: &ChartSpec, lines: &[Line], x_range: (f64, f64), width: usize) -> Option<(f32, f32)> {
    let parts: Vec<&Series> = lines.iter().map(|line| line.points.series).collect();
    let Points { series, .. } = lines.first()?.points;
    let visible = lines.first()?.points.within(x_range);
    let each = visible.len().div_ceil(width.max(1)).max(1);
    let is_banded = |indices: &Range<usize>| {
        let (Some((from, _)), Some((to, _))) = (series.get(indices.start), series.get(indices.end - 1)) else { return false };
        spec.bands
            .iter()
            .filter(|band| matches!(band.style, BandStyle::Shaded | BandStyle::Striped))
            .any(|band| band.to >= from && band.from <= to)
    };
    let columns = || visible.clone().step_by(each).map(|start| start..(start + each).min(visible.end));
    let sum = |indices: Range<usize>| means(&parts, indices).iter().sum::<f64>();
    let mut sums: Vec<f64> = columns().filter(|indices| !is_banded(indices)).map(sum).collect();
    if sums.is_empty() {
        sums = columns().map(sum).collect();
    }
    sums.sort_by(f64::total_cmp);
    let bulk = sums.get(((sums.len() as f64 * BULK).ceil() as usize).saturating_sub(1))?;
    Some((0.0, (bulk * HEADROOM) as f32))
}

impl Stack {
    /// The parts `lines` within `axes`.
    pub(crate) fn build(lines: &[Line], axes: &Axes) -> Self {
        let parts: Vec<&Series> = lines.iter().map(|line| line.points.series).collect();
        let styles = lines.iter().map(|line| line.spec.style).collect();
        let mut stack = Self { styles, piles: Vec::new(), points_per_column: 1 };
        let Some(Line { points, .. }) = lines.first() else { return stack };
        let Points { series, map, .. } = *points;
        let visible = points.within(axes.x_range);
        if visible.len() <= axes.plot.width_px() {
            let edge = |x: f64| axes.px_from_x(x).round().clamp(axes.plot.left, axes.plot.right) as i32;
            for index in visible {
                let Some((step, _)) = series.get(index) else { continue };
                let (left, right) = (edge(left_of(&map, step)), edge(left_of(&map, step.saturating_add(1))));
                // A gap between wide columns, so that each batch is seen as one.
                let gap = i32::from(right - left >= 4);
                stack.pile(left, (right - gap).max(left + 1), &means(&parts, index..index + 1), axes);
            }
        } else {
            let mut columns = Vec::with_capacity(axes.plot.width_px());
            let column_from_x = axes.column_from_x();
            series.columns_by(series.column(), visible.clone(), |step| column_from_x(map.x(step)), &mut columns);
            let mut start = visible.start;
            for column in columns {
                stack.points_per_column = stack.points_per_column.max(column.count);
                let left = axes.plot.left as i32 + column.x as i32;
                stack.pile(left, left + 1, &means(&parts, start..start + column.count), axes);
                start += column.count;
            }
        }
        stack
    }

    fn pile(&mut self, left: i32, right: i32, means: &[f64], axes: &Axes) {
        let mut sum = 0.0;
        let tops = means.iter().map(|mean| {
            sum += mean.max(0.0);
            axes.px_from_value(sum as f32)
        });
        let tops: Vec<f32> = tops.collect();
        let is_cut = tops.last().is_some_and(|&top| top < axes.plot.top);
        let tops = tops.into_iter().map(|top| top.clamp(axes.plot.top, axes.plot.bottom)).collect();
        self.piles.push(Pile { left, right, tops, is_cut });
    }

    /// Moves everything down by so many pixels.
    pub(crate) fn shift_down(&mut self, px: f32) {
        self.piles.iter_mut().flat_map(|pile| &mut pile.tops).for_each(|top| *top += px);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::axis::YRange;
    use crate::charts::scene::Scene;
    use crate::charts::spec::{Band, SeriesSpec};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SIZE: Size = Size { width: 400.0, height: 200.0, dpr: 1.0, font_px: 10.0 };

    fn spec() -> ChartSpec {
        let series = ["a", "b", "c"].map(|name| SeriesSpec::new(name, name, Style::TRAIN)).into();
        ChartSpec { series, stacked: true, y_range: YRange::FromZero, ..ChartSpec::default() }
    }

    fn build(spec: &ChartSpec, values: &[[f32; 3]]) -> Scene {
        let series = |part: usize| {
            let mut series = Series::new();
            series.extend((1..).zip(values.iter().map(|parts| parts[part])));
            series
        };
        let store = BTreeMap::from([("a".to_owned(), series(0)), ("b".to_owned(), series(1)), ("c".to_owned(), series(2))]);
        Scene::build(spec, &store, SIZE, None)
    }

    #[test]
    fn few_points_are_piles_of_their_own_values() {
        let values = [[1.0, 2.0, 0.0], [2.0, 2.0, 1.0], [1.0, 0.0, 1.0]];
        let scene = build(&spec(), &values);
        assert_eq!((scene.stack.piles.len(), scene.points_per_column(), scene.curves.len()), (3, 1, 0));
        for (pile, parts) in scene.stack.piles.iter().zip(values) {
            let sums = [parts[0], parts[0] + parts[1], parts[0] + parts[1] + parts[2]];
            for (top, sum) in pile.tops.iter().zip(sums) {
                assert!((top - scene.axes.px_from_value(sum)).abs() < 0.01);
            }
        }
        assert!(scene.stack.piles.windows(2).all(|pair| pair[0].right <= pair[1].left));
    }

    #[test]
    fn bands_and_outliers_do_not_set_the_scale_but_outliers_are_marked() {
        let mut values = vec![[1.0, 1.0, 1.0]; 100];
        values[0] = [500.0, 0.0, 0.0];
        values[60] = [90.0, 0.0, 0.0];
        let mut spec = spec();
        spec.bands = vec![Band { from: 1, to: 1, style: BandStyle::Shaded }, Band { from: 300, to: 400, style: BandStyle::Line }];
        let scene = build(&spec, &values);
        assert!(scene.axes.y_range.1 < 6.0, "{:?}", scene.axes.y_range);
        let cut: Vec<usize> = scene.stack.piles.iter().enumerate().filter(|(_, pile)| pile.is_cut).map(|(index, _)| index).collect();
        assert_eq!(cut, [0, 60]);
        let [band] = scene.bands[..] else { panic!("one band is in view: {:?}", scene.bands) };
        let place = scene.axes.px_from_x(1.0);
        assert!(band.left <= place && place <= band.right && band.right - band.left < 8.0);
    }

    proptest! {
        /// However many points share a column: the piles, weighted by their points, are the mean of all.
        #[test]
        fn columns_are_the_means_of_all_points(values in prop::collection::vec(prop::array::uniform3(0.5_f32..1.5), 400..3_000)) {
            let scene = build(&spec(), &values);
            let width = scene.axes.plot.width_px();
            prop_assert!(scene.stack.piles.len() <= width);
            prop_assert_eq!(scene.points_per_column() > 1, values.len() > width);
            let whole: f32 = values.iter().map(|parts| parts.iter().sum::<f32>()).sum::<f32>() / values.len() as f32;
            let to_value = |px: f32| f64::from(scene.axes.plot.bottom - px) / f64::from(scene.axes.plot.bottom - scene.axes.plot.top) * scene.axes.y_range.1;
            let heights: Vec<f64> = scene.stack.piles.iter().map(|pile| to_value(pile.tops[2])).collect();
            let mean = heights.iter().sum::<f64>() / heights.len() as f64;
            prop_assert!((mean - f64::from(whole)).abs() < 0.25, "{} and {}", mean, whole);
            for pile in &scene.stack.piles {
                prop_assert!(pile.tops.is_sorted_by(|a, b| a >= b), "each part lies on the one before");
                prop_assert!(pile.left >= scene.axes.plot.left as i32 && pile.right <= scene.axes.plot.right as i32 + 1);
            }
        }
    }
}
