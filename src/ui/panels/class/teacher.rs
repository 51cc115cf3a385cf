//! The link for a class: a title, a task, a lesson, what stays open, what is not shown; with the setup as it is now.

use crate::domain::class::Control;
use crate::domain::class::line;
use crate::domain::class::settings::{MOST_TASK, MOST_TITLE};
use crate::ui::actions::{class, lessons};
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::class::{Draft, parts};
use leptos::prelude::*;

/// A choice that is on or off.
fn tick(label: &'static str, is_on: Box<dyn Fn() -> bool + Send>, set: Box<dyn Fn(bool)>) -> AnyView {
    view! {
        <label class="field inline tick">
            <input type="checkbox" prop:checked=lean::flag(is_on) on:change=move |event| set(event_target_checked(&event)) />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// A text of the class, of at most `most` characters.
fn text(
    id: &'static str,
    label: &'static str,
    most: usize,
    get: fn(&Draft) -> &str,
    set: fn(&mut Draft, String),
    draft: RwSignal<Draft>,
) -> AnyView {
    view! {
        <label class="field" for=id>
            <span>{label}</span>
            <input
                id=id type="text" maxlength=most prop:value=move || draft.with(|draft| get(draft).to_owned())
                on:change=move |event| draft.update(|draft| set(draft, line(&event_target_value(&event), most)))
            />
        </label>
    }
    .into_any()
}

/// Choices under a heading.
fn choices(legend: &'static str, all: Vec<AnyView>) -> AnyView {
    view! { <fieldset class="class-choices"><legend>{legend}</legend>{all}</fieldset> }.into_any()
}

/// The panel.
pub fn view(page: Page) -> AnyView {
    let draft = RwSignal::new(Draft::default());
    lessons::load(page);
    let lesson = lean::choice(
        "class-lesson",
        "Lesson",
        move || {
            let none = (String::new(), "None".to_owned());
            let title =
                |name: &str| page.lessons.with(|lessons| lessons.called(name).map_or(name.to_owned(), |lesson| lesson.title.clone()));
            let names: Vec<String> = page.lessons.with(|lessons| lessons.list.iter().map(|listed| listed.name.clone()).collect());
            std::iter::once(none).chain(names.into_iter().map(|name| (name.clone(), title(&name)))).collect()
        },
        move || draft.with(|draft| draft.lesson.clone()),
        move |name| draft.update(|draft| draft.lesson = name),
    );
    let open = Control::ALL.map(|(control, _, title)| {
        let is_open = move || draft.with(|draft| !draft.settings.locks(control));
        tick(title, Box::new(is_open), Box::new(move |open| draft.update(|draft| draft.leave_open(control, open))))
    });
    let shown = parts().into_iter().map(|(id, title)| {
        let is_shown = move || draft.with(|draft| !draft.settings.hides(id));
        tick(title, Box::new(is_shown), Box::new(move |show| draft.update(|draft| draft.hide(id, !show))))
    });
    // The link, or the words on why there is none.
    let made = lean::memo(move || draft.with(|draft| class::link(page, draft)).map_err(|error| error.to_string()));
    let link = lean::memo(move || made.get().unwrap_or_default());
    let is_there = lean::memo(move || !link.with(String::is_empty));
    let copy = Button { id: "class-copy", enabled: is_there.into(), ..Button::new("Copy the link", "") };
    let show = Button { id: "class-show", enabled: is_there.into(), ..Button::new("Show as QR code", "Large, for a projector") };
    view! {
        <section class="panel" id="class-link-panel" aria-labelledby="class-link-title">
            {heading("class-link-title", "A link for your class", "The link holds the setup as it is now, and what you choose here. On a student's page only what is ticked can be changed, and only what is ticked is shown; \
                whoever wants to can leave these settings: they keep attention, they protect nothing. Nothing is sent anywhere.")}
            <div class="fields">
                {text("class-name", "Title", MOST_TITLE, |draft| &draft.settings.title, |draft, text| draft.settings.title = text, draft)}
                {text("class-task-field", "Task", MOST_TASK, |draft| &draft.settings.task, |draft, text| draft.settings.task = text, draft)}
                {lesson}
            </div>
            {choices("Students may change", open.into())}
            {choices("Shown", shown.collect())}
            <label class="field" for="class-link"><span>"Link"</span><input id="class-link" type="text" readonly prop:value=move || link.get() /></label>
            {lean::problem(move || made.get().err())}
            <div class="buttons">
                {copy.view(move || class::copy(page, "link", link.get_untracked()))}
                {show.view(move || class::show_code(page, link.get_untracked()))}
            </div>
        </section>
    }
    .into_any()
}
