//! Everything that a chart draws, as data: recorded curves + [`ChartSpec`] + size -> [`Scene`].
//!
//! Ranges come from [`ranges`], ticks from [`view`] and [`XAxis`], the curves from [`Curve`]; here they are put into one
//! picture. Pure: no canvas, no colours, no clock. Lengths are in device pixels, from the upper left corner.

pub mod curve;
pub mod hover;
pub mod robust;
pub mod rows;
pub mod smooth;
pub mod spread;
pub mod stack;
pub mod words;

use super::view::{self, ChartSpec, SeriesSpec, XRange};
use crate::charts::axis::ranges::{self, Extent, Range, Shown};
use crate::charts::axis::scale::Scale;
use crate::charts::axis::xaxis::{RunClock, StepMap, XAxis, XKind};
use crate::charts::scene::curve::{Curve, Points};
use crate::charts::scene::robust::Outside;
use crate::charts::scene::smooth::Smoother;
use crate::charts::scene::spread::Spread;
use crate::charts::scene::stack::{PlacedBand, Stack};
use crate::domain::record::series::Series;
use std::collections::{BTreeMap, HashMap};

/// Where the recorded curves are: whoever keeps them lends them by name.
pub trait SeriesLookup {
    /// The curve that `run` recorded as `name`, if there is one yet; without `run`, that of the run shown.
    fn series(&self, run: Option<u32>, name: &str) -> Option<&Series>;

    /// The lowest and the highest of several curves of which [`series`](Self::series) gives the middle.
    fn edges(&self, _run: Option<u32>, _name: &str) -> Option<[&Series; 2]> {
        None
    }

    /// The last step that a run recorded anything at: where the axis ends, also for curves that have a point an epoch.
    fn last_step(&self, _run: Option<u32>) -> Option<u32> {
        None
    }

    /// What a run knows of time, for x axes other than the step.
    fn clock(&self, _run: Option<u32>) -> RunClock<'_> {
        RunClock::default()
    }
}

impl SeriesLookup for HashMap<String, Series> {
    fn series(&self, _run: Option<u32>, name: &str) -> Option<&Series> {
        self.get(name)
    }
}

impl SeriesLookup for BTreeMap<String, Series> {
    fn series(&self, _run: Option<u32>, name: &str) -> Option<&Series> {
        self.get(name)
    }
}

/// The size of the picture and of the type on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width in device pixels.
    pub width: f32,
    /// Height in device pixels.
    pub height: f32,
    /// Device pixels in a CSS pixel.
    pub dpr: f32,
    /// Height of the text in CSS pixels.
    pub font_px: f32,
}

/// The rectangle that the curves are drawn in. Its edges are whole device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Left edge: the y axis.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge: the x axis.
    pub bottom: f32,
}

/// A tick: where, and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// x of a tick of the x axis, y of one of the y axis.
    pub px: f32,
    /// The label.
    pub label: String,
}

/// All that must be drawn anew only when a range or the size changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Of what size the picture is.
    pub size: Size,
    /// Where the curves are.
    pub plot: Plot,
    /// What the x axis counts.
    pub x: XAxis,
    /// The places from the left to the right edge.
    pub x_range: Range,
    /// The values from the lower to the upper edge.
    pub y_range: Range,
    /// How the values between them become heights.
    pub y_scale: Scale,
    /// Ticks of the x axis.
    pub x_ticks: Vec<Tick>,
    /// Ticks of the y axis.
    pub y_ticks: Vec<Tick>,
    /// What the x axis counts, with its unit.
    pub x_label: &'static str,
    /// What the y axis measures, with its unit.
    pub y_label: String,
}

/// Everything that a chart draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Axes, grid and labels.
    pub axes: Axes,
    /// The curves that are recorded, in the order of the spec; after them those that are smoothed.
    pub curves: Vec<Curve>,
    /// How far apart several curves lie, under them all.
    pub spreads: Vec<Spread>,
    /// The parts of a chart that stacks them; such a chart has no curves.
    pub stack: Stack,
    /// Where the values mean something else.
    pub bands: Vec<PlacedBand>,
    /// All that there is to show on the x axis.
    pub x_full: Range,
    /// How many visible points the picture has no room for.
    pub outside: Outside,
}

/// How much of its opacity a curve keeps under its smoothed line.
const FADED: f32 = 0.32;

impl Scene {
    /// The scene of the curves that `spec` names and `store` has. `previous` is the chart's last scene: its y range is
    /// kept as long as it fits.
    pub fn build(spec: &ChartSpec, store: &dyn SeriesLookup, size: Size, previous: Option<&Scene>) -> Self {
        Self::build_smoothed(spec, store, &Smoother::default(), size, previous)
    }

