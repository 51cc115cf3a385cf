//! Recorded points of a chart: their source, the points in view, and the part of the x axis that they span.
//!
//! Curves are borrowed from whoever records them, through [`SeriesLookup`], for the time of one frame. Never here: pixels.

use super::axis::autoscale::{self, Extent};
use super::axis::{Range, RunClock, Scale, StepMap, XKind, XRange};
use super::spec::{ChartSpec, SeriesSpec};
use crate::domain::record::series::{Column, Series};
use std::collections::{BTreeMap, HashMap};
use std::ops;

/// Lender of recorded curves, by run and name.
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

    /// Clock of a run, for x axes other than the step.
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

/// Points of one curve, with the map from steps to places on the x axis.
#[derive(Clone, Copy)]
pub struct Points<'a> {
    /// The recorded points.
    pub series: &'a Series,
    /// Their values as they are drawn, by index: the recorded ones or smoothed ones, which may be fewer.
    pub values: &'a Column,
    /// Map from steps to places on the x axis.
    pub map: StepMap<'a>,
}

impl<'a> Points<'a> {
    /// The points as recorded.
    pub fn recorded(series: &'a Series, map: StepMap<'a>) -> Self {
        Self { series, values: series.column(), map }
    }

    /// The indices of the points within a closed range of places.
    pub fn within(&self, x_range: Range) -> ops::Range<usize> {
        let indices = self.series.indices_by(x_range, |step| self.map.x(step));
        indices.start.min(self.values.len())..indices.end.min(self.values.len())
    }
}

/// Recorded curve of a chart: its specification and its points.
pub(crate) struct Line<'a> {
    /// The specification.
    pub spec: &'a SeriesSpec,
    /// The points.
    pub points: Points<'a>,
}

/// Recorded curves of a chart, in the order of its spec.
pub(crate) fn recorded<'a>(spec: &'a ChartSpec, store: &'a dyn SeriesLookup) -> impl Iterator<Item = Line<'a>> {
    spec.series.iter().filter_map(|curve| {
        let series = store.series(curve.run, &curve.name).filter(|series| !series.is_empty())?;
        let map = StepMap::new(spec.x.kind, store.clock(curve.run));
        Some(Line { spec: curve, points: Points::recorded(series, map) })
    })
}

/// Full range of the x axis, and the part of it that is shown.
pub(crate) fn x_ranges(spec: &ChartSpec, store: &dyn SeriesLookup, lines: &[Line]) -> (Range, Range) {
    let extent = x_extent(spec, store, lines);
    let range = |policy| autoscale::x_range(policy, extent, spec.x.scale(), spec.x.kind == XKind::Step);
    (range(XRange::All), range(spec.x_range))
}

/// Extent of all curves on the x axis.
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
