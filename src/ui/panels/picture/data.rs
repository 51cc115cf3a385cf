//! The card of the data on the first screen: what the network learns from, and the example that the setup begins with; both can be
//! chosen here.
//!
//! Never here: the number of samples, the visitor's own files (they are in the setup).

use crate::domain::class::Control;
use crate::domain::data::sampler::held_out;
use crate::domain::data::source::DataSpec;
use crate::domain::data::{SampleShape, class_notes};
use crate::domain::model::Loss;
use crate::domain::run::preset;
use crate::ui::actions::data::use_files;
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain, link_button};
use crate::ui::parts::files::{SiteData, fetch_site_data, progress_words, site_data};
use crate::ui::parts::format::{format_count, format_ms};
use crate::ui::parts::lean;
use crate::ui::parts::lock::lockable;
use crate::ui::parts::samples;
use crate::ui::state::data::{DataView, Preview};
use leptos::prelude::*;

/// The controls that an example changes.
const EXAMPLE: [Control; 6] =
    [Control::Data, Control::Model, Control::Optimizer, Control::LearningRate, Control::BatchSize, Control::Epochs];

/// The menu's value for a set: built-in ones by name, loaded ones by id.
fn value_of(spec: &DataSpec) -> String {
    match spec {
        DataSpec::Loaded { id } => format!("loaded:{id}"),
        built_in => built_in.id_name().to_owned(),
    }
}

fn sources(page: Page, site: RwSignal<Vec<SiteData>>) -> Vec<(String, String)> {
    let mut options: Vec<_> = DataSpec::builtins().iter().map(|spec| (value_of(spec), format!("{} (built in)", spec.title()))).collect();
    options.extend(page.loaded.with(|loaded| {
        let title = |id: &String| {
            let is_made = loaded.additions(&DataSpec::Loaded { id: id.clone() }).is_some();
            if is_made { id.clone() } else { format!("{id} (your files)") }
        };
        loaded.sets().iter().map(|(id, _)| (format!("loaded:{id}"), title(id))).collect::<Vec<_>>()
    }));
    options.extend(site.get().iter().map(|set| (format!("site:{}", set.name), format!("{} (beside this page)", set.name))));
    options
}

fn choose(page: Page, site: RwSignal<Vec<SiteData>>, progress: RwSignal<String>, value: &str) {
    if let Some(id) = value.strip_prefix("loaded:") {
        page.config.update(|config| config.data = DataSpec::Loaded { id: id.to_owned() });
    } else if let Some(name) = value.strip_prefix("site:") {
        let Some(set) = site.with_untracked(|site| site.iter().find(|set| set.name == name).cloned()) else { return };
        lean::spawn(async move {
            let result = fetch_site_data(&set, &|bytes, length| progress.set(progress_words(bytes, length))).await;
            progress.set(String::new());
            page.tell(match result {
                Ok(files) => use_files(page, files).await,
                Err(error) => Err(error),
            });
        });
    } else if let Some(spec) = DataSpec::builtins().into_iter().find(|spec| value_of(spec) == value) {
        page.config.update(|config| config.data = spec);
    }
}

/// The choice of an example: its model, its training, and its data where the present ones do not fit.
fn presets(page: Page) -> AnyView {
    let presets = move || {
        let mut options: Vec<_> = preset::all().into_iter().map(|preset| (preset.name, preset.title)).collect();
        options.push(("custom".to_owned(), "Custom".to_owned()));
        options
    };
    let chosen = move || {
        let same = |preset: &preset::Preset| page.config.with(|config| preset.config.model == config.model);
        preset::all().into_iter().find(same).map_or("custom".to_owned(), |preset| preset.name)
    };
    let take_preset = move |name: String| {
        let Ok(preset) = preset::config(&name) else { return };
        page.config.update(|config| {
            // A preset keeps the visitor's data where its model fits it.
            let fits = page.shape_of(&config.data).is_some_and(|(shape, classes)| preset.model.plan(shape, classes, config.loss).is_ok());
            let points = matches!(preset.data.shape(), Some(crate::domain::data::SampleShape::Vector(_)));
            let has_points = matches!(page.shape_of(&config.data), Some((crate::domain::data::SampleShape::Vector(_), _)));
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
    lean::choice("preset", "Example", presets, chosen, take_preset)
}

fn described(page: Page, data: &DataView) -> impl IntoView + use<> {
    let summary = &data.summary;
    let (least, most) = (summary.class_counts.iter().min().copied().unwrap_or(0), summary.class_counts.iter().max().copied().unwrap_or(0));
    let balance = if least == most { format!("{least} each") } else { format!("{least} to {most} each") };
    let unit = if matches!(summary.shape, SampleShape::Vector(_)) { " numbers" } else { "" };
    let words = format!(
        "{} samples of {}{unit} · {} classes, {balance} · ready in {}",
        format_count(summary.samples as f64),
        summary.shape,
        summary.classes.len(),
        format_ms(summary.took_ms),
    );
    let notes = class_notes(&summary.classes, &summary.class_counts);
    let notes = (!notes.is_empty()).then(|| view! { <p class="note" id="data-notes">{format!("In these data: {notes}.")}</p> });
    let (own, added) = (summary.samples - summary.added, summary.added);
    let split = move || {
        let held_out = page.config.with(|config| held_out(own, config.validation));
        match held_out {
            0 => "All to learn from, none held out.".to_owned(),
            held_out => {
                let [learned, held_out] = [own + added - held_out, held_out].map(|count| format_count(count as f64));
                let yours = if added > 0 { format!(" (yours: {added})") } else { String::new() };
                format!("{learned} to learn from{yours}, {held_out} held out for validation.")
            }
        }
    };
    view! {
        <p class="data-words" id="data-words">{words}</p>
        <p class="note" id="data-split">{lean::text(split)}</p>
        {lean::some(notes)} {samples::view(page.appearance, data)}
    }
}

/// The card.
pub fn view(page: Page) -> AnyView {
    let site = RwSignal::new(Vec::new());
    let progress = RwSignal::new(String::new());
    lean::spawn(async move { site.set(site_data().await) });
    let preview = move || match page.preview.get() {
        Preview::None | Preview::Loading(_) => view! { <p class="note" id="data-words">"Making the data …"</p> }.into_any(),
        Preview::Ready(_, data) => described(page, &data).into_any(),
        Preview::Failed(_, error) => view! { <p class="problem" role="alert" id="data-problem">{error.to_string()}</p> }.into_any(),
    };
    let Explained { button, words } = explain(
        "Data",
        "The samples that the network learns from. Built-in sets are made in your browser, from the seed. A share of them is held out for validation. \
         An example sets the model and how it is trained, and keeps your data where the model fits them.",
        "",
    );
    let source = lean::choice(
        "data-source",
        "Data",
        move || sources(page, site),
        move || page.config.with(|config| value_of(&config.data)),
        move |value| choose(page, site, progress, &value),
    );
    view! {
        <header class="card-head"><h2 id="data-title">"Data"</h2> {button} {link_button("own-data", "Your own …", move || page.sections.open("setup-own-data"))}</header>
        {words}
        <div class="fields">
            {lockable(page.class.locks(&EXAMPLE), presets(page))}
            {lockable(page.class.locks(&[Control::Data]), source)}
        </div>
        {lean::live(preview)}
        <p class="note" role="status">{move || progress.get()}</p>
    }
    .into_any()
}
