//! The table of runs: a line a run (or group of seeds) with its values, under it in what it differs, and its actions.
//!
//! Lines are texts by the time they get here, and all cells, headings and actions are made by one closure each: every
//! further kind of view is some kilobytes of program.

use crate::charts::{Style, css, format_value};
use crate::domain::record::known::Unit;
use crate::domain::run::list::median::Spread;
use crate::domain::run::list::outcome::Outcome;
use crate::protocol::RunId;
use crate::ui::actions::runs as list;
use crate::ui::actions::stored::go_on;
use crate::ui::page::Page;
use crate::ui::parts::controls::swatch;
use crate::ui::parts::format::{format_bytes, format_clock, format_count};
use crate::ui::parts::{lean, sorting};
use crate::ui::state::phase::Phase;
use crate::ui::state::rows::{Column, GroupRow, Row, differences_of, group_rows, rows, sorted};
use crate::ui::state::store::Store;
use leptos::html::Input;
use leptos::prelude::*;

/// Number of columns after the tick.
const COLUMNS: &str = "13";

/// One line of the table.
#[derive(Clone, Debug, Default, PartialEq)]
struct Line {
    /// The id of the run or group.
    id: RunId,
    is_group: bool,
    name: String,
    colour: u8,
    overlaid: bool,
    shown: bool,
    pinned: bool,
    live: bool,
    earlier: bool,
    can_go_on: bool,
    /// The difference to the shown run, or the number of seeds that are done.
    words: String,
    /// The columns after the name.
    cells: [String; 11],
}

fn value_words(value: Option<f32>, unit: Unit) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format_value(value, unit))
}

fn best_words(outcome: Outcome, unit: Unit) -> String {
    outcome.best.map_or_else(|| "–".to_owned(), |(value, epoch)| format!("{} ({epoch})", format_value(value, unit)))
}

/// The median, and in a line of its own the range.
fn spread_words((spread, without): (Option<Spread>, usize), unit: Unit) -> String {
    let write = |value: f64| format_value(value as f32, unit);
    let found = spread.map_or_else(String::new, |s| format!("{}\n{} – {}", write(s.median), write(s.min), write(s.max)));
    match (found.is_empty(), without) {
        (true, 0) => "–".to_owned(),
        (true, without) => format!("no number in {without}"),
        (false, 0) => found,
        (false, without) => format!("{found}\nno number in {without}"),
    }
}

impl Line {
    fn of_run(row: Row, difference: Option<String>) -> Self {
        let words = match difference {
            None => "compared with this one".to_owned(),
            Some(words) if words.is_empty() => "same configuration".to_owned(),
            Some(words) => words,
        };
        // Its own steps, on the charts too: it may have other batches, and its optimiser begins anew.
        let parent = row.parent.iter().map(|parent| format!("{parent}, counts its own steps from 0"));
        let words = parent.chain([words]).collect::<Vec<_>>().join(" · ");
        let cells = [
            row.state,
            if row.validated { value_words(row.loss.last, Unit::Plain) } else { "no validation".to_owned() },
            best_words(row.loss, Unit::Plain),
            value_words(row.accuracy.last, Unit::Share),
            best_words(row.accuracy, Unit::Share),
            format!("{}/{}", row.epochs.0, row.epochs.1),
            format_count(row.batches as f64),
            format_clock(row.took_ms / 1000.0),
            row.seed.to_string(),
            row.device,
            format_bytes(row.bytes as f64),
        ];
        let Row { id, name, colour, overlaid, shown, pinned, live, earlier, can_go_on, .. } = row;
        Self { id, is_group: false, name, colour, overlaid, shown, pinned, live, earlier, can_go_on, words, cells }
    }

