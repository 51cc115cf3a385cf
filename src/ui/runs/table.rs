//! The table of runs: one row a run, with its values, its differences in words, and a row of actions that opens.

use super::rows::{Column, GroupRow, Row, differences_of, group_rows, order, rows};
use crate::charts::{Unit, format_value};
use crate::domain::runs::{Outcome, Spread};
use crate::error::Result;
use crate::protocol::RunId;
use crate::ui::controls::{format_bytes, format_clock, format_count};
use crate::ui::page::{Page, Phase};
use leptos::html::Input;
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen_futures::spawn_local;

/// How many columns there are, with those of the tick and the actions.
const COLUMNS: &str = "14";

/// What the table itself remembers.
#[derive(Clone, Copy)]
struct Table {
    page: Page,
    rows: Memo<Vec<Row>>,
    differences: Memo<BTreeMap<RunId, Option<String>>>,
    sorted: RwSignal<(Column, bool)>,
    /// The row whose actions are open.
    open: RwSignal<Option<RunId>>,
    /// The row whose name is being typed.
    renaming: RwSignal<Option<RunId>>,
}

fn tell<T>(page: Page, result: Result<T>) {
    if let Err(error) = result {
        page.notify(error);
    }
}

/// A small square in the colour of a run's curves.
fn square(page: Page, colour: u8) -> impl IntoView {
    let fill = move || {
        let (r, g, b) = page.appearance.get().chart_theme().colour(colour);
        format!("rgb({r} {g} {b})")
    };
    view! { <svg class="run-colour" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="3" fill=fill /></svg> }
}

fn value_words(value: Option<f32>, unit: Unit) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format_value(value, unit))
}

fn best_words(outcome: Outcome, unit: Unit) -> String {
    outcome.best.map_or_else(|| "–".to_owned(), |(value, epoch)| format!("{} ({epoch})", format_value(value, unit)))
}

fn spread_words((spread, without): (Option<Spread>, usize), unit: Unit) -> String {
    let write = |value: f64| format_value(value as f32, unit);
    let found = spread.map_or_else(String::new, |s| format!("{} ({} to {})", write(s.median), write(s.min), write(s.max)));
    match (found.is_empty(), without) {
        (true, 0) => "–".to_owned(),
        (true, without) => format!("no number in {without}"),
        (false, 0) => found,
        (false, without) => format!("{found}; no number in {without} more"),
    }
}

