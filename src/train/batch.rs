//! Samples on the host, on their way to the device. Never here: tensors.

use crate::domain::data::Dataset;

/// Samples on the host, ready to be uploaded.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One sample after the other.
    pub inputs: Vec<f32>,
    /// One label a sample.
    pub labels: Vec<u32>,
}

impl Batch {
    /// The samples of `data` at `indices`.
    pub fn gather(data: &Dataset, indices: &[u32]) -> Self {
        let mut inputs = Vec::new();
        data.gather(indices, &mut inputs);
        let labels = data.labels_of(indices);
        Self { inputs, labels }
    }
}
