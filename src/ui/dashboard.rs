//! The dashboard: a run in sections, with a row of buttons that lead to them.
//!
//! Buttons and not links: the address's fragment belongs to the configuration. Never here: what a section shows.

use super::page::Page;
use crate::ui::panels::{
    batch, charts, checkpoints, costs, diagnoses, exports, histograms, imports, predictions, rate_test, runs, scripts,
};
use crate::ui::state::charts::Place;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A section's title and what is in it.
struct Part {
    title: &'static str,
    id: &'static str,
    view: AnyView,
}

fn parts(page: Page) -> Vec<Part> {
    let part = |id, title, view| Part { title, id, view };
    vec![
        part(
            "course",
            "Course",
            view! { {charts::view(page, Place::Course)} {charts::custom::view(page)} {charts::batches_shown(page)} {batch::view(page)} {rate_test::view(page)} }.into_any(),
        ),
        part("time", "Time", view! { {charts::view(page, Place::Time)} {costs::view(page)} }.into_any()),
        part("network", "Inside the network", view! { {charts::view(page, Place::Network)} {histograms::view(page)} }.into_any()),
        part("outcome", "Predictions", view! { {predictions::view(page)} {checkpoints::view(page)} }.into_any()),
        part("runs", "Runs", runs::view(page).into_any()),
        part("files-out-and-in", "Files", view! { {exports::view(page)} {imports::view(page)} }.into_any()),
        part("own", "Callbacks", scripts::view(page).into_any()),
    ]
}

/// Brings the element `id` into view, and the keyboard there.
fn lead_to(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
        element.unchecked_into::<HtmlElement>().focus().ok();
    }
}

/// The sections, the diagnoses before them all.
pub fn view(page: Page) -> impl IntoView {
    let (mut buttons, mut sections) = (Vec::new(), Vec::new());
    for Part { title, id, view } in parts(page) {
        buttons.push(view! { <button class="section-button" aria-controls=id on:click=move |_| lead_to(id)>{title}</button> });
        sections.push(view! {
            <section class="part" id=id tabindex="-1" aria-label=title>{view}</section>
        });
    }
    // On a phone the setup lies below everything.
    view! {
        <nav class="section-nav" aria-label="Sections">
            <button class="section-button to-setup" aria-controls="setup" on:click=move |_| lead_to("setup")>"Setup"</button>
            {buttons}
        </nav>
        {runs::which_is_shown(page)}
        {diagnoses::view(page)}
        {charts::controls(page)}
        {charts::words(page)}
        {sections}
    }
}
