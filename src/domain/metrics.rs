//! Metrics from outputs and labels, exactly as defined, in `f64` on the host.
//!
//! The device computes the loss that is differentiated; everything that is shown beside it comes from here, so that
//! it means the same on every device.

pub mod confusion;
pub mod ranking;
#[cfg(test)]
mod reference;
pub mod report;

use super::spec::Loss;

/// The sum over some samples: add up batches, then divide.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Sum of the samples' losses, in nats.
    pub loss: f64,
    /// Samples whose predicted class is the true one.
    pub correct: u32,
    /// Samples.
    pub samples: u32,
}

impl Tally {
    /// Mean loss a sample; NaN without samples.
    pub fn mean_loss(&self) -> f64 {
        self.loss / f64::from(self.samples)
    }

    /// Share of samples predicted right; NaN without samples.
    pub fn accuracy(&self) -> f64 {
        f64::from(self.correct) / f64::from(self.samples)
    }

    /// Adds another sum.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.samples += other.samples;
    }
}

/// The class that `outputs` (of one sample, before softmax or sigmoid) stand for: the largest, the first of equals;
/// with a single output, class 1 where it is above 0. `None` where an output is NaN.
pub fn predicted_class(outputs: &[f32]) -> Option<u32> {
    if outputs.iter().any(|x| x.is_nan()) {
        return None;
    }
    if let [single] = outputs {
        return Some(u32::from(*single > 0.0));
    }
    let mut best = 0;
    for (class, &output) in outputs.iter().enumerate() {
        if output > outputs[best] {
            best = class;
        }
    }
    Some(best as u32)
}

/// The loss of one sample, in nats: `-ln` of the probability that `outputs` give the class `label`.
///
/// Cross-entropy by log-sum-exp, `ln(sum(exp(x - max))) - (x[label] - max)`; binary by
/// `max(x, 0) - x * y + ln(1 + exp(-|x|))`: both without overflow for any finite outputs.
pub fn sample_loss(outputs: &[f32], label: u32, loss: Loss) -> f64 {
    match loss {
        Loss::BinaryCrossEntropy => {
            let (x, y) = (f64::from(outputs[0]), f64::from(label));
            x.max(0.0) - x * y + libm::log1p(libm::exp(-x.abs()))
        }
        Loss::CrossEntropy => {
            let max = outputs.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
            let sum: f64 = outputs.iter().map(|&x| libm::exp(f64::from(x) - max)).sum();
            libm::log(sum) - (f64::from(outputs[label as usize]) - max)
        }
    }
}

/// Sums loss and correct predictions over `labels.len()` samples whose `outputs` stand one after the other.
pub fn tally(outputs: &[f32], labels: &[u32], loss: Loss) -> Tally {
    let width = outputs.len() / labels.len().max(1);
    let mut tally = Tally::default();
    for (sample, &label) in outputs.chunks_exact(width.max(1)).zip(labels) {
        tally.loss += sample_loss(sample, label, loss);
        tally.correct += u32::from(predicted_class(sample) == Some(label));
        tally.samples += 1;
    }
    tally
}

/// The probabilities of the classes, from the outputs of one sample: softmax, or for a single output the pair
/// `1 - sigmoid, sigmoid`.
pub fn probabilities(outputs: &[f32]) -> Vec<f32> {
    if let [single] = outputs {
        let one = 1.0 / (1.0 + libm::exp(-f64::from(*single)));
        return vec![(1.0 - one) as f32, one as f32];
    }
    let max = outputs.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
    let exps: Vec<f64> = outputs.iter().map(|&x| libm::exp(f64::from(x) - max)).collect();
    let sum: f64 = exps.iter().sum();
    exps.into_iter().map(|e| (e / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Reference values: -ln(softmax(outputs)[label]) in Python's double precision.
    #[test]
    fn cross_entropy_and_accuracy_match_the_reference() {
        let outputs = [2.0, 1.0, 0.1, 0.5, 2.5, -1.0];
        let sum = tally(&outputs, &[0, 2], Loss::CrossEntropy);
        assert!((sum.loss - (0.417030016 + 3.653178207)).abs() < 1e-6, "{sum:?}");
        assert_eq!((sum.correct, sum.samples), (1, 2));
        assert!((sum.accuracy() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn losses_survive_extreme_outputs() {
        assert_eq!(sample_loss(&[1000.0, -1000.0], 0, Loss::CrossEntropy), 0.0);
        assert_eq!(sample_loss(&[1000.0, -1000.0], 1, Loss::CrossEntropy), 2000.0);
        assert_eq!(sample_loss(&[-1000.0], 1, Loss::BinaryCrossEntropy), 1000.0);
        assert_eq!(sample_loss(&[1000.0], 1, Loss::BinaryCrossEntropy), 0.0);
        assert!((sample_loss(&[0.0], 0, Loss::BinaryCrossEntropy) - std::f64::consts::LN_2).abs() < 1e-15);
        assert!(sample_loss(&[f32::NAN, 0.0], 0, Loss::CrossEntropy).is_nan());
    }

    #[test]
    fn nan_predicts_nothing_and_ties_go_to_the_first() {
        assert_eq!(predicted_class(&[f32::NAN, 1.0]), None);
        assert_eq!(predicted_class(&[1.0, 1.0]), Some(0));
        assert_eq!(predicted_class(&[0.0]), Some(0));
        assert_eq!(predicted_class(&[0.1]), Some(1));
    }

    #[test]
    fn probabilities_sum_to_one() {
        for outputs in [vec![1.0, 2.0, 3.0], vec![0.3], vec![500.0, -500.0]] {
            let sum: f32 = probabilities(&outputs).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{outputs:?}");
        }
    }
}
