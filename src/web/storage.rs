//! The browser's memory of this page between visits: short texts by key. Where it is refused, nothing is remembered, and nobody is
//! told: the page works the same.
//!
//! Never here: what is remembered.

use super::js;
use js_sys::Array;
use web_sys::window;

fn call(name: &str, arguments: &Array) -> Option<wasm_bindgen::JsValue> {
    // The property itself throws where storage is refused; that reads as undefined.
    js::call(&js::get(&window()?.into(), "localStorage"), name, arguments)
}

/// The text that was kept under `key`.
pub fn read(key: &str) -> Option<String> {
    call("getItem", &Array::of1(&key.into()))?.as_string()
}

/// Keeps `text` under `key`, where the browser allows it.
pub fn keep(key: &str, text: &str) {
    call("setItem", &Array::of2(&key.into(), &text.into()));
}
