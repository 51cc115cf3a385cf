//! The confusion matrix and the scores that follow from it alone: accuracy, precision, recall, F1.
//!
//! Definitions and edge cases are scikit-learn's (`precision_recall_fscore_support` with `zero_division=0`): a score whose
//! denominator is 0 is 0, and says so; the macro average is over the classes that occur, in truth or predicted. A class
//! that does neither is in no average.
//! Counts are whole numbers and each score is one division of them. Never here: outputs before the choice of a class.

use serde::{Deserialize, Serialize};

/// The most samples that a matrix out of a file may count: sums of them are exact in `f64`.
const MOST_SAMPLES: u128 = 1 << 53;

/// A confusion matrix: counts of samples by true and predicted class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confusion {
    /// Number of classes.
    classes: usize,
    /// Row by row, `classes * classes` counts: row = truth, column = predicted.
    counts: Vec<u64>,
    /// Samples of each true class for which nothing was predicted, because an output was NaN: wrong for every class.
    unpredicted: Vec<u64>,
}

/// The scores of one class against all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassScores {
    /// Precision: the share of this class's predictions that are right; 0 where there is none.
    pub precision: f64,
    /// Recall: the share of this class's samples that are predicted as it; 0 where there is none.
    pub recall: f64,
    /// F1: the harmonic mean of both, `2 * hits / (predicted + support)`; 0 where that is 0 / 0.
    pub f1: f64,
    /// Number of samples of this class. Where this is 0, `recall` is 0 by convention only.
    pub support: u64,
    /// Number of predictions of this class. Where this is 0, `precision` is 0 by convention only.
    pub predicted: u64,
}

impl ClassScores {
    /// Names of the scores that are 0 by convention only, because they would be 0 / 0.
    pub fn undefined(&self) -> Vec<&'static str> {
        let cases = [("precision", self.predicted == 0), ("recall", self.support == 0), ("f1", self.predicted == 0 && self.support == 0)];
        cases.into_iter().filter_map(|(name, undefined)| undefined.then_some(name)).collect()
    }
}

/// Scores averaged over the classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Averages {
    /// The mean precision.
    pub precision: f64,
    /// The mean recall; weighted by support this is the accuracy.
    pub recall: f64,
    /// The mean of the classes' F1, not the F1 of the means.
    pub f1: f64,
}

fn ratio(numerator: u64, denominator: u64) -> f64 {
    if denominator == 0 { 0.0 } else { numerator as f64 / denominator as f64 }
}

