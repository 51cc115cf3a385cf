//! The choice of a device for a run, with its reason: a pure decision from the visitor's wish and the browser's
//! abilities.

use super::config::DeviceWish;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The browser's answer to whether there is a GPU, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GpuProbe {
    /// The browser has no `navigator.gpu`.
    Missing {
        /// Whether the page came over HTTPS or from this machine; elsewhere browsers hide WebGPU.
        secure: bool,
    },
    /// The browser has `navigator.gpu`, but gave no adapter.
    NoAdapter,
    /// The browser gave an adapter.
    Adapter(Adapter),
    /// The browser was not asked, because the worker for WebGPU is still being built.
    BeingBuilt,
    /// The browser gave an adapter, but training on it could not be started.
    Failed {
        /// The reason.
        why: String,
    },
}

impl GpuProbe {
    /// The answer as it is to be taken after the GPU's worker has failed by `error`: an adapter that is still there is no use
    /// where the worker could not start on it, while one that was only lost may be tried again.
    pub fn after(self, error: &Error) -> Self {
        match self {
            Self::Adapter(_) if error.code() == Code::DeviceUnavailable => Self::Failed { why: error.message().to_owned() },
            other => other,
        }
    }
}

/// The browser's description of a GPU adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adapter {
    /// The vendor, for example `nvidia`.
    pub vendor: String,
    /// The architecture, for example `ampere`.
    pub architecture: String,
    /// A free text; often empty.
    pub description: String,
    /// Whether the browser calls it a fallback adapter.
    pub fallback: bool,
    /// Whether it has `timestamp-query`, without which Burn's GPU runtime cannot start in a browser.
    pub timestamps: bool,
}

impl Adapter {
    /// The adapter in words: `nvidia ampere`.
    pub fn title(&self) -> String {
        let words: Vec<&str> = [&self.vendor, &self.architecture].into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        if words.is_empty() { "unnamed adapter".to_owned() } else { words.join(" ") }
    }

    /// Whether this is a CPU that plays a GPU: correct, but far slower than training on the CPU itself.
    pub fn is_software(&self) -> bool {
        let text = format!("{} {} {}", self.vendor, self.architecture, self.description).to_ascii_lowercase();
        let known = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "warp"];
        self.fallback || known.iter().any(|name| text.contains(name))
    }
}

/// The worker program that trains, one of those in the page's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerKind {
    /// The program `worker_cpu`: Burn's Flex.
    Cpu,
    /// The program `worker_ndarray`: burn-ndarray, apart because few ever load it.
    Ndarray,
    /// The program `worker_gpu`: WebGPU.
    Gpu,
}

impl WorkerKind {
    /// The name of the program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Cpu => "worker_cpu",
            Self::Ndarray => "worker_ndarray",
            Self::Gpu => "worker_gpu",
        }
    }
}

/// A device that a run can be trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// A GPU by WebGPU.
    Webgpu,
    /// The CPU by Burn's Flex.
    Cpu,
    /// The CPU by burn-ndarray.
    Ndarray,
}

impl Device {
    /// The name in JSON and in the API.
    pub fn id(self) -> &'static str {
        self.wish().id()
    }

    /// The wish that asks for this device by name.
    pub fn wish(self) -> DeviceWish {
        match self {
            Self::Webgpu => DeviceWish::Webgpu,
            Self::Cpu => DeviceWish::Cpu,
            Self::Ndarray => DeviceWish::Ndarray,
        }
    }

    /// The program that has this device.
    pub fn worker(self) -> WorkerKind {
        match self {
            Self::Webgpu => WorkerKind::Gpu,
            Self::Cpu => WorkerKind::Cpu,
            Self::Ndarray => WorkerKind::Ndarray,
        }
    }
}

/// The device that was chosen for a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The device.
    pub device: Device,
    /// The worker program that trains on it.
    pub worker: WorkerKind,
    /// The reason for the choice, in one sentence.
    pub why: String,
}

impl Choice {
    fn new(device: Device, why: impl Into<String>) -> Self {
        Self { device, worker: device.worker(), why: why.into() }
    }

    /// The choice of the CPU, for the reason that the GPU did not work out.
    pub fn fall_back(why: impl Into<String>) -> Self {
        Self::new(Device::Cpu, why)
    }
}

/// The reason why WebGPU cannot, or should not, be used; `None` when it can.
pub fn gpu_obstacle(probe: &GpuProbe) -> Option<String> {
    match probe {
        GpuProbe::Missing { secure: false } => Some("browsers offer WebGPU only on https:// pages and on this machine".to_owned()),
        GpuProbe::Missing { secure: true } => Some("this browser has no WebGPU, or it is switched off".to_owned()),
        GpuProbe::NoAdapter => Some("WebGPU is there, but the browser gives no graphics adapter".to_owned()),
        GpuProbe::Adapter(adapter) if adapter.is_software() => {
            Some(format!("the only WebGPU adapter ({}) is emulated in software, slower than the CPU itself", adapter.title()))
        }
        GpuProbe::Adapter(adapter) if !adapter.timestamps => {
            Some(format!("the WebGPU adapter ({}) has no timestamp queries, which the GPU runtime needs", adapter.title()))
        }
        GpuProbe::Adapter(_) => None,
        GpuProbe::Failed { why } => Some(format!("{why}; choose webgpu by name to try it again")),
        GpuProbe::BeingBuilt => Some("the WebGPU worker was still being built when this page was loaded; reload the page later".to_owned()),
    }
}

