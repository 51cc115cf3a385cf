//! The panel of kept weights of the shown run: its checkpoints, those of callbacks and those that the visitor keeps by hand, and what it
//! has left at its end, in an earlier visit too. Each can be saved as a file, gone on from, deleted; checkpoints can also be put back, and
//! used for predictions.

use crate::domain::run::checkpoint::{CheckpointCard, MOST_BY_HAND};
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::ui::actions::exports::weights_file;
use crate::ui::actions::questions::{forget_checkpoint, keep_checkpoint, put_back};
use crate::ui::actions::weights::{self, Place};
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::explain::heading;
use crate::ui::parts::files::save_blob;
use crate::ui::parts::format::{format_clock, format_count, format_size};
use crate::ui::parts::lean;
use leptos::prelude::*;
use std::future::Future;

/// Runs `work`, and tells its result in `said`.
fn act<T>(page: Page, said: RwSignal<String>, work: impl Future<Output = Result<T>> + 'static, words: impl FnOnce(T) -> String + 'static) {
    lean::spawn(async move {
        match work.await {
            Ok(done) => said.set(words(done)),
            Err(error) => page.notify(error),
        }
    });
}

/// The kept weights of the shown run.
#[derive(Clone, Default, PartialEq)]
struct Kept {
    run: RunId,
    /// Whether its model is in a worker, where more can be kept.
    has_model: bool,
    checkpoints: Vec<CheckpointCard>,
    /// The weights that it has left at its end.
    left: Vec<CheckpointCard>,
}

/// A line of the table: weights of `run`, which a worker has or the page keeps (`is_left`).
fn entry(page: Page, said: RwSignal<String>, run: RunId, is_left: bool, card: CheckpointCard) -> impl IntoView {
    let CheckpointCard { id, name, step, value, at_ms, bytes, .. } = card.clone();
    let value = value.map_or_else(|| "–".to_owned(), |(series, value)| format!("{series} {value:.4}"));
    let is_used = lean::memo(move || !is_left && page.judge.with(|judge| judge.as_ref().is_some_and(|judge| judge.id == id)));
    let its_card = card.clone();
    let place = move || {
        if is_left {
            return Ok(Place::Page(its_card.clone()));
        }
        let gone = || Error::new(Code::InvalidState, "the model of this run is gone", "train it again");
        page.has_model(run).map(|worker| Place::Worker(worker, Some(id))).ok_or_else(gone)
    };
    let its_place = place.clone();
    let save = move |_| {
        let place = its_place();
        let work = async move { weights_file(weights::take(page, run, place?).await?) };
        act(page, said, work, move |blob| {
            let file = format!("emberscope-run-{run}-step-{step}.safetensors");
            save_blob(&blob, &file);
            format!("{file}: {}", format_size(blob.size()))
        });
    };
    let branch = move |_| {
        let place = place();
        act(page, said, async move { weights::branch(page, run, place?).await }, |words| words);
    };
    let put_back = move |_| {
        act(page, said, put_back(page, id), |card| {
            format!("\u{201c}{}\u{201d} was put back: weights as after step {}.", card.name, card.step)
        });
    };
    let its_card = card.clone();
    let forget = move |_| {
        let card = its_card.clone();
        let work =
            async move { if is_left { weights::forget(page, run, &card).map(|()| card) } else { forget_checkpoint(page, id).await } };
        act(page, said, work, |card| format!("\u{201c}{}\u{201d} was let go.", card.name));
    };
    let toggle = move |_| page.judge.set((!is_used.get_untracked()).then(|| card.clone()));
    let names = name.clone();
    let of_model = (!is_left).then(|| view! {
        <button class="put-back" aria-label=format!("Put back {names}") on:click=put_back>"Put back"</button>
        <button
            class="use-checkpoint" aria-label=format!("Use {names} for predictions") aria-pressed=move || is_used.get().to_string() on:click=toggle
        >{move || if is_used.get() { "In use for predictions" } else { "Use for predictions" }}</button>
    });
    view! {
        <tr>
            <th scope="row">{name.clone()}</th>
            <td data-of="step">{format_count(f64::from(step))}</td>
            <td data-of="because of">{value}</td>
            <td data-of="kept at">{format_clock(at_ms / 1000.0)}</td>
            <td data-of="memory">{format_size(bytes as f64)}</td>
            <td class="checkpoint-tools">
                {lean::some(of_model)}
                <button class="branch-checkpoint" aria-label=format!("Go on from here with …: {name}") title="Begins another run with these weights, with whatever setup" on:click=branch>"Go on from here with …"</button>
                <button class="save-checkpoint" aria-label=format!("Save {name} as safetensors") on:click=save>"Save"</button>
                <button class="forget" aria-label=format!("Forget {name}") on:click=forget>"Forget"</button>
            </td>
        </tr>
    }
}

