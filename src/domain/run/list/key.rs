//! Keys by which a table is sorted.

use std::cmp::Ordering;

/// A sort key of a table: a number, a text, or nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A number, sorted by size.
    Number(f64),
    /// A text, sorted by letters, small and capital ones alike.
    Text(String),
    /// A missing value, which comes last, whichever way the table is sorted.
    Missing,
}

impl Key {
    /// The key of a number if there is one; NaN counts as missing.
    pub fn number(value: Option<f64>) -> Self {
        value.filter(|value| !value.is_nan()).map_or(Self::Missing, Self::Number)
    }

    /// The order of this key and `other`, from small to large or the other way round.
    pub fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let turned = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => Ordering::Greater,
            (_, Self::Missing) => Ordering::Less,
            (Self::Number(a), Self::Number(b)) => turned(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => turned(a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()).then_with(|| a.cmp(b))),
            (Self::Number(_), Self::Text(_)) => turned(Ordering::Less),
            (Self::Text(_), Self::Number(_)) => turned(Ordering::Greater),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_key() -> impl Strategy<Value = Key> {
        prop_oneof![Just(Key::Missing), any::<f64>().prop_map(|value| Key::number(Some(value))), "[a-cA-C]{0,3}".prop_map(Key::Text)]
    }

    proptest! {
        #[test]
        fn an_order_is_one_and_what_is_missing_comes_last(mut keys in prop::collection::vec(any_key(), 0..20), descending: bool) {
            // Panics if the order contradicts itself.
            keys.sort_by(|a, b| a.compare(b, descending));
            let missing = keys.iter().position(|key| *key == Key::Missing).unwrap_or(keys.len());
            prop_assert!(keys[missing..].iter().all(|key| *key == Key::Missing));
            prop_assert!(keys.windows(2).all(|pair| pair[0].compare(&pair[1], descending) != Ordering::Greater));
        }
    }
}
