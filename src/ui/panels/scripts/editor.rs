//! The editor of one script: a plain text field with line numbers behind it, on which a wrong line is marked.
//!
//! Tab writes spaces; Escape first, and Tab moves on as everywhere, so nobody is caught who has no mouse.

use crate::ui::parts::lean;
use crate::web::js::call;
use js_sys::Array;
use leptos::html::{Div, Textarea};
use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;

const INDENT: &str = "  ";
/// The smallest and the largest number of lines that are shown without scrolling.
const ROWS: (usize, usize) = (6, 28);

/// Inserts `text` at the cursor, so that it can be undone where the browser has a way to.
fn insert(area: &HtmlTextAreaElement, text: &str) {
    let arguments = Array::of3(&"insertText".into(), &false.into(), &text.into());
    let done = call(&document().into(), "execCommand", &arguments).is_some_and(|done| done.is_truthy());
    if !done {
        area.set_range_text(text).ok();
        if let Ok(Some(end)) = area.selection_start() {
            let end = end + text.len() as u32;
            area.set_selection_range(end, end).ok();
        }
    }
}

/// Selects line `line`, from 1, and shows it.
fn go_to(area: &HtmlTextAreaElement, line: u32) {
    let text = area.value();
    // The browser counts UTF-16 units.
    let units = |text: &str| text.encode_utf16().count() as u32;
    let before: u32 = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(units).sum();
    let length = text.split('\n').nth(line.saturating_sub(1) as usize).map_or(0, units);
    area.focus().ok();
    area.set_selection_range(before, before + length).ok();
}

/// The editor. `text` is followed, `wrong` is the line that is marked (0: none), `set` gets the text when the visitor
/// has left the field. `ask_for` is a line to go to, each time it is set.
pub fn view(
    label: String,
    text: impl Fn() -> String + Send + Sync + Copy + 'static,
    wrong: Memo<u32>,
    ask_for: RwSignal<Option<u32>>,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let (area, layer) = (lean::Node::<Textarea>::new(), lean::Node::<Div>::new());
    let lines = RwSignal::new(1_usize);
    lean::effect(move || lines.set(text().split('\n').count()));
    lean::effect(move || {
        if let (Some(line), Some(area)) = (ask_for.get(), area.get_untracked()) {
            go_to(&area, line);
        }
    });
    let leaving = StoredValue::new(false);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let is_plain = !event.shift_key() && !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        match event.key().as_str() {
            "Escape" => leaving.set_value(true),
            "Tab" if is_plain && !leaving.get_value() => {
                if let Some(area) = area.get_untracked() {
                    event.prevent_default();
                    insert(&area, INDENT);
                }
            }
            "Shift" | "Tab" => {}
            _ => leaving.set_value(false),
        }
    };
    let on_input = move |event| lines.set(event_target_value(&event).split('\n').count());
    let on_scroll = move |_| {
        if let (Some(area), Some(layer)) = (area.get_untracked(), layer.get_untracked()) {
            layer.set_scroll_top(area.scroll_top());
        }
    };
    let numbers = move || {
        let wrong = wrong.get() as usize;
        lean::list((1..=lines.get()).map(|line| view! { <div class="line" class:wrong-line=line == wrong>{line}</div> }))
    };
    view! {
        <div class="editor">
            <div class="editor-lines" aria-hidden="true" node_ref=layer>{lean::live(numbers)}</div>
            <textarea
                node_ref=area wrap="off" spellcheck="false" autocomplete="off" autocapitalize="off"
                aria-label=label aria-describedby="editor-keys" aria-invalid=lean::text(move || (wrong.get() > 0).to_string())
                rows=lean::text(move || lines.get().clamp(ROWS.0, ROWS.1).to_string())
                prop:value=lean::text(text)
                on:keydown=on_key on:input=on_input on:scroll=on_scroll
                on:blur=move |_| leaving.set_value(false)
                on:change=move |event| set(event_target_value(&event))
            ></textarea>
        </div>
    }
    .into_any()
}
