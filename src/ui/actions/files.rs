//! Files that are dropped on the page or chosen in one of its panels: each is taken for what it is, wherever it comes in.
//! Runs and weights are known by their names, since they may be too large to look into; others by what is in them, and by
//! their names only where that does not tell.

use super::{class, data, imports, setup};
use crate::export::result::is_result;
use crate::ui::page::Page;
use crate::ui::parts::files::{chosen, read_files};
use crate::ui::parts::lean;
use crate::ui::state::arrivals::check_count;
use crate::ui::state::data::NamedBytes;
use crate::ui::state::sections::DATA;
use leptos::prelude::*;
use web_sys::File;

/// The kind of a file that is neither a run nor weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run's configuration, as JSON.
    Config,
    /// A student's result.
    Result,
    /// Anything else: half of a data set, or refused as such.
    Data,
}

/// The kind of a file, by its first bytes. A data file begins with a number or a packer's mark, never with a brace.
pub fn kind_of(name: &str, bytes: &[u8]) -> Kind {
    if is_result(bytes) {
        return Kind::Result;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') || name.to_ascii_lowercase().ends_with(".json") { Kind::Config } else { Kind::Data }
}

/// Takes each of `files` for what it is, and leads to what came of it; what goes wrong is shown.
pub fn take(page: Page, files: Vec<File>) {
    if let Err(error) = check_count(files.len()) {
        return page.notify(error);
    }
    let (known, others): (Vec<File>, Vec<File>) = files.into_iter().partition(|file| imports::knows(&file.name()));
    lean::spawn(async move {
        let before = page.notices.with_untracked(Vec::len);
        let mut place = "";
        for file in known {
            place = imports::place_of(&file.name());
            page.tell(imports::take(page, file).await);
        }
        match read_files(&others).await {
            Ok(read) => {
                let of_kind = |file: &NamedBytes, kind| kind_of(&file.name, &file.bytes) == kind;
                let (results, others): (Vec<_>, Vec<_>) = read.into_iter().partition(|file| of_kind(file, Kind::Result));
                let (configs, halves): (Vec<_>, Vec<_>) = others.into_iter().partition(|file| of_kind(file, Kind::Config));
                if !results.is_empty() {
                    class::take(page, results);
                    place = "class-results";
                }
                for config in configs {
                    setup::take_file(page, &config.name, &config.bytes);
                    place = "setup-replaced";
                }
                if !halves.is_empty() {
                    page.tell(data::use_files(page, halves).await);
                    place = DATA;
                }
            }
            Err(error) => page.notify(error),
        }
        if page.notices.with_untracked(Vec::len) > before {
            place = "notices";
        }
        if !place.is_empty() {
            page.sections.open(place);
        }
    });
}

/// Takes the files that were chosen in the field of `event`.
pub fn take_chosen(page: Page, event: &leptos::ev::Event) {
    take(page, chosen(event));
}
