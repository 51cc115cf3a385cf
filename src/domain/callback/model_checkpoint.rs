//! Keeps copies of the weights while the run goes on: Keras' `ModelCheckpoint`, in memory.
//!
//! Faults mended: "every n batches" means after the updates n, 2n, 3n … of the run, with exactly the weights after that
//! update even where a GPU's numbers come late (Keras counts anew from the last save, and loses its count when a run is
//! resumed); NaN is never best; without a value there is no "best" (Keras saves then).

use super::monitor::{Monitor, Watch};
use super::state;
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::run::event::{BatchBegin, EpochEnd, Step};
use serde::{Deserialize, Serialize};

/// The times at which the weights are kept; each copy takes the place of the oldest.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveWhen {
    /// The end of each epoch that is the best so far.
    Best {
        /// The monitored series.
        monitor: Monitor,
        /// The value that the first one must beat.
        initial: Option<f64>,
    },
    /// The end of every so many epochs: 2 is the second, fourth, … epoch.
    EveryEpochs(u32),
    /// The time after every so many updates.
    EveryBatches(u32),
}

/// Keeps copies of the weights under a name that tells which they are, see [`ModelCheckpoint::slot`].
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    when: SaveWhen,
    copies: u32,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    watch: Watch,
    /// The number of updates that the kept weights have had.
    saved_step: Option<Step>,
}

impl ModelCheckpoint {
    /// A callback that keeps the weights at the times of `when`.
    pub fn new(when: SaveWhen) -> Self {
        let best = match &when {
            SaveWhen::Best { initial, .. } => *initial,
            _ => None,
        };
        Self { when, copies: 1, state: State { watch: Watch::starting_at(best), saved_step: None } }
    }

    /// Keeps the last `copies` copies (default 1).
    #[must_use]
    pub fn keeping(mut self, copies: u32) -> Self {
        self.copies = copies.max(1);
        self
    }

    /// The name under which the weights are kept.
    pub fn slot(&self) -> String {
        match &self.when {
            SaveWhen::Best { monitor, .. } => format!("checkpoint: best {}", monitor.series()),
            SaveWhen::EveryEpochs(every) => format!("checkpoint: every {every} epochs"),
            SaveWhen::EveryBatches(every) => format!("checkpoint: every {every} batches"),
        }
    }

    /// The number of updates that the kept weights have had; `None` before the first copy.
    pub fn saved_step(&self) -> Option<Step> {
        self.state.saved_step
    }

    fn save(&mut self, step: Step, value: Option<(String, f64)>) -> Controls {
        self.state.saved_step = Some(step);
        vec![Control::Save { slot: self.slot(), value, copies: self.copies }]
    }

    /// Saves where `done` updates are a multiple of the count, but only once: the end of an epoch and the begin of the
    /// next batch see the same weights.
    fn after_updates(&mut self, done: Step) -> Controls {
        match self.when {
            SaveWhen::EveryBatches(every) if done > 0 && done.is_multiple_of(every.max(1)) && self.state.saved_step != Some(done) => {
                self.save(done, None)
            }
            _ => Controls::new(),
        }
    }
}

impl Callback for ModelCheckpoint {
    fn name(&self) -> &'static str {
        "model_checkpoint"
    }

    /// Saves here and not at the batch's end, which may be reported when the weights have already moved on.
    fn on_batch_begin(&mut self, event: &BatchBegin) -> Controls {
        self.after_updates(event.step - 1)
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let value = match &self.when {
            SaveWhen::Best { monitor, .. } => {
                let Some(value) = self.state.watch.take(monitor, event) else {
                    return Watch::missing(monitor, event, "no weights will be kept");
                };
                if !self.state.watch.improves(monitor, value) {
                    return Controls::new();
                }
                Some((monitor.series().to_owned(), value))
            }
            SaveWhen::EveryEpochs(every) if (event.epoch + 1).is_multiple_of((*every).max(1)) => None,
            SaveWhen::EveryEpochs(_) => return Controls::new(),
            SaveWhen::EveryBatches(_) => return self.after_updates(event.step),
        };
        self.save(event.step, value)
    }

    fn on_log(&mut self, _: Step, name: &str, value: f64) {
        if let SaveWhen::Best { monitor, .. } = &self.when {
            self.state.watch.on_log(monitor, name, value);
        }
    }

    state::saved!();
}

