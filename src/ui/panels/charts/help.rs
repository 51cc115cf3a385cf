//! The help on charts: a dialog with every gesture and key.

use crate::ui::parts::lean::{self, Button};
use leptos::html::Dialog;
use leptos::prelude::*;

/// The list of tasks, each with its gestures and keys.
const WAYS: [(&str, &str); 14] = [
    ("Read exact values", "point, or one finger; arrow keys go from point to point, Page keys further, Home and End to the ends"),
    ("Look into a batch", "click, or Enter at the cursor"),
    ("Zoom in", "drag over a part; or + at the cursor; or Ctrl (⌘) and the wheel; or two fingers"),
    ("Zoom out", "-; or Ctrl (⌘) and the wheel"),
    ("Pan", "Shift and drag; Shift and the wheel; Shift and ← →; two fingers"),
    ("Show all again", "double click, or 0; Follow goes back to what was followed before"),
    ("Scroll the page", "the wheel alone: charts leave it to the page, but in full screen it zooms"),
    ("Hide a curve", "click its name below the title; with Shift or Alt, all others"),
    ("Log y axis", "l"),
    ("Leave outliers out", "o; points outside are counted at the edge"),
    ("Values as a table", "t"),
    ("Full screen", "f; Escape leaves it"),
    ("Save as SVG, as PNG, copy", "s, p, c"),
    ("This list", "?"),
];

/// The dialog; `open` opens it.
pub fn view(open: RwSignal<bool>) -> AnyView {
    let node = lean::Node::<Dialog>::new();
    lean::effect(move || {
        if let (true, Some(dialog)) = (open.get(), node.get())
            && !dialog.open()
        {
            dialog.show_modal().ok();
        }
    });
    let close = move || {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="panel help" id="chart-help" aria-labelledby="chart-help-title" node_ref=node on:close=move |_| open.set(false)>
            <h2 id="chart-help-title">"Working with charts"</h2>
            <p class="note">
                "Zoom and cursor are one for all charts. The y axis always fits what is in view. "
                "Relative time runs from the run's begin and goes on in pauses; a point stands where its batch ended."
            </p>
            <dl>{lean::list(WAYS.iter().map(|(what, how)| view! { <dt>{*what}</dt> <dd>{*how}</dd> }))}</dl>
            {Button::new("Close", "").view(close)}
        </dialog>
    }
    .into_any()
}
