//! A run's configuration as a short text for the address of the page, and back.
//!
//! The fragment is `c=1.DATA`. `1` is the version of the format; `DATA` is base64url (RFC 4648, without padding) of a
//! zlib stream (RFC 1950) of JSON. The JSON holds what differs from [`BASE_1`]: the values of plain objects one by one,
//! everything else (lists, objects with a `name` or `type`) as a whole; keys of the base that are not there are listed
//! under `-`. The base is part of the format and never changes, so a link means the same for ever, whatever the
//! defaults of later versions are; a test holds links that must load. When the configuration itself changes its form,
//! [`read_1`] is where old JSON is made into new.
//!
//! Beside it may stand `class=1.DATA`: the settings of a class, as JSON packed in the same way ([`class`]), and a lesson's name.
//!
//! Never here: the address bar. What comes in may be hostile: its length is bounded, packed and unpacked.

pub mod class;
pub mod packed;

use crate::domain::data::source::DataSpec;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use packed::{MOST_JSON, pack, unpack};
use serde_json::{Map, Value};

pub use packed::MOST_CHARACTERS;

/// The base of version 1, whose values a link leaves out: the configuration of the small CNN as it was when the format
/// was fixed.
const BASE_1: &str = r#"{"data":{"name":"digits","samples":12000},"model":{"layers":[{"type":"conv2d","filters":16,"kernel":3,"stride":1,"padding":"valid"},{"type":"relu"},{"type":"max_pool2d","size":2},{"type":"conv2d","filters":32,"kernel":3,"stride":1,"padding":"valid"},{"type":"relu"},{"type":"max_pool2d","size":2},{"type":"flatten"},{"type":"dense","units":64},{"type":"relu"}]},"loss":"cross_entropy","optimizer":{"name":"adam","learningRate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-7},"batchSize":64,"epochs":5,"seed":1,"validation":0.15,"shuffle":true,"device":"auto","monitors":{"every":20,"activationSamples":16},"callbacks":[],"diagnosis":{"enabled":true,"streak":4,"streakSteps":40,"lossWindow":10,"leastBatches":300,"stillHigh":0.7,"leastFall":0.01,"explodingFactor":20.0,"explodingNorm":10.0,"vanishingRatio":0.001,"lossRise":1.5,"lossRiseLost":10.0,"lossSwing":0.5,"updateRatioHigh":0.1,"updateRatioLow":0.00001,"deadShare":0.75,"deadShareLost":0.95,"deadSamples":16,"saturatedShare":0.6,"overfitEpochs":3,"overfitRise":0.1,"overfitRiseNats":0.05,"underfitEpochs":8,"underfitFall":0.01,"underfitSkill":0.5,"noLearning":0.02,"noLearningSkill":0.1,"imbalance":4.0,"imbalanceSevere":20.0,"batchMix":0.5}}"#;

/// The key under which the keys of the base that a configuration lacks are listed.
const GONE: &str = "-";

fn invalid(message: impl AsRef<str>, hint: &str) -> Error {
    Error::new(Code::InvalidConfig, message, hint)
}

fn own_files() -> Error {
    let hint = "choose built-in data; or save the configuration as a file, and give the data's files along with it";
    invalid("a link cannot hold data from your own files", hint)
}

/// The fragment for `config`, without `#`.
///
/// # Errors
/// [`Code::InvalidConfig`] when the configuration names data from the visitor's files, or would be too long.
pub fn encode(config: &RunConfig) -> Result<String> {
    if matches!(config.data, DataSpec::Loaded { .. }) {
        return Err(own_files());
    }
    let json = changes_of(config);
    let data = pack(json.as_bytes());
    if data.len() > MOST_CHARACTERS || json.len() as u64 > MOST_JSON {
        let message = format!("this configuration would make a link of {} characters", data.len());
        return Err(invalid(message, "save it as a file instead"));
    }
    Ok(format!("c={data}"))
}

/// The part `key=…` of a fragment, with or without `#`.
fn part<'a>(fragment: &'a str, key: &str) -> Option<&'a str> {
    let value = |part: &'a str| {
        let rest = part.strip_prefix(key)?;
        // Some programs that pass links on write `=` as `%3D`.
        ["=", "%3D", "%3d"].iter().find_map(|sign| rest.strip_prefix(sign))
    };
    fragment.trim_start_matches('#').split('&').find_map(value)
}

/// Reads the configuration in a fragment, with or without `#`; `None` when there is no link in it.
///
/// # Errors
/// [`Code::InvalidConfig`] when the link is of another version, too long, damaged, or its values are out of range.
pub fn decode(fragment: &str) -> Option<Result<RunConfig>> {
    part(fragment, "c").map(read)
}

fn read(text: &str) -> Result<RunConfig> {
    let json = unpack(text, "link")?;
    let changes: Value = serde_json::from_slice(&json).map_err(|_| packed::damaged("link"))?;
    read_1(changes)
}

/// The configuration of a link of version 1.
fn read_1(changes: Value) -> Result<RunConfig> {
    if !changes.is_object() {
        return Err(packed::damaged("link"));
    }
    let config = of_changes(changes).map_err(|error| error.at("this link"))?;
    // Nobody can load the files of another visitor, and data of the same name may be other data.
    if matches!(config.data, DataSpec::Loaded { .. }) { Err(own_files()) } else { Ok(config) }
}

/// The configuration that differs from the base by `changes`, which may also be all of it.
///
/// # Errors
/// As [`RunConfig::from_json`].
pub fn of_changes(changes: Value) -> Result<RunConfig> {
    let mut full = base_1();
    apply(&mut full, changes);
    RunConfig::from_json(&full.to_string())
}

/// The JSON of what in `config` differs from the base.
pub fn changes_of(config: &RunConfig) -> String {
    let full: Value = serde_json::from_str(&config.to_json()).expect("what was just written as JSON is JSON");
    changes(&base_1(), &full).to_string()
}

fn base_1() -> Value {
    serde_json::from_str(BASE_1).expect("the base is JSON; a test reads it")
}

/// Whether an object is changed value by value: one with a kind is not, since its values belong together.
fn is_plain(value: &Value) -> bool {
    value.is_object() && value.get("name").is_none() && value.get("type").is_none()
}

/// The changes from `base` to `full`, both plain objects.
fn changes(base: &Value, full: &Value) -> Value {
    let nothing = Map::new();
    let (base, full) = (base.as_object().unwrap_or(&nothing), full.as_object().unwrap_or(&nothing));
    let mut found = Map::new();
    for (key, value) in full {
        match base.get(key) {
            Some(known) if known == value => {}
            Some(known) if is_plain(known) && is_plain(value) => drop(found.insert(key.clone(), changes(known, value))),
            _ => drop(found.insert(key.clone(), value.clone())),
        }
    }
    let gone: Vec<Value> = base.keys().filter(|key| !full.contains_key(*key)).map(|key| key.clone().into()).collect();
    if !gone.is_empty() {
        found.insert(GONE.to_owned(), gone.into());
    }
    found.into()
}

/// Applies changes that [`changes`] has found.
fn apply(base: &mut Value, changes: Value) {
    let (Value::Object(base), Value::Object(changes)) = (base, changes) else { return };
    for (key, value) in changes {
        match base.get_mut(&key) {
            _ if key == GONE => {
                for gone in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    base.remove(gone);
                }
            }
            Some(known) if is_plain(known) && is_plain(&value) => apply(known, value),
            _ => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests;
