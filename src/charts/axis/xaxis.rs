//! X axes: steps, epochs, or time; and how a run's steps get their place on them.
//!
//! Curves are recorded by step. What else a step means is the run's own knowledge ([`RunClock`]), so each run has its
//! own [`StepMap`]. It never falls, which is all that a [`Series`](crate::domain::record::series::Series) needs to find the points
//! within a range, or within each pixel column, exactly and without looking at all of them.
//!
//! Pure: the clock of the wall comes with the run, the time zone with the wish.

use super::number::format_count;
use super::range::Range;
use super::scale::Scale;
use super::ticks;
use crate::domain::record::known::Unit;

/// Quantity that an x axis counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum XKind {
    /// Updates of the weights.
    #[default]
    Step,
    /// Epochs, with fractions: 1 is the end of the first.
    Epoch,
    /// Seconds since the run began, pauses included, at the end of each batch.
    Elapsed,
    /// The time of day at the end of each batch, in seconds since 1970.
    Wall,
}

impl XKind {
    /// All kinds, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Step, Self::Epoch, Self::Elapsed, Self::Wall];

    /// A short name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Elapsed => "relative time",
            Self::Wall => "wall time",
        }
    }

    /// The shortest range that can be zoomed to.
    pub(crate) const fn finest(self) -> f64 {
        match self {
            Self::Step => 2.0,
            Self::Epoch => 1e-3,
            Self::Elapsed | Self::Wall => 2e-3,
        }
    }
}

/// An x axis as the visitor asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct XAxis {
    /// Quantity that it counts.
    pub kind: XKind,
    /// Whether equal ratios are equally wide. Without meaning for the time of day.
    pub log: bool,
    /// Offset to UTC for the time of day, in minutes.
    pub zone_minutes: i32,
}

/// Clock of a run: the epoch and the time of each step.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunClock<'a> {
    /// Updates in each epoch; 0 while that is unknown.
    pub batches_per_epoch: u32,
    /// Milliseconds from the run's begin to each batch's end; the batch of step `s` at `s - 1`.
    pub at_ms: &'a [f64],
    /// Time of the run's begin, in milliseconds since 1970.
    pub started_at_ms: f64,
}

/// Map between the steps of one run and their places on an x axis.
#[derive(Clone, Copy, Debug)]
pub struct StepMap<'a> {
    kind: XKind,
    clock: RunClock<'a>,
}

impl<'a> StepMap<'a> {
    /// The map of a run with this clock.
    pub const fn new(kind: XKind, clock: RunClock<'a>) -> Self {
        Self { kind, clock }
    }

    /// Place of a step. Never falls from one step to the next; several steps may share a place, as when a GPU's batches are
    /// read together. A step that the clock does not know yet is where the last known one is.
    pub fn x(&self, step: u32) -> f64 {
        match self.kind {
            XKind::Step => f64::from(step),
            XKind::Epoch => f64::from(step) / f64::from(self.clock.batches_per_epoch.max(1)),
            XKind::Elapsed => self.elapsed_ms(step) / 1e3,
            XKind::Wall => (self.clock.started_at_ms + self.elapsed_ms(step)) / 1e3,
        }
    }

    fn elapsed_ms(&self, step: u32) -> f64 {
        let index = (step as usize).min(self.clock.at_ms.len());
        index.checked_sub(1).map_or(0.0, |index| self.clock.at_ms[index])
    }

    /// Step at the place `x`, with a fraction between two: the inverse of [`x`](Self::x).
    pub fn step(&self, x: f64) -> f64 {
        match self.kind {
            XKind::Step => x,
            XKind::Epoch => x * f64::from(self.clock.batches_per_epoch.max(1)),
            XKind::Elapsed => self.step_at_ms(x * 1e3),
            XKind::Wall => self.step_at_ms(x * 1e3 - self.clock.started_at_ms),
        }
    }

    fn step_at_ms(&self, ms: f64) -> f64 {
        let after = self.clock.at_ms.partition_point(|&at| at < ms);
        let from = after.checked_sub(1).map_or(0.0, |index| self.clock.at_ms[index]);
        match self.clock.at_ms.get(after) {
            Some(&to) if to > from => after as f64 + ((ms - from) / (to - from)).clamp(0.0, 1.0),
            Some(_) => after as f64 + 1.0,
            None => after as f64,
        }
    }
}

