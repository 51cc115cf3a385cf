//! A run's configuration: all that defines a run, as plain data with a JSON form.
//!
//! The same JSON, run natively by this library, gives the same curve on the CPU. Keys are camelCase, for JavaScript.

pub mod diff;

use super::check::{check, check_learning_rate, check_validation, check_watch_budget};
use super::script::{MOST_SCRIPTS, ScriptSpec};
use crate::domain::bounded::{self, check_count};
use crate::domain::callback::spec::{CallbackSpec, MOST_CALLBACKS, check_monitors, check_together};
use crate::domain::data::source::DataSpec;
use crate::domain::diagnosis::DiagnosisThresholds;
use crate::domain::model::{Loss, MOST_LAYERS, ModelSpec};
use crate::domain::record::probe::MonitorSpec;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Deserializer, Serialize};

/// The device that the visitor asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceWish {
    /// The best device: WebGPU where it is real and answers, else the CPU.
    #[default]
    Auto,
    /// WebGPU, even one that is emulated in software.
    Webgpu,
    /// The CPU by Burn's Flex, with SIMD.
    Cpu,
    /// The CPU by burn-ndarray, for comparison.
    Ndarray,
}

impl DeviceWish {
    /// All choices, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Webgpu, Self::Cpu, Self::Ndarray];

    /// The name in JSON and in the API.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Webgpu => "webgpu",
            Self::Cpu => "cpu",
            Self::Ndarray => "ndarray",
        }
    }
}

/// The optimiser with its parameters. The formulas are PyTorch's, which adds epsilon to the root
/// after Adam's corrections, and so is AdamW's default weight decay (0.01; Keras has 0.004); the other defaults are
/// Keras'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum OptimizerSpec {
    /// Stochastic gradient descent with momentum: `v = momentum * v + g; w -= lr * v`.
    Sgd {
        /// The learning rate.
        learning_rate: f64,
        /// The share of the last step that is kept, in `[0, 1)`.
        #[serde(default)]
        momentum: f64,
    },
    /// Adam (Kingma and Ba 2014, algorithm 1), with bias correction.
    Adam {
        /// The learning rate.
        learning_rate: f64,
        /// The decay of the mean of gradients.
        #[serde(default = "beta1")]
        beta1: f64,
        /// The decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// The constant that is added to the root, against division by zero.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2017): `w -= lr * weight_decay * w` besides.
    AdamW {
        /// The learning rate.
        learning_rate: f64,
        /// The decay of the mean of gradients.
        #[serde(default = "beta1")]
        beta1: f64,
        /// The decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// The constant that is added to the root, against division by zero.
        #[serde(default = "epsilon")]
        epsilon: f64,
        /// The share of each weight that is taken away a step, times the learning rate.
        #[serde(default = "weight_decay")]
        weight_decay: f64,
    },
    /// RMSprop (Hinton 2012): `s = rho * s + (1 - rho) * g²; w -= lr * g / (sqrt(s) + epsilon)`.
    Rmsprop {
        /// The learning rate.
        learning_rate: f64,
        /// The decay of the mean of squared gradients.
        #[serde(default = "rho")]
        rho: f64,
        /// The constant that is added to the root, against division by zero.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
}

fn beta1() -> f64 {
    0.9
}
fn beta2() -> f64 {
    0.999
}
fn epsilon() -> f64 {
    1e-7
}
fn weight_decay() -> f64 {
    0.01
}
fn rho() -> f64 {
    0.9
}

impl OptimizerSpec {
    /// One optimiser of each kind with its defaults, for menus.
    pub fn menu() -> Vec<Self> {
        vec![
            Self::adam(0.001),
            Self::AdamW { learning_rate: 0.001, beta1: beta1(), beta2: beta2(), epsilon: epsilon(), weight_decay: weight_decay() },
            Self::Sgd { learning_rate: 0.01, momentum: 0.9 },
            Self::Rmsprop { learning_rate: 0.001, rho: rho(), epsilon: epsilon() },
        ]
    }

    /// Adam with everything but the learning rate at its default.
    pub fn adam(learning_rate: f64) -> Self {
        Self::Adam { learning_rate, beta1: beta1(), beta2: beta2(), epsilon: epsilon() }
    }

    /// The optimiser's name on the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "SGD",
            Self::Adam { .. } => "Adam",
            Self::AdamW { .. } => "AdamW",
            Self::Rmsprop { .. } => "RMSprop",
        }
    }

    /// The learning rate.
    pub fn learning_rate(&self) -> f64 {
        match *self {
            Self::Sgd { learning_rate, .. }
            | Self::Adam { learning_rate, .. }
            | Self::AdamW { learning_rate, .. }
            | Self::Rmsprop { learning_rate, .. } => learning_rate,
        }
    }

    /// The learning rate, to be changed.
    pub fn learning_rate_mut(&mut self) -> &mut f64 {
        match self {
            Self::Sgd { learning_rate, .. }
            | Self::Adam { learning_rate, .. }
            | Self::AdamW { learning_rate, .. }
            | Self::Rmsprop { learning_rate, .. } => learning_rate,
        }
    }

    fn validate(&self) -> Result<()> {
        check_learning_rate(self.learning_rate())?;
        match *self {
            Self::Sgd { momentum, .. } => check("momentum", momentum, 0.0..=0.999_999),
            Self::Adam { beta1, beta2, epsilon, .. } => check_adam(beta1, beta2, epsilon),
            Self::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                check_adam(beta1, beta2, epsilon)?;
                check("weightDecay", weight_decay, 0.0..=10.0)
            }
            Self::Rmsprop { rho, epsilon, .. } => {
                check("rho", rho, 0.0..=0.999_999)?;
                check("epsilon", epsilon, 1e-12..=1.0)
            }
        }
    }
}

