//! The curves of other runs on the chart of the shown one: a colour a run, the chart's dashes, thinner and paler; all
//! runs of several seeds in one colour, with their median.
//!
//! Eight runs' colours are not told apart by everybody: pointing at a run's name, here or in the table, makes its
//! curves stand out, and the cursor reads each by name. Never here: the choice of overlaid runs (`ui::state::store`).

use super::handle::Handle;
use crate::charts::{Dash, HoverReadout, SeriesSpec, Style};
use crate::protocol::RunId;
use crate::ui::actions::runs::show;
use crate::ui::page::Page;
use crate::ui::parts::controls::line_swatch;
use crate::ui::parts::lean;
use crate::ui::state::charts::Panel;
use crate::ui::state::store::Store;
use leptos::prelude::*;

/// A run, or the median of a group, that is drawn beside the shown run.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlay {
    /// The id of the run or of the group.
    id: RunId,
    /// The id of its entry in the legend: that of the run itself, or of its group.
    under: RunId,
    name: String,
    colour: u8,
    weight: Weight,
    /// Number of its series: the list of curves is made anew when there are more.
    series: usize,
}

/// The weight of a curve's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// The weight of one seed of several.
    Faint,
    /// The weight of a run.
    Thin,
    /// The weight of a median, or of a run that is pointed at.
    Bold,
}

/// The overlays beside the shown run, in the order of drawing.
fn list(store: &Store, emphasis: Option<RunId>) -> Vec<Overlay> {
    let shown = store.shown().map(|run| run.id);
    let mut found = Vec::new();
    for group in store.groups().iter().filter(|group| group.overlaid) {
        let is_bold = emphasis == Some(group.id);
        let members = group.runs.iter().filter_map(|id| store.run(*id)).filter(|run| Some(run.id) != shown && !run.tag.overlaid);
        found.extend(members.map(|run| Overlay {
            id: run.id,
            under: group.id,
            name: run.tag.name.clone(),
            colour: group.colour,
            weight: if is_bold { Weight::Thin } else { Weight::Faint },
            series: run.series.len(),
        }));
        let series = group.medians().count();
        if series > 0 {
            let name = format!("{} (median of {})", group.name, group.median_of());
            found.push(Overlay { id: group.id, under: group.id, name, colour: group.colour, weight: Weight::Bold, series });
        }
    }
    let runs = store.runs().iter().filter(|run| run.tag.overlaid && Some(run.id) != shown);
    found.extend(runs.map(|run| Overlay {
        id: run.id,
        under: run.id,
        name: run.tag.name.clone(),
        colour: run.tag.colour,
        weight: if emphasis == Some(run.id) { Weight::Bold } else { Weight::Thin },
        series: run.series.len(),
    }));
    found
}

/// The overlays beside the shown run, as a memo that changes only with the list, not with each message.
pub fn overlays(page: Page) -> Memo<Vec<Overlay>> {
    lean::memo(move || {
        page.runs.track();
        list(&page.inner().store.borrow(), page.runs.emphasis.get())
    })
}

/// The curves of `overlays` on the chart `panel`.
pub fn curves(panel: &Panel, store: &Store, overlays: &[Overlay]) -> Vec<SeriesSpec> {
    let mut found = Vec::new();
    for overlay in overlays {
        let names: Vec<&String> = match (store.group(overlay.id), store.run(overlay.id)) {
            (Some(group), _) => group.medians().map(|(name, _)| name).collect(),
            (None, Some(run)) => run.series.keys().collect(),
            (None, None) => continue,
        };
        let own = panel.beside(names.into_iter());
        // Where the chart tells its curves apart by colour alone, the colour now says which run: dashes take over.
        let is_dashed = own.iter().enumerate().all(|(index, a)| own[..index].iter().all(|b| a.style.dash != b.style.dash));
        found.extend(own.into_iter().enumerate().map(|(index, curve)| SeriesSpec {
            run: Some(overlay.id),
            label: format!("{} · {}", overlay.name, curve.label),
            style: style(overlay, if is_dashed { curve.style.dash } else { Style::nth(index).dash }, curve.style.width),
            name: curve.name,
        }));
    }
    found
}

