//! The charts in words, for readers who do not see them: each chart's label, renewed at the end of each epoch, and one chart
//! told aloud, the one that was last worked with. Eight at once would be noise, and so would every batch.

use super::panel::Handle;
use crate::charts::Chart;
use crate::domain::event::series;
use crate::domain::series::Series;
use crate::ui::page::Page;
use leptos::prelude::*;

/// How many epochs of the shown run are over. Changes once an epoch, however many messages come.
fn epochs(page: Page) -> Memo<(Option<u32>, usize)> {
    Memo::new(move |_| {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        store.shown().map_or((None, 0), |run| (Some(run.id), run.series.get(series::TRAIN_LOSS).map_or(0, Series::len)))
    })
}

/// Keeps the words of a chart with what it shows.
pub fn follow(handle: Handle, slot: RwSignal<Option<usize>>) {
    let page = handle.page;
    let epochs = epochs(page);
    Effect::new(move |_| {
        slot.track();
        page.phase.track();
        handle.hidden.track();
        epochs.track();
        if let Some(words) = handle.with_chart(Chart::summary) {
            handle.words.set(words);
        }
    });
    Effect::new(move |_| {
        let words = handle.words.get();
        if page.board.spoken.get_untracked() == handle.id && epochs.with_untracked(|(_, count)| *count > 0) {
            page.board.words.set(words);
        }
    });
}

/// What is told aloud.
pub fn view(page: Page) -> impl IntoView {
    view! { <p class="unseen" id="chart-words" aria-live="polite">{move || page.board.words.get()}</p> }
}