fn check_adam(beta1: f64, beta2: f64, epsilon: f64) -> Result<()> {
    check("beta1", beta1, 0.0..=0.999_999)?;
    check("beta2", beta2, 0.0..=0.999_999_9)?;
    check("epsilon", epsilon, 1e-12..=1.0)
}

/// The configuration of a run: all that defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunConfig {
    /// The data set.
    pub data: DataSpec,
    /// The hidden layers of the network.
    pub model: ModelSpec,
    /// The loss that training minimises.
    #[serde(default)]
    pub loss: Loss,
    /// The optimiser.
    pub optimizer: OptimizerSpec,
    /// Number of samples in a batch, 1 to 4096.
    pub batch_size: usize,
    /// Number of passes over the training samples, 1 to 10 000.
    pub epochs: u32,
    /// The seed of all randomness: data, split, order, first weights, dropout.
    #[serde(default)]
    pub seed: u32,
    /// The share of the samples that is held out for validation, 0.01 to 0.9; with 0 there is no validation.
    #[serde(default = "validation")]
    pub validation: f64,
    /// Whether each epoch takes the training samples in a new random order; else always in the order of the data.
    #[serde(default = "shuffle")]
    pub shuffle: bool,
    /// The device that is asked for.
    #[serde(default)]
    pub device: DeviceWish,
    /// Number of workers that share each batch on the CPU, 1 to 16: the batch is trained in as many shards, on however many workers
    /// the device has room for, with the same numbers to the bit. On WebGPU it has no meaning.
    #[serde(default = "workers", skip_serializing_if = "is_one")]
    pub workers: u32,
    /// The probes and timings, and how often they are taken.
    #[serde(default)]
    pub monitors: MonitorSpec,
    /// The callbacks, in the order in which they are called.
    #[serde(default, deserialize_with = "callbacks")]
    pub callbacks: Vec<CallbackSpec>,
    /// The thresholds of the diagnoses.
    #[serde(default)]
    pub diagnosis: DiagnosisThresholds,
    /// Callbacks written in JavaScript. Text only: whether one is switched on is never part of a configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "scripts")]
    pub scripts: Vec<ScriptSpec>,
}

fn validation() -> f64 {
    0.15
}
fn shuffle() -> bool {
    true
}
fn workers() -> u32 {
    1
}
fn is_one(workers: &u32) -> bool {
    *workers == 1
}
fn callbacks<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<CallbackSpec>, D::Error> {
    bounded::list(deserializer, "callbacks", MOST_CALLBACKS)
}
fn scripts<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<ScriptSpec>, D::Error> {
    bounded::list(deserializer, "scripts", MOST_SCRIPTS)
}

