//! The cadence of costly work: once every so many batches, doubled until it is affordable.

use super::grid::Grid;
use crate::domain::run::event::Step;

/// Number of past costs that are kept; their median is the expected cost of the next time.
const REMEMBERED: usize = 7;
/// Number of costs that must be known at a cadence before it is made rarer.
const KNOWN_TO_SLOW: usize = 2;
/// Number of costs that must be known before it is made more frequent again; doubled each time that this has turned out wrong.
const KNOWN_TO_QUICKEN: usize = REMEMBERED;
/// A cadence is made rarer only above this part of what is allowed …
const TOO_MUCH: f64 = 1.2;
/// … and more frequent only if it would then stay below this part, so that it does not swing.
const ROOM: f64 = 0.6;
/// The largest number of doublings.
const MOST_DOUBLINGS: u32 = 12;

/// A cadence: a distance in batches, and the step of the next turn.
#[derive(Clone, Debug)]
pub struct Cadence {
    asked: u32,
    doublings: u32,
    next: Step,
    costs: Vec<f64>,
    /// Number of costs learnt since the last change.
    fresh: usize,
    /// Number of fresh costs that are needed before it is made more frequent.
    patience: usize,
    /// Whether the last change made it more frequent.
    quickened: bool,
}

impl Cadence {
    /// A cadence of every `asked` batches, beginning at step `first`; 0: never.
    pub fn new(asked: u32, first: Step) -> Self {
        Self { asked, doublings: 0, next: first, costs: Vec::new(), fresh: 0, patience: KNOWN_TO_QUICKEN, quickened: false }
    }

    /// The present distance in batches.
    pub fn every(&self) -> u32 {
        self.asked.saturating_mul(1 << self.doublings)
    }

    /// The place of the cadence.
    pub fn grid(&self) -> Grid {
        Grid { doublings: self.doublings, next: self.next }
    }

    /// Goes on at the place of an earlier cadence.
    pub fn go_on(&mut self, grid: Grid) {
        self.doublings = grid.doublings.min(MOST_DOUBLINGS);
        self.next = grid.next;
    }

    /// Whether `step`'s batch has its turn; if so, the next turn is set. A turn that was due while it was impossible is
    /// taken as soon as it can be, and the next ones are on the grid again.
    pub fn take(&mut self, step: Step) -> bool {
        let every = self.every();
        let due = every > 0 && step >= self.next;
        if due {
            let on_the_grid = next_on_grid(step, every);
            // One that came late is not followed at once by the next.
            self.next = if on_the_grid - step < every.div_ceil(2) { on_the_grid.saturating_add(every) } else { on_the_grid };
        }
        due
    }

    /// Takes in the cost of one turn, in milliseconds.
    pub fn cost(&mut self, ms: f64) {
        if self.costs.len() == REMEMBERED {
            self.costs.remove(0);
        }
        self.costs.push(ms.max(0.0));
        self.fresh += 1;
    }

    /// Returns to the distance that was asked for.
    pub fn release(&mut self) {
        self.doublings = 0;
    }

    /// Changes the cadence so that it costs at most about `allowed_ms` a batch; returns the old and the new distance if
    /// it has changed. `step` is the last that was trained.
    pub fn keep_within(&mut self, allowed_ms: f64, step: Step) -> Option<(u32, u32)> {
        if self.every() == 0 || self.fresh < KNOWN_TO_SLOW {
            return None;
        }
        let mut sorted = self.costs.clone();
        sorted.sort_by(f64::total_cmp);
        let cost = sorted[sorted.len() / 2];
        let before = self.every();
        let a_batch = |doublings: u32| cost / (f64::from(self.asked) * f64::from(1_u32 << doublings));
        let mut doublings = self.doublings;
        if a_batch(doublings) > TOO_MUCH * allowed_ms {
            while doublings < MOST_DOUBLINGS && a_batch(doublings) > allowed_ms {
                doublings += 1;
            }
            if self.quickened {
                self.patience = self.patience.saturating_mul(2);
            }
        } else if self.fresh >= self.patience && doublings > 0 && a_batch(doublings - 1) < ROOM * allowed_ms {
            doublings -= 1;
        }
        if doublings == self.doublings {
            return None;
        }
        self.quickened = doublings < self.doublings;
        self.doublings = doublings;
        self.fresh = 0;
        let every = self.every();
        // The next one on the new grid.
        self.next = next_on_grid(step, every);
        Some((before, every))
    }
}

