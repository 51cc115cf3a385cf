//! Model: presets, and an editor of layers with the output shape and parameter count of each as the visitor types.

use crate::domain::preset;
use crate::domain::spec::{LayerSpec, Loss, Padding, PartialPlan};
use crate::ui::controls::{format_count, format_number, select};
use crate::ui::page::Page;
use leptos::prelude::*;

/// One number of a layer that can be set: what it is called, what it is, its range for the field.
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

fn padding(page: Page, position: usize, layer: &LayerSpec) -> Option<impl IntoView + use<>> {
    let LayerSpec::Conv2d { padding, .. } = layer else { return None };
    let is_same = *padding == Padding::Same;
    Some(view! {
        <label class="field inline tick">
            <input
                type="checkbox" prop:checked=is_same
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
    })
}

fn row(page: Page, position: usize, count: usize, layer: &LayerSpec, plan: &PartialPlan) -> impl IntoView + use<> {
    let title = layer.title();
    let planned = plan.layers.get(position);
    let words = planned.map_or_else(String::new, |layer| match layer.parameters() {
        0 => format!("→ {}", layer.output),
        parameters => format!("→ {} · {} parameters", layer.output, format_count(parameters as f64)),
    });
    let problem = plan.error.as_ref().filter(|(at, _)| *at == position).map(|(_, error)| error.to_string());
    let is_wrong = problem.is_some();
    let fields = settings(layer)
        .into_iter()
        .map(|Setting { label, value, step }| {
            view! {
                <label class="field inline">
                    <span>{label}</span>
                    <input
                        type="number" min="0" step=step prop:value=format_number(value) aria-label=format!("{label} of layer {}, {title}", position + 1)
                        on:change=move |event| {
                            if let Ok(value) = event_target_value(&event).trim().parse::<f64>() {
                                change(page, position, |layer| set(layer, label, value));
                            }
                        }
                    />
                </label>
            }
        })
        .collect::<Vec<_>>();
    let swap = move |a: usize, b: usize| page.config.update(|config| config.model.layers.swap(a, b));
    let remove = move |_| {
        page.config.update(|config| {
            config.model.layers.remove(position);
        });
    };
    let about = |what: &str| format!("{what} layer {}, {title}", position + 1);
    view! {
        <li class="layer" class:wrong=is_wrong>
            <div class="layer-head">
                <strong>{format!("{} {title}", position + 1)}</strong>
                <span class="layer-shape">{words}</span>
                <span class="layer-tools">
                    <button aria-label=about("Move up") title="Move up" disabled={position == 0} on:click=move |_| swap(position - 1, position)>"↑"</button>
                    <button aria-label=about("Move down") title="Move down" disabled={position + 1 >= count} on:click=move |_| swap(position, position + 1)>"↓"</button>
                    <button aria-label=about("Remove") title="Remove" on:click=remove>"×"</button>
                </span>
            </div>
            <div class="fields">{fields}{padding(page, position, layer)}</div>
            {problem.map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
        </li>
    }
}

fn output_row(plan: &PartialPlan, layers: usize) -> impl IntoView + use<> {
    let words = plan
        .layers
        .get(layers)
        .map_or_else(String::new, |layer| format!("→ {} · {} parameters", layer.output, format_count(layer.parameters() as f64)));
    let problem = plan.error.as_ref().filter(|(at, _)| *at == layers).map(|(_, error)| error.to_string());
    let is_wrong = problem.is_some();
    view! {
        <li class="layer output" class:wrong=is_wrong>
            <div class="layer-head"><strong>"Output"</strong><span class="layer-shape">{words}</span></div>
            {problem.map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
        </li>
    }
}

fn editor(page: Page) -> impl IntoView {
    // Follows the model, the loss and the data, but no other setting: a field that is being typed in elsewhere must
    // not make these rows anew.
    let subject = Memo::new(move |_| {
        page.loaded.track();
        let (model, loss, data) = page.config.with(|config| (config.model.clone(), config.loss, config.data.clone()));
        (model, loss, page.shape_of(&data))
    });
    move || {
        let (model, loss, shape) = subject.get();
        let plan = match shape {
            Some((shape, classes)) => model.plan_partly(shape, classes, loss),
            None => PartialPlan { layers: Vec::new(), error: None },
        };
        let count = model.layers.len();
        let total: usize = plan.layers.iter().map(crate::domain::spec::LayerPlan::parameters).sum();
        let rows = model.layers.iter().enumerate().map(|(position, layer)| row(page, position, count, layer, &plan)).collect::<Vec<_>>();
        view! {
            <ol class="layers" id="layers">{rows}{output_row(&plan, count)}</ol>
            <p class="note" id="parameters">{format!("{} parameters in all", format_count(total as f64))}</p>
        }
    }
}

/// The model panel.
pub fn view(page: Page) -> impl IntoView {
    let presets = move || {
        let mut options: Vec<_> = preset::all().into_iter().map(|preset| (preset.name, preset.title)).collect();
        options.push(("custom".to_owned(), "Custom".to_owned()));
        options
    };
    let chosen = move || {
        let same = |preset: &preset::Preset| page.config.with(|config| preset.config.model == config.model);
        preset::all().into_iter().find(same).map_or("custom".to_owned(), |preset| preset.name)
    };
    let about = move || {
        let name = chosen();
        preset::all().into_iter().find(|preset| preset.name == name).map_or(String::new(), |preset| preset.about)
    };
    let take_preset = move |name: String| {
        let Ok(preset) = preset::config(&name) else { return };
        page.config.update(|config| {
            // A preset keeps the visitor's data where its model fits it.
            let fits = page.shape_of(&config.data).is_some_and(|(shape, classes)| preset.model.plan(shape, classes, config.loss).is_ok());
            let points = matches!(preset.data.shape(), Some(crate::domain::dataset::SampleShape::Vector(_)));
            let has_points = matches!(page.shape_of(&config.data), Some((crate::domain::dataset::SampleShape::Vector(_), _)));
            if !fits || (points && !has_points) {
                config.data = preset.data.clone();
            }
            config.model = preset.model;
            config.optimizer = preset.optimizer;
            config.batch_size = preset.batch_size;
            config.epochs = preset.epochs;
            if config.loss == Loss::BinaryCrossEntropy && page.shape_of(&config.data).is_none_or(|(_, classes)| classes != 2) {
                config.loss = Loss::CrossEntropy;
            }
        });
    };
    let kinds = LayerSpec::menu()
        .into_iter()
        .enumerate()
        .map(|(index, layer)| view! { <option value=index.to_string()>{layer.title()}</option> })
        .collect::<Vec<_>>();
    let kind = RwSignal::new("0".to_owned());
    let add = move |_| {
        let index: usize = kind.with_untracked(|kind| kind.parse().unwrap_or(0));
        if let Some(layer) = LayerSpec::menu().into_iter().nth(index) {
            page.config.update(|config| config.model.layers.push(layer));
        }
    };
    view! {
        {select("preset", "Preset", presets, chosen, take_preset)}
        <p class="note">{about}</p>
        {editor(page)}
        <div class="fields">
            <label class="field" for="new-layer"><span>"New layer"</span><select id="new-layer" bind:value=kind>{kinds}</select></label>
            <button id="add-layer" on:click=add>"Add layer"</button>
        </div>
    }
}
