//! The curves of a chart, as a memo that changes only when their list does.
//!
//! A run sends hundreds of messages a second; the list of its series changes a few times in its life. So the messages
//! are reduced to a memo of a number or two, and the list is made anew only when these change.
//!
//! Never here: the curves' looks on the page, their values.

use super::overlays;
use crate::charts::SeriesSpec;
use crate::protocol::RunId;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::charts::Panel;
use leptos::prelude::*;
use std::rc::Rc;

/// The key of the list of recorded series: the run shown, and the number of its series. A run never loses one.
pub(super) fn names_of(page: Page) -> Memo<Option<(RunId, usize)>> {
    lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().map(|run| (run.id, run.series.len()))
    })
}

/// The curves of the chart `panel`.
pub fn curves(page: Page, panel: &Rc<Panel>) -> Memo<Vec<SeriesSpec>> {
    let (panel, names, beside) = (StoredValue::new_local(panel.clone()), names_of(page), overlays::overlays(page));
    lean::memo(move || {
        names.get();
        let inner = page.inner();
        let store = inner.store.borrow();
        panel.with_value(|panel| {
            // Other runs first: what is drawn last lies on top.
            let mut curves = beside.with(|beside| overlays::curves(panel, &store, beside));
            let shown = store.shown();
            let own = panel.series(shown.into_iter().flat_map(|run| run.series.keys())).into_iter();
            curves.extend(own.filter(|curve| shown.is_none_or(|run| run.may_record(&curve.name))));
            curves
        })
    })
}
