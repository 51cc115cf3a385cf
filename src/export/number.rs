//! Numbers as text that come back to the bit: the shortest text that means this number and no other, and `NaN`,
//! `Infinity` and `-Infinity` by these names (which JavaScript, Python and pandas read).

use std::io::Write;

/// Appends `value` as text.
pub fn push_f32(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        push_finite(out, f64::from(value).abs(), value)
    } else {
        out.extend_from_slice(odd(f64::from(value)).as_bytes())
    }
}

/// Appends `value` as text.
pub fn push_f64(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() { push_finite(out, value.abs(), value) } else { out.extend_from_slice(odd(value).as_bytes()) }
}

/// Appends a finite number: plain where that is short, with an exponent where it would be a row of zeros.
fn push_finite(out: &mut Vec<u8>, size: f64, value: impl std::fmt::Display + std::fmt::LowerExp) {
    let written = if size != 0.0 && !(1e-5..1e16).contains(&size) { write!(out, "{value:e}") } else { write!(out, "{value}") };
    written.expect("memory takes every write");
}

fn odd(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Appends `value` for JSON, which has no word for NaN and infinities: these become strings.
pub fn push_json(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        push_f64(out, value);
    } else {
        write!(out, "\"{}\"", odd(value)).expect("memory takes every write");
    }
}

/// Appends `value` for JSON like [`push_json`], with the shortest text of an `f32`.
pub fn push_json_f32(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() { push_f32(out, value) } else { push_json(out, f64::from(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_comes_back_to_the_bit(single in any::<f32>(), double in any::<f64>()) {
            let mut text = Vec::new();
            push_f32(&mut text, single);
            let back: f32 = String::from_utf8(text).unwrap().parse().unwrap();
            prop_assert!(back.to_bits() == single.to_bits() || (back.is_nan() && single.is_nan()));
            let mut text = Vec::new();
            push_f64(&mut text, double);
            let back: f64 = String::from_utf8(text).unwrap().parse().unwrap();
            prop_assert!(back.to_bits() == double.to_bits() || (back.is_nan() && double.is_nan()));
        }
    }

    #[test]
    fn numbers_look_as_people_write_them() {
        let text = |value: f32| {
            let mut out = Vec::new();
            push_json_f32(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            [0.1, -0.0, 1.0, 2.5e-7, 3e20, f32::NAN, f32::NEG_INFINITY].map(text),
            ["0.1", "-0", "1", "2.5e-7", "3e20", "\"NaN\"", "\"-Infinity\""]
        );
    }
}
