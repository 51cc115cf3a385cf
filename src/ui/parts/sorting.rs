//! The headings by which a table is sorted: a click sorts by a column, another one turns the order around.
//!
//! Never here: the order of the lines.

use super::lean;
use leptos::prelude::*;

/// The heading `title`, which is read aloud as `spoken`. `sorted` is the column that the table is sorted by, and whether its largest
/// values are on top; `column` is this one, and whether its first click puts them there.
pub fn heading<C: Copy + PartialEq + Send + Sync + 'static>(
    sorted: RwSignal<(C, bool)>,
    (column, begins_descending): (C, bool),
    title: &'static str,
    spoken: &str,
) -> AnyView {
    let descending = lean::memo(move || sorted.with(|(by, descending)| (*by == column).then_some(*descending)));
    let turn = move || sorted.set((column, descending.get_untracked().map_or(begins_descending, |descending| !descending)));
    drawn(descending, Box::new(turn), title, format!("Sort by {spoken}"))
}

fn drawn(descending: Memo<Option<bool>>, turn: Box<dyn Fn()>, title: &'static str, spoken: String) -> AnyView {
    let of = move |descends: &'static str, ascends: &'static str, none: &'static str| {
        lean::text(move || match descending.get() {
            Some(true) => descends,
            Some(false) => ascends,
            None => none,
        })
    };
    view! {
        <th scope="col" aria-sort=of("descending", "ascending", "none")>
            <button class="sort" title=spoken on:click=move |_| turn()>{title}<span aria-hidden="true">{of(" ▼", " ▲", "")}</span></button>
        </th>
    }
    .into_any()
}
