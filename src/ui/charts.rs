//! The dashboard: which charts there are, with their headings, legends, readings and words.

use super::page::Page;
use crate::charts::SeriesLookup;
use crate::charts::{Best, Chart, ChartSpec, HoverReadout, SeriesSpec, Style, Theme, Unit, XRange, YRange};
use crate::domain::event::series;
use leptos::html::Div;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// One chart of the dashboard.
struct Panel {
    id: &'static str,
    note: &'static str,
    spec: ChartSpec,
}

fn panels() -> Vec<Panel> {
    let spec = |title: &str, y_label: &str, unit, best, y_range, series| ChartSpec {
        title: title.to_owned(),
        y_label: y_label.to_owned(),
        unit,
        best,
        y_range,
        x_range: XRange::All,
        series,
    };
    let pair = |train, validation| {
        vec![SeriesSpec::new(train, "train", Style::TRAIN), SeriesSpec::new(validation, "validation", Style::VALIDATION)]
    };
    vec![
        Panel {
            id: "chart-loss",
            note: "Per epoch. Train: mean of the epoch's batches, each before its update. Validation: all held-out samples at the epoch's end.",
            spec: spec("Loss", "nats", Unit::Plain, Best::Lowest, YRange::Auto, pair(series::TRAIN_LOSS, series::VAL_LOSS)),
        },
        Panel {
            id: "chart-accuracy",
            note: "Per epoch, measured like the loss.",
            spec: spec(
                "Accuracy",
                "share right",
                Unit::Share,
                Best::Highest,
                YRange::Auto,
                pair(series::TRAIN_ACCURACY, series::VAL_ACCURACY),
            ),
        },
        Panel {
            id: "chart-batch-loss",
            note: "The raw loss of each batch on the weights before its update: no mean, no sampling.",
            spec: spec(
                "Batch loss, every batch",
                "nats",
                Unit::Plain,
                Best::Lowest,
                YRange::Auto,
                vec![SeriesSpec::new(series::BATCH_LOSS, "batch loss", Style::RAW)],
            ),
        },
        Panel {
            id: "chart-batch-time",
            note: "Wall time of each batch. On the CPU also of its forward pass, backward pass and weight update; a GPU works behind the program's back, so there the total is the mean over batches read together.",
            spec: spec(
                "Time per batch",
                "time",
                Unit::Named("ms"),
                Best::Lowest,
                YRange::FromZero,
                vec![
                    SeriesSpec::new(series::TIME_BATCH, "whole batch", Style { width: 1.0, ..Style::nth(6) }),
                    SeriesSpec::new(series::TIME_FORWARD, "forward", Style { width: 1.0, ..Style::nth(0) }),
                    SeriesSpec::new(series::TIME_BACKWARD, "backward", Style { width: 1.0, ..Style::nth(1) }),
                    SeriesSpec::new(series::TIME_UPDATE, "update", Style { width: 1.0, ..Style::nth(2) }),
                ],
            ),
        },
        Panel {
            id: "chart-epoch-time",
            note: "Wall time of each epoch's batches and of its validation, without pauses.",
            spec: spec(
                "Time per epoch",
                "time",
                Unit::Named("ms"),
                Best::Lowest,
                YRange::FromZero,
                vec![
                    SeriesSpec::new(series::TIME_EPOCH, "training", Style::TRAIN),
                    SeriesSpec::new(series::TIME_VALIDATION, "validation", Style::VALIDATION),
                ],
            ),
        },
        Panel {
            id: "chart-batch-accuracy",
            note: "The share of each batch predicted right, before its update.",
            spec: spec(
                "Batch accuracy, every batch",
                "share right",
                Unit::Share,
                Best::Highest,
                YRange::Fixed(0.0, 1.0),
                vec![SeriesSpec::new(series::BATCH_ACCURACY, "batch accuracy", Style { colour: 2, ..Style::RAW })],
            ),
        },
    ]
}

fn css_colour(theme: &Theme, style: Style) -> String {
    let (r, g, b) = theme.palette[usize::from(style.colour) % theme.palette.len()];
    format!("rgb({r} {g} {b})")
}

