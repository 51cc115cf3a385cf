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
mod report;

use super::estimate::{Mean, Ratio, Share};
use crate::domain::record::probe::MonitorSpec;
use crate::domain::rng::Rng;
use crate::domain::run::event::Step;
use cadence::Cadence;
pub use grid::{Grid, WatchGrid};
pub use report::WatchCost;

/// Time that a bare section is let pass before it counts, in milliseconds: the page has then drawn its last records.
const SETTLE_MS: f64 = 40.0;
/// Time for which a bare section counts, in milliseconds.
const BARE_MS: f64 = 110.0;
/// The smallest number of reads in a bare section, where each takes longer than [`BARE_MS`].
const BARE_READS: u32 = 2;
/// The length of a watched stretch between two bare sections, in milliseconds: uniform between these. The first stretches
/// are shorter, so that a short run has a figure too.
const WATCHED_MS: (f64, f64) = (1500.0, 4500.0);
const WATCHED_FIRST_MS: (f64, f64) = (300.0, 900.0);
const FIRST_SECTIONS: f64 = 8.0;
/// The smallest number of batches in a watched stretch.
const WATCHED_BATCHES: u32 = 16;
/// The part of the budget that synchronised samples may take, and the most percent of the time.
const TIMING_PART: f64 = 0.2;
const TIMING_MOST: f64 = 1.0;
/// The smallest part of the budget that is for probes, even where the rest is spent by what no cadence can change.
const LOOKS_LEAST: f64 = 0.25;
/// Number of batches after which the costs of every batch are known well enough to be taken off the budget.
const KNOWN_BATCHES: f64 = 100.0;
/// Milliseconds between two reports.
const REPORT_MS: f64 = 1000.0;
/// The weight of the newest batch in the running mean of a plain batch's time.
const FOLLOW: f64 = 1.0 / 32.0;

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

/// The timings of the batches that came back in one read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// The step of the last batch.
    pub step: Step,
    /// Number of batches.
    pub batches: u32,
    /// Their whole time, in milliseconds.
    pub ms: f64,
    /// The part of it that went into the training itself: neither hooks, nor giving way, nor summarising probes.
    pub compute_ms: f64,
    /// Number of batches with a probe.
    pub looks: u32,
    /// Time for summarising these probes, and for the hooks that were told of them.
    pub looks_ms: f64,
    /// Whether the only batch was run phase by phase.
    pub synchronised: bool,
    /// Time for sending records to the page.
    pub sending_ms: f64,
    /// Time of the hooks that record, over all of these batches; `None` where they were not timed.
    pub record_ms: Option<f64>,
    /// Time of the hooks that look for faults; `None` where they were not timed.
    pub diagnoses_ms: Option<f64>,
    /// Whether a batch was warm-up or in a hidden page, so that the times are special.
    pub special: bool,
}

#[derive(Clone, Copy, Debug)]
enum Section {
    Watched { until_ms: f64, batches: u32 },
    Settling { until_ms: f64 },
    Bare { until_ms: f64, reads: u32 },
}

/// Sums since the last change of the cadence.
#[derive(Clone, Debug, Default)]
struct Sums {
    since: Step,
    batches: f64,
    /// Time of batches without any extra work.
    plain: Mean,
    looks: Mean,
    timing: Mean,
    sending: Mean,
    record: Mean,
    diagnoses: Mean,
    compared: Ratio,
}

/// The number and the time of consecutive batches.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    batches: f64,
    ms: f64,
}

impl Stretch {
    fn add(&mut self, batches: f64, ms: f64) {
        self.batches += batches;
        self.ms += ms;
    }

    /// Milliseconds a batch; `None` below `at_least` batches.
    fn pace(self, at_least: f64) -> Option<f64> {
        (self.batches >= at_least).then(|| self.ms / self.batches)
    }
}

/// The measurements of the present or last bare section, and of the stretches beside it.
#[derive(Clone, Copy, Debug, Default)]
struct Neighbours {
    /// Milliseconds a batch of the watched stretch before the bare section.
    before: Option<f64>,
    /// Milliseconds a batch of the bare section's counted part.
    bare: Option<f64>,
    counted: Stretch,
    spoilt: bool,
    /// The watched stretch under way.
    watched: Stretch,
}

