//! The values behind a chart as rows: one for each step at which any of its curves has a point.
//!
//! A page of rows is found by its first step and merged from there, so it costs the same in a curve of a hundred points and
//! of ten million. Values are written as the shortest decimals that give the recorded 32-bit number again.
//!
//! Pure.

use crate::charts::axis::{StepMap, XKind};
use crate::charts::escape;
use crate::charts::points::{Line, Points, SeriesLookup, recorded, x_ranges};
use crate::charts::spec::ChartSpec;

/// The values at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The step.
    pub step: u32,
    /// Place of the step on the x axis, of the run shown.
    pub x: f64,
    /// Values of the recorded curves; `None` where a curve has none at this step.
    pub values: Vec<Option<f32>>,
}

/// The exact decimal form of a recorded value.
pub fn exact(value: f32) -> String {
    // Without an exponent, small numbers would be mostly zeros.
    if value != 0.0 && value.is_finite() && !(1e-5..1e15).contains(&value.abs()) { format!("{value:e}") } else { format!("{value}") }
}

/// The rows of a chart: those of its recorded curves that lie in view.
pub struct Rows<'a> {
    spec: &'a ChartSpec,
    map: StepMap<'a>,
    lines: Vec<Line<'a>>,
    x_range: (f64, f64),
}

impl<'a> Rows<'a> {
    /// The rows of the chart that `spec` describes.
    pub fn new(spec: &'a ChartSpec, store: &'a dyn SeriesLookup) -> Self {
        let lines: Vec<_> = recorded(spec, store).collect();
        let (_, x_range) = x_ranges(spec, store, &lines);
        Self { spec, map: StepMap::new(spec.x.kind, store.clock(None)), lines, x_range }
    }