impl RunConfig {
    /// Checks every value that can be checked without the data; the model is checked by [`ModelSpec::plan`].
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] or [`Code::InvalidData`], naming the value and its range.
    pub fn validate(&self) -> Result<()> {
        self.check_values()?;
        self.check_callbacks()
    }

    /// Checks each value for itself: all that a record needs whose run is over. What could not run today, because two
    /// callbacks are in each other's way or a monitor's series is unknown, may have run once.
    ///
    /// # Errors
    /// As [`RunConfig::validate`].
    pub fn check_values(&self) -> Result<()> {
        // Lengths first: what comes after takes its time for each entry.
        check_count("model.layers", self.model.layers.len(), MOST_LAYERS)?;
        check_count("callbacks", self.callbacks.len(), MOST_CALLBACKS)?;
        self.data.validate()?;
        self.optimizer.validate()?;
        check("batchSize", self.batch_size as f64, 1.0..=4096.0)?;
        check("epochs", f64::from(self.epochs), 1.0..=f64::from(MOST_EPOCHS))?;
        check("workers", f64::from(self.workers), 1.0..=f64::from(MOST_WORKERS))?;
        check_validation(self.validation)?;
        self.callbacks.iter().try_for_each(CallbackSpec::check_values)?;
        self.diagnosis.validate()?;
        super::script::validate_all(&self.scripts)?;
        check("monitors.activationSamples", f64::from(self.monitors.activation_samples), 1.0..=256.0)?;
        check("monitors.trainSubset", f64::from(self.monitors.train_subset), 0.0..=1e6)?;
        check("monitors.every", f64::from(self.monitors.every), 0.0..=MOST_EVERY)?;
        check("monitors.syncEvery", f64::from(self.monitors.sync_every), 0.0..=MOST_EVERY)?;
        check_watch_budget(self.monitors.watch_budget)
    }

    /// Checks that the callbacks go together, and that each monitors a series that this run will have.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`], naming the callback and what to use in place of its series.
    pub fn check_callbacks(&self) -> Result<()> {
        check_together(&self.callbacks)?;
        check_monitors(&self.callbacks, self.validation > 0.0, self.monitors.train_subset > 0)
    }

    /// The configuration with the same training and nothing beside it: no validation, no callbacks, nothing watched, and no end.
    pub fn bare(&self) -> Self {
        Self {
            validation: 0.0,
            epochs: MOST_EPOCHS,
            callbacks: Vec::new(),
            scripts: Vec::new(),
            monitors: MonitorSpec::OFF,
            diagnosis: DiagnosisThresholds { enabled: false, ..self.diagnosis },
            ..self.clone()
        }
    }

    /// Whether a run of this configuration is watched for faults. A learning-rate test is not: it goes through bad
    /// rates on purpose.
    pub fn is_diagnosed(&self) -> bool {
        self.diagnosis.enabled && !self.callbacks.iter().any(|spec| matches!(spec, CallbackSpec::LrFinder { .. }))
    }

    /// Reads a configuration from `json`.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when `json` is not a configuration, or a value is out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        bounded::check_length("this configuration", json, MOST_JSON)?;
        let config: Self = serde_json::from_str(json)
            .map_err(|cause| Error::new(Code::InvalidConfig, format!("this is not a run configuration: {cause}"), CONFIG_HINT))?;
        config.validate()?;
        Ok(config)
    }

    /// The configuration as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data without maps of odd keys always has a JSON form")
    }
}

/// The longest JSON that is read as a configuration, in bytes: several times that of the most and longest scripts.
pub const MOST_JSON: usize = 1 << 20;
/// The largest number of epochs.
pub const MOST_EPOCHS: u32 = 10_000;
/// The largest number of workers that share a batch.
pub const MOST_WORKERS: u32 = 16;
/// The rarest that something may be done, in batches: more than any run has.
const MOST_EVERY: f64 = 1e9;

