//! The hooks of callbacks, which watch and steer a run, with Keras' names.
//!
//! Keras' known faults are mended: batch values are the raw values of that batch, validation lies outside the last
//! batch's time, and a hook answers with a [`Control`] instead of setting a flag on the model. A callback sees
//! numbers, never tensors.

use crate::domain::cost::watch::WatchCost;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::diagnosis::examination::Examination;
use crate::domain::metrics::SamplePrediction;
use crate::domain::record::probe::Probe;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, Evaluation, Step, TrainBegin, TrainEnd, Validation};
use crate::domain::run::journal::Entry;
use crate::domain::run::trail::TrailCard;
use crate::error::{Code, Error, Result};
use serde_json::Value;

/// A request of a hook to the training.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Ends the run after this batch, for this reason.
    Stop(String),
    /// Sets the learning rate from the next update on; asked for in `on_batch_begin`, for that batch's own update.
    SetLearningRate(f64),
    /// Records a value of a series of the callback's own, at the step of the hook's event.
    Log(String, f64),
    /// Keeps the present weights in memory under this name, in place of the oldest there. Asked for in `on_batch_begin`
    /// or `on_epoch_end` these are exactly the weights after the updates made so far; in `on_batch_end` a GPU may be
    /// some batches further.
    Save {
        /// The name, the callback's own.
        slot: String,
        /// The reason: a series and its value.
        value: Option<(String, f64)>,
        /// Number of copies that are kept under the name, at least 1.
        copies: u32,
    },
    /// Tells a diagnosis that the visitor should know.
    Diagnose(Box<Diagnosis>),
    /// Restores the weights that were last kept under this name; does nothing if there are none.
    Restore {
        /// The name.
        slot: String,
    },
}

/// The role of a callback, to which its time is booked in the cost of watching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A callback that the visitor asked for; it may steer the run. No part of watching.
    Asked,
    /// A callback that records and sends.
    Record,
    /// A callback that looks for faults.
    Diagnosis,
}

/// The milliseconds that hooks took, by role.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent([f64; 3]);

impl Spent {
    /// The milliseconds of `role`.
    pub fn of(&self, role: Role) -> f64 {
        self.0[role as usize]
    }
}

/// The requests of all hooks of one event, in order; empty: go on.
pub type Controls = Vec<Control>;

