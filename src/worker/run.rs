//! One run in the worker: its trainer, its callbacks, and what it leaves for the page. Never here: the host of its loop ([`super::host`]).

use super::device::WorkerDevice;
use super::host::{RunHost, WorkerHost};
use super::inquiry::ArrayReading;
use super::mailbox::Mailbox;
use super::outbox::Outbox;
use super::questions::RunContext;
use super::start::{Arrays, Origin};
use super::team::Team;
use crate::domain::callback::CallbackList;
use crate::domain::callback::spec::RunInfo;
use crate::domain::callback::{ProgressMeter, Timing};
use crate::domain::data::Dataset;
use crate::domain::diagnosis::Diagnostician;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId, LAST};
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::protocol::{Event, RunId};
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::fit::fit_from;
use crate::web::port::PagePort;
use crate::web::tasks::Yielder;
use std::rc::Rc;

/// The surroundings of a run in its worker.
pub struct Surroundings<'a> {
    /// The device that it is trained on.
    pub device: &'a WorkerDevice,
    /// The page's requests to it.
    pub mailbox: Rc<Mailbox>,
    /// The workers that compute shards of its batches.
    pub team: Rc<Team>,
}

/// Trains `config` and reports to `port`; returns the trained model, and the context that answers questions
/// about it.
///
/// # Errors
/// When the model does not fit the data, or the device fails.
pub async fn run(
    port: &PagePort,
    run: RunId,
    config: &RunConfig,
    data: &Rc<Dataset>,
    surroundings: Surroundings<'_>,
    origin: Origin,
) -> Result<(Trainer, Rc<RunContext>)> {
    let Surroundings { device, mailbox, team } = surroundings;
    let mut trainer = Trainer::new(config, data, &device.device)?;
    if let Some(Arrays { heads, values }) = origin.first_weights {
        trainer.set_arrays(&heads, values)?;
    }
    let meter = ProgressMeter::default();
    let helpers = team.begin(run, config, data);
    let outbox = Outbox::new(port.clone(), run, &device.card.name, meter.clone(), data.clone());
    let clock = WallClock::default();
    let context = Rc::new(RunContext::new(run, config, data, outbox.clone(), clock));
    let info = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps: context.total_steps() };
    // The meter goes before the outbox, whose status reads it; the outbox before all that ask for something.
    let mut callbacks = CallbackList::new().with(meter).with(outbox.clone()).with(context.memory());
    for callback in config.callbacks.iter().filter_map(|spec| spec.build(&info)) {
        callbacks.push(callback);
    }
    let mut callbacks = callbacks.with(Timing::default());
    if let Some(diagnostician) = Diagnostician::for_run(config, data) {
        callbacks.push(Box::new(diagnostician));
    }
    let yielder = Yielder::new()
        .ok_or_else(|| Error::new(Code::InvalidState, "this browser has no MessageChannel", "use a browser of the last five years"))?;
    let mut host = WorkerHost::Run(RunHost::new(mailbox, outbox.clone(), context.clone(), port.clone(), yielder, helpers));
    let ended = fit_from(&mut trainer, data, config, device.reading, &mut callbacks, &mut host, origin.from).await;
    // What was learned until a failure as well. The page keeps it: the next run takes the model's place here, and a worker
    // may die. A device that failed has nothing to send; the run's end says so.
    send_learned(port, run, &trainer, clock.now_ms()).await.ok();
    outbox.finish();
    ended?;
    Ok((trainer, context))
}

/// Sends the present weights of `trainer` as the last ones of `run`, and those that callbacks found the best; `at_ms` since
/// the run began.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub(super) async fn send_learned(port: &PagePort, run: RunId, trainer: &Trainer, at_ms: f64) -> Result<()> {
    let (name, step) = (LAST.to_owned(), trainer.step_count());
    let last = CheckpointCard { id: 0, name, by_hand: false, step, value: None, at_ms, bytes: 0 };
    send_weights(port, run, trainer, None, last).await?;
    for card in trainer.checkpoints().into_iter().filter(CheckpointCard::is_best) {
        // Of several copies of one name the page keeps what comes last, and the newest does.
        send_weights(port, run, trainer, Some(card.id), card).await?;
    }
    Ok(())
}

async fn send_weights(
    port: &PagePort,
    run: RunId,
    trainer: &Trainer,
    checkpoint: Option<CheckpointId>,
    card: CheckpointCard,
) -> Result<()> {
    let (net, _) = trainer.network(checkpoint)?;
    let mut reading = ArrayReading::new(&net);
    while reading.advance().await? {}
    let (arrays, bulk) = reading.arrays();
    // Without the optimiser's state, which does not leave the worker.
    let card = CheckpointCard { bytes: bulk.iter().map(Vec::len).sum(), ..card };
    port.post(&Event::Learned { run, card, arrays }, &bulk);
    Ok(())
}
