//! The names of a configuration's values, and the way they are written.

use serde_json::Value;

/// The tag of an object: the value of its `type` or `name`.
pub(super) fn tag_of(value: &Value) -> Option<&str> {
    ["type", "name"].into_iter().find_map(|key| value.get(key)?.as_str())
}

/// The name of a kind, by its tag.
fn kind(tag: &str) -> String {
    let known = match tag {
        "digits" => "drawn digits",
        "xor" => "XOR",
        "gaussians" => "two Gaussians",
        "spiral" => "two spirals",
        "moons" => "two moons",
        "conv2d" => "conv 2-D",
        "max_pool2d" => "max pool",
        "avg_pool2d" => "average pool",
        "relu" => "ReLU",
        "leaky_relu" => "leaky ReLU",
        "gelu" => "GELU",
        "sgd" => "SGD",
        "adam" => "Adam",
        "adam_w" => "AdamW",
        "rmsprop" => "RMSprop",
        "terminate_on_nan" => "stop at NaN",
        "reduce_lr_on_plateau" => "lower rate on plateau",
        "lr_finder" => "learning-rate test",
        "cross_entropy" => "cross-entropy",
        "binary_cross_entropy" => "binary cross-entropy",
        other => return other.replace('_', " "),
    };
    known.to_owned()
}

/// The kind of a tagged object in words; any other value as it is written.
pub(super) fn title(value: &Value) -> String {
    match (tag_of(value), value.get("id").and_then(Value::as_str)) {
        // A loaded set is known by its name.
        (Some("loaded"), Some(id)) => id.to_owned(),
        (Some(tag), _) => kind(tag),
        (None, _) => render(value),
    }
}

/// The key of a layer's (or callback's) value that needs no name: `dense 64`.
pub(super) fn main_field(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "dense" => "units",
        "conv2d" => "filters",
        "max_pool2d" | "avg_pool2d" => "size",
        "dropout" => "rate",
        "leaky_relu" => "slope",
        "gradient_clip" => "norm",
        "learning_rate_scheduler" => "schedule",
        _ => return None,
    })
}

/// A tagged object in a few words: `conv 2-D 16, kernel 3`. Values at rest (off, none, automatic, stride 1, no padding)
/// are left out.
pub(super) fn describe(value: &Value) -> String {
    let mut words = title(value);
    let main = main_field(tag_of(value).unwrap_or_default());
    if let Some(main) = main.and_then(|key| value.get(key)) {
        words = format!("{words} {}", render(main));
    }
    for (key, value) in fields(value).filter(|(key, _)| Some(key.as_str()) != main) {
        let at_rest = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text == "auto" || text == "valid",
            Value::Number(number) => key == "stride" && number.as_u64() == Some(1),
            _ => false,
        };
        if !at_rest {
            words = format!("{words}, {} {}", label(key), shortened(render(value)));
        }
    }
    words
}

fn shortened(text: String) -> String {
    if text.chars().count() <= 60 { text } else { format!("{}…", text.chars().take(59).collect::<String>()) }
}

/// The value as text.
pub(super) fn render(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
        }
        Value::String(text) if matches!(text.as_str(), "cross_entropy" | "binary_cross_entropy") => kind(text),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(render).collect::<Vec<_>>().join(", "),
        Value::Object(_) if tag_of(value).is_some() => describe(value),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| format!("{} {}", label(key), render(value))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The name of a value, by its key: `batchSize` is the `batch size`.
pub(super) fn label(key: &str) -> String {
    let known = match key {
        "optimizer" => "optimiser",
        "validation" => "validation share",
        "monitors" => "looks into the network",
        "every" => "every so many batches",
        "activationSamples" => "samples for activations",
        "minLr" => "lowest learning rate",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut words = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(if letter == '_' { ' ' } else { letter.to_ascii_lowercase() });
    }
    words
}

/// The values of a tagged object without its tag.
pub(super) fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let tag = if object["type"].is_string() { "type" } else { "name" };
    object.as_object().into_iter().flatten().filter(move |(key, _)| *key != tag)
}
