//! Tally of what watching takes: the time of plain batches, what looks and synchronised samples add to theirs, and the work that comes
//! with every batch.
//!
//! Never here: when a batch is plain, and what follows from the costs.

use super::reading::Reading;
use crate::domain::cost::estimate::{Mean, Ratio, Share};
use crate::domain::run::event::Step;

/// The weight of the newest batch in the running mean of a plain batch's time.
const FOLLOW: f64 = 1.0 / 32.0;

/// The present pace of batches without extra work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Milliseconds of such a batch.
    pub ms: Option<f64>,
    /// Milliseconds of its training alone.
    compute_ms: Option<f64>,
}

/// The extra work in a reading, with its cost in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extra {
    /// None, or not known what it cost.
    None,
    /// A look each.
    Look(f64),
    /// A synchronised sample.
    Synchronised(f64),
}

/// The shares of the time that watching takes.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// The share of everything together.
    pub total: Share,
    /// Whether the total comes from a comparison; if not, it is only the sum of directly timed costs.
    pub compared: bool,
    /// The share of probes.
    pub looks: Share,
    /// The share of synchronised samples.
    pub timing: Share,
    /// The share of gathering the records and sending them.
    pub record: Share,
    /// The share of looking for faults.
    pub diagnoses: Share,
    /// The rest that the comparison found.
    pub rest: Share,
}

/// Sums since the last change of the cadence.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The first step that is counted.
    pub since: Step,
    /// Number of batches.
    pub batches: f64,
    /// Time of batches without any extra work.
    plain: Mean,
    looks: Mean,
    timing: Mean,
    sending: Mean,
    record: Mean,
    diagnoses: Mean,
    compared: Ratio,
}

impl Tally {
    /// Adds the batches of one read, and follows the `pace` by those without extra work.
    pub fn add(&mut self, reading: &Reading, pace: &mut Pace) -> Extra {
        let batches = f64::from(reading.batches);
        if self.batches == 0.0 {
            self.since = reading.step.saturating_sub(reading.batches) + 1;
        }
        self.batches += batches;
        self.sending.push(reading.sending_ms / batches);
        for (mean, ms) in [(&mut self.record, reading.record_ms), (&mut self.diagnoses, reading.diagnoses_ms)] {
            if let Some(ms) = ms {
                mean.push(ms / batches);
            }
        }
        let follow = |known: &mut Option<f64>, ms: f64| *known = Some(known.map_or(ms, |known| known + FOLLOW * (ms - known)));
        if reading.looks == 0 && !reading.synchronised {
            self.plain.push(reading.ms / batches);
            follow(&mut pace.ms, reading.ms / batches);
            follow(&mut pace.compute_ms, reading.compute_ms / batches);
            Extra::None
        } else if reading.looks > 0 {
            // A look makes the batch's own phases longer too: weights cannot be updated in place, more is read.
            let longer = pace.compute_ms.map_or(0.0, |plain| reading.compute_ms - batches * plain);
            let cost = (longer + reading.looks_ms) / f64::from(reading.looks);
            self.looks.push(cost);
            if pace.ms.is_none() {
                // Every batch has a probe: the time left without the probes is that of a plain batch.
                follow(&mut pace.ms, (reading.ms - reading.looks_ms) / batches);
            }
            Extra::Look(cost)
        } else if let Some(plain) = pace.ms {
            let cost = reading.ms - batches * plain;
            self.timing.push(cost);
            Extra::Synchronised(cost)
        } else {
            Extra::None
        }
    }

    /// Adds a bare section's pace and that of its neighbours.
    pub fn compare(&mut self, bare: f64, watched: f64) {
        self.compared.push(bare, watched);
    }

    /// Number of bare sections that were compared.
    pub fn sections(&self) -> u32 {
        self.compared.count() as u32
    }

    /// The cost of everything, relative to a batch without extra work, which takes `now_ms` at present.
    pub fn shares(&self, now_ms: f64) -> Shares {
        // Costs and the time that they are part of are of the same batches.
        let plain = if self.plain.count() > 0.0 { self.plain.mean() } else { now_ms };
        let per_batch = |mean: &Mean| Share { percent: 100.0 * mean.mean() / plain, error: 100.0 * mean.error() / plain };
        let now_and_then = |mean: &Mean| {
            let part = if self.batches > 0.0 { mean.count() / self.batches } else { 0.0 };
            Share { percent: part * per_batch(mean).percent, error: part * per_batch(mean).error }
        };
        let (looks, timing) = (now_and_then(&self.looks), now_and_then(&self.timing));
        let (sending, hooks, diagnoses) = (per_batch(&self.sending), per_batch(&self.record), per_batch(&self.diagnoses));
        let record = Share::sum([sending, hooks]);
        let excess = self.compared.excess();
        let (total, rest) = match excess {
            // A bare batch is recorded and diagnosed as any other, so that is not in the comparison.
            Some(excess) => (Share::sum([excess, hooks, diagnoses]), excess.without(Share::sum([looks, timing, sending]))),
            None => (Share::sum([looks, timing, record, diagnoses]), Share::UNKNOWN),
        };
        Shares { total, compared: excess.is_some(), looks, timing, record, diagnoses, rest }
    }
}
