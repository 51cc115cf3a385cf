//! The differences of two configurations, in words: `learning rate 0.01 → 0.001`, `layer 3 dense 64 → 128`, `+ dropout
//! 0.5 after layer 2`.
//!
//! Compared as their JSON, value by value, so that a value which is added to the configuration is named without a
//! change here; [`words`] knows better names for some. Layers and callbacks are matched up first, with the fewest
//! changes, and numbered as in the configuration that is compared with. Never here: which runs are compared.

mod align;
pub mod varied;
mod words;

use super::RunConfig;
use align::{Edit, align};
use serde_json::{Map, Value};
use words::{fields, label, render, tag_of, title};

/// The top-level keys in the order in which they are told; others come after them, by name.
const ORDER: [&str; 13] = [
    "data",
    "model",
    "loss",
    "optimizer",
    "batchSize",
    "epochs",
    "seed",
    "validation",
    "device",
    "workers",
    "monitors",
    "callbacks",
    "diagnosis",
];

/// The largest number of changed layers (or callbacks) that are told one by one; beyond it the new list says more.
const MOST_EDITS: usize = 5;

/// The changes that turn `from` into `to`, one an entry; empty if and only if they are equal.
pub fn differences(from: &RunConfig, to: &RunConfig) -> Vec<String> {
    // The JSON of plain data can always be read back; if not, two nulls are equal and nothing wrong is said.
    let value = |config: &RunConfig| {
        let mut value = serde_json::from_str::<Value>(&config.to_json()).unwrap_or_default();
        // The JSON leaves out a single one.
        value["workers"] = config.workers.into();
        value
    };
    let (from, to) = (value(from), value(to));
    let mut found = Vec::new();
    for key in keys(&from, &to) {
        let (a, b) = (&from[&key], &to[&key]);
        match key.as_str() {
            "model" => list(&mut found, "layer", &a["layers"], &b["layers"]),
            "callbacks" => list(&mut found, "callback", a, b),
            _ => compare(&mut found, label(&key), a, b),
        }
    }
    found
}

/// The keys of both objects, known ones first.
fn keys(a: &Value, b: &Value) -> Vec<String> {
    let all = || [a, b].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let mut keys: Vec<String> = Vec::new();
    for key in ORDER.into_iter().filter(|known| all().any(|key| key == known)).chain(all().map(String::as_str)) {
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// Adds the changes from `a` to `b`, a value that is called `name`.
fn compare(found: &mut Vec<String>, name: String, a: &Value, b: &Value) {
    if a == b {
        return;
    }
    match (a, b) {
        (Value::Object(_), Value::Object(_)) if tag_of(a) == tag_of(b) => {
            for key in keys(a, b) {
                // A learning rate is one wherever it stands; `every` says nothing without its `looks into the network`.
                let own = label(&key);
                compare(found, if tag_of(a).is_some() { own } else { format!("{name}: {own}") }, &a[&key], &b[&key]);
            }
        }
        (Value::Object(_), Value::Object(_)) if tag_of(b).is_some() => {
            let changed: Vec<String> = fields(b)
                .filter(|(key, value)| &a[*key] != *value)
                .map(
                    |(key, value)| {
                        if a[key].is_null() { format!("{} {}", label(key), render(value)) } else { change(&label(key), &a[key], value) }
                    },
                )
                .collect();
            let changed = if changed.is_empty() { String::new() } else { format!(" ({})", changed.join(", ")) };
            found.push(format!("{name} {} → {}{changed}", title(a), title(b)));
        }
        (Value::Null, _) => found.push(format!("+ {name} {}", render(b))),
        (_, Value::Null) => found.push(format!("− {name} {}", render(a))),
        _ => found.push(change(&name, a, b)),
    }
}

/// The text `name old → new`; of long texts only that they have changed, and by how much.
fn change(name: &str, a: &Value, b: &Value) -> String {
    let (old, new) = (render(a), render(b));
    if old.chars().count().max(new.chars().count()) > 60 {
        return format!("{name} changed ({} → {} characters)", old.chars().count(), new.chars().count());
    }
    format!("{name} {old} → {new}")
}

/// Adds the changes from one list of tagged objects to another.
fn list(found: &mut Vec<String>, noun: &str, a: &Value, b: &Value) {
    let nothing = Vec::new();
    let (from, to) = (a.as_array().unwrap_or(&nothing), b.as_array().unwrap_or(&nothing));
    if from == to {
        return;
    }
    let same_kind = |a: &Value, b: &Value| tag_of(a) == tag_of(b);
    let Some(edits) = align(from, to, same_kind).filter(|edits| edits.len() <= MOST_EDITS) else {
        let all: Vec<String> = to.iter().map(words::describe).collect();
        let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        found.push(format!("{noun}s: {} → {} ({all})", from.len(), to.len()));
        return;
    };
    for edit in edits {
        match edit {
            Edit::Change { from: at, to: new } => {
                let (old, new) = (&from[at], &to[new]);
                found.push(if same_kind(old, new) {
                    format!("{noun} {} {} {}", at + 1, title(old), changes_within(old, new))
                } else {
                    format!("{noun} {} {} → {}", at + 1, words::describe(old), words::describe(new))
                });
            }
            Edit::Remove { from: at } => found.push(format!("− {} ({noun} {})", words::describe(&from[at]), at + 1)),
            Edit::Add { after, to: new } => {
                let place = match after {
                    0 if from.is_empty() => String::new(),
                    0 => format!(" before {noun} 1"),
                    after => format!(" after {noun} {after}"),
                };
                found.push(format!("+ {}{place}", words::describe(&to[new])));
            }
        }
    }
}

/// The changed values of an entry of a list: its main one without a name (`64 → 128`), the others with theirs.
fn changes_within(old: &Value, new: &Value) -> String {
    let main = words::main_field(tag_of(new).unwrap_or_default());
    let mut parts = Vec::new();
    for key in keys(old, new).into_iter().filter(|key| old[key] != new[key]) {
        let (a, b) = (&old[&key], &new[&key]);
        if Some(key.as_str()) == main {
            parts.insert(0, format!("{} → {}", render(a), render(b)));
        } else if matches!((a, b), (Value::Object(_), Value::Object(_))) {
            compare(&mut parts, label(&key), a, b);
        } else {
            parts.push(change(&label(&key), a, b));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests;
