//! The table of a class: a line a result, with the name, what was changed, and what it came to; sorted by a click on a heading.

use super::chart::{fill, swatch, theme_of};
use super::choice::Choice;
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::lean::{self, Button};
use crate::ui::state::class::results::{Column, Line, Results};
use leptos::prelude::*;

/// A heading that sorts.
fn heading(sorted: RwSignal<(Column, bool)>, (column, title, spoken): (Column, &'static str, &'static str)) -> AnyView {
    let direction = move || match sorted.get() {
        (by, true) if by == column => "descending",
        (by, false) if by == column => "ascending",
        _ => "none",
    };
    let arrow = move || match direction() {
        "descending" => " ▼",
        "ascending" => " ▲",
        _ => "",
    };
    let click = move |_| {
        sorted.update(|(by, descending)| {
            (*by, *descending) = (column, if *by == column { !*descending } else { column.begins_descending() });
        });
    };
    view! {
        <th scope="col" aria-sort=lean::text(direction)>
            <button class="sort" title=format!("Sort by {spoken}") on:click=click>{title}<span aria-hidden="true">{lean::text(arrow)}</span></button>
        </th>
    }
    .into_any()
}

fn row(page: Page, Line { id, name, cells }: Line, colour: String) -> AnyView {
    let look = move |on: bool| page.class.looked_at.set(on.then_some(id));
    let remove = Button { class: "class-remove", name: "Remove this result", ..Button::new("×", "Remove this result") };
    let cells = cells.into_iter().map(|words| lean::tag("td", "", words.into_any()));
    view! {
        <tr on:pointerenter=move |_| look(true) on:pointerleave=move |_| look(false) on:focusin=move |_| look(true) on:focusout=move |_| look(false)>
            <th scope="row">{swatch(colour)} {name}</th>
            {lean::list(cells)}
            <td>{remove.view(move || page.class.results.update(|results: &mut Results| results.remove(id)))}</td>
        </tr>
    }
    .into_any()
}

/// The table.
pub fn view(page: Page, choice: Choice) -> AnyView {
    let sorted = RwSignal::new((Column::Changed, false));
    let rows = move || {
        choice.with(page, |results, _, setting, styles| {
            let theme = theme_of(page, styles.ordered);
            let colour = |id: u32| {
                let index = results.entries().iter().position(|entry| entry.id == id);
                index.and_then(|index| styles.all.get(index)).map_or(String::new(), |style| fill(&theme, style.colour))
            };
            lean::list(results.lines(sorted.get(), setting).into_iter().map(|line| {
                let colour = colour(line.id);
                row(page, line, colour)
            }))
            .into_any()
        })
    };
    let table = view! {
        <table class="class-table" id="class-table">
            <thead>
                <tr>
                    {lean::list(Column::ALL.map(|column| heading(sorted, column)))}
                    <th scope="col"><span class="visually-hidden">"Remove"</span></th>
                </tr>
            </thead>
            <tbody>{lean::live(rows)}</tbody>
        </table>
    };
    scroller("Table of the class", table.into_any())
}
