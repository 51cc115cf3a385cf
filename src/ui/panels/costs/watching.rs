//! The cost of watching, by monitor, with the budget.

use crate::domain::cost::watch::WatchCost;
use crate::ui::page::Page;
use crate::ui::parts::controls::{number, range, scroller};
use crate::ui::parts::explain::heading;
use crate::ui::parts::format::{format_count, format_share};
use crate::ui::parts::lean;
use crate::ui::session::Intent;
use leptos::prelude::*;

fn told<T>(page: Page, read: impl FnOnce(&WatchCost) -> T) -> Option<T> {
    page.inner().store.borrow().shown().and_then(|run| run.watching.as_ref().map(read))
}

fn every(batches: u32) -> String {
    match batches {
        0 => "never".to_owned(),
        1 => "every batch".to_owned(),
        count => format!("every {} batches", format_count(f64::from(count))),
    }
}

fn rows(cost: &WatchCost) -> Vec<AnyView> {
    let row = |title: &'static str, how_often: String, share| {
        view! { <tr><th scope="row">{title}</th><td>{how_often}</td><td>{format_share(share)}</td></tr> }.into_any()
    };
    let always = || "every batch".to_owned();
    let mut rows = vec![row("Looks into the network", every(cost.look_every), cost.looks)];
    if cost.sync_every > 0 {
        rows.push(row("Synchronised samples", every(cost.sync_every), cost.timing));
    }
    rows.extend([
        row("Recording and sending", always(), cost.record),
        row("Looking for faults", always(), cost.diagnoses),
        row("Drawing and the rest", String::new(), cost.rest),
        row("All together", String::new(), cost.total),
    ]);
    rows
}

fn basis(cost: &WatchCost) -> String {
    let since = format_count(f64::from(cost.since));
    if cost.compared {
        let sections = format_count(f64::from(cost.sections));
        format!("Since step {since}: {sections} short sections without watching, at random moments, set against their neighbours.")
    } else {
        format!("Since step {since}, by the worker's clock alone: too few sections without watching to compare yet.")
    }
}

/// The panel on watching.
pub fn view(page: Page, beat: RwSignal<u32>) -> impl IntoView {
    let body = move || {
        beat.track();
        told(page, rows).unwrap_or_default()
    };
    let basis = move || {
        beat.track();
        told(page, basis).unwrap_or_else(|| "Not known yet, or not measured: the budget is 0.".to_owned())
    };
    let changes = lean::memo(move || {
        beat.track();
        page.inner().store.borrow().shown().map(|run| run.watch_changes.clone()).unwrap_or_default()
    });
    let items = move || lean::list(changes.get().into_iter().map(|words| view! { <li>{words}"."</li> }));
    let set = move |percent: f64| page.tell(page.intend(Intent::SetWatchBudget(percent)));
    view! {
        <section class="panel" id="cost-of-watching" aria-labelledby="cost-of-watching-title">
            {heading("cost-of-watching-title", "What watching costs", "In percent of the time that training takes without it, ± standard error. To keep the budget, looks become rarer; no batch's record is ever left out, and the trained numbers are the same to the bit.")}
            {scroller("Cost of each monitor", view! {
                <table id="watch-table" class="costs">
                    <thead><tr><th scope="col">"Monitor"</th><th scope="col">"How often"</th><th scope="col">"Cost"</th></tr></thead>
                    <tbody>{lean::live(body)}</tbody>
                </table>
            }.into_any())}
            <p class="note" id="watch-basis">{lean::text(basis)}</p>
            <ul class="note" id="watch-changes" aria-live="polite">{lean::live(items)}</ul>
            <div class="fields">
                {number("watch-budget", "Budget for watching, % (0: no limit)", range("0", "100", "any"), move || page.config.with(|c| c.monitors.watch_budget), set)}
            </div>
        </section>
    }
}
