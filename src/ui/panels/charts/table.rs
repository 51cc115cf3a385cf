//! The values behind a chart as a table: those in view, a page at a time, and all of them as CSV.
//!
//! Rows are looked up when they are shown; a page costs the same at a hundred and at ten million steps.

use super::handle::Handle;
use super::save;
use crate::charts::readout::rows::exact;
use crate::charts::{Row, Rows, XKind};
use crate::ui::parts::controls::scroller;
use crate::ui::parts::files::save_blob;
use crate::ui::parts::lean::{self, Button};
use crate::web::tasks::Yielder;
use js_sys::Promise;
use leptos::prelude::*;
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

/// Number of rows on a page.
const PAGE: usize = 50;

/// Number of rows that are written in one go: less than a millisecond or two.
const ROWS_A_TURN: usize = 2_000;

/// A page of the table as text, which can be compared, while a NaN is not even equal to itself.
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
    handle.with_chart(|chart| chart.with_spec(|spec| read(&Rows::new(spec, &*store.borrow()))))
}

fn page_from(handle: Handle, from: u32) -> Shown {
    let x = handle.page.board.view.with_untracked(|looks| looks.x);
    let shown = with_rows(handle, |rows| {
        let mut page = rows.from(from, PAGE + 1);
        let has_more = page.len() > PAGE;
        page.truncate(PAGE);
        let (first, last) = (page.first().map(|row| row.step), page.last().map(|row| row.step));
        let place = (x.kind != XKind::Step).then(|| x.kind.title().to_owned());
        let heads = std::iter::once("step".to_owned()).chain(place).chain(rows.labels()).collect();
        let written = |row: Row| {
            let place = (x.kind != XKind::Step).then(|| x.mark(row.x, row.step));
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
    // Boxed, as in `web::tasks::spawn`.
    let text: Pin<Box<dyn Future<Output = std::result::Result<JsValue, JsValue>>>> = Box::pin(async move {
        let text = csv(handle).await;
        Ok(save::text_blob(&text, "text/plain").map_or(JsValue::UNDEFINED, Into::into))
    });
    let blob: Promise = future_to_promise(text);
    save::copy(handle.page, "text/plain", &blob);
}

fn save_csv(handle: Handle) {
    lean::spawn(async move {
        let text = csv(handle).await;
        if let Some(blob) = save::text_blob(&text, "text/csv") {
            save_blob(&blob, &format!("{}.csv", save::file_name(handle)));
        }
    });
}

/// The table with its buttons.
pub fn view(handle: Handle) -> AnyView {
    let page = handle.page;
    let start = RwSignal::new(0_u32);
    let shown = RwSignal::new(Shown::default());
    // One frame is asked for at a time, however many messages come before it.
    let is_asked = StoredValue::new(false);
    lean::effect(move || {
        // What is in view depends on these; the chart is told of them in this turn too, so the rows are looked up in the
        // next frame.
        page.version.track();
        page.board.view.track();
        handle.hidden.track();
        handle.curves.track();
        start.track();
        if is_asked.get_value() {
            return;
        }
        is_asked.set_value(true);
        let look: Box<dyn FnOnce()> = Box::new(move || {
            // Gone with the table, if that was closed meanwhile.
            let Some(from) = start.try_get_untracked() else { return };
            is_asked.set_value(false);
            let now = page_from(handle, from);
            if shown.try_with_untracked(|before| *before != now) == Some(true) {
                shown.set(now);
            }
        });
        request_animation_frame(look);
    });
    let start_before = move |step: u32, count: usize| with_rows(handle, |rows| rows.start_before(step, count)).flatten();
    let has_before = lean::memo(move || shown.with(|shown| shown.first).is_some_and(|first| start_before(first, 1).is_some()));
    let has_more = lean::memo(move || shown.with(|shown| shown.has_more));
    let back = move || start.set(start_before(shown.with_untracked(|shown| shown.first).unwrap_or(0), PAGE).unwrap_or(0));
    let on = move || {
        if let Some(last) = shown.with_untracked(|shown| shown.last) {
            start.set(last.saturating_add(1));
        }
    };
    let to_end = move || start.set(start_before(u32::MAX, PAGE).unwrap_or(0));
    let jump = move |event: leptos::ev::Event| {
        if let Ok(step) = event_target_value(&event).trim().parse() {
            start.set(step);
        }
    };
    let caption = |shown: &Shown| match (shown.first, shown.last) {
        (Some(first), Some(last)) => format!("{} of the steps in view, from {first} to {last}. Exactly as recorded.", shown.rows.len()),
        _ => "No values in view.".to_owned(),
    };
    let table = move || {
        shown.with(|shown| {
            let heads: Vec<_> = shown.heads.iter().map(|head| view! { <th scope="col">{head.clone()}</th> }).collect();
            let row = |cells: &Vec<String>| {
                let mut cells = cells.iter().cloned();
                let step = cells.next().unwrap_or_default();
                view! { <tr><th scope="row">{step}</th> {lean::list(cells.map(|cell| view! { <td>{cell}</td> }))}</tr> }
            };
            let rows: Vec<_> = shown.rows.iter().map(row).collect();
            view! {
                <table>
                    <caption>{caption(shown)}</caption>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        })
    };
    let button =
        |face, enabled: Option<Memo<bool>>| Button { enabled: enabled.map_or(Signal::stored(true), Into::into), ..Button::new(face, "") };
    view! {
        <div class="chart-table">
            <div class="buttons">
                {button("First", Some(has_before)).view(move || start.set(0))} {button("Back", Some(has_before)).view(back)}
                {button("Next", Some(has_more)).view(on)} {button("Last", Some(has_more)).view(to_end)}
                <label class="field inline"><span>"from step"</span><input type="number" min="0" step="1" on:change=jump /></label>
                {button("Copy as CSV", None).view(move || copy_csv(handle))} {button("Save CSV", None).view(move || save_csv(handle))}
            </div>
            {scroller(format!("Values of {}", handle.title()), lean::live(table).into_any())}
        </div>
    }
    .into_any()
}
