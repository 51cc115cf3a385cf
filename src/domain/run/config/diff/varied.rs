//! The settings in which several configurations differ, with the value of each: what a class has changed.
//!
//! By the same names and in the same order as differences of two. Lists of the same kinds (layers) are compared entry by entry, others
//! as wholes. Never here: what became of the runs.

use super::words::{describe, label, render, tag_of, title};
use super::{RunConfig, keys};
use serde_json::Value;

/// A setting in which configurations differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Varied {
    /// The name: `learning rate`, `layer 1 dense units`.
    pub label: String,
    /// The value in each configuration, in their order.
    pub values: Vec<Value>,
}

impl Varied {
    /// The value of the configuration at `index` if it is a number.
    pub fn number(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.as_f64()
    }

    /// Whether every value is a number.
    pub fn is_numeric(&self) -> bool {
        self.values.iter().all(Value::is_number)
    }

    /// The values in words, each once, in the order in which they come first.
    pub fn kinds(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        for words in (0..self.values.len()).map(|index| self.words(index)) {
            if !kinds.contains(&words) {
                kinds.push(words);
            }
        }
        kinds
    }

    /// The value of the configuration at `index` in words.
    pub fn words(&self, index: usize) -> String {
        match self.values.get(index) {
            None => String::new(),
            Some(Value::Array(items)) if items.iter().any(Value::is_object) => items.iter().map(describe).collect::<Vec<_>>().join(", "),
            Some(value @ Value::Object(_)) => title(value),
            Some(value) => render(value),
        }
    }
}

/// The settings in which `configs` differ; none where they are equal or fewer than two.
pub fn varied(configs: &[&RunConfig]) -> Vec<Varied> {
    // The JSON of plain data can always be read back.
    let all: Vec<Value> = configs.iter().map(|config| serde_json::from_str(&config.to_json()).unwrap_or_default()).collect();
    let mut found = Vec::new();
    let Some((first, rest)) = all.split_first() else { return found };
    let mut names: Vec<String> = keys(first, first);
    for value in rest {
        names.extend(keys(value, value).into_iter().filter(|key| !names.contains(key)).collect::<Vec<_>>());
    }
    for key in names {
        let values = all.iter().map(|config| &config[&key]);
        match key.as_str() {
            "model" => walk(&mut found, "layer", values.map(|model| &model["layers"]).collect()),
            "callbacks" => walk(&mut found, "callback", values.collect()),
            _ => walk(&mut found, &label(&key), values.collect()),
        }
    }
    found
}

/// Adds the settings in which `values`, all called `name`, differ.
fn walk(found: &mut Vec<Varied>, name: &str, values: Vec<&Value>) {
    let first = values[0];
    if values.iter().all(|value| *value == first) {
        return;
    }
    let lists: Vec<&Vec<Value>> = values.iter().filter_map(|value| value.as_array()).collect();
    let kinds = |list: &[Value]| list.iter().map(|item| tag_of(item).map(str::to_owned)).collect::<Vec<_>>();
    if lists.len() == values.len() && lists[0].iter().all(Value::is_object) && lists.iter().all(|list| kinds(list) == kinds(lists[0])) {
        for at in 0..lists[0].len() {
            walk(found, &format!("{name} {} {}", at + 1, title(&lists[0][at])), lists.iter().map(|list| &list[at]).collect());
        }
        return;
    }
    if !values.iter().all(|value| value.is_object()) {
        let is_list = !lists.is_empty();
        let label = if is_list { format!("{name}s") } else { name.to_owned() };
        return found.push(Varied { label, values: values.into_iter().cloned().collect() });
    }
    let is_same_kind = values.iter().all(|value| tag_of(value) == tag_of(first));
    if !is_same_kind {
        // The kind by itself; what all kinds have (a learning rate) beside it.
        found.push(Varied { label: name.to_owned(), values: values.iter().map(|value| Value::from(title(value))).collect() });
    }
    let is_tag = |key: &str| tag_of(first).is_some() && (key == "type" || key == "name");
    for key in keys(first, first).into_iter().filter(|key| !is_tag(key)) {
        if values.iter().all(|value| !value[&key].is_null()) {
            let is_layer = name.starts_with("layer ");
            let own = if tag_of(first).is_some() && !is_layer { label(&key) } else { format!("{name} {}", label(&key)) };
            walk(found, &own, values.iter().map(|value| &value[&key]).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::LayerSpec;
    use crate::domain::run::config::OptimizerSpec;
    use crate::domain::run::config::diff::differences;
    use crate::domain::run::preset;
    use proptest::prelude::*;

    fn told(configs: &[RunConfig]) -> Vec<String> {
        let configs: Vec<&RunConfig> = configs.iter().collect();
        let words = |setting: &Varied| {
            let values: Vec<String> = (0..setting.values.len()).map(|at| setting.words(at)).collect();
            format!("{}: {}", setting.label, values.join(" | "))
        };
        varied(&configs).iter().map(words).collect()
    }

    fn base() -> RunConfig {
        preset::config("planar").unwrap()
    }

    #[test]
    fn what_a_class_changed_is_named_with_every_value() {
        let rates = [0.001, 0.01, 1.0].map(|rate| RunConfig { optimizer: OptimizerSpec::adam(rate), ..base() });
        assert_eq!(told(&rates), ["learning rate: 0.001 | 0.01 | 1"]);
        assert!(varied(&rates.iter().collect::<Vec<_>>())[0].is_numeric());
        assert_eq!(told(&[base(), base()]), [""; 0]);
        assert_eq!(told(&[]), [""; 0]);

        let sgd = RunConfig { optimizer: OptimizerSpec::Sgd { learning_rate: 0.5, momentum: 0.9 }, seed: 7, ..rates[0].clone() };
        assert_eq!(
            told(&[rates[0].clone(), sgd]),
            ["optimiser: Adam | SGD", "learning rate: 0.001 | 0.5", &format!("seed: {} | 7", base().seed)]
        );
    }

    #[test]
    fn layers_of_the_same_kinds_are_compared_one_by_one_and_others_as_wholes() {
        let mut wide = base();
        if let Some(LayerSpec::Dense { units }) = wide.model.layers.first_mut() {
            *units = 99;
        }
        let LayerSpec::Dense { units } = base().model.layers[0] else { panic!("the example begins with a dense layer") };
        assert_eq!(told(&[base(), wide]), [format!("layer 1 dense units: {units} | 99")]);
        let mut flat = base();
        flat.model.layers.clear();
        let told = told(&[base(), flat]);
        assert!(told.len() == 1 && told[0].starts_with("layers: dense") && told[0].ends_with("| "), "{told:?}");
    }

    proptest! {
        #[test]
        fn something_varies_if_and_only_if_two_differ(
            at in prop::collection::vec((0..4_usize, 0..2_u32, prop::sample::select(vec![0.001, 0.1])), 2..6),
        ) {
            let configs: Vec<RunConfig> = at
                .iter()
                .map(|(preset, seed, rate)| {
                    let mut config = RunConfig { seed: *seed, ..preset::all().swap_remove(preset % preset::all().len()).config };
                    *config.optimizer.learning_rate_mut() = *rate;
                    config
                })
                .collect();
            let all: Vec<&RunConfig> = configs.iter().collect();
            let differ = configs.iter().any(|config| !differences(&configs[0], config).is_empty());
            prop_assert_eq!(!varied(&all).is_empty(), differ);
            prop_assert!(varied(&all).iter().all(|setting| setting.values.len() == configs.len()));
        }
    }
}
