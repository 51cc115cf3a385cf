//! One body of training for every device: the same config natively, on the CPU in a worker and on WebGPU, compared
//! with one recorded curve.

#![allow(dead_code, reason = "each test file uses its own share of this")]

#[path = "../support/idle.rs"]
mod idle;

pub use idle::Idle;

use emberscope::domain::callback::CallbackList;
use emberscope::domain::callback::{History, SharedHistory};
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::model::{LayerSpec, Loss, ModelSpec, Padding};
use emberscope::domain::record::probe::MonitorSpec;
use emberscope::domain::run::config::{DeviceWish, OptimizerSpec, RunConfig};
use emberscope::domain::run::event::series;
use emberscope::train::Trainer;
use emberscope::train::fit::{Reading, fit};

/// Losses of [`every_layer`] on the native CPU, recorded by `tests/reference_curve.rs`.
const RECORDED: &str = include_str!("../reference/curve.json");

/// A small net with every kind of layer, for a dozen batches of drawn digits.
pub fn every_layer() -> RunConfig {
    let layers = vec![
        LayerSpec::Conv2d { filters: 4, kernel: 3, stride: 2, padding: Padding::Same },
        LayerSpec::BatchNorm,
        LayerSpec::LeakyRelu { slope: 0.1 },
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Conv2d { filters: 6, kernel: 3, stride: 1, padding: Padding::Valid },
        LayerSpec::Gelu,
        LayerSpec::AvgPool2d { size: 2 },
        LayerSpec::Flatten,
        LayerSpec::Dropout { rate: 0.2 },
        LayerSpec::Dense { units: 16 },
        LayerSpec::Tanh,
        LayerSpec::Dense { units: 16 },
        LayerSpec::Sigmoid,
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
    ];
    RunConfig {
        data: DataSpec::Digits { samples: 230 },
        model: ModelSpec { layers },
        loss: Loss::CrossEntropy,
        optimizer: OptimizerSpec::adam(0.01),
        batch_size: 32,
        epochs: 2,
        seed: 11,
        validation: 0.15,
        shuffle: true,
        device: DeviceWish::Auto,
        monitors: MonitorSpec::default(),
        callbacks: Vec::new(),
        diagnosis: Default::default(),
        scripts: Vec::new(),
    }
}

/// Trains `config` and returns what was recorded.
pub async fn train(config: &RunConfig, device: &burn::tensor::Device, reading: Reading) -> History {
    let data = config.data.generate(u64::from(config.seed)).expect("a built-in set");
    let mut trainer = Trainer::new(config, &data, device).expect("the config is right");
    let history = SharedHistory::default();
    let mut callbacks = CallbackList::new().with(history.clone());
    let end = fit(&mut trainer, &data, config, reading, &mut callbacks, &mut Idle::default()).await.expect("the device works");
    assert_eq!(end.reason, "completed");
    history.read()
}

/// The curve that all devices are compared with: every batch's loss, then the validation losses.
pub fn curve(history: &History) -> Vec<f32> {
    [history.values(series::BATCH_LOSS), history.values(series::VAL_LOSS)].concat()
}

/// The recorded curve.
pub fn recorded() -> Vec<f32> {
    serde_json::from_str(RECORDED).expect("recorded by tests/reference_curve.rs")
}

/// The largest relative difference of two curves of one length.
pub fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "curves of different lengths");
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs() / b.abs().max(1e-6))
        .fold(0.0, |most, d| if d.is_nan() { f32::INFINITY } else { most.max(d) })
}
