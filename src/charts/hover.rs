//! What is read off a chart: the recorded points under the cursor, the next point for the arrow keys, the chart in words.
//!
//! Always from the recorded points, never from the picture. Pure.

use super::scene::{Scene, SeriesLookup, recorded};
use super::view::{self, Best, ChartSpec, SeriesSpec, Style};
use crate::domain::series::Series;

/// What the cursor reads.
#[derive(Clone, Debug, PartialEq)]
pub struct HoverReadout {
    /// The step of the point nearest to the cursor.
    pub step: u32,
    /// Where that step is, in device pixels from the left of the chart.
    pub px: f32,
    /// One entry for each curve that has a point in view.
    pub entries: Vec<HoverEntry>,
}

/// What the cursor reads of one curve.
#[derive(Clone, Debug, PartialEq)]
pub struct HoverEntry {
    /// What the curve is called.
    pub label: String,
    /// How it looks.
    pub style: Style,
    /// The step of the point that is read. Curves recorded at different steps are read at different steps.
    pub step: u32,
    /// Its value, as recorded.
    pub value: f32,
    /// Its value as text, with the unit.
    pub text: String,
    /// Where the point is, in device pixels; `None` if its value has no place on the axis: it is NaN, infinite, or on
    /// a logarithmic axis zero or less.
    pub px: Option<(f32, f32)>,
}

impl Scene {
    /// What the cursor reads at `px` from the left: of each curve the recorded point nearest in step.
    pub fn hover(&self, spec: &ChartSpec, store: &dyn SeriesLookup, px: f32) -> Option<HoverReadout> {
        self.hover_at_step(spec, store, self.axes.step_from_px(px))
    }

    /// What the cursor reads at a step: of each curve the recorded point nearest to it.
    pub fn hover_at_step(&self, spec: &ChartSpec, store: &dyn SeriesLookup, step: f64) -> Option<HoverReadout> {
        let (from, to) = self.axes.x_range;
        let entry = |(curve, series): (&SeriesSpec, &Series)| {
            let (step, value) = series.get(series.nearest(step)?)?;
            let px = (self.axes.px_from_step(f64::from(step)), self.axes.px_from_value(value));
            let visible = f64::from(step) >= from && f64::from(step) <= to;
            visible.then(|| HoverEntry {
                label: curve.label.clone(),
                style: curve.style,
                step,
                value,
                text: view::format_value(value, spec.unit),
                // In a stack the value lies on others, not at its own height.
                px: (!spec.stacked && self.axes.y_scale.has_place(value)).then_some(px),
            })
        };
        let entries: Vec<_> = recorded(spec, store).filter_map(entry).collect();
        let distance = |entry: &HoverEntry| (f64::from(entry.step) - step).abs();
        let nearest = entries.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?.step;
        Some(HoverReadout { step: nearest, px: self.axes.px_from_step(f64::from(nearest)), entries })
    }
}

/// The next recorded step of any curve after `step`.
pub fn step_after(spec: &ChartSpec, store: &dyn SeriesLookup, step: u32) -> Option<u32> {
    let after = |series: &Series| Some(series.get(series.index_at_or_before(step).map_or(0, |index| index + 1))?.0);
    recorded(spec, store).filter_map(|(_, series)| after(series)).min()
}

/// The last recorded step of any curve before `step`.
pub fn step_before(spec: &ChartSpec, store: &dyn SeriesLookup, step: u32) -> Option<u32> {
    let before = |series: &Series| Some(series.get(series.index_at_or_before(step.checked_sub(1)?)?)?.0);
    recorded(spec, store).filter_map(|(_, series)| before(series)).max()
}