/// The hint of the error that a configuration cannot be read.
pub const CONFIG_HINT: &str = "start from defaultConfig() and change its values";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::preset;

    #[test]
    fn json_round_trips_and_reads_like_the_documentation() {
        for preset in preset::all() {
            let json = preset.config.to_json();
            assert_eq!(RunConfig::from_json(&json).unwrap(), preset.config);
        }
        let json = preset::config("cnn").unwrap().to_json();
        assert!(json.contains(r#""batchSize":64"#) && json.contains(r#""learningRate":0.001"#), "{json}");
    }

    #[test]
    fn without_validation_callbacks_may_not_wait_for_it() {
        let validate = |callbacks: &str| {
            let callbacks = serde_json::from_str(callbacks).unwrap();
            RunConfig { validation: 0.0, callbacks, ..preset::config("mlp").unwrap() }.validate()
        };
        assert_eq!(validate("[]"), Ok(()));
        for fine in [
            r#"{"name":"early_stopping","monitor":"train/loss"}"#,
            r#"{"name":"model_checkpoint","save":{"epochs":1}}"#,
            r#"{"name":"reduce_lr_on_plateau","monitor":"train/accuracy"}"#,
            r#"{"name":"lr_finder"}"#,
        ] {
            assert_eq!(validate(&format!("[{fine}]")), Ok(()), "{fine}");
        }
        for waits in [
            r#"{"name":"early_stopping"}"#,
            r#"{"name":"reduce_lr_on_plateau","monitor":"val/accuracy"}"#,
            r#"{"name":"model_checkpoint","save":"best","monitor":"val/f1"}"#,
            r#"{"name":"early_stopping","monitor":"val_loss"}"#,
        ] {
            let error = validate(&format!("[{waits}]")).unwrap_err().to_string();
            assert!(error.contains("but no validation data is held out (validation is 0); monitor a series of the training"), "{error}");
        }
    }

    #[test]
    fn wrong_values_are_named() {
        let good = preset::config("mlp").unwrap();
        type Break = fn(&mut RunConfig);
        let cases: [(Break, &str); 12] = [
            (|c| c.workers = 17, "workers is 17; use a number from 1 to 16"),
            (|c| c.batch_size = 0, "batchSize is 0; use a number from 1 to 4096"),
            (|c| c.epochs = 0, "epochs is 0"),
            (|c| c.validation = f64::NAN, "validation is NaN; use a number from 0.01 to 0.9, or 0 to hold out none"),
            (|c| c.validation = 0.001, "validation is 0.001"),
            (|c| c.validation = -0.1, "validation is -0.1"),
            (|c| c.validation = 0.95, "validation is 0.95"),
            (|c| c.monitors.every = u32::MAX, "monitors.every is 4294967295; use a number from 0 to 1000000000"),
            (|c| c.monitors.sync_every = u32::MAX, "monitors.syncEvery is 4294967295"),
            (|c| c.monitors.train_subset = 1_000_001, "monitors.trainSubset is 1000001"),
            (|c| *c.optimizer.learning_rate_mut() = -1.0, "learningRate is -1"),
            (|c| *c.optimizer.learning_rate_mut() = f64::INFINITY, "learningRate is inf"),
        ];
        for (damage, says) in cases {
            let mut config = good.clone();
            damage(&mut config);
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        let error = RunConfig::from_json(r#"{"epoch": 3}"#).unwrap_err();
        assert!(error.message().contains("unknown field `epoch`"), "{error}");
    }

    #[test]
    fn every_list_and_text_has_a_limit_in_the_reader_and_in_the_check() {
        let good = preset::config("mlp").unwrap();
        type Grow = fn(&mut RunConfig, usize);
        let cases: [(Grow, usize, &str); 5] = [
            (|c, n| c.model.layers = vec![crate::domain::model::LayerSpec::Relu; n], MOST_LAYERS, "model.layers has 101 entries"),
            (|c, n| c.callbacks = (0..n).map(stopping).collect(), MOST_CALLBACKS, "callbacks has 17 entries"),
            (|c, n| c.scripts = (0..n).map(|at| ScriptSpec::new(at.to_string(), "")).collect(), MOST_SCRIPTS, "scripts has 9 entries"),
            (|c, n| c.data = DataSpec::Loaded { id: "i".repeat(n) }, 200, "the id of the loaded set has 201 bytes"),
            (|c, n| c.callbacks = vec![saving(&"m".repeat(n))], 200, "Checkpoint: monitor has 201 bytes"),
        ];
        for (grow, most, says) in cases {
            let mut config = good.clone();
            grow(&mut config, most);
            assert_eq!(config.validate(), Ok(()), "{says}");
            assert_eq!(RunConfig::from_json(&config.to_json()), Ok(config.clone()), "{says}");
            grow(&mut config, most + 1);
            for error in [config.validate(), config.check_values(), RunConfig::from_json(&config.to_json()).map(drop)] {
                let error = error.unwrap_err();
                assert!(error.message().contains(says) && error.to_string().len() < 400, "{error}");
            }
        }
        let long = format!("{}{}", good.to_json(), " ".repeat(MOST_JSON));
        assert!(RunConfig::from_json(&long).unwrap_err().to_string().contains("bytes; use at most 1048576"));
    }

    /// Early stopping, each with a patience of its own.
    fn stopping(patience: usize) -> CallbackSpec {
        serde_json::from_str(&format!(r#"{{"name":"early_stopping","patience":{patience}}}"#)).unwrap()
    }

    /// Checkpoints of every epoch; the monitor is not followed, but it is there.
    fn saving(monitor: &str) -> CallbackSpec {
        serde_json::from_str(&format!(r#"{{"name":"model_checkpoint","monitor":"{monitor}"}}"#)).unwrap()
    }

    #[test]
    fn ten_thousands_of_layers_and_callbacks_are_refused_in_one_pass() {
        let mut full: serde_json::Value = serde_json::from_str(&preset::config("mlp").unwrap().to_json()).unwrap();
        full["callbacks"] = (0..10_000).map(|n| serde_json::json!({"name": "early_stopping", "patience": n})).collect();
        let error = RunConfig::from_json(&full.to_string()).unwrap_err();
        assert!(error.message().contains("callbacks has 10000 entries, more than 16"), "{error}");
        full["callbacks"] = serde_json::json!([]);
        full["model"]["layers"] = (0..16_000).map(|_| serde_json::json!({"type": "relu"})).collect();
        let error = RunConfig::from_json(&full.to_string()).unwrap_err();
        assert!(error.message().contains("model.layers has 16000 entries, more than 100"), "{error}");
    }
}
