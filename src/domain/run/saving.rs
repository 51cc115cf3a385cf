//! The cadence at which the state of a run is saved: every so many milliseconds, and rarer where that would cost too much. Never
//! here: what is saved, where it goes.

/// The share of the time that saving may take.
const MOST_SHARE: f64 = 0.01;

/// The times at which a state is due. The first is one distance after the begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saving {
    every_ms: f64,
    due_ms: f64,
}

impl Saving {
    /// A cadence of every `every_ms` milliseconds, from `now_ms` on.
    pub fn new(every_ms: f64, now_ms: f64) -> Self {
        Self { every_ms, due_ms: now_ms + every_ms }
    }

    /// Whether a state is due.
    pub fn is_due(&self, now_ms: f64) -> bool {
        now_ms >= self.due_ms
    }

    /// Makes a state due at once: the page may be about to go away.
    pub fn hurry(&mut self) {
        self.due_ms = f64::NEG_INFINITY;
    }

    /// Notes that a state was saved, which took `took_ms`: the next one is due after the distance, or when this one has become one
    /// part in a hundred of the time.
    pub fn done(&mut self, took_ms: f64, now_ms: f64) {
        self.due_ms = now_ms + self.every_ms.max(took_ms / MOST_SHARE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_at_their_distance_or_rarer_where_they_take_long() {
        let mut saving = Saving::new(1000.0, 50.0);
        assert!(!saving.is_due(1049.0) && saving.is_due(1050.0));
        saving.done(2.0, 1100.0);
        assert!(!saving.is_due(2099.0) && saving.is_due(2100.0));
        saving.done(30.0, 2100.0);
        assert!(!saving.is_due(5099.0) && saving.is_due(5100.0), "30 ms are 1 % of 3 s");
        saving.hurry();
        assert!(saving.is_due(2101.0));
    }
}
