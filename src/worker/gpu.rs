//! The GPU's device: WebGPU, started and tried out before a run depends on it.

use super::device::WorkerDevice;
use crate::domain::run::device;
use crate::domain::run::device::{GpuProbe, gpu_obstacle};
use crate::error::{Code, Error, Result};
use crate::protocol::DeviceCard;
use crate::train::clock::{Clock, WallClock};
use crate::train::device_logs::{Reading, read_all};
use crate::train::model::array;
use crate::train::operations::{Operations, Parameters};
use crate::web::gpu::probe;
use burn::tensor::{Device, Tensor, TensorData};

/// Side of the matrices of the trial product.
const TRIAL_SIDE: usize = 64;
/// Number of reads whose median is the read-back latency.
const LATENCY_READS: usize = 5;

fn unavailable(message: String) -> Error {
    Error::new(Code::DeviceUnavailable, message, "choose auto or cpu as device; the README says how to switch WebGPU on")
}

/// Starts WebGPU, checks that it multiplies matrices right, and measures how long a read takes.
///
/// # Errors
/// [`Code::DeviceUnavailable`] when there is no adapter, it cannot run Burn, or it computes wrongly.
pub async fn device() -> Result<WorkerDevice> {
    let probe = probe().await;
    let GpuProbe::Adapter(adapter) = &probe else {
        return Err(unavailable(gpu_obstacle(&probe).unwrap_or_default()));
    };
    // Burn's runtime panics at its first stream when the adapter has no timestamps, so that is asked for first.
    if !adapter.timestamps {
        return Err(unavailable(gpu_obstacle(&probe).unwrap_or_default()));
    }
    let device = Device::wgpu_options()
        .init_async()
        .await
        .map_err(|cause| unavailable(format!("the WebGPU device could not be started: {cause:?}")))?;
    try_product(&device).await?;
    let read_ms = read_latency(&device).await?;
    let name = format!("WebGPU · {}{}", adapter.title(), if adapter.is_software() { " (software)" } else { "" });
    let card = DeviceCard { id: device::Device::Webgpu, name, software: adapter.is_software(), read_ms };
    Ok(WorkerDevice { card, device, reading: Reading::Together { latency_ms: read_ms } })
}

/// Multiplies a matrix by twice the identity and compares.
async fn try_product(device: &Device) -> Result<()> {
    let values: Vec<f32> = (0..TRIAL_SIDE * TRIAL_SIDE).map(|i| (i % 97) as f32).collect();
    let twice_identity = (0..TRIAL_SIDE * TRIAL_SIDE).map(|i| if i % (TRIAL_SIDE + 1) == 0 { 2.0 } else { 0.0 }).collect::<Vec<f32>>();
    let upload = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [TRIAL_SIDE, TRIAL_SIDE]), device);
    let (weights, bias) = (upload(twice_identity).reshape([TRIAL_SIDE * TRIAL_SIDE]), array(vec![0.0; TRIAL_SIDE], device));
    let product = Operations::of(device).dense(upload(values.clone()), Parameters { weights: &weights, bias: &bias }, false);
    let right = read_all([product]).await?.iter().flatten().zip(&values).all(|(product, value)| *product == 2.0 * value);
    if right { Ok(()) } else { Err(unavailable("the WebGPU adapter multiplies matrices wrongly".to_owned())) }
}

/// The median milliseconds of reading one number with nothing else to do. Firefox takes about 100, others 1 or 2.
async fn read_latency(device: &Device) -> Result<f64> {
    let clock = WallClock::default();
    let mut times = Vec::with_capacity(LATENCY_READS);
    for read in 0..LATENCY_READS {
        let tensor = Tensor::<1>::from_data(TensorData::new(vec![read as f32], [1]), device);
        let begin = clock.now_ms();
        read_all([tensor]).await?;
        times.push(clock.now_ms() - begin);
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[LATENCY_READS / 2])
}
