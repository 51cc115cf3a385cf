//! The metrics against scikit-learn: 20 sets of outputs, ties, absent classes and imbalance included.
//!
//! `tests/reference/metrics.py` makes the expected values, and says how. The inputs are drawn here by the same small
//! generator, so that they need not be stored. A test module only.

use super::ranking::{class_scores, roc_curve, top_k_accuracy};
use super::report::EvaluationReport;
use crate::domain::model::Loss;
use serde::Deserialize;

const JSON: &str = include_str!("../../../tests/reference/metrics.json");
/// Both sides divide the same whole numbers; what is left is the order of a sum, and exp and log of another library.
const TOLERANCE: f64 = 1e-14;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    seed: u32,
    samples: usize,
    classes: usize,
    grid: i32,
    signal: i32,
    present: Vec<u32>,
    loss: Loss,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    confusion: Vec<u64>,
    accuracy: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
    support: Vec<u64>,
    r#macro: [f64; 3],
    weighted: [f64; 3],
    log_loss: f64,
    auc: Vec<Option<f64>>,
    mean_auc: Option<f64>,
    weighted_auc: Option<f64>,
    #[serde(default)]
    top_k: Vec<f64>,
    roc: Option<Roc>,
}

#[derive(Deserialize)]
struct Roc {
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    thresholds: Vec<f64>,
}

/// Numerical Recipes' generator; the upper 16 bits.
struct Lcg(u32);

impl Lcg {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % n
    }
}

impl Case {
    /// Outputs and labels, drawn like `draw` in the script.
    fn draw(&self) -> (Vec<f32>, Vec<u32>) {
        let mut rng = Lcg(self.seed);
        let width = self.loss.outputs(self.classes);
        let (mut outputs, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..self.samples {
            let label = self.present[rng.below(self.present.len() as u32) as usize];
            let mut row: Vec<i32> = (0..width).map(|_| rng.below(8 * self.grid as u32 + 1) as i32 - 4 * self.grid).collect();
            match self.loss {
                Loss::BinaryCrossEntropy => row[0] += if label == 1 { self.signal } else { -self.signal },
                Loss::CrossEntropy => row[label as usize] += self.signal,
            }
            labels.push(label);
            outputs.extend(row.iter().map(|&steps| steps as f32 / self.grid as f32));
        }
        (outputs, labels)
    }
}

/// Largest absolute difference of each metric, by name.
#[derive(Default)]
struct Differences(std::collections::BTreeMap<&'static str, (f64, String)>);

impl Differences {
    fn see(&mut self, metric: &'static str, case: &str, ours: Option<f64>, theirs: Option<f64>) {
        let difference = match (ours, theirs) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs(),
            (None, None) => 0.0,
            _ => panic!("{case}: {metric} is {ours:?}, scikit-learn says {theirs:?}"),
        };
        assert!(difference <= TOLERANCE, "{case}: {metric} is {ours:?}, scikit-learn says {theirs:?}");
        let largest = self.0.entry(metric).or_default();
        if difference >= largest.0 {
            *largest = (difference, case.to_owned());
        }
    }
}

#[test]
fn metrics_are_scikit_learns() {
    let reference: Reference = serde_json::from_str(JSON).expect("metrics.json is as the script writes it");
    let mut all = Differences::default();
    for case in &reference.cases {
        let (outputs, labels) = case.draw();
        let report = EvaluationReport::new(&outputs, &labels, case.classes, case.loss);
        let (name, expected) = (case.name.as_str(), &case.expected);
        let mut see = |metric, ours, theirs: f64| all.see(metric, name, Some(ours), Some(theirs));

        let counts: Vec<u64> =
            (0..case.classes).flat_map(|t| (0..case.classes).map(move |p| (t, p))).map(|(t, p)| report.confusion.count(t, p)).collect();
        assert_eq!(counts, expected.confusion, "{name}");
        see("accuracy", report.accuracy.expect("there are samples"), expected.accuracy);
        for (class, ours) in report.per_class.iter().enumerate() {
            assert_eq!(ours.scores.support, expected.support[class], "{name}, class {class}");
            see("precision", ours.scores.precision, expected.precision[class]);
            see("recall", ours.scores.recall, expected.recall[class]);
            see("f1", ours.scores.f1, expected.f1[class]);
        }
        for (ours, theirs) in [(report.macro_average, expected.r#macro), (report.weighted_average, expected.weighted)] {
            for (ours, theirs) in [ours.precision, ours.recall, ours.f1].into_iter().zip(theirs) {
                see("averages", ours, theirs);
            }
        }
        see("log loss", report.log_loss.expect("outputs are finite"), expected.log_loss);
        for (k, &theirs) in (1..).zip(&expected.top_k) {
            see("top-k accuracy", top_k_accuracy(&outputs, &labels, k).expect("there are samples"), theirs);
        }
        if let Some(roc) = &expected.roc {
            let last = case.classes - 1;
            let positive: Vec<bool> = labels.iter().map(|&label| label as usize == last).collect();
            let curve = roc_curve(&class_scores(&outputs, case.loss.outputs(case.classes), last), &positive);
            assert_eq!(curve.len(), roc.fpr.len(), "{name}: as many distinct scores");
            for (index, point) in curve.iter().enumerate() {
                see("roc curve", point.false_positive_rate, roc.fpr[index]);
                see("roc curve", point.true_positive_rate, roc.tpr[index]);
                if let Some(log_odds) = point.threshold {
                    see("roc thresholds", 1.0 / (1.0 + libm::exp(-log_odds)), roc.thresholds[index - 1]);
                }
            }
        }
        for (ours, theirs) in report.per_class.iter().zip(&expected.auc) {
            all.see("auc", name, ours.auc, *theirs);
        }
        for (k, ours) in [(3, report.top3_accuracy), (5, report.top5_accuracy)] {
            all.see("top-k accuracy", name, ours, expected.top_k.get(k - 1).copied());
        }
        all.see("mean auc", name, report.auc, expected.mean_auc);
        all.see("mean auc", name, report.weighted_auc, expected.weighted_auc);
    }
    assert!(reference.cases.len() >= 20 && all.0.len() == 11, "every metric was compared");
    // Shown by `cargo test metrics_are_scikit_learns -- --nocapture`.
    for (metric, (difference, case)) in &all.0 {
        println!("{metric:>15}: largest difference {difference:.1e} ({case})");
    }
}
