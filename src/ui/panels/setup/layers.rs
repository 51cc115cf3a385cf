//! The setup's part on the model: an editor of layers with the output shape and parameter count of each as
//! the visitor types.

use crate::domain::model::{LayerPlan, LayerSpec, Padding, PartialPlan};
use crate::ui::page::Page;
use crate::ui::parts::controls::live_number;
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// One number of a layer that can be set: its name, its value, its range for the field.
struct Setting {
    label: &'static str,
    value: f64,
    step: &'static str,
}

fn settings(layer: &LayerSpec) -> Vec<Setting> {
    let whole = |label, value: usize| Setting { label, value: value as f64, step: "1" };
    match *layer {
        LayerSpec::Dense { units } => vec![whole("units", units)],
        LayerSpec::Conv2d { filters, kernel, stride, .. } => {
            vec![whole("filters", filters), whole("kernel", kernel), whole("stride", stride)]
        }
        LayerSpec::MaxPool2d { size } | LayerSpec::AvgPool2d { size } => vec![whole("size", size)],
        LayerSpec::Dropout { rate } => vec![Setting { label: "rate", value: rate, step: "any" }],
        LayerSpec::LeakyRelu { slope } => vec![Setting { label: "slope", value: slope, step: "any" }],
        _ => Vec::new(),
    }
}

fn set(layer: &mut LayerSpec, label: &str, value: f64) {
    let whole = value.max(0.0) as usize;
    match (layer, label) {
        (LayerSpec::Dense { units }, "units") => *units = whole,
        (LayerSpec::Conv2d { filters, .. }, "filters") => *filters = whole,
        (LayerSpec::Conv2d { kernel, .. }, "kernel") => *kernel = whole,
        (LayerSpec::Conv2d { stride, .. }, "stride") => *stride = whole,
        (LayerSpec::MaxPool2d { size } | LayerSpec::AvgPool2d { size }, "size") => *size = whole,
        (LayerSpec::Dropout { rate }, "rate") => *rate = value,
        (LayerSpec::LeakyRelu { slope }, "slope") => *slope = value,
        _ => {}
    }
}

fn change(page: Page, position: usize, with: impl FnOnce(&mut LayerSpec)) {
    page.config.update(|config| {
        if let Some(layer) = config.model.layers.get_mut(position) {
            with(layer);
        }
    });
}

/// The model, the loss and the shape of the data, from which all shapes follow.
#[derive(Clone, PartialEq)]
struct Subject {
    layers: Vec<LayerSpec>,
    plan: PartialPlan,
}

impl Subject {
    fn of(page: Page) -> Self {
        page.loaded.track();
        let (model, loss, data) = page.config.with(|config| (config.model.clone(), config.loss, config.data.clone()));
        let plan = match page.shape_of(&data) {
            Some((shape, classes)) => model.plan_partly(shape, classes, loss),
            None => PartialPlan { layers: Vec::new(), error: None },
        };
        Self { layers: model.layers, plan }
    }

    /// The words `→ 26×26×16 · 160 parameters` for the layer at `position`; empty if it does not fit.
    fn words(&self, position: usize) -> String {
        self.plan.layers.get(position).map_or_else(String::new, |layer| match layer.parameters() {
            0 => format!("→ {}", layer.output),
            parameters => format!("→ {} · {} parameters", layer.output, format_count(parameters as f64)),
        })
    }

    fn problem(&self, position: usize) -> Option<String> {
        self.plan.error.as_ref().filter(|(at, _)| *at == position).map(|(_, error)| error.to_string())
    }
}

fn padding(page: Page, position: usize, subject: Memo<Subject>) -> impl IntoView {
    let is_same = move || subject.with(|s| matches!(s.layers.get(position), Some(LayerSpec::Conv2d { padding: Padding::Same, .. })));
    view! {
        <label class="field inline tick">
            <input
                type="checkbox" prop:checked=lean::flag(is_same)
                on:change=move |event| {
                    let chosen = if event_target_checked(&event) { Padding::Same } else { Padding::Valid };
                    change(page, position, |layer| {
                        if let LayerSpec::Conv2d { padding, .. } = layer {
                            *padding = chosen;
                        }
                    });
                }
            />
            <span>"padding “same”"</span>
        </label>
    }
}

/// The problem of a layer, if it has one; follows the model while the rest of the row stays.
fn prediction(subject: Memo<Subject>, position: impl Fn() -> usize + Copy + Send + Sync + 'static) -> impl IntoView {
    let problem = lean::memo(move || subject.with(|s| s.problem(position())));
    lean::problem(move || problem.get())
}

