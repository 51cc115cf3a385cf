//! The histogram of a tensor's values, with fixed bins, so that all steps can be compared.
//!
//! Never here: the counting of values ([`tally`](super::tally)).

use serde::{Deserialize, Serialize};

/// Number of bins on either side of zero.
pub const BINS_A_SIDE: usize = 24;
/// The lower edge of the innermost bins; smaller values that are not zero are counted there too.
pub const SMALLEST: f64 = 1e-8;
/// Number of bins a decade.
const BINS_A_DECADE: f64 = 2.0;

/// A histogram of values in fixed bins: by sign, then half a decade a bin from 1e-8 to 1e4. Zeros, NaN and infinities
/// are counted for themselves. The bins never change, so histograms of all steps can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Counts `[negative, large to small …, positive, small to large …]`, [`BINS_A_SIDE`] each.
    pub bins: Vec<u32>,
    /// Number of exact zeros.
    pub zeros: u32,
    /// Number of NaN.
    pub nans: u32,
    /// Number of infinities, of either sign.
    pub infinities: u32,
}

impl Histogram {
    /// The sizes at which bins begin, and the end of the last.
    pub(super) fn edges() -> [f64; BINS_A_SIDE + 1] {
        std::array::from_fn(|steps| SMALLEST * libm::pow(10.0, steps as f64 / BINS_A_DECADE))
    }

    /// The range of sizes `|x|` that bin `index` counts: from, below.
    pub fn range(index: usize) -> (f64, f64) {
        let distance = if index < BINS_A_SIDE { BINS_A_SIDE - 1 - index } else { index - BINS_A_SIDE };
        let edges = Self::edges();
        (if distance == 0 { 0.0 } else { edges[distance] }, edges[distance + 1])
    }

    /// Number of counted values of any kind.
    pub fn total(&self) -> u64 {
        let binned: u64 = self.bins.iter().map(|&count| u64::from(count)).sum();
        binned + u64::from(self.zeros) + u64::from(self.nans) + u64::from(self.infinities)
    }
}
