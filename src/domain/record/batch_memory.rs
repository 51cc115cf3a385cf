//! A memory of the predictions that were made while each batch was trained: as many of the latest batches as fit into a
//! fixed budget of bytes.
//!
//! Ten bytes a sample. The samples' indices are not kept: the order of every epoch follows from the seed
//! ([`EpochPlan`](crate::domain::data::sampler::EpochPlan)).

use crate::domain::callback::{Callback, Role};
use crate::domain::metrics::SamplePrediction;
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The largest number of bytes that the memory of one run may take.
pub const BUDGET: usize = 32 << 20;
/// Number of bytes a sample: class as `u16`, loss and probability as `f32`.
const SAMPLE: usize = 10;
/// The class number that stands for no predicted class.
const NONE: u16 = u16::MAX;

/// The prediction for one sample when it was trained, to the precision that is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptPrediction {
    /// The predicted class; `None` where an output was NaN.
    pub predicted: Option<u32>,
    /// The probability of the predicted class.
    pub probability: f32,
    /// The sample's loss in nats.
    pub loss: f32,
}

/// The part of a run's batches whose predictions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    /// Number of batches that are kept: the latest ones.
    pub batches: u32,
    /// Number of batches that were trained.
    pub seen: u32,
    /// The step of the earliest kept batch; 0 without any.
    pub first: Step,
    /// Number of bytes in use.
    pub bytes: usize,
}

struct Entry {
    step: Step,
    packed: Box<[u8]>,
}

impl Entry {
    /// Number of bytes of the entry, with its place in the list and an allocator's share.
    fn bytes(&self) -> usize {
        size_of::<Self>() + 16 + self.packed.len()
    }
}

/// The predictions for the latest batches, within a budget of memory.
pub struct BatchMemory {
    budget: usize,
    entries: VecDeque<Entry>,
    bytes: usize,
    seen: u32,
}

impl BatchMemory {
    /// An empty memory of at most `budget` bytes, but for a single batch that is larger.
    pub fn new(budget: usize) -> Self {
        Self { budget, entries: VecDeque::new(), bytes: 0, seen: 0 }
    }

    /// Adds the batch of update `step`, which is later than all before, and drops the oldest batches beyond the budget.
    pub fn push(&mut self, step: Step, predictions: &[SamplePrediction]) {
        let mut packed = Vec::with_capacity(predictions.len() * SAMPLE);
        for prediction in predictions {
            let class = prediction.predicted.and_then(|class| u16::try_from(class).ok()).unwrap_or(NONE);
            packed.extend(class.to_le_bytes());
            packed.extend((prediction.probability as f32).to_le_bytes());
            packed.extend((prediction.loss as f32).to_le_bytes());
        }
        let entry = Entry { step, packed: packed.into() };
        self.seen += 1;
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.bytes > self.budget && self.entries.len() > 1 {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.bytes();
            }
        }
    }

    /// The predictions for the samples of the batch of update `step`, in their order in the batch; `None` if they are
    /// not kept.
    pub fn get(&self, step: Step) -> Option<Vec<KeptPrediction>> {
        let index = self.entries.binary_search_by_key(&step, |entry| entry.step).ok()?;
        let read = |sample: &[u8; SAMPLE]| {
            let [c0, c1, p0, p1, p2, p3, l0, l1, l2, l3] = *sample;
            let class = u16::from_le_bytes([c0, c1]);
            KeptPrediction {
                predicted: (class != NONE).then_some(u32::from(class)),
                probability: f32::from_le_bytes([p0, p1, p2, p3]),
                loss: f32::from_le_bytes([l0, l1, l2, l3]),
            }
        };
        Some(self.entries[index].packed.as_chunks().0.iter().map(read).collect())
    }

    /// The part of the run that is kept.
    pub fn extent(&self) -> Extent {
        Extent {
            batches: self.entries.len() as u32,
            seen: self.seen,
            first: self.entries.front().map_or(0, |entry| entry.step),
            bytes: self.bytes,
        }
    }
}

/// A [`BatchMemory`] that can be read while and after a run fills it.
#[derive(Clone)]
pub struct SharedBatchMemory(Rc<RefCell<BatchMemory>>);

impl Default for SharedBatchMemory {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(BatchMemory::new(BUDGET))))
    }
}

impl SharedBatchMemory {
    /// The predictions for one batch: see [`BatchMemory::get`].
    pub fn get(&self, step: Step) -> Option<Vec<KeptPrediction>> {
        self.0.borrow().get(step)
    }

    /// The part of the run that is kept: see [`BatchMemory::extent`].
    pub fn extent(&self) -> Extent {
        self.0.borrow().extent()
    }
}

impl Callback for SharedBatchMemory {
    fn name(&self) -> &'static str {
        "batch_memory"
    }

    fn role(&self) -> Role {
        Role::Record
    }

    fn on_predictions(&mut self, step: Step, predictions: &[SamplePrediction]) {
        self.0.borrow_mut().push(step, predictions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn predictions(step: Step, samples: usize) -> Vec<SamplePrediction> {
        (0..samples as u32)
            .map(|i| SamplePrediction {
                label: 0,
                predicted: (i % 7 != 6).then_some(i % 300),
                probability: 1.0 / f64::from(i + 2),
                loss: f64::from(step) + f64::from(i) / 8.0,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn it_never_exceeds_its_budget_and_always_has_the_latest(
            sizes in prop::collection::vec(0_usize..400, 1..80), budget in 4_100_usize..40_000, gap in 1_u32..4,
        ) {
            let mut memory = BatchMemory::new(budget);
            for (count, &samples) in (1_u32..).zip(&sizes) {
                let step = count * gap;
                memory.push(step, &predictions(step, samples));
                let extent = memory.extent();
                // The largest batch here takes less than the smallest budget.
                prop_assert!(extent.bytes <= budget, "{extent:?}");
                prop_assert_eq!(extent.bytes, memory.entries.iter().map(Entry::bytes).sum::<usize>());
                prop_assert_eq!((extent.seen, extent.first), (count, (count - extent.batches + 1) * gap));
                // The remembered ones are the last ones without a gap, each as it was; the one before is gone.
                for back in 0..extent.batches {
                    let step = (count - back) * gap;
                    let samples = sizes[(count - back - 1) as usize];
                    let expected: Vec<KeptPrediction> = predictions(step, samples).iter()
                        .map(|v| KeptPrediction { predicted: v.predicted, probability: v.probability as f32, loss: v.loss as f32 })
                        .collect();
                    prop_assert_eq!(memory.get(step), Some(expected));
                }
                prop_assert_eq!(memory.get((count - extent.batches) * gap), None);
                prop_assert_eq!(memory.get(step + 1), None);
                // One more of the oldest's size would not have fitted.
                if extent.batches < count {
                    let dropped = size_of::<Entry>() + 16 + SAMPLE * sizes[(count - extent.batches - 1) as usize];
                    prop_assert!(extent.bytes + dropped > budget || memory.entries.len() == 1);
                }
            }
        }
    }

    #[test]
    fn a_batch_larger_than_the_budget_is_kept_alone() {
        let mut memory = BatchMemory::new(100);
        for step in 1..=3 {
            memory.push(step, &predictions(step, 50));
            assert_eq!(memory.extent().batches, 1);
            assert!(memory.get(step).is_some());
        }
    }

    #[test]
    fn the_budget_holds_some_fifty_thousand_usual_batches() {
        let entry = Entry { step: 1, packed: vec![0; 64 * SAMPLE].into() };
        assert!((45_000..55_000).contains(&(BUDGET / entry.bytes())), "{}", BUDGET / entry.bytes());
    }
}
