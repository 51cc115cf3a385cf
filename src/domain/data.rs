//! A labelled data set in memory, and its sources.
//!
//! Built-in sets are generated from a seed ([`planar`], [`digits`]), the visitor's own come from files ([`idx`]), or are one of
//! these with samples [`added`].
//! Never here: files, fetches, devices.

pub mod added;
pub mod batch_view;
pub mod digits;
pub mod idx;
pub mod limits;
pub mod planar;
pub mod room;
pub mod sampler;
pub mod source;

use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The shape of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleShape {
    /// A point or feature vector of so many numbers.
    Vector(usize),
    /// An image, stored channel by channel, row by row.
    Image {
        /// Number of channels: 1 for grey, 3 for colour.
        channels: usize,
        /// Number of rows.
        height: usize,
        /// Number of columns.
        width: usize,
    },
}

impl SampleShape {
    /// Number of numbers in one sample.
    pub fn len(self) -> usize {
        match self {
            Self::Vector(n) => n,
            Self::Image { channels, height, width } => channels * height * width,
        }
    }

    /// Whether a sample has no numbers at all.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for SampleShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vector(n) => write!(f, "{n}"),
            Self::Image { channels: 1, height, width } => write!(f, "{height}×{width}"),
            Self::Image { channels, height, width } => write!(f, "{height}×{width}×{channels}"),
        }
    }
}

/// The samples' numbers. Images stay bytes (a quarter of the memory) until a batch is gathered.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// Brightness 0..=255, gathered as `byte / 255`.
    Bytes(Vec<u8>),
    /// Any numbers; gathered as they are.
    Floats(Vec<f32>),
}

/// Samples with their labels. Sample `i` is `features[i * shape.len()..][..shape.len()]` with `labels[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    name: String,
    shape: SampleShape,
    classes: Vec<String>,
    features: Features,
    labels: Vec<u32>,
    /// Number of samples at the end that the visitor added, see [`added`].
    added: usize,
}

impl Dataset {
    /// Builds a data set and checks it.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the counts do not fit together, a label names no class, a number is not finite, or
    /// there is nothing to learn (fewer than two samples or classes).
    pub fn new(name: impl Into<String>, shape: SampleShape, classes: Vec<String>, features: Features, labels: Vec<u32>) -> Result<Self> {
        let name = name.into();
        let invalid = |message: String, hint: &str| Error::new(Code::InvalidData, message, hint).at(&name);
        let numbers = match &features {
            Features::Bytes(bytes) => bytes.len(),
            Features::Floats(floats) => floats.len(),
        };
        let expected = labels.len().checked_mul(shape.len());
        if shape.is_empty() || expected != Some(numbers) {
            return Err(invalid(
                format!("{numbers} values do not make {} samples of {shape}", labels.len()),
                "check that the images and the labels belong together",
            ));
        }
        if labels.len() < 2 || classes.len() < 2 {
            return Err(invalid(
                format!("{} samples in {} classes are too few to learn from", labels.len(), classes.len()),
                "give at least two samples and two classes",
            ));
        }
        if let Some(position) = labels.iter().position(|&label| label as usize >= classes.len()) {
            return Err(invalid(
                format!("sample {position} has label {}, but the classes are 0 to {}", labels[position], classes.len() - 1),
                "labels count from 0",
            ));
        }
        if let Features::Floats(floats) = &features
            && let Some(position) = floats.iter().position(|x| !x.is_finite())
        {
            return Err(invalid(
                format!("sample {} holds {}", position / shape.len(), floats[position]),
                "replace missing values by numbers before loading",
            ));
        }
        Ok(Self { name, shape, classes, features, labels, added: 0 })
    }

    /// The set's name on the page.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shape of each sample.
    pub fn shape(&self) -> SampleShape {
        self.shape
    }

    /// The names of the classes; label `k` means `classes()[k]`.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The labels, one a sample, each below `classes().len()`.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The labels of the samples at `indices`, in their order.
    pub fn labels_of<'a>(&self, indices: impl IntoIterator<Item = &'a u32>) -> Vec<u32> {
        indices.into_iter().map(|&index| self.labels[index as usize]).collect()
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether the set is empty: never, since [`Dataset::new`] refuses an empty set.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of bytes that the samples take up.
    pub fn bytes(&self) -> usize {
        match &self.features {
            Features::Bytes(bytes) => bytes.len(),
            Features::Floats(floats) => size_of_val(floats.as_slice()),
        }
    }

    /// The numbers of all samples.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Appends the numbers of the samples at `indices` to `out`, one sample after the other; bytes become `[0, 1]`.
    pub fn gather(&self, indices: &[u32], out: &mut Vec<f32>) {
        let len = self.shape.len();
        out.reserve(indices.len() * len);
        for &index in indices {
            let range = index as usize * len..(index as usize + 1) * len;
            match &self.features {
                Features::Bytes(bytes) => out.extend(bytes[range].iter().map(|&byte| f32::from(byte) * (1.0 / 255.0))),
                Features::Floats(floats) => out.extend_from_slice(&floats[range]),
            }
        }
    }

    /// Number of samples of each class.
    pub fn class_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    /// A 64-bit FNV-1a hash of shape, labels and numbers: two runs with the same hash saw the same data.
    pub fn hash(&self) -> u64 {
        let mut hashing = Hashing::new(self);
        while hashing.advance(self, usize::MAX) {}
        hashing.hash
    }
}