    /// As [`build`](Self::build), with the smoothed lines as far as they have come.
    pub fn build_smoothed(spec: &ChartSpec, store: &dyn SeriesLookup, smoother: &Smoother, size: Size, previous: Option<&Scene>) -> Self {
        let lines: Vec<_> = recorded(spec, store).collect();
        let (x_full, x_range) = x_ranges(spec, store, &lines);

        let scale = Scale::of(spec.y_range);
        let union = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
        let visible: Vec<_> = lines
            .iter()
            .map(|line| {
                let indices = line.points.within(x_range);
                let extent = scale.extent(line.points.values, indices.clone());
                (line, indices, extent)
            })
            .collect();
        let extents = visible.iter().filter_map(|(line, indices, extent)| match spec.robust {
            true => robust::extent(scale, &line.points, indices.clone()),
            false => *extent,
        });
        // A smoothed line may lie beyond what is in view of its curve: its past is not.
        let smoothed_extents = visible.iter().filter_map(|(line, indices, _)| {
            let values = smoother.values(line.spec.run, &line.spec.name)?;
            scale.extent(values, indices.clone())
        });
        let y_extent = if spec.stacked {
            stack::extent(spec, &lines, x_range, size.width as usize)
        } else {
            smoothed_extents.chain(extents).reduce(union)
        };
        let shown = previous.filter(|scene| scene.axes.y_scale == scale).map(|scene| scene.axes.y_range);
        let y_range = ranges::next_y_range(spec.y_range, shown, y_extent);

        let axes = Axes::lay_out(spec, size, x_range, y_range);
        let bands = stack::place(spec, &StepMap::new(spec.x.kind, store.clock(None)), &axes);
        if spec.stacked {
            let stack = Stack::build(&lines, &axes);
            return Self { axes, curves: Vec::new(), spreads: Vec::new(), stack, bands, x_full, outside: Outside::default() };
        }
        let mut outside = Outside::default();
        for (line, indices, extent) in &visible {
            // What has no place on the axis has its own marks; of the rest, most often nothing is outside.
            let (low, high) = y_range;
            if extent.is_some_and(|(min, max)| f64::from(min) < low || f64::from(max) > high) {
                let low = if scale == Scale::Log { f64::NEG_INFINITY } else { low };
                outside = outside.count(&line.points, indices.clone(), (low, high));
            }
        }
        let mut curves = Vec::with_capacity(2 * lines.len());
        let mut smoothed = Vec::new();
        for line in &lines {
            let mut style = line.spec.style;
            if let Some(values) = smoother.values(line.spec.run, &line.spec.name) {
                let points = Points { values, ..line.points };
                let over = view::Style { width: style.width.max(1.75), ..style };
                // What is missing, and what leaves the picture, is said by the recorded curve.
                smoothed.push(Curve::trace(&points, over, &axes).without_marks());
                style.opacity *= FADED;
            }
            curves.push(Curve::trace(&line.points, style, &axes));
        }
        curves.append(&mut smoothed);
        let spreads = lines.iter().filter_map(|line| {
            let edges = store.edges(line.spec.run, &line.spec.name)?;
            let [low, high] = edges.map(|series| Points::recorded(series, line.points.map));
            Some(Spread::between(&low, &high, line.spec.style, &axes))
        });
        let spreads = spreads.collect();
        Self { axes, curves, spreads, stack: Stack::default(), bands, x_full, outside }
    }

    /// What is shown of the x axis, out of all that there is, for zooming and panning.
    pub fn shown(&self) -> Shown {
        Shown { range: self.axes.x_range, full: self.x_full, scale: self.axes.x.scale(), finest: self.axes.x.kind.finest() }
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

    /// How many points of one curve share the fullest pixel column. Above 1 the page says that points lie over each
    /// other; no extreme is lost.
    pub fn points_per_column(&self) -> usize {
        self.curves.iter().map(|curve| curve.points_per_column).max().unwrap_or(1).max(self.stack.points_per_column)
    }
}

/// A curve of a chart that is recorded.
pub(crate) struct Line<'a> {
    /// What is wished for.
    pub spec: &'a SeriesSpec,
    /// What there is.
    pub points: Points<'a>,
}

/// The curves of a chart that are recorded, in the order of its spec.
pub(crate) fn recorded<'a>(spec: &'a ChartSpec, store: &'a dyn SeriesLookup) -> impl Iterator<Item = Line<'a>> {
    spec.series.iter().filter_map(|curve| {
        let series = store.series(curve.run, &curve.name).filter(|series| !series.is_empty())?;
        let map = StepMap::new(spec.x.kind, store.clock(curve.run));
        Some(Line { spec: curve, points: Points::recorded(series, map) })
    })
}

/// All that there is to show on the x axis, and what of it is shown.
pub(crate) fn x_ranges(spec: &ChartSpec, store: &dyn SeriesLookup, lines: &[Line]) -> (Range, Range) {
    let extent = x_extent(spec, store, lines);
    let range = |policy| ranges::x_range(policy, extent, spec.x.scale(), spec.x.kind == XKind::Step);
    (range(XRange::All), range(spec.x_range))
}

