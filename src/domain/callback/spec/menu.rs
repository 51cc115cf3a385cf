//! The menu of callbacks on the page: their order, their values, their names.

use super::{CallbackSpec, CheckpointSpec, batches, divergence, factor, high, low, min_delta, smoothing, val_loss};
use crate::domain::callback::Mode;
use crate::domain::run::schedule::Schedule;

impl CallbackSpec {
    /// One callback of each kind for the menu, with Keras' defaults except where those do nothing useful at a click (a
    /// patience of 0, every epoch's weights).
    pub fn menu() -> Vec<Self> {
        let (monitor, mode) = (val_loss(), Mode::Auto);
        vec![
            Self::EarlyStopping {
                monitor: monitor.clone(),
                mode,
                min_delta: 0.0,
                patience: 3,
                baseline: None,
                start_from_epoch: 0,
                restore_best_weights: true,
            },
            Self::ModelCheckpoint { save: CheckpointSpec::Best, monitor: monitor.clone(), mode, initial_value_threshold: None, copies: 1 },
            Self::TerminateOnNan,
            Self::ReduceLrOnPlateau { monitor, mode, factor: factor(), patience: 2, min_delta: min_delta(), cooldown: 0, min_lr: 0.0 },
            Self::LearningRateScheduler { schedule: Schedule::Cosine { alpha: 0.0 } },
            Self::GradientClip { norm: 1.0 },
            Self::LrFinder { low: low(), high: high(), batches: batches(), divergence: divergence(), smoothing: smoothing() },
        ]
    }

    /// The callback's name on the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::EarlyStopping { .. } => "Early stopping",
            Self::ModelCheckpoint { .. } => "Checkpoint",
            Self::TerminateOnNan => "Stop at NaN",
            Self::ReduceLrOnPlateau { .. } => "Lower the rate on a plateau",
            Self::LearningRateScheduler { .. } => "Learning-rate schedule",
            Self::LrFinder { .. } => "Learning-rate test",
            Self::GradientClip { .. } => "Gradient clipping",
        }
    }

    /// A sentence about its effect, for the page.
    pub fn about(&self) -> &'static str {
        match self {
            Self::EarlyStopping { .. } => "Ends the run when a series no longer gets better, and can put the best weights back.",
            Self::ModelCheckpoint { .. } => "Keeps a copy of the weights in memory: the best, or every so many epochs or batches.",
            Self::TerminateOnNan => "Ends the run at the first loss that is not a number or infinite.",
            Self::ReduceLrOnPlateau { .. } => "Lowers the learning rate when a series no longer gets better.",
            Self::LearningRateScheduler { .. } => "Sets the learning rate of every update by a formula.",
            Self::LrFinder { .. } => {
                "A short run with a rising learning rate, to see at which rate the loss falls fastest; then the first weights are put back."
            }
            Self::GradientClip { .. } => "Shortens the gradient of all weights together where it is longer than a given norm.",
        }
    }
}