#[cfg(test)]
mod tests {
    use super::super::monitor::Mode;
    use super::super::testing::{BATCHES, batch_begin, epoch_end};
    use super::*;
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    /// Epochs of five batches, from `first_epoch` on: the updates that had been made at each save.
    fn run(callback: &mut ModelCheckpoint, first_epoch: u32, values: &[f64]) -> Vec<Step> {
        let mut saved = Vec::new();
        for (epoch, &value) in (first_epoch..).zip(values) {
            for step in epoch * BATCHES + 1..=(epoch + 1) * BATCHES {
                saved.extend(callback.on_batch_begin(&batch_begin(step)).iter().map(|_| step - 1));
            }
            let end = epoch_end(epoch, "val/loss", value);
            let controls = callback.on_epoch_end(&end);
            for control in &controls {
                let Control::Save { slot, value: said, copies: 1 } = control else { panic!("{control:?}") };
                assert_eq!(*slot, callback.slot());
                let expected = matches!(callback.when, SaveWhen::Best { .. }).then(|| ("val/loss".to_owned(), value));
                assert_eq!(*said, expected, "the value that made it the best");
            }
            saved.extend(controls.iter().map(|_| end.step));
        }
        saved
    }

    fn best(mode: Mode, initial: Option<f64>) -> SaveWhen {
        SaveWhen::Best { monitor: Monitor::new("val/loss", mode, 0.0), initial }
    }

    #[test]
    fn saves_as_worked_out_by_hand() {
        let cases: &[(&str, SaveWhen, &[f64], &[Step])] = &[
            ("best, minimised", best(Mode::Auto, None), &[3.0, 4.0, 2.0, 2.0, 1.0], &[5, 15, 25]),
            ("best, maximised", best(Mode::Max, None), &[3.0, 4.0, 2.0, 4.0, 5.0], &[5, 10, 25]),
            ("NaN is never best", best(Mode::Min, None), &[NAN, 2.0, NAN, 1.0], &[10, 20]),
            ("NaN only: nothing to keep", best(Mode::Min, None), &[NAN, NAN, f64::INFINITY], &[]),
            ("initial threshold", best(Mode::Min, Some(2.5)), &[3.0, 2.5, 2.0, 2.25], &[15]),
            ("every epoch, whatever the value", SaveWhen::EveryEpochs(1), &[1.0, NAN, 2.0], &[5, 10, 15]),
            ("every second epoch", SaveWhen::EveryEpochs(2), &[1.0; 5], &[10, 20]),
            ("every batch", SaveWhen::EveryBatches(1), &[1.0; 1], &[1, 2, 3, 4, 5]),
            ("every 4 batches, across epochs", SaveWhen::EveryBatches(4), &[1.0; 3], &[4, 8, 12]),
            ("every 5 batches: the epoch's end, once", SaveWhen::EveryBatches(5), &[1.0; 3], &[5, 10, 15]),
            ("more than there are", SaveWhen::EveryBatches(100), &[1.0; 3], &[]),
        ];
        for (what, when, values, saved) in cases {
            let mut callback = ModelCheckpoint::new(when.clone());
            assert_eq!(run(&mut callback, 0, values), *saved, "{what}");
            assert_eq!(callback.saved_step(), saved.last().copied(), "{what}");
        }
    }

    #[test]
    fn without_a_value_nothing_is_best() {
        let mut callback = ModelCheckpoint::new(best(Mode::Auto, None));
        assert!(matches!(&callback.on_epoch_end(&epoch_end(0, "other", 1.0))[..], [Control::Diagnose(_)]));
        callback.on_log(3, "val/loss", 1.0);
        let save = vec![Control::Save { slot: "checkpoint: best val/loss".into(), value: Some(("val/loss".into(), 1.0)), copies: 1 }];
        assert_eq!(callback.on_epoch_end(&epoch_end(1, "other", 1.0)), save, "a logged value will do");
    }

    proptest! {
        #[test]
        fn a_resumed_run_saves_as_an_uninterrupted_one(
            values in prop::collection::vec(prop_oneof![Just(NAN), -2.0..2.0], 1..20), cut in 0..20usize,
            kind in 0..3, every in 1..8u32,
        ) {
            let when = match kind {
                0 => best(Mode::Min, Some(1.0)),
                1 => SaveWhen::EveryEpochs(every),
                _ => SaveWhen::EveryBatches(every),
            };
            let cut = cut.min(values.len());
            let mut whole = ModelCheckpoint::new(when.clone());
            let expected = run(&mut whole, 0, &values);
            let mut first = ModelCheckpoint::new(when.clone());
            let mut saved = run(&mut first, 0, &values[..cut]);
            let mut second = ModelCheckpoint::new(when);
            second.load_state(first.save_state()).unwrap();
            saved.extend(run(&mut second, cut as u32, &values[cut..]));
            prop_assert_eq!(saved, expected);
            prop_assert_eq!(second.save_state(), whole.save_state());
        }
    }
}
