//! A student's result, to be given back as a file or as a code: the name, and the two buttons. On a page with a class's settings it
//! stands in the banner, on any other in the section of the class.

use crate::domain::class::result::MOST_NAME;
use crate::ui::actions::class;
use crate::ui::page::Page;
use crate::ui::parts::lean::Button;
use leptos::prelude::*;

/// The name and the buttons.
pub fn view(page: Page) -> AnyView {
    let name = RwSignal::new(String::new());
    let save = Button { id: "save-result", ..Button::new("Save my result", "The shown run as a small file; nothing is sent anywhere") };
    let show = Button { id: "show-result", ..Button::new("Show as a code", "The same as a short text and a QR code") };
    view! {
        <div class="hand-in" role="group" aria-label="Your result">
            <label class="field inline" for="student-name">
                <span>"Your name"</span>
                <input id="student-name" type="text" maxlength=MOST_NAME autocomplete="off" on:input=move |event| name.set(event_target_value(&event)) />
            </label>
            {save.view(move || class::save_result(page, &name.get_untracked()))}
            {show.view(move || class::show_result(page, &name.get_untracked()))}
        </div>
    }
    .into_any()
}
