//! The list of data sets that lie beside the page, in `www/data/`: the page cannot list a folder, so the build does.
//!
//! A set is a pair `NAME-images…` and `NAME-labels…`. Never here: the files' contents; the page checks them.

use crate::process::{Result, root};
use std::fs;
use std::path::Path;

/// Writes `www/data/index.json` for the files in `www/data/`, if it would change.
pub fn list() -> Result<()> {
    let folder = root().join("www/data");
    let names = file_names(&folder)?;
    let list = index(&names);
    let path = folder.join("index.json");
    // Written only when it changes: Trunk watches this folder and would build again.
    if fs::read_to_string(&path).ok().as_deref() != Some(&list) {
        fs::write(&path, list).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// The JSON list of the pairs among `names`.
fn index(names: &[String]) -> String {
    let sets: Vec<String> = names
        .iter()
        .filter_map(|images| {
            let (name, _) = images.split_once("-images")?;
            let labels = names.iter().find(|labels| labels.split_once("-labels").is_some_and(|(other, _)| other == name))?;
            Some(format!("{{\"name\":{},\"images\":{},\"labels\":{}}}", quoted(name), quoted(images), quoted(labels)))
        })
        .collect();
    format!("[{}]\n", sets.join(","))
}

/// The text as a JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => out.push('?'),
            other => out.push(other),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_listed_and_single_files_are_not() {
        let names = ["README.md", "kmnist-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(
            index(&names),
            "[{\"name\":\"t10k\",\"images\":\"t10k-images-idx3-ubyte.gz\",\"labels\":\"t10k-labels-idx1-ubyte.gz\"}]\n"
        );
        assert_eq!(index(&[]), "[]\n");
    }
}
