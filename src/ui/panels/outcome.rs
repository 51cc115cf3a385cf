//! The panel of the outcome: what the network makes of a sample, of a drawing, or of every point of a plane, now and while it
//! trains.
//!
//! Never here: the network itself ([`network`](super) is another panel), metrics over many samples.

mod adding;
mod bars;
mod pad;
mod picture;
mod surface;
mod table;

use crate::domain::data::SampleShape;
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::view::{Seen, words as of_view};
use bars::bars;
use leptos::prelude::*;

/// The way in which the panel is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Way {
    /// A sample of the data.
    #[default]
    Sample,
    /// A drawing, or a picture that was given.
    Draw,
}

/// The kind of samples that is looked at: it changes rarely, unlike the view.
fn input_of(page: Page) -> Memo<Option<SampleShape>> {
    lean::memo(move || page.eye.seen.with(|seen| seen.as_ref().map(|seen| seen.view.input)))
}

fn of_image(page: Page, way: RwSignal<Way>) -> AnyView {
    let eye = page.eye;
    let toggle = move |face: &'static str, title: &'static str, id: &'static str, to: Way| {
        let pressed = Signal::derive(move || way.get() == to);
        Button { id, pressed: Some(pressed), ..Button::new(face, title) }.view(move || way.set(to))
    };
    // Beside a drawing stands what is said of that, also in slow motion.
    let is_sample = move || way.get() == Way::Sample;
    let said = move || eye.with_shown(is_sample(), |seen| seen.map_or_else(String::new, of_view::outcome));
    let probabilities = move || {
        eye.with_shown(is_sample(), |seen| {
            let seen: &Seen = seen?;
            let label = seen.view.sample.and_then(|sample| sample.label);
            Some(bars(&seen.numbers.outputs, |class| seen.class(class), label))
        })
    };
    view! {
        <div class="outcome-ways" role="group" aria-label="What to look at">
            {toggle("Sample", "A sample of the data", "way-sample", Way::Sample)} {toggle("Draw", "Your own drawing or picture", "way-draw", Way::Draw)}
        </div>
        <div class="outcome-picture">
            {lean::live(move || match way.get() {
                Way::Sample => picture::view(page),
                Way::Draw => pad::view(page),
            })}
            <div class="outcome-said">
                <p id="outcome-words" role="status">{lean::text(said)}</p>
                {lean::maybe(probabilities)}
            </div>
        </div>
    }
    .into_any()
}

/// The panel.
pub fn view(page: Page) -> AnyView {
    let way = RwSignal::new(Way::default());
    let input = input_of(page);
    let Explained { button, words } = explain(
        "Outcome",
        "What the network makes of one sample, of your drawing, or of every point of the plane: the class with the highest probability. \
         Saliency is the gradient by each input, times the input; \"when covered\" is what the prediction loses without that part. \
         Your own samples can be added to the data of the next run: that is another set, with a name of its own, kept until the page is left.",
        "",
    );
    let content = move || match input.get() {
        Some(SampleShape::Image { .. }) => view! { {of_image(page, way)} {adding::view(page)} }.into_any(),
        Some(SampleShape::Vector(_)) => view! { {surface::view(page)} {table::view(page)} {adding::view(page)} }.into_any(),
        None => view! { <p class="note">"The network and its data are on their way."</p> }.into_any(),
    };
    view! {
        <header class="card-head"><h2>"Outcome"</h2> {button}</header>
        {words}
        {lean::live(content)}
    }
    .into_any()
}
