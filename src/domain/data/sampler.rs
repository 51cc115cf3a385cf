//! The validation split and the order of samples: all of it from the seed, all of it known in advance.
//!
//! Any batch of any epoch can be asked for without walking there, so a resumed run continues at the exact sample.

use super::Dataset;
use crate::domain::rng::Rng;
use crate::domain::run::config::RunConfig;

/// A split into training and validation samples, by index into the data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Indices of the samples to train on.
    pub train: Vec<u32>,
    /// Indices of the samples held out for validation.
    pub validation: Vec<u32>,
}

/// The number of `samples` that are held out for validation. `samples` must be at least 2.
pub fn held_out(samples: usize, validation_share: f64) -> usize {
    let least = usize::from(validation_share > 0.0);
    ((samples as f64 * validation_share).round() as usize).clamp(least, samples.saturating_sub(1).max(least))
}

/// Splits `samples` at random: `round(samples * validation_share)` are held out, at least one on each side; none if the share
/// is 0, and then all train.
///
/// `samples` must be at least 2.
pub fn split(samples: usize, validation_share: f64, seed: u64) -> Split {
    assert!(samples >= 2, "Dataset::new guarantees two samples");
    let mut order: Vec<u32> = (0..samples as u32).collect();
    Rng::new(seed, "split").shuffle(&mut order);
    let validation = order.split_off(samples - held_out(samples, validation_share));
    Split { train: order, validation }
}

/// The split of `data` for the run of `config`: samples that the visitor added are all trained on, whatever is held out of the
/// others.
pub fn split_of(data: &Dataset, config: &RunConfig) -> Split {
    let own = data.len() - data.added();
    let mut split = split(own, config.validation, u64::from(config.seed));
    split.train.extend(own as u32..data.len() as u32);
    split
}

/// A fixed part of the `train` samples to evaluate: `most` of them, or all; in ascending order, from the seed alone.
pub fn train_subset(train: &[u32], most: u32, seed: u64) -> Vec<u32> {
    let mut chosen = train.to_vec();
    Rng::new(seed, "train_eval").shuffle(&mut chosen);
    chosen.truncate(most as usize);
    chosen.sort_unstable();
    chosen
}

/// The order of one epoch: every training sample once, in batches of `batch_size`; the last may be smaller.
#[derive(Clone, Debug)]
pub struct EpochPlan {
    order: Vec<u32>,
    batch_size: usize,
}

impl EpochPlan {
    /// The order of epoch `epoch` (from 0) over `train` samples, as `config` wants it.
    pub fn for_run(config: &RunConfig, train: &[u32], epoch: u32) -> Self {
        if config.shuffle {
            return Self::new(train, config.batch_size, u64::from(config.seed), epoch);
        }
        // The split is drawn at random, so what it leaves must be put back in the order of the data.
        let mut order = train.to_vec();
        order.sort_unstable();
        Self { order, batch_size: config.batch_size.max(1) }
    }

    /// The shuffled order of epoch `epoch` (from 0) over `train` samples.
    pub fn new(train: &[u32], batch_size: usize, seed: u64, epoch: u32) -> Self {
        let mut order = train.to_vec();
        Rng::new(seed, &format!("order/{epoch}")).shuffle(&mut order);
        Self { order, batch_size: batch_size.max(1) }
    }

    /// Number of batches.
    pub fn batches(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    /// The samples of batch `batch` (from 0); empty past the end.
    pub fn batch(&self, batch: usize) -> &[u32] {
        let start = (batch * self.batch_size).min(self.order.len());
        let end = (start + self.batch_size).min(self.order.len());
        &self.order[start..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_split_uses_every_sample_once(samples in 2_usize..500, share in 0.0_f64..1.0, seed: u64) {
            let Split { train, validation } = split(samples, share, seed);
            prop_assert!(!train.is_empty() && validation.is_empty() == (share == 0.0));
            let mut all = [train, validation].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..samples as u32).collect::<Vec<_>>());
        }

        #[test]
        fn an_epoch_visits_every_sample_once(samples in 1_u32..300, batch_size in 1_usize..70, seed: u64, epoch in 0_u32..5) {
            let train: Vec<u32> = (0..samples).map(|i| i * 3).collect();
            let plan = EpochPlan::new(&train, batch_size, seed, epoch);
            let mut seen: Vec<u32> = (0..plan.batches()).flat_map(|batch| plan.batch(batch).to_vec()).collect();
            prop_assert!(plan.batch(plan.batches()).is_empty());
            seen.sort_unstable();
            prop_assert_eq!(seen, train);
        }
    }

