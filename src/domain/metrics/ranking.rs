//! Metrics of the outputs' order: ROC curve and its area, top-k accuracy.
//!
//! Exact, ties included: the area is a quotient of two whole numbers (the Mann-Whitney statistic, Hanley and McNeil
//! 1982), not a sum of trapezoids. Checked against scikit-learn in `reference.rs`. Never here: a decision for a class.

use serde::{Deserialize, Serialize};

/// One point of a ROC curve: the rates when every score from `threshold` on counts as positive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RocPoint {
    /// The share of the negatives that count as positive, wrongly.
    pub false_positive_rate: f64,
    /// The share of the positives that count as positive.
    pub true_positive_rate: f64,
    /// The lowest score that counts as positive; `None` for the first point, where none does.
    pub threshold: Option<f64>,
}

/// Scores of `class` against all others, one a sample: `ln(p / (1 - p))` with `p` its probability by softmax (by the
/// sigmoid for a single output, which stands for class 1 of 2). `outputs` hold `width` numbers a sample.
///
/// The log-odds have the order of the probabilities, without their false ties: in floating point every `p` close to 1 is
/// the same 1. They are `x[class] - ln(sum(exp(x[other])))`, the sum taken from the smallest to the largest, so that two
/// samples with the same outputs in another order tie, as they must.
pub fn class_scores(outputs: &[f32], width: usize, class: usize) -> Vec<f64> {
    outputs
        .chunks_exact(width.max(1))
        .map(|row| match row {
            &[single] => f64::from(if class == 1 { single } else { -single }),
            _ => log_odds(row, class),
        })
        .collect()
}

fn log_odds(row: &[f32], class: usize) -> f64 {
    let mut others: Vec<f64> = row.iter().enumerate().filter(|&(other, _)| other != class).map(|(_, &output)| f64::from(output)).collect();
    others.sort_unstable_by(f64::total_cmp);
    let max = others.last().copied().unwrap_or(f64::NEG_INFINITY);
    let sum: f64 = others.iter().map(|&x| libm::exp(x - max)).sum();
    (f64::from(row[class]) - max) - libm::log(sum)
}

/// Scores with their signs (true for a positive sample), the largest first; `None` where the order is undefined (NaN), or
/// where positives or negatives are absent.
fn ranked(scores: &[f64], positive: &[bool]) -> Option<Vec<(f64, bool)>> {
    let both = positive.contains(&true) && positive.contains(&false);
    if !both || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut pairs: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    Some(pairs)
}

/// Numbers of positives and negatives in a group of equal scores.
fn tally(group: &[(f64, bool)]) -> (u64, u64) {
    let positives = group.iter().filter(|(_, positive)| *positive).count() as u64;
    (positives, group.len() as u64 - positives)
}

/// Area under the ROC curve: the share of pairs of a positive and a negative sample in which the positive one has the
/// larger score, a tie counting half. `None` without positives, without negatives, or with a NaN (scikit-learn's
/// `roc_auc_score` fails or warns there).
pub fn roc_auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let pairs = ranked(scores, positive)?;
    let (positives, negatives) = tally(&pairs);
    let (mut positives_above, mut twice_won) = (0, 0);
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let (p, n) = tally(group);
        twice_won += n * (2 * positives_above + p);
        positives_above += p;
    }
    Some(twice_won as f64 / (2 * positives * negatives) as f64)
}

/// The ROC curve from (0, 0) to (1, 1), a point for each distinct score: scikit-learn's `roc_curve` with
/// `drop_intermediate=False`. Empty where [`roc_auc`] is `None`.
pub fn roc_curve(scores: &[f64], positive: &[bool]) -> Vec<RocPoint> {
    let Some(pairs) = ranked(scores, positive) else { return Vec::new() };
    let (positives, negatives) = tally(&pairs);
    let (mut p, mut n) = (0, 0);
    let mut curve = vec![RocPoint { false_positive_rate: 0.0, true_positive_rate: 0.0, threshold: None }];
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let counts = tally(group);
        (p, n) = (p + counts.0, n + counts.1);
        curve.push(RocPoint {
            false_positive_rate: n as f64 / negatives as f64,
            true_positive_rate: p as f64 / positives as f64,
            threshold: Some(group[0].0),
        });
    }
    curve
}

/// The curve for drawing: its ends, and between them only points that are at least `step` (in both rates together) from
/// the last one kept, so at most `2 / step + 2` of them, none of the others further than `step` from one that is there.
pub fn thin(curve: &[RocPoint], step: f64) -> Vec<RocPoint> {
    let mut kept: Vec<RocPoint> = Vec::new();
    for (index, point) in curve.iter().enumerate() {
        let far = kept.last().is_none_or(|last| {
            (point.false_positive_rate - last.false_positive_rate) + (point.true_positive_rate - last.true_positive_rate) >= step
        });
        if far || index + 1 == curve.len() {
            kept.push(*point);
        }
    }
    kept
}