    /// The curves' labels.
    pub fn labels(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.spec.label.clone()).collect()
    }

    /// Page of at most `count` rows from step `from` on.
    pub fn from(&self, from: u32, count: usize) -> Vec<Row> {
        // Of each curve the index of its next point, and where its points in view end.
        let begin = |points: &Points| {
            let within = points.within(self.x_range);
            let first = points.series.indices_within((f64::from(from), f64::INFINITY)).start;
            (first.max(within.start), within.end)
        };
        let mut heads: Vec<(usize, usize)> = self.lines.iter().map(|line| begin(&line.points)).collect();
        let point = |line: usize, (index, end): (usize, usize)| self.lines[line].points.series.get(index).filter(|_| index < end);
        let mut rows = Vec::with_capacity(count);
        while rows.len() < count {
            let Some(step) = heads.iter().enumerate().filter_map(|(line, &head)| Some(point(line, head)?.0)).min() else { break };
            let take = |(line, head): (usize, &mut (usize, usize))| {
                let (_, value) = point(line, *head).filter(|(found, _)| *found == step)?;
                head.0 += 1;
                Some(value)
            };
            let values = heads.iter_mut().enumerate().map(take).collect();
            rows.push(Row { step, x: self.map.x(step), values });
        }
        rows
    }

    /// The first of at most `count` rows before step `before`; `None` if there is none.
    pub fn start_before(&self, before: u32, count: usize) -> Option<u32> {
        let mut at = before;
        let previous = |at: u32| {
            let each = self.lines.iter().filter_map(|line| {
                let (points, within) = (&line.points, line.points.within(self.x_range));
                let index = points.series.index_at_or_before(at.checked_sub(1)?)?.min(within.end.checked_sub(1)?);
                points.series.get(index).filter(|_| index >= within.start)
            });
            each.map(|(step, _)| step).max()
        };
        let mut found = None;
        for _ in 0..count {
            let Some(step) = previous(at) else { break };
            (at, found) = (step, Some(step));
        }
        found
    }

    /// The head of a CSV file (RFC 4180) of these rows.
    pub fn csv_head(&self) -> String {
        let x = match self.spec.x.kind {
            XKind::Step => None,
            XKind::Epoch => Some("epoch".to_owned()),
            XKind::Elapsed => Some("seconds since the run began".to_owned()),
            XKind::Wall => Some("seconds since 1970".to_owned()),
        };
        let heads: Vec<_> =
            std::iter::once("step".to_owned()).chain(x).chain(self.labels().iter().map(|label| escape::csv(label))).collect();
        heads.join(",") + "\r\n"
    }

    /// Lines of these rows in that file.
    pub fn csv(&self, rows: &[Row]) -> String {
        let mut out = String::with_capacity(rows.len() * 24);
        for row in rows {
            out.push_str(&row.step.to_string());
            if self.spec.x.kind != XKind::Step {
                out.push_str(&format!(",{}", row.x));
            }
            for value in &row.values {
                out.push(',');
                if let Some(value) = value {
                    out.push_str(&exact(*value));
                }
            }
            out.push_str("\r\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::XRange;
    use crate::charts::spec::{SeriesSpec, Style};
    use crate::domain::record::series::Series;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn chart(series: [&[(u32, f32)]; 2], x_range: XRange) -> (ChartSpec, BTreeMap<String, Series>) {
        let store = ["a", "b"].into_iter().zip(series).map(|(name, points)| {
            let mut series = Series::new();
            series.extend(points.iter().copied());
            (name.to_owned(), series)
        });
        let curves = vec![SeriesSpec::new("a", "train, raw", Style::TRAIN), SeriesSpec::new("b", "val", Style::VALIDATION)];
        (ChartSpec { series: curves, x_range, ..ChartSpec::default() }, store.collect())
    }

    #[test]
    fn curves_recorded_at_different_steps_share_rows() {
        let (spec, store) = chart([&[(1, 0.1), (2, f32::NAN), (4, 1e-7)], &[(2, 3.0), (9, 5.0)]], XRange::Fixed(0.0, 5.0));
        let rows = Rows::new(&spec, &store);
        let all = rows.from(0, 50);
        assert_eq!(all.iter().map(|row| row.step).collect::<Vec<_>>(), [1, 2, 4], "step 9 is out of view");
        assert_eq!(rows.csv_head() + &rows.csv(&all), "step,\"train, raw\",val\r\n1,0.1,\r\n2,NaN,3\r\n4,1e-7,\r\n");
    }

    proptest! {
        #[test]
        fn pages_forwards_and_backwards_equal_a_merge(
            a in prop::collection::btree_map(0..400_u32, -1.0_f32..1.0, 1..80), b in prop::collection::btree_map(0..400_u32, -1.0_f32..1.0, 1..80),
            count in 1..20_usize, from in 0..200_u32,
        ) {
            let points = [&a, &b].map(|map| map.iter().map(|(&step, &value)| (step, value)).collect::<Vec<_>>());
            let (spec, store) = chart([&points[0], &points[1]], XRange::Fixed(f64::from(from), 390.0));
            let rows = Rows::new(&spec, &store);
            let steps: Vec<u32> = a.keys().chain(b.keys()).copied().collect::<BTreeSet<_>>().into_iter().filter(|step| (from..=390).contains(step)).collect();
            let (mut paged, mut next) = (vec![], 0);
            loop {
                let page = rows.from(next, count);
                let Some(last) = page.last() else { break };
                next = last.step + 1;
                for row in &page {
                    prop_assert_eq!(&row.values, &vec![a.get(&row.step).copied(), b.get(&row.step).copied()]);
                    paged.push(row.step);
                }
            }
            prop_assert_eq!(&paged, &steps);
            for (index, &step) in steps.iter().enumerate() {
                prop_assert_eq!(rows.start_before(step, count), (index > 0).then(|| steps[index.saturating_sub(count)]));
            }
        }

        #[test]
        fn what_is_written_is_what_was_recorded(bits in any::<u32>()) {
            let value = f32::from_bits(bits);
            let back: f32 = exact(value).parse().expect("it is a number");
            prop_assert!(back == value || (back.is_nan() && value.is_nan()));
        }
    }
}
