//! The setup's part on data: built-in sets, the visitor's own files, sets beside the page; and a preview of the chosen
//! one.

use crate::domain::data::source::DataSpec;
use crate::domain::data::{SampleShape, class_notes};
use crate::ui::actions::data::use_files;
use crate::ui::actions::files;
use crate::ui::page::Page;
use crate::ui::parts::controls::{number, range};
use crate::ui::parts::files::{SiteData, fetch, fetch_site_data, site_data};
use crate::ui::parts::format::{format_count, format_ms};
use crate::ui::parts::lean;
use crate::ui::parts::samples;
use crate::ui::state::data::{DataView, Preview};
use leptos::html::Input;
use leptos::prelude::*;

/// The menu's value for a set: built-in ones by name, loaded ones by id.
fn value_of(spec: &DataSpec) -> String {
    match spec {
        DataSpec::Loaded { id } => format!("loaded:{id}"),
        built_in => built_in.id_name().to_owned(),
    }
}

fn sources(page: Page, site: RwSignal<Vec<SiteData>>) -> Vec<(String, String)> {
    let mut options: Vec<_> = DataSpec::builtins().iter().map(|spec| (value_of(spec), format!("{} (built in)", spec.title()))).collect();
    options.extend(
        page.loaded.with(|loaded| loaded.sets().to_vec()).iter().map(|(id, _)| (format!("loaded:{id}"), format!("{id} (your files)"))),
    );
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
            match result {
                Ok(files) => use_files(page, files),
                Err(error) => page.notify(error),
            }
        });
    } else if let Some(spec) = DataSpec::builtins().into_iter().find(|spec| value_of(spec) == value) {
        page.config.update(|config| config.data = spec);
    }
}

fn progress_words(bytes: f64, length: Option<f64>) -> String {
    match length {
        Some(length) if length > 0.0 => format!("loading … {:.0} %", 100.0 * bytes / length),
        _ => format!("loading … {:.1} MB", bytes / 1e6),
    }
}

fn parameters(page: Page) -> impl IntoView {
    let samples = move || page.config.with(|config| samples_of(&config.data).map(|samples| samples as f64));
    let noise = move || page.config.with(|config| noise_of(&config.data));
    let blue = move || page.config.with(|config| if let DataSpec::Gaussians { blue, .. } = config.data { Some(blue) } else { None });
    view! {
        <div class="fields">
            {lean::shown(move || samples().is_some(), move || {
                number("samples-count", "Samples", range("10", "100000", "1"), move || samples().unwrap_or(0.0), move |value| {
                    page.config.update(|config| set_samples(&mut config.data, value.max(0.0) as usize));
                })
            })}
            {lean::shown(move || noise().is_some(), move || {
                number("noise", "Noise", range("0", "0.5", "0.05"), move || noise().unwrap_or(0.0), move |value| {
                    page.config.update(|config| set_noise(&mut config.data, value));
                })
            })}
            {lean::shown(move || blue().is_some(), move || {
                number("blue", "Share of blue", range("0.01", "0.99", "0.01"), move || blue().unwrap_or(0.5), move |value| {
                    page.config.update(|config| if let DataSpec::Gaussians { blue, .. } = &mut config.data { *blue = value });
                })
            })}
        </div>
    }
}

fn samples_of(spec: &DataSpec) -> Option<usize> {
    match *spec {
        DataSpec::Loaded { .. } => None,
        DataSpec::Digits { samples }
        | DataSpec::Circle { samples, .. }
        | DataSpec::Xor { samples, .. }
        | DataSpec::Gaussians { samples, .. }
        | DataSpec::Spiral { samples, .. }
        | DataSpec::Moons { samples, .. } => Some(samples),
    }
}

fn set_samples(spec: &mut DataSpec, value: usize) {
    match spec {
        DataSpec::Loaded { .. } => {}
        DataSpec::Digits { samples }
        | DataSpec::Circle { samples, .. }
        | DataSpec::Xor { samples, .. }
        | DataSpec::Gaussians { samples, .. }
        | DataSpec::Spiral { samples, .. }
        | DataSpec::Moons { samples, .. } => *samples = value,
    }
}

