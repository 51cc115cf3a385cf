//! The charts in words, for readers who do not see them: each chart's label, renewed at the end of each epoch, and one
//! chart told aloud, the one that was last used. Eight at once would be noise, and so would every batch.

use super::handle::Handle;
use crate::charts::Chart;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::store::Run;
use leptos::prelude::*;

/// Number of epochs of the shown run that are over.
fn epochs(page: Page) -> usize {
    let inner = page.inner();
    let store = inner.store.borrow();
    store.shown().map_or(0, Run::epochs_done)
}

/// Keeps the words of a chart up to date: they are renewed once an epoch, however many messages come.
pub fn follow(handle: Handle) {
    let page = handle.page;
    let told = StoredValue::new(None);
    lean::effect(move || {
        page.version.track();
        page.phase.track();
        let now =
            Some((page.inner().store.borrow().shown().map(|run| run.id), epochs(page), handle.hidden.with(Vec::len), handle.is_there()));
        let is_over = page.phase.with(|phase| !phase.is_live());
        if told.get_value() != now || is_over {
            told.set_value(now);
            let words = handle.with_chart(Chart::summary).unwrap_or_default();
            if handle.words.with_untracked(|before| *before != words) {
                if page.board.spoken.with_untracked(|spoken| **spoken == *handle.id()) && epochs(page) > 0 {
                    page.board.words.set(words.clone());
                }
                handle.words.set(words);
            }
        }
    });
}

/// The words that are told aloud.
pub fn view(page: Page) -> AnyView {
    view! { <p class="visually-hidden" id="chart-words" aria-live="polite">{lean::text(move || page.board.words.get())}</p> }.into_any()
}
