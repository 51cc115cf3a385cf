//! The charts of the dashboard. Which there are is in [`panels`], what each has around it in [`panel`], what they share
//! in [`board`].

mod board;
mod curves;
pub mod custom;
mod handle;
mod help;
mod legend;
mod overlays;
mod panel;
pub mod panels;
mod save;
mod speech;
mod table;
mod tools;

use crate::domain::record::series::Series;
use crate::domain::run::event::series;
use crate::ui::page::Page;
use crate::ui::parts::lean;
pub use board::{Board, view as controls};
use leptos::prelude::*;
pub use panels::Place;
pub use speech::view as words;
use std::rc::Rc;

/// The id of the chart that shows the series called `name`; `None` if none does.
pub fn chart_of(name: &str) -> Option<Rc<str>> {
    panels::all().into_iter().find(|panel| panel.shows(name)).map(|panel| panel.id)
}

/// The charts that stand at `place`.
pub fn view(page: Page, place: Place) -> AnyView {
    let here = panels::all().into_iter().filter(|panel| panel.place == place);
    view! { <div class="charts">{lean::list(here.map(|panel| panel::view(page, panel)))}</div> }.into_any()
}

/// How many of the run's batches the charts show: all.
pub fn batches_shown(page: Page) -> impl IntoView {
    let shown = move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        match store.shown() {
            Some(run) if run.batches() > 0 => {
                let count = run.series.get(series::BATCH_LOSS).map_or(0, Series::len);
                format!("{count} of {} batches shown", run.batches())
            }
            _ => String::new(),
        }
    };
    view! { <p class="batches-shown" id="batches-shown">{lean::text(shown)}</p> }
}