impl XAxis {
    /// Scale by which places become widths.
    pub fn scale(&self) -> Scale {
        if self.log && self.kind != XKind::Wall { Scale::Log } else { Scale::Linear }
    }

    /// Ticks within `range`, about `max_count` of them, with their labels, and the axis' name with its unit.
    pub(crate) fn ticks(&self, range: Range, max_count: usize) -> (Vec<f64>, Vec<String>, &'static str) {
        let (divisor, name) = match self.kind {
            XKind::Step => (1.0, "step"),
            XKind::Epoch => (1.0, "epoch"),
            XKind::Elapsed => time_unit(range.1 - if self.scale() == Scale::Log { 0.0 } else { range.0 }),
            XKind::Wall => return self.clock_ticks(range, max_count),
        };
        let shown = (range.0 / divisor, range.1 / divisor);
        let (values, labels) = if self.scale() == Scale::Log {
            Scale::Log.ticks(shown, max_count, Unit::Plain)
        } else {
            let (values, step) = ticks::ticks(shown, max_count, if self.kind == XKind::Step { 1.0 } else { 0.0 });
            let labels = ticks::tick_labels(&values, step, Unit::Plain);
            (values, labels)
        };
        (values.into_iter().map(|value| value * divisor).collect(), labels, name)
    }

    /// Ticks at round times of day.
    fn clock_ticks(&self, (from, to): Range, max_count: usize) -> (Vec<f64>, Vec<String>, &'static str) {
        const STEPS: [f64; 21] = [
            0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0,
            21600.0, 43200.0,
        ];
        let zone = f64::from(self.zone_minutes) * 60.0;
        let fits = |&step: &f64| (to - from) / step <= max_count.max(1) as f64;
        let step = STEPS.into_iter().find(fits).unwrap_or_else(|| ((to - from) / max_count.max(1) as f64 / 86_400.0).ceil() * 86_400.0);
        let (first, last) = (((from + zone) / step).ceil() as i64, ((to + zone) / step).floor() as i64);
        let ticks: Vec<f64> = (first..=last).map(|multiple| multiple as f64 * step - zone).collect();
        let labels = ticks.iter().map(|&tick| self.time_of_day(tick, step)).collect();
        (ticks, labels, "time")
    }

