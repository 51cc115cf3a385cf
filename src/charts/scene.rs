//! The scene of a chart, which is everything that it draws, as data: recorded curves + [`ChartSpec`] + size -> [`Scene`].
//!
//! Ranges come from [`autoscale`], ticks from [`Axes`], each kind of mark from its own file; here they are put into one
//! picture. Inside, in this order: `curve` ← `trace` ← `stack`, `spread`, `robust`, `smooth` ← this file. Pure: no canvas, no
//! colours, no clock. Lengths are in device pixels, from the upper left corner.

pub mod curve;
pub mod robust;
pub mod smooth;
pub mod spread;
pub mod stack;
pub mod trace;

use super::axes::{Axes, Size};
use super::axis::{Range, Scale, StepMap, Viewport, autoscale};
use super::points::{Line, Points, SeriesLookup, recorded, x_ranges};
use super::spec::{ChartSpec, Style};
use crate::domain::record::series::Column;
use curve::Curve;
use robust::Outside;
use smooth::Smoother;
use spread::Spread;
use stack::{PlacedBand, Stack};
use std::ops;
use trace::trace;

/// Everything that a chart draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Axes, grid and labels.
    pub axes: Axes,
    /// The curves that are recorded, in the order of the spec; after them those that are smoothed.
    pub curves: Vec<Curve>,
    /// Areas between the lowest and the highest of several curves, under all curves.
    pub spreads: Vec<Spread>,
    /// The parts of a chart that stacks them; such a chart has no curves.
    pub stack: Stack,
    /// Bands of steps at which the values are special.
    pub bands: Vec<PlacedBand>,
    /// The full range of the x axis.
    pub x_full: Range,
    /// Numbers of visible points that the picture has no room for.
    pub outside: Outside,
}

/// Share of its opacity that a curve keeps under its smoothed line.
const FADED: f32 = 0.32;

/// The thinnest smoothed line, in CSS pixels.
const LEAST_SMOOTHED_WIDTH: f32 = 1.75;

impl Scene {
    /// The scene of the curves that `spec` names and `store` has. `previous` is the chart's last scene: its y range is
    /// kept as long as it fits.
    pub fn build(spec: &ChartSpec, store: &dyn SeriesLookup, size: Size, previous: Option<&Scene>) -> Self {
        Self::build_smoothed(spec, store, &Smoother::default(), size, previous)
    }

    /// Scene with smoothed lines as far as they have come; otherwise as [`build`](Self::build).
    pub fn build_smoothed(spec: &ChartSpec, store: &dyn SeriesLookup, smoother: &Smoother, size: Size, previous: Option<&Scene>) -> Self {
        let lines: Vec<_> = recorded(spec, store).collect();
        let (x_full, x_range) = x_ranges(spec, store, &lines);
        let scale = Scale::of(spec.y_range);
        let visible: Vec<_> = lines.iter().map(|line| Visible::new(line, smoother, scale, x_range)).collect();
        let y_extent =
            if spec.stacked { stack::extent(spec, &lines, x_range, size.width as usize) } else { y_extent(&visible, scale, spec.robust) };
        let shown = previous.filter(|scene| scene.axes.y_scale == scale).map(|scene| scene.axes.y_range);
        let axes = Axes::lay_out(spec, size, x_range, autoscale::next_y_range(spec.y_range, shown, y_extent));
        let bands = stack::place(spec, &StepMap::new(spec.x.kind, store.clock(None)), &axes);
        let empty = Self { axes, curves: vec![], spreads: vec![], stack: Stack::default(), bands, x_full, outside: Outside::default() };
        if spec.stacked {
            return Self { stack: Stack::build(&lines, &empty.axes), ..empty };
        }
        Self {
            curves: curves(&visible, &empty.axes),
            spreads: spreads(&lines, store, &empty.axes),
            outside: outside(&visible, &empty.axes),
            ..empty
        }
    }

    /// The viewport on the x axis, for zooming and panning.
    pub fn viewport(&self) -> Viewport {
        Viewport { range: self.axes.x_range, full: self.x_full, scale: self.axes.x.scale(), finest: self.axes.x.kind.finest() }
    }

    /// Moves everything down by so many pixels, for a title above it.
    pub fn shift_down(&mut self, px: f32) {
        let axes = &mut self.axes;
        axes.plot.top += px;
        axes.plot.bottom += px;
        axes.y_ticks.iter_mut().for_each(|tick| tick.px += px);
        self.curves.iter_mut().for_each(|curve| curve.shift_down(px));
        self.spreads.iter_mut().for_each(|spread| spread.shift_down(px));
        self.stack.shift_down(px);
    }

