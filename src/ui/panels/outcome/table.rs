//! The numbers of one sample, typed or clicked, and what the network makes of them. Never here: the surface.

use super::bars::bars;
use crate::domain::number::widened;
use crate::domain::run::checkpoint::LAST;
use crate::domain::view::best_class;
use crate::ui::actions::questions::{Model, predict};
use crate::ui::page::Page;
use crate::ui::parts::controls::live_number;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The largest number of inputs that have fields.
const MOST_FIELDS: usize = 32;

/// Asks for the probabilities of the given sample.
fn ask(page: Page, answer: RwSignal<Vec<f32>>) {
    let numbers = page.eye.given.get_value();
    if numbers.is_empty() {
        return;
    }
    let shown = page.inner().store.borrow().shown().map(|run| run.id);
    let Some(run) = shown else { return };
    let model = match page.has_model(run) {
        Some(_) => Model::in_use(page),
        None => Model::Of(run, LAST.to_owned()),
    };
    lean::spawn(async move {
        // A run that has just begun has no model yet: the next view asks again.
        if let Ok(said) = predict(page, crate::protocol::floats::to_bytes(&numbers), model).await {
            answer.set(said);
        }
    });
}

/// The fields and the answer.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let answer = RwSignal::new(Vec::<f32>::new());
    lean::effect(move || {
        eye.subject.track();
        eye.seen.track();
        ask(page, answer);
    });
    let width = lean::memo(move || eye.seen.with(|seen| seen.as_ref().map_or(0, |seen| seen.view.input.len())));
    let field = move |input: usize| {
        let get = move || {
            eye.subject.track();
            eye.given.with_value(|numbers| numbers.get(input).copied().map_or(0.0, widened))
        };
        let set = move |value: f64| {
            let mut numbers = eye.given.get_value().to_vec();
            numbers.resize(width.get_untracked(), 0.0);
            numbers[input] = value as f32;
            eye.give(numbers);
        };
        view! { <label class="field inline"><span>{format!("x{}", input + 1)}</span>{live_number(format!("Input {}", input + 1), "any", get, set)}</label> }
    };
    let fields = move || {
        let count = width.get();
        (count <= MOST_FIELDS).then(|| lean::list((0..count).map(field)))
    };
    let axis = move |which: usize| {
        let options = move || (0..width.get()).map(|input| (input.to_string(), format!("x{}", input + 1))).collect::<Vec<_>>();
        let set = move |value: String| {
            if let Ok(input) = value.parse() {
                eye.axes.update(|axes| axes[which] = input);
            }
        };
        let (id, label) = if which == 0 { ("axis-right", "to the right") } else { ("axis-up", "upwards") };
        lean::choice(id, label, options, move || eye.axes.get()[which].to_string(), set)
    };
    let axes = move || (width.get() > 2).then(|| view! { <div class="fields">{axis(0)}{axis(1)}</div> });
    let name = move |class: u32| eye.seen.with_untracked(|seen| seen.as_ref().map_or_else(|| class.to_string(), |seen| seen.class(class)));
    let said = move || {
        answer.with(|said| match best_class(said) {
            Some((class, share)) => format!("This point: {} ({:.1} %)", name(class), share * 100.0),
            None => "Click a point, or type its numbers.".to_owned(),
        })
    };
    let shares = move || answer.with(|said| (!said.is_empty()).then(|| bars(said, name, None)));
    view! {
        <div class="given-point">
            {lean::maybe(axes)} <div class="given-numbers">{lean::maybe(fields)}</div>
            <p id="outcome-words" role="status">{lean::text(said)}</p>
            {lean::maybe(shares)}
        </div>
    }
    .into_any()
}
