//! Ticks of a linear axis: round numbers within a range, and labels of equal precision.
//!
//! Pure. Never here: the ticks of a logarithmic axis ([`scale`](super::scale)) or of a clock ([`xaxis`](super::xaxis)).

use super::number::magnitude;
use super::range::Range;
use crate::domain::record::known::Unit;
use std::ops::RangeInclusive;

/// A round tick distance: the smallest of 1, 2, 5 times a power of ten that divides `span` into at most `max_count` parts.
pub fn nice_step(span: f64, max_count: usize) -> f64 {
    let rough = span / max_count.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    // The factor may miss 1, 2 or 5 by a rounding error, which must not cost half of the ticks.
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| rough <= factor * power * (1.0 + 1e-9)).unwrap_or(10.0);
    factor * power
}

/// Tick values: the multiples of a nice step within `range`, at most `max_count + 1`, with that step; never finer than `min_step`.
pub fn ticks((low, high): Range, max_count: usize, min_step: f64) -> (Vec<f64>, f64) {
    let step = nice_step(high - low, max_count).max(min_step);
    let multiples: RangeInclusive<i64> = ((low / step - 1e-6).ceil() as i64)..=((high / step + 1e-6).floor() as i64);
    (multiples.map(|multiple| multiple as f64 * step).collect(), step)
}

/// Labels for ticks that are `step` apart: all with the same number of decimals and the same suffix.
pub fn tick_labels(ticks: &[f64], step: f64, unit: Unit) -> Vec<String> {
    let factor = if unit == Unit::Share { 100.0 } else { 1.0 };
    let largest = ticks.iter().fold(0.0_f64, |largest, tick| largest.max(tick.abs())) * factor;
    let step = step * factor;
    let suffix = if unit == Unit::Share { "\u{a0}%" } else { "" };
    if largest >= 1e13 || (largest > 0.0 && largest < 1e-4) {
        let write = |&tick: &f64| if tick == 0.0 { "0".into() } else { format!("{}{suffix}", scientific(tick * factor, step)) };
        return ticks.iter().map(write).collect();
    }
    // From 10 000 on, in thousands: 500, 1500, 2500 stay as they are.
    let (divisor, letter) = if largest >= 1e4 { magnitude(largest) } else { (1.0, "") };
    let decimals = decimals_for_step(step / divisor);
    let write = |&tick: &f64| {
        if tick == 0.0 { format!("0{suffix}") } else { format!("{:.decimals$}{letter}{suffix}", tick * factor / divisor) }
    };
    ticks.iter().map(write).collect()
}

/// Number of decimals that tell multiples of `step` apart.
fn decimals_for_step(step: f64) -> usize {
    (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize
}

fn scientific(value: f64, step: f64) -> String {
    let digits = (value.abs().log10().floor() - step.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{value:.digits$e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, count: usize, unit: Unit) -> Vec<String> {
        let (ticks, step) = ticks((low, high), count, 0.0);
        tick_labels(&ticks, step, unit)
    }

    #[test]
    fn ticks_are_nice() {
        assert_eq!(labels(0.0, 1.0, 5, Unit::Plain), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(0.0, 1.0, 5, Unit::Share), ["0\u{a0}%", "20\u{a0}%", "40\u{a0}%", "60\u{a0}%", "80\u{a0}%", "100\u{a0}%"]);
        assert_eq!(labels(0.0, 2500.0, 5, Unit::Plain), ["0", "500", "1000", "1500", "2000", "2500"]);
        assert_eq!(labels(0.0, 60_000.0, 4, Unit::Plain), ["0", "20k", "40k", "60k"]);
        assert_eq!(labels(-0.03, 0.05, 4, Unit::Plain), ["-0.02", "0", "0.02", "0.04"]);
        assert_eq!(labels(0.0, 3e-6, 3, Unit::Plain), ["0", "1e-6", "2e-6", "3e-6"]);
        assert_eq!(labels(1.0, 1.000_001, 2, Unit::Plain), ["1.0000000", "1.0000005", "1.0000010"]);
    }

    #[test]
    fn steps_get_no_fractions() {
        assert_eq!(ticks((0.0, 3.0), 10, 1.0).0, [0.0, 1.0, 2.0, 3.0]);
    }
}
