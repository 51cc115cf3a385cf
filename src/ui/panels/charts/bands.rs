//! Bands of a chart of times: the steps at which they mean something else, as during warm-up.

use crate::charts::{Band, BandStyle};
use crate::domain::cost::marks;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// Bands of the shown run, as a memo.
pub fn bands(page: Page) -> Memo<Vec<Band>> {
    lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let style = |mark| match mark {
            marks::WARM_UP => BandStyle::Shaded,
            marks::HIDDEN => BandStyle::Striped,
            _ => BandStyle::Line,
        };
        let bands = store.shown().map_or(&[][..], |run| run.bands.all());
        bands.iter().map(|band| Band { from: band.from, to: band.to, style: style(band.mark) }).collect()
    })
}
