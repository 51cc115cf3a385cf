//! Estimates with their standard errors: a mean, and the ratio of two means.

use serde::{Deserialize, Serialize};

/// A share of the time in percent, with the standard error of that percentage. NaN until it can be estimated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The estimated percentage.
    pub percent: f64,
    /// The standard error of the percentage: two runs in three lie within it.
    pub error: f64,
}

impl Share {
    /// A share that is not known yet.
    pub const UNKNOWN: Self = Self { percent: f64::NAN, error: f64::NAN };

    /// The sum of independent shares.
    pub fn sum(shares: impl IntoIterator<Item = Self>) -> Self {
        let (percent, squares) = shares.into_iter().fold((0.0, 0.0), |(p, s), share| (p + share.percent, s + share.error * share.error));
        Self { percent, error: squares.sqrt() }
    }

    /// The difference to `other`; both are estimates, so both add to the error.
    pub fn without(self, other: Self) -> Self {
        Self { percent: self.percent - other.percent, error: self.error.hypot(other.error) }
    }
}

/// Mean and standard error of values that come one by one (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    count: f64,
    mean: f64,
    spread: f64,
}

impl Mean {
    /// Adds a value.
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.spread += off * (value - self.mean);
    }

    /// Number of values.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The mean of the values; 0 without any.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard error of the mean; 0 with fewer than two values, when it cannot be estimated.
    pub fn error(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { (self.spread / (self.count - 1.0) / self.count).sqrt() }
    }
}

/// The ratio of two means from pairs `(x, y)`: `sum(y) / sum(x)`, with its standard error by linearisation (Cochran,
/// Sampling Techniques, 1977, section 6.4). Pairs taken close to each other share what drifts, and it cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ratio {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    /// Adds a pair.
    pub fn push(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Number of pairs.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The percentage by which `y` is above `x`; `None` below three pairs.
    pub fn excess(&self) -> Option<Share> {
        if self.count < 3.0 || self.x <= 0.0 {
            return None;
        }
        let ratio = self.y / self.x;
        let residuals = (self.yy - 2.0 * ratio * self.xy + ratio * ratio * self.xx).max(0.0);
        let mean_x = self.x / self.count;
        let error = (residuals / (self.count * (self.count - 1.0))).sqrt() / mean_x;
        Some(Share { percent: 100.0 * (ratio - 1.0), error: 100.0 * error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::Rng;

    #[test]
    fn means_and_errors_are_the_definitions() {
        let mut mean = Mean::default();
        [1.0, 2.0, 3.0, 6.0].into_iter().for_each(|x| mean.push(x));
        // numpy: std([1, 2, 3, 6], ddof=1) / sqrt(4)
        assert_eq!(mean.mean(), 3.0);
        assert!((mean.error() - 1.080_123_449_734_643_5).abs() < 1e-12);
    }

    /// 200 experiments with a known ratio, drifting machines and noise: the standard error says how far off they are.
    #[test]
    fn the_ratios_error_is_as_large_as_it_says() {
        let (mut squares, mut claimed) = (0.0, 0.0);
        for seed in 0..200 {
            let mut rng = Rng::new(seed, "ratio");
            let mut ratio = Ratio::default();
            for pair in 0..40 {
                let speed = 10.0 * (1.0 + 0.4 * f64::from(pair) / 40.0);
                ratio.push(speed * (1.0 + 0.02 * rng.normal()), 1.03 * speed * (1.0 + 0.02 * rng.normal()));
            }
            let excess = ratio.excess().unwrap();
            squares += (excess.percent - 3.0).powi(2) / 200.0;
            claimed += excess.error / 200.0;
        }
        let off = f64::sqrt(squares);
        assert!((off / claimed - 1.0).abs() < 0.15, "{off} off, {claimed} claimed");
        assert!(off < 0.6, "the drift of 40 % cancels: {off}");
    }

    #[test]
    fn nothing_is_said_of_too_little() {
        let mut ratio = Ratio::default();
        ratio.push(1.0, 1.1);
        ratio.push(1.0, 1.1);
        assert_eq!(ratio.excess(), None);
    }
}