/// A callback: it watches a run by its hooks, each of which may be left out.
///
/// Order: `on_train_begin`; for each epoch `on_epoch_begin`, for each batch `on_batch_begin` and `on_batch_end`, then
/// `on_validation_begin`, `on_validation_end`, `on_epoch_end`; at last `on_train_end`, whatever ended the run. On a
/// GPU several batches may begin before the end of the first is reported; all ends come in order and before the
/// epoch's end.
#[allow(unused_variables)]
pub trait Callback {
    /// A short name for messages.
    fn name(&self) -> &'static str;
    /// The callback's role.
    fn role(&self) -> Role {
        Role::Asked
    }
    /// Called when the run begins and the weights are set.
    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        Controls::new()
    }
    /// Called in place of [`Callback::on_train_begin`] when a run goes on from a saved state, after `step` updates: the callback's
    /// own state is there already. Nor does the present epoch begin a second time.
    fn on_train_resume(&mut self, event: &TrainBegin, step: Step) {}
    /// Called when an epoch begins.
    fn on_epoch_begin(&mut self, event: &EpochBegin) -> Controls {
        Controls::new()
    }
    /// Called when a batch begins.
    fn on_batch_begin(&mut self, event: &BatchBegin) -> Controls {
        Controls::new()
    }
    /// Called when a batch's numbers have arrived.
    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        Controls::new()
    }
    /// Called with each probe of the network, at the step of the batch that has just ended.
    fn on_probe(&mut self, event: &Probe) -> Controls {
        Controls::new()
    }
    /// Called when the batch that has just ended had no finite loss, the first of the run, and was run once more to see
    /// why.
    fn on_examination(&mut self, event: &Examination) -> Controls {
        Controls::new()
    }
    /// Called with all metrics over the validation samples, before `on_validation_end`.
    fn on_evaluation(&mut self, event: &Evaluation) -> Controls {
        Controls::new()
    }
    /// Called with the predictions for each sample of the batch of update `step`, made before that update; comes before
    /// [`Callback::on_batch_end`].
    fn on_predictions(&mut self, step: Step, predictions: &[SamplePrediction]) {}
    /// Called with the list of checkpoints in memory, when one was added or dropped.
    fn on_checkpoints(&mut self, kept: &[CheckpointCard]) {}
    /// Called when the weights of a moment were kept, with all that are.
    fn on_trail(&mut self, trail: &TrailCard) {}
    /// Called when something from outside has changed the run, before the batch whose update sees it first; `number` counts the
    /// run's inputs from 0.
    fn on_input(&mut self, number: u32, event: &Entry) {}
    /// Called when a callback, perhaps another one, has told a diagnosis.
    fn on_diagnosis(&mut self, event: &Diagnosis) {}
    /// Called with the cost of watching so far.
    fn on_watching(&mut self, event: &WatchCost) {}
    /// Called when a validation begins.
    fn on_validation_begin(&mut self, event: &Validation) -> Controls {
        Controls::new()
    }
    /// Called when a validation has ended.
    fn on_validation_end(&mut self, event: &Validation) -> Controls {
        Controls::new()
    }
    /// Called when an epoch has ended, its validation included.
    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        Controls::new()
    }
    /// Called when the run has ended. Only [`Control::Restore`] and [`Control::Log`] still have an effect.
    fn on_train_end(&mut self, event: &TrainEnd) -> Controls {
        Controls::new()
    }
    /// Called with a value that another callback logged by [`Control::Log`], or that is recorded beside the hooks.
    fn on_log(&mut self, step: Step, name: &str, value: f64) {}
    /// The callback's state, to be saved with the run; null: none. Numbers in it are finite, since JSON has no other.
    fn save_state(&self) -> Value {
        Value::Null
    }
    /// Restores a state that [`Callback::save_state`] gave.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when it is the state of something else.
    fn load_state(&mut self, state: Value) -> Result<()> {
        Ok(())
    }
}

/// Several callbacks as one: each hook goes to all of them, in the order in which they were added.
#[derive(Default)]
pub struct CallbackList {
    callbacks: Vec<Box<dyn Callback>>,
}

macro_rules! fan_out {
    ($($hook:ident($event:ty)),* $(,)?) => {
        $(
            #[doc = concat!("Calls `", stringify!($hook), "` of each callback and gathers what they ask for.")]
            pub fn $hook(&mut self, event: &$event) -> Controls {
                self.callbacks.iter_mut().flat_map(|callback| callback.$hook(event)).collect()
            }
        )*
    };
}

