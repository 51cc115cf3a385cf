//! The setup: everything of a run's configuration, in five parts that can be folded away.

mod callbacks;
mod data;
mod layers;
mod thresholds;
mod training;
mod watching;

use crate::ui::page::Page;
use leptos::prelude::*;

/// The parts of other panels that have their place in the setup.
pub struct Guests {
    /// The buttons for links and files.
    pub share: AnyView,
    /// The link to the callbacks that the visitor writes.
    pub own_callbacks: AnyView,
}

/// The setup's panels.
pub fn view(page: Page, guests: Guests) -> impl IntoView {
    view! {
        {guests.share}
        <details class="panel" open id="setup-data"><summary><h2>"Data"</h2></summary>{data::view(page)}</details>
        <details class="panel" open id="setup-model"><summary><h2>"Model"</h2></summary>{layers::view(page)}</details>
        <details class="panel" open id="setup-training"><summary><h2>"Training"</h2></summary>{training::view(page)}</details>
        <details class="panel" id="setup-callbacks"><summary><h2>"Callbacks"</h2></summary>{callbacks::view(page, guests.own_callbacks)}</details>
        <details class="panel" id="setup-watching"><summary><h2>"Watching"</h2></summary>{watching::view(page)}</details>
        <details class="panel" id="setup-diagnoses"><summary><h2>"Diagnoses"</h2></summary>{thresholds::view(page)}</details>
    }
}
