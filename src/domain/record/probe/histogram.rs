//! The histogram of a tensor's values: declared bins that never change, so that all steps can be compared.
//!
//! Never here: how values are counted ([`tally`](super::tally)).

use serde::{Deserialize, Serialize};

/// Bins of a histogram on either side of zero.
pub const BINS_A_SIDE: usize = 24;
/// Values below this, but not zero, are counted in the innermost bins.
pub const SMALLEST: f64 = 1e-8;
/// Bins a decade.
const BINS_A_DECADE: f64 = 2.0;

/// How often values of each size occur, in declared bins: by sign, then half a decade a bin from 1e-8 to 1e4. Zeros,
/// NaN and infinities are counted for themselves. The bins never change, so histograms of all steps can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// `[negative, large to small …, positive, small to large …]`, [`BINS_A_SIDE`] each.
    pub bins: Vec<u32>,
    /// Exact zeros.
    pub zeros: u32,
    /// NaN.
    pub nans: u32,
    /// Plus or minus infinity.
    pub infinities: u32,
}

impl Histogram {
    /// The sizes at which bins begin, and where the last ends.
    pub(super) fn edges() -> [f64; BINS_A_SIDE + 1] {
        std::array::from_fn(|steps| SMALLEST * libm::pow(10.0, steps as f64 / BINS_A_DECADE))
    }

    /// The range of sizes `|x|` that bin `index` counts: from, below.
    pub fn range(index: usize) -> (f64, f64) {
        let distance = if index < BINS_A_SIDE { BINS_A_SIDE - 1 - index } else { index - BINS_A_SIDE };
        let edges = Self::edges();
        (if distance == 0 { 0.0 } else { edges[distance] }, edges[distance + 1])
    }

    /// How many values were counted, of any kind.
    pub fn total(&self) -> u64 {
        let binned: u64 = self.bins.iter().map(|&count| u64::from(count)).sum();
        binned + u64::from(self.zeros) + u64::from(self.nans) + u64::from(self.infinities)
    }
}