/// The chart in words, for readers who do not see it: of each curve its last and its best value.
pub fn summary(spec: &ChartSpec, store: &dyn SeriesLookup) -> String {
    let describe = |(curve, series): (&SeriesSpec, &Series)| {
        let written = |(step, value): (u32, f32)| format!("{} at step {}", view::format_value(value, spec.unit), view::format_count(step));
        let (word, best) = match spec.best {
            Best::Lowest => ("lowest", series.column().index_of_min()),
            Best::Highest => ("highest", series.column().index_of_max()),
        };
        let best =
            best.and_then(|index| series.get(index)).map_or("no finite value yet".into(), |point| format!("{word} {}", written(point)));
        Some(format!("{}: last {}, {best}", curve.label, written(series.last()?)))
    };
    let described: Vec<_> = recorded(spec, store).filter_map(describe).collect();
    if described.is_empty() {
        format!("{}: nothing recorded yet", spec.title)
    } else {
        format!("{}. {}.", spec.title, described.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::scene::Size;
    use crate::charts::view::YRange;
    use std::collections::BTreeMap;

    fn chart() -> (ChartSpec, BTreeMap<String, Series>) {
        let (mut train, mut validation) = (Series::new(), Series::new());
        train.extend((1..=100_000).map(|step| (step, 1.0 / step as f32)));
        validation.extend([(40_000, 0.5), (80_000, f32::NAN)]);
        let series = vec![SeriesSpec::new("t", "training", Style::TRAIN), SeriesSpec::new("v", "validation", Style::VALIDATION)];
        let spec = ChartSpec { title: "Loss".into(), series, ..ChartSpec::default() };
        (spec, BTreeMap::from([("t".into(), train), ("v".into(), validation)]))
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
            let asked = scene.axes.step_from_px(px).min(100_000.0);
            assert!((f64::from(readout.step) - asked).abs() <= 1.0, "{px}");
            let entry = &readout.entries[0];
            assert_eq!((entry.step, entry.value), (readout.step, 1.0 / readout.step as f32), "{px}");
        }
    }

    #[test]
    fn each_curve_is_read_at_its_own_step() {
        let (spec, store) = chart();
        let readout = scene(&spec, &store).hover_at_step(&spec, &store, 55_000.2).expect("points are in view");
        assert_eq!(readout.entries.iter().map(|entry| entry.step).collect::<Vec<_>>(), [55_000, 40_000]);
        let readout = scene(&spec, &store).hover_at_step(&spec, &store, 79_999.0).expect("points are in view");
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
        let read = |step| scene.hover_at_step(&spec, &store, step).expect("points are in view").entries.remove(0);
        assert_eq!([0.0, 1.0, 2.0, 3.0].map(|step| read(step).value), [0.5, 0.0, -0.25, 0.125]);
        assert_eq!([0.0, 1.0, 2.0, 3.0].map(|step| read(step).px.is_some()), [true, false, false, true]);
        assert_eq!((read(1.0).text.as_str(), read(2.0).text.as_str()), ("0", "-0.250"));
    }

    #[test]
    fn arrow_keys_visit_the_points_of_all_curves() {
        let (mut spec, store) = chart();
        assert_eq!((step_after(&spec, &store, 7), step_before(&spec, &store, 7)), (Some(8), Some(6)));
        assert_eq!((step_before(&spec, &store, 1), step_before(&spec, &store, 0), step_after(&spec, &store, 100_000)), (None, None, None));
        spec.series.remove(0);
        assert_eq!((step_after(&spec, &store, 0), step_after(&spec, &store, 40_000)), (Some(40_000), Some(80_000)));
        assert_eq!(step_before(&spec, &store, u32::MAX), Some(80_000));
    }

    #[test]
    fn a_chart_can_be_told_in_words() {
        let (spec, store) = chart();
        let expected = "Loss. training: last 1.00e-5 at step 100\u{a0}000, lowest 1.00e-5 at step 100\u{a0}000; \
                        validation: last not a number at step 80\u{a0}000, lowest 0.500 at step 40\u{a0}000.";
        assert_eq!(summary(&spec, &store), expected);
        assert_eq!(summary(&spec, &BTreeMap::new()), "Loss: nothing recorded yet");
    }
}
