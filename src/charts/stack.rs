//! Curves stacked on each other: the parts that a whole is made of, and bands where the values mean something else.
//!
//! Where there are no more points than pixel columns, each point is a column of its own, as wide as its place. Where there
//! are more, a column shows the *mean* of its points: parts of means sum to the mean of the whole, while extremes of parts
//! do not sum to any extreme. What a stack hides by that, the chart of the whole beside it shows.
//!
//! The y axis follows the bulk of the columns, not the few that stick out: those are cut at the upper edge and marked
//! there. Pure. Lengths are in device pixels, from the upper left corner of the chart.

use super::scene::{Axes, SeriesLookup, recorded};
use super::view::{ChartSpec, Range, Style};
use crate::domain::series::Series;

/// The part of the columns that the y axis is made for.
const BULK: f64 = 0.97;
/// By how much the highest of them is exceeded.
const HEADROOM: f64 = 1.25;

/// How steps of a band are drawn over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandStyle {
    /// Shaded: warm-up.
    Shaded,
    /// Striped: the page was hidden.
    Striped,
    /// A dotted line before the step: a pause.
    Line,
}

/// Steps at which the values mean something else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The first step.
    pub from: u32,
    /// The last step.
    pub to: u32,
    /// How it is drawn.
    pub style: BandStyle,
}

/// A column of parts on each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Pile {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// Upper ends of the parts, from the lowest part to the highest; each begins where the one before ends, the first
    /// at the axis.
    pub tops: Vec<f32>,
    /// Whether its upper end lies outside of the chart.
    pub is_cut: bool,
}

/// All piles of a chart, from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// How the parts look, from the lowest to the highest.
    pub styles: Vec<Style>,
    /// The piles.
    pub piles: Vec<Pile>,
    /// How many points the fullest column has.
    pub points_per_column: usize,
}

/// The means of the points with steps from `from` on and below `to`.
fn means(parts: &[&Series], from: f64, to: f64) -> (Vec<f64>, usize) {
    let mut most = 0;
    let means = parts.iter().map(|series| {
        let indices = series.indices_within((from.ceil(), (to.ceil() - 1.0).max(from.ceil() - 1.0)));
        most = most.max(indices.len());
        if indices.is_empty() { 0.0 } else { series.column().range_sum(indices.clone()) / indices.len() as f64 }
    });
    (means.collect(), most)
}

/// The borders of `width` columns over the steps of `range`; a column a step if there are fewer steps.
fn borders((from, to): Range, width: usize) -> impl Iterator<Item = (f64, f64)> {
    let (first, last) = (from.max(0.0).ceil(), to.floor());
    let steps = (last - first + 1.0).max(0.0);
    let columns = (steps as usize).min(width);
    let per_column = if columns > 0 { steps / columns as f64 } else { 0.0 };
    (0..columns).map(move |column| (first + column as f64 * per_column, first + (column as f64 + 1.0) * per_column))
}

/// The range of the sums that the y axis is made for: those of nearly all columns, bands left out.
pub(super) fn extent(spec: &ChartSpec, store: &dyn SeriesLookup, x_range: Range, width: usize) -> Option<(f32, f32)> {
    let parts: Vec<&Series> = recorded(spec, store).map(|(_, series)| series).collect();
    let is_banded = |from: f64, to: f64| {
        let mut shaded = spec.bands.iter().filter(|band| band.style != BandStyle::Line);
        shaded.any(|band| f64::from(band.to) >= from.ceil() && f64::from(band.from) < to)
    };
    let sums = |banded: bool| {
        let columns = borders(x_range, width).filter(|&(from, to)| banded || !is_banded(from, to));
        let filled = columns.map(|(from, to)| means(&parts, from, to)).filter(|(_, count)| *count > 0);
        filled.map(|(means, _)| means.iter().sum::<f64>()).collect::<Vec<f64>>()
    };
    let mut sums = Some(sums(false)).filter(|sums| !sums.is_empty()).unwrap_or_else(|| sums(true));
    sums.sort_by(f64::total_cmp);
    let bulk = sums.get(((sums.len() as f64 * BULK).ceil() as usize).saturating_sub(1))?;
    Some((0.0, (bulk * HEADROOM) as f32))
}

