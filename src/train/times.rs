//! The times of one training step: by the program's clock, and by the device's own phases.
//!
//! Never here: the clock, the batch that a time belongs to.

/// The wall times of one call of [`Trainer::step`](super::Trainer::step), in milliseconds. On a device that works
/// asynchronously these are the times to hand the work over, and must not be shown as the work's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepTimes {
    /// Time of the upload.
    pub upload: f64,
    /// Time of the forward pass and the loss.
    pub forward: f64,
    /// Time of the backward pass.
    pub backward: f64,
    /// Time of the optimiser.
    pub update: f64,
    /// Time of waiting for the device between the phases, which only
    /// [`Trainer::step_by_phases`](super::Trainer::step_by_phases) does.
    pub waits: f64,
}

/// The times that the device took for each phase of one batch, in milliseconds: from handing the phase over until its
/// numbers could be read, so each but `wait` includes one wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhaseWaits {
    /// Time of the upload.
    pub data: f64,
    /// Time of the forward pass with the loss.
    pub forward: f64,
    /// Time of the backward pass.
    pub backward: f64,
    /// Time of the optimiser.
    pub update: f64,
    /// Time of a wait with nothing to do.
    pub wait: f64,
}
