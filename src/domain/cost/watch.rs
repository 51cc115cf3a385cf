//! The cost of watching, measured during training, and how often a probe may be taken so that the budget is kept.
//!
//! **Measured** by comparison: at random moments, drawn from the seed, a short section of batches is *bare*: no probe is
//! taken and nothing is sent to the page (the records wait and come afterwards, none is lost), so that the page has
//! nothing to draw either. The first part of a bare section is let pass, until work under way is done; the rest is
//! compared with the stretches before and after it, everything included. Neighbours in time share what drifts, and even
//! drift cancels. Single monitors are also timed directly where the worker's own thread does the work.
//!
//! **Held** by doubling: the cost of one probe is fixed, so probes become rarer when they would take more than the budget
//! leaves, and more frequent again, up to what was asked for, when they become cheap. Which batches are trained, and
//! which are recorded, never depends on any of this.
//!
//! Callers pass the time in; nothing here changes what is trained.

mod cadence;
mod grid;
mod reading;
mod report;
mod sections;
mod tally;

use crate::domain::cost::estimate::Share;
use crate::domain::record::probe::MonitorSpec;
use crate::domain::run::event::Step;
use cadence::Cadence;
pub use grid::{Grid, WatchGrid};
pub use reading::Reading;
pub use report::WatchCost;
use sections::Sections;
use tally::{Extra, Pace, Shares, Tally};

/// The part of the budget that synchronised samples may take, and the most percent of the time.
const TIMING_PART: f64 = 0.2;
const TIMING_MOST: f64 = 1.0;
/// The smallest part of the budget that is for probes, even where the rest is spent by what no cadence can change.
const LOOKS_LEAST: f64 = 0.25;
/// Number of batches after which the costs of every batch are known well enough to be taken off the budget.
const KNOWN_BATCHES: f64 = 100.0;
/// Milliseconds between two reports.
const REPORT_MS: f64 = 1000.0;

/// The extra work that the next batch carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whether a probe is taken.
    pub look: bool,
    /// Whether the device is awaited after each phase.
    pub synchronised: bool,
    /// Whether nothing but the batch's record is taken.
    pub bare: bool,
}

/// The watch of a run: it decides the extra work of each batch, and learns its cost.
#[derive(Clone, Debug)]
pub struct Watch {
    budget: f64,
    sections: Sections,
    looks: Cadence,
    syncs: Cadence,
    pace: Pace,
    tally: Tally,
    /// The cost that no cadence of probes can change, in percent, as last known well enough.
    fixed: f64,
    reported_ms: f64,
    changes: Vec<String>,
}

impl Watch {
    /// The watch of a run with `seed`, from `now_ms` on. `runs_ahead`: the device works asynchronously (a GPU), so
    /// synchronised samples tell more than the clock.
    pub fn new(spec: &MonitorSpec, runs_ahead: bool, seed: u64, now_ms: f64) -> Self {
        let sync_every = if runs_ahead { spec.sync_every } else { 0 };
        Self {
            budget: spec.watch_budget,
            sections: Sections::new(seed, now_ms),
            looks: Cadence::new(spec.every, 1),
            // Not among the first batches, which are warm-up.
            syncs: Cadence::new(sync_every, sync_every.clamp(1, 24)),
            pace: Pace::default(),
            tally: Tally::default(),
            fixed: 0.0,
            reported_ms: now_ms,
            changes: Vec::new(),
        }
    }

    /// Sets another budget from now on, in percent; 0: none, and nothing is measured.
    pub fn set_budget(&mut self, percent: f64) {
        self.budget = percent;
        if percent <= 0.0 {
            self.looks.release();
            self.syncs.release();
        }
    }

    /// The place of the looks and samples.
    pub fn grid(&self) -> WatchGrid {
        WatchGrid { budget: self.budget, looks: self.looks.grid(), syncs: self.syncs.grid() }
    }

    /// Goes on at the place of an earlier watch of the same run. What that one had measured is not taken up.
    pub fn go_on(&mut self, grid: &WatchGrid) {
        self.budget = grid.budget;
        self.looks.go_on(grid.looks);
        self.syncs.go_on(grid.syncs);
    }

