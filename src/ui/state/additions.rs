//! Samples that the visitor added to a data set, each with its class: what the set that they make is made of.
//!
//! Such a set is another one, with a name and a hash of its own; each change makes it anew. Kept in memory only. Never here: the
//! set itself, which a worker makes ([`domain::data::added`](crate::domain::data::added)).

use crate::domain::data::added::MOST_ADDED;
use crate::domain::data::source::DataSpec;
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// The longest part of the name of the set to which samples are added that the name of the new one has, in characters.
const LONGEST_NAME: usize = 60;

/// A sample of the visitor's own.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSample {
    /// The numbers.
    pub numbers: Arc<Vec<f32>>,
    /// The class.
    pub label: u32,
}

/// The samples that were added to a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Additions {
    /// The set that they were added to.
    pub base: DataSpec,
    /// The seed that made it.
    pub seed: u32,
    /// The samples, in the order in which they came.
    pub samples: Vec<OwnSample>,
}

impl Additions {
    /// Additions with one sample more.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when there are [`MOST_ADDED`] already.
    pub fn with(mut self, sample: OwnSample) -> Result<Self> {
        if self.samples.len() >= MOST_ADDED {
            let message = format!("{MOST_ADDED} samples of your own are in these data already");
            return Err(Error::new(Code::InvalidData, message, "remove some, or load files of your own"));
        }
        self.samples.push(sample);
        Ok(self)
    }

    /// Additions without the sample at `place`; without any if there is no place.
    #[must_use]
    pub fn without(mut self, place: Option<usize>) -> Self {
        match place {
            Some(place) if place < self.samples.len() => drop(self.samples.remove(place)),
            Some(_) => {}
            None => self.samples.clear(),
        }
        self
    }

    /// The name of the set that they make: `Digits + 3 of yours`.
    pub fn name(&self) -> String {
        let base: String = self.base.title().chars().take(LONGEST_NAME).collect();
        format!("{base} + {} of yours", self.samples.len())
    }

    /// The numbers of all of them, one after the other.
    pub fn numbers(&self) -> Vec<f32> {
        self.samples.iter().flat_map(|sample| sample.numbers.iter().copied()).collect()
    }

    /// Their classes.
    pub fn labels(&self) -> Vec<u32> {
        self.samples.iter().map(|sample| sample.label).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::data::source::MOST_ID;
    use crate::protocol::DataSummary;
    use crate::ui::state::data::{DataView, Loaded};

    fn sample(label: u32) -> OwnSample {
        OwnSample { numbers: Arc::new(vec![label as f32, 0.5]), label }
    }

    fn view() -> DataView {
        let summary = DataSummary {
            name: "mine".to_owned(),
            shape: SampleShape::Vector(2),
            classes: vec!["a".to_owned(), "b".to_owned()],
            class_counts: vec![2, 2],
            samples: 4,
            added: 1,
            hash: "0".repeat(16),
            thumbnails: Vec::new(),
            took_ms: 0.0,
        };
        DataView { summary, samples: Arc::default() }
    }

    #[test]
    fn samples_are_added_to_the_set_below_whatever_was_added_to_it_before() {
        let xor = DataSpec::builtins().swap_remove(2);
        let mut loaded = Loaded::default();
        let first = loaded.additions_of(&xor, 7).with(sample(1)).unwrap();
        assert_eq!(first.name(), format!("{} + 1 of yours", xor.title()));
        let id = loaded.reserve(&first.name());
        loaded.arrive_added(&id, view(), first.clone());
        let made = DataSpec::Loaded { id: id.clone() };
        // The setup has the new set now; its seed is of no account any more.
        let second = loaded.additions_of(&made, 99).with(sample(0)).unwrap();
        assert_eq!((&second.base, second.seed), (&xor, 7));
        assert_eq!((second.numbers(), second.labels()), (vec![1.0, 0.5, 0.0, 0.5], vec![1, 0]));
        assert_eq!(second.clone().without(Some(0)).labels(), [0]);
        assert_eq!(second.clone().without(Some(5)), second, "that is not there");
        assert!(second.without(None).samples.is_empty());
        loaded.forget(&id);
        assert!(loaded.additions(&made).is_none() && loaded.view(&made).is_none());
    }

    #[test]
    fn they_are_limited_and_their_name_is_an_id() {
        let base = DataSpec::Loaded { id: "ü".repeat(MOST_ID / 2) };
        let mut additions = Loaded::default().additions_of(&base, 1);
        for _ in 0..MOST_ADDED {
            additions = additions.with(sample(1)).unwrap();
        }
        let id = format!("{}-1000", additions.name());
        DataSpec::Loaded { id }.validate().unwrap();
        assert!(additions.with(sample(1)).unwrap_err().message().contains("1000 samples"));
    }
}
