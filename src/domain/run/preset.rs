//! Ready configurations: each trains well as it is, and each is a start for a lesson.

use super::config::{DeviceWish, OptimizerSpec, RunConfig};
use crate::domain::data::planar::Planar;
use crate::domain::data::source::DataSpec;
use crate::domain::diagnosis::DiagnosisThresholds;
use crate::domain::model::{LayerSpec, Loss, ModelSpec, Padding};
use crate::domain::record::probe::MonitorSpec;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// A named, ready configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// The name in the API.
    pub name: String,
    /// The name on the page.
    pub title: String,
    /// A sentence that tells what it shows.
    pub about: String,
    /// The configuration.
    pub config: RunConfig,
}

/// The model of the preset `name`.
fn model(name: &str) -> ModelSpec {
    let conv = |filters| LayerSpec::Conv2d { filters, kernel: 3, stride: 1, padding: Padding::Valid };
    let layers = match name {
        "cnn" => vec![
            conv(16),
            LayerSpec::Relu,
            LayerSpec::MaxPool2d { size: 2 },
            conv(32),
            LayerSpec::Relu,
            LayerSpec::MaxPool2d { size: 2 },
            LayerSpec::Flatten,
            LayerSpec::Dense { units: 64 },
            LayerSpec::Relu,
        ],
        "mlp" => vec![LayerSpec::Flatten, LayerSpec::Dense { units: 128 }, LayerSpec::Relu],
        "planar" => vec![LayerSpec::Dense { units: 16 }, LayerSpec::Relu, LayerSpec::Dense { units: 16 }, LayerSpec::Relu],
        _ => vec![LayerSpec::Flatten],
    };
    ModelSpec { layers }
}

/// All presets, the one that the page opens with first.
///
/// A probe costs about as much as half a batch of the small CNN, but as three of the MLP: the quick models are probed
/// less often, so that watching stays under 5 % of the time.
pub fn all() -> Vec<Preset> {
    let preset = |name: &str, title: &str, about: &str, data: DataSpec, optimizer: OptimizerSpec, batch_size, epochs| Preset {
        name: name.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
        config: RunConfig {
            data,
            model: model(name),
            loss: Loss::CrossEntropy,
            optimizer,
            batch_size,
            epochs,
            seed: 1,
            validation: 0.15,
            shuffle: true,
            device: DeviceWish::Auto,
            workers: 1,
            monitors: MonitorSpec { every: if name == "cnn" { 20 } else { 100 }, ..MonitorSpec::default() },
            callbacks: Vec::new(),
            diagnosis: DiagnosisThresholds::default(),
            scripts: Vec::new(),
        },
    };
    vec![
        preset(
            "cnn",
            "Small CNN",
            "Two convolutions and pools: sees shapes wherever they are.",
            DataSpec::Digits { samples: 12_000 },
            OptimizerSpec::adam(0.001),
            64,
            5,
        ),
        preset(
            "mlp",
            "MLP",
            "One hidden layer of 128: fast, and clearly better than a linear model.",
            DataSpec::Digits { samples: 12_000 },
            OptimizerSpec::adam(0.001),
            64,
            10,
        ),
        preset(
            "softmax",
            "Softmax regression",
            "No hidden layer: the linear model that the others must beat.",
            DataSpec::Digits { samples: 12_000 },
            OptimizerSpec::adam(0.001),
            64,
            10,
        ),
        preset(
            "planar",
            "2-D spiral",
            "Two hidden layers of 16 on points in the plane: trains in seconds.",
            DataSpec::planar(Planar::Spiral, 2_000, 0.1),
            OptimizerSpec::adam(0.01),
            32,
            40,
        ),
    ]
}

/// The configuration of the preset `name`.
///
/// # Errors
/// [`Code::InvalidConfig`] when there is no such preset, naming those there are.
pub fn config(name: &str) -> Result<RunConfig> {
    let presets = all();
    let names: Vec<String> = presets.iter().map(|preset| preset.name.clone()).collect();
    presets
        .into_iter()
        .find(|preset| preset.name == name)
        .map(|preset| preset.config)
        .ok_or_else(|| Error::new(Code::InvalidConfig, format!("there is no preset {name:?}"), format!("use one of {}", names.join(", "))))
}
