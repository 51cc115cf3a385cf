//! Weights out of a file, under the file's name.

use crate::export::weights::Weights;

/// Weights and the file that they came from.
#[derive(Debug, PartialEq)]
pub struct NamedWeights {
    /// The file's name.
    pub name: String,
    /// The arrays in it.
    pub weights: Weights,
}