/// The panel; absent while nothing is kept of the shown run, and nothing can be.
pub fn view(page: Page) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let kept = lean::memo(move || {
        page.version.track();
        page.runs.list.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown().filter(|run| run.begin.is_some())?;
        let has_model = page.has_model(run.id).is_some();
        let left = if run.is_live() { Vec::new() } else { run.weights.clone() };
        (has_model || !left.is_empty()).then(|| Kept { run: run.id, has_model, checkpoints: run.checkpoints.clone(), left })
    });
    let has_model = move || kept.with(|kept| kept.as_ref().is_some_and(|kept| kept.has_model));
    let name = lean::Node::<leptos::html::Input>::new();
    let keep = move |_| {
        let wished = name.get_untracked().map(|input| input.value()).unwrap_or_default();
        act(page, said, keep_checkpoint(page, wished), move |card| {
            if let Some(input) = name.get_untracked() {
                input.set_value("");
            }
            format!("The weights after step {} are kept as \u{201c}{}\u{201d}.", card.step, card.name)
        });
    };
    let sum = move || {
        let Kept { has_model, checkpoints, left, .. } = kept.get().unwrap_or_default();
        let by_hand = checkpoints.iter().filter(|card| card.by_hand).count();
        let bytes = |cards: &[CheckpointCard]| format_size(cards.iter().map(|card| card.bytes as f64).sum());
        let in_worker =
            has_model.then(|| format!("{} kept, {}; {by_hand} of at most {MOST_BY_HAND} by hand.", checkpoints.len(), bytes(&checkpoints)));
        let at_end = (!left.is_empty()).then(|| format!("{} left by the run, {}: they stay as long as it does.", left.len(), bytes(&left)));
        in_worker.into_iter().chain(at_end).collect::<Vec<_>>().join(" ")
    };
    let table = move || {
        let Kept { run, has_model, checkpoints, left } = kept.get()?;
        let in_worker = checkpoints.into_iter().rev().filter(|_| has_model).map(|card| (false, card));
        let all: Vec<_> = in_worker.chain(left.into_iter().map(|card| (true, card))).collect();
        if all.is_empty() {
            return None;
        }
        let rows = lean::list(all.into_iter().map(|(is_left, card)| entry(page, said, run, is_left, card)));
        Some(view! {
            {scroller("Checkpoints kept", view! {
                <table id="checkpoint-list">
                    <thead><tr>
                        <th scope="col">"name"</th><th scope="col">"step"</th><th scope="col">"because of"</th><th scope="col">"kept at"</th>
                        <th scope="col">"memory"</th><td></td>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            }.into_any())}
        })
    };
    view! {
        <section class="panel" id="checkpoints" aria-labelledby="checkpoints-title" class:hidden=move || kept.with(Option::is_none)>
            <header class="panel-head">
                {heading("checkpoints-title", "Checkpoints", "Weights of the shown run. Those in the worker's memory stay until the next run begins; what a run has left at its end stays as long as the run. Put back brings weights, batch norm's and the optimiser's running means; step, learning rate and the place in the data stay as they are. Go on from here makes a run of its own of them, with whatever setup.")}
                <label class="field inline" for="checkpoint-name" class:hidden=move || !has_model()><span>"Name"</span><input id="checkpoint-name" type="text" maxlength="60" node_ref=name /></label>
                <button id="keep-checkpoint" class:hidden=move || !has_model() on:click=keep>"Keep now"</button>
            </header>
            <p class="note" id="checkpoint-sum">{lean::text(sum)}</p>
            <p role="status" id="checkpoint-said">{move || said.get()}</p>
            {lean::maybe(table)}
        </section>
    }
}
