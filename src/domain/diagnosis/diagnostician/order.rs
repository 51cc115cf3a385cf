//! The rules on the data, before the first batch: classes of very different sizes, and an order that keeps them apart.
//!
//! Never here: anything that needs a batch to be trained.

use super::context::Context;
use super::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::run::event::series;

/// The mix of classes in the order of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mix {
    /// Number of consecutive samples that are counted together: a batch, or as many more as hold each class twice.
    stretch: usize,
    /// Number of classes that occur.
    classes: usize,
    /// Number of different classes that such a stretch holds, on average.
    held: f64,
    /// Number of classes that it would hold in a random order.
    expected: f64,
}

impl Mix {
    /// The mix of samples with these labels, in the order of training. `None` where it makes no difference: the whole
    /// epoch is one stretch.
    pub(super) fn of(labels: &[u32], batch_size: usize) -> Option<Self> {
        let mut counts = vec![0_u32; labels.iter().max().map_or(0, |&most| most as usize + 1)];
        labels.iter().for_each(|&label| counts[label as usize] += 1);
        let classes = counts.iter().filter(|&&count| count > 0).count();
        let stretch = batch_size.max(2 * classes);
        let stretches = labels.len() / stretch;
        if stretches < 2 {
            return None;
        }
        let distinct = |labels: &[u32]| {
            let mut held = vec![false; counts.len()];
            labels.iter().for_each(|&label| held[label as usize] = true);
            held.into_iter().filter(|&held| held).count()
        };
        let held: usize = labels.chunks_exact(stretch).map(distinct).sum();
        // A class with a share p of the samples is missing from a stretch of n with probability (1 - p)^n.
        let shares = counts.iter().map(|&count| f64::from(count) / labels.len() as f64);
        let expected = shares.map(|share| 1.0 - libm::pow(1.0 - share, stretch as f64)).sum();
        Some(Self { stretch, classes, held: held as f64 / stretches as f64, expected })
    }

    pub(super) fn judge(&self, context: &Context) -> Option<Diagnosis> {
        let &Self { stretch, classes, held, expected } = self;
        if held >= context.limits.batch_mix * expected {
            return None;
        }
        Some(Diagnosis {
            evidence: format!(
                "{stretch} samples in a row hold {} of the {classes} classes on average, where a random order would give {}: the samples \
                 come sorted.",
                number(held),
                number(expected),
            ),
            limits: context.limits.limits(&["batchMix"]),
            remedy: "Switch shuffling on, so that each epoch takes the samples in a new random order.".to_owned(),
            series: series::BATCH_ACCURACY.to_owned(),
            ..context.found(Finding::UnshuffledData, Severity::Warning, 0, 0)
        })
    }
}

/// The diagnosis of classes with very different numbers of samples, if they have them.
pub(super) fn imbalance(counts: &[u32], context: &Context) -> Option<Diagnosis> {
    let counted = || counts.iter().copied().enumerate();
    let (rare, fewest) = counted().min_by_key(|&(_, count)| count)?;
    let (common, most) = counted().max_by_key(|&(_, count)| count)?;
    let ratio = f64::from(most) / f64::from(fewest);
    // Without any samples the ratio is NaN.
    if ratio.is_nan() || ratio <= context.limits.imbalance {
        return None;
    }
    let other = if fewest == 0 {
        format!("and class {rare} has none")
    } else {
        format!("{} times as many as class {rare} with {fewest}", number(ratio))
    };
    let severity = if ratio > context.limits.imbalance_severe { Severity::Warning } else { Severity::Note };
    Some(Diagnosis {
        evidence: format!(
            "Class {common} has {most} samples, {other}; always answering class {common} is right for {} of all.",
            percent(context.guess.accuracy),
        ),
        limits: context.limits.limits(&["imbalance", "imbalanceSevere"]),
        remedy: format!(
            "Collect more samples of class {rare} or leave some of class {common} out, and judge by each class's own share of right \
             answers."
        ),
        series: series::VAL_ACCURACY.to_owned(),
        ..context.found(Finding::UnbalancedData, severity, 0, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::domain::rng::Rng;

    #[test]
    fn unbalanced_classes_are_told_before_the_first_batch() {
        let severity = |counts: &[u32]| Stage::new(counts).begin().first().map(|found| (found.finding, found.severity));
        assert_eq!(severity(&[100, 100, 99]), None);
        assert_eq!(severity(&[400, 100]), None, "MNIST-like differences are nothing");
        assert_eq!(severity(&[500, 100]), Some((Finding::UnbalancedData, Severity::Note)));
        assert_eq!(severity(&[2100, 100]), Some((Finding::UnbalancedData, Severity::Warning)));
        assert_eq!(severity(&[10, 0]), Some((Finding::UnbalancedData, Severity::Warning)));
        assert_eq!(severity(&[0, 0]), None);
    }

    #[test]
    fn a_sorted_order_is_told_and_a_shuffled_or_alternating_one_is_not() {
        let told = |labels: &[u32], batch_size| {
            let mut stage = Stage::new(&[100; 10]);
            stage.doctor = stage.doctor.with_order(labels, batch_size);
            stage.begin()
        };
        let sorted: Vec<u32> = (0..1000).map(|sample| sample / 100).collect();
        let [found] = told(&sorted, 32).try_into().expect("one");
        assert_eq!((found.finding, found.severity, found.step), (Finding::UnshuffledData, Severity::Warning, 0));
        // 31 stretches, 8 of which hold the border between two classes; 10 (1 - 0.9^32) = 9.66.
        assert!(found.evidence.starts_with("32 samples in a row hold 1.26 of the 10 classes"), "{}", found.evidence);
        assert!(found.evidence.contains("would give 9.66"), "{}", found.evidence);
        assert!(told(&sorted, 1)[0].evidence.starts_with("20 samples in a row"), "a batch of 1 always holds one class");
        let mut shuffled = sorted.clone();
        Rng::new(1, "order").shuffle(&mut shuffled);
        for batch_size in [1, 32, 400] {
            assert_eq!(told(&shuffled, batch_size), []);
            assert_eq!(told(&(0..1000).map(|sample| sample % 10).collect::<Vec<_>>(), batch_size), []);
        }
        assert_eq!(told(&sorted, 1000), [], "one batch an epoch holds them all, in any order");
        assert_eq!(told(&[], 32), []);
    }
}
