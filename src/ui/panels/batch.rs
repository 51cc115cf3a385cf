//! The panel of one batch: its recorded values, and the prediction for each of its samples. It opens by a click on a
//! chart of batches, by Enter with the chart's cursor, or by the batch's number.

mod facts;
mod pictures;

use crate::domain::data::batch_view::{BatchView, SampleOrder, Source};
use crate::domain::record::batch_memory::{BUDGET, Extent};
use crate::domain::run::event::Step;
use crate::protocol::RunId;
use crate::ui::actions::questions::{ShownBatch, Slice, last_batch, look_at_batch, show_batch};
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean;
use crate::ui::state::store::Run;
use leptos::html::{Input, Section};
use leptos::prelude::*;
use std::rc::Rc;

/// Number of samples drawn at once; more are drawn when the visitor asks for them.
const PAGE: u32 = 96;

/// The batch that is shown, with its run.
#[derive(Clone)]
struct Shown {
    run: RunId,
    batch: Rc<ShownBatch>,
    order: SampleOrder,
}

fn place(view: &BatchView, run: &Run) -> String {
    let per_epoch = run.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
    format!(
        "Batch {} of the run: epoch {}, number {} of {per_epoch} in it, {} samples",
        format_count(f64::from(view.step)),
        view.epoch + 1,
        view.batch + 1,
        view.size
    )
}

/// The number of batches whose predictions are kept, in words.
fn extent_words(extent: &Extent) -> String {
    let megabytes = BUDGET >> 20;
    let kept = format_count(f64::from(extent.batches));
    if extent.batches == extent.seen {
        return format!(
            "The predictions of all {kept} batches so far are kept ({:.1} of {megabytes} MB).",
            extent.bytes as f64 / f64::from(1 << 20)
        );
    }
    format!("The predictions of the last {kept} of {} batches are kept ({megabytes} MB).", format_count(f64::from(extent.seen)))
}

/// The origin of the predictions, in plain words, for they may be others than one expects.
fn source_words(view: &BatchView) -> String {
    match view.source {
        Source::AsTrained => {
            format!("Predictions as they were when this batch was trained, before its update. {}", extent_words(&view.extent))
        }
        Source::PresentWeights { step } => format!(
            "The predictions of that time were let go. {} Below: the same samples, judged by the present weights, after step {}.",
            extent_words(&view.extent),
            format_count(f64::from(step))
        ),
        Source::KeptWeights { step } => format!(
            "The predictions of that time went with the run's model. Below: the same samples, judged by its last weights, after step {}.",
            format_count(f64::from(step))
        ),
        Source::None => {
            "The model of this run and its predictions are no longer in memory. Below: the samples that the batch had, and their labels."
                .to_owned()
        }
    }
}

/// Asks the worker for the batch that `page.batch` names; an answer that comes late is dropped.
fn follow(
    page: Page,
    order: RwSignal<SampleOrder>,
    most: RwSignal<u32>,
    shown: RwSignal<Option<Shown>, LocalStorage>,
    busy: RwSignal<bool>,
) {
    lean::effect(move || {
        let Some((run, step)) = page.batch.get() else {
            busy.set(false);
            shown.set(None);
            return;
        };
        let slice = Slice { order: order.get(), first: 0, most: most.get() };
        busy.set(true);
        lean::spawn(async move {
            let answer = show_batch(page, run, step, slice).await;
            let now = Slice { order: order.get_untracked(), first: 0, most: most.get_untracked() };
            if page.batch.get_untracked() != Some((run, step)) || now != slice {
                return;
            }
            busy.set(false);
            match answer {
                Ok(batch) => shown.set(Some(Shown { run, batch: Rc::new(batch), order: slice.order })),
                Err(error) => page.notify(error),
            }
        });
    });
}

/// The field for the batch's number, with buttons for one before and after.
fn chooser(page: Page) -> impl IntoView {
    let input = lean::Node::<Input>::new();
    let step = move || page.batch.get().map(|(_, step)| step);
    lean::effect(move || {
        if let (Some(input), Some(step)) = (input.get(), step()) {
            input.set_value(&step.to_string());
        }
    });
    let last = move || {
        page.version.track();
        page.inner().store.borrow().shown().map_or(1, last_batch)
    };
    let by = move |change: i64| {
        let present = page.batch.get_untracked().map_or(0, |(_, step)| i64::from(step));
        look_at_batch(page, (present + change).clamp(1, i64::from(Step::MAX)) as Step);
    };
    let typed = move |event| {
        if let Ok(step) = event_target_value(&event).trim().parse::<f64>() {
            look_at_batch(page, step.clamp(1.0, f64::from(Step::MAX)) as Step);
        }
        // What was refused gives way to what is.
        if let (Some(input), Some(step)) = (input.get_untracked(), untrack(step)) {
            input.set_value(&step.to_string());
        }
    };
    view! {
        <div class="batch-chooser" role="group" aria-label="Which batch">
            <label class="field inline" for="batch-step">
                <span>"Batch"</span>
                <input id="batch-step" type="number" inputmode="numeric" min="1" max=move || last().to_string() step="1" node_ref=input on:change=typed />
            </label>
            <button id="batch-previous" aria-label="Previous batch" disabled=move || step().is_none_or(|step| step <= 1) on:click=move |_| by(-1)>"‹"</button>
            <button id="batch-next" aria-label="Next batch" disabled=move || step().is_some_and(|step| step >= last()) on:click=move |_| by(1)>"›"</button>
            <button id="batch-last" on:click=move |_| look_at_batch(page, Step::MAX)>"Last"</button>
        </div>
    }
}

