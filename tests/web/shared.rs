//! The demands on every device in a worker of a browser: to compute right, step by step (`maths`), and to learn when it
//! is left to itself.

#![allow(dead_code, reason = "each test file uses its own share of this")]

#[path = "../support/idle.rs"]
mod idle;
#[path = "../maths/mod.rs"]
mod maths;

pub use idle::Idle;

use burn::tensor::Device;

use emberscope::domain::callback::CallbackList;
use emberscope::domain::callback::{History, SharedHistory};
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::model::{LayerSpec, Loss, ModelSpec, Padding};
use emberscope::domain::record::probe::MonitorSpec;
use emberscope::domain::run::config::{DeviceWish, OptimizerSpec, RunConfig};
use emberscope::domain::run::event::series;
use emberscope::domain::run::trail::TrailCard;
use emberscope::train::Trainer;
use emberscope::train::device_logs::Reading;
use emberscope::train::fit::fit;
use wasm_bindgen_test::console_log;

/// Fails where `device` does not compute what the reference and PyTorch do, and says how near it is.
pub async fn computes_right(device: &Device) {
    let differences = maths::lockstep::run(device).await;
    for differences in &differences {
        console_log!("{differences}");
    }
    for report in maths::torch::check(device).await {
        console_log!("{report}");
    }
    differences.iter().for_each(maths::lockstep::Differences::check);
}

/// Fails where `device` does not learn to tell drawn digits apart, and says how well it does. Three epochs of 14 batches take
/// such a net from a guess, 2.28 nats, to 1.80; a tenth less than at first is asked for.
pub async fn learns(device: &Device, reading: Reading) {
    let mut config = every_layer();
    config.data = DataSpec::Digits { samples: 500 };
    config.epochs = 3;
    let losses = train(&config, device, reading).await.values(series::TRAIN_LOSS);
    console_log!("mean losses of three epochs: {losses:?}");
    assert!(losses.len() == 3 && losses[2] < 0.9 * losses[0], "{losses:?}");
}

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
        workers: 1,
        monitors: MonitorSpec::default(),
        callbacks: Vec::new(),
        diagnosis: Default::default(),
        scripts: Vec::new(),
    }
}

/// Trains `config` and returns what was recorded.
pub async fn train(config: &RunConfig, device: &Device, reading: Reading) -> History {
    train_with_trail(config, device, reading).await.0
}

/// Trains `config` and returns what was recorded and what the run kept of its past.
pub async fn train_with_trail(config: &RunConfig, device: &Device, reading: Reading) -> (History, TrailCard) {
    let data = config.data.generate(u64::from(config.seed)).expect("a built-in set");
    let mut trainer = Trainer::new(config, &data, device).expect("the config is right");
    let history = SharedHistory::default();
    let mut callbacks = CallbackList::new().with(history.clone());
    let end = fit(&mut trainer, &data, config, reading, &mut callbacks, &mut Idle::default()).await.expect("the device works");
    assert_eq!(end.reason, "completed");
    (history.read(), trainer.trail())
}

/// Every batch's loss, then the validation losses.
pub fn curve(history: &History) -> Vec<f32> {
    [history.values(series::BATCH_LOSS), history.values(series::VAL_LOSS)].concat()
}
