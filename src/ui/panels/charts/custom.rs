//! The charts of series that callbacks log under names of their own: one each, made when its first value comes; charts
//! whose names share the part before the `/` stand side by side.
//!
//! Names may be thousands, so only so many have a chart at a time ([`OwnCharts`] says which), made a few at a time; the others are in
//! a list, from which they can be opened. A chart is hidden while the shown run has no such series.

use super::panel;
use crate::charts::escape;
use crate::charts::{ChartSpec, SeriesSpec, Style};
use crate::domain::record::known::{Better, is_recorded_by_training};
use crate::ui::page::Page;
use crate::ui::parts::focus::{lead_to, once_there};
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::charts::{Curves, Panel, Place, spec_of};
use crate::ui::state::own_charts::{MOST, OwnCharts};
use leptos::html::Select;
use leptos::prelude::*;
use std::time::Duration;

/// The part of a name before the `/`; empty for names without.
fn group(name: &str) -> String {
    name.split_once('/').map_or(String::new(), |(group, _)| group.to_owned())
}

/// The id of the chart of the series `name`.
fn id_of(name: &str) -> String {
    format!("chart-own-{}", escape::id(name))
}

fn panel_of(name: &str) -> Panel {
    Panel {
        place: Place::Own,
        id: id_of(name).into(),
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

/// Series under names of their own: those that the shown run has, and those that have a chart; both in order.
#[derive(Clone, Copy)]
struct Own {
    logged: RwSignal<Vec<String>>,
    open: RwSignal<Vec<String>>,
    charts: StoredValue<OwnCharts>,
}

impl Own {
    fn new(page: Page) -> Self {
        let own = Self { logged: RwSignal::default(), open: RwSignal::default(), charts: StoredValue::default() };
        let count = super::curves::names_of(page);
        // Counts the turns in which charts are made.
        let turns = RwSignal::new(0_u32);
        lean::effect(move || {
            // Read, not only tracked: a memo that nobody has read follows nothing.
            count.get();
            let inner = page.inner();
            let store = inner.store.borrow();
            let names = store.shown().into_iter().flat_map(|run| run.series.keys());
            let names: Vec<String> = names.filter(|name| !is_recorded_by_training(name)).cloned().collect();
            if own.logged.with_untracked(|logged| *logged != names) {
                own.logged.set(names);
            }
        });
        lean::effect(move || {
            turns.track();
            let has_more = own.logged.with(|logged| own.change(|charts| charts.follow(logged)));
            if has_more {
                set_timeout(move || turns.update(|count| *count = count.wrapping_add(1)), Duration::ZERO);
            }
        });
        own
    }

    fn change<T>(self, how: impl FnOnce(&mut OwnCharts) -> T) -> T {
        let result = self.charts.try_update_value(how).expect("it lives as long as the page");
        let names = self.charts.with_value(OwnCharts::sorted);
        if self.open.with_untracked(|open| *open != names) {
            self.open.set(names);
        }
        result
    }

    /// Whether the shown run has this series; followed.
    fn is_here(self, name: &str) -> bool {
        self.logged.with(|logged| logged.binary_search_by(|known| known.as_str().cmp(name)).is_ok())
    }
}

/// The list of series without a chart, and the button that opens one; absent while every series has its own.
fn rest(own: Own) -> impl IntoView {
    let part = RwSignal::new(String::new());
    let select = lean::Node::<Select>::new();
    let offered = move || {
        own.open.track();
        let part = part.get();
        own.logged.with(|logged| own.charts.with_value(|charts| charts.offered(logged, &part)))
    };
    let lacking = lean::memo(move || {
        own.open.track();
        own.logged.with(|logged| own.charts.with_value(|charts| charts.offered(logged, "").1))
    });
    let words = move || {
        let (listed, found) = offered();
        let all = format_count(lacking.get() as f64);
        let listed = if listed.len() < found {
            format!(" Of these {} are listed: a part of the name finds the others.", listed.len())
        } else {
            String::new()
        };
        format!("{MOST} series at a time have a chart, {all} of this run have none.{listed}")
    };
    let options = lean::live(move || lean::options(offered().0.into_iter().map(|name| (name.clone(), name)).collect(), ""));
    let open = move || {
        let name = select.get_untracked().map(|select| select.value()).filter(|name| !name.is_empty());
        if let Some(name) = name {
            let id = id_of(&name);
            own.change(|charts| charts.open(name));
            once_there(&id, lead_to);
        }
    };
    let button = Button { id: "open-own", ..Button::new("Open chart", "A chart of this series, in place of the last one") };
    view! {
        <div class="own-rest panel" role="group" aria-label="Series without a chart" class:hidden=move || lacking.get() == 0>
            <p class="note" id="own-words" role="status">{lean::text(words)}</p>
            <label class="field inline" for="own-part">
                <span>"Name contains"</span>
                <input id="own-part" type="search" prop:value=move || part.get() on:input=move |event| part.set(event_target_value(&event)) />
            </label>
            <label class="field inline" for="own-series">
                <span>"Series"</span>
                <select id="own-series" node_ref=select>{options}</select>
            </label>
            {button.view(open)}
        </div>
    }
}

/// The charts of callbacks' series.
pub fn view(page: Page) -> AnyView {
    let own = Own::new(page);
    let groups = move || {
        let mut groups: Vec<String> = own.open.with(|open| open.iter().map(|name| group(name)).collect());
        groups.sort();
        groups.dedup();
        groups
    };
    let chart = move |name: String| {
        let panel = panel::view(page, panel_of(&name));
        let is_absent = lean::memo(move || !own.is_here(&name));
        view! { <div class="own-chart" class:hidden=is_absent>{panel}</div> }.into_any()
    };
    let groups = lean::each(groups, move |prefix| {
        let title = if prefix.is_empty() { "Logged by callbacks".to_owned() } else { format!("Logged by callbacks: {prefix}") };
        let names = move || own.open.with(|open| open.iter().filter(|name| group(name) == prefix).cloned().collect::<Vec<_>>());
        let (wanted, all) = (names.clone(), names);
        let is_absent = lean::memo(move || !wanted().iter().any(|name| own.is_here(name)));
        view! {
            <div class="own-group" class:hidden=is_absent>
                <h3>{title}</h3>
                <div class="charts">{lean::each(all, chart)}</div>
            </div>
        }
        .into_any()
    });
    view! { {groups} {rest(own)} }.into_any()
}
