//! Lowers the learning rate when the run no longer gets better: Keras' `ReduceLROnPlateau`.
//!
//! Decision for decision as Keras 3; NaN is never best (it counts as an epoch without improvement), the mode is told by
//! the name for every score (Keras only knows "acc", and would take a rising AUC for a plateau), and best value, counts
//! and cooldown are saved with the run.

use super::monitor::{Monitor, Watch};
use super::state;
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::run::event::{BatchEnd, EpochEnd, Step};
use serde::{Deserialize, Serialize};

/// Multiplies the learning rate by `factor` after `patience` epochs without improvement, never below `min_lr`; then
/// counts no epoch for `cooldown` epochs.
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: u32,
    cooldown: u32,
    min_lr: f64,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    watch: Watch,
    /// Number of epochs since the count last began.
    wait: u32,
    /// Number of epochs of the cooldown that are left.
    cooling: u32,
    /// The learning rate of the last update that was reported.
    learning_rate: Option<f64>,
}

impl ReduceLrOnPlateau {
    /// A callback that lowers the rate to `factor` (below 1) times itself after `patience` epochs, without cooldown and
    /// lower bound.
    pub fn new(monitor: Monitor, factor: f64, patience: u32) -> Self {
        Self { monitor, factor, patience, cooldown: 0, min_lr: 0.0, state: State::default() }
    }

    /// Sets the cooldown: number of epochs after a drop that are not counted.
    #[must_use]
    pub fn with_cooldown(mut self, epochs: u32) -> Self {
        self.cooldown = epochs;
        self
    }

    /// Sets the lowest learning rate.
    #[must_use]
    pub fn with_min_lr(mut self, min_lr: f64) -> Self {
        self.min_lr = min_lr;
        self
    }
}

impl Callback for ReduceLrOnPlateau {
    fn name(&self) -> &'static str {
        "reduce_lr_on_plateau"
    }

    /// Takes the rate that the last update used, since others may have changed it.
    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        self.state.learning_rate = Some(event.learning_rate);
        Controls::new()
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let state = &mut self.state;
        let Some(value) = state.watch.take(&self.monitor, event) else {
            return Watch::missing(&self.monitor, event, "the learning rate will not be lowered");
        };
        if state.cooling > 0 {
            state.cooling -= 1;
            state.wait = 0;
        }
        if state.watch.improves(&self.monitor, value) {
            state.wait = 0;
        } else if state.cooling == 0 {
            state.wait = state.wait.saturating_add(1);
            if state.wait >= self.patience
                && let Some(old) = state.learning_rate
                && old > self.min_lr
            {
                (state.cooling, state.wait) = (self.cooldown, 0);
                return vec![Control::SetLearningRate((old * self.factor).max(self.min_lr))];
            }
        }
        Controls::new()
    }

    fn on_log(&mut self, _: Step, name: &str, value: f64) {
        self.state.watch.on_log(&self.monitor, name, value);
    }

    state::saved!();
}

#[cfg(test)]
mod tests {
    use super::super::monitor::Mode;
    use super::super::testing::{BATCHES, batch_end, epoch_end};
    use super::*;
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    /// An epoch for each value, its last batch with the rate then in force: the rate after each epoch.
    fn run(callback: &mut ReduceLrOnPlateau, first_epoch: u32, mut rate: f64, values: &[f64]) -> Vec<f64> {
        let mut rates = Vec::new();
        for (epoch, &value) in (first_epoch..).zip(values) {
            callback.on_batch_end(&batch_end((epoch + 1) * BATCHES, value, rate));
            for control in callback.on_epoch_end(&epoch_end(epoch, "val/loss", value)) {
                match control {
                    Control::SetLearningRate(new) => rate = new,
                    other => panic!("{other:?}"),
                }
            }
            rates.push(rate);
        }
        rates
    }

    fn reducer(mode: Mode, min_delta: f64, patience: u32) -> ReduceLrOnPlateau {
        ReduceLrOnPlateau::new(Monitor::new("val/loss", mode, min_delta), 0.5, patience)
    }

