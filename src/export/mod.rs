//! Files out of the page and into it: formats only, bytes in and bytes out.
//!
//! | module | what lives there |
//! |---|---|
//! | [`record`] | a run for a file: its head by value, its columns borrowed |
//! | [`walk`] | all columns of a record at once, step by step, a slice at a time |
//! | [`jsonl`] | one line a record, lossless, and back |
//! | [`csv`] | tables of batches, epochs and probes, for spreadsheets and pandas |
//! | [`tfevents`] | event files that TensorBoard reads |
//! | [`report`] | one HTML file with everything, that opens without a network |
//! | [`weights`] | a network's arrays as safetensors, and back |
//! | [`gif`] | a moving picture, frame by frame |
//! | [`link`] | a configuration as a short text for an address |
//! | [`result`] | a student's result as a file and as a code |
//! | [`qr`] | a text as a QR code |
//! | [`archive`] | several files as one zip |
//! | [`checksum`], [`json`], [`safetensors`] | formats that stored states have as well |
//! | [`number`], [`sha256`] | small tools of these |
//!
//! A run may have millions of batches and still be going on, so a file is written in slices ([`Export`]): each call of
//! [`Export::write`] does little, and the columns are borrowed anew for each. The file ends where the record ended when
//! the export began. Never here: the browser, Burn, the choice of a file's place.
pub mod archive;
pub mod csv;
pub mod gif;
pub mod jsonl;
pub mod link;
pub mod number;
pub mod qr;
pub mod record;
pub mod report;
pub mod result;
pub mod sha256;
pub mod tfevents;
pub mod walk;
pub mod weights;

pub use crate::domain::format::{checksum, json, safetensors};
pub use record::{Columns, Ending, Head};

use crate::error::Result;

/// A file that is being written.
pub trait Export {
    /// Appends the next part of the file to `out`; false when that was the last one.
    ///
    /// # Errors
    /// [`Code::InvalidState`](crate::error::Code::InvalidState) when the record is no longer what it was at the begin.
    fn write(&mut self, columns: &Columns<'_>, out: &mut Vec<u8>) -> Result<bool>;

    /// The part that is done, from 0 to 1.
    fn progress(&self) -> f64;
}

/// Writes a whole file at once, for tests and small records.
///
/// # Errors
/// As [`Export::write`].
pub fn to_bytes(export: &mut dyn Export, columns: &Columns<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    while export.write(columns, &mut out)? {}
    Ok(out)
}

#[cfg(test)]
mod samples;
