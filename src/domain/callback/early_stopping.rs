//! Ends a run that no longer gets better: Keras' `EarlyStopping`.
//!
//! Faults mended: NaN is never best; the best weights are put back whatever ended the run (last epoch, visitor,
//! another callback); the state is saved with the run. Otherwise decision for decision as Keras 3.

use super::monitor::{Monitor, Watch};
use super::state;
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::run::event::{EpochEnd, Step, TrainEnd};
use serde::{Deserialize, Serialize};

/// Stops when the monitored series has not improved for `patience` epochs.
///
/// Looks at the end of each epoch from `start_from_epoch` on. As in Keras, `patience` counts the epochs since the
/// best one, the present one included, so that 0 and 1 mean the same: stop at the first epoch without improvement;
/// never after the run's first epoch. With a `baseline` the count starts anew only where the best *and* the baseline
/// are beaten, yet an epoch that beats the best never stops the run.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: u32,
    baseline: Option<f64>,
    start_from_epoch: u32,
    restore: Option<String>,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    watch: Watch,
    /// The best epoch, from 0.
    best_epoch: Option<u32>,
    /// Number of epochs since the count last began.
    wait: u32,
}

impl EarlyStopping {
    /// A callback that stops after `patience` epochs without improvement.
    pub fn new(monitor: Monitor, patience: u32) -> Self {
        Self { monitor, patience, baseline: None, start_from_epoch: 0, restore: None, state: State::default() }
    }

    /// Also stops where `patience` epochs have not beaten `baseline`.
    #[must_use]
    pub fn with_baseline(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Ignores the epochs before `epoch`, counted from 0.
    #[must_use]
    pub fn starting_from_epoch(mut self, epoch: u32) -> Self {
        self.start_from_epoch = epoch;
        self
    }

    /// Restores the weights of the best epoch when the run has ended, whatever ended it. The best epoch is the one with
    /// the best value, baseline beaten or not.
    #[must_use]
    pub fn restoring_best_weights(mut self) -> Self {
        self.restore = Some(format!("early stopping: best {}", self.monitor.series()));
        self
    }

    /// The best value so far with its epoch (from 0); `None` before a finite one.
    pub fn best(&self) -> Option<(f64, u32)> {
        self.state.watch.best.zip(self.state.best_epoch)
    }

    fn reason(&self) -> String {
        let (series, wait) = (self.monitor.series(), self.state.wait);
        let best = match self.best() {
            Some((value, epoch)) => format!("best {value:.6} in epoch {}", epoch.saturating_add(1)),
            None => "it was never a finite number".to_owned(),
        };
        let missed = match self.baseline {
            Some(baseline) if self.best().is_none_or(|(best, _)| !self.monitor.is_better(best, Some(baseline))) => {
                format!("has not beaten its baseline {baseline}")
            }
            _ => "has not improved".to_owned(),
        };
        format!("early stopping: {series} {missed} for {wait} {}; {best}", if wait == 1 { "epoch" } else { "epochs" })
    }
}

impl Callback for EarlyStopping {
    fn name(&self) -> &'static str {
        "early_stopping"
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let state = &mut self.state;
        let Some(value) = state.watch.take(&self.monitor, event) else {
            return Watch::missing(&self.monitor, event, "early stopping will not stop the run");
        };
        if event.epoch < self.start_from_epoch {
            return Controls::new();
        }
        state.wait = state.wait.saturating_add(1);
        if state.watch.improves(&self.monitor, value) {
            state.best_epoch = Some(event.epoch);
            if self.baseline.is_none_or(|baseline| self.monitor.is_better(value, Some(baseline))) {
                state.wait = 0;
            }
            let value = Some((self.monitor.series().to_owned(), value));
            return self.restore.iter().map(|slot| Control::Save { slot: slot.clone(), value: value.clone(), copies: 1 }).collect();
        }
        if state.wait >= self.patience && event.epoch > 0 { vec![Control::Stop(self.reason())] } else { Controls::new() }
    }

    fn on_train_end(&mut self, _: &TrainEnd) -> Controls {
        match (&self.restore, self.state.best_epoch) {
            (Some(slot), Some(_)) => vec![Control::Restore { slot: slot.clone() }],
            _ => Controls::new(),
        }
    }

