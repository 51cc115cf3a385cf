//! A measurement of how fast a configuration trains here: some of its real batches, of which nothing is kept. Never here: the choice
//! that follows from it ([`crate::domain::run::device`]).

use super::device::WorkerDevice;
use super::host::{Measurement, WorkerHost};
use super::team::Team;
use crate::domain::callback::CallbackList;
use crate::domain::data::Dataset;
use crate::domain::diagnosis::DiagnosisThresholds;
use crate::domain::record::probe::MonitorSpec;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::fit::{Beginning, fit_from};
use crate::train::shards::Replicas;
use crate::web::tasks::Yielder;
use std::rc::Rc;

/// The id of a run that is none.
const NO_RUN: RunId = 0;
/// The most epochs that a configuration may have.
const MOST_EPOCHS: u32 = 10_000;
/// The longest time that replicas may take to be ready, in milliseconds.
const READY_MS: f64 = 10_000.0;

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
    // What is trained is the same; nothing is watched, and no epoch ends in anything but the next.
    let config = RunConfig {
        validation: 0.0,
        epochs: MOST_EPOCHS,
        callbacks: Vec::new(),
        scripts: Vec::new(),
        monitors: MonitorSpec::OFF,
        diagnosis: DiagnosisThresholds { enabled: false, ..config.diagnosis },
        ..config.clone()
    };
    let no_channel = || Error::new(Code::InvalidState, "this browser has no MessageChannel", "use a browser of the last five years");
    let clock = WallClock::default();
    let (yielder, mut helpers) = (Yielder::new().ok_or_else(no_channel)?, team.begin(NO_RUN, &config, data));
    let begin_ms = clock.now_ms();
    while helpers.ready() < helpers.count() && clock.now_ms() - begin_ms < READY_MS && !is_in_the_way() {
        yielder.give_way().await;
    }
    let mut trainer = Trainer::new(&config, data, &device.device)?;
    let mut host = WorkerHost::Measurement(Measurement::new(helpers, yielder, is_in_the_way));
    // As a run is trained, so that the program has the loop once.
    fit_from(&mut trainer, data, &config, device.reading, &mut CallbackList::new(), &mut host, Beginning::default()).await?;
    let batch_ms = if let WorkerHost::Measurement(measurement) = &host { measurement.batch_ms() } else { None };
    batch_ms.ok_or_else(|| Error::new(Code::InvalidState, "there was no quiet moment to measure", "measure while no run goes on"))
}
