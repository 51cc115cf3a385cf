//! Text for HTML, escaped so that no name can become an element.

use crate::charts::escape::xml as escape;
use serde::Serialize;

/// The JSON of `value` for a `<script>`: without the `<` that could end the element.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always has a JSON form").replace('<', "\\u003c")
}

/// A row of a `<dl>`; `value` is text.
pub fn row(name: &str, value: &str) -> String {
    format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value))
}
