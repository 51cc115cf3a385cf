//! Data sets of the page: what the setup's data looks like, and the sets that the visitor loaded.
//!
//! The worker generates and parses; the page keeps what the worker says of a set. Never here: asking it.

use super::additions::Additions;
use crate::domain::data::SampleShape;
use crate::domain::data::idx::{IdxKind, looks_like};
use crate::domain::data::source::DataSpec;
use crate::error::{Code, Error, Result};
use crate::protocol::DataSummary;
use std::sync::Arc;

/// The look of a data set, with samples to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DataView {
    /// Shape, classes and counts.
    pub summary: DataSummary,
    /// The samples of [`DataSummary::thumbnails`], one after the other.
    pub samples: Arc<Vec<f32>>,
}

/// The setup's data as far as the page knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Preview {
    /// Not asked for yet.
    #[default]
    None,
    /// Asked for.
    Loading(DataSpec),
    /// The data is there.
    Ready(DataSpec, DataView),
    /// The data cannot be had.
    Failed(DataSpec, Error),
}

impl Preview {
    /// The preview of `spec` before a worker is asked: [`Preview::Loading`] if one must be.
    pub fn of(spec: DataSpec, loaded: &Loaded) -> Self {
        if let Some(view) = loaded.view(&spec) {
            return Self::Ready(spec, view.clone());
        }
        match spec.validate() {
            Ok(()) => Self::Loading(spec),
            Err(error) => Self::Failed(spec, error),
        }
    }

    /// The view of `spec`, if this is one.
    pub fn view_of(&self, spec: &DataSpec) -> Option<&DataView> {
        match self {
            Self::Ready(known, view) if known == spec => Some(view),
            _ => None,
        }
    }
}

/// The data sets that the visitor loaded, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    sets: Vec<(String, DataView)>,
    /// Ids of sets that are being read.
    reserved: Vec<String>,
    /// The samples that the visitor added to a set, by the id of the set that this made.
    additions: Vec<(String, Arc<Additions>)>,
}

impl Loaded {
    /// All sets with their ids, in the order in which they came.
    pub fn sets(&self) -> &[(String, DataView)] {
        &self.sets
    }

    /// The view of the set that `spec` names; `None` for built-in sets.
    pub fn view(&self, spec: &DataSpec) -> Option<&DataView> {
        let DataSpec::Loaded { id } = spec else { return None };
        self.sets.iter().find(|(known, _)| known == id).map(|(_, view)| view)
    }

    /// Shape and number of classes of the data that `spec` names, if they are known.
    pub fn shape_of(&self, spec: &DataSpec) -> Option<(SampleShape, usize)> {
        match self.view(spec) {
            Some(view) => Some((view.summary.shape, view.summary.classes.len())),
            None => Some((spec.shape()?, spec.classes()?)),
        }
    }

    /// Gives out an id like `name` that no other set has or will have: sets may be read at the same time.
    pub fn reserve(&mut self, name: &str) -> String {
        let is_taken = |id: &str| self.sets.iter().any(|(known, _)| known == id) || self.reserved.iter().any(|known| known == id);
        let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
        let id = std::iter::once(name.to_owned()).chain(numbered).find(|id| !is_taken(id)).expect("there are more numbers than sets");
        self.reserved.push(id.clone());
        id
    }

    /// The set of a reserved id has been read, or (`None`) could not be.
    pub fn arrive(&mut self, id: &str, view: Option<DataView>) {
        self.reserved.retain(|known| known != id);
        self.sets.extend(view.map(|view| (id.to_owned(), view)));
    }

    /// The set of a reserved id has been made of `additions`.
    pub fn arrive_added(&mut self, id: &str, view: DataView, additions: Additions) {
        self.arrive(id, Some(view));
        self.additions.push((id.to_owned(), Arc::new(additions)));
    }

    /// The samples that were added to make the set that `spec` names; `None` for any other set.
    pub fn additions(&self, spec: &DataSpec) -> Option<&Arc<Additions>> {
        let DataSpec::Loaded { id } = spec else { return None };
        self.additions.iter().find(|(known, _)| known == id).map(|(_, additions)| additions)
    }

    /// The samples that were added to make the set of `spec`; of any other set none, and it is the one to add to.
    pub fn additions_of(&self, spec: &DataSpec, seed: u32) -> Additions {
        let none = || Additions { base: spec.clone(), seed, samples: Vec::new() };
        self.additions(spec).map_or_else(none, |additions| Additions::clone(additions))
    }

    /// Forgets the set of this id.
    pub fn forget(&mut self, id: &str) {
        self.sets.retain(|(known, _)| known != id);
        self.additions.retain(|(known, _)| known != id);
    }
}

