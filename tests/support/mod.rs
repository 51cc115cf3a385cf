//! The native training tests' common helpers: a host without other work, and a short way to a trained model.

#![allow(dead_code, reason = "each test file uses its own share of this")]

mod idle;

pub use idle::Idle as NativeHost;

use emberscope::domain::callback::CallbackList;
use emberscope::domain::callback::{History, SharedHistory};
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::model::{LayerSpec, Loss, ModelSpec};
use emberscope::domain::record::probe::MonitorSpec;
use emberscope::domain::rng::Rng;
use emberscope::domain::run::config::{DeviceWish, OptimizerSpec, RunConfig};
use emberscope::domain::run::event::TrainEnd;
use emberscope::train::Trainer;
use emberscope::train::device_logs::Reading;
use emberscope::train::fit::{Host, fit};

/// Waits for `future` on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers needs nothing").block_on(future)
}

/// A config with Adam at `learning_rate` and everything else small.
pub fn config(layers: Vec<LayerSpec>, learning_rate: f64) -> RunConfig {
    RunConfig {
        data: DataSpec::Digits { samples: 100 },
        model: ModelSpec { layers },
        loss: Loss::CrossEntropy,
        optimizer: OptimizerSpec::adam(learning_rate),
        batch_size: 16,
        epochs: 1,
        seed: 3,
        validation: 0.2,
        shuffle: true,
        device: DeviceWish::Cpu,
        workers: 1,
        monitors: MonitorSpec::default(),
        callbacks: Vec::new(),
        diagnosis: Default::default(),
        scripts: Vec::new(),
    }
}

/// Trains `config` on `data` and returns the model, the history and the end.
pub fn train(config: &RunConfig, data: &Dataset) -> (Trainer, History, TrainEnd) {
    train_with(config, data, CallbackList::new(), &mut NativeHost::default())
}

/// Trains like [`train`], with callbacks before the history and with a host of the test's own.
pub fn train_with(config: &RunConfig, data: &Dataset, callbacks: CallbackList, host: &mut impl Host) -> (Trainer, History, TrainEnd) {
    let device = burn::tensor::Device::flex();
    let mut trainer = Trainer::new(config, data, &device).expect("the test's config is right");
    let history = SharedHistory::default();
    let mut callbacks = callbacks.with(history.clone());
    let end = block_on(fit(&mut trainer, data, config, Reading::AtOnce, &mut callbacks, host)).expect("the CPU does not fail");
    (trainer, history.read(), end)
}

/// Random samples of `shape` with random labels: nothing to generalise, so fitting them shows that the net can learn.
pub fn noise(shape: SampleShape, samples: usize, classes: usize, seed: u64) -> Dataset {
    let mut rng = Rng::new(seed, "noise");
    let features = (0..samples * shape.len()).map(|_| rng.normal() as f32).collect();
    let labels = (0..samples).map(|i| (i % classes) as u32).collect();
    Dataset::new("noise", shape, numbered_classes(classes), Features::Floats(features), labels).expect("counts fit")
}
