//! The values behind a chart as a table: those in view, a page at a time, and all of them as CSV.
//!
//! Rows are looked up when they are shown; a page costs the same at a hundred and at ten million steps.

use super::panel::Handle;
use super::save;
use crate::charts::rows::exact;
use crate::charts::{Row, Rows, XKind};
use crate::web::tasks::Yielder;
use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

/// Rows on a page.
const PAGE: usize = 50;

/// Rows that are written in one go: less than a millisecond or two.
const ROWS_A_TURN: usize = 2_000;

/// A page as text: compared as such, since a NaN is not even like itself.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    first: Option<u32>,
    last: Option<u32>,
    has_more: bool,
}

fn with_rows<T>(handle: Handle, read: impl FnOnce(&Rows) -> T) -> Option<T> {
    let store = handle.page.inner().store.clone();
    handle.with_chart(|chart| chart.with_spec(|spec, _| read(&Rows::new(spec, &*store.borrow()))))
}

fn page_from(handle: Handle, from: u32) -> Shown {
    let x = handle.page.board.looks.with_untracked(|looks| looks.x);
    let shown = with_rows(handle, |rows| {
        let mut page = rows.from(from, PAGE + 1);
        let has_more = page.len() > PAGE;
        page.truncate(PAGE);
        let (first, last) = (page.first().map(|row| row.step), page.last().map(|row| row.step));
        let place = (x.kind != XKind::Step).then(|| x.kind.title().to_owned());
        let heads = std::iter::once("step".to_owned()).chain(place).chain(rows.labels()).collect();
        let written = |row: Row| {
            let place = (x.kind != XKind::Step).then(|| x.words(row.x, row.step));
            let values = row.values.into_iter().map(|value| value.map_or(String::new(), exact));
            std::iter::once(row.step.to_string()).chain(place).chain(values).collect()
        };
        Shown { heads, rows: page.into_iter().map(written).collect(), first, last, has_more }
    });
    shown.unwrap_or_default()
}

/// All rows in view as CSV, made in small turns.
async fn csv(handle: Handle) -> String {
    let (mut text, mut from) = (with_rows(handle, |rows| rows.csv_head()).unwrap_or_default(), 0);
    let yielder = Yielder::new();
    loop {
        let part = with_rows(handle, |rows| {
            let page = rows.from(from, ROWS_A_TURN);
            (rows.csv(&page), page.last().map(|row| row.step))
        });
        let Some((lines, Some(last))) = part else { return text };
        text.push_str(&lines);
        let Some(next) = last.checked_add(1) else { return text };
        from = next;
        if let Some(yielder) = &yielder {
            yielder.give_way().await;
        }
    }
}

fn copy_csv(handle: Handle) {
    // Text that is still being made: the clipboard takes a promise, and keeps the permission of the click meanwhile.
    let blob: Promise = future_to_promise(async move {
        let text = csv(handle).await;
        Ok(save::text_blob(&text, "text/plain").map_or(wasm_bindgen::JsValue::UNDEFINED, Into::into))
    });
    save::copy(handle.page, "text/plain", &blob);
}

fn save_csv(handle: Handle) {
    spawn_local(async move {
        let text = csv(handle).await;
        if let Some(blob) = save::text_blob(&text, "text/csv") {
            save::download(&blob, &format!("{}.csv", save::file_name(handle)));
        }
    });
}

/// The table with its buttons.
pub fn view(handle: Handle) -> impl IntoView {
    let page = handle.page;
    let start = RwSignal::new(0_u32);
    // What is in view depends on these; the chart is told of them by effects, which come later in the same turn.
    let wish = Memo::new(move |_| (page.board.looks.get(), handle.hidden.get(), start.get()));
    let shown = RwSignal::new(Shown::default());
    Effect::new(move |_| {
        page.version.track();
        let (.., from) = wish.get();
        handle.curves.track();
        request_animation_frame(move || {
            let now = page_from(handle, from);
            if shown.try_with_untracked(|before| *before != now) == Some(true) {
                shown.set(now);
            }
        });
    });
    let has_before = Memo::new(move |_| {
        shown.with(|shown| shown.first).is_some_and(|first| with_rows(handle, |rows| rows.start_before(first, 1)).flatten().is_some())
    });
    let back = move |_| {
        let first = shown.with_untracked(|shown| shown.first).unwrap_or(0);
        start.set(with_rows(handle, |rows| rows.start_before(first, PAGE)).flatten().unwrap_or(0));
    };
    let on = move |_| {
        if let Some(last) = shown.with_untracked(|shown| shown.last) {
            start.set(last.saturating_add(1));
        }
    };
    let to_end = move |_| start.set(with_rows(handle, |rows| rows.start_before(u32::MAX, PAGE)).flatten().unwrap_or(0));
    let jump = move |event: leptos::ev::Event| {
        if let Ok(step) = event_target_value(&event).trim().parse() {
            start.set(step);
        }
    };
    let rows = move || {
        shown.with(|shown| {
            let row = |cells: &Vec<String>| {
                let mut cells = cells.iter().cloned();
                let step = cells.next().unwrap_or_default();
                view! { <tr><th scope="row">{step}</th> {cells.map(|cell| view! { <td>{cell}</td> }).collect::<Vec<_>>()}</tr> }
            };
            shown.rows.iter().map(row).collect::<Vec<_>>()
        })
    };
    let heads = move || {
        let heads = shown.with(|shown| shown.heads.clone());
        heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect::<Vec<_>>()
    };
    let caption = move || {
        shown.with(|shown| match (shown.first, shown.last) {
            (Some(first), Some(last)) => format!("{} of the steps in view, from {first} to {last}. Exactly as recorded.", shown.rows.len()),
            _ => "No values in view.".to_owned(),
        })
    };
    view! {
        <div class="chart-table">
            <div class="buttons">
                <button disabled=move || !has_before.get() on:click=move |_| start.set(0) title="The first rows in view">"First"</button>
                <button disabled=move || !has_before.get() on:click=back>"Back"</button>
                <button disabled=move || !shown.with(|shown| shown.has_more) on:click=on>"Next"</button>
                <button disabled=move || !shown.with(|shown| shown.has_more) on:click=to_end title="The last rows in view">"Last"</button>
                <label class="field inline"><span>"from step"</span><input type="number" min="0" step="1" on:change=jump /></label>
                <button on:click=move |_| copy_csv(handle)>"Copy as CSV"</button>
                <button on:click=move |_| save_csv(handle)>"Save CSV"</button>
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label="Values">
                <table>
                    <caption>{caption}</caption>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
}
