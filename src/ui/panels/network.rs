//! The panel of the network: each unit as the map of what it gives, from the inputs to the output, with the weights between
//! them; and the moments of the run to go back to.
//!
//! The numbers come from the worker ([`actions::view`](crate::ui::actions::view)). Never here: laying out and colouring
//! ([`state::view`](crate::ui::state::view)).

mod act;
mod film;
mod paint;
mod slow;
mod timeline;
mod unit;

use crate::domain::data::SampleShape;
use crate::domain::view::Subject;
use crate::ui::page::Page;
use crate::ui::page::pictures::{drawn, watch};
use crate::ui::parts::explain::{Explained, explain, link_button};
use crate::ui::parts::lean::{self, Button};
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::layout::Layout;
use crate::ui::state::view::{Seen, words as of_network};
use leptos::html::Canvas;
use leptos::prelude::*;
use std::sync::Arc;

/// The layout of the picture as it is on the page.
fn layout(canvas: lean::Node<Canvas>, seen: &Seen) -> Option<Layout> {
    let canvas = canvas.get_untracked()?;
    Some(Layout::of(seen, f64::from(canvas.client_width()), f64::from(canvas.client_height())))
}

/// The buttons that choose the sample.
fn samples(page: Page) -> AnyView {
    let eye = page.eye;
    let is_image =
        lean::memo(move || eye.seen.with(|seen| seen.as_ref().is_some_and(|seen| matches!(seen.view.input, SampleShape::Image { .. }))));
    let step = move |by: i64| {
        let card = eye.seen.with_untracked(|seen| seen.as_ref().and_then(|seen| seen.view.sample));
        let Some(card) = card else { return };
        let of = i64::from(card.of.max(1));
        let number = (i64::from(card.number.unwrap_or(0)) + by).rem_euclid(of);
        eye.subject.set(Subject::HeldOut { number: number as u32 });
    };
    // The samples with the largest losses of the last evaluation, one after the other.
    let turn = StoredValue::new(0_usize);
    let wrong = move || {
        let inner = page.inner();
        let store = inner.store.borrow();
        let latest = store.shown().and_then(|run| run.evaluations.latest());
        let wrong: Vec<u32> = latest.map_or_else(Vec::new, |stored| {
            let is_wrong = |outcome: &&crate::domain::run::event::SampleOutcome| outcome.predicted != Some(outcome.label);
            stored.evaluation.worst.iter().filter(is_wrong).map(|outcome| outcome.index).collect()
        });
        if !wrong.is_empty() {
            let index = wrong[turn.get_value() % wrong.len()];
            turn.update_value(|turn| *turn += 1);
            eye.subject.set(Subject::Sample { index });
        }
    };
    let has_wrong = lean::memo(move || {
        page.runs.track();
        page.inner().store.borrow().shown().is_some_and(|run| run.evaluations.latest().is_some())
    });
    // In slow motion the sample is the batch's, and no other can be chosen.
    let is_slow = lean::memo(move || eye.slow.with(Option::is_some));
    let name = move || {
        let card = eye.with_shown(true, |seen| seen.and_then(|seen| seen.view.sample));
        card.map_or_else(String::new, |card| of_network::sample(card, is_slow.get()))
    };
    let free = Signal::derive(move || !is_slow.get());
    let has_wrong = Signal::derive(move || free.get() && has_wrong.get());
    let previous = Button { name: "Previous sample", id: "sample-previous", enabled: free, ..Button::new("‹", "Previous sample") };
    let next = Button { name: "Next sample", id: "sample-next", enabled: free, ..Button::new("›", "Next sample") };
    let mistake =
        Button { id: "sample-wrong", enabled: has_wrong, ..Button::new("A mistake", "A sample that the last evaluation got wrong") };
    view! {
        <div class="eye-samples" class:hidden=move || !is_image.get()>
            {previous.view(move || step(-1))} <span id="sample-name">{lean::text(name)}</span> {next.view(move || step(1))}
            {mistake.view(wrong)}
        </div>
    }
    .into_any()
}

/// The panel.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let canvas = lean::Node::<Canvas>::new();
    watch(page, canvas);
    let seen_unit = move |seen: &Seen| {
        eye.unit.get().filter(|at| seen.groups().get(at.group).is_some_and(|&group| at.place < seen.layer(group).shown.len()))
    };
    drawn(page, canvas, move |canvas, seen| {
        let Some(pixels) = Pixels::of(canvas) else { return };
        let theme = page.appearance.get_untracked().chart_theme();
        match eye.slow.get() {
            Some(film) => act::paint(&pixels, &theme, &film, eye.show.get(), eye.unit.get()),
            None => paint::network(&pixels, &theme, seen, seen_unit(seen)),
        }
    });
    // Whatever is pointed at is a unit of what is shown.
    let shown = move || eye.slow.get_untracked().map(|film| Arc::new(film.before.clone())).or_else(|| eye.seen.get_untracked());
    let point = move |event: &web_sys::MouseEvent| {
        let layout = shown().and_then(|seen| layout(canvas, &seen))?;
        layout.unit_at(f64::from(event.offset_x()), f64::from(event.offset_y()))
    };
    let go = move |event: leptos::ev::KeyboardEvent| {
        let direction = match event.key().as_str() {
            "ArrowRight" => (1, 0),
            "ArrowLeft" => (-1, 0),
            "ArrowDown" => (0, 1),
            "ArrowUp" => (0, -1),
            "Escape" => return eye.unit.set(None),
            _ => return,
        };
        event.prevent_default();
        let Some(seen) = shown() else { return };
        if let Some(layout) = layout(canvas, &seen) {
            eye.unit.set(layout.step_from(eye.unit.get_untracked(), direction));
        }
    };
    let summary = move || {
        eye.seen.with(|seen| seen.as_ref().map_or_else(|| "The network, not seen yet.".to_owned(), |seen| of_network::summary(seen)))
    };
    let Explained { button, words } = explain(
        "Network",
        "Each box is a unit or a channel, with the map of what it gives: for this sample, or at every point of the plane. Blue is above zero, \
         orange below. Lines are weights, thick where they are large. A unit is called dead when it gave zero for each of the samples \
         looked at: the points of the plane, or 32. Go back in time with the slider. In slow motion you see all that one batch does, sample by \
         sample and weight by weight; it is trained and recorded as any other, and the run is paused after it. There green and purple are \
         gradients, and what surrounds a line in the last act is how much that weight moves.",
        "",
    );
    let trouble = move || Some(eye.trouble.get()).filter(|trouble| !trouble.is_empty());
    view! {
        <header class="card-head">
            <h2>"Network"</h2> {button} {samples(page)} {slow::button(page)} {link_button("edit-model", "Edit …", move || page.sections.open("setup-model"))}
        </header>
        {words}
        {lean::problem(trouble)}
        <canvas
                class="network-picture" id="network-picture" node_ref=canvas tabindex="0" role="application" aria-roledescription="network"
                aria-label=lean::text(summary) title="Point at a unit, or use the arrow keys, to see its weights"
                on:mousemove=move |event| { let at = point(&event); if at != eye.unit.get_untracked() && at.is_some() { eye.unit.set(at) } }
                on:keydown=go
            ></canvas>
        {unit::view(page)}
        {slow::view(page)}
        {timeline::view(page)}
    }
    .into_any()
}
