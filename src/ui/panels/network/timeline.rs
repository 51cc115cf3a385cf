//! The time line: a scrubber over the moments whose weights are kept, a film of them, and a run that goes on from one.
//!
//! Never here: the weights of a moment, which are in the worker.

use super::film::Saving;
use crate::domain::run::event::Step;
use crate::domain::run::trail::TrailCard;
use crate::protocol::RunId;
use crate::ui::actions::moments;
use crate::ui::page::Page;
use crate::ui::parts::format::{format_count, format_size};
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::phase::Phase;
use leptos::prelude::*;
use std::time::Duration;

/// The time between two moments while they are played.
const PICTURE: Duration = Duration::from_millis(120);

/// The shown run with its trail and the steps it has made, while its model is in memory.
fn trail_of(page: Page) -> Option<(RunId, TrailCard, Step)> {
    page.runs.track();
    page.phase.track();
    let inner = page.inner();
    let store = inner.store.borrow();
    let run = store.shown().filter(|run| run.begin.is_some() && page.has_model(run.id).is_some())?;
    Some((run.id, run.trail.clone(), run.batches() as Step))
}

/// The time line; absent before a run has begun, or when its model is no longer in memory.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let trail = lean::memo(move || trail_of(page));
    let is_playing = RwSignal::new(false);
    // Places 0 and on are moments; the last one is now.
    let last = move || trail.with(|trail| trail.as_ref().map_or(0, |(_, trail, _)| trail.steps.len()));
    let place = move || {
        trail.with(|trail| match trail {
            Some((run, trail, _)) => match eye.moment_of(*run) {
                Some(step) => trail.steps.partition_point(|&kept| kept < step).min(trail.steps.len()),
                None => trail.steps.len(),
            },
            None => 0,
        })
    };
    let go = move |place: usize| {
        let target = trail.with_untracked(|trail| trail.as_ref().map(|(run, trail, _)| (*run, trail.steps.get(place).copied())));
        if let Some((run, step)) = target {
            moments::go_to(page, step.map(|step| (run, step)));
        }
    };
    let advance = move || {
        let (place, last) = (untrack(place), untrack(last));
        if !is_playing.get_untracked() {
            return;
        }
        // The next picture when this one is there, so that a slow worker shows all of them.
        let is_there = eye.seen.with_untracked(|seen| {
            let wanted = eye.moment.get_untracked().map(|(_, step)| step);
            seen.as_ref().is_some_and(|seen| wanted.is_none_or(|wanted| wanted == seen.step()))
        });
        if !is_there {
            return;
        }
        go(place + 1);
        if place + 1 >= last {
            is_playing.set(false);
        }
    };
    lean::every(PICTURE, move || is_playing.get(), advance);
    let play = move || {
        let starts = !is_playing.get_untracked();
        if starts && untrack(place) >= untrack(last) {
            go(0);
        }
        is_playing.set(starts);
    };
    let words = move || {
        trail.with(|trail| {
            let Some((run, trail, batches)) = trail else { return String::new() };
            let kept = trail.steps.len() as u32;
            let at = match eye.moment_of(*run) {
                Some(step) => format!("step {} of {}", format_count(f64::from(step)), format_count(f64::from(*batches))),
                None => format!("now, step {}", format_count(f64::from(*batches))),
            };
            if kept == 0 {
                return at;
            }
            let thinned = match kept {
                _ if kept < trail.seen => format!("{kept} of {} moments kept", trail.seen),
                1 => "1 moment kept".to_owned(),
                _ => format!("{kept} moments kept"),
            };
            format!("{at} · {thinned}, {}", format_size(trail.bytes as f64))
        })
    };
    let is_back = lean::memo(move || trail.with(|trail| trail.as_ref().is_some_and(|(run, ..)| eye.moment_of(*run).is_some())));
    let is_there = lean::memo(move || trail.with(|trail| trail.as_ref().is_some_and(|(_, trail, _)| !trail.steps.is_empty())));
    let face = lean::text(move || if is_playing.get() { "Stop" } else { "Play" });
    let play_button = Button { id: "film", ..Button::new("", "Play the moments as a film") };
    let play_button = Button { face: view! { {face} }.into_any(), ..play_button };
    let now = Button { id: "moment-now", enabled: is_back.into(), ..Button::new("Now", "Back to the present weights") };
    let branch = Button {
        id: "branch",
        enabled: is_back.into(),
        ..Button::new("Go on from here …", "The next run begins with the weights of this moment")
    };
    let saving = Saving::new();
    let save_face = lean::text(move || match saving.done.get() {
        None => "Save film".to_owned(),
        Some((done, of)) => format!("Stop saving ({done} of {of})"),
    });
    // While it trains the moments still come, and each question would take training's time.
    let can_save = lean::memo(move || {
        let is_busy = page.phase.with(|phase| matches!(phase, Phase::Starting | Phase::Running | Phase::Validating));
        saving.done.get().is_some() || (!is_busy && trail.with(|trail| trail.as_ref().is_some_and(|(_, trail, _)| trail.steps.len() > 1)))
    });
    let save_film = Button {
        id: "save-film",
        enabled: can_save.into(),
        ..Button::new(
            "",
            "A GIF with a frame for each moment: the network, its outcome, the loss up to there. When the run has ended or is held.",
        )
    };
    let save_film = Button { face: view! { {save_face} }.into_any(), ..save_film };
    let save = move || {
        if let Some(run) = trail.with_untracked(|trail| trail.as_ref().map(|(run, ..)| *run)) {
            saving.toggle(page, run);
        }
    };
    view! {
        <div class="timeline" class:waits=move || !is_there.get() class:hidden=move || eye.slow.with(Option::is_some)>
            {play_button.view(play)}
            <input
                id="moment" type="range" min="0" step="1" aria-label="Moment of the run" max=lean::text(move || last().to_string())
                aria-valuetext=lean::text(words) prop:value=move || place().to_string()
                on:input=move |event| {
                    is_playing.set(false);
                    if let Ok(place) = event_target_value(&event).parse::<usize>() {
                        go(place);
                    }
                }
            />
            {now.view(move || moments::go_to(page, None))}
            {branch.view(move || moments::branch(page))}
            {save_film.view(save)}
            <span class="note" id="moment-words">{lean::text(words)}</span>
        </div>
    }
    .into_any()
}
