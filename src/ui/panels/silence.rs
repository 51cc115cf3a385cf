//! The notice of a worker that does not answer: what is known, and the ways out. Nothing is ended by itself.

use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use crate::ui::session::Intent;
use leptos::prelude::*;

/// The notice; hidden while all workers answer.
pub fn view(page: Page) -> impl IntoView {
    let button = move |id, face, title, intent: fn() -> Intent| {
        Button { id, ..Button::new(face, title) }.view(move || page.tell(page.intend(intent())))
    };
    view! {
        <div class="notices" role="alert">
            <div class="notice" id="silence" class:hidden=move || page.silence.with(String::is_empty)>
                <p><strong id="silence-words">{lean::text(move || page.silence.get())}</strong></p>
                {button("wait", "Wait", "It may be busy, or be held in a debugger: it is not ended by itself", || Intent::Wait)}
                {lean::shown(move || page.is_held_up.get(), move || button(
                    "replace-silent", "Go on in a fresh worker", "Ends this one; the run goes on from its last state", || Intent::ReplaceSilent,
                ))}
                {button("end-silent", "End the run, keep its record", "Ends the worker; the next start has a fresh one", || Intent::EndSilent)}
            </div>
        </div>
    }
}
