//! Files by the API: `export`, `importRun`, `loadWeights`.

use super::args::{bytes_of, options, run_id, text, text_or};
use super::bind::set;
use crate::error::{Code, Error, Result};
use crate::ui::actions::exports::{self, Kind};
use crate::ui::actions::imports::{self, Source};
use crate::ui::page::Page;
use crate::web::js::get;
use js_sys::Object;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

/// The run as a file: `export(run, kind)`; of weights those that `{weights}` names, where it is given.
pub(super) async fn export(page: Page, run: JsValue, kind: JsValue, given: JsValue) -> Result<JsValue> {
    let run = run_id(&run)?;
    let name = text(&kind, "the kind of file")?;
    options(&given, "the third argument of export", &["weights"])?;
    let weights = text_or(&get(&given, "weights"), "weights", "")?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.id() == name).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.id()).collect();
        Error::new(Code::InvalidConfig, format!("there is no file of kind {name:?}"), format!("use one of {}", names.join(", ")))
    })?;
    if weights.is_empty() {
        return Ok(exports::export(page, run, kind, Rc::new(|_| {})).await?.into());
    }
    if kind != Kind::Safetensors {
        let hint = "export(run, \"safetensors\", {weights: \"best\"})";
        return Err(Error::new(Code::InvalidConfig, format!("a file of kind {name:?} has no weights to choose"), hint));
    }
    Ok(exports::export_weights(page, run, &weights).await?.into())
}

/// A blob, bytes or a text.
fn source(value: &JsValue, name: &str) -> Result<Source> {
    let nothing =
        || Error::new(Code::InvalidData, "this is no file", format!("{name}(file) takes a Blob, an ArrayBuffer, a Uint8Array or a text"));
    let parts = js_sys::Array::new();
    match value.dyn_ref::<Blob>() {
        Some(blob) => return Ok(Source::of(blob.clone(), "a file given to the API")),
        None if value.is_string() => parts.push(value),
        None => parts.push(bytes_of(value).ok_or_else(nothing)?.as_ref()),
    };
    Ok(Source::of(Blob::new_with_buffer_source_sequence(&parts).map_err(|_| nothing())?, "a file given to the API"))
}

pub(super) async fn import_run(page: Page, value: JsValue) -> Result<JsValue> {
    Ok(imports::import_run(page, source(&value, "importRun")?).await?.into())
}

pub(super) async fn load_weights(page: Page, value: JsValue) -> Result<JsValue> {
    let loaded = imports::load_weights(page, source(&value, "loadWeights")?).await?;
    let summary = Object::new();
    set(&summary, "arrays", &(loaded.weights.heads.len() as f64).into());
    set(&summary, "parameters", &(loaded.weights.parameters() as f64).into());
    set(&summary, "step", &loaded.weights.step.map_or(JsValue::NULL, JsValue::from));
    Ok(summary.into())
}