fn order_field(order: RwSignal<SampleOrder>) -> impl IntoView {
    let change = move |event| order.set(if event_target_value(&event) == "loss" { SampleOrder::Loss } else { SampleOrder::Position });
    view! {
        <label class="field inline" for="batch-order">
            <span>"Sorted by"</span>
            <select id="batch-order" on:change=change>
                <option value="position">"position"</option>
                <option value="loss">"loss, worst first"</option>
            </select>
        </label>
    }
}

/// The panel; only its number field before a batch is chosen, and absent before there are batches.
pub fn view(page: Page) -> impl IntoView {
    let (order, most) = (RwSignal::new(SampleOrder::Position), RwSignal::new(PAGE));
    let (shown, busy) = (RwSignal::<Option<Shown>, LocalStorage>::new_local(None), RwSignal::new(false));
    let node = lean::Node::<Section>::new();
    lean::effect(move || {
        page.batch.track();
        most.set(PAGE);
    });
    follow(page, order, most, shown, busy);
    // The batch of a run that is no longer shown goes with it.
    let run = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().filter(|run| run.batches() > 0).map(|run| run.id)
    });
    lean::effect(move || {
        let run = run.get();
        if page.batch.with_untracked(|batch| batch.is_some_and(|(of, _)| Some(of) != run)) {
            page.batch.set(None);
        }
    });
    // A click on a chart far above must be seen to do something: once the answer is drawn, the panel comes into view.
    lean::effect(move || {
        if shown.with(Option::is_some) {
            request_animation_frame(move || {
                let Some(node) = node.get_untracked() else { return };
                let (rect, height) =
                    (node.get_bounding_client_rect(), document().document_element().map_or(0, |root| root.client_height()));
                if rect.top() > 0.7 * f64::from(height) || rect.bottom() < 0.2 * f64::from(height) {
                    node.scroll_into_view();
                }
            });
        }
    });
    let words = move || {
        let inner = page.inner();
        let store = inner.store.borrow();
        let told = |shown: &Shown| Some(place(&shown.batch.view, store.run(shown.run)?));
        shown.with(|shown| shown.as_ref().and_then(told)).unwrap_or_default()
    };
    let content = move || {
        let Shown { run, batch, order } = shown.get()?;
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.run(run)?;
        let (shape, classes) = page.data_of(run)?;
        let left = batch.view.size.saturating_sub(most.get_untracked());
        let more = (left > 0).then(|| {
            let next = left.min(PAGE);
            view! { <button id="batch-more" on:click=move |_| most.update(|most| *most += PAGE)>{format!("Show {next} more of {left}")}</button> }
        });
        Some(view! {
            {facts::view(run, &batch)}
            <p class="note" id="batch-source">{source_words(&batch.view)}</p>
            {pictures::view(page, &batch, order, shape, &classes)}
            {lean::some(more)}
        })
    };
    let Explained { button, words: about } = explain(
        "a batch looked at",
        "The samples of one batch with label, prediction, probability and loss, as they were when the batch was trained, before its update. \
         Of batches long ago the predictions are no longer kept: those are judged by the present weights, and the panel says so.",
        "",
    );
    view! {
        <section class="panel batch-panel" id="batch" aria-labelledby="batch-title" class:hidden=move || run.get().is_none() node_ref=node aria-busy=move || busy.get().to_string()>
            <header>
                <h2 id="batch-title">"A batch looked at"</h2>
                {button}
                {chooser(page)}
                {order_field(order)}
            </header>
            {about}
            <p class="note" class:hidden=move || page.batch.get().is_some()>"Click a point of a chart of batches, press Enter there with the cursor, or give a number."</p>
            <p id="batch-words" role="status">{lean::text(words)}</p>
            {lean::maybe(content)}
        </section>
    }
}
