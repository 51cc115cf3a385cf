//! The setup: everything of a run's configuration, in parts that can be folded away, in a sheet that opens from the side. The keyboard
//! goes in with it, and back to where it came from.

mod callbacks;
mod data;
mod layers;
mod thresholds;
mod training;
mod watching;

use crate::domain::class::Control;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use crate::ui::parts::lock::lockable;
use crate::ui::state::sections::SETUP;
use leptos::prelude::*;

/// The parts of other panels that have their place in the setup.
pub struct Guests {
    /// The buttons for links and files.
    pub share: AnyView,
    /// The link to the callbacks that the visitor writes.
    pub own_callbacks: AnyView,
}

/// The button that opens the sheet and closes it.
pub fn button(page: Page) -> AnyView {
    let is_open = page.sections.setup;
    let click = move |_| {
        if is_open.get_untracked() {
            page.sections.close_setup();
        } else {
            page.sections.open(SETUP);
        }
    };
    view! {
        <button id="open-setup" title="Model, training, callbacks, device" aria-expanded=move || is_open.get().to_string() aria-controls=SETUP class:hidden=move || page.class.hides(SETUP) on:click=click>"Setup"</button>
    }
    .into_any()
}

/// The sheet with the setup's panels; not seen while it is closed.
pub fn view(page: Page, guests: Guests) -> impl IntoView {
    let is_closed = lean::memo(move || !page.sections.setup.get());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            page.sections.close_setup();
        }
    };
    let locked = |controls: &'static [Control], content| lockable(page.class.locks(controls), content);
    let cross = Button { id: "close-setup", name: "Close the setup", ..Button::new("×", "Close (Escape)") };
    view! {
        <div class="setup-column" class:hidden=move || is_closed.get()>
            <aside class="setup" id=SETUP tabindex="-1" aria-label="Setup" on:keydown=on_key>
                <header class="setup-head"><h2>"Setup"</h2> {cross.view(move || page.sections.close_setup())}</header>
                {guests.share}
                <details class="panel" open id="setup-data"><summary><h2>"Data"</h2></summary>{locked(&[Control::Data], data::view(page).into_any())}</details>
                <details class="panel" open id="setup-model"><summary><h2>"Model"</h2></summary>{locked(&[Control::Model], layers::view(page).into_any())}</details>
                <details class="panel" open id="setup-training"><summary><h2>"Training"</h2></summary>{training::view(page)}</details>
                <details class="panel" id="setup-callbacks"><summary><h2>"Callbacks"</h2></summary>{locked(&[Control::Callbacks], callbacks::view(page, guests.own_callbacks).into_any())}</details>
                <details class="panel" id="setup-watching"><summary><h2>"Watching"</h2></summary>{locked(&[Control::Watching], watching::view(page).into_any())}</details>
                <details class="panel" id="setup-diagnoses"><summary><h2>"Diagnoses"</h2></summary>{locked(&[Control::Diagnoses], thresholds::view(page).into_any())}</details>
            </aside>
        </div>
    }
}
