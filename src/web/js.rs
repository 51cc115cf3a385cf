//! Conversion between plain data and JavaScript values, and property reads where web-sys has no stable type.

use crate::error::{Code, Error, Result};
use js_sys::Reflect;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// `value` as a plain JavaScript object: structs and maps as objects, options as `null`, numbers as numbers.
pub fn to_js<T: Serialize>(value: &T) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).expect("plain data always has a JavaScript form")
}

/// The longest JSON that is read from a JavaScript value, in characters: several times that of the longest configuration.
const MOST_TEXT: u32 = 1 << 20;

/// Converts a JavaScript value to a `T`.
///
/// # Errors
/// [`Code::InvalidConfig`] when it is something else; `what` says what it should have been.
pub fn from_js<T: DeserializeOwned>(value: JsValue, what: &str, hint: &str) -> Result<T> {
    // Through JSON: serde-wasm-bindgen asks an object only for the fields it knows, so a misspelt one would go unnoticed.
    let refuse = |cause: String| Error::new(Code::InvalidConfig, format!("this is not {what}: {cause}"), hint);
    let text = js_sys::JSON::stringify(&value).map_err(|_| refuse("no plain object".to_owned()))?;
    // What has no JSON form is undefined, which has no length either.
    if text.is_string() && text.length() > MOST_TEXT {
        return Err(refuse(format!("its JSON has {} characters, more than {MOST_TEXT}", text.length())));
    }
    let text = text.as_string().ok_or_else(|| refuse("no plain object".to_owned()))?;
    serde_json::from_str(&text).map_err(|cause| refuse(cause.to_string()))
}

/// The property `key` of `object`; undefined when there is none.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// The property `key` of `object` as text; empty when it is something else.
pub fn get_string(object: &JsValue, key: &str) -> String {
    get(object, key).as_string().unwrap_or_default()
}

/// The result of `object[name](arguments)`; `None` when there is no such function or it throws.
pub fn call(object: &JsValue, name: &str, arguments: &js_sys::Array) -> Option<JsValue> {
    let function: js_sys::Function = get(object, name).dyn_into().ok()?;
    function.apply(object, arguments).ok()
}

/// The message of a thrown JavaScript value, in words.
pub fn message_of(thrown: &JsValue) -> String {
    let message = get_string(thrown, "message");
    if message.is_empty() { thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")) } else { message }
}
