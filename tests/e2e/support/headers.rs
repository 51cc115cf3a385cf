//! The headers of a build, as a host reads them out of its `_headers`: an address a block, `*` for any rest of it, and all
//! blocks that match a file add up.

use axum::http::{HeaderName, HeaderValue};
use std::path::Path;

/// The blocks of the file.
#[derive(Default)]
pub struct Rules(Vec<(String, Vec<(HeaderName, HeaderValue)>)>);

impl Rules {
    /// Reads the `_headers` in `dist`.
    pub fn read(dist: &Path) -> Self {
        let text = std::fs::read_to_string(dist.join("_headers")).expect("the build has made _headers");
        let mut rules = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("  ").map(|header| header.split_once(": ").expect("a header has a name and a value")) {
                None => rules.0.push((line.to_owned(), Vec::new())),
                Some((name, value)) => {
                    let header = (name.parse().expect("a header's name"), value.parse().expect("a header's value"));
                    rules.0.last_mut().expect("a header stands below an address").1.push(header);
                }
            }
        }
        rules
    }

    /// The headers of `file`, an address from the page's folder on.
    pub fn of(&self, file: &str) -> Vec<(HeaderName, HeaderValue)> {
        let matches = |address: &str| address.strip_suffix('*').map_or(address == file, |begin| file.starts_with(begin));
        self.0.iter().filter(|(address, _)| matches(address)).flat_map(|(_, headers)| headers.clone()).collect()
    }
}
