//! Random runs: nets of every layer, every optimiser, every callback, and what is asked of them while they go on.

use crate::domain::callback::spec::CallbackSpec;
use crate::domain::data::sampler::split_of;
use crate::domain::data::source::DataSpec;
use crate::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use crate::domain::model::{LayerSpec, Loss, ModelSpec, Padding};
use crate::domain::record::probe::MonitorSpec;
use crate::domain::rng::Rng;
use crate::domain::run::config::{DeviceWish, OptimizerSpec, RunConfig};
use crate::domain::run::event::Step;
use crate::domain::run::journal::{At, Input};
use crate::train::device_logs::Reading;

/// A wish of the host at one turn.
#[derive(Clone, Debug)]
pub struct Wish {
    pub step: Step,
    pub at: At,
    pub input: Input,
}

/// A run with all that is asked of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub config: RunConfig,
    pub shape: SampleShape,
    pub samples: usize,
    pub classes: usize,
    pub data_seed: u64,
    pub reading: Reading,
    pub wishes: Vec<Wish>,
}

fn pick<T: Clone>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.below(items.len() as u32) as usize].clone()
}

fn layers(rng: &mut Rng, shape: SampleShape) -> Vec<LayerSpec> {
    let activations = [LayerSpec::Relu, LayerSpec::LeakyRelu { slope: 0.1 }, LayerSpec::Tanh, LayerSpec::Sigmoid, LayerSpec::Gelu];
    let mut layers = Vec::new();
    if let SampleShape::Image { .. } = shape {
        let padding = pick(rng, &[Padding::Valid, Padding::Same]);
        layers.push(LayerSpec::Conv2d { filters: 2, kernel: 3, stride: 1, padding });
        if rng.below(2) == 0 {
            layers.push(LayerSpec::BatchNorm);
        }
        layers.push(pick(rng, &activations));
        layers.push(pick(rng, &[LayerSpec::MaxPool2d { size: 2 }, LayerSpec::AvgPool2d { size: 2 }]));
        if rng.below(3) == 0 {
            layers.push(LayerSpec::Dropout { rate: 0.25 });
        }
        layers.push(LayerSpec::Flatten);
    }
    for _ in 0..rng.below(3) {
        layers.push(LayerSpec::Dense { units: 3 + rng.below(4) as usize });
        if rng.below(2) == 0 {
            layers.push(LayerSpec::BatchNorm);
        }
        layers.push(pick(rng, &activations));
        if rng.below(2) == 0 {
            layers.push(LayerSpec::Dropout { rate: 0.3 });
        }
    }
    layers
}

fn optimizer(rng: &mut Rng) -> OptimizerSpec {
    let mut optimizer = pick(rng, &[OptimizerSpec::menu(), vec![OptimizerSpec::Sgd { learning_rate: 0.1, momentum: 0.0 }]].concat());
    // Some runs lose their numbers.
    *optimizer.learning_rate_mut() = if rng.below(7) == 0 { 900.0 } else { rng.range(0.001, 0.3) };
    optimizer
}

const CALLBACKS: [&str; 13] = [
    r#"{"name":"early_stopping","patience":2,"restoreBestWeights":true}"#,
    r#"{"name":"early_stopping","monitor":"train/accuracy","patience":1}"#,
    r#"{"name":"early_stopping","monitor":"val/accuracy","patience":3,"baseline":0.4,"startFromEpoch":1}"#,
    r#"{"name":"model_checkpoint","save":"best","monitor":"val/accuracy","copies":2}"#,
    r#"{"name":"model_checkpoint","save":"best","monitor":"train/loss"}"#,
    r#"{"name":"model_checkpoint","save":{"epochs":1},"copies":2}"#,
    r#"{"name":"model_checkpoint","save":{"batches":3},"copies":3}"#,
    r#"{"name":"terminate_on_nan"}"#,
    r#"{"name":"reduce_lr_on_plateau","patience":1,"factor":0.3,"monitor":"val/accuracy"}"#,
    r#"{"name":"reduce_lr_on_plateau","patience":1,"factor":0.7,"cooldown":1,"monitor":"train/loss","minDelta":0.05}"#,
    r#"{"name":"learning_rate_scheduler","schedule":{"name":"step","decaySteps":5,"decayRate":0.6}}"#,
    r#"{"name":"lr_finder","batches":12,"low":0.0001,"high":5}"#,
    r#"{"name":"gradient_clip","norm":0.5}"#,
];

/// The callback that `json` describes.
pub fn callback(json: &str) -> CallbackSpec {
    serde_json::from_str(json).expect("the test knows its callbacks")
}

