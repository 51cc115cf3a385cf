//! The answers of the API that only describe: configurations, devices, runs and their series.

use super::args::{run_id, texts};
use super::bind::{Problem, config_of, set};
use crate::domain::model::LayerPlan;
use crate::domain::record::series::Series;
use crate::domain::run::config::DeviceWish;
use crate::domain::run::device::{Device, GpuProbe, WorkerKind, choose, gpu_obstacle};
use crate::error::{Code, Error, Result};
use crate::ui::page::Page;
use crate::web::js::{get, to_js};
use js_sys::{Float32Array, Float64Array, Object};
use leptos::prelude::window;
use serde::Serialize;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct LayerShape<'a> {
    name: &'a str,
    output: String,
    parameters: usize,
}

#[derive(Serialize)]
struct ConfigCheck<'a> {
    ok: bool,
    errors: Vec<Problem<'a>>,
    parameters: usize,
    shapes: Vec<LayerShape<'a>>,
}

pub(super) fn validate(page: Page, config: JsValue) -> JsValue {
    let mut errors = Vec::new();
    let mut layers = Vec::new();
    match config_of(page, config) {
        Err(error) => errors.push(error),
        Ok(config) => {
            errors.extend(config.validate().err());
            match page.shape_of(&config.data) {
                None => errors.push(Error::new(Code::UnknownData, "this data is not loaded", "load it with loadData()")),
                Some((shape, classes)) => {
                    let plan = config.model.plan_partly(shape, classes, config.loss);
                    errors.extend(plan.error.map(|(_, error)| error));
                    layers = plan.layers;
                }
            }
        }
    }
    let problems = errors.iter().map(|error| Problem { code: error.code(), message: error.message(), hint: error.hint() }).collect();
    let shapes = layers
        .iter()
        .map(|layer| LayerShape { name: &layer.name, output: layer.output.to_string(), parameters: layer.parameters() })
        .collect();
    let parameters = layers.iter().map(LayerPlan::parameters).sum();
    to_js(&ConfigCheck { ok: errors.is_empty(), errors: problems, parameters, shapes })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceEntry {
    id: &'static str,
    name: String,
    kind: &'static str,
    available: bool,
    software: bool,
    reason: String,
    read_ms: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Capabilities {
    devices: Vec<DeviceEntry>,
    chosen: Device,
    why: String,
    probe: GpuProbe,
    readback_ms: Option<f64>,
    cross_origin_isolated: bool,
}

pub(super) async fn capabilities(page: Page) -> Result<JsValue> {
    let probe = page.probed().await;
    let choice = choose(DeviceWish::Auto, &probe)?;
    let read_ms = page.inner().supervisor.devices(WorkerKind::Gpu).and_then(|devices| devices.first().map(|card| card.read_ms));
    let (name, software, usable) = match &probe {
        GpuProbe::Adapter(adapter) => (format!("WebGPU · {}", adapter.title()), adapter.is_software(), adapter.timestamps),
        _ => ("WebGPU".to_owned(), false, false),
    };
    let cpu = |id, name: &str| DeviceEntry {
        id,
        name: name.to_owned(),
        kind: "cpu",
        available: true,
        software: false,
        reason: String::new(),
        read_ms: None,
    };
    let gpu = DeviceEntry {
        id: Device::Webgpu.id(),
        name,
        kind: "gpu",
        available: usable,
        software,
        reason: gpu_obstacle(&probe).unwrap_or_default(),
        read_ms,
    };
    Ok(to_js(&Capabilities {
        devices: vec![gpu, cpu(Device::Cpu.id(), "CPU (Burn Flex, SIMD)"), cpu(Device::Ndarray.id(), "CPU (burn-ndarray)")],
        chosen: choice.device,
        why: choice.why,
        probe,
        readback_ms: read_ms,
        cross_origin_isolated: get(&window(), "crossOriginIsolated").is_truthy(),
    }))
}

/// `{name: {step: Float64Array, value: Float32Array}}`.
pub(super) fn history(page: Page, run: &JsValue, names: &JsValue) -> Result<JsValue> {
    // Read before the record is borrowed: a getter may call the API.
    let (id, wanted) = (run_id(run)?, texts(names, "names")?);
    let inner = page.inner();
    let store = inner.store.borrow();
    let run = store.known(id)?;
    let out = Object::new();
    for (name, series) in &run.series {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
            continue;
        }
        set(&out, name, &columns(series));
    }
    Ok(out.into())
}

/// `{step: Float64Array, value: Float32Array}`.
pub(super) fn columns(series: &Series) -> JsValue {
    let (steps, values): (Vec<f64>, Vec<f32>) = series.iter().map(|(step, value)| (f64::from(step), value)).unzip();
    let entry = Object::new();
    set(&entry, "step", &Float64Array::from(steps.as_slice()));
    set(&entry, "value", &Float32Array::from(values.as_slice()));
    entry.into()
}
