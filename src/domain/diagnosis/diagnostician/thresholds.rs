//! The thresholds from which on something counts as a fault: plain data that the visitor may change, each with its
//! reason.
//!
//! One table makes the type, its defaults and the fields of the page's form. Never here: rules.

use crate::domain::diagnosis::{Finding, Limit};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// A type of number that a threshold can have.
trait Number: Copy {
    const IS_COUNT: bool;
    fn of(value: f64) -> Self;
}

impl Number for u32 {
    const IS_COUNT: bool = true;
    fn of(value: f64) -> Self {
        value as Self
    }
}

impl Number for f64 {
    const IS_COUNT: bool = false;
    fn of(value: f64) -> Self {
        value
    }
}

/// A threshold as a form needs it.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// The name in JSON.
    pub name: &'static str,
    /// The kind of fault that it decides; `None` where several rest on it.
    pub finding: Option<Finding>,
    /// The label on the page.
    pub label: &'static str,
    /// The unit of the value.
    pub unit: &'static str,
    /// The help text: its effect, and the reason for the default.
    pub about: &'static str,
    /// The smallest value that makes sense.
    pub low: f64,
    /// The largest value that makes sense.
    pub high: f64,
    /// Whether the value is a whole number.
    pub is_count: bool,
    get: fn(&DiagnosisThresholds) -> f64,
    put: fn(&mut DiagnosisThresholds, f64),
}

macro_rules! thresholds {
    ($($finding:expr; $field:ident, $name:literal: $type:ty = $default:literal in $low:literal to $high:literal, $label:literal, $unit:literal, $about:literal)*) => {
        /// The thresholds of the [`Diagnostician`](super::Diagnostician), and whether it is asked at all. Every
        /// diagnosis names the thresholds that it rests on, by their names in JSON.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct DiagnosisThresholds {
            /// Whether a run is watched for faults.
            pub enabled: bool,
            $(#[doc = $about] pub $field: $type,)*
        }

        impl Default for DiagnosisThresholds {
            fn default() -> Self {
                Self { enabled: true, $($field: $default,)* }
            }
        }

        impl DiagnosisThresholds {
            /// Every threshold, in the order of the findings, with all that a form needs.
            pub const ALL: &[Threshold] = &[$(Threshold {
                name: $name,
                finding: $finding,
                label: $label,
                unit: $unit,
                about: $about,
                low: $low,
                high: $high,
                is_count: <$type as Number>::IS_COUNT,
                get: |thresholds| f64::from(thresholds.$field),
                put: |thresholds, value| thresholds.$field = Number::of(value),
            },)*];
        }
    };
}

