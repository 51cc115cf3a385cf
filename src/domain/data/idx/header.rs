//! The header of an IDX file: magic number and dimensions, and the limits for what they announce.
//!
//! A header is checked before memory is taken for what it announces, and each of its faults is told in words. Never here:
//! the elements behind it.

use super::faults::{invalid, unreadable};
use super::kind::{IdxKind, UNSIGNED_BYTE};
use super::stream::Stream;
use crate::domain::data::room::Room;
use crate::error::{Error, Result};

/// The largest number of samples in one pair of files.
pub const MAX_SAMPLES: usize = 1 << 20;
/// The longest side of an image, in pixels.
pub const MAX_SIDE: usize = 256;

/// A header that was read and checked.
pub(super) struct Header {
    pub(super) kind: IdxKind,
    /// Number of samples, rows, columns; labels count as images of one by one.
    pub(super) dims: [usize; 3],
    /// The product of the dimensions, within the room for it.
    pub(super) size: usize,
}

impl Header {
    /// Reads the header of a file that should be of `kind`.
    pub(super) fn read(stream: &mut Stream, kind: IdxKind, room: &Room) -> Result<Self> {
        let magic = stream.array().map_err(|fault| unreadable(kind, "header", 4, fault))?;
        if magic != kind.magic() {
            return Err(wrong_magic(magic, kind));
        }
        let mut dims = [1; 3];
        for dim in &mut dims[..usize::from(magic[3])] {
            let value = u32::from_be_bytes(stream.array().map_err(|fault| unreadable(kind, "header", 4, fault))?);
            // A dimension beyond the address space is beyond every limit, so saturating loses nothing.
            *dim = usize::try_from(value).unwrap_or(usize::MAX);
        }
        let size = checked_size(dims, kind, room)?;
        Ok(Self { kind, dims, size })
    }
}

fn checked_size(dims: [usize; 3], kind: IdxKind, room: &Room) -> Result<usize> {
    let [count, height, width] = dims;
    let shape = match kind {
        IdxKind::Images => format!("{count} images of {height}×{width}"),
        IdxKind::Labels => format!("{count} labels"),
    };
    if dims.contains(&0) {
        return Err(invalid(format!("the {kind} file announces {shape}: nothing to learn from"), "choose a file with data in it"));
    }
    if count > MAX_SAMPLES {
        return Err(invalid(
            format!("the {kind} file announces {shape}, more than the limit of {MAX_SAMPLES} samples"),
            "the file may be damaged; if it is not, cut it into smaller sets",
        ));
    }
    if height.max(width) > MAX_SIDE {
        return Err(invalid(
            format!("the {kind} file announces {shape}, larger than the limit of {MAX_SIDE}×{MAX_SIDE} pixels"),
            "the file may be damaged; if it is not, scale the images down",
        ));
    }
    match count.checked_mul(height).and_then(|rows| rows.checked_mul(width)) {
        Some(size) if size <= room.bytes => Ok(size),
        _ => Err(invalid(format!("the {kind} file announces {shape}, {}", room.words()), room.remedy)),
    }
}

fn wrong_magic(magic: [u8; 4], expected: IdxKind) -> Error {
    let [zero_a, zero_b, element, dimensions] = magic;
    let bytes = magic.map(|byte| format!("{byte:02x}")).join(" ");
    if let Some(other) = IdxKind::of_magic(magic) {
        return invalid(format!("the {expected} file holds {other}"), "the two files are swapped, or the same file was given twice");
    }
    if (zero_a, zero_b) != (0, 0) {
        let hint = if magic.starts_with(b"PK") {
            "this is a ZIP archive: unpack it and choose the files in it"
        } else if magic.starts_with(&[0x1f, 0x8b]) {
            "the file was compressed twice: unpack it once"
        } else {
            "choose a file in IDX format (such as train-images-idx3-ubyte), plain or gzip; tables and pictures cannot be read"
        };
        return invalid(format!("the {expected} file is not IDX: it starts with the bytes {bytes}"), hint);
    }
    let element_name = match element {
        UNSIGNED_BYTE => {
            let wanted = expected.magic()[3];
            return invalid(
                format!("the {expected} file has {dimensions} dimensions, not {wanted} (it starts with the bytes {bytes})"),
                "images must be grey, with the dimensions sample, row, column; labels have the one dimension sample",
            );
        }
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => {
            return invalid(
                format!("the {expected} file has the unknown element type 0x{element:02x} (it starts with the bytes {bytes})"),
                "choose a file in IDX format with unsigned bytes",
            );
        }
    };
    invalid(
        format!("the {expected} file holds {element_name} (type 0x{element:02x}); only unsigned bytes (type 0x08) are read"),
        "convert it to unsigned bytes: brightness 0 to 255, labels 0 to 255",
    )
}
