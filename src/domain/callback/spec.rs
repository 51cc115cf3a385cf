//! Callbacks as data, for the run configuration and the page's forms, with Keras' names and defaults.
//!
//! Keys are camelCase; a missing value gets Keras' default. Never here: the callbacks' work.

mod check;
mod help;
mod menu;

pub use check::{MOST_CALLBACKS, check_monitors, check_together, gradient_clip, validate_all};

use super::lr_finder::LrFinder;
use super::model_checkpoint::{ModelCheckpoint, SaveWhen};
use super::monitor::{Mode, Monitor};
use super::{EarlyStopping, LearningRateScheduler, ReduceLrOnPlateau, TerminateOnNan};
use crate::domain::callback::Callback;
use crate::domain::run::event::series;
use crate::domain::run::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// The facts about a run that its callbacks are built with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunInfo {
    /// The optimiser's learning rate.
    pub learning_rate: f64,
    /// Number of updates in the whole run, if nothing stops it.
    pub total_steps: u64,
}

/// The times at which `ModelCheckpoint` keeps the weights. In JSON: `"best"`, `{"epochs": 2}` or `{"batches": 100}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckpointSpec {
    /// The end of each epoch that is the best so far: Keras' `save_best_only=True`.
    Best,
    /// The end of every so many epochs.
    Epochs(u32),
    /// The time after every so many updates: Keras' `save_freq`.
    Batches(u32),
}

impl CheckpointSpec {
    /// The moment of saving for the callback itself.
    fn when(self, monitor: &str, mode: Mode, initial: Option<f64>) -> SaveWhen {
        match self {
            Self::Best => SaveWhen::Best { monitor: Monitor::new(monitor, mode, 0.0), initial },
            Self::Epochs(every) => SaveWhen::EveryEpochs(every),
            Self::Batches(every) => SaveWhen::EveryBatches(every),
        }
    }
}

/// The specification of a callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum CallbackSpec {
    /// Stops the run when a series no longer gets better: [`EarlyStopping`].
    EarlyStopping {
        /// The monitored series.
        #[serde(default = "val_loss")]
        monitor: String,
        /// The direction in which it gets better.
        #[serde(default)]
        mode: Mode,
        /// The smallest improvement: a change of so much or less is none.
        #[serde(default)]
        min_delta: f64,
        /// Number of epochs without improvement before the stop.
        #[serde(default)]
        patience: u32,
        /// The value to be beaten within `patience` epochs.
        #[serde(default)]
        baseline: Option<f64>,
        /// The first epoch that counts, from 0.
        #[serde(default)]
        start_from_epoch: u32,
        /// Whether the weights of the best epoch are restored at the end, whatever ended the run.
        #[serde(default)]
        restore_best_weights: bool,
    },
    /// Keeps copies of the weights: [`ModelCheckpoint`].
    ModelCheckpoint {
        /// The times at which the weights are kept. Keras' default is every epoch.
        #[serde(default = "every_epoch")]
        save: CheckpointSpec,
        /// The monitored series, for `best`.
        #[serde(default = "val_loss")]
        monitor: String,
        /// The direction in which it gets better, for `best`.
        #[serde(default)]
        mode: Mode,
        /// The value that the first one must beat, for `best`.
        #[serde(default)]
        initial_value_threshold: Option<f64>,
        /// Number of copies that are kept, the last ones; each takes the memory of a model and its optimiser.
        #[serde(default = "one")]
        copies: u32,
    },
    /// Stops the run at a loss that is not finite: [`TerminateOnNan`].
    TerminateOnNan,
    /// Lowers the learning rate when a series no longer gets better: [`ReduceLrOnPlateau`].
    ReduceLrOnPlateau {
        /// The monitored series.
        #[serde(default = "val_loss")]
        monitor: String,
        /// The direction in which it gets better.
        #[serde(default)]
        mode: Mode,
        /// The factor that the rate is multiplied by.
        #[serde(default = "factor")]
        factor: f64,
        /// Number of epochs without improvement before the rate is lowered.
        #[serde(default = "patience")]
        patience: u32,
        /// The smallest improvement: a change of so much or less is none.
        #[serde(default = "min_delta")]
        min_delta: f64,
        /// Number of epochs that are not counted after the rate was lowered.
        #[serde(default)]
        cooldown: u32,
        /// The lowest learning rate.
        #[serde(default)]
        min_lr: f64,
    },
    /// Sets the learning rate of each update by a schedule: [`LearningRateScheduler`].
    LearningRateScheduler {
        /// The schedule.
        schedule: Schedule,
    },
    /// Tests a range of learning rates: [`LrFinder`].
    LrFinder {
        /// The first rate.
        #[serde(default = "low")]
        low: f64,
        /// The last rate.
        #[serde(default = "high")]
        high: f64,
        /// Number of updates from the first rate to the last.
        #[serde(default = "batches")]
        batches: u32,
        /// The divergence: the test stops where the smoothed loss exceeds so many times its smallest value.
        #[serde(default = "divergence")]
        divergence: f64,
        /// The share of the mean before in the smoothed loss.
        #[serde(default = "smoothing")]
        smoothing: f64,
    },
    /// Scales all gradients together so that their common Euclidean norm is at most `norm`: Keras' `global_clipnorm`.
    /// The trainer does it, between backward pass and update; no callback sees a gradient.
    GradientClip {
        /// The largest norm.
        norm: f64,
    },
}

