//! The build that a program is of. `cargo xtask build` puts its id into the page and into the loaders of its workers, so
//! that a page never trains with a worker of another build. A page that `trunk serve` makes has no id, nor have its
//! workers, which are rebuilt on their own.

use super::js::get_string;
#[cfg(feature = "ui")]
use {
    wasm_bindgen::JsCast,
    wasm_bindgen_futures::JsFuture,
    web_sys::{RequestCache, RequestInit, Response},
};

/// The name of the page's `<meta>` with the id.
#[cfg(feature = "ui")]
const META: &str = "build";
/// The property of a worker's global object with the id.
const PROPERTY: &str = "emberscopeBuild";

/// The id of the build that this worker's loader is of; empty outside `cargo xtask build`.
pub fn of_worker() -> String {
    get_string(&js_sys::global().into(), PROPERTY)
}

/// The id of the build that this page is of; empty outside `cargo xtask build`.
#[cfg(feature = "ui")]
pub fn of_page() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let meta = document.and_then(|document| document.query_selector(&format!("meta[name={META}]")).ok().flatten());
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// The address of the loader of the worker `program`, beside the page.
#[cfg(feature = "ui")]
pub fn loader_of(program: &str, build: &str) -> String {
    if build.is_empty() { format!("./{program}_loader.js") } else { format!("./{program}-{build}_loader.js") }
}

/// Whether the host says that it has no script at `url`: it is not found, or another page is answered in its place.
/// A host that cannot be reached says nothing.
#[cfg(feature = "ui")]
pub async fn is_gone(url: &str) -> bool {
    let request = RequestInit::new();
    request.set_cache(RequestCache::NoStore);
    let Some(window) = web_sys::window() else { return false };
    let Ok(response) = JsFuture::from(window.fetch_with_str_and_init(url, &request)).await else { return false };
    let Ok(response) = response.dyn_into::<Response>() else { return false };
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    matches!(response.status(), 404 | 410) || response.ok() && !kind.contains("javascript")
}
