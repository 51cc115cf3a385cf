//! The line of least squares through losses, from sums alone: a million batches in six numbers. Never here: rules.

use serde::{Deserialize, Serialize};

/// The straight line through the losses of some batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trend {
    /// Number of losses added so far.
    pub(super) count: u32,
    xs: f64,
    ys: f64,
    xxs: f64,
    xys: f64,
    yys: f64,
}

impl Trend {
    /// Adds the loss of the next batch.
    pub(super) fn add(&mut self, y: f64) {
        let x = f64::from(self.count);
        self.count = self.count.saturating_add(1);
        self.xs += x;
        self.ys += y;
        self.xxs += x * x;
        self.xys += x * y;
        self.yys += y * y;
    }

    /// The mean loss; 0 without any.
    pub(super) fn mean(&self) -> f64 {
        self.ys / f64::from(self.count.max(1))
    }

    /// The fall of the line from the first batch to the last, and twice its standard error.
    pub(super) fn fall(&self) -> (f64, f64) {
        let n = f64::from(self.count);
        let spread = self.xxs - self.xs * self.xs / n;
        if self.count < 3 || spread <= 0.0 {
            return (0.0, 0.0);
        }
        let slope = (self.xys - self.xs * self.ys / n) / spread;
        let rest = (self.yys - self.ys * self.ys / n - slope * slope * spread).max(0.0) / (n - 2.0);
        (-slope * (n - 1.0), 2.0 * (rest / spread).sqrt() * (n - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_the_line_of_least_squares() {
        let mut trend = Trend::default();
        // numpy.polyfit(range(5), [5, 4, 4, 2, 1], 1) = [-1, 5.2]; linregress: standard error 0.1633.
        [5.0, 4.0, 4.0, 2.0, 1.0].into_iter().for_each(|y| trend.add(y));
        let (fall, error) = trend.fall();
        assert!((fall - 4.0).abs() < 1e-12 && (error - 2.0 * 0.163_299 * 4.0).abs() < 1e-4, "{fall} {error}");
        assert_eq!(Trend::default().fall(), (0.0, 0.0));
    }
}
