//! Configurations as JSON: from presets and menus, with other layers, callbacks, data and numbers.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::tree::Tree;
use emberscope::domain::callback::spec::{CallbackSpec, RunInfo};
use emberscope::domain::data::SampleShape;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::model::LayerSpec;
use emberscope::domain::run::config::diff::differences;
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::preset;
use emberscope::domain::run::schedule::Schedule;
use serde_json::Value;
use std::sync::LazyLock;

/// The reader of configurations.
pub struct Config;

/// Valid parts.
pub struct Parts {
    /// The presets' configurations.
    pub configs: Vec<Tree>,
    layers: Vec<Tree>,
    callbacks: Vec<Tree>,
    optimizers: Vec<Tree>,
    schedules: Vec<Tree>,
    data: Vec<Tree>,
    scripts: Vec<Tree>,
}

/// The parts of configurations.
pub static PARTS: LazyLock<Parts> = LazyLock::new(|| Parts {
    configs: preset::all().iter().map(|preset| Tree::of(&preset.config)).collect(),
    layers: LayerSpec::menu().iter().map(Tree::of).collect(),
    callbacks: CallbackSpec::menu().iter().map(Tree::of).collect(),
    optimizers: OptimizerSpec::menu().iter().map(Tree::of).collect(),
    schedules: Schedule::menu().iter().map(Tree::of).collect(),
    data: DataSpec::builtins().iter().chain([&DataSpec::Loaded { id: "mine".into() }]).map(Tree::of).collect(),
    scripts: [r#"{"name":"a","text":"function on_batch_end() {}"}"#, r#"{"name":"b","text":"","budgetMs":100}"#].map(Tree::parse).into(),
});

fn several(parts: &[Tree], usual: usize, draw: &mut Draw) -> Tree {
    let count = draw.count(usual);
    Tree::List((0..count).map(|_| draw.pick(parts).clone()).collect())
}

/// A configuration, valid more often than not.
pub fn config(draw: &mut Draw) -> Tree {
    let parts = &*PARTS;
    let mut config = draw.pick(&parts.configs).clone();
    if draw.one_in(2) {
        let layers = several(&parts.layers, 6, draw);
        config.set("model", Tree::Object(vec![("layers".into(), layers)]));
    }
    if draw.one_in(2) {
        let mut callbacks = several(&parts.callbacks, 2, draw);
        if let Tree::List(list) = &mut callbacks {
            for callback in list {
                if callback.field_mut("schedule").is_some() {
                    callback.set("schedule", draw.pick(&parts.schedules).clone());
                }
            }
        }
        config.set("callbacks", callbacks);
    }
    for (key, parts) in [("optimizer", &parts.optimizers), ("data", &parts.data)] {
        if draw.one_in(2) {
            config.set(key, draw.pick(parts).clone());
        }
    }
    if draw.one_in(8) {
        config.set("scripts", several(&parts.scripts, 2, draw));
    }
    if draw.one_in(3) {
        config.vary(draw);
    }
    if draw.one_in(3) {
        for _ in 0..1 + draw.below(3) {
            config.damage(&parts.configs, draw);
        }
    }
    config
}

/// Whether two values are the same but for the last place of numbers: serde_json reads long ones to a few units in it (three, of
/// one number in ten million links).
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= 1e-15 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b))),
        _ => a == b,
    }
}

/// Panics unless both are the same configuration.
pub fn assert_same(a: &RunConfig, b: &RunConfig) {
    let value = |config: &RunConfig| serde_json::from_str::<Value>(&config.to_json()).expect("what is written is JSON");
    assert!(is_same(&value(a), &value(b)), "{a:?} came back as {b:?}");
}

/// Asks a valid configuration for what the page and the worker ask of it.
pub fn ask(config: &RunConfig) {
    for shape in [SampleShape::Vector(2), SampleShape::Image { channels: 1, height: 28, width: 28 }] {
        if let Ok(plan) = config.model.plan(shape, 10, config.loss) {
            plan.arrays();
        }
    }
    differences(config, &preset::all()[0].config);
    let info = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps: 1000 };
    for spec in &config.callbacks {
        spec.build(&info);
        if let CallbackSpec::LearningRateScheduler { schedule } = spec {
            for done in [0, 1, 500, 1000, u64::MAX >> 12] {
                let rate = schedule.rate(done, info.total_steps, info.learning_rate);
                assert!(rate >= 0.0 && rate <= info.learning_rate * 1.000_001, "{schedule:?} at {done}: {rate}");
            }
        }
    }
}

impl Reader for Config {
    fn name(&self) -> &'static str {
        "config"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut json = config(draw).json(draw).into_bytes();
        if draw.one_in(8) {
            damage(&mut json, draw);
        }
        json
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let text = String::from_utf8_lossy(input);
        let Ok(config) = gauge.measure(|| RunConfig::from_json(&text).inspect(ask)) else { return false };
        assert_same(&config, &RunConfig::from_json(&config.to_json()).expect("what is written is read"));
        true
    }
}
