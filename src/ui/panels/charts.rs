//! The charts of the dashboard. Which there are is in [`charts`], what each has around it in [`panel`], what they share
//! in [`board`].

mod bands;
mod board;
mod curves;
pub mod custom;
mod handle;
mod help;
mod legend;
mod overlays;
mod panel;
mod save;
mod speech;
mod table;
mod tools;

use crate::domain::record::series::Series;
use crate::domain::run::event::series;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::charts::{self, Place};
pub use board::view as controls;
use leptos::prelude::*;
pub use speech::view as words;

/// The charts at `place`.
pub fn view(page: Page, place: Place) -> AnyView {
    let here = charts::all().into_iter().filter(|panel| panel.place == place);
    view! { <div class="charts">{lean::list(here.map(|panel| panel::view(page, panel)))}</div> }.into_any()
}

/// Number of the run's batches that the charts show: all.
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
