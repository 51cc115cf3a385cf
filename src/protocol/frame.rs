//! Batches' values as bytes: a frame of whole columns, made once in the worker and moved to the page.
//!
//! Little-endian: magic, number of columns, number of rows; then for all rows the steps (`u32`) and the times since
//! the run began (`f64`, ms); then each column: length of its name, name, a value a row (`f32`). What a batch puts into a
//! row, and how it is read back from there, is here and nowhere else. Decoding is total: bytes of any kind give a frame or
//! an error, never a panic; memory is set aside for what is there, never for what a header claims.

use crate::domain::run::event::{BatchEnd, PhaseTimes, Step, TrainBegin, series};
use crate::error::{Code, Error, Result};

const MAGIC: u32 = 0x454d_4231;

/// Records of consecutive batches, by column. All columns have one value for each of `steps`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The steps of the batches, rising.
    pub steps: Vec<Step>,
    /// The time of each batch's end, in milliseconds since the run began.
    pub at_ms: Vec<f64>,
    /// The series' names and values.
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

    /// Appends the values of a batch.
    pub fn push_batch(&mut self, batch: &BatchEnd) {
        self.push(batch.step, batch.at_ms, &batch.values());
    }

    /// The batch in `row` of a run that began so. Epoch, position and size follow from the step, so they are not sent.
    pub fn batch(&self, row: usize, begin: &TrainBegin, batch_size: usize) -> BatchEnd {
        let step = self.steps[row];
        let per_epoch = begin.batches_per_epoch.max(1);
        let (epoch, batch) = ((step - 1) / per_epoch, (step - 1) % per_epoch);
        let left = begin.train_samples.saturating_sub(batch as usize * batch_size);
        let value =
            |name: &str| self.columns.iter().find(|(column, _)| column == name).map_or(f64::NAN, |(_, values)| f64::from(values[row]));
        let known = |name: &str| Some(value(name)).filter(|value| !value.is_nan());
        BatchEnd {
            step,
            epoch,
            batch,
            size: left.min(batch_size) as u32,
            loss: value(series::BATCH_LOSS),
            accuracy: value(series::BATCH_ACCURACY),
            learning_rate: value(series::LEARNING_RATE),
            times: PhaseTimes {
                batch: value(series::TIME_BATCH),
                data: value(series::TIME_DATA),
                forward: known(series::TIME_FORWARD),
                backward: known(series::TIME_BACKWARD),
                update: known(series::TIME_UPDATE),
                encode: known(series::TIME_ENCODE),
                read: value(series::TIME_READ),
                probe: value(series::TIME_PROBE),
                callbacks: value(series::TIME_CALLBACKS),
                idle: value(series::TIME_IDLE),
                other: value(series::TIME_OTHER),
                marks: value(series::TIME_MARKS) as u32,
            },
            at_ms: self.at_ms[row],
        }
    }

    /// Number of batches.
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

    /// Reads a frame from `bytes`.
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
        if steps.first() == Some(&0) || !steps.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its steps do not rise from 1"));
        }
        if steps.last() == Some(&Step::MAX) {
            return Err(damaged("a step is too large"));
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

    #[test]
    fn batches_come_back_with_their_place_and_their_times() {
        let begin = TrainBegin { parameters: 1, train_samples: 70, validation_samples: 0, batches_per_epoch: 3, epochs: 2 };
        let times = PhaseTimes { batch: 2.5, data: 0.5, forward: Some(1.0), read: 0.25, marks: 5, ..PhaseTimes::default() };
        let batch = |step: Step, epoch, batch, size| BatchEnd {
            step,
            epoch,
            batch,
            size,
            loss: 0.75,
            accuracy: 0.5,
            learning_rate: 0.125,
            times,
            at_ms: 1.1 * f64::from(step),
        };
        let batches = [batch(1, 0, 0, 32), batch(3, 0, 2, 6), batch(4, 1, 0, 32), batch(6, 1, 2, 6)];
        let mut frame = Frame::default();
        batches.iter().for_each(|batch| frame.push_batch(batch));
        let back = Frame::decode(&frame.encode()).unwrap();
        for (row, batch) in batches.iter().enumerate() {
            assert_eq!(back.batch(row, &begin, 32), *batch);
        }
    }

    #[test]
    fn a_header_that_promises_too_much_costs_no_memory() {
        let promise = [MAGIC, u32::MAX, u32::MAX].map(u32::to_le_bytes).concat();
        assert_eq!(Frame::decode(&promise).unwrap_err().code(), Code::Protocol);
        let columns = [MAGIC, u32::MAX, 0].map(u32::to_le_bytes).concat();
        assert_eq!(Frame::decode(&columns).unwrap_err().code(), Code::Protocol);
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
