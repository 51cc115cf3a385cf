//! The CPU's devices: Burn's Flex, and burn-ndarray for comparison, each in a program of its own. Both compute at once,
//! on their worker's thread.

use super::device::WorkerDevice;
use crate::domain::run::device;
use crate::protocol::DeviceCard;
use crate::train::device_logs::Reading;
use burn::tensor::Device;

fn worker_device(id: device::Device, name: &str, device: Device) -> WorkerDevice {
    let card = DeviceCard { id, name: name.to_owned(), software: false, read_ms: 0.0 };
    WorkerDevice { card, device, reading: Reading::AtOnce }
}

/// The fast CPU device, Burn's Flex.
#[cfg(feature = "cpu")]
pub fn flex() -> WorkerDevice {
    worker_device(device::Device::Cpu, "CPU (Burn Flex, SIMD)", Device::flex())
}

/// The ndarray device, a second opinion on the CPU. Burn 0.22 calls its ndarray backend deprecated; it is kept until it
/// is removed.
#[cfg(feature = "ndarray")]
#[allow(deprecated)]
pub fn ndarray() -> WorkerDevice {
    worker_device(device::Device::Ndarray, "CPU (burn-ndarray)", Device::ndarray())
}