impl Stack {
    /// The parts that `spec` names and `store` has, within `axes`.
    pub fn build(spec: &ChartSpec, store: &dyn SeriesLookup, axes: &Axes) -> Self {
        let (styles, parts): (Vec<Style>, Vec<&Series>) = recorded(spec, store).map(|(curve, series)| (curve.style, series)).unzip();
        let mut stack = Self { styles, piles: Vec::new(), points_per_column: 1 };
        let width = axes.plot.width_px();
        let columns: Vec<(f64, f64)> = borders(axes.x_range, width).collect();
        // A step's place is around it; where columns are many, they are whole pixels side by side.
        let wide = columns.len() < width;
        for (index, (from, to)) in columns.iter().copied().enumerate() {
            let (means, count) = means(&parts, from, to);
            if count == 0 {
                continue;
            }
            stack.points_per_column = stack.points_per_column.max(count);
            let edge = |step: f64| axes.px_from_step(step).round().clamp(axes.plot.left, axes.plot.right);
            let (left, right) = if wide {
                (edge(from - 0.5), edge(to - 0.5))
            } else {
                (axes.plot.left + index as f32, axes.plot.left + index as f32 + 1.0)
            };
            let mut sum = 0.0;
            let mut top = |mean: &f64| {
                sum += mean.max(0.0);
                axes.px_from_value(sum as f32)
            };
            let tops: Vec<f32> = means.iter().map(&mut top).collect();
            let is_cut = tops.last().is_some_and(|&top| top < axes.plot.top);
            let tops = tops.into_iter().map(|top| top.clamp(axes.plot.top, axes.plot.bottom)).collect();
            // A gap between wide columns, so that each batch is seen as one.
            let gap = if right - left >= 4.0 { 1.0 } else { 0.0 };
            stack.piles.push(Pile { left, right: (right - gap).max(left + 1.0), tops, is_cut });
        }
        stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::scene::{Scene, Size};
    use crate::charts::view::{SeriesSpec, YRange};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SIZE: Size = Size { width: 400.0, height: 200.0, dpr: 1.0, font_px: 10.0 };

    fn spec() -> ChartSpec {
        let series = ["a", "b", "c"].map(|name| SeriesSpec::new(name, name, Style::TRAIN)).into();
        ChartSpec { series, stacked: true, y_range: YRange::FromZero, ..ChartSpec::default() }
    }

    fn store(values: &[[f32; 3]]) -> BTreeMap<String, Series> {
        let series = |part: usize| {
            let mut series = Series::new();
            series.extend((1..).zip(values.iter().map(|parts| parts[part])));
            series
        };
        BTreeMap::from([("a".into(), series(0)), ("b".into(), series(1)), ("c".into(), series(2))])
    }

    fn scene(spec: &ChartSpec, values: &[[f32; 3]]) -> (Scene, Stack) {
        let scene = Scene::build(spec, &store(values), SIZE, None);
        let stack = scene.stack.clone();
        (scene, stack)
    }

    #[test]
    fn few_points_are_piles_of_their_own_values() {
        let values = [[1.0, 2.0, 0.0], [2.0, 2.0, 1.0], [1.0, 0.0, 1.0]];
        let (scene, stack) = scene(&spec(), &values);
        assert_eq!((stack.piles.len(), stack.points_per_column), (3, 1));
        for (pile, parts) in stack.piles.iter().zip(values) {
            let sums = [parts[0], parts[0] + parts[1], parts[0] + parts[1] + parts[2]];
            for (top, sum) in pile.tops.iter().zip(sums) {
                assert!((top - scene.axes.px_from_value(sum)).abs() < 0.01);
            }
        }
        assert!(stack.piles.windows(2).all(|pair| pair[0].right <= pair[1].left));
    }

    #[test]
    fn bands_and_outliers_do_not_set_the_scale_but_outliers_are_marked() {
        let mut values = vec![[1.0, 1.0, 1.0]; 100];
        values[0] = [500.0, 0.0, 0.0];
        values[60] = [90.0, 0.0, 0.0];
        let mut spec = spec();
        spec.bands = vec![Band { from: 1, to: 1, style: BandStyle::Shaded }];
        let (scene, stack) = scene(&spec, &values);
        assert!(scene.axes.y_range.1 < 6.0, "{:?}", scene.axes.y_range);
        let cut: Vec<usize> = stack.piles.iter().enumerate().filter(|(_, pile)| pile.is_cut).map(|(index, _)| index).collect();
        assert_eq!(cut, [0, 60]);
    }

    proptest! {
        /// However many points share a column, every point is in exactly one, and the piles' mean heights are theirs.
        #[test]
        fn columns_are_the_means_of_all_points(values in prop::collection::vec(prop::array::uniform3(0.5_f32..1.5), 1..3_000)) {
            let (scene, stack) = scene(&spec(), &values);
            let width = scene.axes.plot.width_px();
            let columns: Vec<(f64, f64)> = borders(scene.axes.x_range, width).collect();
            let seen: usize = columns
                .iter()
                .map(|&(from, to)| (1..=values.len()).filter(|&step| step as f64 >= from.ceil() && (step as f64) < to.ceil()).count())
                .sum();
            prop_assert_eq!(seen, values.len());
            prop_assert!(stack.piles.len() <= width.min(values.len()));
            for pile in &stack.piles {
                prop_assert!(pile.tops.is_sorted_by(|a, b| a >= b), "each part lies on the one before");
                prop_assert!(pile.left >= scene.axes.plot.left && pile.right <= scene.axes.plot.right + 1.0);
            }
        }
    }
}
