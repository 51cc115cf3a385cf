//! The setup's part on training: loss, optimiser, batches, epochs, seed, validation, device.

use crate::domain::class::Control;
use crate::domain::model::Loss;
use crate::domain::run::config::{DeviceWish, OptimizerSpec, RunConfig};
use crate::domain::run::device::{GpuProbe, gpu_obstacle};
use crate::domain::run::pace;
use crate::ui::actions;
use crate::ui::page::Page;
use crate::ui::parts::controls::{number, range};
use crate::ui::parts::lean;
use crate::ui::parts::lock::lockable;
use crate::ui::session::{Author, Intent};
use crate::ui::state::phase::Phase;
use leptos::prelude::*;

fn optimizer_fields(page: Page) -> impl IntoView {
    type Get = fn(&OptimizerSpec) -> Option<f64>;
    type Set = fn(&mut OptimizerSpec, f64);
    let field = move |id: &'static str, label: &'static str, get: Get, set: Set| {
        let value = move || page.config.with(|config| get(&config.optimizer));
        lean::shown(
            move || value().is_some(),
            move || {
                number(
                    id,
                    label,
                    range("0", "", "any"),
                    move || value().unwrap_or(0.0),
                    move |value| page.config.update(|config| set(&mut config.optimizer, value)),
                )
            },
        )
    };
    view! {
        {field("momentum", "Momentum", |o| match o { OptimizerSpec::Sgd { momentum, .. } => Some(*momentum), _ => None },
            |o, v| if let OptimizerSpec::Sgd { momentum, .. } = o { *momentum = v })}
        {field("beta1", "Beta 1", |o| match o { OptimizerSpec::Adam { beta1, .. } | OptimizerSpec::AdamW { beta1, .. } => Some(*beta1), _ => None },
            |o, v| if let OptimizerSpec::Adam { beta1, .. } | OptimizerSpec::AdamW { beta1, .. } = o { *beta1 = v })}
        {field("beta2", "Beta 2", |o| match o { OptimizerSpec::Adam { beta2, .. } | OptimizerSpec::AdamW { beta2, .. } => Some(*beta2), _ => None },
            |o, v| if let OptimizerSpec::Adam { beta2, .. } | OptimizerSpec::AdamW { beta2, .. } = o { *beta2 = v })}
        {field("weight-decay", "Weight decay", |o| match o { OptimizerSpec::AdamW { weight_decay, .. } => Some(*weight_decay), _ => None },
            |o, v| if let OptimizerSpec::AdamW { weight_decay, .. } = o { *weight_decay = v })}
        {field("rho", "Rho", |o| match o { OptimizerSpec::Rmsprop { rho, .. } => Some(*rho), _ => None },
            |o, v| if let OptimizerSpec::Rmsprop { rho, .. } = o { *rho = v })}
    }
}

/// The reason for the present device, before a run says so itself.
fn device_words(page: Page) -> String {
    let wish = page.config.with(|config| config.device);
    match (wish, page.probe.get()) {
        (DeviceWish::Auto, None) => "Asking the browser for its GPU …".to_owned(),
        (DeviceWish::Auto, Some(probe)) => match (gpu_obstacle(&probe), probe) {
            (None, GpuProbe::Adapter(adapter)) => format!("Will train on WebGPU: {}.", adapter.title()),
            (obstacle, _) => format!("Will train on the CPU: {}.", obstacle.unwrap_or_default()),
        },
        (DeviceWish::Webgpu, Some(probe)) => gpu_obstacle(&probe).map_or_else(String::new, |obstacle| format!("Mind that {obstacle}.")),
        (DeviceWish::Webgpu, None) => String::new(),
        (DeviceWish::Cpu, _) => "Burn's Flex with SIMD, in a worker of its own.".to_owned(),
        (DeviceWish::Ndarray, _) => "burn-ndarray, for comparison; slower than Flex.".to_owned(),
    }
}

/// The number of workers, and the measurement of how many are the quickest.
fn workers(page: Page, measured: RwSignal<Option<(RunConfig, String)>>) -> impl IntoView {
    let is_busy = RwSignal::new(false);
    let measure = move |_: web_sys::MouseEvent| {
        is_busy.set(true);
        lean::spawn(async move {
            let paces = actions::measure::measure(page).await;
            is_busy.set(false);
            page.tell(paces.map(|paces| measured.set(Some((page.config.with_untracked(pace::subject), pace::words(&paces))))));
        });
    };
    let number = number(
        "workers",
        "CPU workers",
        range("1", "16", "1"),
        move || page.config.with(|c| f64::from(c.workers)),
        move |v| page.config.update(|c| c.workers = v.max(0.0) as u32),
    );
    view! {
        {number}
        <button id="measure" type="button" title="Trains some batches in each way, and sets the quickest" disabled=lean::flag(move || is_busy.get() || page.phase.with(Phase::is_live)) on:click=measure>
            {lean::text(move || if is_busy.get() { "Measuring …" } else { "Measure the quickest" })}
        </button>
    }
}

