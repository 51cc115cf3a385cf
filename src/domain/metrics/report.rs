//! All metrics of one evaluation, as plain data: the page shows them and the series record them.
//!
//! Exact on all samples that were given. A value that is not defined is `None` here (JSON knows no NaN) and NaN in
//! [`logs`](EvaluationReport::logs), where it breaks the line and is never best. Never here: how the outputs came about.

use super::confusion::{Averages, ClassScores, Confusion};
use super::ranking::{RocPoint, class_scores, roc_auc, roc_curve, thin, top_k_accuracy};
use super::{SamplePrediction, Tally, judge_all};
use crate::domain::model::Loss;
use serde::{Deserialize, Serialize};

/// Distance between the kept points of a ROC curve, in both rates together: finer than a pixel of a chart.
const ROC_STEP: f64 = 1.0 / 200.0;
/// The `k` of the top-k accuracies; each is computed only for more classes than that.
const TOP: [usize; 2] = [3, 5];

/// The metrics of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassReport {
    /// Precision, recall, F1, and the counts that they rest on.
    #[serde(flatten)]
    pub scores: ClassScores,
    /// Area under the ROC curve of this class against all others; `None` where one of both sides is absent.
    pub auc: Option<f64>,
    /// The ROC curve, thinned for drawing by [`thin`]; the area is that of the full curve. Thresholds are probabilities.
    pub roc: Vec<RocPoint>,
}

/// The metrics of all classes and samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationReport {
    /// Number of samples.
    pub samples: u64,
    /// Mean loss a sample in nats, the number that `val/loss` shows; `None` where it is not finite. (scikit-learn's
    /// `log_loss` takes probabilities and cuts them off at 2.2e-16; this does not.)
    pub log_loss: Option<f64>,
    /// The share of samples predicted right; `None` without samples.
    pub accuracy: Option<f64>,
    /// Top-3 accuracy: the share of samples whose class is among the three largest outputs; `None` for three classes or
    /// less. Ties are resolved as in [`top_k_accuracy`].
    pub top3_accuracy: Option<f64>,
    /// Top-5 accuracy; `None` for five classes or less.
    #[serde(default)]
    pub top5_accuracy: Option<f64>,
    /// The confusion matrix.
    pub confusion: Confusion,
    /// The metrics of each class, in order.
    pub per_class: Vec<ClassReport>,
    /// The means over the classes that occur, in truth or predicted.
    pub macro_average: Averages,
    /// The means over the classes, weighted by their numbers of samples.
    pub weighted_average: Averages,
    /// The mean of the classes' ROC areas, over those where it is defined: scikit-learn's
    /// `roc_auc_score(multi_class="ovr")`, which refuses data with an absent class. With two classes both areas are
    /// equal, and this is the usual one.
    pub auc: Option<f64>,
    /// The same mean weighted by the classes' numbers of samples: `average="weighted"`.
    pub weighted_auc: Option<f64>,
}

impl EvaluationReport {
    /// The names of the classes: the `known` ones if they are as many, else numbers. A report is shown in its own size,
    /// whatever data are at hand.
    pub fn class_names(&self, known: &[String]) -> Vec<String> {
        let count = self.per_class.len();
        if known.len() == count { known.to_vec() } else { (0..count).map(|class| class.to_string()).collect() }
    }

    /// Evaluates `outputs` (before softmax or sigmoid, one sample after the other) against `labels`, of `classes` classes.
    ///
    /// # Panics
    /// When there are not `loss.outputs(classes)` outputs for each label, or a label is not below `classes`.
    pub fn new(outputs: &[f32], labels: &[u32], classes: usize, loss: Loss) -> Self {
        Self::of_judged(outputs, &judge_all(outputs, labels, loss), classes, loss)
    }

    /// Evaluates samples that were judged before, like [`EvaluationReport::new`].
    ///
    /// # Panics
    /// When there are not `loss.outputs(classes)` outputs for each of `predictions`, or a label is not below `classes`.
    pub fn of_judged(outputs: &[f32], predictions: &[SamplePrediction], classes: usize, loss: Loss) -> Self {
        let width = loss.outputs(classes);
        assert_eq!(outputs.len(), predictions.len() * width, "{width} outputs for each of {} samples", predictions.len());
        let labels: Vec<u32> = predictions.iter().map(|prediction| prediction.label).collect();
        let mut confusion = Confusion::new(classes);
        for prediction in predictions {
            confusion.add(prediction.label, prediction.predicted);
        }
        let top = |k: usize| if classes > k { top_k_accuracy(outputs, &labels, k) } else { None };
        let log_loss = Tally::of(predictions).mean_loss();
        let per_class: Vec<ClassReport> = (0..classes)
            .map(|class| {
                let scores = class_scores(outputs, width, class);
                let positive: Vec<bool> = labels.iter().map(|&label| label as usize == class).collect();
                let mut roc = thin(&roc_curve(&scores, &positive), ROC_STEP);
                for point in &mut roc {
                    point.threshold = point.threshold.map(|log_odds| 1.0 / (1.0 + libm::exp(-log_odds)));
                }
                ClassReport { scores: confusion.class_scores(class), auc: roc_auc(&scores, &positive), roc }
            })
            .collect();
        Self {
            samples: confusion.samples(),
            log_loss: log_loss.is_finite().then_some(log_loss),
            accuracy: confusion.accuracy(),
            top3_accuracy: top(TOP[0]),
            top5_accuracy: top(TOP[1]),
            macro_average: confusion.macro_average(),
            weighted_average: confusion.weighted_average(),
            auc: mean_auc(&per_class, |_| 1.0),
            weighted_auc: mean_auc(&per_class, |class| class.scores.support as f64),
            confusion,
            per_class,
        }
    }

