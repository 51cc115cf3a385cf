//! [`Reading`]: what the loop tells the watch of the batches that one read brings. Never here: what the watch makes of it.

use crate::domain::run::event::Step;

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