fn style(overlay: &Overlay, dash: Dash, width: f32) -> Style {
    let (width, opacity) = match overlay.weight {
        Weight::Faint => (0.8, 0.4),
        Weight::Thin => ((0.75 * width).max(1.0), 0.75),
        Weight::Bold => (width.max(2.0), 1.0),
    };
    Style { colour: overlay.colour, dash, width, opacity, edge: 0.0 }
}

/// The legend entry of one overlaid run or group.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    id: RunId,
    name: String,
    colour: u8,
    /// The names of its curves, each with its label on this chart.
    curves: Vec<(String, String)>,
}

fn entries(store: &Store, curves: &[SeriesSpec]) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for curve in curves {
        let Some(id) = curve.run else { continue };
        let group = store.groups().iter().find(|group| group.id == id || group.overlaid && group.runs.contains(&id));
        let run = store.run(id);
        // A run that is overlaid for itself has its own entry, whatever group it is of.
        let group = group.filter(|_| run.is_none_or(|run| !run.tag.overlaid));
        let (under, name) = match (group, run) {
            (Some(group), _) => {
                let median = if group.median_of() > 1 { format!("median and range of {}, ", group.median_of()) } else { String::new() };
                (group.id, format!("{} ({median}each run faint)", group.name))
            }
            (None, Some(run)) => (id, run.tag.name.clone()),
            (None, None) => continue,
        };
        // Of a group the median is read; of its runs there would be too many numbers.
        let is_read = group.is_none_or(|group| group.id == id);
        let short = curve.label.rsplit(" · ").next().unwrap_or_default().to_owned();
        let read = is_read.then(|| (curve.name.clone(), short));
        match found.iter_mut().find(|entry| entry.id == under) {
            Some(entry) => entry.curves.extend(read),
            None => found.push(Entry { id: under, name, colour: curve.style.colour, curves: read.into_iter().collect() }),
        }
    }
    found
}

/// The legend of the runs beside the shown one: an entry a run, which makes its curves stand out.
pub fn legend(handle: Handle) -> impl IntoView {
    let Handle { page, curves, .. } = handle;
    let list = lean::memo(move || {
        page.runs.list.track();
        let inner = page.inner();
        curves.with(|curves| entries(&inner.store.borrow(), curves))
    });
    let view_of = move |entry: Entry| {
        let Entry { id, name, colour, curves } = entry;
        let reading = move || {
            let read = |readout: &Option<HoverReadout>| {
                let entries = &readout.as_ref()?.entries;
                let found = curves.iter().filter_map(|(name, short)| {
                    let text = &entries.iter().find(|entry| entry.run == Some(id) && entry.name == *name)?.text;
                    Some(if curves.len() == 1 { text.clone() } else { format!("{short} {text}") })
                });
                Some(found.take(4).collect::<Vec<_>>().join(", "))
            };
            handle.readout.with(read).unwrap_or_default()
        };
        let emphasise = move |on: bool| page.runs.emphasis.set(on.then_some(id));
        view! {
            <button
                class="legend-entry legend-run" title="Points out its curves; a click shows this run"
                on:pointerenter=move |_| emphasise(true) on:pointerleave=move |_| emphasise(false)
                on:focus=move |_| emphasise(true) on:blur=move |_| emphasise(false)
                on:click=move |_| show(page, id)
            >
                {line_swatch(page.appearance, Style { colour, ..Style::TRAIN })} {name} <output class="reading">{lean::text(reading)}</output>
            </button>
        }
    };
    lean::maybe(move || {
        let entries = list.get();
        (!entries.is_empty()).then(|| {
            view! { <div class="legend legend-runs" role="group" aria-label="Other runs">{lean::list(entries.into_iter().map(view_of))}</div> }
        })
    })
}
