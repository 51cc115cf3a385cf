//! The bookkeeping of the training loop: the phases of its time, the marks of special batches, the cost of watching.
//!
//! [`Ledger`] and [`Watch`] book and decide; here the loop tells them each event and its time. Nothing
//! here changes what is trained.

use super::host::Turn;
use crate::domain::cost::ledger::{Ledger, Phase};
use crate::domain::cost::marks;
use crate::domain::cost::watch::{self, Plan, Watch, WatchCost, WatchGrid};
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{BatchBegin, PhaseTimes, Step};
use crate::train::StepTimes;
use crate::train::device_logs::Reading;
use std::collections::HashSet;

/// Number of batches at the start of a run, or of a part of it in another process, that are warm-up on every device.
const WARM_UP_BATCHES: Step = 2;
/// Number of reads from one timing of the hooks to the next, for quick batches: asking the clock between them costs
/// some microseconds.
const TIME_HOOKS_EVERY: u32 = 8;
/// The time of a batch from which on its hooks are always timed, in milliseconds.
const SLOW_MS: f64 = 10.0;

/// The books of a run.
pub(super) struct Costs {
    pub(super) ledger: Ledger,
    pub(super) watch: Watch,
    runs_ahead: bool,
    batch_size: usize,
    /// The kinds of batches that the device has had before: other sizes, and probes, are other programs on a GPU.
    known: HashSet<(u32, bool, bool)>,
    hidden: bool,
    /// Length of the pause since the last batch, in milliseconds.
    paused_ms: f64,
    /// Pauses before batches that are still to be reported: step and milliseconds.
    pauses: Vec<(Step, f64)>,
    sending_ms: f64,
    reads: u32,
    /// The last batch that was reported.
    last_step: Step,
    /// Number of updates that were made before this process began with the run.
    before: Step,
}

impl Costs {
    /// Empty books.
    pub(super) fn new(config: &RunConfig, reading: Reading, now_ms: f64) -> Self {
        let runs_ahead = matches!(reading, Reading::Together { .. });
        Self {
            ledger: Ledger::new(now_ms),
            watch: Watch::new(&config.monitors, runs_ahead, u64::from(config.seed), now_ms),
            runs_ahead,
            batch_size: config.batch_size,
            known: HashSet::new(),
            hidden: false,
            paused_ms: 0.0,
            pauses: Vec::new(),
            sending_ms: 0.0,
            reads: 0,
            last_step: 0,
            before: 0,
        }
    }

    /// Goes on after `step` updates of an earlier process: looks stay on their grid, and the first batches are warm-up once more.
    pub(super) fn go_on(&mut self, grid: &WatchGrid, step: Step) {
        self.watch.go_on(grid);
        (self.last_step, self.before) = (step, step);
    }

    /// Begins an epoch: time before it belongs to no batch.
    pub(super) fn begin_epoch(&mut self, now_ms: f64) {
        self.ledger = Ledger::new(now_ms);
        self.sending_ms = 0.0;
        self.hidden = false;
    }

    /// Decides the extra work of the batch.
    pub(super) fn plan(&mut self, begin: &BatchBegin, all_read: bool, now_ms: f64) -> Plan {
        self.watch.plan(begin.step, all_read, begin.size as usize == self.batch_size, now_ms)
    }

    /// Takes in the times of the host's turn.
    pub(super) fn end_turn(&mut self, turn: &Turn, now_ms: f64) {
        self.ledger.leave_out(turn.paused_ms, now_ms);
        self.ledger.turn_after(&[(Phase::Callbacks, turn.sent_ms)], Phase::Other, now_ms);
        self.sending_ms += turn.sent_ms;
        self.hidden |= turn.hidden;
        if turn.paused_ms > 0.0 {
            self.paused_ms += turn.paused_ms;
            self.watch.interrupt(now_ms);
        }
    }

    /// Leaves out the last `ms` milliseconds, which belong to no batch.
    pub(super) fn leave_out(&mut self, ms: f64, now_ms: f64) {
        self.ledger.leave_out(ms, now_ms);
        self.watch.interrupt(now_ms);
    }

