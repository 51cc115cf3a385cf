//! The place where runs are kept, this device or only this tab, the room that they take and whether it lasts, what waits for room, and the
//! way to delete all of them.

use crate::ui::actions::stored::delete_all;
use crate::ui::page::Page;
use crate::ui::parts::format::format_bytes;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::shelved::Mode;
use leptos::prelude::*;

/// The lines under the table.
pub fn view(page: Page) -> impl IntoView {
    let shelved = page.inner().shelf.shelved;
    let words = move || shelved.with(|shelved| shelved.words(format_bytes));
    let trouble = move || Some(shelved.with(|shelved| shelved.trouble.clone())).filter(|trouble| !trouble.is_empty());
    let is_asked = RwSignal::new(false);
    let label = move || if is_asked.get() { "Really delete all?" } else { "Delete all kept runs" };
    let any = move || {
        page.runs.list.track();
        let has_runs = page.inner().store.borrow().runs().iter().any(|run| !run.is_live());
        shelved.with(|shelved| shelved.mode == Mode::Kept && (has_runs || shelved.unread > 0))
    };
    // The first click asks, the second deletes; leaving the button takes the question back.
    let act = move |_| {
        if is_asked.get_untracked() {
            delete_all(page);
        }
        is_asked.update(|is_asked| *is_asked = !*is_asked);
    };
    let shelf = move || page.inner().shelf.clone();
    let may_last = move || shelved.with(|shelved| shelved.mode == Mode::Kept && !shelved.is_reading && shelved.is_lasting == Some(false));
    let waits = move || shelved.with(|shelved| !shelved.left.is_empty());
    let keep = || Button {
        id: "keep-for-good",
        ..Button::new("Keep for good", "Asks the browser to delete nothing of this page by itself; it may ask you")
    };
    let again = || Button { id: "keep-again", ..Button::new("Try again", "Keeps on this device what waits in this tab") };
    view! {
        <p class="note" id="runs-kept">{lean::text(words)}</p>
        {lean::problem(trouble)}
        {lean::shown(waits, move || again().view(move || shelf().try_again()))}
        {lean::shown(may_last, move || keep().view(move || shelf().keep_for_good()))}
        {lean::shown(any, move || view! {
            <button id="delete-kept" title="Deletes every run that has ended, from this device too; asks first" on:click=act on:blur=move |_| is_asked.set(false)>
                {lean::text(label)}
            </button>
        })}
    }
}