fn val_loss() -> String {
    series::VAL_LOSS.to_owned()
}
fn one() -> u32 {
    1
}
fn every_epoch() -> CheckpointSpec {
    CheckpointSpec::Epochs(1)
}
fn factor() -> f64 {
    0.1
}
fn patience() -> u32 {
    10
}
fn min_delta() -> f64 {
    1e-4
}
fn low() -> f64 {
    1e-7
}
fn high() -> f64 {
    10.0
}
fn batches() -> u32 {
    100
}
fn divergence() -> f64 {
    4.0
}
fn smoothing() -> f64 {
    0.9
}

impl CallbackSpec {
    /// Builds the callback; `None` for [`GradientClip`](Self::GradientClip), which the trainer does.
    pub fn build(&self, run: &RunInfo) -> Option<Box<dyn Callback>> {
        let monitor_of = |series: &String, mode: Mode, min_delta: f64| Monitor::new(series, mode, min_delta);
        Some(match self {
            Self::EarlyStopping { monitor, mode, min_delta, patience, baseline, start_from_epoch, restore_best_weights } => {
                let mut callback =
                    EarlyStopping::new(monitor_of(monitor, *mode, *min_delta), *patience).starting_from_epoch(*start_from_epoch);
                if let Some(baseline) = baseline {
                    callback = callback.with_baseline(*baseline);
                }
                if *restore_best_weights {
                    callback = callback.restoring_best_weights();
                }
                Box::new(callback)
            }
            Self::ModelCheckpoint { save, monitor, mode, initial_value_threshold, copies } => {
                Box::new(ModelCheckpoint::new(save.when(monitor, *mode, *initial_value_threshold)).keeping(*copies))
            }
            Self::TerminateOnNan => Box::new(TerminateOnNan),
            Self::ReduceLrOnPlateau { monitor, mode, factor, patience, min_delta, cooldown, min_lr } => {
                let monitor = monitor_of(monitor, *mode, *min_delta);
                Box::new(ReduceLrOnPlateau::new(monitor, *factor, *patience).with_cooldown(*cooldown).with_min_lr(*min_lr))
            }
            Self::LearningRateScheduler { schedule } => {
                Box::new(LearningRateScheduler::new(schedule.clone(), run.total_steps, run.learning_rate))
            }
            Self::LrFinder { low, high, batches, divergence, smoothing } => {
                Box::new(LrFinder::new(*low, *high, *batches).with_divergence(*divergence).with_smoothing(*smoothing))
            }
            Self::GradientClip { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_like_keras_and_has_its_defaults() {
        let read = |json: &str| serde_json::from_str::<CallbackSpec>(json).unwrap();
        let stopping = CallbackSpec::EarlyStopping {
            monitor: "val/loss".into(),
            mode: Mode::Auto,
            min_delta: 0.0,
            patience: 0,
            baseline: None,
            start_from_epoch: 0,
            restore_best_weights: false,
        };
        assert_eq!(read(r#"{"name":"early_stopping"}"#), stopping);
        let (monitor, mode) = (val_loss(), Mode::Auto);
        let save = CheckpointSpec::Epochs(1);
        let checkpoint = CallbackSpec::ModelCheckpoint { save, monitor: monitor.clone(), mode, initial_value_threshold: None, copies: 1 };
        assert_eq!(read(r#"{"name":"model_checkpoint"}"#), checkpoint);
        let plateau =
            CallbackSpec::ReduceLrOnPlateau { monitor, mode, factor: 0.1, patience: 10, min_delta: 1e-4, cooldown: 0, min_lr: 0.0 };
        assert_eq!(read(r#"{"name":"reduce_lr_on_plateau"}"#), plateau);
        assert_eq!(read(r#"{"name":"terminate_on_nan"}"#), CallbackSpec::TerminateOnNan);
        let json = r#"{"name":"model_checkpoint","save":{"batches":100},"monitor":"val/f1","mode":"max"}"#;
        assert!(matches!(read(json), CallbackSpec::ModelCheckpoint { save: CheckpointSpec::Batches(100), mode: Mode::Max, .. }));
        assert!(matches!(
            read(r#"{"name":"learning_rate_scheduler","schedule":{"name":"one_cycle"}}"#),
            CallbackSpec::LearningRateScheduler { schedule: Schedule::OneCycle { .. } }
        ));
        let error = serde_json::from_str::<CallbackSpec>(r#"{"name":"early_stopping","patients":3}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `patients`"), "{error}");
    }

    #[test]
    fn the_whole_menu_is_valid_survives_json_and_can_be_built() {
        let run = RunInfo { learning_rate: 0.1, total_steps: 100 };
        for spec in CallbackSpec::menu() {
            spec.validate().unwrap();
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<CallbackSpec>(&json).unwrap(), spec, "{json}");
            assert!(!spec.title().is_empty() && spec.about().ends_with('.'));
            match spec.build(&run) {
                Some(callback) => assert!(json.contains(&format!(r#""name":"{}""#, callback.name())), "{json}: {}", callback.name()),
                None => assert!(matches!(spec, CallbackSpec::GradientClip { .. })),
            }
        }
    }

    #[test]
    fn what_the_wish_says_reaches_the_callback() {
        use super::super::testing::{batch_begin, batch_end, epoch_end, train_end};
        use crate::domain::callback::Control;
        let run = RunInfo { learning_rate: 8.0, total_steps: 4 };
        let build = |json: &str| serde_json::from_str::<CallbackSpec>(json).unwrap().build(&run).unwrap();

        let mut stopping = build(r#"{"name":"early_stopping","monitor":"x","mode":"max","patience":1,"restoreBestWeights":true}"#);
        assert!(matches!(&stopping.on_epoch_end(&epoch_end(0, "x", 1.0))[..], [Control::Save { .. }]));
        assert!(matches!(&stopping.on_epoch_end(&epoch_end(1, "x", 0.5))[..], [Control::Stop(_)]));
        assert!(matches!(&stopping.on_train_end(&train_end())[..], [Control::Restore { .. }]));

        let mut plateau = build(r#"{"name":"reduce_lr_on_plateau","monitor":"x","factor":0.25,"patience":1,"minLr":3}"#);
        plateau.on_batch_end(&batch_end(1, 1.0, 8.0));
        plateau.on_epoch_end(&epoch_end(0, "x", 1.0));
        assert_eq!(plateau.on_epoch_end(&epoch_end(1, "x", 1.0)), [Control::SetLearningRate(3.0)]);

        let mut schedule = build(r#"{"name":"learning_rate_scheduler","schedule":{"name":"cosine"}}"#);
        assert_eq!(schedule.on_batch_begin(&batch_begin(3)), [Control::SetLearningRate(4.0)]);

        let mut finder = build(r#"{"name":"lr_finder","low":0.5,"high":2,"batches":10}"#);
        assert_eq!(finder.on_batch_begin(&batch_begin(1)), [Control::SetLearningRate(0.5)]);

        let mut best = build(r#"{"name":"model_checkpoint","save":"best","monitor":"x","initialValueThreshold":1}"#);
        assert_eq!(best.on_epoch_end(&epoch_end(0, "x", 1.0)), []);
        assert_eq!(best.on_epoch_end(&epoch_end(1, "x", 0.5)).len(), 1);
    }
}