    /// Ends a batch, which has been handed to the device, and returns its marks.
    pub(super) fn end_batch(&mut self, begin: &BatchBegin, plan: Plan, times: StepTimes, now_ms: f64) -> u32 {
        let computed = times.forward + times.backward + times.update;
        if self.runs_ahead {
            let parts = [(Phase::Data, times.upload), (Phase::Encode, computed), (Phase::Probe, times.waits)];
            self.ledger.turn_after(&parts, Phase::Other, now_ms);
        } else {
            let parts = [
                (Phase::Data, times.upload),
                (Phase::Forward, times.forward),
                (Phase::Backward, times.backward),
                (Phase::Update, times.update),
                (Phase::Probe, times.waits),
            ];
            self.ledger.turn_after(&parts, Phase::Other, now_ms);
        }
        self.ledger.end_batch(now_ms);
        let is_new = self.known.insert((begin.size, plan.look, plan.synchronised));
        let paused_ms = std::mem::take(&mut self.paused_ms);
        if paused_ms > 0.0 {
            self.pauses.push((begin.step, paused_ms));
        }
        let when = |condition, mark| if condition { mark } else { 0 };
        when(begin.step - self.before <= WARM_UP_BATCHES || is_new && self.runs_ahead, marks::WARM_UP)
            | when(std::mem::take(&mut self.hidden), marks::HIDDEN)
            | when(paused_ms > 0.0, marks::AFTER_PAUSE)
            | when(plan.synchronised, marks::SYNCHRONISED)
            | when(plan.bare, marks::BARE)
            | when(plan.look, marks::LOOK)
    }

    /// Returns the times of the batches with these `marks`, whose numbers are read, and their timings for the watch,
    /// without the hooks. `looks` has the milliseconds of each batch's probe on the host.
    pub(super) fn close(&mut self, marks: &[u32], looks: &[f64], now_ms: f64) -> (Vec<PhaseTimes>, watch::Reading) {
        // They share the read, so what spoils the time of one spoils that of all.
        let shared = marks.iter().fold(0, |all, mark| all | mark) & (marks::WARM_UP | marks::HIDDEN);
        let phases = self.ledger.close(looks, now_ms);
        self.reads = self.reads.wrapping_add(1);
        let mut read = watch::Reading {
            batches: marks.len() as u32,
            looks: marks.iter().filter(|&mark| mark & marks::LOOK != 0).count() as u32,
            looks_ms: looks.iter().sum(),
            synchronised: marks.iter().any(|mark| mark & marks::SYNCHRONISED != 0),
            sending_ms: std::mem::take(&mut self.sending_ms),
            special: shared != 0,
            ..watch::Reading::default()
        };
        for batch in &phases {
            read.ms += batch.total();
            read.compute_ms += batch.total() - batch.of(Phase::Probe) - batch.of(Phase::Callbacks) - batch.of(Phase::Idle);
        }
        let times = phases.iter().zip(marks).map(|(batch, mark)| batch.times(self.runs_ahead, mark | shared)).collect();
        (times, read)
    }

    /// Whether the hooks are timed of batches whose common read took `read_ms`.
    pub(super) fn times_hooks(&self, read_ms: f64) -> bool {
        read_ms >= SLOW_MS || self.reads.is_multiple_of(TIME_HOOKS_EVERY)
    }

    /// Notes that the batch of `step` is reported; returns the length of the pause before it, if there was one.
    pub(super) fn report(&mut self, step: Step) -> Option<f64> {
        self.last_step = step;
        let is_held = self.pauses.first().is_some_and(|&(held, _)| held == step);
        is_held.then(|| self.pauses.remove(0).1)
    }

    /// The cost of watching, if it is time to tell it, or `always`.
    pub(super) fn watch_cost(&mut self, always: bool, now_ms: f64) -> Option<WatchCost> {
        self.watch.report(self.last_step, now_ms, always)
    }
}
