//! Asks the browser for its WebGPU adapter, in a window or a worker, without starting anything.
//!
//! Through plain property reads: web-sys has WebGPU only behind a compiler flag.

use super::js::{call, get, get_string};
use crate::domain::run::device::{Adapter, GpuProbe};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The browser's answer to whether there is a GPU, and which.
pub async fn probe() -> GpuProbe {
    if super::port::is_being_built("worker_gpu") {
        return GpuProbe::BeingBuilt;
    }
    let global: JsValue = js_sys::global().into();
    let gpu = get(&get(&global, "navigator"), "gpu");
    if gpu.is_falsy() {
        return GpuProbe::Missing { secure: get(&global, "isSecureContext").is_truthy() };
    }
    let options = js_sys::Object::new();
    // A laptop with two GPUs: ask for the one that Burn asks for.
    js_sys::Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok();
    let Some(promise) = call(&gpu, "requestAdapter", &Array::of1(&options)) else { return GpuProbe::NoAdapter };
    let Ok(promise) = promise.dyn_into::<js_sys::Promise>() else { return GpuProbe::NoAdapter };
    let adapter = match JsFuture::from(promise).await {
        Ok(adapter) if adapter.is_truthy() => adapter,
        _ => return GpuProbe::NoAdapter,
    };
    let info = get(&adapter, "info");
    let timestamps = call(&get(&adapter, "features"), "has", &Array::of1(&"timestamp-query".into())).is_some_and(|has| has.is_truthy());
    GpuProbe::Adapter(Adapter {
        vendor: get_string(&info, "vendor"),
        architecture: get_string(&info, "architecture"),
        description: get_string(&info, "description"),
        fallback: get(&info, "isFallbackAdapter").is_truthy() || get(&adapter, "isFallbackAdapter").is_truthy(),
        timestamps,
    })
}
