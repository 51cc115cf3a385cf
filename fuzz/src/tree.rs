//! Values of JSON and of messages as trees: built from valid ones, changed, and written. Never here: their meaning.

use super::draw::Draw;
use serde::Serialize;
use std::fmt::Write;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// Nothing: `undefined` in a message, `null` in JSON.
    Null,
    /// True or false.
    Bool(bool),
    /// A number; NaN and infinities in messages only, in JSON they are texts.
    Number(f64),
    /// A text.
    Text(String),
    /// A piece of JSON as it stands, for numbers that no type holds; in messages a text.
    Raw(String),
    /// A list.
    List(Vec<Tree>),
    /// An object; keys may come twice.
    Object(Vec<(String, Tree)>),
    /// Bytes, in messages only.
    Bytes(Vec<u8>),
}

/// The most nodes that a change may add.
const MOST_ADDED: usize = 40_000;

/// Pieces of JSON that mean too much or nothing.
const RAW: [&str; 12] = [
    "1e999",
    "-1e999",
    "-0",
    "18446744073709551616",
    "1e-400",
    "0.1000000000000000055511151231257827021181583404541015625",
    "01",
    "NaN",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "",
];

impl Tree {
    /// The tree of plain data.
    pub fn of(value: &impl Serialize) -> Self {
        Self::of_json(serde_json::to_value(value).expect("plain data always has a JSON form"))
    }

    fn of_json(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(is) => Self::Bool(is),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::of_json).collect()),
            Value::Object(fields) => Self::Object(fields.into_iter().map(|(key, value)| (key, Self::of_json(value))).collect()),
        }
    }

    /// The tree of a line of JSON that is known to be good.
    pub fn parse(json: &str) -> Self {
        Self::of_json(serde_json::from_str(json).expect("the sample is JSON"))
    }

    /// The field `key`, if this is an object that has it.
    pub fn field_mut(&mut self, key: &str) -> Option<&mut Tree> {
        let Self::Object(fields) = self else { return None };
        fields.iter_mut().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Sets the field `key` of an object.
    pub fn set(&mut self, key: &str, value: Tree) {
        if let Some(field) = self.field_mut(key) {
            *field = value;
        } else if let Self::Object(fields) = self {
            fields.push((key.to_owned(), value));
        }
    }

    /// A random node, nearer the leaves than the root.
    fn node(&mut self, draw: &mut Draw) -> &mut Tree {
        let is_leaf =
            !matches!(self, Self::List(items) if !items.is_empty()) && !matches!(self, Self::Object(fields) if !fields.is_empty());
        if is_leaf || draw.one_in(5) {
            return self;
        }
        match self {
            Self::List(items) => {
                let at = draw.below(items.len());
                items[at].node(draw)
            }
            Self::Object(fields) => {
                let at = draw.below(fields.len());
                fields[at].1.node(draw)
            }
            leaf => leaf,
        }
    }

    /// Moves some numbers a little, so that values differ and nearly always stay in their ranges.
    pub fn vary(&mut self, draw: &mut Draw) {
        match self {
            Self::Number(number) if draw.one_in(4) => {
                *number = match draw.below(4) {
                    0 => *number + 1.0,
                    1 => (*number - 1.0).max(0.0),
                    2 if number.fract() != 0.0 => *number * draw.plain(),
                    _ => *number * 2.0,
                }
            }
            Self::Bool(is) => *is ^= draw.one_in(4),
            Self::List(items) => items.iter_mut().for_each(|item| item.vary(draw)),
            Self::Object(fields) => fields.iter_mut().for_each(|(_, value)| value.vary(draw)),
            _ => {}
        }
    }

    /// Changes one place; `donors` give parts of other values.
    pub fn damage(&mut self, donors: &[Tree], draw: &mut Draw) {
        let node = self.node(draw);
        match (draw.below(13), node) {
            (0..3, node) => *node = Self::odd(draw),
            (3, node) if !donors.is_empty() => {
                let mut donor = draw.pick(donors).clone();
                *node = donor.node(draw).clone();
            }
            (4, Self::Object(fields)) if !fields.is_empty() => drop(fields.remove(draw.below(fields.len()))),
            (5, Self::Object(fields)) if !fields.is_empty() => {
                let (at, value) = (draw.below(fields.len()), Self::odd(draw));
                let key = if draw.one_in(2) { fields[at].0.clone() } else { draw.text() };
                fields.insert(at, (key, value));
            }
            (6, Self::List(items)) if !items.is_empty() => drop(items.remove(draw.below(items.len()))),
            (7 | 8, Self::List(items)) if !items.is_empty() => {
                let copy = draw.pick(items).clone();
                let times = draw.count(4).min(MOST_ADDED / copy.size());
                items.extend(std::iter::repeat_n(copy, times));
            }
            (9, node) => {
                let most = if draw.one_in(20) { 80 } else { 3 };
                for _ in 0..draw.below(most) {
                    *node = Self::List(vec![std::mem::replace(node, Self::Null)]);
                }
            }
            (10, Self::Number(number)) => *number = -*number,
            (11, Self::Text(text)) => {
                let times = draw.count(3).min(MOST_ADDED / (text.len() + 1));
                *text = text.repeat(times);
            }
            (_, Self::Number(number)) => *number = draw.float(),
            (_, Self::Text(text)) => *text = draw.text(),
            (_, node) => *node = Self::odd(draw),
        }
    }

    /// A value that is seldom meant.
    pub fn odd(draw: &mut Draw) -> Self {
        match draw.below(9) {
            0 => Self::Null,
            1 => Self::Bool(draw.one_in(2)),
            2 | 3 => Self::Number(draw.float()),
            4 => Self::Number(draw.whole() as f64),
            5 => Self::Text(draw.text()),
            6 => Self::Raw((*draw.pick(&RAW)).to_owned()),
            7 => Self::List(Vec::new()),
            _ => Self::Object(Vec::new()),
        }
    }

    /// Number of nodes.
    pub fn size(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Self::Object(fields) => 1 + fields.iter().map(|(_, value)| value.size()).sum::<usize>(),
            _ => 1,
        }
    }

    /// The tree as JSON, packed or with spaces.
    pub fn json(&self, draw: &mut Draw) -> String {
        let space = *draw.pick(&["", "", "", " ", "\t "]);
        let mut out = String::new();
        self.write(&mut out, space);
        out
    }

    fn write(&self, out: &mut String, space: &str) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
            Self::Number(number) if number.is_nan() => out.push_str("\"NaN\""),
            Self::Number(number) if number.is_infinite() => out.push_str(if *number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }),
            Self::Number(number) if number.abs() >= 1e16 || (*number != 0.0 && number.abs() < 1e-5) => {
                write!(out, "{number:e}").expect("memory takes every write");
            }
            Self::Number(number) => write!(out, "{number}").expect("memory takes every write"),
            Self::Text(text) => quote(text, out),
            Self::Raw(text) => out.push_str(text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out, space);
                    out.push_str(space);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(space);
                    quote(key, out);
                    out.push(':');
                    value.write(out, space);
                }
                out.push('}');
            }
            Self::Bytes(bytes) => write!(out, "{bytes:?}").expect("memory takes every write"),
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\0'..' ' => write!(out, "\\u{:04x}", letter as u32).expect("memory takes every write"),
            other => out.push(other),
        }
    }
    out.push('"');
}
