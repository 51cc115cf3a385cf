//! The cost of training, in numbers: each phase's mean, median, 95th percentile and share, and the cost of watching.
//!
//! The figures come from the recorded batches ([`Table`](crate::domain::cost::table::Table)) and from the worker ([`WatchCost`]); nothing is measured
//! here. They change twice a second at most: text that trembles cannot be read, and the page has other work.

mod watching;

use crate::domain::cost::ledger::Phase;
use crate::domain::cost::marks;
use crate::domain::cost::table::{Account, Figures};
use crate::domain::record::series::Series;
use crate::domain::run::event::series;
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::explain::heading;
use crate::ui::parts::format::{format_count, format_ms};
use crate::ui::parts::lean;
use crate::ui::state::store::Run;
use leptos::prelude::*;

/// Milliseconds between two refreshes.
const REFRESH_MS: f64 = 500.0;

/// A signal that changes when it is time to write the figures anew.
fn beat(page: Page) -> RwSignal<u32> {
    let beat = RwSignal::new(0_u32);
    let last = StoredValue::new_local(f64::NEG_INFINITY);
    Effect::new(move |before: Option<(bool, u32)>| {
        page.version.track();
        let state = (page.phase.with(|phase| phase.is_live()), page.inner().store.borrow().shown().map_or(0, |run| run.id));
        let now = js_sys::Date::now();
        // The last figures of a run are never left out, nor the first of another.
        if before != Some(state) || now - last.get_value() >= REFRESH_MS {
            last.set_value(now);
            beat.update(|beat| *beat = beat.wrapping_add(1));
        }
        state
    });
    beat
}

fn cells(figures: Option<Figures>) -> impl IntoView + use<> {
    let texts = figures.map_or_else(
        || ["–", "–", "–", "–"].map(str::to_owned),
        |Figures { mean, median, p95, share }| {
            let ms = |value: f64| format!("{value:.2}");
            [ms(mean), ms(median), ms(p95), format!("{:.1}\u{a0}%", 100.0 * share)]
        },
    );
    lean::list(texts.map(|text| view! { <td>{text}</td> }))
}

fn row(title: &'static str, what: &'static str, figures: [Option<Figures>; 2]) -> impl IntoView {
    let [epoch, run] = figures.map(cells);
    view! { <tr><th scope="row" title=what>{title}</th>{epoch}{run}</tr> }
}

/// The tooltip of a phase's name.
fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Data => "Gathering the samples and handing them to the device",
        Phase::Forward => "Forward pass with the loss, by the wall clock (CPU)",
        Phase::Backward => "Backward pass, by the wall clock (CPU)",
        Phase::Update => "Optimiser, by the wall clock (CPU)",
        Phase::Encode => "Handing the work over to the GPU, not the work itself",
        Phase::Read => "Waiting for the batch's numbers; on a GPU for all of its work",
        Phase::Probe => "Summing up looks into the network; waits of synchronised samples",
        Phase::Callbacks => "In hooks, with encoding and sending the records",
        Phase::Idle => "Given away to messages and timers",
        Phase::Other => "What is left",
    }
}

fn rows(run: &Run) -> Vec<AnyView> {
    let table = &run.costs;
    let of = |phase| [&table.epoch, &table.run].map(|account: &Account| account.phase(phase));
    let phases = Phase::ALL.into_iter().filter(|&phase| table.run.phase(phase).is_some());
    let mut rows: Vec<AnyView> = phases.map(|phase| row(phase.title(), meaning(phase), of(phase)).into_any()).collect();
    rows.push(row("whole batch", "Everything together", [table.epoch.whole(), table.run.whole()]).into_any());
    // Beside the batches, in the worker's turn between two of them: no part of their sum.
    let views = run.series.get(series::TIME_VIEW).and_then(|views| table.run.beside(views.iter().map(|(_, ms)| ms)));
    if views.is_some() {
        rows.push(row("network picture", "Each view of the network while it trained, between two batches", [None, views]).into_any());
    }
    rows
}