fn callbacks(rng: &mut Rng, config: &mut RunConfig) {
    for _ in 0..rng.below(5) {
        let spec = if rng.below(6) == 0 {
            let schedules = ["cosine", "one_cycle", "constant"]
                .map(|name| format!(r#"{{"name":"learning_rate_scheduler","schedule":{{"name":"{name}"}}}}"#));
            pick(rng, &schedules)
        } else {
            pick(rng, &CALLBACKS).to_owned()
        };
        config.callbacks.push(callback(&spec));
        if config.validate().is_err() {
            config.callbacks.pop();
        }
    }
}

impl Case {
    pub fn random(seed: u64) -> Self {
        let rng = &mut Rng::new(seed, "case");
        let shape = if rng.below(3) == 0 { SampleShape::Image { channels: 1, height: 6, width: 6 } } else { SampleShape::Vector(3) };
        let classes = 2 + rng.below(3) as usize;
        let loss = if classes == 2 && rng.below(2) == 0 { Loss::BinaryCrossEntropy } else { Loss::CrossEntropy };
        let monitors = MonitorSpec {
            every: pick(rng, &[0, 1, 3]),
            activation_samples: 4,
            watch_budget: 0.0,
            sync_every: 5,
            train_subset: pick(rng, &[0, 7]),
        };
        let mut config = RunConfig {
            data: DataSpec::Digits { samples: 100 },
            model: ModelSpec { layers: layers(rng, shape) },
            loss,
            optimizer: optimizer(rng),
            batch_size: 4 + rng.below(9) as usize,
            epochs: 1 + rng.below(5),
            seed: seed as u32,
            validation: pick(rng, &[0.0, 0.2, 0.4]),
            shuffle: rng.below(4) > 0,
            device: DeviceWish::Cpu,
            workers: 1,
            monitors,
            callbacks: Vec::new(),
            diagnosis: Default::default(),
            scripts: Vec::new(),
        };
        config.diagnosis.enabled = rng.below(4) > 0;
        callbacks(rng, &mut config);
        // Where several batches are read together, what is stopped by a batch's loss ends a few batches later, as many as the clock says.
        let waits = |spec: &CallbackSpec| !matches!(spec, CallbackSpec::TerminateOnNan | CallbackSpec::LrFinder { .. });
        let is_together = rng.below(5) == 0 && config.callbacks.iter().all(waits);
        let reading = if is_together { Reading::Together { latency_ms: 1.0 } } else { Reading::AtOnce };
        let samples = 20 + rng.below(30) as usize;
        let mut case = Self { config, shape, samples, classes, data_seed: seed, reading, wishes: Vec::new() };
        let steps = case.steps();
        for _ in 0..rng.below(5) {
            let input = match rng.below(12) {
                0 => Input::Stop("by hand".to_owned()),
                1 => Input::WatchBudget(0.0),
                2..=4 => Input::Keep(format!("mine {}", rng.below(100))),
                5..=7 => Input::PutBack(1 + rng.below(3)),
                8 => Input::Forget(1 + rng.below(3)),
                // So much that the next update breaks the weights.
                9 => Input::LearningRate(1e38),
                _ => Input::LearningRate(rng.range(0.0, 0.2)),
            };
            let at = pick(rng, &[At::Batch, At::Batch, At::Batch, At::Trained, At::Validation]);
            case.wishes.push(Wish { step: 1 + rng.below(steps + 1), at, input });
        }
        if case.reading == Reading::AtOnce {
            case.config.workers = pick(&mut Rng::new(seed, "workers"), &[1, 1, 2, 3, 7]);
        }
        case
    }

    /// A run with nothing odd: ten batches in each of three epochs, and some state in everything.
    pub fn plain() -> Self {
        let mut case = Self::random(1);
        case.config.model.layers =
            vec![LayerSpec::Dense { units: 5 }, LayerSpec::BatchNorm, LayerSpec::Tanh, LayerSpec::Dropout { rate: 0.2 }];
        case.config.loss = Loss::CrossEntropy;
        case.config.optimizer = OptimizerSpec::adam(0.03);
        (case.shape, case.samples, case.classes) = (SampleShape::Vector(3), 50, 3);
        (case.config.batch_size, case.config.epochs, case.config.validation) = (4, 3, 0.2);
        case.config.callbacks = vec![callback(CALLBACKS[0]), callback(CALLBACKS[5])];
        case.config.diagnosis.enabled = true;
        (case.reading, case.wishes, case.config.workers) = (Reading::AtOnce, Vec::new(), 1);
        case
    }

    pub fn data(&self) -> Dataset {
        let mut rng = Rng::new(self.data_seed, "noise");
        let features = (0..self.samples * self.shape.len()).map(|_| rng.normal() as f32).collect();
        let labels = (0..self.samples).map(|at| (at % self.classes) as u32).collect();
        Dataset::new("noise", self.shape, numbered_classes(self.classes), Features::Floats(features), labels).expect("counts fit")
    }

    /// Number of updates, if nothing stops it.
    pub fn steps(&self) -> u32 {
        split_of(&self.data(), &self.config).train.len().div_ceil(self.config.batch_size) as u32 * self.config.epochs
    }
}
