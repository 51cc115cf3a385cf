//! Controls of all charts: what the x axis counts, which part of it is shown, how much is smoothed.
//!
//! Never here: the state of a single chart (a log axis, hidden curves): that is its [`panel`](super::panel)'s.

use super::help;
use crate::charts::scene::smooth;
use crate::charts::{SeriesLookup, StepMap, XAxis, XKind, XRange};
use crate::ui::page::Page;
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean::{self, Button};
use leptos::prelude::*;

/// Sets the unit of the x axis; the visible range stays the same.
fn set_x(page: Page, change: impl FnOnce(&mut XAxis)) {
    page.board.view.update(|view| {
        let before = view.x;
        change(&mut view.x);
        if let (XRange::Fixed(from, to), true) = (view.range, before.kind != view.x.kind) {
            let inner = page.inner();
            let store = inner.store.borrow();
            let [old, new] = [before.kind, view.x.kind].map(|kind| StepMap::new(kind, store.clock(None)));
            let place = |x: f64| {
                let step = old.step(x);
                let (low, high) = (new.x(step.max(0.0).floor() as u32), new.x(step.max(0.0).ceil() as u32));
                low + (high - low) * step.max(0.0).fract()
            };
            view.range = XRange::Fixed(place(from), place(to));
        }
    });
}

/// Zooms all charts, around the range of the first of them.
fn zoom(page: Page, factor: f64) {
    let shown = page.inner().charts.borrow().iter().flatten().find_map(|chart| chart.viewport());
    if let Some(shown) = shown {
        page.board.show(shown.zoomed(0.5, factor));
    }
}

const LAST: [u32; 4] = [100, 1_000, 10_000, 100_000];

fn range_id(range: XRange) -> String {
    match range {
        XRange::All => "all".to_owned(),
        XRange::Last(steps) => steps.to_string(),
        XRange::Fixed(..) => "part".to_owned(),
    }
}

/// The row of controls.
pub fn view(page: Page) -> AnyView {
    let board = page.board;
    let view = board.view;
    lean::effect(move || {
        page.version.track();
        board.turn_to(page.inner().store.borrow().shown().map(|run| run.id));
    });
    let kinds = || XKind::ALL.map(|kind| (kind.title().to_owned(), kind.title().to_owned())).to_vec();
    let set_kind = move |title: String| {
        if let Some(kind) = XKind::ALL.into_iter().find(|kind| kind.title() == title) {
            set_x(page, |x| x.kind = kind);
        }
    };
    let zoomed = lean::memo(move || board.is_zoomed());
    let is_clock = lean::memo(move || view.with(|view| view.x.kind == XKind::Wall));
    let is_log = lean::memo(move || view.with(|view| view.x.log));
    // Followed by kind of range, not by each move of it.
    let chosen_range = lean::memo(move || view.with(|view| range_id(view.range)));
    let ranges = move || {
        let mut options = vec![("all".to_owned(), "all, growing".to_owned())];
        options.extend(LAST.map(|steps| (steps.to_string(), format!("last {} steps", format_count(f64::from(steps))))));
        if zoomed.get() {
            options.push(("part".to_owned(), "a part, standing still".to_owned()));
        }
        options
    };
    let set_range = move |id: String| match id.parse() {
        Ok(steps) => board.show(XRange::Last(steps)),
        Err(_) if id == "all" => board.show(XRange::All),
        Err(_) => {}
    };
    let weight = move || view.with(|view| if view.smoothing > 0.0 { format!("{:.3}", view.smoothing) } else { "off".to_owned() });
    let sign = |name, title, sign| Button { name, ..Button::new(sign, title) };
    let follow_button =
        Button { id: "follow", enabled: zoomed.into(), ..Button::new("Follow", "Show the newest points again (key 0 shows all)") };
    view! {
        <div class="panel board" role="group" aria-label="All charts" id="board">
            {lean::choice("x-axis", "x axis", kinds, move || view.with(|view| view.x.kind).title().to_owned(), set_kind)}
            <label class="field inline tick" title="Equal ratios are equally wide">
                <input
                    id="x-log" type="checkbox" prop:checked=move || is_log.get() disabled=move || is_clock.get()
                    on:change=move |event| set_x(page, |x| x.log = event_target_checked(&event))
                />
                <span>"log x"</span>
            </label>
            {lean::choice("x-range", "shows", ranges, move || chosen_range.get(), set_range)}
            <div class="board-zoom" role="group" aria-label="Zoom">
                {sign("Zoom out", "Further away (key -)", "−").view(move || zoom(page, 1.0 / 1.6))}
                {sign("Zoom in", "Closer (key +)", "+").view(move || zoom(page, 1.6))} {follow_button.view(move || board.follow())}
            </div>
            <label class="field board-smoothing" title="Exponential moving average, bias-corrected; the recorded values stay visible behind it">
                <span>"Smoothing " <output>{lean::text(weight)}</output></span>
                <input
                    id="smoothing" type="range" min="0" max=smooth::MOST.to_string() step="0.001" value="0"
                    on:input=move |event| {
                        if let Ok(weight) = event_target_value(&event).parse::<f64>() {
                            view.update(|view| view.smoothing = weight.clamp(0.0, smooth::MOST));
                        }
                    }
                />
            </label>
            {Button { class: "board-help", ..sign("How to work with charts", "How to work with charts (key ?)", "?") }.view(move || board.help.set(true))}
            {help::view(board.help)}
        </div>
    }
    .into_any()
}
