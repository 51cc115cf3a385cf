//! Hover: the recorded points under the cursor of a chart, and the next point for the arrow keys.
//!
//! Always from the recorded points, never from the picture. Pure.

use crate::charts::axis::{StepMap, format_value};
use crate::charts::points::{Line, Points, SeriesLookup, recorded};
use crate::charts::scene::Scene;
use crate::charts::spec::{ChartSpec, Style};
use crate::domain::record::series::Series;

/// A recorded step of a run: what a cursor is at. Steps and not places, because several steps may share a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Run; `None`: the run shown.
    pub run: Option<u32>,
    /// Step of that run.
    pub step: u32,
}

/// Readout of a cursor: the values nearest to it.
#[derive(Clone, Debug, PartialEq)]
pub struct HoverReadout {
    /// The run of the point nearest to the cursor; `None`: the run shown.
    pub run: Option<u32>,
    /// The step of the point nearest to the cursor.
    pub step: u32,
    /// Place of that step on the x axis.
    pub x: f64,
    /// Place of the cursor, in device pixels from the left of the chart.
    pub px: f32,
    /// One entry for each curve that has a point in view.
    pub entries: Vec<HoverEntry>,
}

impl HoverReadout {
    /// The step that it reads.
    pub fn at(&self) -> At {
        At { run: self.run, step: self.step }
    }
}

/// Entry of a readout: the value of one curve.
#[derive(Clone, Debug, PartialEq)]
pub struct HoverEntry {
    /// Run of the curve; `None`: the run shown.
    pub run: Option<u32>,
    /// Name by which the curve is recorded.
    pub name: String,
    /// Label of the curve in legends.
    pub label: String,
    /// Line style of the curve.
    pub style: Style,
    /// The step of the point that is read. Curves recorded at different steps are read at different steps.
    pub step: u32,
    /// Value, as recorded.
    pub value: f32,
    /// Value as text, with the unit.
    pub text: String,
    /// Place of the point, in device pixels; `None` if its value has no place in the picture: it is NaN, infinite, on
    /// a logarithmic axis zero or less, or outside the range.
    pub px: Option<(f32, f32)>,
}

/// The question of a cursor: the place or the step to be read.
#[derive(Clone, Copy)]
enum Asked {
    /// Place of the x axis.
    Place(f64),
    /// Step of a run: its own curves are read at that very step.
    Step(At, f64),
}

impl Scene {
    /// Readout at `px` from the left: of each curve the recorded point nearest to it.
    pub fn hover(&self, spec: &ChartSpec, store: &dyn SeriesLookup, px: f32) -> Option<HoverReadout> {
        self.read(spec, store, Asked::Place(self.axes.x_from_px(px)))
    }

    /// Readout at a step: of each curve of that run the recorded point nearest in step, of other runs the one
    /// nearest to the same place.
    pub fn hover_at(&self, spec: &ChartSpec, store: &dyn SeriesLookup, at: At) -> Option<HoverReadout> {
        let x = StepMap::new(spec.x.kind, store.clock(at.run)).x(at.step);
        self.read(spec, store, Asked::Step(at, x))
    }

