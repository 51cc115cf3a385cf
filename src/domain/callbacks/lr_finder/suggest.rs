//! Which learning rate the curve of a range test suggests: a pure function of its points.

/// The least share of the first loss by which it must fall for a suggestion to be more than noise.
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

/// The rate at the steepest fall of the smoothed loss over the rate's logarithm (central differences), before the
/// loss's minimum; `None` where the loss does not fall by at least 5 %. `points` are rate and raw loss, rates rising.
///
/// For the suggestion the losses are smoothed in both directions: one direction alone lags by
/// `smoothing / (1 - smoothing)` batches, and would suggest a rate as many steps too high.
pub fn suggest(points: &[(f64, f64)], smoothing: f64) -> Option<f64> {
    let forward = smooth(points.iter().map(|&(_, loss)| loss), smoothing);
    let lowest = (0..forward.len()).reduce(|best, i| if forward[i] < forward[best] { i } else { best })?;
    let mut curve = smooth(forward[..=lowest].iter().rev().copied(), smoothing);
    curve.reverse();
    if curve[0] - curve[lowest] < LEAST_FALL * curve[0].abs() {
        return None;
    }
    let slope = |i: usize| (curve[i + 1] - curve[i - 1]) / (libm::log(points[i + 1].0) - libm::log(points[i - 1].0));
    let steepest = (1..lowest).reduce(|best, i| if slope(i) < slope(best) { i } else { best })?;
    (slope(steepest) < 0.0).then_some(points[steepest].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_steepest_point() {
        // Slopes over ln 4: -1, -5, -6, the last point is the minimum.
        let points = [(1.0, 10.0), (2.0, 10.0), (4.0, 9.0), (8.0, 5.0), (16.0, 3.0), (32.0, 30.0)];
        assert_eq!(suggest(&points, 0.0), Some(8.0));
        assert_eq!(suggest(&[], 0.9), None);
        assert_eq!(suggest(&points[..1], 0.9), None);
        let flat: Vec<(f64, f64)> = points.iter().map(|&(rate, _)| (rate, 2.3)).collect();
        assert_eq!(suggest(&flat, 0.9), None, "nothing falls");
        let rising: Vec<(f64, f64)> = points.iter().map(|&(rate, _)| (rate, rate)).collect();
        assert_eq!(suggest(&rising, 0.0), None, "nothing falls");
    }
}
