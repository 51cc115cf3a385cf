//! What is said of differences: the plan's examples, and that no change goes unnamed.

use super::words::label;
use super::*;
use crate::domain::callback::spec::CallbackSpec;
use crate::domain::data::planar::Planar;
use crate::domain::data::source::DataSpec;
use crate::domain::model::LayerSpec;
use crate::domain::run::config::OptimizerSpec;
use crate::domain::run::preset;
use proptest::prelude::*;

fn cnn() -> RunConfig {
    preset::config("cnn").unwrap()
}

fn said(change: impl FnOnce(&mut RunConfig)) -> String {
    let mut to = cnn();
    change(&mut to);
    differences(&cnn(), &to).join("; ")
}

#[test]
fn differences_read_like_a_lab_book() {
    assert_eq!(said(|c| *c.optimizer.learning_rate_mut() = 0.01), "learning rate 0.001 → 0.01");
    assert_eq!(said(|c| c.batch_size = 32), "batch size 64 → 32");
    assert_eq!(said(|c| c.seed = 7), "seed 1 → 7");
    assert_eq!(said(|c| c.model.layers[7] = LayerSpec::Dense { units: 128 }), "layer 8 dense 64 → 128");
    assert_eq!(said(|c| c.model.layers.insert(2, LayerSpec::Dropout { rate: 0.5 })), "+ dropout 0.5 after layer 2");
    assert_eq!(said(|c| c.model.layers.insert(0, LayerSpec::BatchNorm)), "+ batch norm before layer 1");
    assert_eq!(said(|c| _ = c.model.layers.remove(2)), "− max pool 2 (layer 3)");
    assert_eq!(said(|c| c.model.layers[8] = LayerSpec::Tanh), "layer 9 ReLU → tanh");
    assert_eq!(said(|c| c.data = DataSpec::Digits { samples: 500 }), "samples 12000 → 500");
    assert_eq!(
        said(|c| c.data = DataSpec::planar(Planar::Spiral, 2_000, 0.1)),
        "data drawn digits → two spirals (noise 0.1, samples 12000 → 2000)"
    );
    assert_eq!(said(|c| c.data = DataSpec::Loaded { id: "kmnist".into() }), "data drawn digits → kmnist (id kmnist)");
    assert_eq!(
        said(|c| c.optimizer = OptimizerSpec::Sgd { learning_rate: 0.01, momentum: 0.9 }),
        "optimiser Adam → SGD (learning rate 0.001 → 0.01, momentum 0.9)"
    );
    assert_eq!(said(|c| c.monitors.every = 100), "looks into the network: every so many batches 20 → 100");
    assert_eq!(said(|c| c.callbacks.push(CallbackSpec::GradientClip { norm: 1.0 })), "+ gradient clip 1");
    assert_eq!(
        said(|c| {
            c.model.layers.insert(2, LayerSpec::Dropout { rate: 0.5 });
            c.model.layers[8] = LayerSpec::Dense { units: 128 };
            c.epochs = 9;
        }),
        "+ dropout 0.5 after layer 2; layer 8 dense 64 → 128; epochs 5 → 9"
    );
    let mlp = differences(&cnn(), &preset::config("mlp").unwrap()).join("; ");
    assert!(mlp.starts_with("layers: 9 → 3 (flatten, dense 128, ReLU); epochs 5 → 10"), "{mlp}");
}

#[test]
fn a_change_within_a_callback_names_it() {
    let from = RunConfig { callbacks: CallbackSpec::menu().into_iter().take(1).collect(), ..cnn() };
    let mut to = from.clone();
    if let CallbackSpec::EarlyStopping { patience, .. } = &mut to.callbacks[0] {
        *patience += 2;
    }
    let said = differences(&from, &to).join("; ");
    assert!(said.starts_with("callback 1 early stopping patience ") && said.contains(" → "), "{said}");
}

#[test]
fn long_texts_are_not_told_in_full() {
    let (a, b) = (Value::from("x".repeat(500)), Value::from("y".repeat(700)));
    assert_eq!(change("code", &a, &b), "code changed (500 → 700 characters)");
}

