//! What to do with files that are dropped on the page or chosen without saying what they are: told apart by what is in
//! them, and by their names only where that does not tell.

use super::data_link::NamedBytes;
use super::page::Page;
use super::share;

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

/// Takes each file for what it is.
pub fn take(page: Page, files: Vec<NamedBytes>) {
    let (configs, data): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| kind_of(&file.name, &file.bytes) == Kind::Config);
    for config in configs {
        share::take_file(page, &config.name, &config.bytes);
    }
    if !data.is_empty() {
        page.use_files(data);
    }
}
