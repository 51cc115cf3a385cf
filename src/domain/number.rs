//! Numbers as people type them, and as they are read. Never here: their units.

/// Shortest text that gives the same number: `0.001`, not `0.0010000000`.
pub fn format_number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { format!("{value}") }
}

/// The number of double precision with the digits of `value`, and none that nobody set: 0.01, where a plain conversion gives
/// 0.009999999776.
pub fn widened(value: f32) -> f64 {
    // The shortest text of a number is one that can be read again, so the other value is never taken.
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// Text of a number that is read: four significant digits, `0.1874`, `12.34`, and a power of ten only where a number is very small or large.
pub fn short_number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size.is_nan() => "not a number".to_owned(),
        size if !(1e-4..1e6).contains(&size) => format!("{value:.2e}"),
        size => {
            let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.decimals$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_widened_with_its_own_digits() {
        assert_eq!([0.01, -0.1, 3.0, 1e-30].map(widened), [0.01, -0.1, 3.0, 1e-30]);
        assert!(widened(f32::NAN).is_nan() && widened(f32::INFINITY).is_infinite());
    }

    #[test]
    fn numbers_that_are_read_have_a_power_of_ten_only_where_they_must() {
        let all = [0.0, 1.0, 1.874, 0.00187, 2.31099, 123_456.0, 5.2e-6, -0.5, 1.87e9, f64::NAN].map(short_number);
        assert_eq!(all, ["0", "1.000", "1.874", "0.001870", "2.311", "123456", "5.20e-6", "-0.5000", "1.87e9", "not a number"]);
    }
}
