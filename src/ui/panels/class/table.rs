//! The table of a class: a line a result, with the name, what was changed, and what it came to; sorted by a click on a heading.

use super::chart::theme_of;
use super::choice::Choice;
use crate::charts::css;
use crate::ui::page::Page;
use crate::ui::parts::controls::{scroller, swatch};
use crate::ui::parts::lean::{self, Button};
use crate::ui::parts::sorting;
use crate::ui::state::class::results::{Column, Line, Results};
use leptos::prelude::*;

fn row(page: Page, Line { id, name, cells }: Line, colour: String) -> AnyView {
    let look = move |on: bool| page.class.looked_at.set(on.then_some(id));
    let remove = Button { class: "class-remove", name: "Remove this result", ..Button::new("×", "Remove this result") };
    let cells = cells.into_iter().map(|words| lean::tag("td", "", words.into_any()));
    view! {
        <tr on:pointerenter=move |_| look(true) on:pointerleave=move |_| look(false) on:focusin=move |_| look(true) on:focusout=move |_| look(false)>
            <th scope="row"><span class="class-key">{swatch(colour)}{name}</span></th>
            {lean::list(cells)}
            <td>{remove.view(move || page.class.results.update(|results: &mut Results| results.remove(id)))}</td>
        </tr>
    }
    .into_any()
}

/// The table.
pub fn view(page: Page, choice: Choice) -> AnyView {
    let sorted = RwSignal::new((Column::Changed, false));
    let title = move |name: &str| page.lessons.with(|lessons| lessons.called(name).map_or(name.to_owned(), |lesson| lesson.title.clone()));
    let rows = move || {
        choice.with(page, |results, _, setting, styles| {
            let theme = theme_of(page, styles.ordered);
            let colour = |id: u32| {
                let index = results.entries().iter().position(|entry| entry.id == id);
                index.and_then(|index| styles.all.get(index)).map_or(String::new(), |style| css(theme.colour(style.colour)))
            };
            lean::list(results.lines(sorted.get(), setting, &title).into_iter().map(|line| {
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
                    {lean::list(Column::ALL.map(|(column, title, spoken)| sorting::heading(sorted, (column, column.begins_descending()), title, spoken)))}
                    <th scope="col"><span class="visually-hidden">"Remove"</span></th>
                </tr>
            </thead>
            <tbody>{lean::live(rows)}</tbody>
        </table>
    };
    scroller("Table of the class", table.into_any())
}
