//! Files that are dropped on the page or chosen in one of its panels: each is taken for what it is, wherever it comes in.
//! Runs and weights are known by their names, since they may be too large to look into; others by what is in them, and by
//! their names only where that does not tell.

use super::files::read_files;
use super::page::Page;
use super::{imports, share};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, FileList, HtmlInputElement};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run's configuration, as JSON.
    Config,
    /// Anything else: half of a data set, or refused as such.
    Data,
}

/// What a file is, by its first bytes. A data file begins with a number or a packer's mark, never with a brace.
pub fn kind_of(name: &str, bytes: &[u8]) -> Kind {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') || name.to_ascii_lowercase().ends_with(".json") { Kind::Config } else { Kind::Data }
}
