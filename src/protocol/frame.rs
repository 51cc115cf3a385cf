//! Batches' values as bytes: a frame of whole columns, made once in the worker and moved to the page.
//!
//! Little-endian: magic, number of columns, number of rows; then for all rows the steps (`u32`) and the times since
//! the run began (`f64`, ms); then each column: length of its name, name, a value a row (`f32`). Decoding is total:
//! bytes of any kind give a frame or an error, never a panic, never more memory than the bytes themselves.

use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};

const MAGIC: u32 = 0x454d_4231;

/// Records of consecutive batches, by column. All columns have one value for each of `steps`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Steps of the batches, rising.
    pub steps: Vec<Step>,
    /// Milliseconds since the run began, a batch each.
    pub at_ms: Vec<f64>,
    /// Series and their values.
    pub columns: Vec<(String, Vec<f32>)>,
}

impl Frame {
    /// Appends one batch. The first row fixes the columns: later rows must have the same, in the same order.
    pub fn push(&mut self, step: Step, at_ms: f64, values: &[(&str, f32)]) {
        if self.columns.is_empty() {
            self.columns = values.iter().map(|&(name, _)| (name.to_owned(), Vec::new())).collect();
        }
        assert_eq!(self.columns.len(), values.len(), "a frame's rows all have the same columns");
        self.steps.push(step);
        self.at_ms.push(at_ms);
        for ((_, column), &(_, value)) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// The number of batches.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there are no batches.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The frame as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.len() * (12 + 4 * self.columns.len()) + 32 * self.columns.len());
        for header in [MAGIC, self.columns.len() as u32, self.len() as u32] {
            out.extend(header.to_le_bytes());
        }
        out.extend(self.steps.iter().flat_map(|step| step.to_le_bytes()));
        out.extend(self.at_ms.iter().flat_map(|ms| ms.to_le_bytes()));
        for (name, values) in &self.columns {
            out.extend((name.len() as u32).to_le_bytes());
            out.extend(name.as_bytes());
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        out
    }

    /// The frame in `bytes`.
    ///
    /// # Errors
    /// [`Code::Protocol`] when `bytes` are not exactly one frame, or its steps do not rise.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        if u32::from_le_bytes(take(&mut rest)?) != MAGIC {
            return Err(damaged("it does not begin like a frame"));
        }
        let columns = u32::from_le_bytes(take(&mut rest)?) as usize;
        let rows = u32::from_le_bytes(take(&mut rest)?) as usize;
        let steps = array(&mut rest, rows, u32::from_le_bytes)?;
        if !steps.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its steps do not rise"));
        }
        let mut frame = Self { steps, at_ms: array(&mut rest, rows, f64::from_le_bytes)?, columns: Vec::new() };
        for _ in 0..columns {
            let length = u32::from_le_bytes(take(&mut rest)?) as usize;
            let name = rest.split_off(..length).ok_or_else(|| damaged("a name is cut off"))?;
            let name = str::from_utf8(name).map_err(|_| damaged("a name is not UTF-8"))?.to_owned();
            frame.columns.push((name, array(&mut rest, rows, f32::from_le_bytes)?));
        }
        if rest.is_empty() { Ok(frame) } else { Err(damaged("it goes on after its end")) }
    }
}

fn damaged(what: &str) -> Error {
    Error::new(Code::Protocol, format!("a frame of records is damaged: {what}"), "reload the page")
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (head, tail) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut off"))?;
    *rest = tail;
    Ok(*head)
}

fn array<T, const N: usize>(rest: &mut &[u8], rows: usize, from: fn([u8; N]) -> T) -> Result<Vec<T>> {
    let bytes = rows.checked_mul(N).and_then(|length| rest.split_off(..length)).ok_or_else(|| damaged("it is cut off"))?;
    Ok(bytes.as_chunks().0.iter().map(|&chunk| from(chunk)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(rows: u32) -> Frame {
        let mut frame = Frame::default();
        for row in 0..rows {
            frame.push(row * 2 + 1, f64::from(row), &[("batch/loss", row as f32), ("lr", f32::NAN)]);
        }
        frame
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(rows in 0_u32..50) {
            let frame = frame(rows);
            let back = Frame::decode(&frame.encode()).unwrap();
            // NaN is not equal to itself: compare the bytes.
            prop_assert_eq!(back.encode(), frame.encode());
            prop_assert_eq!(back.len(), rows as usize);
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut with_magic = MAGIC.to_le_bytes().to_vec();
            with_magic.extend(&bytes);
            for bytes in [bytes, with_magic] {
                if let Err(error) = Frame::decode(&bytes) {
                    prop_assert_eq!(error.code(), Code::Protocol);
                }
            }
        }

        #[test]
        fn a_cut_frame_is_refused(rows in 1_u32..10, cut in 1_usize..200) {
            let bytes = frame(rows).encode();
            let end = bytes.len().saturating_sub(cut);
            prop_assert!(Frame::decode(&bytes[..end]).is_err());
        }
    }
}
