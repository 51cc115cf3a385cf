//! The host as the loop asks it: by a clock that stands still while the machine sleeps.
//!
//! Some browsers' clocks count the hours of a laptop that slept, others do not. A batch or an epoch of hours says nothing about the
//! training, so they are left out in either case, and told as a pause is. Sleep is known by two readings of the clock that lie a minute
//! apart, and a hundred times as far as any two before. Never here: what is done with a pause.

use super::host::{Host, Moment, Turn};
use crate::domain::run::state::SavedState;
use crate::domain::view::slow::{SlowNumbers, SlowStep};
use crate::error::Result;
use crate::train::Trainer;
use crate::train::clock::Clock;
use crate::train::shards::Replicas;
use std::cell::Cell;

/// The shortest sleep that is told from work, in milliseconds.
const SHORTEST_MS: f64 = 60_000.0;
/// No work takes so many times as long as the longest before.
const TIMES: f64 = 100.0;
/// Number of readings before which nothing is known of the work: some batches.
const FEWEST: u32 = 60;

/// The readings of the clock so far.
#[derive(Clone, Copy, Default)]
struct Readings {
    count: u32,
    last_ms: f64,
    longest_ms: f64,
    slept_ms: f64,
    untold_ms: f64,
}

impl Readings {
    fn take(&mut self, now_ms: f64, gap_ms: f64) {
        if self.count >= FEWEST && gap_ms >= SHORTEST_MS && gap_ms > TIMES * self.longest_ms {
            self.slept_ms += gap_ms;
            self.untold_ms += gap_ms;
        } else if self.count > 0 {
            self.longest_ms = self.longest_ms.max(gap_ms);
        }
        (self.count, self.last_ms) = (self.count.saturating_add(1), now_ms);
    }
}

/// A host whose clock stands still while the machine sleeps.
pub(super) struct Awake<'a, H> {
    host: &'a mut H,
    readings: Cell<Readings>,
}

impl<'a, H: Host> Awake<'a, H> {
    pub(super) fn new(host: &'a mut H) -> Self {
        Self { host, readings: Cell::default() }
    }

    /// The host's turn. What it waits for by itself, a pause or the page, is no sleep; a sleep since the last turn is told as a pause.
    pub(super) async fn turn(&mut self, moment: Moment) -> Turn {
        self.now_ms();
        let mut turn = self.host.turn(moment).await;
        let (now_ms, mut readings) = (self.host.now_ms(), self.readings.get());
        readings.take(now_ms, now_ms - readings.last_ms - turn.paused_ms - turn.sent_ms);
        turn.paused_ms += std::mem::take(&mut readings.untold_ms);
        self.readings.set(readings);
        turn
    }

    pub(super) async fn serve(&mut self, trainer: &mut Trainer) {
        self.host.serve(trainer).await;
    }

    pub(super) fn take_state(&mut self, state: Result<SavedState>) {
        self.host.take_state(state);
    }

    pub(super) fn slowed(&mut self, step: SlowStep, numbers: SlowNumbers) {
        self.host.slowed(step, numbers);
    }

    pub(super) fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        self.host.replicas()
    }

    pub(super) fn keep_quiet(&mut self, quiet: bool) {
        self.host.keep_quiet(quiet);
    }
}

impl<H: Host> Clock for Awake<'_, H> {
    fn now_ms(&self) -> f64 {
        let (now_ms, mut readings) = (self.host.now_ms(), self.readings.get());
        readings.take(now_ms, now_ms - readings.last_ms);
        self.readings.set(readings);
        now_ms - readings.slept_ms
    }
}