    fn of_group(row: GroupRow, is_going_on: bool) -> Self {
        let [last_loss, best_loss, last_accuracy, best_accuracy] = row.values;
        let cells = [
            format!("{} of {}", row.finished, row.asked),
            spread_words(last_loss, Unit::Plain),
            spread_words(best_loss, Unit::Plain),
            spread_words(last_accuracy, Unit::Share),
            spread_words(best_accuracy, Unit::Share),
        ];
        let mut cells = cells.into_iter();
        let cells = std::array::from_fn(|_| cells.next().unwrap_or_default());
        let GroupRow { id, name, colour, overlaid, words, .. } = row;
        Self { id, is_group: true, name, colour, overlaid, live: is_going_on, words, cells, ..Self::default() }
    }
}

/// The actions on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Show,
    Rename,
    Pin,
    Rerun,
    Edit,
    GoOn,
    Delete,
}

impl Action {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Show, "run-show", "Shows it on the charts"),
        (Self::Rename, "run-rename", "Gives it another name"),
        (Self::Pin, "run-pin", "Keeps it on top of the table, and compares the others with it"),
        (Self::Rerun, "run-rerun", "Trains the same configuration with the same seed again"),
        (Self::Edit, "run-edit", "Puts its configuration into the setup"),
        (Self::GoOn, "run-go-on", "Trains it on from where it was interrupted"),
        (Self::Delete, "run-delete", "Forgets it, deletes it from this device and frees its memory; asks first"),
    ];

    fn label(self, line: &Line, is_asked: bool) -> &'static str {
        match self {
            Self::Show => "Show",
            Self::Rename => "Rename",
            Self::Pin if line.pinned => "Unpin",
            Self::Pin => "Pin",
            Self::Rerun => "Run again",
            Self::Edit => "Edit",
            Self::GoOn => "Go on",
            Self::Delete if is_asked => "Really delete?",
            Self::Delete if line.is_group => "Delete all its runs",
            Self::Delete => "Delete",
        }
    }

    fn is_off(self, line: &Line, is_busy: bool) -> bool {
        match self {
            Self::Show => line.shown,
            Self::Rerun | Self::GoOn => is_busy,
            Self::Delete => line.live,
            _ => false,
        }
    }
}

/// The state of the table itself.
#[derive(Clone, Copy)]
struct Table {
    page: Page,
    lines: Memo<Vec<Line>>,
    sorted: RwSignal<(Column, bool)>,
    /// The line whose actions are open.
    open: RwSignal<Option<RunId>>,
    /// The line whose name is being typed.
    renaming: RwSignal<Option<RunId>>,
    /// The line whose deletion was asked for once.
    asked: RwSignal<Option<RunId>>,
}

/// The differences of all runs, made anew only when the list has changed: four times a second would be wasted.
type Differences = StoredValue<(u32, Vec<(RunId, Option<String>)>)>;

fn lines(page: Page, store: &Store, (column, descending): (Column, bool), differences: Differences) -> Vec<Line> {
    let list = page.runs.list.get();
    if differences.with_value(|(of, known)| *of != list || known.is_empty()) {
        differences.set_value((list, differences_of(store)));
    }
    let going_on = page.runs.queue.with(|queue| queue.as_ref().map(|queue| queue.group));
    let groups = group_rows(store).into_iter().map(|row| {
        let is_going_on = going_on == Some(row.id);
        Line::of_group(row, is_going_on)
    });
    let difference = |id: RunId| {
        differences
            .with_value(|(_, known)| known.iter().find(|(of, _)| *of == id).map_or_else(|| Some(String::new()), |(_, words)| words.clone()))
    };
    let runs = sorted(rows(store), column, descending).into_iter().map(|row| {
        let words = difference(row.id);
        Line::of_run(row, words)
    });
    groups.chain(runs).collect()
}