/// Share of samples whose true class is among the `k` with the largest outputs; `None` without samples.
///
/// Ties as in scikit-learn's `top_k_accuracy_score`: of equal outputs the *higher* class comes first. So with `k` = 1
/// this differs from the accuracy where the largest output is there twice: a prediction takes the lower class. A sample
/// with a NaN is wrong.
pub fn top_k_accuracy(outputs: &[f32], labels: &[u32], k: usize) -> Option<f64> {
    let width = outputs.len() / labels.len().max(1);
    let hits = outputs.chunks_exact(width.max(1)).zip(labels).filter(|(row, label)| {
        let truth = **label as usize;
        let before = |(class, &x): (usize, &f32)| x > row[truth] || (x == row[truth] && class > truth);
        !row.iter().any(|x| x.is_nan()) && row.iter().enumerate().filter(|&at| before(at)).count() < k
    });
    (!labels.is_empty()).then(|| hits.count() as f64 / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: bool = true;
    const F: bool = false;

    #[test]
    fn areas_as_worked_out_by_hand() {
        type Case<'a> = (&'a str, &'a [f64], &'a [bool], Option<f64>);
        let cases: &[Case] = &[
            ("perfect", &[1.0, 2.0, 3.0], &[F, F, T], Some(1.0)),
            ("wrong way round", &[3.0, 2.0, 1.0], &[F, F, T], Some(0.0)),
            ("one pair of four lost", &[0.1, 0.4, 0.35, 0.8], &[F, F, T, T], Some(0.75)),
            ("all equal", &[0.5; 4], &[F, T, F, T], Some(0.5)),
            ("two of four pairs won, one tied", &[1.0, 2.0, 2.0, 1.5], &[F, F, T, T], Some(0.625)),
            ("zeros of both signs are equal", &[0.0, -0.0], &[F, T], Some(0.5)),
            ("infinite scores have an order", &[f64::NEG_INFINITY, f64::INFINITY], &[F, T], Some(1.0)),
            ("no positives", &[1.0, 2.0], &[F, F], None),
            ("no negatives", &[1.0, 2.0], &[T, T], None),
            ("nothing", &[], &[], None),
            ("NaN", &[1.0, f64::NAN], &[F, T], None),
        ];
        for (what, scores, positive, area) in cases {
            assert_eq!(roc_auc(scores, positive), *area, "{what}");
            assert_eq!(roc_curve(scores, positive).is_empty(), area.is_none(), "{what}");
        }
    }

    #[test]
    fn scores_keep_the_order_of_probabilities_beyond_their_precision() {
        let sure = class_scores(&[50.0, 0.0, 0.0, 60.0, 0.0, 0.0], 3, 0);
        assert!(sure[0] < sure[1], "both probabilities are 1 in f64, {sure:?}");
        let permuted = class_scores(&[1.0, 0.3, 0.7, 0.1, 1.0, 0.1, 0.3, 0.7], 4, 0);
        assert_eq!(permuted[0], permuted[1]);
        assert_eq!(class_scores(&[2.0, -3.0], 1, 1), [2.0, -3.0]);
        assert_eq!(class_scores(&[2.0, -3.0], 1, 0), [-2.0, 3.0]);
        assert_eq!(class_scores(&[2.0, 5.0], 2, 1), [3.0]);
    }

    #[test]
    fn a_thinned_curve_keeps_its_ends_and_its_distance() {
        let scores: Vec<f64> = (0..1000).map(f64::from).collect();
        let positive: Vec<bool> = (0..1000).map(|i| i % 3 == 0).collect();
        let curve = roc_curve(&scores, &positive);
        let thinned = thin(&curve, 0.05);
        assert_eq!((curve.len(), thinned.first(), thinned.last()), (1001, curve.first(), curve.last()));
        assert!(thinned.len() <= 42, "{}", thinned.len());
        assert_eq!(thin(&curve[..2], 0.05), curve[..2]);
        assert!(thin(&[], 0.05).is_empty());
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_and_that_under_the_curve(
            samples in prop::collection::vec((-5..5i32, any::<bool>()), 0..40),
        ) {
            let (scores, positive): (Vec<f64>, Vec<bool>) = samples.iter().map(|&(score, positive)| (f64::from(score), positive)).unzip();
            let pairs: Vec<f64> = samples.iter().filter(|(_, positive)| *positive)
                .flat_map(|(p, _)| samples.iter().filter(|(_, positive)| !*positive).map(move |(n, _)| match p.cmp(n) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                }))
                .collect();
            let expected = (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64);
            prop_assert_eq!(roc_auc(&scores, &positive), expected);
            if let Some(expected) = expected {
                let trapezoids: f64 = roc_curve(&scores, &positive).windows(2)
                    .map(|ends| (ends[1].false_positive_rate - ends[0].false_positive_rate)
                        * (ends[1].true_positive_rate + ends[0].true_positive_rate) / 2.0)
                    .sum();
                prop_assert!((trapezoids - expected).abs() < 1e-12);
            }
        }
    }
}
