//! A measurement of how fast a configuration trains here: some of its real batches, of which nothing is kept. Never here: the choice
//! that follows from it ([`crate::domain::run::pace`]).

use super::device::WorkerDevice;
use super::host::{Measurement, WorkerHost};
use super::start::NO_RUN;
use super::team::Team;
use crate::domain::callback::CallbackList;
use crate::domain::data::Dataset;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::train::Trainer;
use crate::train::fit::{Beginning, fit_from};
use std::rc::Rc;

/// Trains some batches of `config` on `data`, and forgets them; returns the milliseconds a batch. It ends early, without a result,
/// when something `is_in_the_way`.
///
/// # Errors
/// When the model does not fit the data, the device fails, or something is in the way.
pub async fn measure(
    config: &RunConfig,
    data: &Dataset,
    device: &WorkerDevice,
    team: &Team,
    is_in_the_way: Rc<dyn Fn() -> bool>,
) -> Result<f64> {
    let config = config.bare();
    let helpers = team.begin(NO_RUN, &config, data);
    helpers.all_ready().await;
    let mut trainer = Trainer::new(&config, data, &device.device)?;
    let mut host = WorkerHost::Measurement(Measurement::new(helpers, is_in_the_way));
    // As a run is trained, so that the program has the loop once.
    fit_from(&mut trainer, data, &config, device.reading, &mut CallbackList::new(), &mut host, Beginning::default()).await?;
    let batch_ms = if let WorkerHost::Measurement(measurement) = &host { measurement.batch_ms() } else { None };
    batch_ms.ok_or_else(|| Error::new(Code::InvalidState, "there was no quiet moment to measure", "measure while no run goes on"))
}
