//! Messages as structured clones arrive: a tree is read by serde with the rules of the browser's values, so that NaN, bytes
//! and numbers without a type come as they come there; and trees as bytes, so that a message can be a file.

use super::tree::Tree;
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The largest whole number that JavaScript holds exactly.
const SAFE: f64 = 9_007_199_254_740_991.0;
/// The deepest tree that is read from bytes.
const DEEPEST: u32 = 100;

/// A tree, to be read.
#[derive(Clone, Copy)]
struct Given<'a>(&'a Tree);

/// Reads a `T` out of a message.
///
/// # Errors
/// When the message is none of `T`.
pub fn read<T: DeserializeOwned>(tree: &Tree) -> Result<T, Error> {
    T::deserialize(Given(tree))
}

impl<'de> IntoDeserializer<'de, Error> for Given<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(is) => visitor.visit_bool(*is),
            Tree::Number(number) if number.fract() == 0.0 && number.abs() <= SAFE => {
                if *number < 0.0 {
                    visitor.visit_i64(*number as i64)
                } else {
                    visitor.visit_u64(*number as u64)
                }
            }
            Tree::Number(number) => visitor.visit_f64(*number),
            Tree::Text(text) | Tree::Raw(text) => visitor.visit_str(text),
            Tree::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Given))),
            Tree::Object(fields) => visitor.visit_map(entries(fields)),
            Tree::Bytes(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if *self.0 == Tree::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Text(text) | Tree::Raw(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Tree::Object(fields) => MapAccessDeserializer::new(entries(fields)).deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

type Entries<'de> = MapDeserializer<'de, std::vec::IntoIter<(&'de str, Given<'de>)>, Error>;

fn entries(fields: &[(String, Tree)]) -> Entries<'_> {
    let fields: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), Given(value))).collect();
    MapDeserializer::new(fields.into_iter())
}

/// The tree as bytes.
pub fn encode(tree: &Tree, out: &mut Vec<u8>) {
    let sized = |tag: u8, bytes: &[u8], out: &mut Vec<u8>| {
        out.push(tag);
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(bytes);
    };
    match tree {
        Tree::Null => out.push(0),
        Tree::Bool(is) => out.push(1 + u8::from(*is)),
        Tree::Number(number) => {
            out.push(3);
            out.extend(number.to_le_bytes());
        }
        Tree::Text(text) | Tree::Raw(text) => sized(4, text.as_bytes(), out),
        Tree::Bytes(bytes) => sized(5, bytes, out),
        Tree::List(items) => {
            out.push(6);
            out.extend((items.len() as u32).to_le_bytes());
            items.iter().for_each(|item| encode(item, out));
        }
        Tree::Object(fields) => {
            out.push(7);
            out.extend((fields.len() as u32).to_le_bytes());
            for (key, value) in fields {
                sized(4, key.as_bytes(), out);
                encode(value, out);
            }
        }
    }
}

/// Reads a tree from the front of `bytes`; anything is one: what is missing is nothing, and what follows is left.
pub fn decode(bytes: &mut &[u8]) -> Tree {
    decode_at(bytes, 0)
}

fn decode_at(bytes: &mut &[u8], depth: u32) -> Tree {
    let Some((&tag, rest)) = bytes.split_first() else { return Tree::Null };
    *bytes = rest;
    match tag {
        1 | 2 => Tree::Bool(tag == 2),
        3 => Tree::Number(bytes.split_off(..8).map_or(0.0, |number| f64::from_le_bytes(number.try_into().expect("eight bytes")))),
        4 => Tree::Text(String::from_utf8_lossy(sized(bytes)).into_owned()),
        5 => Tree::Bytes(sized(bytes).to_vec()),
        6 | 7 if depth < DEEPEST => {
            let count = length(bytes);
            let mut entries = Vec::new();
            for _ in 0..count {
                if bytes.is_empty() {
                    break;
                }
                let key = if tag == 7 { decode_at(bytes, DEEPEST) } else { Tree::Null };
                let value = decode_at(bytes, depth + 1);
                entries.push((if let Tree::Text(key) = key { key } else { String::new() }, value));
            }
            if tag == 7 { Tree::Object(entries) } else { Tree::List(entries.into_iter().map(|(_, value)| value).collect()) }
        }
        _ => Tree::Null,
    }
}

fn length(bytes: &mut &[u8]) -> usize {
    bytes.split_off(..4).map_or(0, |length| u32::from_le_bytes(length.try_into().expect("four bytes")) as usize)
}

fn sized<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = length(bytes).min(bytes.len());
    bytes.split_off(..length).unwrap_or_default()
}
