//! Callbacks: the hooks, the controls that a hook may ask for, and Emberscope's own callbacks, one a file with its tests.

mod early_stopping;
mod history;
mod hooks;
mod learning_rate_scheduler;
mod lr_finder;
mod model_checkpoint;
mod monitor;
mod progress;
mod reduce_lr_on_plateau;
#[cfg(test)]
mod resumed;
pub mod spec;
pub(crate) mod state;
mod terminate_on_nan;
#[cfg(test)]
pub(crate) mod testing;
mod timing;

pub use early_stopping::EarlyStopping;
pub use history::{History, SharedHistory};
pub use hooks::*;
pub use learning_rate_scheduler::LearningRateScheduler;
pub use lr_finder::LrFinder;
/// The parts of the learning-rate test that the page needs to draw it.
pub mod rate_test {
    pub use super::lr_finder::{Curve, FEWEST_RATES, SMOOTHED_LOSS, SUGGESTION, Steepest};
}
pub use model_checkpoint::{ModelCheckpoint, SaveWhen};
pub use monitor::{Mode, Monitor};
pub use progress::{Progress, ProgressMeter};
pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
pub use terminate_on_nan::TerminateOnNan;
pub use timing::Timing;