impl Confusion {
    /// An empty matrix of `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes], unpredicted: vec![0; classes] }
    }

    /// Whether this is a matrix of `classes` classes whose counts have a sum; one that was read from a file may be anything.
    pub fn is_of(&self, classes: usize) -> bool {
        let counts = self.counts.iter().chain(&self.unpredicted);
        self.classes == classes
            && self.counts.len() == classes * classes
            && self.unpredicted.len() == classes
            && counts.map(|&count| u128::from(count)).sum::<u128>() <= MOST_SAMPLES
    }

    /// Counts a sample of class `truth` with its predicted class; `None` where nothing was predicted.
    ///
    /// # Panics
    /// When a class is not below the number of classes.
    pub fn add(&mut self, truth: u32, predicted: Option<u32>) {
        let truth = truth as usize;
        match predicted {
            Some(predicted) => {
                let predicted = predicted as usize;
                assert!(predicted < self.classes, "class {predicted} was predicted, but there are {}", self.classes);
                self.counts[truth * self.classes + predicted] += 1;
            }
            None => self.unpredicted[truth] += 1,
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of samples of class `truth` that were predicted as `predicted`; 0 for a class that does not exist.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        if predicted >= self.classes {
            return 0;
        }
        truth.checked_mul(self.classes).and_then(|row| self.counts.get(row.checked_add(predicted)?)).copied().unwrap_or(0)
    }

    /// Number of samples of class `truth` for which nothing was predicted; 0 for a class that does not exist.
    pub fn unpredicted(&self, truth: usize) -> u64 {
        self.unpredicted.get(truth).copied().unwrap_or(0)
    }

    /// The most frequent errors as `(truth, predicted, count)`, at most `most` of them, the largest count first; equal ones in the order
    /// of the matrix. For more classes than a table has room for.
    pub fn largest_errors(&self, most: usize) -> Vec<(usize, usize, u64)> {
        let mut found: Vec<(usize, usize, u64)> = Vec::new();
        for (cell, &count) in self.counts.iter().enumerate() {
            let (truth, predicted) = (cell / self.classes, cell % self.classes);
            let at = found.partition_point(|&(.., other)| other >= count);
            if truth != predicted && count > 0 && at < most {
                found.insert(at, (truth, predicted, count));
                found.truncate(most);
            }
        }
        found
    }

    /// Number of all samples.
    pub fn samples(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.unpredicted.iter().sum::<u64>()
    }

    /// Share of samples predicted right; `None` without samples. This is also the micro average of precision, recall and F1.
    pub fn accuracy(&self) -> Option<f64> {
        let hits = (0..self.classes).map(|class| self.count(class, class)).sum();
        let samples = self.samples();
        (samples > 0).then(|| ratio(hits, samples))
    }

    /// The scores of `class`.
    pub fn class_scores(&self, class: usize) -> ClassScores {
        let hits = self.count(class, class);
        let support = (0..self.classes).map(|predicted| self.count(class, predicted)).sum::<u64>() + self.unpredicted(class);
        let predicted = (0..self.classes).map(|truth| self.count(truth, class)).sum();
        let (precision, recall, f1) = (ratio(hits, predicted), ratio(hits, support), ratio(2 * hits, predicted + support));
        ClassScores { precision, recall, f1, support, predicted }
    }

    /// The unweighted mean of the scores over the classes that occur, in truth or predicted; 0 without samples.
    pub fn macro_average(&self) -> Averages {
        self.average(|scores| if scores.support + scores.predicted > 0 { 1.0 } else { 0.0 })
    }

    /// The mean of the scores, each class weighted by its number of samples; 0 without samples.
    pub fn weighted_average(&self) -> Averages {
        self.average(|scores| scores.support as f64)
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> Averages {
        let mut sum = Averages { precision: 0.0, recall: 0.0, f1: 0.0 };
        let mut weights = 0.0;
        for class in 0..self.classes {
            let scores = self.class_scores(class);
            let weight = weight(&scores);
            weights += weight;
            sum.precision += weight * scores.precision;
            sum.recall += weight * scores.recall;
            sum.f1 += weight * scores.f1;
        }
        let mean = |sum: f64| if weights > 0.0 { sum / weights } else { 0.0 };
        Averages { precision: mean(sum.precision), recall: mean(sum.recall), f1: mean(sum.f1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(classes: usize, samples: &[(u32, Option<u32>)]) -> Confusion {
        let mut confusion = Confusion::new(classes);
        samples.iter().for_each(|&(truth, predicted)| confusion.add(truth, predicted));
        confusion
    }

    #[test]
    fn scores_as_worked_out_by_hand() {
        // Class 0: 2 of 3 found, 2 of 3 taken for it; class 1: 1 of 2, 1 of 3 (one is a 0, one a 2); class 2: 1 of 2, 1 of 1.
        let confusion = of(3, &[(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 2), (2, 1)].map(|(t, p)| (t, Some(p))));
        let expected = [(2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 3, 3), (1.0 / 3.0, 0.5, 0.4, 2, 3), (1.0, 0.5, 2.0 / 3.0, 2, 1)];
        for (class, (precision, recall, f1, support, predicted)) in expected.into_iter().enumerate() {
            assert_eq!(confusion.class_scores(class), ClassScores { precision, recall, f1, support, predicted }, "class {class}");
            assert!(confusion.class_scores(class).undefined().is_empty());
        }
        assert_eq!(confusion.accuracy(), Some(4.0 / 7.0));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        close(confusion.macro_average().precision, 2.0 / 3.0);
        close(confusion.weighted_average().recall, 4.0 / 7.0);
        close(confusion.weighted_average().f1, (2.0 + 0.8 + 4.0 / 3.0) / 7.0);
    }

    #[test]
    fn the_largest_errors_come_first_and_no_hit_is_one() {
        let confusion = of(3, &[(0, 1), (2, 1), (2, 1), (1, 1), (1, 1), (1, 1), (2, 0), (1, 0), (1, 0)].map(|(t, p)| (t, Some(p))));
        let errors = [(1, 0, 2), (2, 1, 2), (0, 1, 1), (2, 0, 1)];
        for most in 0..6 {
            assert_eq!(confusion.largest_errors(most), errors[..most.min(4)]);
        }
        assert_eq!(Confusion::new(0).largest_errors(3), []);
    }

    #[test]
    fn what_is_absent_or_nan_is_counted_and_said() {
        // Class 1 is never there but predicted, class 2 is there but never predicted, class 3 neither.
        let confusion = of(4, &[(0, Some(0)), (0, Some(1)), (2, Some(0)), (2, None)]);
        assert_eq!(confusion.samples(), 4);
        assert_eq!(confusion.accuracy(), Some(0.25));
        assert_eq!((confusion.unpredicted(2), confusion.count(2, 0)), (1, 1));
        let undefined: Vec<_> = (0..4).map(|class| confusion.class_scores(class).undefined()).collect();
        assert_eq!(undefined, [vec![], vec!["recall"], vec!["precision"], vec!["precision", "recall", "f1"]]);
        assert_eq!(confusion.class_scores(2).support, 2, "a sample without prediction is still one of its class");
        assert_eq!(confusion.macro_average().recall, 0.5 / 3.0, "class 3 does not occur, class 1 was predicted");
        assert_eq!((confusion.count(4, 0), confusion.count(0, 4), confusion.count(usize::MAX, 1), confusion.unpredicted(9)), (0, 0, 0, 0));
        assert_eq!(Confusion::new(3).accuracy(), None);
        assert_eq!(Confusion::new(3).weighted_average().f1, 0.0);
    }

    proptest! {
        #[test]
        fn the_weighted_recall_is_the_accuracy_and_json_keeps_all(samples in prop::collection::vec((0..4u32, prop::option::of(0..4u32)), 0..60)) {
            let whole = of(4, &samples);
            if let Some(accuracy) = whole.accuracy() {
                prop_assert!((whole.weighted_average().recall - accuracy).abs() < 1e-12);
            }
            let json = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Confusion>(&json).unwrap(), whole);
        }
    }
}
