//! The page as a whole: header, setup, run bar, charts; and files dropped anywhere.

use super::dashboard;
use super::page::Page;
use crate::domain::run::device::{Device, GpuProbe, gpu_obstacle};
use crate::error::{Code, Error, sentence};
use crate::ui::actions::stored::at_risk;
use crate::ui::actions::{self, files};
use crate::ui::api;
use crate::ui::panels::{class, imports, lessons, no_room, present, run_bar, scripts, setup, share, silence};
use crate::ui::parts::files::listed;
use crate::ui::parts::theme::{self, Appearance};
use crate::ui::parts::{focus, lean};
use crate::ui::state::phase::Phase;
use leptos::prelude::*;

fn device_badge(page: Page) -> impl IntoView {
    let workers = lean::memo(move || page.progress.with(|progress| progress.workers));
    let words = move || {
        if let Some((device, why)) = page.device.get() {
            let device = if device == Device::Cpu.id() { "CPU".to_owned() } else { device };
            return match workers.get() {
                0 => format!("{device} · {why}"),
                1 => format!("{device}, one worker at work · {why}"),
                at_work => format!("{device}, {at_work} workers at work · {why}"),
            };
        }
        match page.probe.get() {
            None => "looking for a GPU …".to_owned(),
            Some(probe) => match (gpu_obstacle(&probe), probe) {
                (None, GpuProbe::Adapter(adapter)) => format!("WebGPU ready · {}", adapter.title()),
                (obstacle, _) => format!("CPU · {}", obstacle.unwrap_or_default()),
            },
        }
    };
    view! { <p class="device" id="device-badge" role="status">{lean::text(words)}</p> }
}

fn theme_button(page: Page) -> impl IntoView {
    let label = move || match page.appearance.get() {
        Appearance::Light => "Dark",
        Appearance::Dark => "Light",
    };
    view! {
        <button id="theme" title="Switch between light and dark" on:click=move |_| page.appearance.update(|now| *now = now.other())>{lean::text(label)}</button>
    }
}

/// The runs that a reload would take with it: those that are in this tab only.
fn what_is_lost(page: Page, error: &Error) -> String {
    match at_risk(page) {
        _ if error.code() != Code::Outdated => String::new(),
        0 => String::new(),
        1 => " The run in this tab will be lost by that; export it first.".to_owned(),
        runs => format!(" The {runs} runs in this tab will be lost by that; export first what you want to keep."),
    }
}

fn reload_button() -> impl IntoView {
    view! { <button id="reload" on:click=|_| drop(window().location().reload())>"Reload"</button> }
}

fn notices(page: Page) -> impl IntoView {
    let failure = move || match page.phase.get() {
        Phase::Failed(error) => Some(error),
        _ => None,
    };
    let items = move || {
        failure()
            .into_iter()
            .map(|error| (error, false))
            .chain(page.notices.get().into_iter().map(|error| (error, true)))
            .map(|(error, can_go)| {
                let known = error.clone();
                let dismiss = move |_| page.notices.update(|notices| notices.retain(|notice| *notice != known));
                view! {
                    <div class="notice">
                        <p><strong>{sentence(error.message())}</strong>". "{sentence(error.hint())}"."{what_is_lost(page, &error)}</p>
                        {lean::some((error.code() == Code::Outdated).then(reload_button))}
                        {lean::some(can_go.then(|| view! { <button aria-label="Dismiss" title="Dismiss" on:click=dismiss>"×"</button> }))}
                    </div>
                }
            })
            .map(IntoAny::into_any)
            .collect::<Vec<_>>()
    };
    view! { <div class="notices" id="notices" role="alert" aria-live="assertive">{lean::live(items)}</div> }
}

/// The page.
fn view(page: Page) -> impl IntoView {
    lean::effect(move || page.appearance.get().apply());
    let dragging = RwSignal::new(false);
    let drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        dragging.set(false);
        let Some(dropped) = event.data_transfer().and_then(|transfer| transfer.files()) else { return };
        files::take(page, listed(&dropped));
    };
    let over = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        dragging.set(true);
    };
    let is_guided = lean::memo(move || page.class.is_on() || page.lessons.with(|lessons| lessons.is_listed || !lessons.open.is_empty()));
    let guests = setup::Guests { share: share::view(page).into_any(), own_callbacks: scripts::link(page) };
    view! {
        <div
            class="page" class:dragging=move || dragging.get() class:presenting=move || page.stage.get().is_some()
            class:setup-open=move || page.sections.setup.get() class:guided=move || is_guided.get()
            on:dragover=over on:dragleave=move |_| dragging.set(false) on:drop=drop
        >
            <a class="skip" href="#course">"Skip to the charts"</a>
            <header class="top">
                <h1>"Emberscope"</h1>
                {device_badge(page)}
                {lessons::button(page)}
                {present::button(page)}
                {theme_button(page)}
            </header>
            // The run bar first: from the keyboard, Start is not behind all of the setup. The style sheet puts the setup beside it.
            <main>
                {run_bar::view(page, setup::button(page), present::bar(page).into_any())}
                {setup::view(page, guests)}
                <div class="dashboard">
                    <div class="guide"><div class="guide-sheet">{class::banner(page)} {lessons::view(page)}</div></div>
                    {silence::view(page)}
                    {no_room::view(page)}
                    {notices(page)}
                    {share::replaced(page)}
                    {imports::first_weights(page)}
                    {dashboard::view(page)}
                    {class::code(page)}
                </div>
            </main>
        </div>
    }
}

/// Puts the page into the document and opens `window.emberscope`.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| {
        let page = Page::new();
        api::publish(page);
        theme::follow(page.appearance);
        focus::mark_scrolling();
        actions::data::follow(page);
        actions::stored::follow(page);
        actions::stored::guard(page);
        actions::setup::follow_address(page);
        actions::class::follow_address(page);
        present::follow_keys(page);
        actions::lessons::follow_address(page);
        actions::view::follow(page);
        view(page)
    });
}
