//! A run of a lesson: the differences to a preset or to another run, as JSON, made into a whole configuration.
//!
//! An object changes the values that it names and leaves the others; one with another `name` or `type`, and any list, takes the
//! whole place. The device is the CPU unless the lesson says otherwise: there a seed means the same curve on every machine.

use super::fault::{Fault, Read};
use crate::domain::data::source::DataSpec;
use crate::domain::run::config::{DeviceWish, RunConfig};
use crate::domain::run::preset;
use serde_json::Value;

/// The longest differences, in bytes.
const MOST_JSON: usize = 8 * 1024;

/// The differences of a run, and where they stand in the file.
pub struct Differences<'a> {
    /// The JSON; empty where there are none.
    pub json: &'a str,
    /// The line at which it begins.
    pub line: usize,
}

/// The configuration of the preset called `name`, on the CPU.
pub fn of_preset(line: usize, name: &str) -> Read<RunConfig> {
    let config =
        preset::config(name).map_err(|error| Fault::new(line, error.message(), format!("{}, or the name of a run above", error.hint())))?;
    Ok(RunConfig { device: DeviceWish::Cpu, ..config })
}

/// The configuration `base` with `differences`.
pub fn with_differences(base: RunConfig, differences: &Differences) -> Read<RunConfig> {
    let Differences { json, line: begin } = *differences;
    let mut config = base;
    if json.len() > MOST_JSON {
        return Err(Fault::new(begin, format!("this JSON has {} bytes", json.len()), format!("use at most {MOST_JSON}")));
    }
    if !json.is_empty() {
        let changes: Value = serde_json::from_str(json).map_err(|cause| {
            let hint = "JSON has its keys in double quotes, commas between them, and a bracket at the end for each at the begin";
            Fault::new(begin + cause.line().saturating_sub(1), format!("this is not JSON: {}", reason(&cause)), hint)
        })?;
        let mut full: Value = serde_json::from_str(&config.to_json()).expect("what was just written as JSON is JSON");
        merge(&mut full, changes);
        let hint = "the names are those of a configuration: README.md, \"The API\"";
        config = RunConfig::from_json(&full.to_string()).map_err(|error| {
            let message = error.message();
            let is_named = message.contains("unknown") || message.contains("not a run configuration");
            Fault::new(begin, message.split(" at line ").next().unwrap_or(message), if is_named { hint } else { error.hint() })
        })?;
    }
    if matches!(config.data, DataSpec::Loaded { .. }) {
        return Err(Fault::new(
            begin,
            "a lesson cannot use data from files",
            "choose a built-in set, for example {\"data\":{\"name\":\"xor\"}}",
        ));
    }
    if let (Some(shape), Some(classes)) = (config.data.shape(), config.data.classes()) {
        config.model.plan(shape, classes, config.loss).map_err(|error| Fault::of(begin, &error))?;
    }
    Ok(config)
}

/// The reason of a JSON error without its place, which is told as that of the file.
fn reason(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Whether `new` belongs into `old` value by value: both are objects, and of the same kind.
fn is_same_kind(old: &Value, new: &Value) -> bool {
    let same = |key: &str| new.get(key).is_none_or(|kind| old.get(key) == Some(kind));
    old.is_object() && new.is_object() && same("name") && same("type")
}

fn merge(old: &mut Value, new: Value) {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return };
    for (key, value) in new {
        match old.get_mut(&key) {
            Some(known) if is_same_kind(known, &value) => merge(known, value),
            _ => drop(old.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::config::OptimizerSpec;

    fn read(preset: &str, json: &str) -> Result<RunConfig, String> {
        of_preset(3, preset)
            .and_then(|base| with_differences(base, &Differences { json, line: 4 }))
            .map_err(|fault| fault.in_file("a.md").to_string())
    }

    #[test]
    fn a_difference_changes_what_it_names() {
        let base = RunConfig { device: DeviceWish::Cpu, ..preset::config("planar").unwrap() };
        assert_eq!(read("planar", ""), Ok(base.clone()));
        assert_eq!(read("planar", "{}"), Ok(base.clone()));
        let changed = read("planar", r#"{"optimizer":{"learningRate":1},"data":{"noise":0.3},"monitors":{"every":7}}"#).unwrap();
        assert_eq!(changed.optimizer, OptimizerSpec::adam(1.0));
        assert_eq!(changed.data, DataSpec::Spiral { samples: 2000, noise: 0.3 });
        assert_eq!((changed.monitors.every, changed.epochs), (7, base.epochs));
        let other =
            read("planar", r#"{"data":{"name":"xor"},"optimizer":{"name":"sgd","learningRate":0.1},"model":{"layers":[]}}"#).unwrap();
        assert_eq!(other.data, DataSpec::Xor { samples: 2000, noise: 0.1 }, "another kind has its own defaults");
        assert_eq!(other.optimizer, OptimizerSpec::Sgd { learning_rate: 0.1, momentum: 0.0 });
        assert!(other.model.layers.is_empty());
        assert_eq!(read("cnn", r#"{"device":"auto"}"#).unwrap().device, DeviceWish::Auto);
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (preset, json, says) in [
            ("spiral", "", "a.md, line 3: there is no preset \"spiral\"; use one of cnn, mlp, softmax, planar, or the name of a run above"),
            ("planar", "{\n\"epochs\": 3,\n}", "a.md, line 6: this is not JSON: trailing comma; JSON has its keys"),
            ("planar", "{", "a.md, line 4: this is not JSON: EOF while parsing an object"),
            ("planar", r#"{"epoch":3}"#, "a.md, line 4: this is not a run configuration: unknown field `epoch`"),
            ("planar", r#"{"epochs":0}"#, "a.md, line 4: epochs is 0; use a number from 1 to 10000"),
            ("planar", r#"{"data":{"name":"loaded","id":"mnist"}}"#, "a lesson cannot use data from files; choose a built-in set"),
            ("planar", r#"{"model":{"layers":[{"type":"conv2d","filters":2,"kernel":3}]}}"#, "not an image; move it before Flatten"),
        ] {
            let error = read(preset, json).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert!(read("planar", &" ".repeat(MOST_JSON + 1)).unwrap_err().contains("use at most 8192"));
    }
}