/// Chooses the device for a run.
///
/// # Errors
/// [`Code::DeviceUnavailable`] when WebGPU was asked for by name and cannot run at all; software is allowed then.
pub fn choose(wish: DeviceWish, probe: &GpuProbe) -> Result<Choice> {
    let obstacle = gpu_obstacle(probe);
    match wish {
        DeviceWish::Cpu => Ok(Choice::new(Device::Cpu, "chosen in the setup")),
        DeviceWish::Ndarray => Ok(Choice::new(Device::Ndarray, "chosen in the setup")),
        DeviceWish::Auto => Ok(match (obstacle, probe) {
            (None, GpuProbe::Adapter(adapter)) => Choice::new(Device::Webgpu, format!("a real adapter: {}", adapter.title())),
            (obstacle, _) => Choice::fall_back(obstacle.unwrap_or_default()),
        }),
        DeviceWish::Webgpu => match probe {
            GpuProbe::Adapter(adapter) if adapter.timestamps => {
                let why =
                    if adapter.is_software() { "chosen in the setup, though it is emulated in software" } else { "chosen in the setup" };
                Ok(Choice::new(Device::Webgpu, why))
            }
            GpuProbe::Failed { .. } => Ok(Choice::new(Device::Webgpu, "chosen in the setup, though it did not start before")),
            _ => Err(Error::new(
                Code::DeviceUnavailable,
                format!("WebGPU cannot be used: {}", obstacle.unwrap_or_default()),
                "choose auto or cpu as device; the README says how to switch WebGPU on",
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(vendor: &str, architecture: &str, timestamps: bool) -> GpuProbe {
        GpuProbe::Adapter(Adapter { vendor: vendor.into(), architecture: architecture.into(), timestamps, ..Adapter::default() })
    }

    #[test]
    fn auto_takes_a_real_gpu_only_and_says_why_not() {
        for (probe, device, says) in [
            (adapter("nvidia", "ampere", true), Device::Webgpu, "a real adapter: nvidia ampere"),
            (adapter("google", "swiftshader", true), Device::Cpu, "emulated in software"),
            (adapter("intel", "gen-9", false), Device::Cpu, "no timestamp queries"),
            (GpuProbe::NoAdapter, Device::Cpu, "no graphics adapter"),
            (GpuProbe::Missing { secure: true }, Device::Cpu, "has no WebGPU"),
            (GpuProbe::Missing { secure: false }, Device::Cpu, "https://"),
            (GpuProbe::BeingBuilt, Device::Cpu, "still being built"),
        ] {
            let choice = choose(DeviceWish::Auto, &probe).unwrap();
            assert_eq!(choice.device, device, "{probe:?}");
            assert!(choice.why.contains(says), "{probe:?}: {}", choice.why);
        }
    }

    #[test]
    fn a_gpu_that_did_not_start_is_tried_again_by_name_only_and_a_lost_one_where_it_is_still_there() {
        let error = |code| Error::new(code, "the WebGPU device could not be started", "choose cpu");
        let (unavailable, lost) = (error(Code::DeviceUnavailable), error(Code::DeviceLost));
        let there = adapter("nvidia", "ampere", true);
        assert_eq!(there.clone().after(&lost), there);
        for gone in [GpuProbe::NoAdapter, GpuProbe::BeingBuilt] {
            assert_eq!((gone.clone().after(&lost), gone.clone().after(&unavailable)), (gone.clone(), gone));
        }
        let failed = there.after(&unavailable);
        let choice = choose(DeviceWish::Auto, &failed).unwrap();
        assert_eq!((choice.device, choice.why.contains("could not be started")), (Device::Cpu, true), "{}", choice.why);
        assert_eq!(choose(DeviceWish::Webgpu, &failed).unwrap().device, Device::Webgpu);
    }

    #[test]
    fn webgpu_by_name_takes_software_and_refuses_what_cannot_run() {
        assert_eq!(choose(DeviceWish::Webgpu, &adapter("google", "swiftshader", true)).unwrap().device, Device::Webgpu);
        for probe in [adapter("intel", "gen-9", false), GpuProbe::NoAdapter, GpuProbe::Missing { secure: true }, GpuProbe::BeingBuilt] {
            let error = choose(DeviceWish::Webgpu, &probe).unwrap_err();
            assert_eq!(error.code(), Code::DeviceUnavailable);
        }
        assert_eq!(choose(DeviceWish::Ndarray, &GpuProbe::NoAdapter).unwrap().worker, WorkerKind::Ndarray);
    }
}
