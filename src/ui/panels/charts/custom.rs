//! The charts of series that callbacks log under names of their own: one each, made when its first value comes; charts
//! whose names share the part before the `/` stand side by side.
//!
//! A chart stays on the page once it is made, and is hidden while the shown run has no such series: names are few.

use super::panel;
use crate::charts::escape;
use crate::charts::{ChartSpec, SeriesSpec, Style};
use crate::domain::record::known::{Better, is_recorded_by_training};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::charts::{Curves, Panel, Place, spec_of};
use leptos::prelude::*;

/// The part of a name before the `/`; empty for names without.
fn group(name: &str) -> String {
    name.split_once('/').map_or(String::new(), |(group, _)| group.to_owned())
}

fn panel_of(name: &str) -> Panel {
    Panel {
        place: Place::Course,
        id: format!("chart-own-{}", escape::id(name)).into(),
        picks_batches: false,
        has_bands: false,
        note: "Logged by a callback, a value at each step for which it gave one.",
        hint: "",
        spec: ChartSpec {
            title: name.to_owned(),
            better: Better::of(name),
            series: vec![SeriesSpec::new(name, name, Style { width: 1.4, ..Style::nth(0) })],
            ..spec_of(name)
        },
        curves: Curves::Fixed,
        empty: "",
    }
}

/// The charts of callbacks' series.
pub fn view(page: Page) -> AnyView {
    let count = super::curves::names_of(page);
    let logged = RwSignal::new(Vec::<String>::new());
    // Every name of this visit, in order.
    let known = RwSignal::new(Vec::<String>::new());
    lean::effect(move || {
        // Read, not only tracked: a memo that nobody has read follows nothing.
        count.get();
        let inner = page.inner();
        let store = inner.store.borrow();
        let names = store.shown().into_iter().flat_map(|run| run.series.keys());
        let names: Vec<String> = names.filter(|name| !is_recorded_by_training(name)).cloned().collect();
        let all = known.with_untracked(|known| {
            let mut all: Vec<String> = known.iter().chain(&names).cloned().collect();
            all.sort();
            all.dedup();
            all
        });
        if known.with_untracked(|known| *known != all) {
            known.set(all);
        }
        if logged.with_untracked(|logged| *logged != names) {
            logged.set(names);
        }
    });
    let groups = move || {
        let mut groups: Vec<String> = known.with(|known| known.iter().map(|name| group(name)).collect());
        groups.sort();
        groups.dedup();
        groups
    };
    let chart = move |name: String| {
        let panel = panel::view(page, panel_of(&name));
        let is_absent = lean::memo(move || logged.with(|logged| !logged.contains(&name)));
        view! { <div class="own-chart" class:hidden=is_absent>{panel}</div> }.into_any()
    };
    lean::each(groups, move |prefix| {
        let title = if prefix.is_empty() { "Logged by callbacks".to_owned() } else { format!("Logged by callbacks: {prefix}") };
        let wanted = prefix.clone();
        let names = move || known.with(|known| known.iter().filter(|name| group(name) == wanted).cloned().collect());
        let is_absent = lean::memo(move || logged.with(|logged| !logged.iter().any(|name| group(name) == prefix)));
        view! {
            <div class="own-group" class:hidden=is_absent>
                <h3>{title}</h3>
                <div class="charts">{lean::each(names, chart)}</div>
            </div>
        }
        .into_any()
    })
}