/// The bytes of a file, under its name.
pub struct NamedBytes {
    /// Without its folder.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Finds out which of two files are the images and which the labels, whatever their order and names.
///
/// # Errors
/// [`Code::InvalidData`] when they are not one of each.
pub fn sort_out(files: Vec<NamedBytes>) -> Result<[NamedBytes; 2]> {
    let hint = "give one IDX file with images and one with labels, plain or gzip, as MNIST has them";
    let pair = <[NamedBytes; 2]>::try_from(files).map_err(|files| {
        let message = format!("{} file{} cannot make a data set", files.len(), if files.len() == 1 { "" } else { "s" });
        Error::new(Code::InvalidData, message, hint)
    })?;
    match [looks_like(&pair[0].bytes), looks_like(&pair[1].bytes)] {
        [Some(IdxKind::Images), Some(IdxKind::Labels)] => Ok(pair),
        [Some(IdxKind::Labels), Some(IdxKind::Images)] => {
            let [labels, images] = pair;
            Ok([images, labels])
        }
        [Some(_), Some(_)] => Err(Error::new(Code::InvalidData, "both files are of the same kind", hint)),
        kinds => {
            let odd = if kinds[0].is_none() { &pair[0] } else { &pair[1] };
            Err(Error::new(Code::InvalidData, format!("{} is not an IDX file", odd.name), hint))
        }
    }
}

/// The longest name of a set, in characters.
const LONGEST_NAME: usize = 40;

/// A name for a set of which the images' file is called `file`: the part before `-images` or `.`.
pub fn set_name(file: &str) -> String {
    let stem = file.split(['.', '?']).next().unwrap_or(file);
    let name = stem.split("-images").next().unwrap_or(stem).trim_matches(['-', '_']);
    if name.is_empty() { "my data".to_owned() } else { name.chars().take(LONGEST_NAME).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::source::MOST_ID;

    fn view(name: &str) -> DataView {
        let summary = DataSummary {
            name: name.to_owned(),
            shape: SampleShape::Vector(2),
            classes: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            class_counts: vec![1, 1, 1],
            samples: 3,
            added: 0,
            hash: "0".repeat(16),
            thumbnails: Vec::new(),
            took_ms: 0.0,
        };
        DataView { summary, samples: Arc::default() }
    }

    fn named(id: &str) -> DataSpec {
        DataSpec::Loaded { id: id.to_owned() }
    }

    #[test]
    fn sets_that_are_read_at_once_get_ids_of_their_own() {
        let mut loaded = Loaded::default();
        assert_eq!([loaded.reserve("train"), loaded.reserve("train")], ["train", "train-2"]);
        loaded.arrive("train", Some(view("train")));
        assert_eq!(loaded.reserve("train"), "train-3");
        // What could not be read gives its id back.
        loaded.arrive("train-2", None);
        assert_eq!(loaded.reserve("train"), "train-2");
        assert_eq!(loaded.sets().len(), 1);
    }

    #[test]
    fn a_set_that_could_not_be_had_is_there_once_its_files_are() {
        let mut loaded = Loaded::default();
        assert_eq!(Preview::of(named("train"), &loaded), Preview::Loading(named("train")));
        assert_eq!(loaded.shape_of(&named("train")), None);
        let id = loaded.reserve("train");
        loaded.arrive(&id, Some(view("train")));
        let preview = Preview::of(named("train"), &loaded);
        assert_eq!(preview, Preview::Ready(named("train"), view("train")));
        assert!(preview.view_of(&named("train")).is_some() && preview.view_of(&named("other")).is_none());
        assert_eq!(loaded.shape_of(&named("train")), Some((SampleShape::Vector(2), 3)));
    }

    #[test]
    fn files_are_told_apart_by_what_is_in_them() {
        let file = |name: &str, kind: u8| NamedBytes { name: name.to_owned(), bytes: [&[0, 0, 8, kind][..], &[0; 16]].concat() };
        let [images, labels] = sort_out(vec![file("b", 1), file("a", 3)]).unwrap();
        assert_eq!((images.name.as_str(), labels.name.as_str()), ("a", "b"));
        assert!(sort_out(vec![file("a", 3)]).err().unwrap().message().contains("1 file cannot"));
        assert!(sort_out(vec![file("a", 3), file("b", 3)]).err().unwrap().message().contains("same kind"));
        let text = NamedBytes { name: "notes.txt".to_owned(), bytes: b"hello".to_vec() };
        assert!(sort_out(vec![file("a", 3), text]).err().unwrap().message().contains("notes.txt"));
        assert_eq!(["train-images-idx3-ubyte.gz", "-images", "a_.b"].map(set_name), ["train", "my data", "a"]);
        // An id that a configuration may have, with the number that tells it from others.
        assert!(set_name(&"ü".repeat(5_000)).len() + 10 < MOST_ID);
    }
}