impl Table {
    fn act(self, action: Action, id: RunId) {
        let Self { page, open, renaming, asked, .. } = self;
        let line = self.lines.with_untracked(|lines| lines.iter().find(|line| line.id == id).cloned()).unwrap_or_default();
        match action {
            Action::Show if line.is_group => page.tell(list::overlay(page, id, true)),
            Action::Show => list::show(page, id),
            Action::Rename => renaming.set(Some(id)),
            Action::Pin => page.tell(list::pin(page, id, !line.pinned)),
            Action::Edit => match list::config_of(page, id) {
                Ok(config) => {
                    page.scripts.arrive(&config);
                    page.config.set(config);
                }
                Err(error) => page.notify(error),
            },
            Action::Rerun => lean::spawn(async move {
                let result = match list::config_of(page, id) {
                    Ok(config) => page.start(config, false).await.map(|_| ()),
                    Err(error) => Err(error),
                };
                page.tell(result);
            }),
            Action::GoOn => lean::spawn(async move { page.tell(go_on(page, id).await) }),
            // The first click asks, the second deletes; leaving the button takes the question back.
            Action::Delete if asked.get_untracked() != Some(id) => asked.set(Some(id)),
            Action::Delete => {
                open.set(None);
                asked.set(None);
                let runs = page.inner().store.borrow().group(id).map_or_else(|| vec![id], |group| group.runs.clone());
                runs.into_iter().for_each(|run| page.tell(list::delete(page, run)));
            }
        }
    }

    fn name_view(self, id: RunId, line: Memo<Line>) -> impl IntoView {
        let Self { page, renaming, .. } = self;
        // The shown run has the chart's own colours, of training and of validation.
        let swatches = move || {
            let theme = page.appearance.get().chart_theme();
            let colours = if line.with(|line| line.shown) {
                vec![Style::TRAIN.colour, Style::VALIDATION.colour]
            } else {
                vec![line.with(|line| line.colour)]
            };
            lean::list(colours.into_iter().map(|colour| swatch(css(theme.colour(colour)))))
        };
        let marks = move || {
            line.with(|line| {
                let marks = [(line.shown, "shown"), (line.pinned, "pinned"), (line.earlier, "earlier visit")];
                marks.into_iter().filter_map(|(is_on, mark)| is_on.then_some(mark)).collect::<Vec<_>>().join(", ")
            })
        };
        let name = move || {
            if renaming.get() == Some(id) {
                return name_field(self, id, line.with_untracked(|line| line.name.clone())).into_any();
            }
            view! { <button class="run-name" title="Show on the charts" on:click=move |_| self.act(Action::Show, id)>{move || line.with(|line| line.name.clone())}</button> }
                .into_any()
        };
        view! {
            {lean::live(swatches)}
            {lean::live(name)}
            <span class="run-mark">{lean::text(marks)}</span>
        }
    }

    fn line_view(self, id: RunId) -> impl IntoView {
        let Self { page, lines, open, .. } = self;
        let line = lean::memo(move || lines.with(|lines| lines.iter().find(|line| line.id == id).cloned()).unwrap_or_default());
        let is_group = line.with_untracked(|line| line.is_group);
        let say = move |words: fn(&Line) -> String| lean::text(move || line.with(words));
        let emphasise = move |on: bool| page.runs.emphasis.set(on.then_some(id));
        let is_open = move || open.get() == Some(id);
        let cells = lean::list((0..11).map(|at| view! { <td>{move || line.with(|line| line.cells[at].clone())}</td> }));
        view! {
            <tr
                class="run-row" class:group-row=is_group class:shown=move || line.with(|line| line.shown) data-run=id.to_string()
                on:pointerenter=move |_| emphasise(true) on:pointerleave=move |_| emphasise(false)
                on:focusin=move |_| emphasise(true) on:focusout=move |_| emphasise(false)
            >
                <td>
                    <input
                        type="checkbox" class="run-overlay" aria-label=say(|line| format!("Draw {} beside the shown run", line.name))
                        prop:checked=move || line.with(|line| line.overlaid)
                        on:change=move |event| page.tell(list::overlay(page, id, event_target_checked(&event)))
                    />
                </td>
                <th scope="row" class="run-cell"><div class="run-line">{self.name_view(id, line)}</div></th>
                {cells}
                <td>
                    <button
                        class="run-more" aria-label=say(|line| format!("Actions for {}", line.name)) aria-expanded=move || is_open().to_string()
                        on:click=move |_| open.update(|open| *open = if *open == Some(id) { None } else { Some(id) })
                    >"⋯"</button>
                </td>
            </tr>
            <tr class="run-under">
                <td></td>
                <td colspan=COLUMNS>
                    <p class="run-difference">{say(|line| line.words.clone())}</p>
                    {lean::maybe(move || is_open().then(|| self.actions(id, line)))}
                </td>
            </tr>
        }
    }

