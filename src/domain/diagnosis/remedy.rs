//! Remedies: changes of a configuration so that a fault does not come again, which a visitor can try at a click.
//!
//! They are made from the configuration of the faulty run, and have words for the change. Where no change of a
//! configuration helps (the data themselves are unbalanced) there are none. Never here: the finding of faults.

use super::diagnostician::TOO_HIGH;
use super::{Diagnosis, Finding, rates};
use crate::domain::callback::Mode;
use crate::domain::callback::spec::CallbackSpec;
use crate::domain::model::LayerSpec;
use crate::domain::number::format_number;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::series;

/// The gradient's norm beyond which it is clipped.
const CLIP_NORM: f64 = 1.0;
/// Number of units of a hidden layer that is added.
const MORE_UNITS: usize = 64;
/// The share that is dropped before the output.
const DROPPED: f64 = 0.3;

/// One change of a configuration.
#[derive(Clone, Debug, PartialEq)]
enum Edit {
    LearningRate(f64),
    /// A callback, in place of one of its kind, if there is one.
    Callback(CallbackSpec),
    /// Every monitor follows the validation's loss.
    Monitors,
    Layers(Vec<LayerSpec>),
    Shuffle,
}

/// A change of a configuration, with its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// The change in words, for example `learning rate 10 → 1`.
    pub words: String,
    edit: Edit,
}

impl Remedy {
    fn new(words: impl Into<String>, edit: Edit) -> Self {
        Self { words: words.into(), edit }
    }

    /// Makes the change in `config`, and no other.
    pub fn apply(&self, config: &mut RunConfig) {
        match &self.edit {
            Edit::LearningRate(rate) => *config.optimizer.learning_rate_mut() = *rate,
            Edit::Callback(spec) => {
                config.callbacks.retain(|known| std::mem::discriminant(known) != std::mem::discriminant(spec));
                config.callbacks.push(spec.clone());
            }
            Edit::Monitors => config.callbacks.iter_mut().filter_map(CallbackSpec::monitor_mut).for_each(|(monitor, mode)| {
                series::VAL_LOSS.clone_into(monitor);
                *mode = Mode::Auto;
            }),
            Edit::Layers(layers) => config.model.layers.clone_from(layers),
            Edit::Shuffle => config.shuffle = true,
        }
    }

    /// Whether `config` has the change already.
    pub fn is_in(&self, config: &RunConfig) -> bool {
        match &self.edit {
            Edit::LearningRate(rate) => config.optimizer.learning_rate() == *rate,
            Edit::Callback(spec) => config.callbacks.contains(spec),
            Edit::Monitors => config.callbacks.iter().filter_map(CallbackSpec::monitor).all(|monitor| monitor == series::VAL_LOSS),
            Edit::Layers(layers) => config.model.layers == *layers,
            Edit::Shuffle => config.shuffle,
        }
    }

    /// The learning rate that the remedy sets, if it sets one: it can also be given to a run that goes on.
    pub fn learning_rate(&self) -> Option<f64> {
        match self.edit {
            Edit::LearningRate(rate) => Some(rate),
            _ => None,
        }
    }
}

/// The remedy that sets the learning rate which `choose` makes of the present and the usual one.
fn rate(config: &RunConfig, choose: fn(f64, Option<f64>) -> f64) -> Remedy {
    let before = config.optimizer.learning_rate();
    let after = choose(before, Some(rates::usual(config)));
    Remedy::new(format!("learning rate {} → {}", format_number(before), format_number(after)), Edit::LearningRate(after))
}

fn clip() -> Remedy {
    let spec = CallbackSpec::GradientClip { norm: CLIP_NORM };
    Remedy::new(format!("clip the gradient at norm {}", format_number(CLIP_NORM)), Edit::Callback(spec))
}

fn stop_early() -> Remedy {
    let spec = CallbackSpec::EarlyStopping {
        monitor: series::VAL_LOSS.to_owned(),
        mode: Mode::Auto,
        min_delta: 0.0,
        patience: 2,
        baseline: None,
        start_from_epoch: 0,
        restore_best_weights: true,
    };
    Remedy::new("stop early, with the best weights", Edit::Callback(spec))
}

/// The remedy that makes `change` to the layers; `None` where it changes nothing.
fn layers(config: &RunConfig, words: impl Into<String>, change: impl FnOnce(&mut Vec<LayerSpec>)) -> Option<Remedy> {
    let mut layers = config.model.layers.clone();
    change(&mut layers);
    (layers != config.model.layers).then(|| Remedy::new(words, Edit::Layers(layers)))
}

