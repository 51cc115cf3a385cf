//! The panel of one chart on the dashboard: heading, tools, legend, the chart itself, its table, its words.

use super::handle::Handle;
use super::{bands, curves, legend, overlays, speech, table, tools};
use crate::charts::{Chart, SeriesLookup, XRange, YRange};
use crate::domain::record::known::Unit;
use crate::ui::actions::questions::look_at_batch;
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::lean;
use crate::ui::state::charts::{Curves, Panel};
use leptos::html::Div;
use leptos::prelude::*;
use std::rc::Rc;

/// The factor for type and lines on full screen: a lecture room view from further away.
const BIG: f32 = 1.5;
/// The same in a presentation, which is read from the last row.
const STAGE: f32 = 2.0;

/// Mounts the chart of a panel into its element, and tells it of changes.
fn mount(handle: Handle, panel: &Panel, host: lean::Node<Div>) {
    let Handle { page, slot, readout, .. } = handle;
    let board = page.board;
    let spec = panel.spec.clone();
    let y_range = spec.y_range;
    let picks_batches = panel.picks_batches;
    lean::effect(move || {
        let Some(host) = host.get() else { return };
        if slot.get_untracked().is_some() {
            return;
        }
        let inner = page.inner();
        let theme = page.appearance.get_untracked().chart_theme();
        let Some(chart) = Chart::mount(&host, spec.clone(), inner.store.clone(), theme, &inner.painter) else { return };
        chart.on_hover(Rc::new(move |reading| readout.set(reading)));
        if picks_batches {
            chart.on_pick(Rc::new(move |reading| look_at_batch(page, reading.step)));
        }
        let mut charts = inner.charts.borrow_mut();
        let own = charts.iter().position(Option::is_none).unwrap_or(charts.len());
        // One cursor for all charts: where the visitor points on one, the others show their values of that step.
        chart.on_cursor(Rc::new(move |at| {
            let inner = page.inner();
            for (_, other) in inner.charts.borrow().iter().enumerate().filter(|(index, _)| *index != own) {
                if let Some(other) = other {
                    other.set_cursor(at);
                }
            }
        }));
        // And one part of the x axis.
        chart.on_range(Rc::new(move |range: XRange| board.show(range)));
        if own == charts.len() {
            charts.push(None);
        }
        charts[own] = Some(chart);
        drop(charts);
        slot.set(Some(own));
    });
    lean::effect(move || {
        slot.track();
        let (theme, big) = (page.appearance.get().chart_theme(), handle.is_big());
        let factor = if handle.on_stage.get() { STAGE } else { BIG };
        handle.with_chart(|chart| {
            chart.set_theme(if big { theme.scaled(factor) } else { theme });
            chart.set_wheel_zooms(big);
        });
    });
    lean::effect(move || {
        slot.track();
        let (series, view) = (handle.shown_curves(), board.view.get());
        let (log, robust) = (handle.log.get(), handle.robust.get());
        handle.with_chart(|chart| {
            chart.update_spec(|spec| {
                spec.series = series;
                (spec.x, spec.x_range, spec.smoothing) = (view.x, view.range, view.smoothing);
                spec.robust = robust;
                spec.y_range = match (log && !spec.stacked, y_range) {
                    (true, _) => YRange::Log,
                    (false, YRange::Log) => YRange::Auto,
                    // All accuracies from 0 to 1 have room there; to look closer, let it follow the values.
                    (false, own) => own,
                };
            });
        });
    });
    let bands = bands::bands(page, panel.has_bands);
    lean::effect(move || {
        slot.track();
        let bands = bands.get();
        handle.with_chart(|chart| chart.update_spec(|spec| spec.bands = bands));
    });
    speech::follow(handle);
}

