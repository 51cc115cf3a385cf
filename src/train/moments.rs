//! The trail of a run: handles of the weights at its looks, thinned out when they become many.
//!
//! Tensors never change in place, so a moment costs no copy, only the memory of one more model from the next update on. Never
//! here: when there is a look.

use super::model::Weights;
use crate::domain::run::event::Step;
use crate::domain::run::trail::{MOST, MOST_BYTES, TrailCard};

/// The weights of a run at some of its steps.
pub struct Trail {
    kept: Vec<(Step, Weights)>,
    seen: u32,
    /// Number of moments of which one is kept.
    stride: u32,
    budget: usize,
}

impl Default for Trail {
    fn default() -> Self {
        Self::within(MOST_BYTES)
    }
}

impl Trail {
    /// An empty trail that may take `budget` bytes, but always two moments.
    pub fn within(budget: usize) -> Self {
        Self { kept: Vec::new(), seen: 0, stride: 1, budget }
    }

    /// Number of bytes: all moments are of one network.
    fn bytes(&self) -> usize {
        self.kept.first().map_or(0, |(_, weights)| 4 * weights.values()) * self.kept.len()
    }

    /// Keeps the weights after `step` updates, which must come in ascending order; a second time at one step is none.
    pub fn keep(&mut self, step: Step, weights: impl FnOnce() -> Weights) {
        if self.kept.last().is_some_and(|&(last, _)| last >= step) {
            return;
        }
        let is_wanted = self.seen.is_multiple_of(self.stride);
        self.seen += 1;
        if !is_wanted {
            return;
        }
        self.kept.push((step, weights()));
        while self.kept.len() > 2 && (self.kept.len() > MOST || self.bytes() > self.budget) {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = self.stride.saturating_mul(2);
        }
    }

    /// The weights after `step` updates, if they are kept.
    pub fn at(&self, step: Step) -> Option<&Weights> {
        let index = self.kept.binary_search_by_key(&step, |&(kept, _)| kept).ok()?;
        Some(&self.kept[index].1)
    }

    /// The description.
    pub fn card(&self) -> TrailCard {
        TrailCard { steps: self.kept.iter().map(|&(step, _)| step).collect(), seen: self.seen, bytes: self.bytes() }
    }
}

#[cfg(feature = "cpu")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::run::preset;
    use crate::train::model::Net;
    use proptest::prelude::*;

    fn weights() -> Weights {
        let config = preset::config("planar").unwrap();
        let plan = config.model.plan(SampleShape::Vector(2), 2, config.loss).unwrap();
        let arrays: Vec<Vec<f32>> = plan.params().map(|param| vec![0.5; param.len()]).collect();
        Net::new(plan, arrays, &burn::tensor::Device::flex()).weights_and_statistics()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn a_trail_stays_within_its_budget_and_is_evenly_spaced(moments in 1..1200_u32, fit in 1..300_usize) {
            let weights = weights();
            let mut trail = Trail::within(fit * 4 * weights.values());
            for moment in 0..moments {
                trail.keep(20 * moment, || weights.clone());
            }
            let TrailCard { steps, seen, bytes } = trail.card();
            prop_assert_eq!(seen, moments);
            prop_assert!(steps.len() <= MOST.min(fit.max(2)));
            prop_assert_eq!(bytes, steps.len() * 4 * weights.values());
            // From the beginning on, each as far from the last.
            prop_assert_eq!(steps[0], 0);
            let distance = steps.get(1).copied().unwrap_or(20);
            prop_assert!(steps.windows(2).all(|pair| pair[1] - pair[0] == distance), "{steps:?}");
            prop_assert!(steps.iter().all(|&step| trail.at(step).is_some()) && trail.at(7).is_none());
        }
    }
}
