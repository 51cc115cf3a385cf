//! Readers of the API's arguments: each takes what a call can use and refuses anything else, with the reason.
//!
//! An argument may be anything, a proxy that throws as well, and an exception in the middle of this program would leave a
//! promise that never settles. So whatever runs code of the caller is asked through functions that catch. Never here: what
//! a call does.

use crate::domain::bounded::check_length;
use crate::domain::model::{MOST_NUMBERS, samples_in};
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::web::js::{call, get};
use js_sys::{Array, ArrayBuffer, Float32Array, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Whether an argument was left out.
pub(super) fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// A value in a few words.
fn words(value: &JsValue) -> String {
    if is_absent(value) {
        return if value.is_null() { "null" } else { "undefined" }.to_owned();
    }
    if let Some(number) = value.as_f64() {
        return number.to_string();
    }
    if let Some(text) = value.as_string() {
        let short: String = text.chars().take(40).collect();
        return format!("the text {short:?}");
    }
    value.as_bool().map_or_else(|| format!("of type {}", value.js_typeof().as_string().unwrap_or_default()), |is| is.to_string())
}

fn refused(what: &str, value: &JsValue, wanted: &str) -> Error {
    Error::new(Code::InvalidConfig, format!("{what} is {}", words(value)), format!("give {wanted}"))
}

/// The longest text in an argument, in bytes: a script's, several times over.
const MOST_TEXT: usize = 100_000;

/// The text in an argument.
pub(super) fn text(value: &JsValue, what: &str) -> Result<String> {
    let text = value.as_string().ok_or_else(|| refused(what, value, "a text"))?;
    check_length(what, &text, MOST_TEXT).map(|()| text)
}

/// The text in an argument; `absent` where it was left out.
pub(super) fn text_or(value: &JsValue, what: &str, absent: &str) -> Result<String> {
    if is_absent(value) { Ok(absent.to_owned()) } else { text(value, what) }
}

/// The true or false in an argument; `absent` where it was left out.
pub(super) fn flag_or(value: &JsValue, what: &str, absent: bool) -> Result<bool> {
    if is_absent(value) { Ok(absent) } else { value.as_bool().ok_or_else(|| refused(what, value, "true or false")) }
}

/// The whole number from 0 on in an argument; `hint` says what to give.
pub(super) fn whole(value: &JsValue, what: &str, hint: &str) -> Result<u32> {
    let number = value.as_f64().filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n <= f64::from(u32::MAX));
    number.map(|n| n as u32).ok_or_else(|| Error::new(Code::InvalidConfig, format!("{what} is {}, not a whole number", words(value)), hint))
}

/// The id of a run in an argument.
pub(super) fn run_id(value: &JsValue) -> Result<RunId> {
    whole(value, "the run's id", "pass what start() gave, or an id of runs()")
}

/// An argument with named options, of which only those in `known` may be there; it may be left out.
pub(super) fn options(value: &JsValue, what: &str, known: &[&str]) -> Result<()> {
    if is_absent(value) {
        return Ok(());
    }
    let wanted = format!("an object with {}", known.join(", "));
    let keys = value.is_object().then(|| Reflect::own_keys(value).ok()).flatten().ok_or_else(|| refused(what, value, &wanted))?;
    // Keys that are no texts are symbols.
    let other = keys.iter().map(|key| key.as_string().unwrap_or_default()).find(|key| !known.contains(&key.as_str()));
    other.map_or(Ok(()), |key| Err(Error::new(Code::InvalidConfig, format!("{what} has no {key:?}"), format!("give {wanted}"))))
}

/// The elements of a plain array; `None` where the value is none, or a proxy that does not tell.
fn elements(value: &JsValue) -> Option<(u32, impl Fn(u32) -> JsValue)> {
    let is_array = call(&get(&js_sys::global(), "Array"), "isArray", &Array::of1(value))?.is_truthy();
    let length = get(value, "length").as_f64().filter(|_| is_array)?;
    Some((length as u32, |index| Reflect::get_u32(value.unchecked_ref::<js_sys::Object>(), index).unwrap_or(JsValue::UNDEFINED)))
}

/// The texts in an argument: one, or an array of them; `None` where it was left out.
pub(super) fn texts(value: &JsValue, what: &str) -> Result<Option<Vec<String>>> {
    if is_absent(value) {
        return Ok(None);
    }
    if let Some(one) = value.as_string() {
        return Ok(Some(vec![one]));
    }
    let (length, element) = elements(value).ok_or_else(|| refused(what, value, "a text or an array of texts"))?;
    (0..length).map(|index| text(&element(index), &format!("{what}[{index}]"))).collect::<Result<_>>().map(Some)
}

/// The samples in an argument as `f32` bytes: numbers of a typed array or of a plain one, one sample after the other.
///
/// # Errors
/// [`Code::InvalidData`], naming the first element that is not a finite number; or that there are too many.
pub(super) fn samples(value: &JsValue) -> Result<Vec<u8>> {
    let wrong = |what: String| {
        Error::new(Code::InvalidData, what, "give a Float32Array or a plain array of finite numbers, one sample after the other")
    };
    // A width of one: how many numbers make a sample is the model's affair.
    let check_count = |count: u32| if count as usize > MOST_NUMBERS { samples_in(count as usize, 1, 1).map(drop) } else { Ok(()) };
    let bytes = if ArrayBuffer::is_view(value) {
        // Of another kind than `f32`, a copy; of 64-bit integers there is none.
        let array = value.dyn_ref::<Float32Array>().cloned().or_else(|| {
            let constructor: Function = get(&js_sys::global(), "Float32Array").dyn_into().ok()?;
            Reflect::construct(&constructor, &Array::of1(value)).ok()?.dyn_into().ok()
        });
        let array: Float32Array = array.ok_or_else(|| wrong("the samples are in an array whose elements are not numbers".to_owned()))?;
        check_count(array.length())?;
        if array.length() == 0 {
            // A detached one has no buffer to look into.
            return Ok(Vec::new());
        }
        Uint8Array::new_with_byte_offset_and_length(&array.buffer(), array.byte_offset(), array.byte_length()).to_vec()
    } else {
        let (count, element) = elements(value).ok_or_else(|| wrong(format!("the samples are {}", words(value))))?;
        check_count(count)?;
        let mut bytes = Vec::new();
        for index in 0..count {
            let value = element(index);
            let number = value.as_f64().ok_or_else(|| wrong(format!("number {index} of the samples is {}", words(&value))))?;
            bytes.extend((number as f32).to_le_bytes());
        }
        bytes
    };
    let is_finite = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes).is_finite();
    match bytes.as_chunks().0.iter().position(|chunk| !is_finite(chunk)) {
        None => Ok(bytes),
        Some(index) => Err(wrong(format!("number {index} of the samples is not finite, or too large"))),
    }
}

/// The bytes in an `ArrayBuffer` or a `Uint8Array`, where they are; `None` in anything else.
pub(super) fn bytes_of(value: &JsValue) -> Option<Uint8Array> {
    let nothing = || Uint8Array::new_with_length(0);
    // What is detached has no bytes, and throws where they are asked for.
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        return Some(if bytes.length() == 0 { nothing() } else { bytes.clone() });
    }
    value.dyn_ref::<ArrayBuffer>().map(|buffer| if buffer.byte_length() == 0 { nothing() } else { Uint8Array::new(buffer) })
}
