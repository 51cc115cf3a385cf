//! Learning rates to try: the one that usually works for an optimiser, and the next one below or above.
//!
//! A tenth is a step, not a goal: from 1000 it takes five failed runs to a rate that works. So where the usual rate is further away
//! than that, it is what is proposed. Never here: the judgement whether a rate is too high or too low.

use crate::domain::data::SampleShape;
use crate::domain::run::config::{OptimizerSpec, RunConfig};

/// The learning rate that usually works for the optimiser of `config`, on points in the plane or on anything larger: for Adam and its
/// kin those of the presets.
pub fn usual(config: &RunConfig) -> f64 {
    match config.optimizer {
        OptimizerSpec::Sgd { momentum, .. } => tidy(0.1 * (1.0 - momentum).max(0.01)),
        _ if matches!(config.data.shape(), Some(SampleShape::Vector(2))) => 0.01,
        _ => 0.001,
    }
}

/// The number without the digits that nobody typed: times ten and by ten leave some.
fn tidy(rate: f64) -> f64 {
    format!("{rate:.9e}").parse().unwrap_or(rate)
}

/// The rate to try below `rate`: the `usual` one where that is more than ten times less, else a tenth.
pub fn lower(rate: f64, usual: Option<f64>) -> f64 {
    usual.filter(|usual| rate > 10.0 * usual).unwrap_or_else(|| tidy(rate / 10.0))
}

/// The rate to try above `rate`: the `usual` one where that is more than ten times as much, or where `rate` is none; else ten times it.
pub fn higher(rate: f64, usual: Option<f64>) -> f64 {
    usual
        .filter(|usual| rate < usual / 10.0 || rate == 0.0)
        .unwrap_or_else(|| if rate == 0.0 { 0.001 } else { tidy(rate * 10.0).min(1000.0) })
}

/// Whether a run at `rate` that does not learn may be told that the rate is too low: not where it is above the `usual` one already.
pub fn may_rise(rate: f64, usual: Option<f64>) -> bool {
    usual.is_none_or(|usual| rate <= usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::preset;

    #[test]
    fn a_rate_far_away_comes_to_the_usual_one_at_once() {
        for (rate, below) in [(1000.0, 0.001), (1.0, 0.001), (0.011, 0.001), (0.01, 0.001), (0.003, 0.0003), (1e-7, 1e-8)] {
            assert_eq!(lower(rate, Some(0.001)), below, "{rate}");
        }
        for (rate, above) in [(0.0, 0.001), (1e-7, 0.001), (2e-4, 2e-3), (0.03, 0.3), (300.0, 1000.0)] {
            assert_eq!(higher(rate, Some(0.001)), above, "{rate}");
        }
        assert_eq!((lower(1000.0, None), higher(1e-7, None), higher(0.0, None)), (100.0, 1e-6, 0.001));
        assert!(may_rise(0.001, Some(0.001)) && !may_rise(0.01, Some(0.001)) && may_rise(1.0, None));
    }

    #[test]
    fn the_usual_rate_of_a_preset_is_its_own() {
        for preset in preset::all() {
            assert_eq!(usual(&preset.config), preset.config.optimizer.learning_rate(), "{}", preset.name);
        }
        let mut config = preset::config("mlp").unwrap();
        for (momentum, rate) in [(0.0, 0.1), (0.9, 0.01), (0.9999, 0.001)] {
            config.optimizer = OptimizerSpec::Sgd { learning_rate: 5.0, momentum };
            assert_eq!(usual(&config), rate, "{momentum}");
        }
    }
}
