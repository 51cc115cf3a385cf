//! The heartbeat of the workers: how long each has not answered, and when that is told. It is told, never acted on: what
//! becomes of a silent worker is the visitor's decision.
//!
//! A worker inside one long batch cannot answer, so its silence is measured against what is known of its work: the longest
//! batch so far, the size of the first one, a program that is loaded or compiled. Silence is counted in looks of the page,
//! and a look that comes late counts as one: when the page itself was held up (a machine that slept, timers of a hidden tab,
//! a debugger), that was not the worker. Never here: timers, workers.

use crate::domain::model::ModelPlan;
use crate::domain::run::device::WorkerKind;
use crate::protocol::RunId;

/// The time between two looks of a page that is not held up, in milliseconds.
pub const LOOK_MS: u32 = 1000;
/// The longest time that one look adds to a silence.
const MOST_GAP_MS: f64 = 2.0 * LOOK_MS as f64;
/// The silence that is noted beside the phase, in milliseconds: figures that no longer move are not shown as if they did.
const NOTED_MS: f64 = 4_000.0;
/// The silence that is told where nothing is known that takes longer: with the look that finds it, 15 seconds.
const TOLD_MS: f64 = 14_000.0;
/// The silence that is told of a worker whose program is being loaded, or of a GPU that compiles.
const LOADING_MS: f64 = 60_000.0;
/// The multiple of the longest batch that is not taken for a hang.
const PATIENCE: f64 = 4.0;
/// The largest number of samples that are evaluated at once: a validation's piece may be longer than a small batch.
const PIECE: f64 = 128.0;
/// The slowest device that is allowed for before a batch's time is known, in multiplications and additions a millisecond.
const SLOWEST_A_MS: f64 = 1e5;

/// One worker at a look of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The worker.
    pub worker: WorkerKind,
    /// The time of its last message, by the page's clock.
    pub heard_ms: Option<f64>,
    /// Whether it has said that it is ready.
    pub is_ready: bool,
    /// Whether a question to it is open.
    pub is_asked: bool,
}

/// The work that a worker is known to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// None that is waited for.
    Nothing,
    /// The begin of its program, which is being loaded.
    Loading,
    /// A question, or the begin of a run: both give way often.
    Answering,
    /// The first epoch on a GPU, in which its programs are compiled.
    Compiling,
    /// The first batch, which may take so many milliseconds on a slow device.
    FirstBatch(f64),
    /// Batches.
    Batches {
        /// The milliseconds of the longest so far.
        longest_ms: f64,
        /// Number of such batches in the longest piece of a validation or a question, at least one.
        in_a_piece: f64,
    },
}

impl Work {
    /// The first batch of `samples` samples of a model.
    pub fn first_batch(plan: &ModelPlan, samples: usize) -> Self {
        // Forward and backward: the backward pass is twice the forward pass.
        Self::FirstBatch(3.0 * plan.multiply_adds() * samples as f64 / SLOWEST_A_MS)
    }

    /// Batches of `samples` samples, of which the longest took `longest_ms`.
    pub fn batches(longest_ms: f64, samples: usize) -> Self {
        Self::Batches { longest_ms, in_a_piece: (PIECE / samples.max(1) as f64).max(1.0) }
    }

    /// The silence that is told, in milliseconds.
    fn budget_ms(self) -> f64 {
        match self {
            Self::Nothing => f64::INFINITY,
            Self::Loading | Self::Compiling => LOADING_MS,
            Self::Answering => TOLD_MS,
            Self::FirstBatch(expected_ms) => TOLD_MS.max(expected_ms),
            Self::Batches { longest_ms, in_a_piece } => TOLD_MS.max(PATIENCE * longest_ms * in_a_piece),
        }
    }

    /// The known facts about the work that speak for or against a hang.
    fn words(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Loading => "its program is still being loaded".to_owned(),
            Self::Answering => "a question is open, or a run is about to begin".to_owned(),
            Self::Compiling => "the GPU's programs may still be compiled".to_owned(),
            Self::FirstBatch(_) => "no batch has been trained yet".to_owned(),
            Self::Batches { longest_ms, .. } if longest_ms < 50.0 => "the longest batch took less than 0.1 s".to_owned(),
            Self::Batches { longest_ms, .. } => format!("the longest batch took {:.1} s", longest_ms / 1000.0),
        }
    }
}

/// The silence of a worker, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// The worker.
    pub worker: WorkerKind,
    /// The run that goes on in it.
    pub run: Option<RunId>,
    /// Seconds without an answer.
    pub seconds: u32,
    /// The work that it is known to do.
    pub work: Work,
    /// Whether it is longer than that work explains: it is told, with ways out.
    pub is_told: bool,
}

impl Silence {
    /// Whether it is of the run that goes on, whose figures are not shown as if they still moved. A program that is being
    /// loaded is just starting.
    pub fn holds_up_run(&self) -> bool {
        self.run.is_some() && (self.is_told || self.work != Work::Loading)
    }