/// The rest that is not in the table, in words.
fn words(page: Page) -> String {
    let inner = page.inner();
    let store = inner.store.borrow();
    let Some(run) = store.shown() else { return String::new() };
    let last = |name: &str| run.series.get(name).and_then(Series::last).map(|(_, ms)| format_ms(f64::from(ms)));
    let mut parts = Vec::new();
    if let Some(training) = last(series::TIME_EPOCH) {
        let validation = last(series::TIME_VALIDATION).map_or("no".to_owned(), |ms| format!("{ms} of"));
        parts.push(format!("Last whole epoch: {training} of training, {validation} validation."));
    }
    if run.costs.run.left_out() > 0 {
        let count = format_count(run.costs.run.left_out() as f64);
        parts.push(format!("{count} batches are left out of the figures (warm-up, hidden page, synchronised samples)."));
    }
    parts.join(" ")
}

fn band_words(page: Page) -> String {
    let inner = page.inner();
    let store = inner.store.borrow();
    let Some(run) = store.shown() else { return String::new() };
    let kinds = [
        (marks::WARM_UP, "shaded: warm-up"),
        (marks::HIDDEN, "striped: the page was hidden"),
        (marks::AFTER_PAUSE, "dotted line: a pause, which is in no time"),
    ];
    let present: Vec<&str> = kinds.into_iter().filter(|&(mark, _)| run.bands.has(mark)).map(|(_, words)| words).collect();
    if present.is_empty() { String::new() } else { format!("On the charts of batches – {}.", present.join("; ")) }
}

/// The figures of the section on time.
pub fn view(page: Page) -> impl IntoView {
    let beat = beat(page);
    let with_run = move |read: fn(&Run) -> Vec<AnyView>| {
        beat.track();
        page.inner().store.borrow().shown().map(read).unwrap_or_default()
    };
    let counts = move || {
        beat.track();
        page.inner().store.borrow().shown().map_or_else(
            || ("Epoch".to_owned(), "Run".to_owned()),
            |run| {
                let batches = |account: &Account| format_count(account.batches() as f64);
                (
                    format!("Epoch {}, {} batches", run.costs.number + 1, batches(&run.costs.epoch)),
                    format!("Run, {} batches", batches(&run.costs.run)),
                )
            },
        )
    };
    let is_empty = lean::memo(move || {
        beat.track();
        page.inner().store.borrow().shown().is_none_or(|run| run.costs.run.batches() == 0)
    });
    let beaten = move |text: fn(Page) -> String| {
        lean::text(move || {
            beat.track();
            text(page)
        })
    };
    let heads = || lean::list(["mean", "median", "p95", "share"].map(|head| view! { <th scope="col">{head}</th> }));
    view! {
        <p class="note band-words">{beaten(band_words)}</p>
        <div class="cost-panels" class:hidden=move || is_empty.get()>
            <section class="panel" id="cost-of-training" aria-labelledby="cost-of-training-title">
                {heading("cost-of-training-title", "Where the time goes", "Milliseconds a batch by the wall clock; the means of the phases sum to that of the whole batch. A browser's clock ticks every 0.1 ms or so: single small values are rounded to that, their means hardly. Median and 95th percentile to within 0.4 %.")}
                {scroller("Time of each phase", view! {
                    <table id="cost-table" class="costs">
                        <thead>
                            <tr>
                                <td></td>
                                <th scope="colgroup" colspan="4">{move || counts().0}</th>
                                <th scope="colgroup" colspan="4">{move || counts().1}</th>
                            </tr>
                            <tr><th scope="col">"Phase"</th>{heads()}{heads()}</tr>
                        </thead>
                        <tbody>{move || lean::list(with_run(rows))}</tbody>
                    </table>
                }.into_any())}
                <p class="note" id="cost-words">{beaten(words)}</p>
            </section>
            {watching::view(page, beat)}
        </div>
    }
}
