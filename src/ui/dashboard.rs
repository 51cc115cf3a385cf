//! The dashboard: the first screen, what was found, and a run in sections that open and close.
//!
//! Buttons and not links: the address's fragment belongs to the configuration. Never here: what a section shows.

use super::page::Page;
use crate::ui::panels::{
    batch, charts, checkpoints, class, costs, diagnoses, exports, histograms, imports, network, outcome, picture, predictions, present,
    rate_test, runs, scripts,
};
use crate::ui::parts::lean;
use crate::ui::state::charts::Place;
use crate::ui::state::sections::{self, CALLBACKS, CLASS, EVERY_BATCH, INSIDE, PREDICTIONS, Section};
use leptos::prelude::*;

/// A card of the picture: its id and what it shows, with a heading.
struct Card {
    id: &'static str,
    title: &'static str,
    view: AnyView,
}

/// The cards of the picture, from left to right: what it learns from, what it is, what it can do.
fn cards(page: Page) -> Vec<Card> {
    vec![
        Card { id: present::DATA, title: "Data", view: picture::data::view(page) },
        Card { id: present::NETWORK, title: "Network", view: network::view(page) },
        Card { id: present::OUTCOME, title: "Outcome", view: outcome::view(page) },
    ]
}

fn picture(page: Page) -> AnyView {
    let card = |Card { id, title, view }| {
        view! { <section class="panel card" id=id aria-label=title class:on-stage=move || page.stage.get() == Some(id) class:hidden=move || page.class.hides(id)>{view}</section> }
    };
    view! { <div class="picture">{lean::list(cards(page).into_iter().map(card))}</div> }.into_any()
}

/// The content of the section `id`.
fn content(page: Page, id: &str) -> AnyView {
    match id {
        EVERY_BATCH => view! { {charts::view(page, Place::Batches)} {charts::batches_shown(page)} {batch::view(page)} }.into_any(),
        "time" => view! { {charts::view(page, Place::Time)} {costs::view(page)} }.into_any(),
        INSIDE => view! { {charts::view(page, Place::Network)} {histograms::view(page)} }.into_any(),
        PREDICTIONS => view! { {predictions::view(page)} {checkpoints::view(page)} }.into_any(),
        "runs" => runs::view(page).into_any(),
        "files-out-and-in" => view! { {exports::view(page)} {imports::view(page)} }.into_any(),
        CALLBACKS => view! { {scripts::view(page)} {charts::custom::view(page)} }.into_any(),
        CLASS => class::view(page),
        _ => ().into_any(),
    }
}

/// A section with the button that opens it. It is made when it is first opened; closed again, it takes no room and is not painted.
fn section(page: Page, section: &'static Section) -> AnyView {
    let &Section { id, title, about, .. } = section;
    let is_open = lean::memo(move || page.sections.is_open(id));
    let was_open = RwSignal::new(false);
    lean::effect(move || {
        if is_open.get() && !was_open.get_untracked() {
            was_open.set(true);
        }
    });
    let body = lean::shown(move || was_open.get(), move || content(page, id));
    // A section that something led to is seen, also where a class hides it; a class's own is the teacher's.
    let is_hidden = move || page.class.is_on() && (id == CLASS || page.class.hides(id) && !is_open.get());
    let controls = format!("{id}-content");
    let body_id = controls.clone();
    view! {
        <section class="part" class:hidden=is_hidden id=id tabindex="-1" aria-label=title>
            <h2 class="part-title">
                <button
                    class="section-button" aria-expanded=move || is_open.get().to_string() aria-controls=controls
                    on:click=move |_| page.sections.set(id, !is_open.get_untracked())
                >
                    {title} <span class="part-about">{about}</span>
                </button>
            </h2>
            <div class="part-content" id=body_id class:hidden=move || !is_open.get()>{body}</div>
        </section>
    }
    .into_any()
}

/// The first screen, what was found, and the sections.
pub fn view(page: Page) -> impl IntoView {
    // Whoever looks at a batch, by a click on a chart or from a script, sees it.
    lean::effect(move || {
        if page.batch.with(Option::is_some) {
            page.sections.reveal(EVERY_BATCH);
        }
    });
    view! {
        {runs::which_is_shown(page)}
        {runs::interrupted(page)}
        <div class="first-screen">
            {picture(page)}
            <section class="course" id="course" tabindex="-1" aria-label="Course">{charts::view(page, Place::Course)}</section>
        </div>
        {runs::only_here(page)}
        {runs::interruptions(page)}
        <div
            class="findings-place" id=present::FINDINGS class:on-stage=move || page.stage.get() == Some(present::FINDINGS)
            class:hidden=move || page.class.hides(present::FINDINGS)
        >
            {diagnoses::view(page)}
            <p class="nothing-found">"Nothing was found in this run so far."</p>
        </div>
        {rate_test::view(page)}
        {charts::controls(page)}
        {charts::words(page)}
        {lean::list(sections::ALL.iter().map(|each| section(page, each)))}
    }
}
