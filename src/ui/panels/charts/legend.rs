//! The legend of a chart: a button for each curve, with its line style and its value at the cursor.
//!
//! A click hides the curve or shows it again; with Shift or Alt it stays alone, and once more brings the others back.

use super::handle::{Handle, Key, key_of};
use crate::charts::{HoverReadout, SeriesLookup, SeriesSpec};
use crate::ui::parts::controls::line_swatch;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The keys that stay hidden after a click on a legend entry; `all`: the chart's curves.
fn hidden_after(hidden: &[Key], all: &[Key], clicked: &Key, alone: bool) -> Vec<Key> {
    if alone {
        let others: Vec<Key> = all.iter().filter(|key| *key != clicked).cloned().collect();
        let is_alone = !hidden.contains(clicked) && others.iter().all(|key| hidden.contains(key));
        if is_alone { Vec::new() } else { others }
    } else if hidden.contains(clicked) {
        hidden.iter().filter(|key| *key != clicked).cloned().collect()
    } else {
        hidden.iter().chain([clicked]).cloned().collect()
    }
}

/// The entry of one curve.
pub fn entry(handle: Handle, curve: &SeriesSpec) -> AnyView {
    let page = handle.page;
    let (label, key) = (curve.label.clone(), key_of(curve));
    let (run, name) = key.clone();
    let (read_run, read_name) = key.clone();
    let reading = move || {
        let read = |readout: &Option<HoverReadout>| {
            let entry = readout.as_ref()?.entries.iter().find(|entry| entry.run == read_run && entry.name == read_name)?;
            Some(entry.text.clone())
        };
        handle.readout.with(read).unwrap_or_default()
    };
    let is_recorded = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().series(run, &name).is_some()
    });
    let known = key.clone();
    let is_shown = lean::memo(move || handle.hidden.with(|hidden| !hidden.contains(&known)));
    let click = move |event: leptos::ev::MouseEvent| {
        let all: Vec<Key> = handle.curves.with_untracked(|curves| curves.iter().map(key_of).collect());
        handle.hidden.update(|hidden| *hidden = hidden_after(hidden, &all, &key, event.alt_key() || event.shift_key()));
    };
    view! {
        <button
            class="legend-entry" class:absent=move || !is_recorded.get()
            aria-pressed=move || if is_shown.get() { "true" } else { "false" }
            title="Hide or show; with Shift or Alt: only this one"
            on:click=click
        >
            {line_swatch(page.appearance, curve.style)} <span class="legend-label">{label}</span> <output class="reading">{lean::text(reading)}</output>
        </button>
    }
    .into_any()
}
