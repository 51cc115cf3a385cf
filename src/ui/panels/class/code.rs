//! The dialog with a text as a QR code, large, and the text itself to be copied.

use crate::export::{qr, result};
use crate::ui::actions::class;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use leptos::html::Dialog;
use leptos::prelude::*;

/// The code of `text` as a picture, or the words that it has none.
fn picture(text: &str) -> AnyView {
    match qr::picture(text) {
        Some(qr::Picture { size, path }) => view! {
            <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label="QR code of the text below">
                <rect width=size height=size fill="#fff" />
                <path d=path fill="#000" shape-rendering="crispEdges" />
            </svg>
        }
        .into_any(),
        None => {
            let words = format!(
                "With {} characters it is too long for a QR code that a phone reads from a projector ({} at most): give it as text.",
                text.len(),
                qr::MOST_BYTES
            );
            view! { <p class="problem" role="status" id="class-code-problem">{words}</p> }.into_any()
        }
    }
}

/// The dialog; open while there is something to show.
pub fn view(page: Page) -> AnyView {
    let shown = page.class.code;
    let node = lean::Node::<Dialog>::new();
    lean::effect(move || {
        if let (true, Some(dialog)) = (!shown.with(String::is_empty), node.get())
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
    let body = move || {
        let text = Some(shown.get()).filter(|text| !text.is_empty())?;
        let (title, what) =
            if result::is_result(text.as_bytes()) { ("The code of your result", "code") } else { ("The link for your class", "link") };
        let to_copy = text.clone();
        let copy = Button { id: "class-code-copy", ..Button::new("Copy", "") }.view(move || class::copy(page, what, to_copy.clone()));
        Some(view! {
            <h2 id="class-code-title">{title}</h2>
            {picture(&text)}
            <textarea id="class-code-text" readonly aria-label=title prop:value=text></textarea>
            <div class="buttons">{copy} {Button::new("Close", "Escape").view(close)}</div>
            <p class="note" role="status">{move || page.class.said.get()}</p>
        })
    };
    view! {
        <dialog class="panel class-code" id="class-code" aria-labelledby="class-code-title" node_ref=node on:close=move |_| shown.set(String::new())>
            {lean::maybe(body)}
        </dialog>
    }
    .into_any()
}
