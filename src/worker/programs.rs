//! The workers' programs: which device each has, and what must be done before anything else. Never here: what they do for the page.

#[cfg(feature = "gpu")]
use super::gpu;
#[cfg(any(feature = "cpu", feature = "ndarray"))]
use super::{WorkerDevice, cpu};
use super::{open_port, serve};
#[cfg(feature = "gpu")]
use crate::protocol::{Event, Failure};
#[cfg(feature = "gpu")]
use crate::web::tasks::spawn;

/// Runs all link-time constructors, once.
///
/// If nothing in a program names `__wasm_call_ctors`, the linker takes every export for a command of its own and runs
/// all constructors at each call from JavaScript. Burn registers much by constructors: 900 ms a step went there, less
/// than 1 ms after. `cargo xtask build` checks that no export is wrapped so. To be deleted when wasm-bindgen calls it.
/// Tests of the GPU call it too; a second call does nothing.
pub fn run_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: the linker makes this function; it is called once, before anything that the constructors register is used.
    ONCE.call_once(|| unsafe { __wasm_call_ctors() });
}

/// The whole program of a worker whose `device` is there at once.
#[cfg(any(feature = "cpu", feature = "ndarray"))]
fn start(device: fn() -> WorkerDevice) {
    run_constructors();
    match open_port() {
        Ok(port) => serve(port, vec![device()]),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}

/// The whole program of the CPU worker.
#[cfg(feature = "cpu")]
pub fn start_cpu() {
    start(cpu::flex);
}

/// The whole program of the ndarray worker.
#[cfg(feature = "ndarray")]
pub fn start_ndarray() {
    start(cpu::ndarray);
}

/// The whole program of the GPU worker: it is ready when the device is, or it says why there is none.
#[cfg(feature = "gpu")]
pub fn start_gpu() {
    run_constructors();
    match open_port() {
        Ok(port) => spawn(async move {
            match gpu::device().await {
                Ok(device) => serve(port, vec![device]),
                Err(error) => port.post(&Event::Failed(Failure { run: None, request: None, error }), &[]),
            }
        }),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}
