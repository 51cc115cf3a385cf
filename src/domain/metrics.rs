//! Metrics from outputs and labels, exactly as defined, in `f64` on the host.
//!
//! The device computes the loss that is differentiated; every number on the page comes from here, so that it means the
//! same on every device.

pub mod confusion;
pub mod ranking;
#[cfg(test)]
mod reference;
pub mod report;

use crate::domain::format::exact;
use crate::domain::model::Loss;
use serde::{Deserialize, Serialize};

/// Sums over some samples: add up batches, then divide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Sum of the samples' losses, in nats.
    #[serde(with = "exact")]
    pub loss: f64,
    /// Samples whose predicted class is the true one.
    pub correct: u32,
    /// Number of samples.
    pub samples: u32,
}

impl Tally {
    /// Sums over `predictions`, in their order.
    pub fn of(predictions: &[SamplePrediction]) -> Self {
        let mut tally = Self::default();
        for prediction in predictions {
            tally.loss += prediction.loss;
            tally.correct += u32::from(prediction.predicted == Some(prediction.label));
            tally.samples += 1;
        }
        tally
    }

    /// The mean loss a sample; NaN without samples.
    pub fn mean_loss(&self) -> f64 {
        self.loss / f64::from(self.samples)
    }

    /// The share of samples predicted right; NaN without samples.
    pub fn accuracy(&self) -> f64 {
        f64::from(self.correct) / f64::from(self.samples)
    }

    /// Adds the sums of other samples.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.samples += other.samples;
    }
}

/// The class that the `outputs` of one sample (before softmax or sigmoid) predict: the largest, the first of equals; with
/// a single output, class 1 where it is above 0. `None` where an output is NaN.
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

/// The prediction for one sample, with its loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplePrediction {
    /// The true class.
    pub label: u32,
    /// The predicted class, see [`predicted_class`].
    pub predicted: Option<u32>,
    /// The probability that the model gives the predicted class; NaN where there is none.
    pub probability: f64,
    /// `-ln` of the probability of the true class, in nats.
    pub loss: f64,
}

/// Judges one sample by its `outputs`, before softmax or sigmoid.
///
/// Cross-entropy by log-sum-exp, `ln(sum(exp(x - max))) - (x[label] - max)`; binary by
/// `max(x, 0) - x * y + ln(1 + exp(-|x|))`: both without overflow for any finite outputs. The predicted class has the
/// largest output, so its probability is `1 / sum(exp(x - max))`, and `1 / (1 + exp(-|x|))`.
pub fn judge(outputs: &[f32], label: u32, loss: Loss) -> SamplePrediction {
    let predicted = predicted_class(outputs);
    let (sum, loss) = match loss {
        Loss::BinaryCrossEntropy => {
            let (x, y) = (f64::from(outputs[0]), f64::from(label));
            let e = libm::exp(-x.abs());
            (1.0 + e, x.max(0.0) - x * y + libm::log1p(e))
        }
        Loss::CrossEntropy => {
            let max = outputs.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
            let sum: f64 = outputs.iter().map(|&x| libm::exp(f64::from(x) - max)).sum();
            (sum, libm::log(sum) - (f64::from(outputs[label as usize]) - max))
        }
    };
    let probability = if predicted.is_some() { 1.0 / sum } else { f64::NAN };
    SamplePrediction { label, predicted, probability, loss }
}

/// Judges `labels.len()` samples whose `outputs` stand one after the other.
pub fn judge_all(outputs: &[f32], labels: &[u32], loss: Loss) -> Vec<SamplePrediction> {
    let width = outputs.len() / labels.len().max(1);
    outputs.chunks_exact(width.max(1)).zip(labels).map(|(row, &label)| judge(row, label, loss)).collect()
}

/// Sums loss and correct predictions over `labels.len()` samples whose `outputs` stand one after the other.
pub fn tally(outputs: &[f32], labels: &[u32], loss: Loss) -> Tally {
    Tally::of(&judge_all(outputs, labels, loss))
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
        let sample_loss = |outputs: &[f32], label, loss| judge(outputs, label, loss).loss;
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
    fn the_predicted_class_has_the_probability_that_softmax_or_sigmoid_gives_it() {
        let cases = [
            (vec![1.0, 2.0, 3.0], 0, Loss::CrossEntropy),
            (vec![500.0, -500.0], 1, Loss::CrossEntropy),
            (vec![0.3], 0, Loss::BinaryCrossEntropy),
            (vec![-7.5], 0, Loss::BinaryCrossEntropy),
        ];
        for (outputs, label, loss) in cases {
            let prediction = judge(&outputs, label, loss);
            let all = probabilities(&outputs);
            let expected = all[prediction.predicted.unwrap() as usize];
            assert!((prediction.probability - f64::from(expected)).abs() < 1e-6, "{outputs:?}: {prediction:?}");
            assert!((libm::exp(-prediction.loss) - f64::from(all[label as usize])).abs() < 1e-6, "{outputs:?}: {prediction:?}");
        }
        assert!(judge(&[f32::NAN, 0.0], 0, Loss::CrossEntropy).probability.is_nan());
    }

    #[test]
    fn probabilities_sum_to_one() {
        for outputs in [vec![1.0, 2.0, 3.0], vec![0.3], vec![500.0, -500.0]] {
            let sum: f32 = probabilities(&outputs).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{outputs:?}");
        }
    }
}
