//! A batch of samples on the host, before its upload to the device. Never here: tensors.

use crate::domain::data::Dataset;

/// A batch of samples on the host, ready to be uploaded.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The inputs, one sample after the other.
    pub inputs: Vec<f32>,
    /// The labels, one a sample.
    pub labels: Vec<u32>,
}

impl Batch {
    /// Gathers the samples of `data` at `indices`.
    pub fn gather(data: &Dataset, indices: &[u32]) -> Self {
        let mut inputs = Vec::new();
        data.gather(indices, &mut inputs);
        let labels = data.labels_of(indices);
        Self { inputs, labels }
    }
}