/// What there is to show on the x axis.
fn x_extent(spec: &ChartSpec, store: &dyn SeriesLookup, lines: &[Line]) -> Option<Extent> {
    let log = spec.x.scale() == Scale::Log;
    let each = lines.iter().filter_map(|Line { spec: curve, points: Points { series, map, .. } }| {
        let last_step = series.last()?.0.max(store.last_step(curve.run).unwrap_or(0));
        let first = if log {
            let visible = series.indices_by((f64::MIN_POSITIVE, f64::INFINITY), |step| map.x(step));
            map.x(series.get(visible.start)?.0)
        } else {
            map.x(0)
        };
        let recent = match spec.x_range {
            XRange::Last(steps) => map.x(last_step.saturating_sub(steps)),
            _ => first,
        };
        Some(Extent { first, last: map.x(last_step), recent })
    });
    // The longest run's last steps: those of a run that ended earlier may lie outside.
    each.reduce(|a, b| Extent { first: a.first.min(b.first), last: a.last.max(b.last), recent: a.recent.max(b.recent) })
}

impl Plot {
    /// Its width in whole pixels, at least one.
    pub fn width_px(&self) -> usize {
        ((self.right - self.left) as usize).max(1)
    }
}

impl Axes {
    /// The axes of a chart of this size with these ranges.
    pub fn lay_out(spec: &ChartSpec, size: Size, x_range: Range, y_range: Range) -> Self {
        let em = size.font_px * size.dpr;
        let top = if spec.y_label.is_empty() { 0.7 * em } else { 1.75 * em };
        let height = (size.height - top - 1.9 * em).max(1.0);
        let y_scale = Scale::of(spec.y_range);
        let (y_values, y_labels) = y_scale.ticks(y_range, (height / (2.2 * em)).max(1.0) as usize, spec.unit);
        // As wide as the labels need, in steps, and never narrow: charts above each other line up.
        let label_width = y_labels.iter().map(|label| text_width(label, em)).fold(0.0, f32::max);
        let left = ((label_width + 0.8 * em).max(3.6 * em) / em).ceil() * em;
        let plot = Plot { left, top, right: (size.width - 1.4 * em).max(left + 1.0), bottom: top + height };
        let plot = Plot { left: plot.left.round(), top: plot.top.round(), right: plot.right.round(), bottom: plot.bottom.round() };

        let room = if spec.x.kind == XKind::Wall { 9.0 * em } else { 6.0 * em };
        let (x_values, x_labels, x_label) = spec.x.ticks(x_range, ((plot.right - plot.left) / room).max(1.0) as usize);
        let mut y_label = match spec.unit {
            view::Unit::Named(unit) if !spec.y_label.is_empty() => format!("{} ({unit})", spec.y_label),
            _ => spec.y_label.clone(),
        };
        // Ratios look like differences there: a glance at the curve alone would misread them.
        if y_scale == Scale::Log && !y_label.is_empty() {
            y_label.push_str(", log scale");
        }
        let mut axes = Self { size, plot, x: spec.x, x_range, y_range, y_scale, x_ticks: vec![], y_ticks: vec![], x_label, y_label };
        let tick = |(px, label): (f32, String)| Tick { px: px.round(), label };
        axes.x_ticks = x_values.iter().map(|&x| axes.px_from_x(x)).zip(x_labels).map(tick).collect();
        axes.y_ticks = y_values.iter().map(|&value| axes.px_from_y(value)).zip(y_labels).map(tick).collect();
        axes
    }

    /// Where a place of the x axis is.
    pub fn px_from_x(&self, x: f64) -> f32 {
        let share = self.x.scale().share(x, self.x_range);
        // Far outside is as good as just outside.
        self.plot.left + (share * f64::from(self.plot.right - self.plot.left)).clamp(-1e5, 1e5) as f32
    }

    /// Which place is at `px`, within the range.
    pub fn x_from_px(&self, px: f32) -> f64 {
        let share = self.share_from_px(px).clamp(0.0, 1.0);
        let (low, high) = self.x.scale().bend(self.x_range);
        self.x.scale().unbend(low + share * (high - low))
    }

    /// How far `px` is from the left to the right edge: from 0 to 1 within the plot.
    pub fn share_from_px(&self, px: f32) -> f64 {
        f64::from((px - self.plot.left) / (self.plot.right - self.plot.left))
    }

    /// Which pixel column of the plot a place within the range is in. The last place belongs to the last column.
    pub fn column_from_x(&self) -> impl Fn(f64) -> usize + use<> {
        let (scale, width) = (self.x.scale(), self.plot.width_px());
        let (low, high) = scale.bend(self.x_range);
        let px_per_unit = width as f64 / (high - low);
        move |x| (((scale.bend((x, x)).0 - low) * px_per_unit) as usize).min(width - 1)
    }

    /// Where a value is that [has a place](Scale::has_place).
    pub fn px_from_value(&self, value: f32) -> f32 {
        self.px_from_y(f64::from(value))
    }

    fn px_from_y(&self, value: f64) -> f32 {
        let share = self.y_scale.share(value, self.y_range);
        let px = f64::from(self.plot.bottom) - share * f64::from(self.plot.bottom - self.plot.top);
        // Far outside a fixed range is as good as just outside, and no coordinate overflows.
        px.clamp(-1e5, 1e5) as f32
    }
}

/// About how wide a tick label is. An estimate, because measuring needs a browser, and digits hardly differ in width.
pub fn text_width(text: &str, em: f32) -> f32 {
    0.58 * em * text.chars().count() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::view::{Style, Unit, YRange};

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