impl Table {
    /// What the row of `id` says now.
    fn row(&self, id: RunId) -> Memo<Option<Row>> {
        let rows = self.rows;
        Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()))
    }

    fn heading(self, column: Column, title: &'static str) -> impl IntoView {
        let sorted = self.sorted;
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
            <th scope="col" aria-sort=direction>
                <button class="sort" title=format!("Sort by {}", column.spoken()) on:click=click>
                    {title}<span aria-hidden="true">{arrow}</span>
                </button>
            </th>
        }
    }

    fn name_cell(self, id: RunId, row: Memo<Option<Row>>) -> impl IntoView {
        let Self { page, renaming, differences, .. } = self;
        let name = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.name.clone()).unwrap_or_default()));
        let colour = Memo::new(move |_| row.with(|row| row.as_ref().map_or(0, |row| row.colour)));
        let is = move |mark: fn(&Row) -> bool| Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(mark)));
        let (shown, pinned) = (is(|row| row.shown), is(|row| row.pinned));
        let difference = move || {
            differences.with(|differences| match differences.get(&id) {
                Some(None) => "compared with this one".to_owned(),
                Some(Some(words)) if words.is_empty() => "same configuration".to_owned(),
                Some(Some(words)) => words.clone(),
                None => String::new(),
            })
        };
        let emphasise = move |on: bool| page.runs.emphasis.set(on.then_some(id));
        view! {
            <th scope="row" class="run-cell">
                <div class="run-line">
                    {move || square(page, colour.get())}
                    {move || if renaming.get() == Some(id) { name_field(self, id, name.get_untracked()).into_any() } else {
                        view! {
                            <button
                                class="run-name" title="Show this run on the charts" aria-pressed=move || shown.get().to_string()
                                on:click=move |_| page.show_run(id)
                                on:pointerenter=move |_| emphasise(true) on:pointerleave=move |_| emphasise(false)
                                on:focus=move |_| emphasise(true) on:blur=move |_| emphasise(false)
                            >{move || name.get()}</button>
                        }.into_any()
                    }}
                    <Show when=move || shown.get()><span class="run-mark">"shown"</span></Show>
                    <Show when=move || pinned.get()><span class="run-mark">"pinned"</span></Show>
                </div>
                <p class="run-difference">{difference}</p>
            </th>
        }
    }

    fn row_view(self, id: RunId) -> impl IntoView {
        let Self { page, open, .. } = self;
        let row = self.row(id);
        let say = move |words: fn(&Row) -> String| move || row.with(|row| row.as_ref().map(words).unwrap_or_default());
        let overlaid = move || row.with(|row| row.as_ref().is_some_and(|row| row.overlaid));
        let shown = move || row.with(|row| row.as_ref().is_some_and(|row| row.shown));
        let is_open = Memo::new(move |_| open.get() == Some(id));
        let label = say(|row| format!("Draw {} beside the shown run", row.name));
        let actions_label = say(|row| format!("Actions for {}", row.name));
        view! {
            <tr class="run-row" class:shown=shown data-run=id.to_string()>
                <td>
                    <input type="checkbox" class="run-overlay" aria-label=label prop:checked=overlaid
                        on:change=move |event| tell(page, page.overlay_run(id, event_target_checked(&event))) />
                </td>
                {self.name_cell(id, row)}
                <td class="run-state">{say(|row| row.state.clone())}</td>
                <td>{say(|row| value_words(row.loss.last, Unit::Plain))}</td>
                <td>{say(|row| best_words(row.loss, Unit::Plain))}</td>
                <td>{say(|row| value_words(row.accuracy.last, Unit::Share))}</td>
                <td>{say(|row| best_words(row.accuracy, Unit::Share))}</td>
                <td>{say(|row| format!("{}/{}", row.epochs.0, row.epochs.1))}</td>
                <td>{say(|row| format_count(row.batches as f64))}</td>
                <td>{say(|row| format_clock(row.took_ms / 1000.0))}</td>
                <td>{say(|row| row.seed.to_string())}</td>
                <td class="run-device">{say(|row| row.device.clone())}</td>
                <td title=say(|row| format!("{} a batch", format_bytes(row.bytes as f64 / row.batches.max(1) as f64)))>
                    {say(|row| format_bytes(row.bytes as f64))}
                </td>
                <td>
                    <button class="run-more" aria-label=actions_label aria-expanded=move || is_open.get().to_string()
                        on:click=move |_| open.update(|open| *open = if *open == Some(id) { None } else { Some(id) })>"⋯"</button>
                </td>
            </tr>
            <Show when=move || is_open.get()>
                <tr class="run-actions"><td colspan=COLUMNS>{self.actions(id, row)}</td></tr>
            </Show>
        }
    }

    fn actions(self, id: RunId, row: Memo<Option<Row>>) -> impl IntoView {
        let Self { page, renaming, open, .. } = self;
        let is = move |mark: fn(&Row) -> bool| Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(mark)));
        let (pinned, live, shown) = (is(|row| row.pinned), is(|row| row.live), is(|row| row.shown));
        let busy = Memo::new(move |_| page.phase.with(Phase::is_live) || page.runs.queue.with(Option::is_some));
        // The first click asks, the second deletes; leaving the button takes the question back.
        let asked = RwSignal::new(false);
        let rerun = move |_| {
            spawn_local(async move {
                let result = match page.config_of_run(id) {
                    Ok(config) => page.start(config, false).await.map(|_| ()),
                    Err(error) => Err(error),
                };
                tell(page, result);
            });
        };
        let delete = move |_| {
            if asked.get_untracked() {
                open.set(None);
                tell(page, page.delete_run(id));
            } else {
                asked.set(true);
            }
        };
        let edit = move |_| match page.config_of_run(id) {
            Ok(config) => page.config.set(config),
            Err(error) => page.notify(error),
        };
        view! {
            <div class="buttons" role="group" aria-label="Actions">
                <button class="run-show" disabled=move || shown.get() on:click=move |_| page.show_run(id)>"Show"</button>
                <button class="run-rename" on:click=move |_| renaming.set(Some(id))>"Rename"</button>
                <button class="run-pin" title="On top of the table, and what the others are compared with" aria-pressed=move || pinned.get().to_string()
                    on:click=move |_| tell(page, page.pin_run(id, !pinned.get_untracked()))>
                    {move || if pinned.get() { "Unpin" } else { "Pin" }}
                </button>
                <button class="run-rerun" title="Trains the same configuration with the same seed again" disabled=move || busy.get() on:click=rerun>"Run again"</button>
                <button class="run-edit" title="Puts its configuration into the setup" on:click=edit>"Edit"</button>
                <button class="run-delete" disabled=move || live.get() on:click=delete on:blur=move |_| asked.set(false)>
                    {move || if asked.get() { "Really delete?" } else { "Delete" }}
                </button>
            </div>
        }
    }

    fn group_view(self, group: GroupRow) -> impl IntoView {
        let page = self.page;
        let GroupRow { id, name, colour, overlaid, words, values, runs, .. } = group;
        let [last_loss, best_loss, last_accuracy, best_accuracy] = values;
        let emphasise = move |on: bool| page.runs.emphasis.set(on.then_some(id));
        let label = format!("Draw the runs of {name} and their median");
        let asked = RwSignal::new(false);
        let delete = move |_| {
            if asked.get_untracked() {
                runs.iter().for_each(|run| tell(page, page.delete_run(*run)));
            } else {
                asked.set(true);
            }
        };
        let busy = Memo::new(move |_| page.runs.queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.group == id)));
        view! {
            <tr class="group-row" data-group=id.to_string() on:pointerenter=move |_| emphasise(true) on:pointerleave=move |_| emphasise(false)>
                <td>
                    <input type="checkbox" aria-label=label prop:checked=overlaid
                        on:change=move |event| tell(page, page.overlay_run(id, event_target_checked(&event))) />
                </td>
                <th scope="row" class="run-cell">
                    <div class="run-line">{square(page, colour)}<span class="group-name">{name}</span></div>
                    <p class="run-difference">{words}</p>
                </th>
                <td></td>
                <td>{spread_words(last_loss, Unit::Plain)}</td>
                <td>{spread_words(best_loss, Unit::Plain)}</td>
                <td>{spread_words(last_accuracy, Unit::Share)}</td>
                <td>{spread_words(best_accuracy, Unit::Share)}</td>
                <td colspan="6"></td>
                <td>
                    <button class="group-delete" title="Delete all runs of this group" disabled=move || busy.get()
                        on:click=delete on:blur=move |_| asked.set(false)>
                        {move || if asked.get() { "Really?" } else { "Delete" }}
                    </button>
                </td>
            </tr>
        }
    }
}

