//! The CPU's devices: Burn's Flex, and burn-ndarray for comparison. Both compute at once, on this worker's thread.

use super::WorkerDevice;
use crate::protocol::DeviceCard;
use crate::train::fit::Reading;
use burn::tensor::Device;

fn card(id: &str, name: &str) -> DeviceCard {
    DeviceCard { id: id.to_owned(), name: name.to_owned(), software: false, read_ms: 0.0 }
}

/// All CPU devices of this build, the default first.
pub fn devices() -> Vec<WorkerDevice> {
    vec![
        WorkerDevice { card: card("cpu", "CPU (Burn Flex, SIMD)"), device: Device::flex(), reading: Reading::AtOnce },
        #[cfg(feature = "ndarray")]
        WorkerDevice { card: card("ndarray", "CPU (burn-ndarray)"), device: ndarray(), reading: Reading::AtOnce },
    ]
}

/// Burn 0.22 calls its ndarray backend deprecated; it is kept as a second opinion on the CPU until it is removed.
#[cfg(feature = "ndarray")]
#[allow(deprecated)]
fn ndarray() -> Device {
    Device::ndarray()
}
