//! The parts of every call of the API: how functions get into the object, and how errors look.
//!
//! Never here: what a call does.

use crate::domain::run::config::{CONFIG_HINT, RunConfig};
use crate::error::{Code, Error, Result};
use crate::ui::page::Page;
use crate::web::js::{from_js, to_js};
use js_sys::{Object, Promise, Reflect};
use leptos::prelude::*;
use serde::Serialize;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::future_to_promise;

/// Sets a property of an object that is ours.
pub(super) fn set(object: &JsValue, key: &str, value: &JsValue) {
    // Fails on frozen objects only, which these are not.
    Reflect::set(object, &key.into(), value).ok();
}

// The API lives as long as the page: its closures are given to JavaScript for good.

/// Adds a function without arguments to the API.
pub(super) fn add0(api: &Object, name: &str, function: impl Fn() -> JsValue + 'static) {
    set(api, name, &Closure::<dyn Fn() -> JsValue>::new(function).into_js_value());
}

/// Adds a function of one argument to the API.
pub(super) fn add1(api: &Object, name: &str, function: impl Fn(JsValue) -> JsValue + 'static) {
    set(api, name, &Closure::<dyn Fn(JsValue) -> JsValue>::new(function).into_js_value());
}

/// Adds a function of two arguments to the API.
pub(super) fn add2(api: &Object, name: &str, function: impl Fn(JsValue, JsValue) -> JsValue + 'static) {
    set(api, name, &Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(function).into_js_value());
}

/// Adds a function of three arguments to the API.
pub(super) fn add3(api: &Object, name: &str, function: impl Fn(JsValue, JsValue, JsValue) -> JsValue + 'static) {
    set(api, name, &Closure::<dyn Fn(JsValue, JsValue, JsValue) -> JsValue>::new(function).into_js_value());
}

/// An error as JavaScript sees it.
#[derive(Serialize)]
pub(super) struct Problem<'a> {
    pub(super) code: Code,
    pub(super) message: &'a str,
    pub(super) hint: &'a str,
}

/// An error as the API throws it: `{code, message, hint}`.
pub(super) fn problem(error: &Error) -> JsValue {
    to_js(&Problem { code: error.code(), message: error.message(), hint: error.hint() })
}

/// The value of a call that answers at once, or its error thrown.
pub(super) fn or_throw(result: Result<JsValue>) -> JsValue {
    result.unwrap_or_else(|error| wasm_bindgen::throw_val(problem(&error)))
}

/// A promise of what `work` gives, or of its error.
pub(super) fn promise(work: impl Future<Output = Result<JsValue>> + 'static) -> JsValue {
    promise_boxed(Box::pin(work))
}

/// Apart from [`promise`], so that there is one program for all of them and not one for each kind of `work`.
fn promise_boxed(work: Pin<Box<dyn Future<Output = Result<JsValue>>>>) -> JsValue {
    let settled: Promise = future_to_promise(async move { work.await.map_err(|error| problem(&error)) });
    settled.into()
}

/// The configuration in an argument; the setup's where there is none.
pub(super) fn config_of(page: Page, value: JsValue) -> Result<RunConfig> {
    if value.is_undefined() || value.is_null() {
        return Ok(page.config.get_untracked());
    }
    from_js(value, "a run configuration", CONFIG_HINT)
}
