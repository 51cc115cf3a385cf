//! The limits at which something counts as wrong: plain data that the visitor may change, each with its reason.
//!
//! Never here: rules.

use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// All limits of the [`Diagnostician`](super::Diagnostician). Every sentence of evidence names those that it rests on,
/// by these names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DiagnosisThresholds {
    /// Looks into the network in a row that must agree before a finding of theirs is believed.
    pub streak: u32,
    /// Updates that those looks must span at least, so that looking at every batch is not hastier.
    pub streak_steps: u32,
    /// Batches that a mean of the loss is taken over: one batch alone is mostly chance.
    pub loss_window: u32,
    /// Updates without progress that are called standing still, rounded up to whole epochs: the first updates of a
    /// healthy run can be flat. With 200, 1 of 320 healthy runs was flat for longer.
    pub least_batches: u32,
    /// The loss counts as still high above this share of the loss of guessing. Flat or saturated layers do no harm in
    /// a run that has already learned.
    pub still_high: f64,
    /// Learning rate too high: the loss is this many times the larger of the first and that of guessing.
    pub loss_rise: f64,
    /// Learning rate too high: the same, from which on the run counts as lost.
    pub loss_rise_lost: f64,
    /// Learning rate too high: standard deviation of the last losses over their mean, at least; batches of fewer than
    /// 64 samples, or with rare classes in them, scatter more by chance and are allowed as much more.
    pub loss_swing: f64,
    /// Learning rate too high: norm of an update over the norm of its weights.
    pub update_ratio_high: f64,
    /// Learning rate too low: the same ratio.
    pub update_ratio_low: f64,
    /// The loss counts as falling when it falls by this share, from one epoch (or `least_batches`) to the next.
    pub least_fall: f64,
    /// Exploding gradient: its norm over the median of the norms before.
    pub exploding_factor: f64,
    /// Exploding gradient: its norm, at least; late in a run norms are small, and a hard batch is many times the median.
    pub exploding_norm: f64,
    /// Vanishing gradient: root mean square a weight in the first kernel over that in the last.
    pub vanishing_ratio: f64,
    /// Dead units: share of a layer's units.
    pub dead_share: f64,
    /// Dead units: share from which on the layer counts as lost.
    pub dead_share_lost: f64,
    /// Dead units: samples a batch needs so that a unit silent for all of them is suspicious; in smaller batches only a
    /// lost layer counts, and only after as many looks more.
    pub dead_samples: u32,
    /// Saturation: share of a layer's values at the ends of its range.
    pub saturated_share: f64,
    /// Overfitting: epochs since the lowest validation loss.
    pub overfit_epochs: u32,
    /// Overfitting: share by which the validation loss has risen above its lowest.
    pub overfit_rise: f64,
    /// Overfitting: the same rise in nats, at least: a tripled loss of almost nothing is still almost nothing.
    pub overfit_rise_nats: f64,
    /// Underfitting: epochs over which the training loss must be flat; many healthy runs rest on a plateau first.
    pub underfit_epochs: u32,
    /// Underfitting: the loss is flat when it falls by less than this share over those epochs together.
    pub underfit_fall: f64,
    /// Underfitting: how far accuracy is on its way from guessing (0) to all right (1), at most; at least it is
    /// `no_learning_skill`.
    pub underfit_skill: f64,
    /// No learning: share by which the loss is below that of guessing.
    pub no_learning: f64,
    /// No learning: how far accuracy is on its way from guessing (0) to all right (1), at most; first weights can be
    /// lucky.
    pub no_learning_skill: f64,
    /// Unbalanced data: samples of the largest class for each of the smallest.
    pub imbalance: f64,
    /// Unbalanced data: the same, from which on it is a warning and not a note.
    pub imbalance_severe: f64,
}

