//! A measurement of how fast a configuration trains here: some of its real batches, of which nothing is kept. Never here: the choice
//! that follows from it ([`crate::domain::run::device`]).

use super::NO_RUN;
use super::device::WorkerDevice;
use super::team::{Helpers, Team};
use crate::domain::callback::CallbackList;
use crate::domain::data::Dataset;
use crate::domain::diagnosis::DiagnosisThresholds;
use crate::domain::record::probe::MonitorSpec;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::fit::{Host, Moment, Turn, fit};
use crate::train::shards::Replicas;
use crate::web::tasks::Yielder;

/// Number of batches before the measurement: the first ones compile programs and find memory.
const WARM_UP: u32 = 4;
/// Number of batches that a measurement has at least.
const LEAST: u32 = 6;
/// The time after which a measurement has enough batches, in milliseconds.
const ENOUGH_MS: f64 = 400.0;
/// The most epochs that a configuration may have.
const MOST_EPOCHS: u32 = 10_000;
/// The longest time that replicas may take to be ready, in milliseconds.
const READY_MS: f64 = 10_000.0;

/// The time between two turns of the event loop, in milliseconds.
const GIVE_WAY_MS: f64 = 8.0;

/// The host of a measurement: it lets it train until it is over.
struct Measurement<'a> {
    clock: WallClock,
    helpers: Helpers,
    yielder: Yielder,
    gave_way_ms: f64,
    /// Whether something else is to have the device.
    is_in_the_way: &'a dyn Fn() -> bool,
    /// Number of batches that were begun.
    batches: u32,
    /// Number of batches that were done at the begin and at the end, and the times.
    span: Option<((u32, f64), (u32, f64))>,
}

impl Clock for Measurement<'_> {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for Measurement<'_> {
    async fn turn(&mut self, moment: Moment) -> Turn {
        if self.now_ms() - self.gave_way_ms >= GIVE_WAY_MS {
            self.yielder.give_way().await;
            self.gave_way_ms = self.now_ms();
        }
        let mut turn = Turn { stop: (self.is_in_the_way)().then(|| "something else has the device".to_owned()), ..Turn::default() };
        if let Moment::Batch { waiting } = moment {
            // A moment at which batches are not read yet would count what is not done.
            if waiting == 0 && self.batches >= WARM_UP {
                let here = (self.batches, self.now_ms());
                let (begin, _) = *self.span.get_or_insert((here, here));
                self.span = Some((begin, here));
                if here.0 - begin.0 >= LEAST && here.1 - begin.1 >= ENOUGH_MS {
                    turn.stop = Some("measured".to_owned());
                }
            }
            self.batches += 1;
        }
        turn
    }

    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        Some(&mut self.helpers)
    }
}

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
    is_in_the_way: &dyn Fn() -> bool,
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
    let mut host = Measurement { clock, helpers, yielder, gave_way_ms: begin_ms, is_in_the_way, batches: 0, span: None };
    fit(&mut trainer, data, &config, device.reading, &mut CallbackList::new(), &mut host).await?;
    match host.span {
        Some(((first, begin), (last, end))) if last > first && !is_in_the_way() => Ok((end - begin) / f64::from(last - first)),
        _ => Err(Error::new(Code::InvalidState, "there was no quiet moment to measure", "measure while no run goes on")),
    }
}
