//! The units of a large layer that tell most: those whose output differs most from sample to sample.
//!
//! A unit that says the same of everything tells nothing of any sample. Never here: how many fit on the page.

use crate::domain::order::order_by;

/// The sums over the values of one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    count: f64,
    sum: f64,
    squares: f64,
    zeros: f64,
}

impl Activity {
    /// Takes in some values of the unit.
    pub fn take(&mut self, values: &[f32]) {
        for &value in values {
            let value = f64::from(value);
            self.count += 1.0;
            self.sum += value;
            self.squares += value * value;
            self.zeros += f64::from(u8::from(value == 0.0));
        }
    }

    /// The mean; 0 without values.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    /// The share of values that are exactly zero.
    pub fn zeros(&self) -> f64 {
        self.zeros / self.count.max(1.0)
    }

    /// Whether there were values and all of them were exactly zero.
    pub fn is_dead(&self) -> bool {
        self.count > 0.0 && self.zeros == self.count
    }

    /// The variance; NaN where a value is.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.squares / self.count.max(1.0) - mean * mean
    }
}

/// The `most` units of the highest variance, in ascending order of their numbers; of equal ones the first.
pub fn most_telling(units: &[Activity], most: usize) -> Vec<u32> {
    let variance = |unit: usize| {
        let variance = units[unit].variance();
        // Not a number is what the visitor must see first.
        if variance.is_nan() { f64::INFINITY } else { variance }
    };
    let mut order = order_by(units.len(), &|a, b| variance(b).total_cmp(&variance(a)));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|unit| unit as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(values: &[f32]) -> Activity {
        let mut activity = Activity::default();
        activity.take(values);
        activity
    }

    #[test]
    fn units_that_differ_most_are_shown_in_their_order() {
        let units = [
            activity(&[1.0, 1.0, 1.0]),
            activity(&[0.0, 5.0, 0.0]),
            activity(&[0.0; 3]),
            activity(&[-1.0, 1.0, 2.0]),
            activity(&[0.0, f32::NAN, 0.0]),
        ];
        assert_eq!(most_telling(&units, 3), [1, 3, 4]);
        assert_eq!(most_telling(&units, 9), [0, 1, 2, 3, 4]);
        assert!(units[2].is_dead() && !units[0].is_dead() && !Activity::default().is_dead());
        assert_eq!(units[1].zeros(), 2.0 / 3.0);
        assert_eq!(units[0].variance(), 0.0);
        assert_eq!(units[3].mean(), 2.0 / 3.0);
    }
}
