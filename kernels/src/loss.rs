//! Softmax and cross-entropy in one pass.

/// The mean cross-entropy over `samples` samples of `outputs` `[rows, classes]` against `targets` of the same shape (shares that sum to
/// 1, or a row of zeros that does not count), and its gradient by the outputs.
pub fn cross_entropy(outputs: &[f32], targets: &[f32], classes: usize, samples: usize) -> (f32, Vec<f32>) {
    let samples = samples as f32;
    let mut gradient = vec![0.0; outputs.len()];
    let mut sum = 0.0;
    let rows = outputs.chunks_exact(classes).zip(targets.chunks_exact(classes)).zip(gradient.chunks_exact_mut(classes));
    for ((outputs, targets), gradient) in rows {
        let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut exponentials = 0.0;
        for (place, &output) in gradient.iter_mut().zip(outputs) {
            *place = (output - largest).exp();
            exponentials += *place;
        }
        let logarithm = exponentials.ln();
        let share: f32 = targets.iter().sum();
        for ((place, &output), &target) in gradient.iter_mut().zip(outputs).zip(targets) {
            sum -= (output - largest - logarithm) * target;
            *place = (*place / exponentials * share - target) / samples;
        }
    }
    (sum / samples, gradient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_and_gradient_are_those_of_pytorch() {
        // torch.nn.functional.cross_entropy of these outputs with labels 0 and 2.
        let outputs = [2.0, -1.0, 0.5, 0.0, 0.0, 100.0];
        let targets = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let (loss, gradient) = cross_entropy(&outputs, &targets, 3, 2);
        assert!((loss - 0.120_655_7).abs() < 1e-6, "{loss}");
        for (got, right) in gradient.iter().zip([-0.107_201, 0.019_556, 0.087_645, 0.0, 0.0, 0.0]) {
            assert!((got - right).abs() < 1e-5, "{gradient:?}");
        }
    }

    #[test]
    fn rows_of_zeros_do_not_count() {
        let (loss, gradient) = cross_entropy(&[2.0, -1.0], &[1.0, 0.0], 2, 1);
        let (filled, of_filled) = cross_entropy(&[2.0, -1.0, 7.0, 3.0], &[1.0, 0.0, 0.0, 0.0], 2, 1);
        assert_eq!((loss, [&gradient[..], &[0.0, 0.0]].concat()), (filled, of_filled));
    }

    #[test]
    fn what_is_not_a_number_is_not_lost() {
        assert!(cross_entropy(&[f32::NAN, 0.0], &[0.0, 1.0], 2, 1).0.is_nan());
    }
}
