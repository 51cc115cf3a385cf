//! Cards that travel with messages: a device, a data set. Never here: the messages.

use crate::domain::data::SampleShape;
use crate::domain::run::device::Device;
use serde::{Deserialize, Serialize};

/// A device that a worker can train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceCard {
    /// The device.
    pub id: Device,
    /// The device's name in words, with the maker where it is known.
    pub name: String,
    /// Whether a GPU is emulated in software; false for CPUs.
    pub software: bool,
    /// The milliseconds from asking for a number to having it, with nothing else to do; 0 on CPUs.
    pub read_ms: f64,
}

/// A description of some data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataSummary {
    /// The name of the data set.
    pub name: String,
    /// The shape of one sample.
    pub shape: SampleShape,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// Number of samples of each class.
    pub class_counts: Vec<u32>,
    /// Number of samples.
    pub samples: usize,
    /// Number of those that the visitor added: they are trained on, never held out.
    pub added: usize,
    /// The hash of everything: the same hash, the same data. Sixteen hexadecimal digits.
    pub hash: String,
    /// The labels of the samples shown. The bulk has their numbers as `f32` bytes, one sample after the other.
    pub thumbnails: Vec<u32>,
    /// The milliseconds that generating or parsing took.
    pub took_ms: f64,
}