fn noise_of(spec: &DataSpec) -> Option<f64> {
    match *spec {
        DataSpec::Loaded { .. } | DataSpec::Digits { .. } => None,
        DataSpec::Circle { noise, .. }
        | DataSpec::Xor { noise, .. }
        | DataSpec::Gaussians { noise, .. }
        | DataSpec::Spiral { noise, .. }
        | DataSpec::Moons { noise, .. } => Some(noise),
    }
}

fn set_noise(spec: &mut DataSpec, value: f64) {
    match spec {
        DataSpec::Loaded { .. } | DataSpec::Digits { .. } => {}
        DataSpec::Circle { noise, .. }
        | DataSpec::Xor { noise, .. }
        | DataSpec::Gaussians { noise, .. }
        | DataSpec::Spiral { noise, .. }
        | DataSpec::Moons { noise, .. } => *noise = value,
    }
}

fn own_files(page: Page, progress: RwSignal<String>) -> impl IntoView {
    let input = lean::Node::<Input>::new();
    let images_url = RwSignal::new(String::new());
    let labels_url = RwSignal::new(String::new());
    let chosen = move |event: leptos::ev::Event| files::take_chosen(page, &event);
    let by_url = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (images, labels) = (images_url.get_untracked(), labels_url.get_untracked());
        lean::spawn(async move {
            let tell = |bytes: f64, length: Option<f64>| progress.set(progress_words(bytes, length));
            let result = async { Ok(vec![fetch(images.trim(), &tell).await?, fetch(labels.trim(), &tell).await?]) }.await;
            progress.set(String::new());
            match result {
                Ok(files) => use_files(page, files),
                Err(error) => page.notify(error),
            }
        });
    };
    view! {
        <details class="own-data">
            <summary>"Your own data"</summary>
            <p class="note">
                "Two IDX files as MNIST, Fashion-MNIST and KMNIST have them, images and labels, plain or gzip. "
                "Choose both here or drop them anywhere on the page; they stay in this tab."
            </p>
            <label class="field" for="files"><span>"Files"</span><input id="files" type="file" multiple node_ref=input on:change=chosen /></label>
            <form class="fields" on:submit=by_url>
                <label class="field" for="images-url">
                    <span>"Images from URL"</span>
                    <input id="images-url" type="text" inputmode="url" required placeholder="https://…/train-images-idx3-ubyte.gz" bind:value=images_url />
                </label>
                <label class="field" for="labels-url">
                    <span>"Labels from URL"</span>
                    <input id="labels-url" type="text" inputmode="url" required placeholder="https://…/train-labels-idx1-ubyte.gz" bind:value=labels_url />
                </label>
                <button id="load-urls" type="submit">"Load"</button>
            </form>
        </details>
    }
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
    view! { <p class="data-words" id="data-words">{words}</p> {lean::some(notes)} {samples::view(page.appearance, data)} }
}

/// The data panel.
pub fn view(page: Page) -> impl IntoView {
    let site = RwSignal::new(Vec::new());
    let progress = RwSignal::new(String::new());
    lean::spawn(async move { site.set(site_data().await) });
    let preview = move || match page.preview.get() {
        Preview::None | Preview::Loading(_) => view! { <p class="note" id="data-words">"Making the data …"</p> }.into_any(),
        Preview::Ready(_, data) => described(page, &data).into_any(),
        Preview::Failed(_, error) => view! { <p class="problem" role="alert" id="data-problem">{error.to_string()}</p> }.into_any(),
    };
    view! {
        {lean::choice(
            "data-source",
            "Source",
            move || sources(page, site),
            move || page.config.with(|config| value_of(&config.data)),
            move |value| choose(page, site, progress, &value),
        )}
        {parameters(page)}
        {lean::live(preview)}
        <p class="note" role="status">{move || progress.get()}</p>
        {own_files(page, progress)}
    }
}
