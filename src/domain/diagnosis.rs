//! A diagnosis: what is going wrong in a run (or what is worth knowing), in words, with the evidence.
//!
//! The rules that find them are in [`callbacks`](super::callbacks); here is what they find. Never here: rules.

use super::event::Step;
use serde::{Deserialize, Serialize};

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A value is NaN or infinite.
    NotFinite,
    /// Gradients grow without bound.
    ExplodingGradient,
    /// Gradients of early layers are vanishingly small.
    VanishingGradient,
    /// The loss jumps or rises: steps are too large.
    LearningRateTooHigh,
    /// Weights hardly move: steps are too small.
    LearningRateTooLow,
    /// Many units of a ReLU layer are zero for every sample.
    DeadUnits,
    /// Many units of a bounded activation are at its ends.
    Saturation,
    /// Validation turns worse while training gets better.
    Overfitting,
    /// Training itself stays poor.
    Underfitting,
    /// The loss stays at that of guessing.
    NoLearning,
    /// Batches hold few classes, or classes have very different numbers of samples.
    UnbalancedData,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The run will be worse for it.
    Warning,
    /// The run is lost, or will be.
    Problem,
}

/// Something found in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// What.
    pub finding: Finding,
    /// How much it matters.
    pub severity: Severity,
    /// Where: a layer or an array of weights; empty where it is the whole run.
    pub place: String,
    /// The step at which it was found.
    pub step: Step,
    /// The step since which the evidence holds.
    pub since: Step,
    /// What was seen, in one sentence, with the numbers and the threshold.
    pub evidence: String,
    /// Why it matters, in one sentence.
    pub why: String,
    /// What to try, in one sentence.
    pub remedy: String,
    /// The series that shows it.
    pub series: String,
}
