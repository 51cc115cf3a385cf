//! The callbacks that come with Emberscope, one a file, each with its tests.

mod history;
mod progress;
mod timing;

pub use history::{History, SharedHistory, batch_values};
pub use progress::{Progress, ProgressMeter};
pub use timing::Timing;