/// Where the single values of a configuration are: keys and positions from the root.
fn leaves(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(values) => values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return found.push(path.clone()),
    };
    for (key, child) in children {
        path.push(key);
        leaves(child, path, found);
        path.pop();
    }
}

fn rich() -> RunConfig {
    let mut config = cnn();
    config.model.layers.extend([LayerSpec::Dropout { rate: 0.25 }, LayerSpec::LeakyRelu { slope: 0.1 }]);
    config.callbacks = CallbackSpec::menu();
    config
}

#[test]
fn every_single_value_that_changes_is_named_with_its_new_value() {
    let from = rich();
    let json: Value = serde_json::from_str(&from.to_json()).unwrap();
    let mut paths = Vec::new();
    leaves(&json, &mut Vec::new(), &mut paths);
    let mut told = 0;
    for path in &paths {
        let key = path.last().unwrap();
        let pointer = format!("/{}", path.join("/"));
        let old = json.pointer(&pointer).unwrap().clone();
        let mut changes: Vec<Value> = match &old {
            Value::Bool(on) => vec![(!on).into()],
            Value::Number(number) => vec![(number.as_u64().unwrap_or(1) + 41).into(), 0.375.into()],
            Value::Null => vec![0.125.into()],
            Value::String(_) => {
                ["cpu", "max", "same", "none of these"].into_iter().map(Value::from).filter(|value| *value != old).collect()
            }
            _ => Vec::new(),
        };
        changes.retain(|change| {
            let mut changed = json.clone();
            *changed.pointer_mut(&pointer).unwrap() = change.clone();
            let Ok(to) = serde_json::from_value::<RunConfig>(changed) else { return false };
            let said = differences(&from, &to);
            let words = said.join("; ");
            assert_eq!(said.len(), 1, "{pointer} to {change}: {words:?}");
            // As the configuration writes it, not as it was given.
            let new = serde_json::to_value(&to).unwrap().pointer(&pointer).unwrap().clone();
            assert!(words.contains(&words::render(&new)), "{pointer} to {new}: {words:?}");
            let main = path.len() >= 2 && matches!(key.as_str(), "units" | "filters" | "size" | "rate" | "slope" | "norm" | "save");
            assert!(main || words.contains(&label(key)), "{pointer}: no {:?} in {words:?}", label(key));
            true
        });
        told += usize::from(!changes.is_empty());
    }
    let tags = paths.iter().filter(|path| matches!(path.last().unwrap().as_str(), "type" | "name")).count();
    assert!(told + tags + 3 >= paths.len(), "{told} of {} values could be changed, {tags} are names of kinds", paths.len());
}

fn any_layer() -> impl Strategy<Value = LayerSpec> {
    prop_oneof![
        (1_usize..4).prop_map(|units| LayerSpec::Dense { units }),
        (1_usize..4).prop_map(|size| LayerSpec::MaxPool2d { size }),
        Just(LayerSpec::Relu),
        Just(LayerSpec::Tanh),
        (0.0..0.5_f64).prop_map(|rate| LayerSpec::Dropout { rate }),
    ]
}

fn any_config() -> impl Strategy<Value = RunConfig> {
    let callbacks = prop::collection::vec(0..CallbackSpec::menu().len(), 0..4);
    let optimizer = (0..OptimizerSpec::menu().len(), 0.0..1.0_f64);
    (prop::collection::vec(any_layer(), 0..9), optimizer, 1_usize..99, 0_u32..3, callbacks).prop_map(
        |(layers, (optimizer, rate), batch_size, seed, callbacks)| {
            let mut config = RunConfig { batch_size, seed, ..cnn() };
            config.model.layers = layers;
            config.optimizer = OptimizerSpec::menu().swap_remove(optimizer);
            *config.optimizer.learning_rate_mut() = rate;
            config.callbacks = callbacks.into_iter().map(|index| CallbackSpec::menu().swap_remove(index)).collect();
            config
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_said_of_equal_configurations_and_something_of_all_others(a in any_config(), b in any_config()) {
        prop_assert_eq!(differences(&a, &a), Vec::<String>::new());
        let said = differences(&a, &b);
        prop_assert_eq!(said.is_empty(), a == b);
        prop_assert!(said.iter().all(|words| !words.trim().is_empty()), "{:?}", said);
    }
}