/// The row of one layer. It is made anew only when the kind of layer at this position changes: a field keeps its focus
/// while its number is being typed.
fn row(page: Page, position: usize, layer: &LayerSpec, subject: Memo<Subject>) -> impl IntoView + use<> {
    let title = layer.title();
    let fields = settings(layer)
        .into_iter()
        .map(|Setting { label, step, .. }| {
            let get = move || {
                subject.with(|s| {
                    let layer = s.layers.get(position)?;
                    settings(layer).into_iter().find(|setting| setting.label == label).map(|setting| setting.value)
                })
            };
            let name = format!("{label} of layer {}, {title}", position + 1);
            let input = live_number(
                name,
                step,
                move || get().unwrap_or(0.0),
                move |value| {
                    change(page, position, |layer| set(layer, label, value));
                },
            );
            view! { <label class="field inline"><span>{label}</span>{input}</label> }
        })
        .map(IntoAny::into_any)
        .collect::<Vec<_>>();
    let is_conv = matches!(layer, LayerSpec::Conv2d { .. });
    let swap = move |a: usize, b: usize| page.config.update(|config| config.model.layers.swap(a, b));
    let remove = move |_| {
        page.config.update(|config| {
            config.model.layers.remove(position);
        });
    };
    let is_last = move || subject.with(|s| position + 1 >= s.layers.len());
    let about = |what: &str| format!("{what} layer {}, {title}", position + 1);
    view! {
        <li class="layer" class:wrong=move || subject.with(|s| s.problem(position).is_some())>
            <div class="layer-head">
                <strong>{format!("{} {title}", position + 1)}</strong>
                <span class="layer-shape">{move || subject.with(|s| s.words(position))}</span>
                <span class="layer-tools">
                    <button aria-label=about("Move up") title="Move up" disabled={position == 0} on:click=move |_| swap(position - 1, position)>"↑"</button>
                    <button aria-label=about("Move down") title="Move down" disabled=lean::flag(is_last) on:click=move |_| swap(position, position + 1)>"↓"</button>
                    <button aria-label=about("Remove") title="Remove" on:click=remove>"×"</button>
                </span>
            </div>
            <div class="fields">{fields}{lean::some(is_conv.then(|| padding(page, position, subject)))}</div>
            {prediction(subject, move || position)}
        </li>
    }
}

fn editor(page: Page) -> impl IntoView {
    let subject = lean::memo(move || Subject::of(page));
    let places =
        move || subject.with(|s| s.layers.iter().enumerate().map(|(position, layer)| (position, layer.kind().to_owned())).collect());
    let row = move |position, _| {
        let layer = subject.with_untracked(|s| s.layers.get(position).cloned());
        lean::some(layer.map(|layer| row(page, position, &layer, subject)))
    };
    let count = move || subject.with(|s| s.layers.len());
    let total = move || subject.with(|s| s.plan.layers.iter().map(LayerPlan::parameters).sum::<usize>());
    view! {
        <ol class="layers" id="layers">
            {lean::each_key(places, row)}
            <li class="layer output" class:wrong=move || subject.with(|s| s.problem(count()).is_some())>
                <div class="layer-head">
                    <strong>"Output"</strong>
                    <span class="layer-shape">{move || subject.with(|s| s.words(count()))}</span>
                </div>
                {prediction(subject, count)}
            </li>
        </ol>
        <p class="note" id="parameters">{move || format!("{} parameters in all", format_count(total() as f64))}</p>
    }
}

/// The model panel.
pub fn view(page: Page) -> impl IntoView {
    let kinds = LayerSpec::menu()
        .into_iter()
        .enumerate()
        .map(|(index, layer)| view! { <option value=index.to_string()>{layer.title()}</option> })
        .map(IntoAny::into_any)
        .collect::<Vec<_>>();
    let kind = RwSignal::new("0".to_owned());
    let add = move |_| {
        let index: usize = kind.with_untracked(|kind| kind.parse().unwrap_or(0));
        if let Some(layer) = LayerSpec::menu().into_iter().nth(index) {
            page.config.update(|config| config.model.layers.push(layer));
        }
    };
    view! {
        {editor(page)}
        <div class="fields">
            <label class="field" for="new-layer"><span>"New layer"</span><select id="new-layer" bind:value=kind>{kinds}</select></label>
            <button id="add-layer" on:click=add>"Add layer"</button>
        </div>
    }
}
