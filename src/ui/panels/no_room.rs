//! The notice that the device has no room for what a run records, and the ways out. Until one is taken the run is held.

use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use crate::ui::session::{Author, Intent};
use crate::ui::state::phase::Phase;
use leptos::prelude::*;

/// The notice; hidden while there is room, or the visitor goes on without.
pub fn view(page: Page) -> impl IntoView {
    let shelf = move || page.inner().shelf.clone();
    let shelved = shelf().shelved;
    let is_live = lean::memo(move || page.phase.with(Phase::is_live));
    let is_shown = lean::memo(move || shelved.with(|shelved| !shelved.waiting.is_empty()));
    let words = move || if is_shown.get() { shelved.with(|shelved| shelved.words_of_no_room(is_live.get())) } else { String::new() };
    let stop = move || page.tell(page.intend(Intent::Stop { reason: "you stopped it".to_owned(), by: Author::Visitor }));
    let button = |id, face, title| Button { id, ..Button::new(face, title) };
    let go_on = Signal::derive(move || if is_live.get() { "Go on without keeping" } else { "Leave it in this tab" });
    view! {
        <div class="notices" role="alert">
            <div class="notice" id="no-room" class:hidden=move || !is_shown.get()>
                <p><strong id="no-room-words">{lean::text(words)}</strong></p>
                {button("to-kept", "Show kept runs", "Leads to the table of runs, where they can be deleted").view(move || page.sections.open("runs-panel"))}
                {button("try-again", "Try again", "Keeps what waits; the run goes on where that works").view(move || shelf().try_again())}
                {Button { id: "go-on-unkept", face: (move || go_on.get()).into_any(), ..Button::new("", "It stays in this tab, and is lost when that is closed") }.view(move || shelf().go_on_unkept())}
                {lean::shown(move || is_live.get(), move || button("stop-unkept", "Stop", "Ends the run").view(stop))}
            </div>
        </div>
    }
}