    fn actions(self, id: RunId, line: Memo<Line>) -> impl IntoView {
        let Self { page, asked, .. } = self;
        let is_group = line.with_untracked(|line| line.is_group);
        let can_go_on = line.with_untracked(|line| line.can_go_on);
        let is_there = |action| if is_group { action == Action::Delete } else { action != Action::GoOn || can_go_on };
        let buttons = Action::ALL.into_iter().filter(|(action, ..)| is_there(*action));
        let button = move |(action, class, title): (Action, &'static str, &'static str)| {
            let is_off = move || {
                let is_busy = page.phase.with(Phase::is_live) || page.runs.queue.with(Option::is_some);
                line.with(|line| action.is_off(line, is_busy))
            };
            let label = move || line.with(|line| action.label(line, asked.get() == Some(id)));
            view! {
                <button class=class title=title disabled=lean::flag(is_off) on:click=move |_| self.act(action, id) on:blur=move |_| asked.set(None)>{lean::text(label)}</button>
            }
        };
        view! { <div class="buttons run-actions" role="group" aria-label="Actions">{lean::list(buttons.map(button))}</div> }
    }
}

/// The name of a run while it is typed: Enter or leaving takes it, Escape leaves the old one.
fn name_field(table: Table, id: RunId, name: String) -> impl IntoView {
    let Table { page, renaming, .. } = table;
    let input = lean::Node::<Input>::new();
    lean::effect(move || {
        if let Some(input) = input.get() {
            input.focus().ok();
            input.select();
        }
    });
    // From the event: a field that is taken away while it has the focus is left once more, when nothing else of it is there.
    let take = move |text: &str| {
        // Once: leaving the field ends it, and so does Enter, which takes the field away.
        if renaming.get_untracked() == Some(id) {
            renaming.set(None);
            // An empty field means the old name.
            if !text.trim().is_empty() {
                page.tell(list::rename(page, id, text));
            }
        }
    };
    view! {
        <input
            class="run-name-field" type="text" aria-label="Name of the run" maxlength="60" value=name node_ref=input
            on:blur=move |event| take(&event_target_value(&event))
            on:keydown=move |event| match event.key().as_str() {
                "Enter" => take(&event_target_value(&event)),
                "Escape" => renaming.set(None),
                _ => {}
            }
        />
    }
}

/// The table.
pub fn view(page: Page) -> impl IntoView {
    let sorted = RwSignal::new((Column::Run, true));
    let differences = StoredValue::new((0, Vec::new()));
    let lines = lean::memo(move || {
        page.runs.track();
        lines(page, &page.inner().store.borrow(), sorted.get(), differences)
    });
    let table = Table { page, lines, sorted, open: RwSignal::new(None), renaming: RwSignal::new(None), asked: RwSignal::new(None) };
    let caption = move || {
        page.runs.list.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(baseline) = store.baseline() else { return String::new() };
        let why = if store.pins().contains(&baseline.id) { "pinned" } else { "shown" };
        format!("Under each run: how its setup differs from that of {} ({why}). Tick runs to draw them on the charts.", baseline.tag.name)
    };
    let ids = move || lines.with(|lines| lines.iter().map(|line| (line.id as usize, String::new())).collect());
    view! {
        <p class="note" id="runs-caption">{lean::text(caption)}</p>
        <div class="scroll runs-scroll" role="region" aria-label="Table of runs" tabindex="0">
            <table class="runs" id="runs-table" aria-describedby="runs-caption">
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Overlay"</span></th>
                        {lean::list(Column::ALL.map(|(column, title)| sorting::heading(table.sorted, (column, column.begins_descending()), title, column.spoken())))}
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{lean::each_key(ids, move |id, _| table.line_view(id as RunId).into_any())}</tbody>
            </table>
        </div>
    }
}