    #[test]
    fn lowers_the_rate_as_worked_out_by_hand() {
        let min = |patience| reducer(Mode::Min, 0.0, patience);
        let cases: &[(&str, ReduceLrOnPlateau, &[f64], &[f64])] = &[
            ("patience 1: each epoch without improvement", min(1), &[3.0, 3.0, 2.0, 2.0], &[8.0, 4.0, 4.0, 2.0]),
            ("patience 0 means the same", min(0), &[3.0, 3.0, 2.0, 2.0], &[8.0, 4.0, 4.0, 2.0]),
            ("patience 2", min(2), &[3.0, 3.0, 3.0, 3.0, 3.0], &[8.0, 8.0, 4.0, 4.0, 2.0]),
            ("an improvement starts the count anew", min(2), &[3.0, 3.0, 2.0, 2.0, 2.0], &[8.0, 8.0, 8.0, 8.0, 4.0]),
            ("min delta", reducer(Mode::Min, 0.5, 1), &[3.0, 2.75, 2.25, 2.0], &[8.0, 4.0, 4.0, 2.0]),
            ("maximised", reducer(Mode::Max, 0.0, 1), &[1.0, 2.0, 2.0, 3.0], &[8.0, 8.0, 4.0, 4.0]),
            // Drop at 1; cooling 2 -> 1 at epoch 2 (not counted), -> 0 at epoch 3 (counted again: drop), and so on.
            ("cooldown 2", min(1).with_cooldown(2), &[3.0; 6], &[8.0, 4.0, 4.0, 2.0, 2.0, 1.0]),
            ("cooldown 1 ends at the next epoch", min(1).with_cooldown(1), &[3.0; 4], &[8.0, 4.0, 2.0, 1.0]),
            ("lower bound", min(1).with_min_lr(3.0), &[3.0; 5], &[8.0, 4.0, 3.0, 3.0, 3.0]),
            ("NaN is no improvement", min(2), &[3.0, NAN, NAN, 3.0], &[8.0, 8.0, 4.0, 4.0]),
            ("NaN first is not best", min(2), &[NAN, 3.0, 2.0, 2.5, 2.5], &[8.0, 8.0, 8.0, 8.0, 4.0]),
        ];
        for (what, callback, values, rates) in cases {
            assert_eq!(run(&mut callback.clone(), 0, 8.0, values), *rates, "{what}");
        }
    }

    #[test]
    fn lowers_the_rate_that_is_in_force_not_the_one_it_set() {
        let mut callback = reducer(Mode::Min, 0.0, 1);
        run(&mut callback, 0, 8.0, &[1.0, 1.0]);
        callback.on_batch_end(&batch_end(11, 1.0, 100.0));
        assert_eq!(callback.on_epoch_end(&epoch_end(2, "val/loss", 1.0)), [Control::SetLearningRate(50.0)]);
        let mut unused = reducer(Mode::Min, 0.0, 0);
        assert_eq!(unused.on_epoch_end(&epoch_end(0, "val/loss", NAN)), [], "no update was seen, so there is no rate to lower");
    }

    proptest! {
        #[test]
        fn a_resumed_run_decides_as_an_uninterrupted_one(
            values in prop::collection::vec(prop_oneof![Just(NAN), -2.0..2.0], 1..40), cut in 0..40usize,
            patience in 0..4u32, cooldown in 0..4u32,
        ) {
            let make = || reducer(Mode::Max, 0.1, patience).with_cooldown(cooldown).with_min_lr(0.01);
            let cut = cut.min(values.len());
            let mut whole = make();
            let expected = run(&mut whole, 0, 0.1, &values);
            let mut first = make();
            let mut rates = run(&mut first, 0, 0.1, &values[..cut]);
            let mut second = make();
            second.load_state(first.save_state()).unwrap();
            let rate = rates.last().copied().unwrap_or(0.1);
            rates.extend(run(&mut second, cut as u32, rate, &values[cut..]));
            prop_assert_eq!(rates, expected);
            prop_assert_eq!(second.save_state(), whole.save_state());
        }
    }
}