thresholds! {
    None; streak, "streak": u32 = 4 in 1.0 to 100.0, "Looks in a row", "looks",
        "So many looks into the network in a row must agree before a finding of theirs is believed."
    None; streak_steps, "streakSteps": u32 = 40 in 1.0 to 100_000.0, "Updates spanned", "updates",
        "Those looks must span at least so many updates, so that looking at every batch is not hastier."
    None; loss_window, "lossWindow": u32 = 10 in 2.0 to 1000.0, "Batches in a mean", "batches",
        "The mean of the loss is taken over so many batches: one batch alone is mostly chance."
    None; least_batches, "leastBatches": u32 = 300 in 6.0 to 100_000.0, "Patience", "updates",
        "So many updates without progress are called standing still, rounded up to whole epochs: the first updates of a healthy run can be flat. With 200, 1 of 320 healthy runs was flat for longer."
    None; still_high, "stillHigh": f64 = 0.7 in 0.0 to 1.0, "Loss still high", "share of guessing",
        "The loss counts as still high above this share of the loss of guessing. Flat or saturated layers do no harm in a run that has already learned."
    None; least_fall, "leastFall": f64 = 0.01 in 0.0 to 1.0, "Loss falls", "share",
        "The loss counts as falling when it falls by this share, from one epoch (or stretch of patience) to the next."
    Some(Finding::ExplodingGradient); exploding_factor, "explodingFactor": f64 = 20.0 in 1.0 to 1e9, "Growth", "times",
        "The gradient's norm is so many times the median of the norms before."
    Some(Finding::ExplodingGradient); exploding_norm, "explodingNorm": f64 = 10.0 in 0.0 to 1e9, "Least norm", "norm",
        "The gradient's norm is at least this: late in a run norms are small, and a hard batch is many times the median."
    Some(Finding::VanishingGradient); vanishing_ratio, "vanishingRatio": f64 = 1e-3 in 0.0 to 1.0, "First to last layer", "ratio",
        "Root mean square of the gradient of a weight in the first kernel, over that in the last."
    Some(Finding::LearningRateTooHigh); loss_rise, "lossRise": f64 = 1.5 in 1.0 to 1e6, "Loss has risen", "times",
        "The mean loss is so many times the larger of the first loss and that of guessing."
    Some(Finding::LearningRateTooHigh); loss_rise_lost, "lossRiseLost": f64 = 10.0 in 1.0 to 1e9, "Loss has run away", "times",
        "The same, from which on it is a problem and not only a warning."
    Some(Finding::LearningRateTooHigh); loss_swing, "lossSwing": f64 = 0.5 in 0.0 to 100.0, "Loss jumps", "deviation over mean",
        "Standard deviation of the last losses over their mean, at least. Batches of fewer than 64 samples, or with rare classes in them, scatter more by chance and are allowed as much more."
    Some(Finding::LearningRateTooHigh); update_ratio_high, "updateRatioHigh": f64 = 0.1 in 0.0 to 1e6, "Large updates", "share of the weights",
        "Norm of an update over the norm of its weights."
    Some(Finding::LearningRateTooLow); update_ratio_low, "updateRatioLow": f64 = 1e-5 in 0.0 to 1.0, "Small updates", "share of the weights",
        "Norm of an update over the norm of its weights."
    Some(Finding::DeadUnits); dead_share, "deadShare": f64 = 0.75 in 0.0 to 1.0, "Dead units", "share of a layer",
        "More of a layer's units than this are zero for every sample."
    Some(Finding::DeadUnits); dead_share_lost, "deadShareLost": f64 = 0.95 in 0.0 to 1.0, "Lost layer", "share of a layer",
        "The same, from which on it is a problem and not only a warning."
    Some(Finding::DeadUnits); dead_samples, "deadSamples": u32 = 16 in 1.0 to 4096.0, "Samples in a batch", "samples",
        "A unit that is silent for a whole batch is suspicious when the batch has so many samples; in smaller batches only a lost layer counts, and only after as many looks more."
    Some(Finding::Saturation); saturated_share, "saturatedShare": f64 = 0.6 in 0.0 to 1.0, "Saturated values", "share of a layer",
        "More of what comes out of a tanh or sigmoid layer than this is at the ends of its range."
    Some(Finding::Overfitting); overfit_epochs, "overfitEpochs": u32 = 3 in 1.0 to 1000.0, "Epochs since the best", "epochs",
        "So many epochs have passed since the lowest validation loss."
    Some(Finding::Overfitting); overfit_rise, "overfitRise": f64 = 0.1 in 0.0 to 1e6, "Validation loss has risen", "share",
        "In all of them the validation loss is above its lowest by this share."
    Some(Finding::Overfitting); overfit_rise_nats, "overfitRiseNats": f64 = 0.05 in 0.0 to 1e6, "By at least", "nats",
        "And by this much: a tripled loss of almost nothing is still almost nothing."
    Some(Finding::Underfitting); underfit_epochs, "underfitEpochs": u32 = 8 in 2.0 to 1000.0, "Flat epochs", "epochs",
        "The training loss is flat over so many epochs; many healthy runs rest on a plateau first."
    Some(Finding::Underfitting); underfit_fall, "underfitFall": f64 = 0.01 in 0.0 to 1.0, "Flat loss", "share",
        "The training loss is flat when it falls by less than this share over those epochs together."
    Some(Finding::Underfitting); underfit_skill, "underfitSkill": f64 = 0.5 in 0.0 to 1.0, "Poor accuracy", "share of the way",
        "Accuracy has come no further than this on its way from guessing (0) to all right (1)."
    Some(Finding::NoLearning); no_learning, "noLearning": f64 = 0.02 in 0.0 to 1.0, "Below guessing", "share",
        "The loss is below that of guessing by no more than this share."
    Some(Finding::NoLearning); no_learning_skill, "noLearningSkill": f64 = 0.1 in 0.0 to 1.0, "Accuracy of a guess", "share of the way",
        "Accuracy has come no further than this on its way from guessing (0) to all right (1); first weights can be lucky. From here on a poor fit is called underfitting."
    Some(Finding::UnbalancedData); imbalance, "imbalance": f64 = 4.0 in 1.0 to 1e9, "Largest to smallest class", "times",
        "Samples of the largest class for each of the smallest."
    Some(Finding::UnbalancedData); imbalance_severe, "imbalanceSevere": f64 = 20.0 in 1.0 to 1e9, "Severe", "times",
        "The same, from which on it is a warning and not only a note."
    Some(Finding::UnshuffledData); batch_mix, "batchMix": f64 = 0.5 in 0.0 to 1.0, "Classes in a batch", "share",
        "Batches hold fewer classes than this share of those that they would hold in a random order."
}