/// Whether the chart has a point an epoch, so that it stays empty for a while.
fn is_per_epoch(spec: &ChartSpec) -> bool {
    spec.series.iter().all(|entry| {
        [series::TRAIN_LOSS, series::TRAIN_ACCURACY, series::VAL_LOSS, series::VAL_ACCURACY, series::TIME_EPOCH, series::TIME_VALIDATION]
            .contains(&entry.name.as_str())
    })
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
    let (label, name, unit_label) = (entry.label.clone(), entry.name.clone(), entry.label.clone());
    let reading = move || {
        page.version.track();
        let hovered = readout
            .with(|readout| readout.as_ref().map(|readout| readout.entries.iter().find(|e| e.label == unit_label).map(|e| e.text.clone())));
        hovered.flatten().unwrap_or_default()
    };
    let recorded = move || {
        page.version.track();
        page.inner().store.borrow().series(&name).is_some()
    };
    view! {
        <span class="legend-entry" class:absent=move || !recorded()>
            {swatch(page, entry.style)} {label} <output class="reading">{reading}</output>
        </span>
    }
}

fn chart_panel(page: Page, panel: Panel) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let readout = RwSignal::new_local(None::<HoverReadout>);
    let words = RwSignal::new(String::new());
    let Panel { id, note, spec } = panel;
    let title = spec.title.clone();
    let heading = format!("{id}-title");
    let heading_id = heading.clone();
    let legend = spec.series.iter().map(|entry| legend_entry(page, entry, readout)).collect::<Vec<_>>();
    let slot: Rc<RefCell<Option<usize>>> = Rc::default();

    let spec_for_mount = spec.clone();
    let slot_for_mount = slot.clone();
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        if slot_for_mount.borrow().is_some() {
            return;
        }
        let inner = page.inner();
        let theme = page.appearance.get_untracked().chart_theme();
        let Some(chart) = Chart::mount(&host, spec_for_mount.clone(), inner.store.clone(), theme, &inner.painter) else { return };
        chart.on_hover(Rc::new(move |reading| readout.set(reading)));
        let mut charts = inner.charts.borrow_mut();
        *slot_for_mount.borrow_mut() = Some(charts.len());
        charts.push(chart);
    });
    let slot_for_theme = slot.clone();
    Effect::new(move |_| {
        let theme = page.appearance.get().chart_theme();
        if let Some(index) = *slot_for_theme.borrow() {
            page.inner().charts.borrow()[index].set_theme(theme);
        }
    });
    // The words for screen readers follow the epochs, not the batches: read aloud a thousand times they would be noise.
    Effect::new(move |_| {
        page.phase.track();
        if let Some(index) = *slot.borrow() {
            words.set(page.inner().charts.borrow()[index].summary());
        }
    });
    let names: Vec<String> = spec.series.iter().map(|entry| entry.name.clone()).collect();
    let is_per_epoch = is_per_epoch(&spec);
    let empty_words = move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        match store.shown() {
            Some(_) if names.iter().any(|name| store.series(name).is_some()) => "",
            Some(_) if is_per_epoch => "First values at the end of the first epoch",
            _ => "",
        }
    };
    let cursor_text = move || readout.with(|readout| readout.as_ref().map_or(String::new(), |readout| format!("step {}", readout.step)));
    view! {
        <section class="panel chart-panel" id=id aria-labelledby=heading_id>
            <header>
                <h2 id=heading>{title}</h2>
                <output class="cursor-step">{cursor_text}</output>
            </header>
            <p class="note">{note}</p>
            <div class="legend">{legend}</div>
            <div class="chart-host">
                <div class="chart" node_ref=host role="img" aria-label=move || words.get()></div>
                <p class="chart-empty">{empty_words}</p>
            </div>
        </section>
    }
}

/// The dashboard's charts.
pub fn view(page: Page) -> impl IntoView {
    let charts = panels().into_iter().map(|panel| chart_panel(page, panel)).collect::<Vec<_>>();
    let shown = move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        match store.shown() {
            Some(run) if run.batches() > 0 => {
                let count = run.series.get(series::BATCH_LOSS).map_or(0, crate::domain::series::Series::len);
                format!("{count} of {} batches shown", run.batches())
            }
            _ => String::new(),
        }
    };
    view! {
        <div class="charts">{charts}</div>
        <p class="batches-shown" id="batches-shown">{shown}</p>
    }
}