/// The first step after `step` on the grid of every `every`th, counted from 1; the last step there is where that is further.
fn next_on_grid(step: Step, every: u32) -> Step {
    (step - step.saturating_sub(1) % every).saturating_add(every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever it costs, after a while it costs no more than allowed, and no doubling less would do.
        #[test]
        fn it_settles_within_what_is_allowed(asked in 1_u32..50, cost in 0.01_f64..500.0, allowed in 0.01_f64..10.0) {
            let mut cadence = Cadence::new(asked, 1);
            let (mut step, mut changes) = (0, 0);
            for _ in 0..40 {
                step += cadence.every();
                cadence.cost(cost);
                changes += u32::from(cadence.keep_within(allowed, step).is_some());
            }
            let a_batch = cost / f64::from(cadence.every());
            let rarest = asked << MOST_DOUBLINGS;
            prop_assert!(a_batch <= TOO_MUCH * allowed || cadence.every() == rarest, "{} of {}", a_batch, allowed);
            prop_assert!(cadence.every() == asked || 2.0 * a_batch > ROOM * allowed, "rarer than it needs to be");
            prop_assert!(changes <= 1, "it does not swing");
        }
    }

    #[test]
    fn numbers_without_end_do_not_overflow() {
        for asked in [1, 3, 1 << 31, u32::MAX - 1, u32::MAX] {
            let mut cadence = Cadence::new(asked, 1);
            assert!(cadence.take(1) && cadence.take(u32::MAX), "{asked}");
            [1e9; 9].into_iter().for_each(|ms| cadence.cost(ms));
            cadence.keep_within(1e-3, u32::MAX - 1);
            assert!(cadence.every() >= asked && !cadence.take(1), "{asked}");
        }
    }

    #[test]
    fn without_costs_it_is_a_grid() {
        let mut cadence = Cadence::new(3, 1);
        assert_eq!((1..=8).filter(|&step| cadence.take(step)).collect::<Vec<_>>(), [1, 4, 7]);
        assert!(!Cadence::new(0, 1).take(1));
    }

    #[test]
    fn what_was_due_while_it_could_not_be_done_is_done_afterwards() {
        let mut cadence = Cadence::new(10, 1);
        assert!(cadence.take(1));
        assert_eq!((14..=17).chain(29..=52).filter(|&step| cadence.take(step)).collect::<Vec<_>>(), [14, 29, 41, 51]);
    }

    #[test]
    fn one_that_goes_on_has_the_turns_of_the_first() {
        for cut in 0..30 {
            let turns = |cadence: &mut Cadence, steps: std::ops::Range<Step>| steps.filter(|&step| cadence.take(step)).collect::<Vec<_>>();
            let mut whole = Cadence::new(7, 1);
            [40.0, 40.0].into_iter().for_each(|ms| whole.cost(ms));
            whole.keep_within(4.0, 0);
            let (mut first, mut second) = (whole.clone(), Cadence::new(7, 1));
            let begun = turns(&mut first, 1..cut + 1);
            second.go_on(first.grid());
            assert_eq!([begun, turns(&mut second, cut + 1..60)].concat(), turns(&mut whole, 1..60), "cut after {cut}");
        }
        let mut odd = Cadence::new(7, 1);
        odd.go_on(Grid { doublings: u32::MAX, next: u32::MAX });
        assert_eq!(odd.every(), 7 << MOST_DOUBLINGS);
    }

    #[test]
    fn it_becomes_more_frequent_again_when_it_becomes_cheap() {
        let mut cadence = Cadence::new(5, 1);
        [40.0, 40.0].into_iter().for_each(|ms| cadence.cost(ms));
        assert_eq!(cadence.keep_within(1.0, 11), Some((5, 40)));
        let mut costs = 0;
        while cadence.every() > 5 {
            cadence.cost(1.0);
            cadence.keep_within(1.0, 100);
            costs += 1;
            assert!(costs < 30, "it comes back");
        }
    }
}
