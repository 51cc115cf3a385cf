//! A run as event files for TensorBoard, in a zip with a folder for training and one for validation.
//!
//! Unpack it and run `tensorboard --logdir FOLDER`. A file is a row of TFRecords (length, masked CRC-32C of it, bytes,
//! masked CRC-32C of them), each a protocol buffer `Event`; the first says `brain.Event:2`. The folder and the tag of
//! each series are in [`tags`]; histograms are in [`histograms`]. Steps are the run's (updates made); the wall time of
//! a value is that of its step's batch. Values are the recorded `f32`, NaN and infinities included. Never here: the
//! zip.

mod histograms;
mod proto;
mod tags;

use super::Export;
use super::archive::Archive;
use super::record::{Columns, Head};
use super::walk::{Row, Walk};
use crate::domain::format::checksum::crc32c;
use crate::domain::record::probe::Probe;
use crate::error::Result;
use prost::Message;
use proto::{Event, Summary, Value};
use tags::Split;

/// The checksum of a record's length or bytes, masked as TensorFlow does: a checksum of data that contains checksums
/// would be weak.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends `event` as a TFRecord; `scratch` is a buffer to be reused.
fn push_record(out: &mut Vec<u8>, event: &Event, scratch: &mut Vec<u8>) {
    scratch.clear();
    event.encode(scratch).expect("memory grows as it is needed");
    let length = (scratch.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked_crc(&length).to_le_bytes());
    out.extend_from_slice(scratch);
    out.extend(masked_crc(scratch).to_le_bytes());
}

/// One event file.
struct File {
    path: String,
    walk: Walk,
    /// The tag of each column of the walk.
    tags: Vec<String>,
    /// The probes whose histograms belong into this file.
    probes: Vec<Probe>,
    written: usize,
}

/// The event files of a run, being written.
pub struct EventExport {
    archive: Archive,
    began_s: f64,
    files: Vec<File>,
    present: usize,
    begun: bool,
    scratch: Vec<u8>,
}

impl EventExport {
    /// Starts the event files of the record as it is now.
    pub fn new(head: &Head, columns: &Columns<'_>) -> Self {
        let began_s = head.began_unix_ms / 1e3;
        let file = |split: Split| {
            let (names, tags): (Vec<String>, Vec<String>) = tags::all(columns.series.keys())
                .into_iter()
                .filter(|(_, placed)| placed.0 == split)
                .map(|(name, placed)| (name.clone(), placed.1))
                .unzip();
            let probes = if split == Split::Train { head.probes.clone() } else { Vec::new() };
            let path = format!("{}/events.out.tfevents.{}.emberscope", split.folder(), began_s.max(0.0) as u64);
            File { path, walk: Walk::new(columns, names, false), tags, probes, written: 0 }
        };
        let files = [Split::Train, Split::Validation].map(file).into_iter().filter(|file| !file.tags.is_empty()).collect();
        Self { archive: Archive::default(), began_s, files, present: 0, begun: false, scratch: Vec::new() }
    }
}

impl File {
    /// Appends the events of the next rows; true if there are more.
    fn slice(&mut self, columns: &Columns<'_>, began_s: f64, scratch: &mut Vec<u8>, records: &mut Vec<u8>) -> Result<bool> {
        let (tags, probes, written) = (&self.tags, &self.probes, &mut self.written);
        self.walk.slice(columns, |row: &Row| {
            let wall_time = began_s + row.at_ms.unwrap_or_else(|| columns.at_ms(row.step)) / 1e3;
            let scalar = |(tag, value): (&String, &Option<f32>)| {
                value.map(|value| Value { tag: tag.clone(), simple_value: Some(value), histo: None })
            };
            let value = tags.iter().zip(&row.values).filter_map(scalar).collect();
            push_record(
                records,
                &Event { wall_time, step: i64::from(row.step), file_version: None, summary: Some(Summary { value }) },
                scratch,
            );
            while let Some(probe) = probes.get(*written).filter(|probe| probe.step <= row.step) {
                let summary = Some(Summary { value: histograms::of(probe) });
                let wall_time = began_s + columns.at_ms(probe.step) / 1e3;
                push_record(records, &Event { wall_time, step: i64::from(probe.step), file_version: None, summary }, scratch);
                *written += 1;
            }
        })
    }
}

impl Export for EventExport {
    fn write(&mut self, columns: &Columns<'_>, out: &mut Vec<u8>) -> Result<bool> {
        let Some(file) = self.files.get_mut(self.present) else {
            self.archive.finish(out)?;
            return Ok(false);
        };
        let mut records = Vec::new();
        if !self.begun {
            self.begun = true;
            self.archive.begin(&file.path, out)?;
            let first = Event { wall_time: self.began_s, step: 0, file_version: Some("brain.Event:2".to_owned()), summary: None };
            push_record(&mut records, &first, &mut self.scratch);
        }
        let more = file.slice(columns, self.began_s, &mut self.scratch, &mut records)?;
        self.archive.write(&records, out)?;
        if !more {
            self.archive.end(out)?;
            self.begun = false;
            self.present += 1;
        }
        Ok(true)
    }

    fn progress(&self) -> f64 {
        // Nearly all rows are those of the first file.
        self.files.first().map_or(1.0, |file| if self.present > 0 { 1.0 } else { file.walk.progress() })
    }
}

#[cfg(test)]
mod tests;