    /// A time of day, as precise as `step` seconds need.
    fn time_of_day(&self, x: f64, step: f64) -> String {
        let local = x + f64::from(self.zone_minutes) * 60.0;
        // Rounded once: 12:59:59.9996 must not become 12:59:60.
        let ms = (local * 1e3).round() as i64;
        let (days, ms) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
        let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        if step >= 86_400.0 {
            let (month, day) = month_and_day(days);
            format!("{day} {}", MONTHS[month])
        } else if step >= 60.0 {
            format!("{hours}:{minutes:02}")
        } else if step >= 1.0 {
            format!("{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1_000)
        }
    }

    /// A place in words: `step 1 240`, `epoch 3.25`, `12.34 s`, `14:05:33.120`.
    pub fn words(&self, x: f64, step: u32) -> String {
        match self.kind {
            XKind::Step => format!("step {}", format_count(step)),
            XKind::Epoch => format!("epoch {}", trimmed(x, 3)),
            XKind::Elapsed => elapsed(x),
            XKind::Wall => self.time_of_day(x, 0.0),
        }
    }

    /// The place in short, for the label below the cursor.
    pub fn mark(&self, x: f64, step: u32) -> String {
        match self.kind {
            XKind::Step => format_count(step),
            XKind::Epoch => trimmed(x, 3),
            _ => self.words(x, step),
        }
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Month (from 0) and day of the month of a day since 1970. After Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`.
fn month_and_day(days: i64) -> (usize, i64) {
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    (((month + 2) % 12) as usize, of_year - (153 * month + 2) / 5 + 1)
}

/// The unit in which a span of this length reads well.
fn time_unit(seconds: f64) -> (f64, &'static str) {
    match seconds {
        s if s <= 180.0 => (1.0, "s"),
        s if s <= 10_800.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    }
}

/// The number with at most `decimals` decimals, without trailing zeros.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn elapsed(seconds: f64) -> String {
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds.rem_euclid(60.0));
    match minutes {
        m if m < 1.0 => format!("{}\u{a0}s", trimmed(seconds, 3)),
        m if m < 60.0 => format!("{m}\u{a0}min {rest:.1}\u{a0}s"),
        m => format!("{}\u{a0}h {}\u{a0}min {rest:.0}\u{a0}s", (m / 60.0).floor(), m % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: f64 = 1_783_944_000.0; // 13 July 2026, 12:00:00 UTC

    fn axis(kind: XKind) -> XAxis {
        XAxis { kind, ..XAxis::default() }
    }

    #[test]
    fn times_of_day_are_written_as_precise_as_needed() {
        let wall = axis(XKind::Wall);
        let labels = |from: f64, to: f64| wall.ticks((NOON + from, NOON + to), 4).1;
        assert_eq!(labels(0.0, 3600.0), ["12:00", "12:15", "12:30", "12:45", "13:00"]);
        assert_eq!(labels(1.0, 8.0), ["12:00:02", "12:00:04", "12:00:06", "12:00:08"]);
        assert_eq!(labels(0.0, 1.0), ["12:00:00.000", "12:00:00.500", "12:00:01.000"]);
        assert_eq!(labels(-86_400.0, 2.0 * 86_400.0), ["13 Jul", "14 Jul", "15 Jul"]);
        let delhi = XAxis { zone_minutes: 330, ..wall };
        assert_eq!(delhi.words(NOON + 0.0125, 1), "17:30:00.013");
        assert_eq!([0, 58, 59, 365, 789].map(month_and_day), [(0, 1), (1, 28), (2, 1), (0, 1), (1, 29)], "1972 has a 29th of February");
    }

    #[test]
    fn time_has_the_unit_that_reads_well() {
        let ticks = |to| {
            let (ticks, labels, name) = axis(XKind::Elapsed).ticks((0.0, to), 5);
            (ticks, labels.join(" "), name)
        };
        assert_eq!(ticks(2.5), (vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5], "0 0.5 1.0 1.5 2.0 2.5".into(), "s"));
        assert_eq!(ticks(600.0), (vec![0.0, 120.0, 240.0, 360.0, 480.0, 600.0], "0 2 4 6 8 10".into(), "min"));
        assert_eq!(ticks(18_000.0).2, "h");
        assert_eq!(
            [0.5, 12.3456, 75.0, 3725.4].map(elapsed),
            ["0.5\u{a0}s", "12.346\u{a0}s", "1\u{a0}min 15.0\u{a0}s", "1\u{a0}h 2\u{a0}min 5\u{a0}s"]
        );
    }

    #[test]
    fn a_run_that_has_not_begun_has_its_steps_somewhere() {
        for kind in XKind::ALL {
            let map = StepMap::new(kind, RunClock::default());
            assert!(map.x(0) <= map.x(7) && map.x(7).is_finite() && map.step(3.0).is_finite(), "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn maps_never_fall_and_go_back(
            gaps in prop::collection::vec(prop_oneof![3 => 0.1..900.0_f64, 1 => Just(0.0)], 1..200),
            batches_per_epoch in 0..90_u32,
            started in 0.0..2e12_f64,
        ) {
            let at_ms: Vec<f64> = gaps.iter().scan(0.0, |at, gap| { *at += gap; Some(*at) }).collect();
            let clock = RunClock { batches_per_epoch, at_ms: &at_ms, started_at_ms: started };
            for kind in XKind::ALL {
                let map = StepMap::new(kind, clock);
                for step in 1..=at_ms.len() as u32 {
                    let (before, x) = (map.x(step - 1), map.x(step));
                    prop_assert!(before <= x, "{:?} falls at {}", kind, step);
                    let back = map.step(x);
                    // Steps that share a place are told apart by nobody: then any of them will do.
                    let tolerance = if kind == XKind::Wall { 1e-6 } else { 1e-9 };
                    prop_assert!((map.x(back.round() as u32) - x).abs() <= tolerance, "{:?}: {} -> {} -> {}", kind, step, x, back);
                    if before < x - 1e-3 {
                        let between = map.step((before + x) / 2.0);
                        prop_assert!(between >= f64::from(step - 1) && between <= f64::from(step), "{:?} {}", kind, between);
                    }
                }
            }
        }
    }
}