impl Threshold {
    /// The value in `thresholds`.
    pub fn value(&self, thresholds: &DiagnosisThresholds) -> f64 {
        (self.get)(thresholds)
    }

    /// Puts `value` into `thresholds`.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when it is out of range, or a fraction of what comes in whole numbers; nothing is changed
    /// then.
    pub fn set(&self, thresholds: &mut DiagnosisThresholds, value: f64) -> Result<()> {
        self.check(value)?;
        (self.put)(thresholds, value);
        Ok(())
    }

    fn check(&self, value: f64) -> Result<()> {
        let Self { name, label, low, high, is_count, .. } = *self;
        if (low..=high).contains(&value) && !(is_count && value.fract() != 0.0) {
            return Ok(());
        }
        let number = if is_count { "whole number" } else { "number" };
        Err(Error::new(
            Code::InvalidConfig,
            format!("the threshold {name} ({label}) is {value}"),
            format!("use a {number} from {low} to {high}"),
        ))
    }
}

impl DiagnosisThresholds {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`], naming the threshold and its range.
    pub fn validate(&self) -> Result<()> {
        Self::ALL.iter().try_for_each(|threshold| threshold.check(threshold.value(self)))
    }

    /// The threshold called `name` in JSON.
    pub fn called(name: &str) -> Option<&'static Threshold> {
        Self::ALL.iter().find(|threshold| threshold.name == name)
    }

    /// The thresholds called `names`, with their values.
    pub(super) fn limits(&self, names: &[&str]) -> Vec<Limit> {
        let limit = |threshold: &Threshold| Limit { name: threshold.name.to_owned(), value: threshold.value(self) };
        names.iter().map(|name| limit(Self::called(name).expect("rules name thresholds that there are"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_json_and_the_defaults_are_in_range() {
        let thresholds = DiagnosisThresholds::default();
        let json = serde_json::to_value(thresholds).unwrap();
        let object = json.as_object().unwrap();
        assert_eq!(object.len(), DiagnosisThresholds::ALL.len() + 1, "all thresholds and `enabled`");
        for threshold in DiagnosisThresholds::ALL {
            assert_eq!(object[threshold.name].as_f64(), Some(threshold.value(&thresholds)), "{}", threshold.name);
            assert!(threshold.about.ends_with('.') && !threshold.label.is_empty() && !threshold.unit.is_empty(), "{threshold:?}");
        }
        thresholds.validate().unwrap();
        assert_eq!(serde_json::from_str::<DiagnosisThresholds>("{}").unwrap(), thresholds);
        assert!(serde_json::from_str::<DiagnosisThresholds>(r#"{"deadShar":1}"#).is_err());
    }

    #[test]
    fn each_is_set_by_its_name_and_nothing_else_changes() {
        for threshold in DiagnosisThresholds::ALL {
            let mut thresholds = DiagnosisThresholds::default();
            threshold.set(&mut thresholds, threshold.high).unwrap();
            let others = |set: &DiagnosisThresholds| -> Vec<f64> {
                DiagnosisThresholds::ALL.iter().filter(|other| other.name != threshold.name).map(|other| other.value(set)).collect()
            };
            assert_eq!(threshold.value(&thresholds), threshold.high);
            assert_eq!(others(&thresholds), others(&DiagnosisThresholds::default()), "{}", threshold.name);
        }
    }

    #[test]
    fn a_wrong_value_is_named_and_refused() {
        let wrong = DiagnosisThresholds { dead_share: f64::NAN, ..DiagnosisThresholds::default() };
        assert_eq!(wrong.validate().unwrap_err().to_string(), "the threshold deadShare (Dead units) is NaN; use a number from 0 to 1");
        let mut thresholds = DiagnosisThresholds::default();
        let window = DiagnosisThresholds::called("lossWindow").unwrap();
        for value in [2.5, 1.0, f64::NAN, 1001.0] {
            let error = window.set(&mut thresholds, value).unwrap_err().to_string();
            assert_eq!(error, format!("the threshold lossWindow (Batches in a mean) is {value}; use a whole number from 2 to 1000"));
        }
        assert_eq!(thresholds, DiagnosisThresholds::default());
    }
}