    fn on_log(&mut self, _: Step, name: &str, value: f64) {
        self.state.watch.on_log(&self.monitor, name, value);
    }

    state::saved!();
}

#[cfg(test)]
mod tests {
    use super::super::monitor::Mode;
    use super::super::testing::{epoch_end, train_end};
    use super::*;
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    /// Runs the values through, an epoch each; the epoch that stopped the run, and the epochs whose weights were kept.
    fn run(callback: &mut EarlyStopping, first_epoch: u32, values: &[f64]) -> (Option<u32>, Vec<u32>) {
        let mut saved = Vec::new();
        for (epoch, &value) in (first_epoch..).zip(values) {
            for control in callback.on_epoch_end(&epoch_end(epoch, "val/loss", value)) {
                match control {
                    Control::Save { .. } => saved.push(epoch),
                    Control::Stop(_) => return (Some(epoch), saved),
                    other => panic!("{other:?}"),
                }
            }
        }
        (None, saved)
    }

    fn stopper(mode: Mode, min_delta: f64, patience: u32) -> EarlyStopping {
        EarlyStopping::new(Monitor::new("val/loss", mode, min_delta), patience).restoring_best_weights()
    }

    #[test]
    fn stops_and_keeps_as_worked_out_by_hand() {
        let min = |patience| stopper(Mode::Min, 0.0, patience);
        // What, callback, values; the epoch that stopped the run, the epochs whose weights were kept.
        type Case<'a> = (&'a str, EarlyStopping, &'a [f64], Option<u32>, &'a [u32]);
        let cases: &[Case] = &[
            ("patience 0 stops at the first epoch without improvement", min(0), &[3.0, 2.0, 2.0, 1.0], Some(2), &[0, 1]),
            ("patience 1 means the same", min(1), &[3.0, 2.0, 2.0, 1.0], Some(2), &[0, 1]),
            ("patience 2 waits for one", min(2), &[3.0, 2.0, 2.5, 1.0, 1.5, 1.5], Some(5), &[0, 1, 3]),
            ("never ends", min(3), &[3.0, 3.0, 3.0, 2.0, 2.0, 2.0], None, &[0, 3]),
            ("maximised", stopper(Mode::Max, 0.0, 2), &[0.1, 0.3, 0.2, 0.3], Some(3), &[0, 1]),
            ("min delta, downward", stopper(Mode::Min, 0.5, 2), &[3.0, 2.75, 2.25, 2.0, 2.0], Some(4), &[0, 2]),
            ("min delta, upward", stopper(Mode::Max, 0.5, 2), &[1.0, 1.25, 1.75, 2.0, 2.0], Some(4), &[0, 2]),
            ("small steps add up to one against the same best", stopper(Mode::Min, 0.5, 3), &[3.0, 2.8, 2.6, 2.4], None, &[0, 3]),
            ("NaN from the first is never best", min(2), &[NAN, NAN, 1.0], Some(1), &[]),
            ("a value after NaN is best", min(3), &[NAN, NAN, 1.0, 2.0], None, &[2]),
            ("NaN counts as no improvement", min(2), &[3.0, NAN, NAN], Some(2), &[0]),
            ("after NaN a better value is better", min(2), &[3.0, NAN, 2.0, NAN, 1.0], None, &[0, 2, 4]),
            ("infinity neither", min(1), &[f64::INFINITY, 1.0, f64::NEG_INFINITY], Some(2), &[1]),
            ("never after the first epoch", min(0), &[NAN, 1.0], None, &[1]),
            ("start epoch", min(1).starting_from_epoch(2), &[1.0, 5.0, 4.0, 3.0, 3.5], Some(4), &[2, 3]),
            // wait: 1, 2, 3 (improves, does not stop), 4 without improvement: stop.
            ("baseline not beaten", min(3).with_baseline(1.0), &[4.0, 3.0, 2.0, 2.0], Some(3), &[0, 1, 2]),
            // wait: 1, 0 (0.9 beats both), 1, 2: stop.
            ("baseline beaten", min(2).with_baseline(1.0), &[4.0, 0.9, 0.95, 0.95], Some(3), &[0, 1]),
        ];
        for (what, callback, values, stopped, saved) in cases {
            let mut callback = callback.clone();
            assert_eq!(run(&mut callback, 0, values), (*stopped, saved.to_vec()), "{what}");
        }
    }

    #[test]
    fn restores_whatever_ended_the_run_and_says_why_it_stopped() {
        let mut callback = stopper(Mode::Auto, 0.0, 5);
        assert_eq!(callback.on_train_end(&train_end()), [], "nothing was kept yet");
        run(&mut callback, 0, &[2.0, 1.0, 3.0]);
        let slot = "early stopping: best val/loss".to_owned();
        assert_eq!(callback.on_train_end(&train_end()), [Control::Restore { slot }], "the visitor stopped the run");
        assert_eq!(callback.best(), Some((1.0, 1)));

        let mut plain = EarlyStopping::new(Monitor::new("val/loss", Mode::Auto, 0.0), 1);
        run(&mut plain, 0, &[2.0]);
        assert_eq!(plain.on_train_end(&train_end()), [], "restoring was not asked for");
        let stop = plain.on_epoch_end(&epoch_end(1, "val/loss", 2.0));
        let reason = "early stopping: val/loss has not improved for 1 epoch; best 2.000000 in epoch 1";
        assert_eq!(stop, [Control::Stop(reason.into())]);
        assert_eq!(plain.on_epoch_end(&epoch_end(2, "other", 2.0)), [], "no value, no decision");
    }

    #[test]
    fn a_series_that_does_not_come_is_told_once_and_one_of_keras_name_comes() {
        let mut lost = EarlyStopping::new(Monitor::new("val/f1/12", Mode::Auto, 0.0), 1);
        let told = lost.on_epoch_end(&epoch_end(0, "val/loss", 2.0));
        let [Control::Diagnose(found)] = &told[..] else { panic!("{told:?}") };
        assert!(found.evidence.starts_with("No value of val/f1/12 has come by the end of epoch 1, so early stopping"), "{found:?}");
        assert!(found.remedy.contains("val/f1, the mean"), "{found:?}");
        assert_eq!(lost.on_epoch_end(&epoch_end(1, "val/loss", 2.0)), []);

        let mut keras = EarlyStopping::new(Monitor::new("val_loss", Mode::Auto, 0.0), 1);
        assert_eq!(keras.on_epoch_end(&epoch_end(0, "val/loss", 2.0)), []);
        assert!(matches!(&keras.on_epoch_end(&epoch_end(1, "val/loss", 2.0))[..], [Control::Stop(_)]));
    }

    #[test]
    fn a_series_that_a_callback_logs_can_be_followed() {
        let mut callback = EarlyStopping::new(Monitor::new("mine", Mode::Auto, 0.0), 1);
        for (epoch, value, stops) in [(0, 2.0, false), (1, 1.0, false), (2, 1.5, true)] {
            callback.on_log(0, "mine", value);
            assert_eq!(!callback.on_epoch_end(&epoch_end(epoch, "val/loss", 0.0)).is_empty(), stops, "epoch {epoch}");
        }
    }

    proptest! {
        #[test]
        fn a_resumed_run_decides_as_an_uninterrupted_one(
            values in prop::collection::vec(prop_oneof![Just(NAN), -2.0..2.0], 1..30),
            cut in 0..30usize, patience in 0..5u32, baseline in prop::option::of(-1.0..1.0),
        ) {
            let make = || {
                let callback = stopper(Mode::Min, 0.1, patience).starting_from_epoch(2);
                match baseline { Some(baseline) => callback.with_baseline(baseline), None => callback }
            };
            let cut = cut.min(values.len());
            let mut whole = make();
            let expected = run(&mut whole, 0, &values);
            let mut first = make();
            let (mut stopped, mut saved) = run(&mut first, 0, &values[..cut]);
            if stopped.is_none() {
                let mut second = make();
                second.load_state(first.save_state()).unwrap();
                let rest = run(&mut second, cut as u32, &values[cut..]);
                stopped = rest.0;
                saved.extend(rest.1);
                prop_assert_eq!(second.save_state(), whole.save_state());
            }
            prop_assert_eq!((stopped, saved), expected);
        }
    }
}
