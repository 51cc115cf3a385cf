//! Numbers of double precision in JSON, to the last bit: finite ones as numbers, the others as text of their bits.
//!
//! A finite number is written with as many digits as tell it from its neighbours; it comes back the same only by a reader that takes
//! all of them ([`Scan::value`](super::json::Scan::value); serde_json's own is off by one unit in the last place for one number in
//! eight). JSON has no NaN and no infinity, so these are their sixteen digits of hexadecimal. Never here: single precision.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// A number that JSON keeps to the bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact(pub f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

/// Writes `value`; for fields with `#[serde(with = "exact")]`.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.collect_str(&format_args!("{:016x}", value.to_bits())) }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// When it is neither a number nor sixteen digits of hexadecimal.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    struct Reader;

    impl Visitor<'_> for Reader {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a number, or the sixteen hexadecimal digits of one")
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
            // Digits only: the standard reader would take a sign as well.
            let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let bits = is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
            bits.map(f64::from_bits).ok_or_else(|| E::custom("these are not the sixteen hexadecimal digits of a number"))
        }
    }

    deserializer.deserialize_any(Reader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::format::json::Scan;
    use proptest::prelude::*;

    fn through_text(value: f64) -> f64 {
        let text = serde_json::to_string(&Exact(value)).unwrap();
        let tree = Scan::new(&text).value().unwrap();
        serde_json::from_value::<Exact>(tree).unwrap().0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn any_number_comes_back_to_the_bit(bits: u64, count in 1_u32..2000, right in 0_u32..2000) {
            for value in [f64::from_bits(bits), f64::from(right) / f64::from(count)] {
                prop_assert_eq!(through_text(value).to_bits(), value.to_bits());
            }
        }
    }

    #[test]
    fn odd_numbers_come_back_and_odd_texts_are_refused() {
        for value in [0.0, -0.0, 0.903_333_3, 1e300, 5e-324, f64::MAX, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3.0] {
            assert_eq!(through_text(value).to_bits(), value.to_bits(), "{value}");
        }
        for text in ["\"NaN\"", "null", "\"7ff800000000000\"", "\"+ff8000000000000\"", "[]", "true"] {
            let tree = Scan::new(text).value().unwrap();
            assert!(serde_json::from_value::<Exact>(tree).is_err(), "{text}");
        }
    }
}
