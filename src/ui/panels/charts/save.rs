//! A chart as a file or on the clipboard.

use super::handle::Handle;
use crate::error::{Code, Error};
use crate::ui::page::Page;
use crate::ui::parts::files::save_blob;
use crate::ui::parts::lean;
use crate::web::js;
use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlCanvasElement};

/// Text as a blob of type `kind`.
pub fn text_blob(text: &str, kind: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()
}

/// The file name without its ending: `emberscope-run-3-loss`.
pub fn file_name(handle: Handle) -> String {
    let run = handle.page.inner().store.borrow().shown().map_or(String::new(), |run| format!("run-{}-", run.id));
    format!("emberscope-{run}{}", handle.id().trim_start_matches("chart-"))
}

fn png(canvas: &HtmlCanvasElement) -> Promise {
    let canvas = canvas.clone();
    Promise::new(&mut move |resolve, _| drop(canvas.to_blob(&resolve)))
}

fn failed(page: Page, what: &str, hint: &str) {
    page.notify(Error::new(Code::DeviceUnavailable, what, hint));
}

/// Saves the chart as SVG.
pub fn save_svg(handle: Handle) {
    let svg = handle.with_chart(crate::charts::Chart::svg);
    if let Some(blob) = svg.and_then(|svg| text_blob(&svg, "image/svg+xml")) {
        save_blob(&blob, &format!("{}.svg", file_name(handle)));
    }
}

/// Saves the chart as PNG.
pub fn save_png(handle: Handle) {
    let Some(Some(canvas)) = handle.with_chart(crate::charts::Chart::picture) else { return };
    lean::spawn(async move {
        match JsFuture::from(png(&canvas)).await.ok().and_then(|blob| blob.dyn_into::<Blob>().ok()) {
            Some(blob) => drop(save_blob(&blob, &format!("{}.png", file_name(handle)))),
            None => failed(handle.page, "the browser made no picture of the chart", "make the window smaller, or save it as SVG"),
        }
    });
}

/// Copies the chart as a picture.
pub fn copy_picture(handle: Handle) {
    let Some(Some(canvas)) = handle.with_chart(crate::charts::Chart::picture) else { return };
    // The promise goes to the clipboard unresolved: waiting first would take the permission of the click away.
    copy(handle.page, "image/png", &png(&canvas));
}

/// Copies the content of `promise`, a blob of type `kind`, once it is made.
pub fn copy(page: Page, kind: &str, promise: &Promise) {
    let item = || {
        let content = Object::new();
        Reflect::set(&content, &kind.into(), promise).ok()?;
        let class: js_sys::Function = js::get(&window(), "ClipboardItem").dyn_into().ok()?;
        let item = Reflect::construct(&class, &Array::of1(&content)).ok()?;
        let clipboard = js::get(&window().navigator(), "clipboard");
        js::call(&clipboard, "write", &Array::of1(&Array::of1(&item)))?.dyn_into::<Promise>().ok()
    };
    let written = item();
    lean::spawn(async move {
        let done = match written {
            Some(written) => JsFuture::from(written).await.map_err(|thrown| js::message_of(&thrown)),
            None => Err(if js::get(&window(), "isSecureContext") == JsValue::TRUE {
                "it has no such clipboard".to_owned()
            } else {
                "the page is not served by https".to_owned()
            }),
        };
        if let Err(why) = done {
            failed(page, &format!("the browser did not take the copy: {why}"), "save it as a file instead");
        }
    });
}