impl Default for DiagnosisThresholds {
    fn default() -> Self {
        Self {
            streak: 4,
            streak_steps: 40,
            loss_window: 10,
            least_batches: 300,
            still_high: 0.7,
            loss_rise: 1.5,
            loss_rise_lost: 10.0,
            loss_swing: 0.5,
            update_ratio_high: 0.1,
            update_ratio_low: 1e-5,
            least_fall: 0.01,
            exploding_factor: 20.0,
            exploding_norm: 10.0,
            vanishing_ratio: 1e-3,
            dead_share: 0.75,
            dead_share_lost: 0.95,
            dead_samples: 16,
            saturated_share: 0.6,
            overfit_epochs: 3,
            overfit_rise: 0.1,
            overfit_rise_nats: 0.05,
            underfit_epochs: 8,
            underfit_fall: 0.01,
            underfit_skill: 0.5,
            no_learning: 0.02,
            no_learning_skill: 0.1,
            imbalance: 4.0,
            imbalance_severe: 20.0,
        }
    }
}

impl DiagnosisThresholds {
    /// Each threshold by its name in JSON, with its value and the smallest and largest that make sense. Whoever builds
    /// a form finds everything here.
    pub fn fields(&self) -> [(&'static str, f64, f64, f64); 28] {
        [
            ("streak", f64::from(self.streak), 1.0, 100.0),
            ("streakSteps", f64::from(self.streak_steps), 1.0, 100_000.0),
            ("lossWindow", f64::from(self.loss_window), 2.0, 1000.0),
            ("leastBatches", f64::from(self.least_batches), 6.0, 100_000.0),
            ("stillHigh", self.still_high, 0.0, 1.0),
            ("lossRise", self.loss_rise, 1.0, 1e6),
            ("lossRiseLost", self.loss_rise_lost, 1.0, 1e9),
            ("lossSwing", self.loss_swing, 0.0, 100.0),
            ("updateRatioHigh", self.update_ratio_high, 0.0, 1e6),
            ("updateRatioLow", self.update_ratio_low, 0.0, 1.0),
            ("leastFall", self.least_fall, 0.0, 1.0),
            ("explodingFactor", self.exploding_factor, 1.0, 1e9),
            ("explodingNorm", self.exploding_norm, 0.0, 1e9),
            ("vanishingRatio", self.vanishing_ratio, 0.0, 1.0),
            ("deadShare", self.dead_share, 0.0, 1.0),
            ("deadShareLost", self.dead_share_lost, 0.0, 1.0),
            ("deadSamples", f64::from(self.dead_samples), 1.0, 4096.0),
            ("saturatedShare", self.saturated_share, 0.0, 1.0),
            ("overfitEpochs", f64::from(self.overfit_epochs), 1.0, 1000.0),
            ("overfitRise", self.overfit_rise, 0.0, 1e6),
            ("overfitRiseNats", self.overfit_rise_nats, 0.0, 1e6),
            ("underfitEpochs", f64::from(self.underfit_epochs), 2.0, 1000.0),
            ("underfitFall", self.underfit_fall, 0.0, 1.0),
            ("underfitSkill", self.underfit_skill, 0.0, 1.0),
            ("noLearning", self.no_learning, 0.0, 1.0),
            ("noLearningSkill", self.no_learning_skill, 0.0, 1.0),
            ("imbalance", self.imbalance, 1.0, 1e9),
            ("imbalanceSevere", self.imbalance_severe, 1.0, 1e9),
        ]
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`], naming the threshold and its range.
    pub fn validate(&self) -> Result<()> {
        for (name, value, low, high) in self.fields() {
            if !(low..=high).contains(&value) {
                let message = format!("the threshold {name} is {value}");
                return Err(Error::new(Code::InvalidConfig, message, format!("use a number from {low} to {high}")));
            }
        }
        Ok(())
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
        assert_eq!(object.len(), thresholds.fields().len());
        for (name, value, ..) in thresholds.fields() {
            assert_eq!(object[name].as_f64(), Some(value), "{name}");
        }
        thresholds.validate().unwrap();
        assert_eq!(serde_json::from_str::<DiagnosisThresholds>("{}").unwrap(), thresholds);
        assert!(serde_json::from_str::<DiagnosisThresholds>(r#"{"deadShar":1}"#).is_err());
    }

    #[test]
    fn a_wrong_value_is_named() {
        let wrong = DiagnosisThresholds { dead_share: f64::NAN, ..DiagnosisThresholds::default() };
        assert_eq!(wrong.validate().unwrap_err().to_string(), "the threshold deadShare is NaN; use a number from 0 to 1");
    }
}
