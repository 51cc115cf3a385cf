//! A new version in the place of the old: the same programs under the names and the id of another build, as far as workers go.

use super::site::Site;
use std::collections::BTreeSet;

/// The fate of the old version's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// They are answered as before.
    Kept,
    /// They are gone.
    Removed,
    /// In their place the host answers its page, as those for single page applications do.
    ThePage,
}

/// As long as each hash in a name.
const HASH: usize = 16;

impl Site {
    /// Puts another build in place, and gives its id.
    pub fn deploy(&self, old: Old) -> String {
        let workers: Vec<String> = self.files().into_iter().filter(|name| name.starts_with("worker_")).collect();
        let hashes: BTreeSet<String> =
            workers.iter().flat_map(|name| name.split(['-', '.', '_'])).filter(|part| part.len() == HASH).map(str::to_owned).collect();
        assert!(hashes.len() >= 3, "workers have hashes in their names: {workers:?}");
        let other = |text: &str| hashes.iter().fold(text.to_owned(), |text, hash| text.replace(hash, &turned(hash)));
        let page = other(&String::from_utf8_lossy(&self.file("index.html")));
        for name in &workers {
            let bytes = self.file(name);
            // Scripts name modules and the build; modules name nothing.
            let bytes = if name.ends_with(".js") { other(&String::from_utf8_lossy(&bytes)).into_bytes() } else { bytes };
            self.put(&other(name), bytes);
        }
        self.put("", page.clone().into_bytes());
        for name in &workers {
            match old {
                Old::Kept => {}
                Old::Removed => self.hide(name),
                Old::ThePage => self.put_page(name, page.clone().into_bytes()),
            }
        }
        turned(&self.build())
    }
}

/// Another hash of the same form.
fn turned(hash: &str) -> String {
    hash.chars().map(|digit| char::from_digit(15 - digit.to_digit(16).expect("a hash is hexadecimal"), 16).expect("below 16")).collect()
}
