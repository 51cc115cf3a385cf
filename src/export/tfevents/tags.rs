//! The folder and the tag of each series in TensorBoard.
//!
//! TensorBoard draws the same tag of several folders on one chart. So series that exist for both sides lose their prefix:
//!
//! | series | folder | tag |
//! |---|---|---|
//! | `train/loss`, `train/accuracy`, … | `train` | `loss`, `accuracy`, … |
//! | `val/loss`, `val/accuracy`, `val/f1/3`, … | `validation` | `loss`, `accuracy`, `f1/3`, … |
//! | all others: `batch/loss`, `lr`, `time/…`, `grad/…`, … | `train` | their name |
//! | histograms of a probe | `train` | `weights/<array>`, `gradients/<array>`, `activations/<layer>` |
//!
//! A tag that another series has already (a callback may log `loss`) keeps its prefix. A tag is of one kind in TensorBoard, so
//! a series that is called as histograms are (a callback may log `weights/mine`) has `scalars/` before its name.

use std::collections::HashSet;

/// A folder of event files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Series measured in training.
    Train,
    /// Series measured on the samples held out.
    Validation,
}

impl Split {
    /// The folder's name.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
        }
    }
}

/// The first parts of the tags of histograms, and of the counts beside them.
pub const HISTOGRAMS: [&str; 3] = ["weights", "gradients", "activations"];

/// The folder of a series and its tag there, if no other series has that.
fn place(name: &str) -> (Split, &str) {
    if let Some(tag) = name.strip_prefix("val/") {
        (Split::Validation, tag)
    } else {
        (Split::Train, name.strip_prefix("train/").unwrap_or(name))
    }
}

/// The folder and the tag of each series, no two the same.
pub fn all<'a>(names: impl Iterator<Item = &'a String>) -> Vec<(&'a String, (Split, String))> {
    // Those that keep their name come first: they cannot give way.
    let (mut placed, shortened): (Vec<_>, Vec<_>) = names.partition(|name| place(name).1 == name.as_str());
    placed.extend(shortened);
    let mut taken = HashSet::new();
    let mut tag_of = |name: &'a String| {
        let (split, tag) = place(name);
        let is_of_histograms = |tag: &str| HISTOGRAMS.contains(&tag.split('/').next().unwrap_or_default());
        let mut tag = tag.to_owned();
        if is_of_histograms(&tag) || taken.contains(&(split, tag.clone())) {
            tag.clone_from(name);
        }
        while is_of_histograms(&tag) || !taken.insert((split, tag.clone())) {
            tag.insert_str(0, "scalars/");
        }
        (name, (split, tag))
    };
    placed.into_iter().map(&mut tag_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_sides_measure_has_one_tag_and_nothing_collides() {
        let names = ["batch/loss", "loss", "train/loss", "val/loss", "val/f1/3", "lr"].map(str::to_owned);
        let all = all(names.iter());
        let find = |name: &str| all.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        assert_eq!(find("val/loss"), (Split::Validation, "loss".into()));
        assert_eq!(find("loss"), (Split::Train, "loss".into()));
        assert_eq!(find("train/loss"), (Split::Train, "train/loss".into()), "a callback's own series has that tag");
        assert_eq!(find("val/f1/3"), (Split::Validation, "f1/3".into()));
        assert_eq!(place("train/loss"), (Split::Train, "loss"));
    }

    #[test]
    fn no_scalar_has_a_tag_of_histograms() {
        let names = ["weights/output/kernel", "gradients/x/nan", "scalars/weights/output/kernel", "train/activations/a", "weight/norm/a"];
        let names = names.map(str::to_owned);
        let all = all(names.iter());
        let mut tags: Vec<&str> = all.iter().map(|(_, (_, tag))| tag.as_str()).collect();
        assert!(tags.iter().all(|tag| !HISTOGRAMS.contains(&tag.split('/').next().unwrap())), "{tags:?}");
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), names.len(), "{tags:?}");
        assert!(tags.contains(&"weight/norm/a") && tags.contains(&"train/activations/a") && tags.contains(&"scalars/gradients/x/nan"));
    }
}