    fn read(&self, spec: &ChartSpec, store: &dyn SeriesLookup, asked: Asked) -> Option<HoverReadout> {
        let (from, to) = self.axes.x_range;
        let scale = spec.x.scale();
        let bent = |x: f64| scale.bend((x, x)).0;
        let entry = |Line { spec: curve, points: Points { series, map, .. } }: Line| {
            let index = match asked {
                Asked::Step(at, _) if at.run == curve.run => series.nearest(f64::from(at.step)),
                Asked::Step(_, x) | Asked::Place(x) => series.nearest_by(bent(x), |step| bent(map.x(step))),
            };
            let (step, value) = series.get(index?)?;
            let x = map.x(step);
            let px = (self.axes.px_from_x(x), self.axes.px_from_value(value));
            // In a stack the value lies on others, not at its own height.
            let has_place = !spec.stacked
                && self.axes.y_scale.has_place(value)
                && px.1 >= self.axes.plot.top - 1.0
                && px.1 <= self.axes.plot.bottom + 1.0;
            (x >= from && x <= to).then(|| {
                let text = format_value(value, spec.unit);
                let (name, label) = (curve.name.clone(), curve.label.clone());
                let entry = HoverEntry { run: curve.run, name, label, style: curve.style, step, value, text, px: has_place.then_some(px) };
                (x, entry)
            })
        };
        let entries: Vec<_> = recorded(spec, store).filter_map(entry).collect();
        // The cursor's own run comes first, and there steps are counted: places may be shared.
        let distance = |(x, entry): &(f64, HoverEntry)| match asked {
            Asked::Step(at, _) if at.run == entry.run => (0, f64::from(entry.step.abs_diff(at.step))),
            Asked::Step(_, asked) | Asked::Place(asked) => (1, (bent(*x) - bent(asked)).abs()),
        };
        let order = |a: (u8, f64), b: (u8, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
        let (x, nearest) = entries.iter().min_by(|a, b| order(distance(a), distance(b)))?;
        let (x, run, step) = (*x, nearest.run, nearest.step);
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        Some(HoverReadout { run, step, x, px: self.axes.px_from_x(x), entries })
    }
}

/// The curves that the arrow keys visit when the cursor is on `run`: that run's.
fn curves_of<'a>(spec: &'a ChartSpec, store: &'a dyn SeriesLookup, run: Option<u32>) -> impl Iterator<Item = &'a Series> {
    recorded(spec, store).filter(move |line| line.spec.run == run).map(|line| line.points.series)
}

/// The next recorded step of any curve of the same run.
pub fn step_after(spec: &ChartSpec, store: &dyn SeriesLookup, at: At) -> Option<At> {
    let after = |series: &Series| Some(series.get(series.index_at_or_before(at.step).map_or(0, |index| index + 1))?.0);
    curves_of(spec, store, at.run).filter_map(after).min().map(|step| At { step, ..at })
}

/// The last recorded step before it of any curve of the same run.
pub fn step_before(spec: &ChartSpec, store: &dyn SeriesLookup, at: At) -> Option<At> {
    let before = |series: &Series| Some(series.get(series.index_at_or_before(at.step.checked_sub(1)?)?)?.0);
    curves_of(spec, store, at.run).filter_map(before).max().map(|step| At { step, ..at })
}

/// The first and the last recorded point within a range of places: of several curves the outermost.
pub fn ends_within(spec: &ChartSpec, store: &dyn SeriesLookup, x_range: (f64, f64)) -> Option<(At, At)> {
    let ends = recorded(spec, store).filter_map(|Line { spec: curve, points }| {
        let indices = points.within(x_range);
        let at = |index: usize| points.series.get(index).map(|(step, _)| (points.map.x(step), At { run: curve.run, step }));
        Some((at(indices.start).filter(|_| !indices.is_empty())?, at(indices.end.checked_sub(1)?)?))
    });
    let outermost = ends.reduce(|a, b| (if b.0.0 < a.0.0 { b.0 } else { a.0 }, if b.1.0 > a.1.0 { b.1 } else { a.1 }));
    outermost.map(|(first, last)| (first.1, last.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::axis::YRange;
    use crate::charts::axis::xaxis::{RunClock, XAxis, XKind};
    use crate::charts::spec::SeriesSpec;
    use std::collections::BTreeMap;

    fn chart() -> (ChartSpec, BTreeMap<String, Series>) {
        let (mut train, mut validation) = (Series::new(), Series::new());
        train.extend((1..=100_000).map(|step| (step, 1.0 / step as f32)));
        validation.extend([(40_000, 0.5), (80_000, f32::NAN)]);
        let series = vec![SeriesSpec::new("t", "training", Style::TRAIN), SeriesSpec::new("v", "validation", Style::VALIDATION)];
        let spec = ChartSpec { title: "Loss".into(), series, ..ChartSpec::default() };
        (spec, BTreeMap::from([("t".into(), train), ("v".into(), validation)]))
    }

    fn at(step: u32) -> At {
        At { run: None, step }
    }

    fn scene(spec: &ChartSpec, store: &dyn SeriesLookup) -> Scene {
        Scene::build(spec, store, Size { width: 500.0, height: 300.0, dpr: 1.0, font_px: 12.0 }, None)
    }

    #[test]
    fn the_cursor_reads_recorded_points() {
        let (spec, store) = chart();
        let scene = scene(&spec, &store);
        for px in [0.0, 60.0, 200.5, 333.3, 9_999.0] {
            let readout = scene.hover(&spec, &store, px).expect("points are in view");
            let asked = scene.axes.x_from_px(px).min(100_000.0);
            assert!((f64::from(readout.step) - asked).abs() <= 1.0, "{px}");
            let entry = &readout.entries[0];
            assert_eq!((entry.step, entry.value), (readout.step, 1.0 / readout.step as f32), "{px}");
        }
    }

    #[test]
    fn each_curve_is_read_at_its_own_step() {
        let (spec, store) = chart();
        let readout = scene(&spec, &store).hover_at(&spec, &store, at(55_000)).expect("points are in view");
        assert_eq!(readout.entries.iter().map(|entry| entry.step).collect::<Vec<_>>(), [55_000, 40_000]);
        let readout = scene(&spec, &store).hover_at(&spec, &store, at(79_999)).expect("points are in view");
        assert_eq!((readout.entries[1].text.as_str(), readout.entries[1].px), ("not a number", None));
    }

    #[test]
    fn what_a_log_axis_cannot_show_is_read_all_the_same() {
        let mut series = Series::new();
        series.extend([(0, 0.5), (1, 0.0), (2, -0.25), (3, 0.125)]);
        let store = BTreeMap::from([("g".to_string(), series)]);
        let series = vec![SeriesSpec::new("g", "gradient", Style::TRAIN)];
        let spec = ChartSpec { series, y_range: YRange::Log, ..ChartSpec::default() };
        let scene = scene(&spec, &store);
        let read = |step| scene.hover_at(&spec, &store, at(step)).expect("points are in view").entries.remove(0);
        assert_eq!([0, 1, 2, 3].map(|step| read(step).value), [0.5, 0.0, -0.25, 0.125]);
        assert_eq!([0, 1, 2, 3].map(|step| read(step).px.is_some()), [true, false, false, true]);
        assert_eq!((read(1).text.as_str(), read(2).text.as_str()), ("0", "-0.250"));
    }

    /// Two runs: of the second, batches took ten times as long, and are read in pairs.
    struct Two(Series, [Vec<f64>; 2]);

    impl SeriesLookup for Two {
        fn series(&self, _run: Option<u32>, name: &str) -> Option<&Series> {
            (name == "t").then_some(&self.0)
        }

        fn clock(&self, run: Option<u32>) -> RunClock<'_> {
            let at_ms = &self.1[usize::from(run == Some(2))];
            RunClock { batches_per_epoch: 10, at_ms, started_at_ms: 0.0 }
        }
    }

    #[test]
    fn each_run_is_read_by_its_own_clock_and_shared_places_are_told_apart() {
        let mut series = Series::new();
        series.extend((1..=100).map(|step| (step, step as f32)));
        let clocks = [(1..=100).map(f64::from).collect(), (1..=100).map(|step: u32| f64::from(step.div_ceil(2) * 20)).collect()];
        let store = Two(series, clocks);
        let curve = |run| SeriesSpec { run, ..SeriesSpec::new("t", "t", Style::TRAIN) };
        let x = XAxis { kind: XKind::Elapsed, ..XAxis::default() };
        let spec = ChartSpec { series: vec![curve(None), curve(Some(2))], x, ..ChartSpec::default() };
        let scene = scene(&spec, &store);
        let steps = |at: At| {
            let readout = scene.hover_at(&spec, &store, at).expect("points are in view");
            (readout.entries.iter().map(|entry| entry.step).collect::<Vec<_>>(), readout.at())
        };
        assert_eq!(steps(at(40)), (vec![40, 4], at(40)), "at 40 ms the second run had made four");
        for step in [7, 8] {
            let of_second = At { run: Some(2), step };
            assert_eq!(steps(of_second), (vec![80, step], of_second), "two batches at one place are two batches");
            assert_eq!(step_after(&spec, &store, of_second), Some(At { step: step + 1, ..of_second }));
        }
        let px = scene.axes.px_from_x(0.040);
        assert_eq!(scene.hover(&spec, &store, px).map(|readout| readout.entries[0].value), Some(40.0));
    }

    #[test]
    fn arrow_keys_visit_the_points_of_all_curves() {
        let (mut spec, store) = chart();
        let after = |spec: &ChartSpec, step| step_after(spec, &store, at(step)).map(|at| at.step);
        let before = |spec: &ChartSpec, step| step_before(spec, &store, at(step)).map(|at| at.step);
        assert_eq!((after(&spec, 7), before(&spec, 7)), (Some(8), Some(6)));
        assert_eq!((before(&spec, 1), before(&spec, 0), after(&spec, 100_000)), (None, None, None));
        assert_eq!(ends_within(&spec, &store, (10.0, 90_000.5)), Some((at(10), at(90_000))));
        spec.series.remove(0);
        assert_eq!((after(&spec, 0), after(&spec, 40_000)), (Some(40_000), Some(80_000)));
        assert_eq!(before(&spec, u32::MAX), Some(80_000));
        assert_eq!(
            (ends_within(&spec, &store, (10.0, 60_000.0)), ends_within(&spec, &store, (1.0, 2.0))),
            (Some((at(40_000), at(40_000))), None)
        );
    }
}
