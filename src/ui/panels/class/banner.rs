//! The banner of a class on a student's page: the teacher's title and task, what is locked, the result to give back, and the way out.

use super::hand_in;
use crate::ui::actions::class;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button, tag};
use leptos::prelude::*;

/// The banner; absent while the page has no class's settings.
pub fn view(page: Page) -> AnyView {
    lean::live(move || match page.class.settings.get() {
        None => ().into_any(),
        Some(settings) => {
            let title = if settings.title.is_empty() { "Class" } else { &settings.title }.to_owned();
            let leave = Button { id: "leave-class", ..Button::new("Leave the class", "Everything is there again; the setup stays") };
            view! {
                <section class="panel class-banner" id="class-banner" aria-labelledby="class-title">
                    <header class="panel-head"><h2 id="class-title">{title}</h2> {leave.view(move || class::leave(page))}</header>
                    <p id="class-task">{settings.task.clone()}</p>
                    {tag("p", "note", settings.lock_words().into_any())}
                    {hand_in::view(page)}
                    <p class="note" id="class-handed" role="status">{move || page.class.said.get()}</p>
                </section>
            }
            .into_any()
        }
    })
    .into_any()
}
