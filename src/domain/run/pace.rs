//! The quickest way to train a model on this device: those that are worth measuring, and the choice among them. Never here: the
//! measurement.

use super::config::{DeviceWish, MOST_WORKERS, RunConfig};
use super::device::{Device, GpuProbe, gpu_obstacle};
use serde::Serialize;

/// The share of the time that a further worker, or a GPU, must save to be worth it: measurements scatter, and what is not needed
/// costs memory and warmth.
const WORTH: f64 = 0.1;

/// A way to train, and how fast it was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// The device.
    pub device: Device,
    /// Number of workers that share a batch.
    pub workers: u32,
    /// The milliseconds that a batch takes.
    pub batch_ms: f64,
}

/// The ways to train `config` that are worth measuring, the simplest first, on a device with so many `cores`: the CPU with one worker,
/// two, four and so on, and WebGPU where nothing speaks against it.
pub fn candidates(config: &RunConfig, cores: u32, probe: &GpuProbe) -> Vec<(Device, u32)> {
    let most = cores.min(MOST_WORKERS).min(config.batch_size as u32).max(1);
    let mut found: Vec<(Device, u32)> = std::iter::successors(Some(1), |workers| Some(workers * 2))
        .take_while(|workers| *workers <= most)
        .map(|n| (Device::Cpu, n))
        .collect();
    if gpu_obstacle(probe).is_none() {
        found.push((Device::Webgpu, 1));
    }
    found
}

/// The quickest of `paces`, which are in the order of [`candidates`]: a later one counts only where it saves a tenth of the time.
pub fn quickest(paces: &[Pace]) -> Option<Pace> {
    paces.iter().copied().reduce(|best, next| if next.batch_ms < best.batch_ms * (1.0 - WORTH) { next } else { best })
}

/// The paces in words, and what follows from them.
pub fn words(paces: &[Pace]) -> String {
    let one = |pace: &Pace| match (pace.device, pace.workers) {
        (Device::Webgpu, _) => format!("WebGPU {:.1}", pace.batch_ms),
        (_, 1) => format!("1 worker {:.1}", pace.batch_ms),
        (_, workers) => format!("{workers} workers {:.1}", pace.batch_ms),
    };
    let all: Vec<String> = paces.iter().map(one).collect();
    let chosen = quickest(paces).map_or_else(String::new, |pace| match (pace.device, pace.workers) {
        (Device::Webgpu, _) => " WebGPU is set.".to_owned(),
        (_, 1) => " The CPU with 1 worker is set.".to_owned(),
        (_, workers) => format!(" The CPU with {workers} workers is set."),
    });
    format!("Milliseconds a batch: {}.{chosen}", all.join(", "))
}

/// Sets the device and the number of workers of `config`.
pub fn set(config: &mut RunConfig, device: Device, workers: u32) {
    config.device = device.wish();
    config.workers = workers;
}

/// `config` without what a measurement sets: two that are equal by this are equally fast in all ways.
pub fn subject(config: &RunConfig) -> RunConfig {
    RunConfig { device: DeviceWish::Auto, workers: 1, ..config.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::device::Adapter;
    use crate::domain::run::preset;

    #[test]
    fn as_many_workers_are_tried_as_there_are_cores_and_samples_in_a_batch() {
        let mut config = preset::config("cnn").unwrap();
        let cpu = |workers: &[u32]| workers.iter().map(|&n| (Device::Cpu, n)).collect::<Vec<_>>();
        assert_eq!(candidates(&config, 1, &GpuProbe::NoAdapter), cpu(&[1]));
        assert_eq!(candidates(&config, 0, &GpuProbe::NoAdapter), cpu(&[1]));
        assert_eq!(candidates(&config, 12, &GpuProbe::NoAdapter), cpu(&[1, 2, 4, 8]));
        assert_eq!(candidates(&config, 128, &GpuProbe::NoAdapter), cpu(&[1, 2, 4, 8, 16]));
        config.batch_size = 3;
        assert_eq!(candidates(&config, 8, &GpuProbe::NoAdapter), cpu(&[1, 2]));
        let real = GpuProbe::Adapter(Adapter { vendor: "intel".into(), timestamps: true, ..Adapter::default() });
        assert_eq!(candidates(&config, 1, &real), [(Device::Cpu, 1), (Device::Webgpu, 1)]);
        let software = GpuProbe::Adapter(Adapter { architecture: "swiftshader".into(), timestamps: true, ..Adapter::default() });
        assert_eq!(candidates(&config, 1, &software), cpu(&[1]));
    }

    #[test]
    fn more_is_taken_only_where_it_is_worth_it() {
        let pace = |device, workers, batch_ms| Pace { device, workers, batch_ms };
        let cpu = |workers, ms| pace(Device::Cpu, workers, ms);
        let small = [cpu(1, 1.0), cpu(2, 0.95), cpu(4, 0.92)];
        assert_eq!(quickest(&small), Some(small[0]), "a small model stays on one");
        let large = [cpu(1, 20.0), cpu(2, 11.0), cpu(4, 10.5), pace(Device::Webgpu, 1, 4.0)];
        assert_eq!(quickest(&large[..3]), Some(large[1]));
        assert_eq!(quickest(&large), Some(large[3]));
        assert_eq!(quickest(&[]), None);
        assert_eq!(words(&large), "Milliseconds a batch: 1 worker 20.0, 2 workers 11.0, 4 workers 10.5, WebGPU 4.0. WebGPU is set.");
        assert_eq!(words(&large[..2]), "Milliseconds a batch: 1 worker 20.0, 2 workers 11.0. The CPU with 2 workers is set.");
    }
}