fn is_activation(layer: &LayerSpec) -> bool {
    use LayerSpec::{Gelu, LeakyRelu, Relu, Sigmoid, Tanh};
    matches!(layer, Relu | LeakyRelu { .. } | Tanh | Sigmoid | Gelu)
}

fn replace(config: &RunConfig, from: &[LayerSpec], to: &LayerSpec) -> Option<Remedy> {
    let old = config.model.layers.iter().find(|layer| from.contains(layer))?;
    layers(config, format!("{} in place of {}", to.title(), old.title()), |layers| {
        layers.iter_mut().filter(|layer| from.contains(layer)).for_each(|layer| *layer = to.clone());
    })
}

fn batch_norm(config: &RunConfig) -> Option<Remedy> {
    // There is nothing to normalise over in a batch of one.
    if config.batch_size < 2 {
        return None;
    }
    layers(config, "batch norm before each activation", |layers| {
        for at in (0..layers.len()).rev() {
            if is_activation(&layers[at]) && (at == 0 || layers[at - 1] != LayerSpec::BatchNorm) {
                layers.insert(at, LayerSpec::BatchNorm);
            }
        }
    })
}

fn drop_out(config: &RunConfig) -> Option<Remedy> {
    let has_dropout = config.model.layers.iter().any(|layer| matches!(layer, LayerSpec::Dropout { .. }));
    if has_dropout || !config.model.layers.iter().any(is_activation) {
        return None;
    }
    layers(config, format!("dropout of {DROPPED} before the output"), |layers| layers.push(LayerSpec::Dropout { rate: DROPPED }))
}

fn hidden_layer(config: &RunConfig) -> Option<Remedy> {
    layers(config, format!("one more hidden layer, {MORE_UNITS} units with ReLU"), |layers| {
        layers.extend([LayerSpec::Dense { units: MORE_UNITS }, LayerSpec::Relu]);
    })
}

/// The remedy that gives each hidden layer `change(width)` units or filters.
fn resize(config: &RunConfig, words: &str, change: impl Fn(usize) -> usize) -> Option<Remedy> {
    layers(config, words, |layers| {
        for layer in layers {
            if let LayerSpec::Dense { units: width } | LayerSpec::Conv2d { filters: width, .. } = layer {
                *width = change(*width);
            }
        }
    })
}

