//! Effects: what the session decided, for its holder to perform in the order in which they stand.
//!
//! [`Effect::Record`] and [`Effect::TellHooks`] mean the worker's message that was heard. A hook may do anything with the
//! page, so nothing stands behind [`Effect::TellHooks`]: what it is told is in the record, and the run's state is set.

use super::Request;
use super::heartbeat::Silence;
use crate::domain::callback::Progress;
use crate::domain::run::device::{Choice, WorkerKind};
use crate::domain::run::event::TrainEnd;
use crate::error::{Error, Result};
use crate::protocol::{Command, RunId};
use crate::ui::state::phase::Phase;
use crate::ui::state::weights::NamedWeights;
use std::rc::Rc;
use std::sync::Arc;

/// A change of the setup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SetupChange {
    /// Another learning rate.
    LearningRate(f64),
    /// Another budget for watching, in percent.
    WatchBudget(f64),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Begin the record of a new run, and show it.
    Begin(Rc<Request>, Choice),
    /// Empty the record of a run that begins again on another device.
    BeginAgain(RunId, Choice),
    /// Drop what the record of a run has beyond the state that it goes on from, and show it.
    GoOn {
        /// The run's request, with the state.
        request: Rc<Request>,
        /// The device.
        choice: Choice,
        /// The reason of its interruption.
        why: String,
    },
    /// Start the scripts of the run. [`Intent::ScriptsReady`](super::Intent::ScriptsReady) comes when they have heard of its begin.
    StartScripts(RunId),
    /// End the scripts of a run (of any run without one), and say why in their consoles.
    EndScripts(Option<RunId>, &'static str),
    /// Send the request to a worker, as one command; start the worker if there is none.
    Launch {
        /// The worker.
        worker: WorkerKind,
        /// The run's request.
        request: Rc<Request>,
        /// Whether the run is held before its first batch.
        paused: bool,
    },
    /// Send a command to a worker, if it lives.
    Send(WorkerKind, Command),
    /// End a worker at once.
    Dismiss(WorkerKind),
    /// The run stands so now.
    Phase(RunId, Phase),
    /// The run is so far.
    Progress(Progress),
    /// The device of the run is called so.
    Device(String),
    /// The run began with these weights; the next one does not.
    WeightsUsed(Arc<NamedWeights>),
    /// Change the setup.
    Setup(SetupChange),
    /// Note that the visitor ended the run before its time, and call off the seeds after it.
    CutShort(RunId),
    /// Put the state in the message in its place, and tell this worker when it is there.
    KeepState(WorkerKind),
    /// Take the message into the record.
    Record,
    /// The run has ended: note its state, wake who waits for it.
    End(RunId, Result<TrainEnd>),
    /// Show no run.
    Clear,
    /// Ask a worker whether it answers.
    Ping(WorkerKind),
    /// Show these silences of workers, in place of those before.
    Silences(Vec<Silence>),
    /// The model of this run is in no worker any more, nor are its checkpoints.
    LoseModel(RunId),
    /// Ask the browser for its GPU anew: its worker has failed by this.
    ProbeAgain(Error),
    /// Tell the hooks and the scripts of the message. Always the last effect.
    TellHooks,
}