    /// Decides the extra work of the batch of `step`. `all_read`: no batch waits for its numbers, so another section may
    /// begin. `is_whole`: the batch has as many samples as the others.
    pub fn plan(&mut self, step: Step, all_read: bool, is_whole: bool, now_ms: f64) -> Plan {
        if self.budget > 0.0
            && all_read
            && let Some((bare, watched)) = self.sections.turn(self.pace.ms.is_some(), now_ms)
        {
            self.tally.compare(bare, watched);
        }
        let bare = self.sections.is_bare();
        if bare {
            return Plan { bare, ..Plan::default() };
        }
        let look = self.looks.take(step);
        Plan { look, synchronised: !look && is_whole && self.syncs.take(step), bare }
    }

    /// Gives up a bare section because the epoch ends or the run is paused: hooks and the page come in between.
    pub fn interrupt(&mut self, now_ms: f64) {
        self.sections.interrupt(now_ms);
    }

    /// Takes in the timings of the batches of one read.
    pub fn take(&mut self, reading: &Reading, now_ms: f64) {
        if self.budget <= 0.0 {
            return;
        }
        self.sections.take(reading, now_ms);
        if reading.special {
            return;
        }
        match self.tally.add(reading, &mut self.pace) {
            Extra::None => {}
            Extra::Look(ms) => self.looks.cost(ms),
            Extra::Synchronised(ms) => self.syncs.cost(ms),
        }
        self.keep_within(reading.step);
    }

    /// Makes probes and synchronised samples rarer or more frequent, where the budget demands or allows it.
    fn keep_within(&mut self, step: Step) {
        let Some(plain) = self.pace.ms.filter(|&ms| ms > 0.0) else { return };
        let cost = self.tally.shares(plain);
        let sure = |share: Share| if share.percent.is_finite() { (share.percent - 2.0 * share.error).max(0.0) } else { 0.0 };
        if self.tally.batches >= KNOWN_BATCHES {
            self.fixed = sure(cost.record) + sure(cost.diagnoses) + sure(cost.rest);
        }
        let timing = (TIMING_PART * self.budget).min(TIMING_MOST);
        let for_looks = (self.budget - self.fixed).max(LOOKS_LEAST * self.budget);
        let mut changed = false;
        for (cadence, percent, what) in [(&mut self.looks, for_looks, "looks"), (&mut self.syncs, timing, "synchronised samples")] {
            if let Some((before, now)) = cadence.keep_within(percent / 100.0 * plain, step) {
                changed = true;
                let why = if now > before { "to stay within" } else { "there is room within" };
                self.changes.push(format!("From step {step}: {what} every {now} instead of {before} batches, {why} {} %", self.budget));
            }
        }
        if changed {
            // Measurements at another cadence tell nothing of this one.
            self.tally = Tally::default();
            self.sections.spoil();
        }
    }

    /// The cost of watching up to `step`: once a second, at once after a change, and whenever `always` is set.
    pub fn report(&mut self, step: Step, now_ms: f64, always: bool) -> Option<WatchCost> {
        let due = now_ms - self.reported_ms >= REPORT_MS || !self.changes.is_empty();
        let plain = self.pace.ms.filter(|&ms| ms > 0.0 && self.budget > 0.0)?;
        if (!due || self.sections.is_bare()) && !always {
            return None;
        }
        self.reported_ms = now_ms;
        let change = (!self.changes.is_empty()).then(|| std::mem::take(&mut self.changes).join("; "));
        let Shares { total, compared, looks, timing, record, diagnoses, rest } = self.tally.shares(plain);
        Some(WatchCost {
            step,
            since: self.tally.since,
            total,
            compared,
            sections: self.tally.sections(),
            looks,
            timing,
            record,
            diagnoses,
            rest,
            look_every: self.looks.every(),
            sync_every: self.syncs.every(),
            budget: self.budget,
            change,
        })
    }
}

#[cfg(test)]
mod tests;
