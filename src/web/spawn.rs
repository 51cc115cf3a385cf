//! The start of a worker under the page's policy.
//!
//! A `<meta>` policy does not reach a worker that is started from a file: without headers of the host it could ask any
//! other host and run texts. A worker that is started from a blob inherits the policy of its page, in every current browser (Content
//! Security Policy 3, "inherits from its creator"), and so does what it imports. So the blob is one line that imports
//! the worker's loader.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

/// Starts the module at `url`, an address beside the page, in a worker of its own.
///
/// # Errors
/// What the browser throws.
pub fn spawn(url: &str) -> Result<Worker, JsValue> {
    let page = web_sys::window().ok_or(JsValue::NULL)?.location().href()?;
    // A blob has no folder: the address must be whole. It is percent-encoded, so it holds no quote.
    let line = format!("import \"{}\";", Url::new_with_base(url, &page)?.href());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&line.into()), &kind)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    // The blob's own address says nothing in the browser's tools.
    options.set_name(url);
    // Never revoked: when a browser has read it is not told, and it is a hundred bytes a worker.
    Worker::new_with_options(&Url::create_object_url_with_blob(&blob)?, &options)
}
