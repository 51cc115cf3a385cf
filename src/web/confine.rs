//! The confinement of a worker: what it needed to load its program, and needs no longer, is taken from it.
//!
//! The page's policy holds in its workers too (`web::port` starts them so that they inherit it). This is the second lock: a
//! worker computes, and gets all that it works on by messages; with nothing left that asks a host or keeps data, a mistake in one of
//! the crates that are linked into it finds nothing to use. Two ways stay, because they are syntax or cannot be had
//! from here, and the policy closes both: `import()`, and the constructors of asynchronous functions.

use super::js::get;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Ways out of a worker: to a host, to other programs, to what the browser keeps, and from a text to a program.
const TAKEN: [&str; 25] = [
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "WebSocketStream",
    "WebTransport",
    "EventSource",
    "FontFace",
    "fonts",
    "importScripts",
    "Worker",
    "SharedWorker",
    "BroadcastChannel",
    "Notification",
    "PushManager",
    "BackgroundFetchManager",
    "indexedDB",
    "caches",
    "CacheStorage",
    "cookieStore",
    "webkitRequestFileSystem",
    "webkitRequestFileSystemSync",
    "webkitResolveLocalFileSystemURL",
    "webkitResolveLocalFileSystemSyncURL",
    "eval",
    "Function",
];

/// Ways from a worker's `navigator` to what the browser keeps.
const KEPT: [&str; 3] = ["storage", "locks", "storageBuckets"];

/// Takes from this worker, for as long as it lives, what [`TAKEN`] names, and the way to what the browser keeps. To be called once
/// its program is loaded.
pub fn confine() {
    confine_but_storage();
    let navigator = get(&js_sys::global().into(), "navigator");
    for name in KEPT {
        take(&navigator, name);
    }
}

/// Takes the same as [`confine`], but for the browser's private files and their locks: the storage worker works with these.
pub fn confine_but_storage() {
    let global: JsValue = js_sys::global().into();
    let function = get(&global, "Function");
    for name in TAKEN {
        take(&global, name);
    }
    // `(() => {}).constructor` is the same function again.
    cover(&get(&function, "prototype"), "constructor");
}

/// Deletes `name` from `object` and from everything that it inherits from, and covers it.
fn take(object: &JsValue, name: &str) {
    let mut holder = object.clone();
    while let Some(here) = holder.dyn_ref::<Object>() {
        // What cannot be deleted is covered.
        Reflect::delete_property(here, &name.into()).ok();
        holder = Reflect::get_prototype_of(&holder).map_or(JsValue::NULL, JsValue::from);
    }
    cover(object, name);
}

/// Makes `name` of `object` an `undefined` that nobody can replace.
fn cover(object: &JsValue, name: &str) {
    let Some(object) = object.dyn_ref::<Object>() else { return };
    let (key, nothing) = (name.into(), Object::new());
    Reflect::set(&nothing, &"value".into(), &JsValue::UNDEFINED).ok();
    // What is deleted first comes back without the right to be changed.
    Reflect::delete_property(object, &key).ok();
    Reflect::define_property(object, &key, &nothing).ok();
}
