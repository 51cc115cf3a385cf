//! The sample that was given to the network, for the data of the next run: its class, and the samples that were added so far.
//!
//! Never here: the set that they make ([`actions::additions`](crate::ui::actions::additions)).

use crate::domain::data::SampleShape;
use crate::domain::data::added::MOST_ADDED;
use crate::domain::view::Subject;
use crate::error::Result;
use crate::ui::actions::additions::{add, classes, present, remove};
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use crate::ui::parts::samples;
use crate::ui::state::additions::OwnSample;
use crate::ui::state::data::Preview;
use leptos::prelude::*;

/// The largest number of added samples that are shown: the last ones.
const MOST_SHOWN: usize = 48;

/// A sample's numbers in words, where they are few.
fn words(numbers: &[f32]) -> String {
    let few: Vec<String> = numbers.iter().take(4).map(|number| format!("{number:.2}")).collect();
    format!("{}{}", few.join(", "), if numbers.len() > few.len() { " …" } else { "" })
}

fn item(page: Page, busy: RwSignal<bool>, place: usize, sample: &OwnSample, shape: Option<SampleShape>, class: &str) -> AnyView {
    let said = format!("your sample {}, class {class}", place + 1);
    let look = match shape {
        Some(shape @ SampleShape::Image { .. }) => samples::picture(shape, &sample.numbers, said.clone()).into_any(),
        _ => view! { <span>{words(&sample.numbers)}</span> }.into_any(),
    };
    let name = format!("Remove {said}");
    view! {
        <li>{look}<span>{class.to_owned()}</span><button aria-label=name disabled=lean::flag(move || busy.get()) on:click=move |_| change(page, busy, Some(place))>"✕"</button></li>
    }
    .into_any()
}

fn finish(page: Page, busy: RwSignal<bool>, result: Result<()>) {
    page.tell(result);
    busy.set(false);
}

fn change(page: Page, busy: RwSignal<bool>, place: Option<usize>) {
    busy.set(true);
    lean::spawn(async move {
        let result = remove(page, place).await;
        finish(page, busy, result);
    });
}

/// The choice of the class, the button, and what was added.
pub fn view(page: Page) -> AnyView {
    // One change at a time: each makes a set of the one before.
    let busy = RwSignal::new(false);
    let class = RwSignal::new(String::new());
    let names = lean::memo(move || classes(page));
    // One that was given for other data is not the one that is looked at.
    let is_given = lean::memo(move || {
        let given = page.eye.given.with_value(|given| given.len());
        let is_seen = page.eye.seen.with(|seen| seen.as_ref().is_some_and(|seen| seen.view.input.len() == given));
        page.eye.subject.get() == Subject::Given && is_seen
    });
    let fits = lean::memo(move || names.with(Option::is_some) || !page.preview.with(|preview| matches!(preview, Preview::Ready(..))));
    let chosen = move || names.with(|names| names.as_ref()?.iter().position(|name| *name == class.get()));
    let options = move || {
        let names = names.with(|names| names.as_ref().map(|names| names.to_vec()).unwrap_or_default());
        let first = (String::new(), "class …".to_owned());
        std::iter::once(first).chain(names.into_iter().map(|name| (name.clone(), name))).collect()
    };
    let added = lean::memo(move || present(page).samples);
    let count = move || added.with(Vec::len);
    let press = move || {
        let Some(label) = untrack(chosen) else { return };
        busy.set(true);
        lean::spawn(async move {
            let result = add(page, label as u32).await;
            finish(page, busy, result);
        });
    };
    let said = move || match (count(), is_given.get() && !fits.get()) {
        (_, true) => "This sample is of another kind than the setup's data.".to_owned(),
        (0, _) => String::new(),
        (1, _) => "1 of yours is in the data of the next run.".to_owned(),
        (count, _) => format!("{count} of yours are in the data of the next run."),
    };
    let list = move || {
        let shown = page.preview.with(|preview| match preview {
            Preview::Ready(_, view) => Some((view.summary.shape, view.summary.classes.clone())),
            _ => None,
        });
        let (shape, classes) = shown.unzip();
        let class = |label: u32| classes.as_ref().and_then(|classes| classes.get(label as usize)).cloned().unwrap_or_default();
        added.with(|added| {
            let last = added.iter().enumerate().rev().take(MOST_SHOWN);
            lean::list(last.map(|(place, sample)| item(page, busy, place, sample, shape, &class(sample.label))))
        })
    };
    let enabled = Signal::derive(move || !busy.get() && is_given.get() && chosen().is_some() && count() < MOST_ADDED);
    let button =
        Button { id: "add-sample", enabled, ..Button::new("Add to the data", "The next run is trained on it too; it is never held out") };
    let all = Button { id: "remove-added", ..Button::new("Remove all", "The data as they were") };
    view! {
        <div class="adding" class:hidden=move || !is_given.get() && count() == 0>
            <div class="adding-tools" class:hidden=move || !is_given.get()>
                {lean::choice("add-class", "It is a", options, move || class.get(), move |name| class.set(name))} {button.view(press)}
            </div>
            <p class="note" id="added-words" role="status">{lean::text(said)}</p>
            <details class="added" id="added" class:hidden=move || count() == 0>
                <summary>"Those of yours"</summary>
                <ul class="sample-strip added-list" id="added-list">{lean::live(list)}</ul>
                {all.view(move || change(page, busy, None))}
            </details>
        </div>
    }
    .into_any()
}
