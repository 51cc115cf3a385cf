//! The request of a run: everything that it was asked to begin with. It is kept until the run's end, so a second worker can
//! be sent the very same.

use crate::domain::data::SampleShape;
use crate::domain::model::match_arrays;
use crate::domain::run::config::{DeviceWish, RunConfig};
use crate::domain::run::device::{Choice, WorkerKind};
use crate::domain::run::state::SavedState;
use crate::error::Result;
use crate::protocol::RunId;
use crate::ui::state::weights::NamedWeights;
use std::rc::Rc;
use std::sync::Arc;

/// The request of a run: all that it was asked to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The run.
    pub run: RunId,
    /// The configuration, as it was asked for: with `auto`, and with scripts.
    pub config: RunConfig,
    /// The weights of a file in place of those of the seed.
    pub first_weights: Option<Arc<NamedWeights>>,
    /// Whether the visitor wants it held before its first batch.
    pub paused: bool,
    /// Whether scripts are on, for which it is held until they have heard of its begin.
    pub has_scripts: bool,
    /// The state that it goes on from; `None` for a new run.
    pub state: Option<Rc<SavedState>>,
}

/// Checks that a run of `config` can begin, as far as the page can tell. `data` is the shape of a sample and the number of
/// classes, if they are known.
///
/// # Errors
/// When the configuration is wrong, the model does not fit the data, or the weights do not fit the model.
pub fn check(config: &RunConfig, data: Option<(SampleShape, usize)>, first_weights: Option<&NamedWeights>) -> Result<()> {
    config.validate()?;
    let Some((shape, classes)) = data else { return Ok(()) };
    let plan = config.model.plan(shape, classes, config.loss)?;
    if let Some(first) = first_weights {
        match_arrays(&plan.arrays(), &first.weights.heads)?;
    }
    Ok(())
}

/// `config` as a worker of `kind` gets it: its device by name, and without scripts, which are the page's affair.
pub fn for_worker(config: &RunConfig, kind: WorkerKind) -> RunConfig {
    let device = match kind {
        WorkerKind::Gpu => DeviceWish::Webgpu,
        WorkerKind::Ndarray => DeviceWish::Ndarray,
        WorkerKind::Cpu => DeviceWish::Cpu,
    };
    RunConfig { device, scripts: Vec::new(), ..config.clone() }
}

/// The device that the page says of a run before the worker has named it, and why.
pub fn words(choice: &Choice) -> (String, String) {
    (choice.device.id().to_owned(), choice.why.clone())
}
