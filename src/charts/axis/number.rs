//! Numbers as text: units, values at a glance, counts.
//!
//! Pure: the same number gives the same text everywhere. Never here: tick labels ([`ticks`](super::ticks)), which share their
//! decimals.

use crate::domain::record::known::Unit;

/// The SI divisor for a number of this size, and its letter.
pub(super) fn magnitude(value: f64) -> (f64, &'static str) {
    match value.abs() {
        v if v >= 999.5e9 => (1e12, "T"),
        v if v >= 999.5e6 => (1e9, "G"),
        v if v >= 999.5e3 => (1e6, "M"),
        v if v >= 999.5 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// A value as text for reading at a glance: three significant digits and the unit, `0.0312`, `1.24k`, `51.6 ms`, `97.31 %`.
pub fn format_value(value: f32, unit: Unit) -> String {
    let value = f64::from(value);
    let number = match value {
        v if v.is_nan() => return "not a number".into(),
        v if v.is_infinite() => return if v > 0.0 { "infinite".into() } else { "minus infinite".into() },
        v if unit == Unit::Share => return format!("{:.2}\u{a0}%", 100.0 * v),
        0.0 => "0".into(),
        v if v.abs() < 1e-4 || v.abs() >= 999.5e12 => format!("{v:.2e}"),
        v => {
            let (divisor, letter) = magnitude(v);
            // 9.996 is written as 10.0: what counts are the digits after rounding.
            let decimals = (2.0 - (1.0005 * v / divisor).abs().log10().floor()).max(0.0) as usize;
            format!("{:.decimals$}{letter}", v / divisor)
        }
    };
    match unit {
        Unit::Named(name) => format!("{number}\u{a0}{name}"),
        _ => number,
    }
}

/// A step or another count as text, with its thousands set apart: `1 240`.
pub fn format_count(count: u32) -> String {
    grouped(&count.to_string(), '\u{a0}')
}

/// The digits of a whole number with `space` between thousands.
pub fn grouped(digits: &str, space: char) -> String {
    let mut grouped = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(space);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_at_a_glance() {
        let cases = [
            (0.0312, Unit::Plain, "0.0312"),
            (2.304, Unit::Plain, "2.30"),
            (1240.0, Unit::Plain, "1.24k"),
            (999.6, Unit::Plain, "1.00k"),
            (12_345_678.0, Unit::Plain, "12.3M"),
            (51.62, Unit::Named("ms"), "51.6\u{a0}ms"),
            (0.973_06, Unit::Share, "97.31\u{a0}%"),
            (-0.5, Unit::Plain, "-0.500"),
            (1.234e-6, Unit::Plain, "1.23e-6"),
            (0.0, Unit::Named("ms"), "0\u{a0}ms"),
            (f32::NAN, Unit::Share, "not a number"),
            (f32::NEG_INFINITY, Unit::Plain, "minus infinite"),
        ];
        for (value, unit, written) in cases {
            assert_eq!(format_value(value, unit), written);
        }
        assert_eq!([7, 1240, 1_234_567].map(format_count), ["7", "1\u{a0}240", "1\u{a0}234\u{a0}567"]);
    }
}