/// The remedies to try against `diagnosis` in a run of `config` with `all` these diagnoses, the most promising first. None of them
/// raises a learning rate that another diagnosis has lowered.
pub fn remedies(diagnosis: &Diagnosis, all: &[Diagnosis], config: &RunConfig) -> Vec<Remedy> {
    let learns = config.optimizer.learning_rate() > 0.0;
    let slower = || learns.then(|| rate(config, rates::lower));
    let was_too_high = all.iter().any(|found| TOO_HIGH.contains(&found.finding));
    let clipped = || {
        let is_clipped = config.callbacks.iter().any(|spec| matches!(spec, CallbackSpec::GradientClip { .. }));
        (!is_clipped).then(clip)
    };
    let candidates: Vec<Option<Remedy>> = match diagnosis.finding {
        Finding::NotFinite | Finding::ExplodingGradient => vec![slower(), clipped()],
        Finding::VanishingGradient => {
            vec![replace(config, &[LayerSpec::Sigmoid, LayerSpec::Tanh], &LayerSpec::Relu), batch_norm(config)]
        }
        Finding::LearningRateTooHigh if diagnosis.is_over() => Vec::new(),
        Finding::LearningRateTooHigh => vec![slower()],
        Finding::LearningRateTooLow if was_too_high => Vec::new(),
        Finding::LearningRateTooLow => vec![Some(rate(config, rates::higher))],
        Finding::DeadUnits => vec![slower(), replace(config, &[LayerSpec::Relu], &LayerSpec::LeakyRelu { slope: 0.1 })],
        // What was so before the first update is not the learning rate's fault.
        Finding::Saturation if diagnosis.since <= 1 => vec![batch_norm(config)],
        Finding::Saturation => vec![slower(), batch_norm(config)],
        Finding::Overfitting => {
            let halve = |width: usize| if width >= 16 { width / 2 } else { width };
            vec![Some(stop_early()), drop_out(config), resize(config, "half the units of each hidden layer", halve)]
        }
        Finding::Underfitting => {
            vec![hidden_layer(config), resize(config, "twice the units of each hidden layer", |width| (2 * width).min(1024).max(width))]
        }
        Finding::NoLearning => {
            let has_hidden = config.model.layers.iter().any(is_activation);
            let deeper = if has_hidden { None } else { hidden_layer(config) };
            let may_rise = !was_too_high && rates::may_rise(config.optimizer.learning_rate(), Some(rates::usual(config)));
            vec![deeper, if may_rise { Some(rate(config, rates::higher)) } else { slower() }]
        }
        Finding::UnbalancedData => Vec::new(),
        Finding::MissingSeries => {
            // Two callbacks that keep the best weights cannot follow the same series.
            let goes = |remedy: &Remedy| {
                let mut changed = config.clone();
                remedy.apply(&mut changed);
                changed.check_callbacks().is_ok()
            };
            vec![Some(Remedy::new("monitor val/loss", Edit::Monitors)).filter(goes)]
        }
        Finding::UnshuffledData => vec![Some(Remedy::new("shuffle the samples", Edit::Shuffle))],
    };
    candidates.into_iter().flatten().filter(|remedy| !remedy.is_in(config)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{Severity, testing};
    use crate::domain::run::preset;

    fn found(finding: Finding, since: u32) -> Diagnosis {
        testing::found(finding, "", Severity::Warning, since)
    }

    #[test]
    fn each_is_a_valid_change_that_says_what_it_is_and_is_made_once() {
        for preset in preset::all() {
            for finding in Finding::ALL {
                let remedies = remedies(&found(finding, 30), &[], &preset.config);
                assert_eq!(
                    remedies.is_empty(),
                    matches!(finding, Finding::UnbalancedData | Finding::UnshuffledData | Finding::MissingSeries) || {
                        // Nothing bounded, nothing to normalise: these presets use ReLU, or no activation at all.
                        preset.name == "softmax" && finding == Finding::VanishingGradient
                    },
                    "{}: {finding:?}",
                    preset.name
                );
                for remedy in remedies {
                    let mut config = preset.config.clone();
                    assert!(!remedy.is_in(&config) && !remedy.words.is_empty());
                    remedy.apply(&mut config);
                    config.validate().unwrap();
                    let (shape, classes) = (config.data.shape().unwrap(), config.data.classes().unwrap());
                    config.model.plan(shape, classes, config.loss).unwrap();
                    assert!(remedy.is_in(&config) && config != preset.config, "{remedy:?}");
                    let once = config.clone();
                    remedy.apply(&mut config);
                    assert_eq!(config, once, "{remedy:?}");
                }
            }
        }
    }

    fn words(finding: Finding, since: u32, config: &RunConfig) -> Vec<String> {
        remedies(&found(finding, since), &[], config).into_iter().map(|remedy| remedy.words).collect()
    }

    #[test]
    fn they_are_made_for_the_run_at_hand() {
        let mut config = preset::config("mlp").unwrap();
        *config.optimizer.learning_rate_mut() = 3.0;
        assert_eq!(words(Finding::NotFinite, 9, &config), ["learning rate 3 → 0.001", "clip the gradient at norm 1"]);
        config.callbacks.push(CallbackSpec::GradientClip { norm: 5.0 });
        assert_eq!(words(Finding::ExplodingGradient, 9, &config), ["learning rate 3 → 0.001"], "clipped already");
        *config.optimizer.learning_rate_mut() = 0.0;
        assert_eq!(words(Finding::LearningRateTooLow, 1, &config), ["learning rate 0 → 0.001"]);
        assert_eq!(words(Finding::NotFinite, 9, &config), Vec::<String>::new());
        *config.optimizer.learning_rate_mut() = 1e-7;
        assert_eq!(words(Finding::LearningRateTooLow, 1, &config), ["learning rate 1e-7 → 0.001"]);

        config.model.layers = vec![LayerSpec::Flatten, LayerSpec::Dense { units: 8 }, LayerSpec::Tanh];
        assert_eq!(words(Finding::Saturation, 1, &config), ["batch norm before each activation"]);
        assert_eq!(words(Finding::Saturation, 30, &config)[0], "learning rate 1e-7 → 1e-8");
        assert_eq!(words(Finding::VanishingGradient, 30, &config)[0], "ReLU in place of Tanh");
        assert_eq!(words(Finding::Overfitting, 1, &config).len(), 2, "8 units are few already");
        let [remedy] = <[_; 1]>::try_from(remedies(&found(Finding::Saturation, 1), &[], &config)).unwrap();
        remedy.apply(&mut config);
        let normed = [LayerSpec::Flatten, LayerSpec::Dense { units: 8 }, LayerSpec::BatchNorm, LayerSpec::Tanh];
        assert_eq!(config.model.layers, normed);
        config.shuffle = false;
        assert_eq!(words(Finding::UnshuffledData, 0, &config), ["shuffle the samples"]);
        config.batch_size = 1;
        config.model.layers.remove(2);
        assert_eq!(words(Finding::Saturation, 1, &config), Vec::<String>::new());
    }
}
