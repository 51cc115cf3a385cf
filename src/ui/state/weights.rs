//! Weights out of a file, under the file's name.

use crate::domain::run::parent::Parent;
use crate::export::weights::Weights;

/// Weights and the file that they came from.
#[derive(Debug, PartialEq)]
pub struct NamedWeights {
    /// The file's name.
    pub name: String,
    /// The arrays in it.
    pub weights: Weights,
    /// The run that they are of, and its moment, where the next run is to go on from there.
    pub parent: Option<Parent>,
}
