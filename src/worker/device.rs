//! A device that a worker trains on. Never here: the search for it ([`cpu`](super::cpu), `gpu`).

use crate::protocol::DeviceCard;
use crate::train::device_logs::Reading;
use burn::tensor::Device;

/// A device of this worker, and how its numbers are read.
pub struct WorkerDevice {
    /// The description that the page gets.
    pub card: DeviceCard,
    /// The device itself.
    pub device: Device,
    /// The time at which a batch's numbers are read.
    pub reading: Reading,
}
