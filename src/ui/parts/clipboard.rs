//! Text into the clipboard, where the browser lets a page do so.

use crate::web::js::{call, get};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Copies `text`; whether the browser took it.
pub async fn copy_text(text: &str) -> bool {
    let clipboard = get(&window().navigator(), "clipboard");
    match call(&clipboard, "writeText", &js_sys::Array::of1(&text.into())) {
        Some(promise) => JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await.is_ok(),
        None => false,
    }
}
