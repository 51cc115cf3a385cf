//! The queue of seeds: one configuration trained with several seeds, one run after the other.

use super::store::GroupId;
use crate::protocol::RunId;

/// Seeds that are trained in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The group of their runs.
    pub group: GroupId,
    /// The number of the seed that is being trained, from 1.
    pub at: usize,
    /// The number of seeds.
    pub of: usize,
    /// The seed that is being trained.
    pub seed: u32,
    /// Whether the rest was called off.
    pub cancelled: bool,
}

impl Queue {
    /// The queue's progress, in words.
    pub fn words(&self) -> String {
        let Self { at, of, seed, cancelled, .. } = self;
        if *cancelled {
            format!("Seed {seed} is the last ({at} of {of}); the rest is cancelled")
        } else {
            format!("Seed {seed} is being trained ({at} of {of})")
        }
    }
}

/// The outcome of several seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedsEnd {
    /// The group.
    pub group: GroupId,
    /// The group's runs, in the order of their seeds.
    pub runs: Vec<RunId>,
    /// The number of runs that ended by themselves.
    pub finished: usize,
    /// The number of seeds that were asked for.
    pub asked: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_says_which_seed_it_is_at_and_whether_more_come() {
        let queue = Queue { group: 1, at: 2, of: 3, seed: 8, cancelled: false };
        assert_eq!(queue.words(), "Seed 8 is being trained (2 of 3)");
        assert_eq!(Queue { cancelled: true, ..queue }.words(), "Seed 8 is the last (2 of 3); the rest is cancelled");
    }
}
