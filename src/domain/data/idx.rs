//! IDX files, the format of MNIST and its relatives, from bytes to a [`Dataset`]; plain or gzip.
//!
//! An IDX file is `00 00, element type, number of dimensions`, one big-endian `u32` a dimension, then the elements,
//! the last dimension fastest (<http://yann.lecun.com/exdb/mnist/>). Images have three dimensions of bytes, labels
//! one. The files are the visitor's own, so nothing in them is believed: sizes are checked before memory is taken,
//! and every fault is told in words. Never here: where the bytes came from.

mod faults;
mod file;
mod header;
mod kind;
mod stream;

use super::room::Room;
use super::{Dataset, Features, SampleShape};
use crate::error::Result;
use faults::invalid;
use file::File;
pub use header::{MAX_SAMPLES, MAX_SIDE};
pub use kind::IdxKind;

/// The kind that a file claims to be in its first four bytes, through gzip if need be; `None` for anything that
/// [`parse`] would not take. So files that were dropped together can be told apart whatever their names and order.
pub fn looks_like(bytes: &[u8]) -> Option<IdxKind> {
    stream::first_bytes(bytes).and_then(IdxKind::of_magic)
}

/// Makes a data set as [`parse_within`] does, in the usual room.
///
/// # Errors
/// As [`parse_within`].
pub fn parse(name: &str, images: &[u8], labels: &[u8]) -> Result<Dataset> {
    parse_within(name, images, labels, &Room::usual())
}

/// Makes a data set called `name` from the bytes of an images file and a labels file, each plain or gzip. Classes are
/// named by their numbers, 0 to the largest label; from 1 on where labels count from 1, as EMNIST's letters do: a class 0
/// that has no samples would only be one more output to learn away.
///
/// # Errors
/// [`Code::InvalidData`](crate::error::Code::InvalidData) when a file is not what it should be, is damaged, cut short or
/// too long, when the limits or `room` are exceeded, and when the files do not belong together.
pub fn parse_within(name: &str, images: &[u8], labels: &[u8], room: &Room) -> Result<Dataset> {
    let mut parsing = Parsing::begin(name, images, labels, room)?;
    while parsing.advance(usize::MAX)? {}
    parsing.finish()
}

/// A pair of files that is being read as [`parse_within`] reads it, some bytes at a time, so that a worker can give way in between.
pub struct Parsing<'a> {
    name: String,
    images: File<'a>,
    labels: File<'a>,
}

impl<'a> Parsing<'a> {
    /// The pair with the headers read.
    ///
    /// # Errors
    /// As [`parse`], where a header is wrong or the files do not belong together.
    pub fn begin(name: &str, images: &'a [u8], labels: &'a [u8], room: &Room) -> Result<Self> {
        // Labels first: they are small, so that a wrong pair fails before megabytes are unpacked.
        let labels = File::open(labels, IdxKind::Labels, room).map_err(|error| error.at(name))?;
        let images = File::open(images, IdxKind::Images, room).map_err(|error| error.at(name))?;
        if images.header.dims[0] != labels.header.dims[0] {
            return Err(invalid(
                format!("{} images, but {} labels", images.header.dims[0], labels.header.dims[0]),
                "take both files from the same part of the set: train-images with train-labels, t10k-images with t10k-labels",
            )
            .at(name));
        }
        Ok(Self { name: name.to_owned(), images, labels })
    }

    /// Reads at most `most` bytes of data more; false when both files are read to their ends.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn advance(&mut self, most: usize) -> Result<bool> {
        let next = if self.labels.is_read { &mut self.images } else { &mut self.labels };
        next.advance(most).map_err(|error| error.at(&self.name))?;
        Ok(!self.images.is_read)
    }

    /// The set.
    ///
    /// # Errors
    /// As [`Dataset::new`].
    pub fn finish(self) -> Result<Dataset> {
        let [_, height, width] = self.images.header.dims;
        let labels = self.labels.elements;
        let (least, most) = labels.iter().fold((u8::MAX, 0), |(least, most), &label| (least.min(label), most.max(label)));
        let first = u8::from(least == 1 && most > 1);
        let classes = (usize::from(first)..=usize::from(most.max(1))).map(|class| class.to_string()).collect();
        let labels = labels.into_iter().map(|label| u32::from(label - first)).collect();
        let shape = SampleShape::Image { channels: 1, height, width };
        Dataset::new(self.name, shape, classes, Features::Bytes(self.images.elements), labels)
    }
}

#[cfg(test)]
pub(crate) mod tests;
