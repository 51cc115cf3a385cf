//! A diagnosis: a fault of a run (or a fact worth knowing), in words, with the evidence.
//!
//! The rules that find them are in [`diagnostician`]; here are their results. Remedies, as changes of the
//! configuration, are in [`remedy`]. Never here: rules.

pub mod diagnostician;
pub mod examination;
pub mod gathered;
pub mod rates;
pub mod remedy;

pub use diagnostician::{DiagnosisThresholds, Diagnostician, Threshold};

use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};

/// The kind of a fault.
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
    /// Classes have very different numbers of samples.
    UnbalancedData,
    /// Batches hold few classes at a time: the samples are sorted, and not shuffled.
    UnshuffledData,
    /// A callback monitors a series that this run does not record.
    MissingSeries,
}

impl Finding {
    /// All kinds of faults.
    pub const ALL: [Self; 13] = [
        Self::NotFinite,
        Self::ExplodingGradient,
        Self::VanishingGradient,
        Self::LearningRateTooHigh,
        Self::LearningRateTooLow,
        Self::DeadUnits,
        Self::Saturation,
        Self::Overfitting,
        Self::Underfitting,
        Self::NoLearning,
        Self::UnbalancedData,
        Self::UnshuffledData,
        Self::MissingSeries,
    ];

    /// The name on the page.
    pub fn title(self) -> &'static str {
        match self {
            Self::NotFinite => "Not a number",
            Self::ExplodingGradient => "Exploding gradient",
            Self::VanishingGradient => "Vanishing gradient",
            Self::LearningRateTooHigh => "Learning rate too high",
            Self::LearningRateTooLow => "Learning rate too low",
            Self::DeadUnits => "Dead units",
            Self::Saturation => "Saturated units",
            Self::Overfitting => "Overfitting",
            Self::Underfitting => "Underfitting",
            Self::NoLearning => "No learning",
            Self::UnbalancedData => "Unbalanced data",
            Self::UnshuffledData => "Unshuffled data",
            Self::MissingSeries => "Missing series",
        }
    }
}

/// The severity of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A fact worth knowing.
    Note,
    /// A fault that makes the run worse.
    Warning,
    /// A fault by which the run is lost, or will be.
    Problem,
}

/// A fault that was found in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The kind of the fault.
    pub finding: Finding,
    /// The severity.
    pub severity: Severity,
    /// The layer or the array of weights; empty where it is the whole run.
    pub place: String,
    /// The step at which it was found.
    pub step: Step,
    /// The step since which the evidence holds.
    pub since: Step,
    /// The observation, in one sentence, with the numbers.
    pub evidence: String,
    /// The thresholds that it rests on; empty where a single value counts.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// The reason why it matters, in one sentence.
    pub why: String,
    /// The remedy to try, in one sentence.
    pub remedy: String,
    /// The series that shows it.
    pub series: String,
}

/// A threshold and its value at the time of the diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The threshold's name in JSON.
    pub name: String,
    /// The threshold's value.
    pub value: f64,
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A diagnosis without words, told forty steps after it began to hold.
    pub fn found(finding: Finding, place: &str, severity: Severity, since: Step) -> Diagnosis {
        Diagnosis {
            finding,
            severity,
            place: place.to_owned(),
            step: since + 40,
            since,
            evidence: String::new(),
            limits: Vec::new(),
            why: String::new(),
            remedy: String::new(),
            series: String::new(),
        }
    }
}
