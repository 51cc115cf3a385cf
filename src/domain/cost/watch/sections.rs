//! Sections of a run: watched stretches of random length, and bare ones between them, whose pace is compared with that of their
//! neighbours.
//!
//! Never here: what single monitors cost, and how often they look.

use super::reading::Reading;
use crate::domain::rng::Rng;

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

/// The section under way.
#[derive(Clone, Copy, Debug)]
enum Section {
    Watched { until_ms: f64, batches: u32 },
    Settling { until_ms: f64 },
    Bare { until_ms: f64, reads: u32 },
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

/// The sections of a run: which one is under way, and what the last ones took.
#[derive(Clone, Debug)]
pub struct Sections {
    rng: Rng,
    section: Section,
    neighbours: Neighbours,
    /// Number of all batches, and of those in bare sections, for the bare share of the time.
    all: f64,
    all_bare: f64,
    /// Number of bare sections that are over, also of those that were given up.
    ended: f64,
}

impl Sections {
    /// The sections of a run with `seed`, from `now_ms` on.
    pub fn new(seed: u64, now_ms: f64) -> Self {
        Self {
            rng: Rng::new(seed, "watch"),
            section: Section::Watched { until_ms: now_ms + WATCHED_FIRST_MS.0, batches: WATCHED_BATCHES },
            neighbours: Neighbours::default(),
            all: 0.0,
            all_bare: 0.0,
            ended: 0.0,
        }
    }

    /// Whether nothing but the batches' records is taken at present.
    pub fn is_bare(&self) -> bool {
        !matches!(self.section, Section::Watched { .. })
    }

    /// Goes on to the next section if its time has come; a watched one lasts until the pace of a plain batch `is_known`. At the end
    /// of a watched section it gives the pace of the bare one before it and that of its neighbours, where both were measured.
    pub fn turn(&mut self, is_known: bool, now_ms: f64) -> Option<(f64, f64)> {
        let known = &mut self.neighbours;
        match self.section {
            Section::Watched { until_ms, batches: 0 } if now_ms >= until_ms && is_known => {
                let after = known.watched.pace(f64::from(WATCHED_BATCHES) / 2.0);
                let compared = match (known.before, known.bare, after) {
                    (Some(before), Some(bare), Some(after)) => {
                        let watched = (before + after) / 2.0;
                        // Work that bare sections leave undone is done in the others: the cost is that of the run as a whole.
                        let part = self.all_bare / self.all.max(1.0);
                        Some((bare, watched + part * (bare - watched)))
                    }
                    _ => None,
                };
                *known = Neighbours { before: after, ..Neighbours::default() };
                self.section = Section::Settling { until_ms: now_ms + SETTLE_MS };
                compared
            }
            Section::Bare { until_ms, reads: 0 } if now_ms >= until_ms => {
                known.bare = known.counted.pace(1.0).filter(|_| !known.spoilt);
                self.watch_on(now_ms);
                None
            }
            _ => None,
        }
    }

    fn watch_on(&mut self, now_ms: f64) {
        self.ended += 1.0;
        let (from, to) = if self.ended < FIRST_SECTIONS { WATCHED_FIRST_MS } else { WATCHED_MS };
        self.section = Section::Watched { until_ms: now_ms + self.rng.range(from, to), batches: WATCHED_BATCHES };
    }

    /// Gives up a bare section because the epoch ends or the run is paused: hooks and the page come in between.
    pub fn interrupt(&mut self, now_ms: f64) {
        if self.is_bare() {
            self.neighbours = Neighbours::default();
            self.watch_on(now_ms);
        }
    }

    /// Leaves what was measured so far out of the comparison.
    pub fn spoil(&mut self) {
        self.neighbours = Neighbours { spoilt: true, ..Neighbours::default() };
    }

    /// Takes in the timings of the batches of one read.
    pub fn take(&mut self, reading: &Reading, now_ms: f64) {
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
    }
}
