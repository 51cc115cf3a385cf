//! [`IdxKind`]: images or labels, told by the magic number that a file begins with. Never here: what is wrong with any other number.

use std::fmt;

/// The element type of bytes from 0 to 255, the third byte of a magic number.
pub(super) const UNSIGNED_BYTE: u8 = 0x08;

/// The kind of an IDX file; two files make a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdxKind {
    /// Magic number `0x00000803`: bytes in three dimensions, sample by row by column.
    Images,
    /// Magic number `0x00000801`: bytes in one dimension, a label a sample.
    Labels,
}

impl IdxKind {
    /// The first four bytes of a file of this kind.
    pub(super) fn magic(self) -> [u8; 4] {
        match self {
            Self::Images => [0, 0, UNSIGNED_BYTE, 3],
            Self::Labels => [0, 0, UNSIGNED_BYTE, 1],
        }
    }

    /// The kind whose files begin with `magic`.
    pub(super) fn of_magic(magic: [u8; 4]) -> Option<Self> {
        [Self::Images, Self::Labels].into_iter().find(|kind| kind.magic() == magic)
    }
}

impl fmt::Display for IdxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Labels => "labels",
        })
    }
}
