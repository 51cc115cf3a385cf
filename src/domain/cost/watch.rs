//! What watching costs, measured while it watches, and how often it may look so that the budget is kept.
//!
//! **Measured** by comparison: at random moments, drawn from the seed, a short section of batches is *bare*: nothing is
//! looked into, nothing is sent to the page (the records wait and come afterwards, none is lost), so that the page has
//! nothing to draw either. The first part of a bare section is let pass, until what was under way is done; the rest is
//! set against the stretches before and after it, everything included. Neighbours in time share what drifts, and what
//! drifts evenly cancels. Single monitors are also timed directly where the worker's own thread does the work.
//!
//! **Held** by doubling: a look costs what it costs, so there are fewer of them when they would take more than the
//! budget leaves, and more again, up to what was asked for, when they become cheap. Which batches are trained, and
//! which are recorded, never depends on any of this.
//!
//! Who has a clock says how late it is; nothing here changes what is trained.

mod cadence;
mod report;

use super::estimate::{Mean, Ratio, Share};
use crate::domain::record::probe::MonitorSpec;
use crate::domain::rng::Rng;
use crate::domain::run::event::Step;
use cadence::Cadence;
pub use report::WatchCost;

/// How long a bare section is let pass before it counts: what the page was drawing is drawn by then.
const SETTLE_MS: f64 = 40.0;
/// How long it counts.
const BARE_MS: f64 = 110.0;
/// Reads that count at least, where each takes longer than that.
const BARE_READS: u32 = 2;
/// How long it is watched between two bare sections, in milliseconds: uniform between these. The first ones come sooner,
/// so that a short run has a figure too.
const WATCHED_MS: (f64, f64) = (1500.0, 4500.0);
const WATCHED_FIRST_MS: (f64, f64) = (300.0, 900.0);
const FIRST_SECTIONS: f64 = 8.0;
/// Batches that are watched at least between two bare sections.
const WATCHED_BATCHES: u32 = 16;
/// How much of the budget the synchronised samples may take, and how many percent at most.
const TIMING_PART: f64 = 0.2;
const TIMING_MOST: f64 = 1.0;
/// Of the budget, at least this part is for looks, even where the rest is spent by what no cadence can change.
const LOOKS_LEAST: f64 = 0.25;
/// Batches after which the cost of what happens at each of them is known well enough to be taken off the budget.
const KNOWN_BATCHES: f64 = 100.0;
/// Milliseconds between two reports.
const REPORT_MS: f64 = 1000.0;
/// How quickly the time of a plain batch follows a change: the weight of the newest.
const FOLLOW: f64 = 1.0 / 32.0;

/// What the next batch carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// A look into the network.
    pub look: bool,
    /// Waits between its phases.
    pub synchronised: bool,
    /// Nothing but its record.
    pub bare: bool,
}

/// The batches of one read, as they went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// The last one's step.
    pub step: Step,
    /// How many.
    pub batches: u32,
    /// Their whole time.
    pub ms: f64,
    /// What of it went into the training itself: neither hooks, nor giving way, nor summing up looks.
    pub compute_ms: f64,
    /// How many of them were looked into.
    pub looks: u32,
    /// Summing these looks up, and the hooks that were told of them.
    pub looks_ms: f64,
    /// Whether the one batch was run phase by phase.
    pub synchronised: bool,
    /// Sending records to the page.
    pub sending_ms: f64,
    /// Hooks that record, all of these batches together; `None` where they were not timed.
    pub record_ms: Option<f64>,
    /// Hooks that look for faults.
    pub diagnoses_ms: Option<f64>,
    /// Warm-up or hidden: its times mean something else.
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
    /// Batches that carry nothing.
    plain: Mean,
    looks: Mean,
    timing: Mean,
    sending: Mean,
    record: Mean,
    diagnoses: Mean,
    compared: Ratio,
}

/// Batches in a row, and their time.
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

    /// Milliseconds a batch; `None` of too few.
    fn pace(self, at_least: f64) -> Option<f64> {
        (self.batches >= at_least).then(|| self.ms / self.batches)
    }
}

/// What is known of the bare section under way, or of the last one, and of its neighbours.
#[derive(Clone, Copy, Debug, Default)]
struct Neighbours {
    /// Milliseconds a batch of the watched stretch before it.
    before: Option<f64>,
    /// And of its counted part.
    bare: Option<f64>,
    counted: Stretch,
    spoilt: bool,
    /// The watched stretch under way.
    watched: Stretch,
}

/// Decides what each batch carries, and learns what that costs.
#[derive(Clone, Debug)]
pub struct Watch {
    budget: f64,
    rng: Rng,
    section: Section,
    looks: Cadence,
    syncs: Cadence,
    /// Milliseconds of a batch that carries nothing, and of its training alone.
    plain_ms: Option<f64>,
    plain_compute_ms: Option<f64>,
    neighbours: Neighbours,
    /// All batches, and those of bare sections: how much of the time is bare.
    all: f64,
    all_bare: f64,
    sums: Sums,
    /// What no cadence of looks can change, in percent, as last known well enough.
    fixed: f64,
    sections: f64,
    reported_ms: f64,
    changes: Vec<String>,
}

impl Watch {
    /// The watch of a run with `seed`, from `now_ms` on. `runs_ahead`: the device works behind the program's back, so
    /// that synchronised samples say more than the clock.
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

    /// Another budget from now on, in percent; 0: none, and nothing is measured.
    pub fn set_budget(&mut self, percent: f64) {
        self.budget = percent;
        if percent <= 0.0 {
            self.looks.release();
            self.syncs.release();
        }
    }

    /// What the batch of `step` carries. `all_read`: no batch waits for its numbers, so another section may begin.
    /// `is_whole`: the batch has as many samples as the others.
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
                    // What bare sections leave undone is done in the others: the run as a whole is what it costs.
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

    /// The epoch ends, or the run is held: hooks and the page come in between, so a bare section is given up.
    pub fn interrupt(&mut self, now_ms: f64) {
        if !matches!(self.section, Section::Watched { .. }) {
            self.neighbours = Neighbours::default();
            self.watch_on(now_ms);
        }
    }

    /// Takes in how the batches of one read went.
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
                // Every batch is looked into: what is left without the looks is plain.
                follow(&mut self.plain_ms, (reading.ms - reading.looks_ms) / batches);
            }
        } else if let Some(plain) = self.plain_ms {
            let cost = reading.ms - batches * plain;
            self.sums.timing.push(cost);
            self.syncs.cost(cost);
        }
    }

    /// Makes looks and samples rarer or more frequent, if that is needed to keep the budget or possible within it.
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
            // What was measured at another cadence says nothing of this one.
            self.sums = Sums::default();
            self.neighbours = Neighbours { spoilt: true, ..Neighbours::default() };
        }
    }

    /// What everything costs, where a batch that carries nothing takes `now_ms` now.
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

    /// What watching costs up to `step`: once a second, at once after a change, and whenever `now` is asked for.
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
