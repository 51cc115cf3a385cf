//! The setup's part on data: how many samples and how noisy, and the visitor's own files. Which set is chosen on the first screen.

use crate::domain::data::source::DataSpec;
use crate::ui::actions::data::use_files;
use crate::ui::actions::files;
use crate::ui::page::Page;
use crate::ui::parts::controls::{number, range};
use crate::ui::parts::files::{fetch, progress_words};
use crate::ui::parts::lean;
use leptos::html::Input;
use leptos::prelude::*;

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
            page.tell(match result {
                Ok(files) => use_files(page, files).await,
                Err(error) => Err(error),
            });
        });
    };
    view! {
        <details class="own-data" id="setup-own-data">
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

/// The data panel.
pub fn view(page: Page) -> impl IntoView {
    let progress = RwSignal::new(String::new());
    view! {
        <p class="note">"Which data: on the page, under Data."</p>
        {parameters(page)}
        <p class="note" role="status">{move || progress.get()}</p>
        {own_files(page, progress)}
    }
}
