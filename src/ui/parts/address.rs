//! The page's address: its fragment, which may hold a configuration, a class's settings and the name of a lesson, each of which is read
//! by its own room.
//!
//! It is only ever replaced, never pushed: "back" leads where it did, and the browser tells of no change. Never here: what a fragment
//! means.

use crate::charts::Listener;
use leptos::prelude::window;
use wasm_bindgen::JsValue;

/// The fragment, with its `#`; empty where there is none.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Gives the fragment to `take`, now and whenever the visitor changes it.
pub fn follow(take: impl Fn(&str) + 'static) {
    take(&fragment());
    // The page lives as long as the document.
    std::mem::forget(Listener::new(&window(), "hashchange", move |_| take(&fragment())));
}

/// Puts `address` in the place of the present one.
pub fn replace(address: &str) {
    if let Ok(history) = window().history() {
        history.replace_state_with_url(&JsValue::NULL, "", Some(address)).ok();
    }
}

/// Puts `fragment`, without its `#`, in the place of the present one; takes that out where it is empty.
pub fn replace_fragment(fragment: &str) {
    let location = window().location();
    let mut address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if !fragment.is_empty() {
        address += "#";
        address += fragment;
    }
    replace(&address);
}
