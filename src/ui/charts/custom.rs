//! Charts of what callbacks log under names of their own: one each, made when its first value comes, those that share
//! what stands before the `/` side by side.
//!
//! A chart stays on the page once it is made, and is hidden while the shown run has no such series: names are few.

use super::curves::names_of;
use super::panels::{Curves, Panel, Place};
use crate::charts::{Best, ChartSpec, SeriesSpec, Style, Unit, YRange};
use crate::script::logs::is_recorded_by_training;
use crate::ui::page::Page;
use leptos::prelude::*;

/// What stands before the `/`; nothing for names without.
fn group(name: &str) -> String {
    name.split_once('/').map_or(String::new(), |(group, _)| group.to_owned())
}

fn panel(name: &str) -> Panel {
    // Ids live as long as the page: each name has one chart, which is never removed.
    let id: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    Panel {
        place: Place::Course,
        id: Box::leak(format!("chart-own-{id}").into_boxed_str()),
        note: "Logged by a callback, a value at each step for which it gave one.",
        spec: ChartSpec {
            title: name.to_owned(),
            y_label: "value".to_owned(),
            unit: Unit::Plain,
            best: Best::Lowest,
            y_range: YRange::Auto,
            series: vec![SeriesSpec::new(name, name, Style { width: 1.4, ..Style::nth(0) })],
            ..ChartSpec::default()
        },
        curves: Curves::Fixed,
        empty: "",
    }
}

/// The charts.
pub fn view(page: Page) -> impl IntoView {
    let names = names_of(page);
    let logged = Memo::new(move |_| {
        names.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let names = store.shown().into_iter().flat_map(|run| run.series.keys());
        names.filter(|name| !is_recorded_by_training(name)).cloned().collect::<Vec<_>>()
    });
    // Every name of this visit, in order.
    let known = RwSignal::new(Vec::<String>::new());
    Effect::new(move |_| {
        let new: Vec<String> =
            logged.with(|logged| known.with_untracked(|known| logged.iter().filter(|name| !known.contains(name)).cloned().collect()));
        if !new.is_empty() {
            known.update(|known| {
                known.extend(new);
                known.sort();
            });
        }
    });
    let groups = Memo::new(move |_| {
        let mut groups: Vec<String> = known.with(|known| known.iter().map(|name| group(name)).collect());
        groups.sort();
        groups.dedup();
        groups
    });
    let chart = move |name: String| {
        let panel = panel(&name);
        let is_absent = Memo::new(move |_| logged.with(|logged| !logged.contains(&name)));
        view! { <div class="own-chart" class:hidden=move || is_absent.get()>{super::panel::view(page, panel)}</div> }
    };
    let charts_of = move |prefix: String| {
        let wanted = prefix.clone();
        let names = move || known.with(|known| known.iter().filter(|name| group(name) == wanted).cloned().collect::<Vec<_>>());
        let is_absent = {
            let prefix = prefix.clone();
            Memo::new(move |_| logged.with(|logged| !logged.iter().any(|name| group(name) == prefix)))
        };
        view! {
            <div class="own-group" class:hidden=move || is_absent.get()>
                <h3>{if prefix.is_empty() { "Logged by callbacks".to_owned() } else { format!("Logged by callbacks: {prefix}") }}</h3>
                <div class="charts"><For each=names key=Clone::clone children=chart /></div>
            </div>
        }
    };
    view! { <For each=move || groups.get() key=Clone::clone children=charts_of /> }
}
