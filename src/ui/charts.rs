//! The dashboard: every chart with its heading, legend, readings and words. Which there are is in [`panels`].

mod panels;

use super::costs;
use super::page::Page;
use crate::charts::{Chart, HoverReadout, SeriesLookup, SeriesSpec, Style, Theme};
use crate::domain::event::series;
use crate::domain::series::Series;
use leptos::html::Div;
use leptos::prelude::*;
use panels::Panel;
pub use panels::Place;
use std::cell::RefCell;
use std::rc::Rc;

fn css_colour(theme: &Theme, style: Style) -> String {
    let (r, g, b) = theme.palette[usize::from(style.colour) % theme.palette.len()];
    format!("rgb({r} {g} {b})")
}

/// A short line in the colour and dash of a curve.
fn swatch(page: Page, style: Style) -> impl IntoView {
    let dashes = style.dash.pattern().iter().map(|length| format!("{}", length * 2.0)).collect::<Vec<_>>().join(" ");
    view! {
        <svg class="swatch" width="28" height="8" aria-hidden="true">
            <line
                x1="1" y1="4" x2="27" y2="4" stroke-width="2.5" stroke-dasharray=dashes
                stroke=move || css_colour(&page.appearance.get().chart_theme(), style)
            />
        </svg>
    }
}

fn legend_entry(page: Page, entry: &SeriesSpec, readout: RwSignal<Option<HoverReadout>, LocalStorage>) -> impl IntoView + use<> {
    let (label, run, name, known_label) = (entry.label.clone(), entry.run, entry.name.clone(), entry.label.clone());
    let reading = move || {
        let read = |readout: &Option<HoverReadout>| {
            readout.as_ref()?.entries.iter().find(|entry| entry.label == known_label).map(|entry| entry.text.clone())
        };
        readout.with(read).unwrap_or_default()
    };
    let is_recorded = Memo::new(move |_| {
        page.version.track();
        page.inner().store.borrow().series(run, &name).is_some()
    });
    view! {
        <span class="legend-entry" class:absent=move || !is_recorded.get()>
            {swatch(page, entry.style)} {label} <output class="reading">{reading}</output>
        </span>
    }
}

/// The chart of one panel: mounted when its element is there, told of changes by signals.
fn mount(page: Page, panel: &Panel, host: NodeRef<Div>, curves: Memo<Vec<SeriesSpec>>, signals: Readings) {
    let slot: Rc<RefCell<Option<usize>>> = Rc::default();
    let with_chart = move |slot: &RefCell<Option<usize>>, act: &dyn Fn(&Chart)| {
        if let Some(index) = *slot.borrow() {
            act(&page.inner().charts.borrow()[index]);
        }
    };
    let (spec, mounted) = (panel.spec.clone(), slot.clone());
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        if mounted.borrow().is_some() {
            return;
        }
        let inner = page.inner();
        let theme = page.appearance.get_untracked().chart_theme();
        let Some(chart) = Chart::mount(&host, spec.clone(), inner.store.clone(), theme, &inner.painter) else { return };
        chart.on_hover(Rc::new(move |reading| signals.readout.set(reading)));
        let mut charts = inner.charts.borrow_mut();
        let own = charts.len();
        // One cursor for all charts: where the visitor points on one, the others show their values of that step.
        chart.on_cursor(Rc::new(move |step| {
            let inner = page.inner();
            for (_, other) in inner.charts.borrow().iter().enumerate().filter(|(index, _)| *index != own) {
                other.set_cursor(step);
            }
        }));
        *mounted.borrow_mut() = Some(own);
        charts.push(chart);
    });
    let themed = slot.clone();
    Effect::new(move |_| {
        let theme = page.appearance.get().chart_theme();
        with_chart(&themed, &|chart| chart.set_theme(theme.clone()));
    });
    let followed = slot.clone();
    Effect::new(move |_| {
        let series = curves.get();
        with_chart(&followed, &|chart| chart.update_spec(|spec| spec.series.clone_from(&series)));
    });
    if panel.has_bands() {
        let (bands, banded) = (costs::bands(page), slot.clone());
        Effect::new(move |_| {
            let bands = bands.get();
            with_chart(&banded, &|chart| chart.update_spec(|spec| spec.bands.clone_from(&bands)));
        });
    }
    // The words for screen readers follow the epochs, not the batches: read aloud a thousand times they would be noise.
    Effect::new(move |_| {
        page.phase.track();
        with_chart(&slot, &|chart| signals.words.set(chart.summary()));
    });
}

/// What a chart tells the HTML around it.
#[derive(Clone, Copy)]
struct Readings {
    readout: RwSignal<Option<HoverReadout>, LocalStorage>,
    words: RwSignal<String>,
}

fn chart_panel(page: Page, panel: Panel) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let signals = Readings { readout: RwSignal::new_local(None), words: RwSignal::new(String::new()) };
    let (id, note, empty, title) = (panel.id, panel.note, panel.empty, panel.spec.title.clone());
    let heading = format!("{id}-title");
    let heading_id = heading.clone();
    let always = panel.is_always_there();
    let panel = Rc::new(panel);
    let shared = StoredValue::new_local(panel.clone());
    let curves = Memo::new(move |_| {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        shared.with_value(|panel| panel.series(store.shown().into_iter().flat_map(|run| run.series.keys())))
    });
    mount(page, &panel, host, curves, signals);
    let is_empty = Memo::new(move |_| {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        store.shown().is_some() && curves.with(|curves| curves.iter().all(|curve| store.series(curve.run, &curve.name).is_none()))
    });
    let is_missing = move || !always && curves.with(Vec::is_empty);
    let legend = move || curves.get().iter().map(|entry| legend_entry(page, entry, signals.readout)).collect::<Vec<_>>();
    let cursor = move || signals.readout.with(|readout| readout.as_ref().map_or(String::new(), |r| format!("step {}", r.step)));
    view! {
        <section class="panel chart-panel" id=id aria-labelledby=heading_id class:hidden=is_missing>
            <header>
                <h2 id=heading>{title}</h2>
                <output class="cursor-step">{cursor}</output>
            </header>
            <p class="note">{note}</p>
            <div class="legend">{legend}</div>
            <div class="chart-host">
                <div class="chart" node_ref=host role="img" aria-label=move || signals.words.get()></div>
                <p class="chart-empty">{move || if is_empty.get() { empty } else { "" }}</p>
            </div>
        </section>
    }
}

/// The charts that stand at `place`.
pub fn view(page: Page, place: Place) -> impl IntoView {
    let here = panels::all().into_iter().filter(|panel| panel.place == place);
    view! { <div class="charts">{here.map(|panel| chart_panel(page, panel)).collect::<Vec<_>>()}</div> }
}

/// How many of the run's batches the charts show: all.
pub fn batches_shown(page: Page) -> impl IntoView {
    let shown = move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        match store.shown() {
            Some(run) if run.batches() > 0 => {
                let count = run.series.get(series::BATCH_LOSS).map_or(0, Series::len);
                format!("{count} of {} batches shown", run.batches())
            }
            _ => String::new(),
        }
    };
    view! { <p class="batches-shown" id="batches-shown">{shown}</p> }
}