    /// The series of a validation, beside `val/loss` and `val/accuracy`: `val/precision`, `val/recall` and `val/f1` (macro
    /// averages), `val/auc` (mean over the classes), `val/top3_accuracy` and `val/top5_accuracy` (with more classes than that), and the
    /// first four of each class, `val/f1/0` and so on. A score that is 0 by convention only ([`ClassScores::undefined`]) is NaN in a class's
    /// series; in the averages it counts as 0.
    pub fn logs(&self) -> Vec<(String, f64)> {
        let mut logs = Vec::with_capacity(6 + 4 * self.per_class.len());
        let mut push = |name: String, value: Option<f64>| logs.push((name, value.unwrap_or(f64::NAN)));
        let Averages { precision, recall, f1 } = self.macro_average;
        push("val/precision".into(), Some(precision));
        push("val/recall".into(), Some(recall));
        push("val/f1".into(), Some(f1));
        push("val/auc".into(), self.auc);
        for (k, value) in TOP.into_iter().zip([self.top3_accuracy, self.top5_accuracy]) {
            if self.per_class.len() > k {
                push(format!("val/top{k}_accuracy"), value);
            }
        }
        for (class, report) in self.per_class.iter().enumerate() {
            let undefined = report.scores.undefined();
            let ClassScores { precision, recall, f1, .. } = report.scores;
            for (name, value) in [("precision", precision), ("recall", recall), ("f1", f1)] {
                push(format!("val/{name}/{class}"), (!undefined.contains(&name)).then_some(value));
            }
            push(format!("val/auc/{class}"), report.auc);
        }
        logs
    }
}

fn mean_auc(classes: &[ClassReport], weight: impl Fn(&ClassReport) -> f64) -> Option<f64> {
    let defined = || classes.iter().filter_map(|class| class.auc.map(|auc| (auc, weight(class))));
    let weights: f64 = defined().map(|(_, weight)| weight).sum();
    (weights > 0.0).then(|| defined().map(|(auc, weight)| auc * weight).sum::<f64>() / weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(report: &EvaluationReport) -> EvaluationReport {
        // By `Value`: serde_json reads the text of a number to within one unit in its last place only.
        serde_json::from_value(serde_json::to_value(report).unwrap()).unwrap()
    }

    #[test]
    fn a_small_report_is_right_and_survives_json() {
        // Two classes by one output: scores -1, 2, 1, -2 for truth 0, 1, 0, 1.
        let report = EvaluationReport::new(&[-1.0, 2.0, 1.0, -2.0], &[0, 1, 0, 1], 2, Loss::BinaryCrossEntropy);
        assert_eq!((report.samples, report.accuracy), (4, Some(0.5)));
        assert_eq!((report.auc, report.per_class[0].auc, report.per_class[1].auc), (Some(0.5), Some(0.5), Some(0.5)));
        assert_eq!(report.top3_accuracy, None);
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""macroAverage":{"precision":0.5"#) && json.contains(r#""support":2"#), "{json}");
        assert_eq!(there_and_back(&report), report);
        let names: Vec<String> = report.logs().into_iter().map(|(name, _)| name).collect();
        let expected = "val/precision val/recall val/f1 val/auc val/precision/0 val/recall/0 val/f1/0 val/auc/0 \
                        val/precision/1 val/recall/1 val/f1/1 val/auc/1";
        assert_eq!(names.join(" "), expected);
    }

    #[test]
    fn what_is_undefined_is_said() {
        // Class 3 is absent and never predicted; one output is NaN, so that no order is defined.
        let outputs = [1.0, 0.0, 0.0, -1.0, 0.0, f32::NAN, 0.0, -1.0, 0.0, 0.0, 1.0, -1.0];
        let report = EvaluationReport::new(&outputs, &[0, 1, 2], 4, Loss::CrossEntropy);
        assert_eq!((report.log_loss, report.auc), (None, None));
        assert_eq!(report.accuracy, Some(2.0 / 3.0));
        assert_eq!((report.top3_accuracy, report.top5_accuracy), (Some(2.0 / 3.0), None));
        let logs = report.logs();
        let value = |name: &str| logs.iter().find(|(key, _)| key == name).unwrap().1;
        assert!(value("val/auc").is_nan() && value("val/f1/3").is_nan() && value("val/precision/1").is_nan());
        assert_eq!(value("val/recall/1"), 0.0, "there is such a sample, and it was missed");
        // Classes 0 and 2 are right, class 1 was missed, class 3 does not occur.
        assert!((value("val/f1") - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(there_and_back(&report), report);

        let empty = EvaluationReport::new(&[], &[], 3, Loss::CrossEntropy);
        assert_eq!((empty.samples, empty.accuracy, empty.log_loss, empty.auc), (0, None, None, None));
    }

    #[test]
    fn saturated_outputs_keep_their_order() {
        let outputs: Vec<f32> = (0..8).flat_map(|i| [40.0 + i as f32, 0.0]).collect();
        let report = EvaluationReport::new(&outputs, &[1, 1, 1, 1, 0, 0, 0, 0], 2, Loss::CrossEntropy);
        assert_eq!(report.auc, Some(1.0));
    }
}