/// The panel's elements.
pub fn view(page: Page, panel: Panel) -> AnyView {
    let host = lean::Node::<Div>::new();
    let (note, hint, empty, title) = (panel.note, panel.hint, panel.empty, panel.spec.title.clone());
    let unit = match panel.spec.unit {
        Unit::Named(unit) => unit,
        _ => "",
    };
    let Explained { button, words } = explain(&title, &format!("{note} {hint}"), &format!("{} {unit}", panel.spec.y_label));
    let panel = Rc::new(panel);
    let id = panel.id.to_string();
    let handle = Handle {
        page,
        panel: StoredValue::new_local(panel.clone()),
        stacked: panel.spec.stacked,
        section: lean::Node::new(),
        curves: curves::curves(page, &panel),
        hidden: RwSignal::new(Vec::new()),
        log: RwSignal::new(panel.spec.y_range == YRange::Log),
        robust: RwSignal::new(false),
        table: RwSignal::new(false),
        big: RwSignal::new(false),
        on_stage: {
            let id = panel.id.to_string();
            lean::memo(move || page.stage.get().is_some_and(|on_stage| on_stage == id))
        },
        readout: RwSignal::new_local(None),
        words: RwSignal::new(String::new()),
        slot: RwSignal::new(None),
    };
    mount(handle, &panel, host);
    on_cleanup(move || handle.unmount());
    let curves = handle.curves;
    let is_empty = lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        curves.with(|curves| curves.iter().all(|curve| store.series(curve.run, &curve.name).is_none()))
    });
    // A chart that most networks have no values for, as that of saturated units.
    let is_rare = matches!(panel.curves, Curves::Each { .. }) && empty.is_empty();
    let is_hidden = move || is_rare && curves.with(Vec::is_empty);
    // Those of other runs are many, and have a legend of their own: an entry a run.
    let own = lean::memo(move || curves.with(|curves| curves.iter().filter(|curve| curve.run.is_none()).cloned().collect::<Vec<_>>()));
    let legend = move || lean::list(own.get().iter().map(|curve| legend::entry(handle, curve)));
    let name = move || {
        page.runs.list.track();
        let is_beside = curves.with(|curves| curves.iter().any(|curve| curve.run.is_some()));
        let shown = page.inner().store.borrow().shown().filter(|_| is_beside).map(|run| format!("{}:", run.tag.name));
        shown.unwrap_or_default()
    };
    let cursor = move || {
        let x = page.board.view.with(|view| view.x);
        handle.readout.with(|readout| readout.as_ref().map_or(String::new(), |read| x.words(read.x, read.step)))
    };
    let of_validation = panel.spec.series.iter().any(|curve| curve.name.starts_with("val/"));
    let lacks = move || {
        page.version.track();
        let lacks = of_validation && page.inner().store.borrow().shown().is_some_and(|run| !run.is_validated());
        if lacks { "No validation data was held out in this run, so there is no curve of it." } else { "" }
    };
    let says_how = "Drag to zoom, Shift and drag to pan, Ctrl (⌘) and wheel to zoom, double click to show all, ? for the rest";
    // Never the id of a chart: those begin otherwise.
    let heading = format!("title-of-{id}");
    let heading_id = heading.clone();
    view! {
        <section
            class="panel chart-panel" class:big=move || handle.is_big() class:hidden=is_hidden id=id aria-labelledby=heading_id
            node_ref=handle.section
            on:keydown=move |event| tools::on_key(handle, &event)
            on:focusin=move |_| page.board.spoken.set(handle.id().to_string())
        >
            <header>
                <h2 id=heading>{title}</h2>
                {button}
                {tools::view(handle)}
            </header>
            {words}
            <p class="note">{lean::text(lacks)}</p>
            <div class="legend-row">
                <strong class="legend-shown">{lean::text(name)}</strong>
                <div class="legend" role="group" aria-label="Curves">{lean::live(legend)}</div>
                <output class="cursor-step">{lean::text(cursor)}</output>
            </div>
            {overlays::legend(handle)}
            <div class="chart-host">
                <div
                    class="chart" node_ref=host role="application" aria-roledescription="chart" title=says_how
                    aria-label=lean::text(move || handle.words.get())
                ></div>
                {tools::follow(page)}
                <p class="chart-empty">{lean::text(move || if is_empty.get() { empty.to_owned() } else { String::new() })}</p>
            </div>
            {lean::live(move || if handle.table.get() { table::view(handle) } else { ().into_any() })}
        </section>
    }
    .into_any()
}
