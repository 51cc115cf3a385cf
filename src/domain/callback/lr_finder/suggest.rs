//! The learning rate that the curve of a range test suggests: a pure function of its points.

/// The smallest share of the first loss by which it must fall for a suggestion to be more than noise.
const LEAST_FALL: f64 = 0.05;

/// Exponential mean whose bias towards its start at 0 is taken out, as in Adam: `m_i / (1 - smoothing^i)`.
fn smooth(losses: impl Iterator<Item = f64>, smoothing: f64) -> Vec<f64> {
    let (mut mean, mut weight) = (0.0, 0.0);
    losses
        .map(|loss| {
            mean = smoothing * mean + (1.0 - smoothing) * loss;
            weight = smoothing * weight + (1.0 - smoothing);
            mean / weight
        })
        .collect()
}

/// The point of a curve where the loss falls fastest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steepest {
    /// The learning rate there.
    pub rate: f64,
    /// The smoothed loss there.
    pub loss: f64,
    /// The change of the loss over that of the rate's natural logarithm; below 0.
    pub slope: f64,
}

/// The curve on which a suggestion rests.
///
/// Smoothed in both directions: one direction alone lags by `smoothing / (1 - smoothing)` batches, and would suggest a
/// rate as many steps too high.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The rates with their smoothed losses, up to the lowest.
    pub points: Vec<(f64, f64)>,
    /// The point of the steepest fall (central differences), if the loss falls by at least 5 %.
    pub steepest: Option<Steepest>,
}

impl Curve {
    /// The curve of `points`, rate and raw loss, rates rising.
    pub fn of(points: &[(f64, f64)], smoothing: f64) -> Self {
        let forward = smooth(points.iter().map(|&(_, loss)| loss), smoothing);
        let Some(lowest) = (0..forward.len()).reduce(|best, i| if forward[i] < forward[best] { i } else { best }) else {
            return Self::default();
        };
        let mut curve = smooth(forward[..=lowest].iter().rev().copied(), smoothing);
        curve.reverse();
        let slope = |i: usize| (curve[i + 1] - curve[i - 1]) / (libm::log(points[i + 1].0) - libm::log(points[i - 1].0));
        let steepest = (1..lowest).reduce(|best, i| if slope(i) < slope(best) { i } else { best });
        let falls = curve[0] - curve[lowest] >= LEAST_FALL * curve[0].abs();
        let steepest =
            steepest.filter(|&i| falls && slope(i) < 0.0).map(|i| Steepest { rate: points[i].0, loss: curve[i], slope: slope(i) });
        Self { points: points.iter().zip(&curve).map(|(&(rate, _), &loss)| (rate, loss)).collect(), steepest }
    }
}

/// The rate at the steepest fall of the smoothed loss over the rate's logarithm, before the loss's minimum; `None` where
/// the loss does not fall by at least 5 %. `points` are rate and raw loss, rates rising.
pub fn suggest(points: &[(f64, f64)], smoothing: f64) -> Option<f64> {
    Curve::of(points, smoothing).steepest.map(|steepest| steepest.rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_steepest_point() {
        // Slopes over ln 4: -1, -5, -6, the last point is the minimum.
        let points = [(1.0, 10.0), (2.0, 10.0), (4.0, 9.0), (8.0, 5.0), (16.0, 3.0), (32.0, 30.0)];
        assert_eq!(suggest(&points, 0.0), Some(8.0));
        let curve = Curve::of(&points, 0.0);
        let steepest = curve.steepest.unwrap();
        assert!((steepest.slope + 6.0 / 4_f64.ln()).abs() < 1e-12 && steepest.loss == 5.0, "{steepest:?}");
        assert_eq!(curve.points, points[..5], "up to the lowest, and without smoothing as they are");
        assert_eq!(suggest(&[], 0.9), None);
        assert_eq!(suggest(&points[..1], 0.9), None);
        let flat: Vec<(f64, f64)> = points.iter().map(|&(rate, _)| (rate, 2.3)).collect();
        assert_eq!(suggest(&flat, 0.9), None, "nothing falls");
        let rising: Vec<(f64, f64)> = points.iter().map(|&(rate, _)| (rate, rate)).collect();
        assert_eq!(suggest(&rising, 0.0), None, "nothing falls");
    }
}
