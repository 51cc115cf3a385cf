//! The results that came back: the way in for files and codes, and all that is shown of them.

use super::choice::Choice;
use super::{chart, outcome, table};
use crate::ui::actions::class;
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::class::curves::series_of;
use crate::ui::state::class::results::Results;
use leptos::html::Input;
use leptos::prelude::*;

/// The way in: files, or codes that are pasted.
fn way_in(page: Page) -> AnyView {
    let input = lean::Node::<Input>::new();
    let pasted = RwSignal::new(String::new());
    let choose = move || {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let add = move || {
        if class::take_codes(page, &pasted.get_untracked()) {
            pasted.set(String::new());
        }
    };
    view! {
        <div class="class-way-in">
            {Button { id: "class-choose", ..Button::new("Choose result files", "They can be dropped anywhere on the page, too") }.view(choose)}
            <input
                id="class-files" class="visually-hidden" type="file" multiple accept=".json,application/json" tabindex="-1" aria-hidden="true"
                node_ref=input on:change=move |event| class::take_chosen(page, &event)
            />
            <label class="field" for="class-codes">
                <span>"Or paste codes"</span>
                <textarea id="class-codes" prop:value=move || pasted.get() on:input=move |event| pasted.set(event_target_value(&event))></textarea>
            </label>
            {Button { id: "class-add-codes", ..Button::new("Add codes", "") }.view(add)}
        </div>
    }
    .into_any()
}

/// The choices, pictures and table, once there is a result.
fn shown(page: Page) -> AnyView {
    let choice = Choice { series: RwSignal::default(), setting: RwSignal::default() };
    let texts = |all: Vec<(&str, &str)>| all.into_iter().map(|(name, title)| (name.to_owned(), title.to_owned())).collect();
    let series = lean::choice(
        "class-series",
        "Show",
        move || page.class.results.with(|results| texts(series_of(results))),
        move || choice.with(page, |_, series, _, _| series.to_owned()),
        move |name| choice.series.set(name),
    );
    let setting = lean::choice(
        "class-setting",
        "By",
        move || {
            page.class
                .results
                .with(|results| results.settings().iter().map(|setting| (setting.label.clone(), setting.label.clone())).collect())
        },
        move || choice.with(page, |_, _, setting, _| setting.map_or(String::new(), |setting| setting.label.clone())),
        move |label| choice.setting.set(label),
    );
    let count = move || {
        page.class.results.with(|results| match results.entries().len() {
            1 => "1 result".to_owned(),
            count => format!("{count} results"),
        })
    };
    let clear = Button { id: "class-clear", ..Button::new("Remove all", "") };
    view! {
        <div class="class-tools fields">
            {series}
            {setting}
            <strong id="class-count" role="status">{lean::text(count)}</strong>
            {clear.view(move || page.class.results.update(Results::clear))}
        </div>
        <div class="class-pictures">
            {chart::view(page, choice)}
            {outcome::view(page, choice)}
        </div>
        {table::view(page, choice)}
    }
    .into_any()
}

/// The panel.
pub fn view(page: Page) -> AnyView {
    let any = lean::memo(move || page.class.results.with(|results| !results.entries().is_empty()));
    view! {
        <section class="panel" id="class-results" aria-labelledby="class-results-title">
            {heading("class-results-title", "Results of your class", "Every student saves a result, and you drop all of them here. Curves are thinned to at most 200 points for a file, and for a code to as many as a QR code has room for, at most 24; \
                each part keeps its smallest and its largest value. Colours follow the setting that is chosen, in order where it is a number. Nothing is sent anywhere.")}
            {way_in(page)}
            {lean::shown(move || any.get(), move || shown(page))}
        </section>
    }
    .into_any()
}