/// The training panel.
pub fn view(page: Page) -> impl IntoView {
    let measured = RwSignal::new(None);
    let losses = || [Loss::CrossEntropy, Loss::BinaryCrossEntropy].map(|loss| (loss.title().to_owned(), loss.title().to_owned())).to_vec();
    let set_loss = move |title: String| {
        let chosen = [Loss::CrossEntropy, Loss::BinaryCrossEntropy].into_iter().find(|loss| loss.title() == title);
        page.config.update(|config| config.loss = chosen.unwrap_or_default());
    };
    let optimizers = || OptimizerSpec::menu().iter().map(|o| (o.title().to_owned(), o.title().to_owned())).collect();
    let set_optimizer = move |title: String| {
        if let Some(chosen) = OptimizerSpec::menu().into_iter().find(|optimizer| optimizer.title() == title) {
            page.config.update(|config| config.optimizer = chosen);
        }
    };
    let devices = || {
        let title = |wish| match wish {
            DeviceWish::Auto => "Automatic",
            DeviceWish::Webgpu => "WebGPU",
            DeviceWish::Cpu => "CPU (Flex, SIMD)",
            DeviceWish::Ndarray => "CPU (ndarray)",
        };
        DeviceWish::ALL.map(|wish| (wish.id().to_owned(), title(wish).to_owned())).to_vec()
    };
    let set_device = move |id: String| {
        page.config.update(|config| config.device = DeviceWish::ALL.into_iter().find(|wish| wish.id() == id).unwrap_or_default());
    };
    let problem = move || page.config.with(|config| config.validate().err().map(|error| error.to_string()));
    let locked = |controls: &'static [Control], content| lockable(page.class.locks(controls), content);
    let optimizer =
        lean::choice("optimizer", "Optimiser", optimizers, move || page.config.with(|c| c.optimizer.title().to_owned()), set_optimizer);
    let shuffle = view! {
        <label class="field inline tick" for="shuffle" title="Else the samples always come in the order of the data">
            <input
                id="shuffle" type="checkbox" prop:checked=move || page.config.with(|c| c.shuffle)
                on:change=move |event| page.config.update(|c| c.shuffle = event_target_checked(&event))
            />
            <span>"Shuffle the training samples every epoch"</span>
        </label>
    };
    view! {
        <div class="fields">
            {locked(&[Control::Loss], lean::choice("loss", "Loss", losses, move || page.config.with(|c| c.loss.title().to_owned()), set_loss))}
            {locked(&[Control::Optimizer], optimizer)}
            {locked(&[Control::LearningRate], number("learning-rate", "Learning rate", range("0", "1000", "any"), move || page.config.with(|c| c.optimizer.learning_rate()), move |value| {
                page.tell(page.intend(Intent::SetLearningRate { rate: value, by: Author::Visitor }));
            }))}
            {locked(&[Control::Optimizer], optimizer_fields(page).into_any())}
            {locked(&[Control::BatchSize], number("batch-size", "Batch size", range("1", "4096", "1"), move || page.config.with(|c| c.batch_size as f64), move |v| page.config.update(|c| c.batch_size = v.max(0.0) as usize)))}
            {locked(&[Control::Epochs], number("epochs", "Epochs", range("1", "10000", "1"), move || page.config.with(|c| f64::from(c.epochs)), move |v| page.config.update(|c| c.epochs = v.max(0.0) as u32)))}
            {locked(&[Control::Validation], number("validation", "Validation share (0: none)", range("0", "0.9", "0.01"), move || page.config.with(|c| c.validation), move |v| page.config.update(|c| c.validation = v)))}
            {locked(&[Control::Seed], number("seed", "Seed", range("0", "4294967295", "1"), move || page.config.with(|c| f64::from(c.seed)), move |v| page.config.update(|c| c.seed = v.max(0.0) as u32)))}
            {locked(&[Control::Device], lean::choice("device", "Device", devices, move || page.config.with(|c| c.device.id().to_owned()), set_device))}
            {locked(&[Control::Device], workers(page, measured).into_any())}
        </div>
        {locked(&[Control::Validation], shuffle.into_any())}
        <p class="note" id="device-plan">{move || device_words(page)}</p>
        <p class="note" id="paces" role="status">{lean::text(move || {
            let words = |measured: &Option<(RunConfig, String)>| measured.as_ref().filter(|(of, _)| page.config.with(pace::subject) == *of).map(|(_, words)| words.clone());
            measured.with(words).unwrap_or_default()
        })}</p>
        {lean::problem(problem)}
    }
}