impl CallbackList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a callback at the end.
    pub fn push(&mut self, callback: Box<dyn Callback>) {
        self.callbacks.push(callback);
    }

    /// Adds a callback at the end, and returns the list.
    #[must_use]
    pub fn with(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// The states of all callbacks, in their order, each as `[name, state]`.
    pub fn save_state(&self) -> Value {
        self.callbacks.iter().map(|callback| Value::from(vec![Value::from(callback.name()), callback.save_state()])).collect()
    }

    /// Restores the states that [`save_state`](Self::save_state) gave. The same kinds of callbacks must stand in the
    /// same order.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the callbacks are not those that were saved, or one cannot read its state.
    pub fn load_state(&mut self, states: Value) -> Result<()> {
        let hint = "use the callbacks of the saved run, in their order";
        let states: Vec<(String, Value)> = serde_json::from_value(states)
            .map_err(|cause| Error::new(Code::InvalidData, format!("these are not the states of callbacks: {cause}"), hint))?;
        let names: Vec<&str> = states.iter().map(|(name, _)| name.as_str()).collect();
        if !self.callbacks.iter().map(|callback| callback.name()).eq(names.iter().copied()) {
            return Err(Error::new(Code::InvalidData, format!("the saved run has other callbacks: {}", names.join(", ")), hint));
        }
        self.callbacks.iter_mut().zip(states).try_for_each(|(callback, (_, state))| callback.load_state(state))
    }

    fan_out! {
        on_train_begin(TrainBegin),
        on_epoch_begin(EpochBegin),
        on_batch_begin(BatchBegin),
        on_batch_end(BatchEnd),
        on_examination(Examination),
        on_probe(Probe),
        on_validation_begin(Validation),
        on_evaluation(Evaluation),
        on_validation_end(Validation),
        on_epoch_end(EpochEnd),
        on_train_end(TrainEnd),
    }

    /// Calls `on_predictions` of each callback.
    pub fn on_predictions(&mut self, step: Step, predictions: &[SamplePrediction]) {
        for callback in &mut self.callbacks {
            callback.on_predictions(step, predictions);
        }
    }

    /// Calls `on_checkpoints` of each callback.
    pub fn on_checkpoints(&mut self, kept: &[CheckpointCard]) {
        for callback in &mut self.callbacks {
            callback.on_checkpoints(kept);
        }
    }

    /// Calls `on_train_resume` of each callback.
    pub fn on_train_resume(&mut self, event: &TrainBegin, step: Step) {
        for callback in &mut self.callbacks {
            callback.on_train_resume(event, step);
        }
    }

    /// Calls `on_input` of each callback.
    pub fn on_input(&mut self, number: u32, event: &Entry) {
        for callback in &mut self.callbacks {
            callback.on_input(number, event);
        }
    }

    /// Calls `on_trail` of each callback.
    pub fn on_trail(&mut self, trail: &TrailCard) {
        for callback in &mut self.callbacks {
            callback.on_trail(trail);
        }
    }

    /// Calls `on_batch_end` of each callback, and measures the time of each role by the clock `now_ms`.
    pub fn on_batch_end_timed(&mut self, event: &BatchEnd, now_ms: &dyn Fn() -> f64) -> (Controls, Spent) {
        let (mut controls, mut spent) = (Controls::new(), Spent::default());
        let mut begin = now_ms();
        for callback in &mut self.callbacks {
            controls.extend(callback.on_batch_end(event));
            let end = now_ms();
            spent.0[callback.role() as usize] += end - begin;
            begin = end;
        }
        (controls, spent)
    }

    /// Calls `on_watching` of each callback.
    pub fn on_watching(&mut self, event: &WatchCost) {
        for callback in &mut self.callbacks {
            callback.on_watching(event);
        }
    }

    /// Calls `on_diagnosis` of each callback.
    pub fn on_diagnosis(&mut self, event: &Diagnosis) {
        for callback in &mut self.callbacks {
            callback.on_diagnosis(event);
        }
    }

    /// Calls `on_log` of each callback.
    pub fn on_log(&mut self, step: Step, name: &str, value: f64) {
        for callback in &mut self.callbacks {
            callback.on_log(step, name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::callback::{EarlyStopping, Mode, Monitor, SharedHistory, TerminateOnNan};
    use crate::domain::run::event::{EpochEnd, Logs};

    fn list() -> CallbackList {
        let stopping = EarlyStopping::new(Monitor::new("val/loss", Mode::Auto, 0.0), 2).restoring_best_weights();
        CallbackList::new().with(SharedHistory::default()).with(stopping).with(TerminateOnNan)
    }

    #[test]
    fn a_list_saves_and_takes_up_the_state_of_each_by_name_and_place() {
        let end = |epoch, loss| EpochEnd { epoch, step: epoch + 1, logs: Logs(vec![("val/loss".into(), loss)]), at_ms: 0.0 };
        let mut first = list();
        assert!(matches!(&first.on_epoch_end(&end(0, 1.0))[..], [Control::Save { .. }]));
        assert_eq!(first.on_epoch_end(&end(1, 2.0)), []);
        let saved = first.save_state();

        let mut second = list();
        second.load_state(saved.clone()).unwrap();
        assert!(matches!(&second.on_epoch_end(&end(2, 2.0))[..], [Control::Stop(_)]), "the second epoch in a row");

        let error = CallbackList::new().with(TerminateOnNan).load_state(saved).unwrap_err();
        assert_eq!(error.message(), "the saved run has other callbacks: history, early_stopping, terminate_on_nan");
        let odd = serde_json::json!([["history", null], ["early_stopping", {"wait": "long"}], ["terminate_on_nan", null]]);
        assert!(second.load_state(odd).unwrap_err().message().contains("early_stopping cannot be read"));
    }
}
