//! Sets the learning rate of each update by a [`Schedule`]: Keras' `LearningRateScheduler`, but by the step.
//!
//! Keras' callback is asked once an epoch, so that a warm-up moves in stairs. This one sets the rate of the very update
//! that is about to be made, also where a GPU's numbers come late. The rate follows from the step; whether it is set also from
//! the one that was set last, which is saved with the run: else a resumed run would take back what was set by hand.

use super::state;
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::run::event::BatchBegin;
use crate::domain::run::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// Sets the schedule's rate before each update for which it differs from the last one that was set. So a constant
/// stretch leaves a rate that the visitor sets by hand alone; a moving one overrides it at the next update.
#[derive(Clone, Debug)]
pub struct LearningRateScheduler {
    schedule: Schedule,
    total_steps: u64,
    base: f64,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    /// The last rate that was set.
    asked: Option<f64>,
}

impl LearningRateScheduler {
    /// A scheduler that follows `schedule` over `total_steps` updates; `base` is the optimiser's learning rate.
    pub fn new(schedule: Schedule, total_steps: u64, base: f64) -> Self {
        Self { schedule, total_steps, base, state: State::default() }
    }
}

impl Callback for LearningRateScheduler {
    fn name(&self) -> &'static str {
        "learning_rate_scheduler"
    }

    fn on_batch_begin(&mut self, event: &BatchBegin) -> Controls {
        let rate = self.schedule.rate(u64::from(event.step) - 1, self.total_steps, self.base);
        if self.state.asked.replace(rate) == Some(rate) { Controls::new() } else { vec![Control::SetLearningRate(rate)] }
    }

    state::saved!();
}

#[cfg(test)]
mod tests {
    use super::super::testing::batch_begin;
    use super::*;

    /// The rate that each of the updates `from..=to` is made with, when the trainer begins with `rate`.
    fn run(callback: &mut LearningRateScheduler, mut rate: f64, from: u32, to: u32) -> Vec<f64> {
        let mut rates = Vec::new();
        for step in from..=to {
            for control in callback.on_batch_begin(&batch_begin(step)) {
                match control {
                    Control::SetLearningRate(new) => rate = new,
                    other => panic!("{other:?}"),
                }
            }
            rates.push(rate);
        }
        rates
    }

    #[test]
    fn each_update_has_its_rate() {
        let mut step = LearningRateScheduler::new(Schedule::Step { decay_steps: 2, decay_rate: 0.5 }, 6, 8.0);
        assert_eq!(run(&mut step, 8.0, 1, 6), [8.0, 8.0, 4.0, 4.0, 2.0, 2.0]);
        let mut warmup = LearningRateScheduler::new(Schedule::WarmupCosine { warmup_steps: 3, alpha: 1.0 }, 6, 8.0);
        assert_eq!(run(&mut warmup, 1.0, 1, 6), [2.0, 4.0, 6.0, 8.0, 8.0, 8.0]);
    }

    #[test]
    fn asks_only_when_the_rate_changes() {
        let mut constant = LearningRateScheduler::new(Schedule::Constant, 4, 8.0);
        assert_eq!(constant.on_batch_begin(&batch_begin(1)), [Control::SetLearningRate(8.0)]);
        assert_eq!(constant.on_batch_begin(&batch_begin(2)), [], "the visitor's own rate is left alone");
    }

    #[test]
    fn a_resumed_run_has_the_rates_of_an_uninterrupted_one() {
        for schedule in Schedule::menu() {
            let make = || LearningRateScheduler::new(schedule.clone(), 60, 0.1);
            let whole = run(&mut make(), 0.1, 1, 60);
            for cut in [0, 1, 17, 59] {
                let mut first = make();
                let mut rates = run(&mut first, 0.1, 1, cut);
                let mut second = make();
                second.load_state(first.save_state()).unwrap();
                let rate = rates.last().copied().unwrap_or(123.0);
                rates.extend(run(&mut second, rate, cut + 1, 60));
                assert_eq!(rates, whole, "{schedule:?}, cut after {cut}");
            }
        }
    }

    #[test]
    fn a_rate_that_was_set_by_hand_is_not_taken_back_by_a_resumed_run() {
        let make = || LearningRateScheduler::new(Schedule::Step { decay_steps: 40, decay_rate: 0.5 }, 80, 0.1);
        let mut first = make();
        let mut rates = run(&mut first, 0.1, 1, 10);
        // Set by hand in the middle of a stair, which leaves it alone.
        rates.extend(run(&mut first, 0.02, 11, 20));
        let mut second = make();
        second.load_state(first.save_state()).unwrap();
        rates.extend(run(&mut second, 0.02, 21, 60));
        assert_eq!(rates, [vec![0.1; 10], vec![0.02; 30], vec![0.05; 20]].concat());
    }
}
