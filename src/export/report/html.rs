//! Text that goes into HTML, so that no name can become an element.

use serde::Serialize;

/// `text` as content or as the value of a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// `value` as JSON within a `<script>`: without the `<` that could end the element.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always has a JSON form").replace('<', "\\u003c")
}

/// A row of a `<dl>`; `value` is text.
pub fn row(name: &str, value: &str) -> String {
    format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value))
}
