//! The runs of this visit and of earlier ones: a table of what each came to, in what it differs, and what can be done with it.
//!
//! Never here: the record itself and the rows of the table (`ui::state`), and what is done with runs (`ui::actions`).

mod kept;
mod table;

use crate::domain::record::interruption::Interruption;
use crate::domain::run::list::seeds::MOST_SEEDS;
use crate::ui::actions::runs::{run_seeds, show};
use crate::ui::actions::stored::go_on;
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::format::{format_bytes, format_count};
use crate::ui::parts::lean;
use crate::ui::state::phase::Phase;
use crate::ui::state::queue::Queue;
use crate::ui::state::shelved::Mode;
use crate::ui::state::store::Usage;
use leptos::prelude::*;

/// The most interruptions that are told one by one.
const MOST_TOLD: usize = 5;

/// Says which run the charts show, where that is not the one that is going on.
pub fn which_is_shown(page: Page) -> impl IntoView {
    let live = lean::memo(move || {
        page.runs.list.track();
        if !page.phase.with(Phase::is_live) {
            return None;
        }
        let inner = page.inner();
        let store = inner.store.borrow();
        let live = store.runs().iter().rev().find(|run| run.is_live()).map(|run| (run.id, run.tag.name.clone()))?;
        let shown = store.shown().map(|run| (run.id, run.tag.name.clone()));
        let shown = shown.filter(|(id, _)| *id != live.0)?;
        Some((shown.1, live))
    });
    lean::maybe(move || {
        live.get().map(|(shown, (id, name))| {
            view! {
                <p class="shown-run panel" role="status">
                    "The charts show "<strong>{shown}</strong>"; "<strong>{name}</strong>" is going on. "
                    <button on:click=move |_| show(page, id)>"Show it"</button>
                </p>
            }
        })
    })
}

/// Offers to go on with the run that was interrupted, where there is exactly one and nothing else goes on.
pub fn interrupted(page: Page) -> impl IntoView {
    let found = lean::memo(move || {
        page.runs.list.track();
        let is_busy = page.phase.with(Phase::is_live) || page.runs.queue.with(Option::is_some);
        let inner = page.inner();
        let store = inner.store.borrow();
        let mut those = store.runs().iter().filter(|run| !is_busy && run.goes_on_from().is_some());
        let run = those.next().filter(|_| those.next().is_none())?;
        Some((run.id, run.tag.name.clone(), run.batches()))
    });
    lean::maybe(move || {
        found.get().map(|(id, name, batches)| {
            view! {
                <p class="shown-run panel" id="interrupted" role="status">
                    <strong>{name}</strong>{format!(" was interrupted at batch {batches}. ")}
                    <button on:click=move |_| lean::spawn(async move { page.tell(go_on(page, id).await) })>"Go on"</button>
                </p>
            }
        })
    })
}

/// Says that runs are kept only in this tab, where that is so.
pub fn only_here(page: Page) -> impl IntoView {
    let shelved = page.inner().shelf.shelved;
    lean::shown(
        move || shelved.with(|shelved| shelved.mode == Mode::TabOnly),
        move || view! { <p class="shown-run panel" id="only-here" role="status">{lean::text(move || shelved.with(|shelved| shelved.words(format_bytes)))}</p> },
    )
}

/// The interruptions of the shown run that it went on from, in words; a dashed line in each chart is where.
pub fn interruptions(page: Page) -> impl IntoView {
    let words = lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let interruptions = store.shown().map(|run| run.interruptions.as_slice()).unwrap_or_default();
        let (left_out, told) = interruptions.split_at(interruptions.len().saturating_sub(MOST_TOLD));
        let earlier = (!left_out.is_empty()).then(|| format!("{} earlier interruptions.", left_out.len()));
        earlier.into_iter().chain(told.iter().map(Interruption::words)).collect::<Vec<String>>()
    });
    lean::shown(
        move || words.with(|words| !words.is_empty()),
        move || {
            view! {
                <div class="shown-run panel" id="interruptions" role="status">
                    {move || lean::list(words.get().into_iter().map(|words| view! { <p>{words}</p> }))}
                </div>
            }
        },
    )
}

/// The button that trains the setup's configuration with several seeds, and how far that is.
fn seeds(page: Page) -> impl IntoView {
    let count = RwSignal::new(3_u32);
    let live = lean::memo(move || page.phase.with(Phase::is_live));
    let queued = lean::memo(move || page.runs.queue.with(Option::is_some));
    let start = move |_| {
        lean::spawn(async move {
            let config = page.config.get_untracked();
            page.tell(run_seeds(page, config, count.get_untracked()).await);
        });
    };
    let first = move || page.config.with(|config| config.seed);
    let title = move || {
        let last = first().saturating_add(count.get().saturating_sub(1));
        format!("Trains the setup's configuration with the seeds {} to {last}, one after the other", first())
    };
    let words = move || page.runs.queue.with(|queue| queue.as_ref().map(Queue::words).unwrap_or_default());
    view! {
        <div class="seeds" role="group" aria-label="Several seeds">
            <label class="field inline" for="seed-count">
                <span>"Seeds"</span>
                <input
                    id="seed-count" type="number" inputmode="numeric" min="2" max=MOST_SEEDS.to_string() step="1"
                    prop:value=move || count.get().to_string()
                    on:change=move |event| count.set(event_target_value(&event).trim().parse().unwrap_or(3).clamp(2, MOST_SEEDS))
                />
            </label>
            <button id="run-seeds" title=lean::text(title) disabled=move || live.get() || queued.get() on:click=start>
                {move || format!("Run {} seeds", count.get())}
            </button>
            <span id="seeds-words" role="status">{lean::text(words)}</span>
            {lean::shown(move || queued.get(), move || view! {
                <button id="cancel-seeds" title="The run that is going on is trained to its end" on:click=move |_| page.cancel_seeds()>
                    "Cancel the rest"
                </button>
            })}
        </div>
    }
}

fn usage_words(usage: Usage) -> String {
    if usage.runs == 0 {
        return "No runs yet: each start adds one.".to_owned();
    }
    let each = usage.bytes as f64 / usage.batches.max(1) as f64;
    let runs = if usage.runs == 1 { "1 run".to_owned() } else { format!("{} runs", usage.runs) };
    format!(
        "{runs}, {} batches: {} of memory, {} a batch. Deleting a run frees its memory for others.",
        format_count(usage.batches as f64),
        format_bytes(usage.bytes as f64),
        format_bytes(each),
    )
}

/// The section of the runs.
pub fn view(page: Page) -> impl IntoView {
    let usage = lean::memo(move || {
        page.runs.track();
        page.inner().store.borrow().usage()
    });
    let Explained { button, words } = explain(
        "runs",
        "Every start is a run with a name and a colour of its own. A tick draws its curves beside those of the shown run; the line under a run says how its setup differs. \
         Run seeds trains the same configuration from several seeds: what differs between those is chance.",
        "",
    );
    let any = lean::memo(move || usage.with(|usage| usage.runs > 0));
    view! {
        <div class="panel" id="runs-panel">
            <header class="runs-head">
                <h2 id="runs-title">"Runs"</h2>
                {button}
                {seeds(page)}
            </header>
            {words}
            {lean::shown(move || any.get(), move || table::view(page))}
            <p class="note" id="runs-usage">{move || usage_words(usage.get())}</p>
            {kept::view(page)}
        </div>
    }
}