    /// Number of points of one curve in the fullest pixel column. Above 1 the page says that points lie over each
    /// other; no extreme is lost.
    pub fn points_per_column(&self) -> usize {
        self.curves.iter().map(|curve| curve.points_per_column).max().unwrap_or(1).max(self.stack.points_per_column)
    }
}

/// A curve with its part within the x range.
struct Visible<'a> {
    line: &'a Line<'a>,
    /// Smoothed values, if there are any.
    smoothed: Option<&'a Column>,
    /// The indices of its points.
    indices: ops::Range<usize>,
    /// Smallest and largest value that have a place on the y axis.
    extent: Option<(f32, f32)>,
}

impl<'a> Visible<'a> {
    fn new(line: &'a Line<'a>, smoother: &'a Smoother, scale: Scale, x_range: Range) -> Self {
        let indices = line.points.within(x_range);
        let extent = scale.extent(line.points.values, indices.clone());
        Self { line, smoothed: smoother.values(line.spec.run, &line.spec.name), indices, extent }
    }
}

/// The smallest and the largest value that the picture should hold; `robust`: but for outliers.
fn y_extent(visible: &[Visible], scale: Scale, robust: bool) -> Option<(f32, f32)> {
    let recorded = visible.iter().filter_map(|Visible { line, indices, extent, .. }| match robust {
        true => robust::extent(scale, &line.points, indices.clone()),
        false => *extent,
    });
    // A smoothed line may lie beyond what is in view of its curve: its past is not.
    let smoothed = visible.iter().filter_map(|each| scale.extent(each.smoothed?, each.indices.clone()));
    smoothed.chain(recorded).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Numbers of visible points outside the y range.
fn outside(visible: &[Visible], axes: &Axes) -> Outside {
    let (low, high) = axes.y_range;
    let mut outside = Outside::default();
    for Visible { line, indices, extent, .. } in visible {
        // What has no place on the axis has its own marks; of the rest, most often nothing is outside.
        if extent.is_some_and(|(min, max)| f64::from(min) < low || f64::from(max) > high) {
            let low = if axes.y_scale == Scale::Log { f64::NEG_INFINITY } else { low };
            outside = outside.count(&line.points, indices.clone(), (low, high));
        }
    }
    outside
}

/// The recorded curves, paler where they have a smoothed line; after them the smoothed lines, on top.
fn curves(visible: &[Visible], axes: &Axes) -> Vec<Curve> {
    let recorded = visible.iter().map(|Visible { line: Line { spec, points }, smoothed, .. }| {
        let opacity = if smoothed.is_some() { FADED * spec.style.opacity } else { spec.style.opacity };
        trace(points, Style { opacity, ..spec.style }, axes)
    });
    let smoothed = visible.iter().filter_map(|Visible { line: Line { spec, points }, smoothed, .. }| {
        let points = Points { values: (*smoothed)?, ..*points };
        let style = Style { width: spec.style.width.max(LEAST_SMOOTHED_WIDTH), ..spec.style };
        // What is missing, and what leaves the picture, is said by the recorded curve.
        Some(trace(&points, style, axes).without_marks())
    });
    recorded.chain(smoothed).collect()
}

/// The areas between the edges of those curves that are the middle of several.
fn spreads(lines: &[Line], store: &dyn SeriesLookup, axes: &Axes) -> Vec<Spread> {
    let each = lines.iter().filter_map(|Line { spec, points }| {
        let edges = store.edges(spec.run, &spec.name)?;
        let [low, high] = edges.map(|series| Points::recorded(series, points.map));
        Some(Spread::between(&low, &high, spec.style, axes))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::YRange;
    use crate::charts::spec::SeriesSpec;
    use crate::domain::record::known::Unit;
    use crate::domain::record::series::Series;
    use std::collections::BTreeMap;

    const SIZE: Size = Size { width: 640.0, height: 320.0, dpr: 1.0, font_px: 12.0 };

    fn spec() -> ChartSpec {
        let series =
            vec![SeriesSpec::new("train/loss", "training", Style::TRAIN), SeriesSpec::new("val/loss", "validation", Style::VALIDATION)];
        ChartSpec { title: "Loss".into(), y_label: "loss".into(), series, ..ChartSpec::default() }
    }

    fn store(train: &[f32]) -> BTreeMap<String, Series> {
        let mut series = Series::new();
        series.extend((1..).zip(train.iter().copied()));
        BTreeMap::from([("train/loss".to_string(), series)])
    }

    #[test]
    fn nothing_recorded_is_a_picture_too() {
        let scene = Scene::build(&spec(), &BTreeMap::new(), SIZE, None);
        assert!(scene.curves.is_empty());
        assert!(scene.axes.x_ticks.len() >= 2 && scene.axes.y_ticks.len() >= 2);
    }

    #[test]
    fn every_tick_and_every_finite_value_lies_in_the_plot() {
        let all = [&[2.3, 1.1, 0.4][..], &[0.0], &[-1e-9, f32::NAN, 1e9], &[f32::MAX, f32::MIN, 1e-45], &[f32::NAN], &[5.0, 5.0]];
        for (values, y_range) in all.into_iter().flat_map(|values| [(values, YRange::Auto), (values, YRange::Log)]) {
            let Scene { axes, curves, .. } = Scene::build(&ChartSpec { y_range, ..spec() }, &store(values), SIZE, None);
            let plot = axes.plot;
            assert!(axes.y_ticks.len() >= 2, "{values:?}");
            assert!(plot.left < plot.right && plot.top < plot.bottom, "{values:?}");
            let inside = |y: f32| y >= plot.top - 0.5 && y <= plot.bottom + 0.5;
            assert!(axes.y_ticks.iter().all(|tick| inside(tick.px)), "{values:?} {:?}", axes.y_ticks);
            assert!(axes.x_ticks.iter().all(|tick| tick.px >= plot.left && tick.px <= plot.right), "{values:?}");
            let vertices = curves.iter().flat_map(|curve| curve.segments().flatten().chain(&curve.dots));
            assert!(vertices.into_iter().all(|vertex| inside(vertex.1)), "{values:?}");
        }
    }

    #[test]
    fn axes_stay_while_new_points_fit() {
        let mut values: Vec<f32> = (0..1000).map(|step| 2.0 - step as f32 / 1000.0).collect();
        let before = Scene::build(&spec(), &store(&values), SIZE, None);
        values.push(0.99);
        let after = Scene::build(&spec(), &store(&values), SIZE, Some(&before));
        assert_eq!(before.axes.y_range, after.axes.y_range);
        values.push(7.0);
        let spike = Scene::build(&spec(), &store(&values), SIZE, Some(&after));
        assert!(spike.axes.y_range.1 >= 7.0);
    }

    #[test]
    fn a_log_axis_shows_positive_values_and_says_so() {
        let log = ChartSpec { y_range: YRange::Log, unit: Unit::Named("nats"), ..spec() };
        let store = store(&[0.0, 100.0, -5.0, 1.0, 0.01, f32::NAN]);
        let linear = Scene::build(&spec(), &store, SIZE, None);
        let scene = Scene::build(&log, &store, SIZE, Some(&linear));
        assert_eq!(scene, Scene::build(&log, &store, SIZE, None), "a range of another scale is not kept");
        assert_eq!(scene.axes.y_label, "loss (nats), log scale");
        let [high, middle, low] = [100.0, 1.0, 0.01].map(|value| scene.axes.px_from_value(value));
        assert!((high + low - 2.0 * middle).abs() < 1e-3, "equal ratios are equally high");
        assert_eq!(scene.curves[0].gaps.len(), 3);
        assert_eq!(scene.curves[0].segments().flatten().count(), 2);
        let lower = |values: &[f32]| values.iter().all(|&value| scene.axes.px_from_value(value) > scene.axes.plot.bottom + 1_000.0);
        assert!(lower(&[0.0, -5.0]), "what has no place is far outside, should anybody draw it");
    }

    #[test]
    fn charts_above_each_other_line_up() {
        let left = |unit, y_range| {
            let spec = ChartSpec { unit, y_range, ..spec() };
            Scene::build(&spec, &store(&[0.5, 0.6]), SIZE, None).axes.plot.left
        };
        assert_eq!(left(Unit::Share, YRange::Fixed(0.0, 1.0)), left(Unit::Plain, YRange::FromZero));
    }

    #[test]
    fn no_size_is_too_small() {
        let size = Size { width: 0.0, height: 0.0, ..SIZE };
        let scene = Scene::build(&spec(), &store(&[1.0; 100]), size, None);
        assert!(scene.axes.plot.left < scene.axes.plot.right);
    }
}
