//! The list of lessons, `www/lessons/index.txt`: the page cannot list a folder. People keep the list, since the order is theirs; the
//! build adds what they have forgotten. Never here: what is in a lesson, which the page and the tests check.

use crate::names::file_names;
use crate::process::{Result, root};
use std::fs;
use std::path::Path;

/// Adds the files of `www/lessons/` that its list lacks, and refuses a list with files that are not there.
pub fn list() -> Result<()> {
    let folder = root().join("www/lessons");
    let path = folder.join("index.txt");
    let list = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (whole, added) = completed(&list, &lessons(&folder)?)?;
    // Written only when it changes: Trunk watches this folder and would build again.
    if !added.is_empty() {
        fs::write(&path, whole).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("www/lessons/index.txt: added {}; put them where they belong in the order", added.join(", "));
    }
    Ok(())
}

fn lessons(folder: &Path) -> Result<Vec<String>> {
    let mut names = file_names(folder)?;
    names.retain(|name| name.ends_with(".md") && name != "README.md");
    Ok(names)
}

/// The list with those of `files` that it lacks at its end, and these.
fn completed(list: &str, files: &[String]) -> Result<(String, Vec<String>)> {
    let listed: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if let Some(gone) = listed.iter().find(|name| !files.iter().any(|file| file == *name)) {
        return Err(format!("www/lessons/index.txt lists {gone}, which is not there; take the line away, or put the file there"));
    }
    let added: Vec<String> = files.iter().filter(|file| !listed.contains(&file.as_str())).cloned().collect();
    let mut whole = list.trim_end().to_owned() + "\n";
    whole.extend(added.iter().map(|file| format!("{file}\n")));
    Ok((whole, added))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_comes_last_and_what_is_gone_is_told() {
        let files = ["a.md", "b.md", "c.md"].map(str::to_owned);
        let (whole, added) = completed("# mine\nc.md\n\na.md", &files).unwrap();
        assert_eq!((whole.as_str(), added), ("# mine\nc.md\n\na.md\nb.md\n", vec!["b.md".to_owned()]));
        assert_eq!(completed(&whole, &files).unwrap(), (whole.clone(), vec![]), "once");
        assert!(completed("d.md", &files).unwrap_err().contains("lists d.md, which is not there"));
    }
}
