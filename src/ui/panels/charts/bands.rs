//! Bands of a chart: in one of times the steps at which they mean something else, as during warm-up; in all the places where the run
//! was interrupted and went on.

use crate::charts::{Band, BandStyle};
use crate::domain::cost::marks;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// Bands of the shown run, as a memo; `of_times` says whether the chart is one of times.
pub fn bands(page: Page, of_times: bool) -> Memo<Vec<Band>> {
    lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(run) = store.shown() else { return Vec::new() };
        let style = |mark| match mark {
            marks::WARM_UP => BandStyle::Shaded,
            marks::HIDDEN => BandStyle::Striped,
            _ => BandStyle::Line,
        };
        let times = if of_times { run.bands.all() } else { &[] };
        let times = times.iter().map(|band| Band { from: band.from, to: band.to, style: style(band.mark) });
        let first = |from: u32| Band { from: from.saturating_add(1), to: from.saturating_add(1), style: BandStyle::Cut };
        times.chain(run.interruptions.iter().map(|interruption| first(interruption.from))).collect()
    })
}