/// The watch of a run: it decides the extra work of each batch, and learns its cost.
#[derive(Clone, Debug)]
pub struct Watch {
    budget: f64,
    rng: Rng,
    section: Section,
    looks: Cadence,
    syncs: Cadence,
    /// Milliseconds of a batch without extra work, and of its training alone.
    plain_ms: Option<f64>,
    plain_compute_ms: Option<f64>,
    neighbours: Neighbours,
    /// Number of all batches, and of those in bare sections, for the bare share of the time.
    all: f64,
    all_bare: f64,
    sums: Sums,
    /// The cost that no cadence of probes can change, in percent, as last known well enough.
    fixed: f64,
    sections: f64,
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
            rng: Rng::new(seed, "watch"),
            section: Section::Watched { until_ms: now_ms + WATCHED_FIRST_MS.0, batches: WATCHED_BATCHES },
            looks: Cadence::new(spec.every, 1),
            // Not among the first batches, which are warm-up.
            syncs: Cadence::new(sync_every, sync_every.clamp(1, 24)),
            plain_ms: None,
            plain_compute_ms: None,
            neighbours: Neighbours::default(),
            all: 0.0,
            all_bare: 0.0,
            sums: Sums::default(),
            fixed: 0.0,
            sections: 0.0,
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
        if self.budget > 0.0 && all_read {
            self.turn(now_ms);
        }
        let bare = !matches!(self.section, Section::Watched { .. });
        if bare {
            return Plan { bare, ..Plan::default() };
        }
        let look = self.looks.take(step);
        Plan { look, synchronised: !look && is_whole && self.syncs.take(step), bare }
    }

    /// Goes on to the next section if its time has come.
    fn turn(&mut self, now_ms: f64) {
        let known = &mut self.neighbours;
        match self.section {
            Section::Watched { until_ms, batches: 0 } if now_ms >= until_ms && self.plain_ms.is_some() => {
                let after = known.watched.pace(f64::from(WATCHED_BATCHES) / 2.0);
                if let (Some(before), Some(bare), Some(after)) = (known.before, known.bare, after) {
                    let watched = (before + after) / 2.0;
                    // Work that bare sections leave undone is done in the others: the cost is that of the run as a whole.
                    let part = self.all_bare / self.all.max(1.0);
                    self.sums.compared.push(bare, watched + part * (bare - watched));
                }
                *known = Neighbours { before: after, ..Neighbours::default() };
                self.section = Section::Settling { until_ms: now_ms + SETTLE_MS };
            }
            Section::Bare { until_ms, reads: 0 } if now_ms >= until_ms => {
                known.bare = known.counted.pace(1.0).filter(|_| !known.spoilt);
                self.watch_on(now_ms);
            }
            _ => {}
        }
    }

    fn watch_on(&mut self, now_ms: f64) {
        self.sections += 1.0;
        let (from, to) = if self.sections < FIRST_SECTIONS { WATCHED_FIRST_MS } else { WATCHED_MS };
        self.section = Section::Watched { until_ms: now_ms + self.rng.range(from, to), batches: WATCHED_BATCHES };
    }

    /// Gives up a bare section because the epoch ends or the run is paused: hooks and the page come in between.
    pub fn interrupt(&mut self, now_ms: f64) {
        if !matches!(self.section, Section::Watched { .. }) {
            self.neighbours = Neighbours::default();
            self.watch_on(now_ms);
        }
    }

    /// Takes in the timings of the batches of one read.
    pub fn take(&mut self, reading: &Reading, now_ms: f64) {
        if self.budget <= 0.0 {
            return;
        }
        let (was_bare, counted) = match &mut self.section {
            Section::Watched { batches, .. } => {
                *batches = batches.saturating_sub(reading.batches);
                (false, false)
            }
            Section::Settling { until_ms } => {
                if now_ms >= *until_ms {
                    self.section = Section::Bare { until_ms: now_ms + BARE_MS, reads: BARE_READS };
                }
                (true, false)
            }
            Section::Bare { reads, .. } => {
                *reads = reads.saturating_sub(1);
                (true, true)
            }
        };
        if reading.special {
            self.neighbours.spoilt |= was_bare;
            return;
        }
        let batches = f64::from(reading.batches);
        self.all += batches;
        match (was_bare, counted) {
            (false, _) => self.neighbours.watched.add(batches, reading.ms),
            (true, true) => self.neighbours.counted.add(batches, reading.ms),
            _ => {}
        }
        if was_bare {
            self.all_bare += batches;
        }
        self.count(reading, batches);
        self.keep_within(reading.step);
    }

    fn count(&mut self, reading: &Reading, batches: f64) {
        if self.sums.batches == 0.0 {
            self.sums.since = reading.step.saturating_sub(reading.batches) + 1;
        }
        self.sums.batches += batches;
        self.sums.sending.push(reading.sending_ms / batches);
        for (mean, ms) in [(&mut self.sums.record, reading.record_ms), (&mut self.sums.diagnoses, reading.diagnoses_ms)] {
            if let Some(ms) = ms {
                mean.push(ms / batches);
            }
        }
        let follow = |known: &mut Option<f64>, ms: f64| *known = Some(known.map_or(ms, |known| known + FOLLOW * (ms - known)));
        if reading.looks == 0 && !reading.synchronised {
            self.sums.plain.push(reading.ms / batches);
            follow(&mut self.plain_ms, reading.ms / batches);
            follow(&mut self.plain_compute_ms, reading.compute_ms / batches);
        } else if reading.looks > 0 {
            // A look makes the batch's own phases longer too: weights cannot be updated in place, more is read.
            let longer = self.plain_compute_ms.map_or(0.0, |plain| reading.compute_ms - batches * plain);
            let cost = (longer + reading.looks_ms) / f64::from(reading.looks);
            self.sums.looks.push(cost);
            self.looks.cost(cost);
            if self.plain_ms.is_none() {
                // Every batch has a probe: the time left without the probes is that of a plain batch.
                follow(&mut self.plain_ms, (reading.ms - reading.looks_ms) / batches);
            }
        } else if let Some(plain) = self.plain_ms {
            let cost = reading.ms - batches * plain;
            self.sums.timing.push(cost);
            self.syncs.cost(cost);
        }
    }

    /// Makes probes and synchronised samples rarer or more frequent, where the budget demands or allows it.
    fn keep_within(&mut self, step: Step) {
        let Some(plain) = self.plain_ms.filter(|&ms| ms > 0.0) else { return };
        let cost = self.shares(plain);
        let sure = |share: Share| if share.percent.is_finite() { (share.percent - 2.0 * share.error).max(0.0) } else { 0.0 };
        if self.sums.batches >= KNOWN_BATCHES {
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
            self.sums = Sums::default();
            self.neighbours = Neighbours { spoilt: true, ..Neighbours::default() };
        }
    }

    /// The cost of everything, relative to a batch without extra work, which takes `now_ms` at present.
    fn shares(&self, now_ms: f64) -> WatchCost {
        let sums = &self.sums;
        // Costs and the time that they are part of are of the same batches.
        let plain = if sums.plain.count() > 0.0 { sums.plain.mean() } else { now_ms };
        let per_batch = |mean: &Mean| Share { percent: 100.0 * mean.mean() / plain, error: 100.0 * mean.error() / plain };
        let now_and_then = |mean: &Mean| {
            let part = if sums.batches > 0.0 { mean.count() / sums.batches } else { 0.0 };
            Share { percent: part * per_batch(mean).percent, error: part * per_batch(mean).error }
        };
        let (looks, timing) = (now_and_then(&sums.looks), now_and_then(&sums.timing));
        let (sending, hooks, diagnoses) = (per_batch(&sums.sending), per_batch(&sums.record), per_batch(&sums.diagnoses));
        let record = Share::sum([sending, hooks]);
        let excess = sums.compared.excess();
        let (total, rest) = match excess {
            // A bare batch is recorded and diagnosed as any other, so that is not in the comparison.
            Some(excess) => (Share::sum([excess, hooks, diagnoses]), excess.without(Share::sum([looks, timing, sending]))),
            None => (Share::sum([looks, timing, record, diagnoses]), Share::UNKNOWN),
        };
        WatchCost {
            step: 0,
            since: sums.since,
            total,
            compared: excess.is_some(),
            sections: sums.compared.count() as u32,
            looks,
            timing,
            record,
            diagnoses,
            rest,
            look_every: self.looks.every(),
            sync_every: self.syncs.every(),
            budget: self.budget,
            change: None,
        }
    }

    /// The cost of watching up to `step`: once a second, at once after a change, and whenever `always` is set.
    pub fn report(&mut self, step: Step, now_ms: f64, always: bool) -> Option<WatchCost> {
        let due = now_ms - self.reported_ms >= REPORT_MS || !self.changes.is_empty();
        let plain = self.plain_ms.filter(|&ms| ms > 0.0 && self.budget > 0.0)?;
        let is_bare = !matches!(self.section, Section::Watched { .. });
        if (!due || is_bare) && !always {
            return None;
        }
        self.reported_ms = now_ms;
        let change = (!self.changes.is_empty()).then(|| std::mem::take(&mut self.changes).join("; "));
        Some(WatchCost { step, change, ..self.shares(plain) })
    }
}

#[cfg(test)]
mod tests;
