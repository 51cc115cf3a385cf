//! One step in slow motion: the button that asks for it, and the acts with their sentence and numbers. Never here: the picture of an
//! act; how a batch is trained for it.

use crate::ui::actions::slow::slow_step;
use crate::ui::page::Page;
use crate::ui::parts::focus::once_there;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::view::slow::{Act, Show};
use leptos::prelude::*;
use std::time::Duration;

/// The time between two pictures.
const PICTURE: Duration = Duration::from_millis(40);

/// Whether the visitor's system may be shown what moves.
fn moves() -> bool {
    !window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches())
}

/// The button.
pub fn button(page: Page) -> AnyView {
    let eye = page.eye;
    let title = "Train the next batch and see all that it does; a run that goes on is paused for it";
    let enabled = Signal::derive(move || !eye.is_slowing.get() && eye.slow.with(Option::is_none));
    Button { id: "slow-step", name: "One step in slow motion", enabled, ..Button::new("Slow motion", title) }.view(move || slow_step(page))
}

fn go(page: Page, by: isize) {
    let act = page.eye.show.with_untracked(|show| show.act.turn(by));
    page.eye.show.set(Show::of(act, moves()));
}

fn close(page: Page) {
    page.eye.slow.set(None);
    once_there("slow-step", |button| drop(button.focus()));
}

/// Lets time go on while something moves.
fn follow(page: Page) {
    let eye = page.eye;
    let is_moving = move || eye.slow.with(Option::is_some) && eye.show.with(Show::is_moving);
    lean::every(PICTURE, is_moving, move || eye.show.update(|show| *show = show.later(PICTURE.as_secs_f64() * 1e3)));
    // A film begins with its first act, and with the keyboard where it goes on; it is over with its run.
    lean::effect(move || {
        if eye.slow.with(Option::is_some) {
            eye.show.set(Show::of(Act::Forward, moves()));
            once_there("slow-next", |button| drop(button.focus()));
        }
    });
    lean::effect(move || {
        page.runs.track();
        let shown = page.inner().store.borrow().shown().map(|run| run.id);
        if eye.slow.with_untracked(|film| film.as_ref().is_some_and(|film| film.before.run != shown)) {
            eye.slow.set(None);
        }
    });
}

fn controls(page: Page) -> AnyView {
    let eye = page.eye;
    let act = lean::memo(move || eye.show.with(|show| show.act as usize));
    let is_playing = lean::memo(move || eye.show.with(|show| show.is_playing));
    let words = move || format!("{} of {} · {}", act.get() + 1, Act::ALL.len(), Act::ALL[act.get()].title());
    // Never out of use, or the keyboard would lose its place at the last act.
    let back = Button { id: "slow-back", ..Button::new("Back", "The act before (arrow left)") };
    let face = lean::text(move || if act.get() + 1 == Act::ALL.len() { "First act" } else { "Next act" });
    let next = Button { id: "slow-next", ..Button::new("", "The next act; after the last one the first again (arrow right)") };
    let next = Button { face: view! { {face} }.into_any(), ..next };
    let face = lean::text(move || if is_playing.get() { "Stop" } else { "Play" });
    let play = Button { id: "slow-play", ..Button::new("", "Play the acts one after the other") };
    let play = Button { face: view! { {face} }.into_any(), ..play };
    let start = move || {
        let starts = !is_playing.get_untracked();
        let from = if act.get_untracked() + 1 == Act::ALL.len() { Act::Forward } else { Act::ALL[act.get_untracked()] };
        eye.show.set(Show { is_playing: starts, ..Show::of(from, starts) });
    };
    // Where nothing is to move, acts go by hand.
    let play = moves().then(|| play.view(start));
    // Those of all acts lie over each other, and only the present one's are seen: so all have the room of the largest, and nothing jumps.
    let facts = move || {
        let of = |act: Act| eye.slow.with(|film| film.as_ref().map_or_else(Vec::new, |film| film.facts(act)));
        let lists = Act::ALL.map(|each| {
            let items = lean::list(of(each).into_iter().map(|fact| lean::tag("li", "", fact.into_any())));
            let kind = if each as usize == act.get() { "slow-facts" } else { "slow-facts unseen" };
            view! { <ul class=kind aria-label="Numbers of this act">{items}</ul> }
        });
        lean::list(lists)
    };
    view! {
        <div class="slow-bar">
            <strong id="slow-act">{lean::text(words)}</strong>
            {back.view(move || go(page, -1))} {next.view(move || go(page, 1))} {lean::some(play)}
            {Button { id: "slow-close", ..Button::new("Close", "Back to the network as it is now (Escape)") }.view(move || close(page))}
        </div>
        <div class="slow-acts" id="slow-facts">{lean::live(facts)}</div>
    }
    .into_any()
}

/// The acts, while there is a film.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    follow(page);
    let is_there = lean::memo(move || eye.slow.with(Option::is_some));
    let caption = move |act: Act| {
        eye.slow.with(|film| {
            film.as_ref().map_or_else(String::new, |film| {
                let held = if film.was_held && act == Act::Forward { " The run is paused after it." } else { "" };
                film.caption(act) + held
            })
        })
    };
    let said = lean::memo(move || caption(eye.show.with(|show| show.act)));
    // Those of all acts lie behind it: it has the room of the longest.
    let all = move || lean::list(Act::ALL.map(|act| lean::tag("p", "slow-words unseen", caption(act).into_any())));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowRight" => go(page, 1),
            "ArrowLeft" => go(page, -1),
            "Escape" => close(page),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="slow" id="slow" role="group" aria-label="One step in slow motion" on:keydown=on_key>
            <div class="slow-acts">
                <p class="slow-words" id="slow-words" role="status">{lean::text(move || said.get())}</p>
                {lean::live(all)}
            </div>
            {lean::shown(move || is_there.get(), move || controls(page))}
        </div>
    }
    .into_any()
}
