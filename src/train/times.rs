//! The times of one training step: by the program's clock, and by the device's own phases.
//!
//! Never here: the clock, and which batch a time belongs to.

/// Where the wall time of one call of [`Trainer::step`](super::Trainer::step) went, in milliseconds. On a device that works behind the
/// program's back these are the times to hand the work over, and must not be shown as the work's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepTimes {
    /// Upload.
    pub upload: f64,
    /// Forward pass and loss.
    pub forward: f64,
    /// Backward pass.
    pub backward: f64,
    /// Optimiser.
    pub update: f64,
    /// Waits for the device between the phases, which only [`Trainer::step_by_phases`](super::Trainer::step_by_phases) makes.
    pub waits: f64,
}

/// How long the device took for each phase of one batch, in milliseconds: from handing the phase over until its numbers
/// could be read, so each but `wait` includes one wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhaseWaits {
    /// The upload.
    pub data: f64,
    /// The forward pass with the loss.
    pub forward: f64,
    /// The backward pass.
    pub backward: f64,
    /// The optimiser.
    pub update: f64,
    /// A wait with nothing to do.
    pub wait: f64,
}
