//! Lessons: the button in the header, the list, and the lesson that is open, from the prediction to what to try next.
//!
//! The finding and the verdicts are on the page only when every run of the lesson has been made, and a run can be made only when the
//! learner has predicted, or skipped that. Never here: what a check means, files, the device's storage.

mod steps;
mod text;

use crate::error::Error;
use crate::ui::actions::lessons;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button, tag};
use crate::ui::state::lessons::{Lessons, Listed};
use leptos::prelude::*;

/// The button in the header that opens the list.
pub fn button(page: Page) -> impl IntoView {
    let is_listed = lean::memo(move || page.lessons.with(|lessons| lessons.is_listed));
    view! {
        <button
            id="lessons-button" title="Short lessons, each with a question, a run and a check"
            aria-expanded=move || is_listed.get().to_string() on:click=move |_| lessons::toggle_list(page)
        >"Lessons"</button>
    }
}

/// The list and the open lesson; absent while neither is open.
pub fn view(page: Page) -> impl IntoView {
    let open = lean::memo(move || page.lessons.with(|lessons| lessons.open.clone()));
    let list = lean::shown(move || page.lessons.with(|lessons| lessons.is_listed), move || list(page));
    let lesson = lean::maybe(move || open.with(|name| !name.is_empty()).then(|| lesson(page)));
    let back = lean::shown(move || page.lessons.with(|lessons| lessons.is_away), move || back(page));
    view! { <div class="lessons">{list}{lesson}{back}</div> }
}

/// The way back from what a lesson has led to.
fn back(page: Page) -> AnyView {
    let button = Button { id: "lesson-back", class: "primary", ..Button::new("Back to the lesson", "") };
    button.view(move || lessons::come_back(page))
}

/// A mistake in a file, in words.
fn mistake(error: &Error) -> String {
    format!("{}: {}.", error.message(), error.hint())
}

fn list(page: Page) -> AnyView {
    let problem = lean::problem(move || page.lessons.with(|lessons| lessons.problem.as_ref().map(mistake)));
    let is_read = lean::memo(move || page.lessons.with(Lessons::is_read));
    let is_missing = lean::memo(move || page.lessons.with(|lessons| lessons.problem.is_some()));
    let items = move || {
        if !is_read.get() {
            return if is_missing.get() { Vec::new() } else { lean::list([tag("li", "note", "Reading the lessons …".into_any())]) };
        }
        page.lessons.with(|lessons| {
            let item = |listed| tag("li", "", item(page, listed, lessons.progress.of(&listed.name).done));
            lean::list(lessons.list.iter().map(item))
        })
    };
    view! {
        <section class="panel" id="lesson-list" tabindex="-1" aria-labelledby="lesson-list-title">
            <h2 id="lesson-list-title">"Lessons"</h2>
            {problem}
            <ol class="lesson-list">{lean::live(items)}</ol>
        </section>
    }
    .into_any()
}

fn item(page: Page, listed: &Listed, is_done: bool) -> AnyView {
    let name = listed.name.clone();
    match &listed.lesson {
        None => ().into_any(),
        Some(Err(error)) => tag("p", "problem", mistake(error).into_any()),
        Some(Ok(lesson)) => {
            let open = Button { class: "link-button", face: lesson.title.clone().into_any(), ..Button::new("", "") };
            let facts = format!(" {}{}", lesson.facts(), if is_done { " · ✓ done" } else { "" });
            let all = [
                open.view(move || lessons::open(page, &name)),
                tag("span", "note", facts.into_any()),
                tag("p", "note", lesson.summary.clone().into_any()),
            ];
            lean::list(all).into_any()
        }
    }
}

/// The lesson that is open, as it is known by now.
fn lesson(page: Page) -> AnyView {
    // The text of what is in the way; empty while nothing is.
    let obstacle = lean::memo(move || {
        page.lessons.with(|lessons| match (&lessons.problem, lessons.place(&lessons.open).map(|at| &lessons.list[at].lesson)) {
            (Some(error), _) | (None, Some(Some(Err(error)))) => mistake(error),
            (None, Some(Some(Ok(_)))) => String::new(),
            (None, None) if !lessons.list.is_empty() => "There is no lesson of this name. The list has those that there are.".to_owned(),
            (None, _) => "Reading the lesson …".to_owned(),
        })
    });
    let title = move || {
        page.lessons.with(|lessons| lessons.called(&lessons.open).map_or_else(|| lessons.open.clone(), |lesson| lesson.title.clone()))
    };
    let body = move || match obstacle.get() {
        none if none.is_empty() => {
            let lesson = page.lessons.with_untracked(|lessons| lessons.called(&lessons.open));
            lean::some(lesson.map(|lesson| steps::view(page, lesson)))
        }
        words => view! { <p class="problem" role="status">{words}</p> }.into_any(),
    };
    let go = |face: &'static str, id: &'static str, distance: isize| {
        let is_there = lean::memo(move || page.lessons.with(|lessons| lessons.neighbour(distance).is_some()));
        Button { id, enabled: is_there.into(), ..Button::new(face, "") }.view(move || lessons::go(page, distance))
    };
    let close = Button { id: "lesson-close", name: "Close the lesson", ..Button::new("×", "Close the lesson") };
    view! {
        <section class="panel lesson" id="lesson" tabindex="-1" aria-labelledby="lesson-title">
            <header class="panel-head">
                <h2 id="lesson-title">{lean::text(title)}</h2>
                {go("Previous lesson", "lesson-previous", -1)}
                {go("Next lesson", "lesson-next", 1)}
                {close.view(move || lessons::close(page))}
            </header>
            {lean::live(body)}
        </section>
    }
    .into_any()
}