/// The name of a run while it is typed: Enter or leaving takes it, Escape leaves the old one.
fn name_field(table: Table, id: RunId, name: String) -> impl IntoView {
    let Table { page, renaming, .. } = table;
    let input = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.focus().ok();
            input.select();
        }
    });
    let take = move || {
        let Some(text) = input.get_untracked().map(|input| input.value()) else { return };
        // Once: leaving the field ends it, and so does Enter, which takes the field away.
        if renaming.get_untracked() == Some(id) {
            renaming.set(None);
            tell(page, page.rename_run(id, &text));
        }
    };
    view! {
        <input
            class="run-name-field" type="text" aria-label="Name of the run" maxlength="60" value=name node_ref=input
            on:blur=move |_| take()
            on:keydown=move |event| match event.key().as_str() {
                "Enter" => take(),
                "Escape" => renaming.set(None),
                _ => {}
            }
        />
    }
}

/// The table.
pub fn view(page: Page) -> impl IntoView {
    let table = Table {
        page,
        rows: Memo::new(move |_| {
            page.runs.track();
            rows(&page.inner().store.borrow())
        }),
        differences: Memo::new(move |_| {
            page.runs.list.track();
            differences_of(&page.inner().store.borrow()).into_iter().collect()
        }),
        sorted: RwSignal::new((Column::Run, true)),
        open: RwSignal::new(None),
        renaming: RwSignal::new(None),
    };
    let groups = Memo::new(move |_| {
        page.runs.list.track();
        group_rows(&page.inner().store.borrow())
    });
    let ids = Memo::new(move |_| {
        let (column, descending) = table.sorted.get();
        table.rows.with(|rows| order(rows, column, descending))
    });
    let caption = Memo::new(move |_| {
        page.runs.list.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(baseline) = store.baseline() else { return String::new() };
        let why = if store.pins().contains(&baseline.id) { "pinned" } else { "shown" };
        format!("Under each name: in what its configuration differs from that of {} ({why}).", baseline.tag.name)
    });
    view! {
        <div class="scroll runs-scroll" role="region" aria-label="Table of runs" tabindex="0">
            <table class="runs" id="runs-table">
                <caption>{move || caption.get()}</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Overlay"</span></th>
                        {Column::ALL.map(|(column, title)| table.heading(column, title)).into_iter().collect::<Vec<_>>()}
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{move || groups.get().into_iter().map(|group| table.group_view(group)).collect::<Vec<_>>()}</tbody>
                <tbody><For each=move || ids.get() key=|id| *id children=move |id| table.row_view(id) /></tbody>
            </table>
        </div>
    }
}
