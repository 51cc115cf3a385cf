//! The last losses with their steps, which every rule on single batches looks at. Never here: rules.

use crate::domain::run::event::Step;
use std::collections::VecDeque;

/// The losses of the last batches, the oldest first.
pub type Recent = VecDeque<(Step, f64)>;

/// Number of windows over which a loss must jump about before it counts as jumping.
const SWING_WINDOWS: usize = 4;

/// Number of losses that are kept where `window` of them make a mean.
pub fn kept(window: u32) -> usize {
    SWING_WINDOWS * window as usize
}

/// The mean of some losses; 0 without any.
pub fn mean(losses: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = losses.len().max(1) as f64;
    losses.sum::<f64>() / count
}

/// The mean of the last `window` losses, once there are so many.
pub fn level(recent: &Recent, window: u32) -> Option<f64> {
    let start = recent.len().checked_sub(window as usize)?;
    Some(mean(recent.range(start..).map(|&(_, loss)| loss)))
}
