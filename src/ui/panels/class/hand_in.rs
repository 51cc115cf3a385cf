//! A student's result, to be given back as a file or as a code: the name, and the two buttons. On a page with a class's settings it
//! stands in the banner, on any other in the section of the class.

use crate::domain::class::result::MOST_NAME;
use crate::error::Result;
use crate::ui::actions::class;
use crate::ui::page::Page;
use crate::ui::parts::focus::element;
use crate::ui::parts::lean::{self, Button};
use leptos::prelude::*;

/// The name and the buttons.
pub fn view(page: Page) -> AnyView {
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    // What is in the way is said beside the buttons, and what is missing of the visitor gets the keyboard.
    let give = move |how: fn(Page, &str) -> Result<()>| {
        page.class.said.set(String::new());
        problem.set(how(page, &name.get_untracked()).err().map(|error| error.sentences()));
        if name.with_untracked(|name| name.trim().is_empty())
            && let Some(field) = element("student-name")
        {
            field.focus().ok();
        }
    };
    let save = Button { id: "save-result", ..Button::new("Save my result", "The shown run as a small file; nothing is sent anywhere") };
    let show = Button { id: "show-result", ..Button::new("Show as a code", "The same as a short text and a QR code") };
    view! {
        <div class="hand-in" role="group" aria-label="Your result">
            <label class="field inline" for="student-name">
                <span>"Your name"</span>
                <input id="student-name" type="text" maxlength=MOST_NAME autocomplete="off" aria-describedby="hand-in-problem" on:input=move |event| name.set(event_target_value(&event)) />
            </label>
            {save.view(move || give(class::save_result))}
            {show.view(move || give(class::show_result))}
            <div class="hand-in-problem" id="hand-in-problem">{lean::problem(move || problem.get())}</div>
        </div>
    }
    .into_any()
}
