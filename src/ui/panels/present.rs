//! Presentation, for a projector: one thing at a time over the whole window, with large type and thick lines, and the run bar above it.
//! By the button, by `p` outside of fields, on by arrow keys or Page keys (those of a presenter's remote), and Escape leaves.
//!
//! Never here: how a thing is drawn larger; each knows by `Page::stage`.

use crate::charts::Listener;
use crate::ui::page::Page;
use crate::ui::parts::focus::element;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::charts::FIRST;
pub use crate::ui::state::sections::{DATA, FINDINGS, NETWORK, OUTCOME};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// Everything that can be presented, in this order: its id and its name. What is not on the page is passed over.
const THINGS: [(&str, &str); 6] = [
    (FIRST, "Loss"),
    ("chart-accuracy", "Accuracy"),
    (DATA, "Data"),
    (NETWORK, "Network"),
    (OUTCOME, "Outcome"),
    (FINDINGS, "What is happening"),
];

/// The things that are on the page, and not hidden by a class.
fn things() -> Vec<(&'static str, &'static str)> {
    THINGS.into_iter().filter(|(id, _)| element(id).is_some_and(|thing| !thing.class_list().contains("hidden"))).collect()
}

/// The thing that comes `by` places after the present one, around the end; the first where none is presented.
fn after(present: Option<&str>, by: isize) -> Option<&'static str> {
    let things = things();
    let at = things.iter().position(|(id, _)| Some(*id) == present);
    let next = at.map_or(0, |at| (at as isize + by).rem_euclid(things.len().max(1) as isize) as usize);
    things.get(next).map(|(id, _)| *id)
}

fn go(page: Page, by: isize) {
    page.stage.set(after(page.stage.get_untracked(), by));
}

fn enter(page: Page) {
    go(page, 0);
    // Once the bar is there: the keyboard is not left on something that is hidden now.
    let focus = || element("stage-next").map(|next| next.focus());
    set_timeout(move || drop(focus()), std::time::Duration::ZERO);
}

fn leave(page: Page) {
    page.stage.set(None);
    set_timeout(|| drop(element("present").map(|button| button.focus())), std::time::Duration::ZERO);
}

fn is_field(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|target| ["INPUT", "SELECT", "TEXTAREA"].contains(&&*target.tag_name()) || target.is_content_editable())
}

fn on_key(page: Page, event: &KeyboardEvent) {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || is_field(event) {
        return;
    }
    let is_on = page.stage.with_untracked(Option::is_some);
    match (event.key().as_str(), is_on) {
        ("p", false) => enter(page),
        ("p" | "Escape", true) => leave(page),
        ("ArrowRight" | "PageDown", true) => go(page, 1),
        ("ArrowLeft" | "PageUp", true) => go(page, -1),
        _ => return,
    }
    event.prevent_default();
}

/// Listens to the keys, as long as the page lives.
pub fn follow_keys(page: Page) {
    let listener = Listener::new(&document(), "keydown", move |event| {
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            on_key(page, &event);
        }
    });
    std::mem::forget(listener);
}

/// The button that begins it.
pub fn button(page: Page) -> AnyView {
    Button { id: "present", ..Button::new("Present", "One thing at a time, large, for a projector (key p)") }.view(move || enter(page))
}

/// The line over what is presented: what it is, the next and the one before, and the way out.
pub fn bar(page: Page) -> impl IntoView {
    let words = move || {
        let present = page.stage.get();
        let things = things();
        let at = things.iter().position(|(id, _)| Some(*id) == present).unwrap_or(0);
        things.get(at).map_or(String::new(), |(_, title)| format!("{title} · {} of {}", at + 1, things.len()))
    };
    lean::shown(
        move || page.stage.with(Option::is_some),
        move || {
            let sign = |id, sign, name| Button { id, name, ..Button::new(sign, "") };
            view! {
                <div class="stage-bar" role="group" aria-label="Presentation">
                    {sign("stage-back", "‹", "Previous thing").view(move || go(page, -1))}
                    <strong id="stage-words" role="status">{lean::text(words)}</strong>
                    {sign("stage-next", "›", "Next thing").view(move || go(page, 1))}
                    {Button { id: "stage-leave", ..Button::new("Leave", "Escape") }.view(move || leave(page))}
                </div>
            }
        },
    )
}
