//! A device that a worker trains on. Never here: how it is found ([`cpu`](super::cpu), `gpu`).

use crate::protocol::DeviceCard;
use crate::train::device_logs::Reading;
use burn::tensor::Device;

/// A device of this worker, and how its numbers are read.
pub struct WorkerDevice {
    /// What the page is told of it.
    pub card: DeviceCard,
    /// The device itself.
    pub device: Device,
    /// When a batch's numbers are read.
    pub reading: Reading,
}