/// A hash of a data set in the making, some numbers at a time.
pub struct Hashing {
    hash: u64,
    /// Number of numbers that are in it.
    done: usize,
}

impl Hashing {
    /// The hash of shape and labels of `data`.
    pub fn new(data: &Dataset) -> Self {
        let mut hashing = Self { hash: 0xcbf2_9ce4_8422_2325, done: 0 };
        hashing.eat(data.shape.to_string().bytes());
        hashing.eat(data.labels.iter().flat_map(|label| label.to_le_bytes()));
        hashing
    }

    fn eat(&mut self, bytes: impl Iterator<Item = u8>) {
        self.hash = bytes.fold(self.hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    }

    /// Adds at most `most` numbers of `data` more, the set that it began with; false when that were the last.
    pub fn advance(&mut self, data: &Dataset, most: usize) -> bool {
        let count = data.labels.len() * data.shape.len();
        let piece = self.done..self.done.saturating_add(most).min(count);
        self.done = piece.end;
        match &data.features {
            Features::Bytes(bytes) => self.eat(bytes[piece].iter().copied()),
            Features::Floats(floats) => self.eat(floats[piece].iter().flat_map(|x| x.to_le_bytes())),
        }
        self.done < count
    }

    /// The hash of all that was added.
    pub fn value(&self) -> u64 {
        self.hash
    }
}

/// The error of a set for which there is no memory.
fn no_memory(bytes: usize) -> Error {
    let message = format!("there is not enough memory for its {:.0} MB", bytes as f64 / 1e6);
    Error::new(Code::InvalidData, message, "ask for fewer samples, or close other pages")
}

/// Classes named in [`class_notes`].
const MOST_NOTED: usize = 8;

/// The note on classes that have no samples, or that count from 1; empty where there is nothing odd.
pub fn class_notes(classes: &[String], counts: &[u32]) -> String {
    let empty: Vec<&str> = classes.iter().zip(counts).filter(|(_, count)| **count == 0).map(|(name, _)| name.as_str()).collect();
    match (empty.len(), classes.first()) {
        (0, Some(first)) if first == "1" => "labels count from 1: there is no class 0".to_owned(),
        (0, _) => String::new(),
        (1..=MOST_NOTED, _) => format!("no samples of {}", empty.join(", ")),
        (count, _) => format!("no samples of {count} classes"),
    }
}

/// The names `0` to `count - 1`, for sets whose classes are digits or have no names of their own.
pub fn numbered_classes(count: usize) -> Vec<String> {
    (0..count).map(|class| class.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(labels: Vec<u32>, features: Vec<f32>) -> Result<Dataset> {
        Dataset::new("pair", SampleShape::Vector(2), numbered_classes(2), Features::Floats(features), labels)
    }

    #[test]
    fn gathers_samples_in_the_order_asked_for() {
        let data = pair(vec![0, 1, 0], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let mut out = Vec::new();
        data.gather(&[2, 0, 2], &mut out);
        assert_eq!(out, [4.0, 5.0, 0.0, 1.0, 4.0, 5.0]);
        assert_eq!(data.class_counts(), [2, 1]);
    }

    #[test]
    fn a_hash_made_in_pieces_of_any_size_is_the_same() {
        let floats = pair(vec![0, 1, 1], vec![0.5, 1.0, -2.0, 3.0, 4.0, 5.0]).unwrap();
        let bytes = Dataset::new("bytes", SampleShape::Vector(2), numbered_classes(2), Features::Bytes(vec![1, 2, 3, 4]), vec![1, 0]);
        for data in [floats, bytes.unwrap()] {
            for most in 1..8 {
                let mut hashing = Hashing::new(&data);
                while hashing.advance(&data, most) {}
                assert_eq!(hashing.value(), data.hash(), "{most} at a time");
            }
        }
    }

    #[test]
    fn refuses_what_does_not_fit_together() {
        for (labels, features, says) in [
            (vec![0, 1], vec![0.0; 3], "3 values do not make 2 samples"),
            (vec![0, 2], vec![0.0; 4], "sample 1 has label 2"),
            (vec![0], vec![0.0; 2], "too few"),
            (vec![0, 1], vec![0.0, 0.0, f32::NAN, 0.0], "sample 1 holds NaN"),
        ] {
            let error = pair(labels, features).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
    }
}
