//! The panel of checkpoints: those of callbacks and those that the visitor keeps by hand. Each can be restored, used
//! for predictions, or deleted.

use crate::domain::run::checkpoint::{CheckpointCard, MOST_BY_HAND};
use crate::error::Result;
use crate::ui::actions::questions::{forget_checkpoint, keep_checkpoint, put_back};
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::explain::heading;
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

fn entry(page: Page, said: RwSignal<String>, card: CheckpointCard) -> impl IntoView {
    let CheckpointCard { id, name, step, value, at_ms, bytes, .. } = card.clone();
    let value = value.map_or_else(|| "–".to_owned(), |(series, value)| format!("{series} {value:.4}"));
    let is_used = lean::memo(move || page.judge.with(|judge| judge.as_ref().is_some_and(|judge| judge.id == id)));
    let put_back = move |_| {
        act(page, said, put_back(page, id), |card| {
            format!("\u{201c}{}\u{201d} was put back: weights as after step {}.", card.name, card.step)
        });
    };
    let forget = move |_| act(page, said, forget_checkpoint(page, id), |card| format!("\u{201c}{}\u{201d} was let go.", card.name));
    let toggle = move |_| page.judge.set((!is_used.get_untracked()).then(|| card.clone()));
    view! {
        <tr>
            <th scope="row">{name.clone()}</th>
            <td data-of="step">{format_count(f64::from(step))}</td>
            <td data-of="because of">{value}</td>
            <td data-of="kept at">{format_clock(at_ms / 1000.0)}</td>
            <td data-of="memory">{format_size(bytes as f64)}</td>
            <td class="checkpoint-tools">
                <button class="put-back" aria-label=format!("Put back {name}") on:click=put_back>"Put back"</button>
                <button
                    class="use-checkpoint" aria-label=format!("Use {name} for predictions") aria-pressed=move || is_used.get().to_string() on:click=toggle
                >{move || if is_used.get() { "In use for predictions" } else { "Use for predictions" }}</button>
                <button class="forget" aria-label=format!("Forget {name}") on:click=forget>"Forget"</button>
            </td>
        </tr>
    }
}

/// The panel; absent before a run has begun, or when the model of the shown run is no longer in memory.
pub fn view(page: Page) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let kept = lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown().filter(|run| run.begin.is_some() && page.has_model(run.id).is_some())?;
        Some(run.checkpoints.clone())
    });
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
        let kept = kept.get().unwrap_or_default();
        let by_hand = kept.iter().filter(|card| card.by_hand).count();
        format!(
            "{} kept, {}; {by_hand} of at most {MOST_BY_HAND} by hand.",
            kept.len(),
            format_size(kept.iter().map(|card| card.bytes as f64).sum())
        )
    };
    let table = move || {
        let kept = kept.get().filter(|kept| !kept.is_empty())?;
        let rows = lean::list(kept.into_iter().rev().map(|card| entry(page, said, card)));
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
                {heading("checkpoints-title", "Checkpoints", "Weights in the worker's memory, until the next run begins. Put back brings weights, batch norm's and the optimiser's running means; step, learning rate and the place in the data stay as they are.")}
                <label class="field inline" for="checkpoint-name"><span>"Name"</span><input id="checkpoint-name" type="text" maxlength="60" node_ref=name /></label>
                <button id="keep-checkpoint" on:click=keep>"Keep now"</button>
            </header>
            <p class="note" id="checkpoint-sum">{lean::text(sum)}</p>
            <p role="status" id="checkpoint-said">{move || said.get()}</p>
            {lean::maybe(table)}
        </section>
    }
}