    /// The silence in words, with what is known of the work.
    pub fn words(&self) -> String {
        let worker = match self.worker {
            WorkerKind::Cpu => "The worker",
            WorkerKind::Ndarray => "The worker of burn-ndarray",
            WorkerKind::Gpu => "The GPU's worker",
        };
        format!("{worker} has not answered for {} s; {}", self.seconds, self.work.words())
    }
}

/// The outcome of a look.
#[derive(Debug, Default, PartialEq)]
pub struct Pulse {
    /// The workers to ask whether they answer.
    pub ask: Vec<WorkerKind>,
    /// The silences to show, if they have changed.
    pub silences: Option<Vec<Silence>>,
}

/// The heartbeat of one worker.
struct Heartbeat {
    worker: WorkerKind,
    /// The time of the last message that was taken in.
    heard_ms: Option<f64>,
    silent_ms: f64,
    /// The longest silence after which it answered.
    longest_ms: f64,
    /// The silence until which the visitor wants to wait.
    waits_until_ms: f64,
    silence: Option<Silence>,
}

/// The heartbeats of all workers.
#[derive(Default)]
pub struct Heartbeats {
    looked_ms: Option<f64>,
    all: Vec<Heartbeat>,
    shown: Vec<Silence>,
}

impl Heartbeats {
    /// The outcome of a look at `now_ms` at all workers that there are: each with its work and the run in it.
    pub fn look(&mut self, now_ms: f64, workers: &[(Look, Work, Option<RunId>)]) -> Pulse {
        let looked_ms = self.looked_ms.replace(now_ms);
        let gap_ms = looked_ms.map_or(0.0, |looked_ms| now_ms - looked_ms).clamp(0.0, MOST_GAP_MS);
        self.all.retain(|known| workers.iter().any(|(look, ..)| look.worker == known.worker));
        let mut ask = Vec::new();
        for &(look, work, run) in workers {
            let worker = look.worker;
            if !self.all.iter().any(|known| known.worker == worker) {
                self.all.push(Heartbeat { worker, heard_ms: None, silent_ms: 0.0, longest_ms: 0.0, waits_until_ms: 0.0, silence: None });
            }
            let Some(heartbeat) = self.all.iter_mut().find(|known| known.worker == worker) else { continue };
            let since_ms = look.heard_ms.filter(|_| heartbeat.heard_ms != look.heard_ms).map(|heard_ms| now_ms - heard_ms);
            heartbeat.heard_ms = look.heard_ms;
            heartbeat.look(gap_ms, since_ms, work, run);
            if look.is_ready && work != Work::Nothing && since_ms.is_none() {
                ask.push(worker);
            }
        }
        Pulse { ask, silences: self.show() }
    }

    /// The first worker whose silence is told.
    pub fn told(&self) -> Option<WorkerKind> {
        self.shown.iter().find(|silence| silence.is_told).map(|silence| silence.worker)
    }

    /// Waits for the worker whose silence is told as long again as is told by itself; gives the silences to show then.
    pub fn wait(&mut self) -> Option<Vec<Silence>> {
        let worker = self.told()?;
        let heartbeat = self.all.iter_mut().find(|known| known.worker == worker)?;
        let silence = heartbeat.silence.as_mut()?;
        heartbeat.waits_until_ms = heartbeat.silent_ms + silence.work.budget_ms();
        silence.is_told = false;
        self.show()
    }

    /// Forgets this worker, which is gone or begins something new; gives the silences to show, if they have changed.
    pub fn forget(&mut self, worker: WorkerKind) -> Option<Vec<Silence>> {
        self.all.retain(|known| known.worker != worker);
        self.show()
    }

    /// The silences to show, if they have changed.
    fn show(&mut self) -> Option<Vec<Silence>> {
        let now: Vec<Silence> = self.all.iter().filter_map(|heartbeat| heartbeat.silence).collect();
        if now == self.shown {
            return None;
        }
        self.shown.clone_from(&now);
        Some(now)
    }
}

impl Heartbeat {
    /// Takes in a look `gap_ms` after the last one; `since_ms` have passed since a message that has come in between.
    fn look(&mut self, gap_ms: f64, since_ms: Option<f64>, work: Work, run: Option<RunId>) {
        match since_ms {
            _ if work == Work::Nothing => (self.silent_ms, self.waits_until_ms) = (0.0, 0.0),
            Some(since_ms) => {
                self.longest_ms = self.longest_ms.max(self.silent_ms);
                (self.silent_ms, self.waits_until_ms) = (since_ms.clamp(0.0, gap_ms), 0.0);
            }
            None => self.silent_ms += gap_ms,
        }
        // What it once answered after is no hang; within bounds, since it may have stood in a debugger for an hour.
        let learned_ms = (PATIENCE * self.longest_ms).min(LOADING_MS);
        let is_told = self.silent_ms >= work.budget_ms().max(learned_ms).max(self.waits_until_ms);
        // Not a new number every second, which would be read aloud every second.
        let seconds = match (self.silent_ms / 1000.0).round() as u32 {
            seconds @ ..15 => seconds,
            seconds => seconds - seconds % 15,
        };
        self.silence = (self.silent_ms >= NOTED_MS).then_some(Silence { worker: self.worker, run, seconds, work, is_told });
    }
}
