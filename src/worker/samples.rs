//! Samples for the page: their numbers as bytes. Never here: the choice of samples.

use crate::domain::data::Dataset;
use crate::protocol::floats;

/// The numbers of the samples at `indices` as little-endian `f32` bytes, one sample after the other.
pub(super) fn sample_bytes(data: &Dataset, indices: &[u32]) -> Vec<u8> {
    let mut numbers = Vec::new();
    data.gather(indices, &mut numbers);
    floats::to_bytes(&numbers)
}