    #[test]
    fn a_share_of_zero_holds_out_none_and_any_other_at_least_one() {
        for samples in [2, 3, 1_000] {
            let none = split(samples, 0.0, 7);
            assert_eq!((none.train.len(), none.validation.len()), (samples, 0));
            assert_eq!(split(samples, 0.01, 7).validation.len(), (samples / 100).max(1));
        }
        let two = split(2, 0.9, 7);
        assert_eq!((two.train.len(), two.validation.len()), (1, 1));
    }

    #[test]
    fn the_part_that_is_evaluated_is_fixed_and_of_the_training_samples() {
        let train = split(1_000, 0.2, 4).train;
        let part = train_subset(&train, 50, 4);
        assert_eq!((part.len(), &part), (50, &train_subset(&train, 50, 4)));
        assert_ne!(part, train_subset(&train, 50, 5));
        assert!(part.is_sorted_by(|a, b| a < b) && part.iter().all(|index| train.contains(index)));
        assert_eq!(train_subset(&train, 5_000, 4).len(), train.len());
    }

    #[test]
    fn without_shuffling_every_epoch_has_the_order_of_the_data() {
        let mut config = crate::domain::run::preset::config("mlp").expect("it is a preset");
        config.batch_size = 32;
        let Split { train, validation } = split(100, 0.2, 1);
        let order = |config: &RunConfig, epoch| {
            let plan = EpochPlan::for_run(config, &train, epoch);
            (0..plan.batches()).map(|batch| plan.batch(batch).to_vec()).collect::<Vec<_>>()
        };
        let shuffled = EpochPlan::new(&train, 32, u64::from(config.seed), 1);
        assert_eq!(order(&config, 1), (0..3).map(|batch| shuffled.batch(batch).to_vec()).collect::<Vec<_>>());
        config.shuffle = false;
        let expected: Vec<u32> = (0..100).filter(|index| !validation.contains(index)).collect();
        assert_eq!(order(&config, 0).concat(), expected);
        assert_eq!(order(&config, 0), order(&config, 1));
        assert_eq!(order(&config, 0).iter().map(Vec::len).collect::<Vec<_>>(), [32, 32, 16]);
    }

    #[test]
    fn epochs_and_seeds_differ_and_repeat() {
        let train: Vec<u32> = (0..100).collect();
        let order = |seed, epoch| EpochPlan::new(&train, 100, seed, epoch).batch(0).to_vec();
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
        assert_eq!(split(10_000, 0.15, 9).validation.len(), 1500);
    }

    /// Numbers of `tests/reference/random_streams.py`: what a record's seed means.
    #[test]
    fn the_split_and_the_order_of_a_seed_never_change() {
        let Split { train, validation } = split(20, 0.25, 7);
        assert_eq!(train, [0, 10, 6, 18, 13, 5, 2, 9, 7, 14, 15, 16, 11, 19, 3]);
        assert_eq!(validation, [17, 8, 12, 4, 1]);
        let order = |epoch| EpochPlan::new(&train, 15, 7, epoch).batch(0).to_vec();
        assert_eq!(order(0), [19, 18, 2, 13, 6, 0, 7, 5, 16, 3, 14, 10, 11, 15, 9]);
        assert_eq!(order(1), [7, 15, 13, 3, 14, 0, 9, 2, 18, 11, 19, 6, 16, 5, 10]);
        assert_eq!(train_subset(&train, 5, 7), [11, 14, 15, 18, 19]);
    }
}
