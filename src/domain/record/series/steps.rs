//! [`Steps`]: the strictly increasing steps of a curve's points. Never here: their values.

use std::ops::Range;

/// The step of each point. One value a batch is the common case, and then the steps need no memory.
#[derive(Clone, Debug)]
pub(super) enum Steps {
    /// Consecutive steps `first, first + 1, first + 2, …`.
    Contiguous { first: u32 },
    /// A list of strictly increasing steps.
    Listed(Vec<u32>),
}

impl Steps {
    /// Appends `step` to `len` steps, of which it must be greater than the last.
    pub(super) fn push(&mut self, len: usize, step: u32) {
        let last = len.checked_sub(1).map(|index| self.get(index));
        assert!(last.is_none_or(|last| step > last), "step {step} after step {last:?}");
        match self {
            Self::Contiguous { first } if last.is_none() => *first = step,
            Self::Contiguous { .. } if last.is_some_and(|last| last + 1 == step) => {}
            Self::Contiguous { first } => {
                let first = *first;
                *self = Self::Listed((first..first + len as u32).chain([step]).collect());
            }
            Self::Listed(steps) => steps.push(step),
        }
    }

    /// Drops every step from index `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        if let Self::Listed(steps) = self {
            steps.truncate(len);
        }
    }

    /// Number of bytes on the heap, with room that is set aside for growing.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Contiguous { .. } => 0,
            Self::Listed(steps) => steps.capacity() * size_of::<u32>(),
        }
    }

    /// Frees the memory that is set aside for growing.
    pub(super) fn shrink_to_fit(&mut self) {
        if let Self::Listed(steps) = self {
            steps.shrink_to_fit();
        }
    }

    /// The step of the point with index `index`, which must exist.
    pub(super) fn get(&self, index: usize) -> u32 {
        match self {
            Self::Contiguous { first } => first + index as u32,
            Self::Listed(steps) => steps[index],
        }
    }

    /// The first index in `indices` whose step does not satisfy `holds`, which must hold for a first part of them and
    /// not for the rest. It gallops from the start, so that a near answer is found at once.
    pub(super) fn partition_point(&self, indices: Range<usize>, holds: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut stride) = (indices.start, 1);
        while low + stride <= indices.end && holds(self.get(low + stride - 1)) {
            low += stride;
            stride *= 2;
        }
        let mut high = (low + stride).min(indices.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.get(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }
}
