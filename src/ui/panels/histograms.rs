//! The panel of histograms of weights, gradients and activations: all probes side by side, and one of them exactly.
//!
//! Left to right the steps, bottom to top the values from large negative to large positive, half a decade a row; the
//! darker, the more. Rows that no probe has used are left out. Only counts are drawn, nothing is smoothed.

use crate::charts::{Theme, css};
use crate::domain::number::short_number;
use crate::domain::record::probe::{BINS_A_SIDE, Histogram, Probe, Summary};
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::lean;
use crate::ui::state::sections::INSIDE;
use crate::ui::state::store::{Probes, Run};
use leptos::html::Canvas;
use leptos::prelude::*;
use std::ops::RangeInclusive;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Every array and layer that a probe has, as `(value, title)` for the menu.
fn subjects(run: &Run) -> Vec<(String, String)> {
    let Some(probe) = run.probes.kept().first() else { return Vec::new() };
    let weights = probe.weights.iter().map(|weights| (format!("weights:{}", weights.name), format!("weights of {}", weights.name)));
    let gradients = probe.weights.iter().map(|weights| (format!("gradient:{}", weights.name), format!("gradient of {}", weights.name)));
    let activations =
        probe.activations.iter().map(|layer| (format!("activation:{}", layer.name), format!("activations of {}", layer.name)));
    gradients.chain(weights).chain(activations).collect()
}

/// The summary of `subject` in `probe`.
fn summary<'a>(probe: &'a Probe, subject: &str) -> Option<&'a Summary> {
    let (kind, name) = subject.split_once(':')?;
    match kind {
        "activation" => probe.activations.iter().find(|layer| layer.name == name).map(|layer| &layer.values),
        _ => {
            let weights = probe.weights.iter().find(|weights| weights.name == name)?;
            Some(if kind == "gradient" { &weights.gradient } else { &weights.weights })
        }
    }
}

/// The bins that any probe has used, with an empty row on either side.
fn used_bins(histograms: &[&Histogram]) -> RangeInclusive<usize> {
    let used = |index: &usize| histograms.iter().any(|histogram| histogram.bins.get(*index).is_some_and(|&count| count > 0));
    let first = (0..2 * BINS_A_SIDE).find(used).unwrap_or(BINS_A_SIDE);
    let last = (0..2 * BINS_A_SIDE).rev().find(used).unwrap_or(BINS_A_SIDE);
    first.saturating_sub(1)..=(last + 1).min(2 * BINS_A_SIDE - 1)
}

/// The label of a bin, its outer edge: `-0.01`, `1e-5`.
fn bin_label(index: usize) -> String {
    let (_, below) = Histogram::range(index);
    let sign = if index < BINS_A_SIDE { "−" } else { "" };
    format!("{sign}{below:.0e}")
}

/// The place of the look that is shown: `back` from the newest, or else the one at the moment that the time line is at, or the last
/// one before it.
fn chosen(page: Page, run: &Run, back: Option<usize>) -> usize {
    match (back, page.eye.moment_of(run.id)) {
        (None, Some(moment)) => run.probes.place_at(moment),
        (back, _) => run.probes.kept().len().saturating_sub(1 + back.unwrap_or(0)),
    }
}

/// Number of shades.
const SHADES: usize = 32;
/// The time between two drawings of the map while probes come in, in milliseconds: a whole map takes as long as several
/// charts.
const REDRAW_MS: u64 = 400;

/// A signal that changes with the probes, but not more often than the map is to be drawn.
fn now_and_then(looks: Memo<(u32, usize, usize)>) -> RwSignal<(u32, usize, usize)> {
    let drawn = RwSignal::new((0, 0, 0));
    let waiting = StoredValue::new(false);
    lean::effect(move || {
        looks.track();
        if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(
                move || {
                    waiting.set_value(false);
                    drawn.set(looks.get_untracked());
                },
                std::time::Duration::from_millis(REDRAW_MS),
            );
        }
    });
    drawn
}

/// Draws the map of all probes, with the chosen one framed. `None` if the browser cannot draw.
fn draw(canvas: &HtmlCanvasElement, theme: &Theme, histograms: &[&Histogram], chosen: usize) -> Option<()> {
    let dpr = window().device_pixel_ratio();
    let (width, height) = (f64::from(canvas.client_width()) * dpr, f64::from(canvas.client_height()) * dpr);
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let bins = used_bins(histograms);
    let rows = (bins.end() - bins.start() + 1) as f64;
    let (left, bottom) = (52.0 * dpr, height - 4.0 * dpr);
    let (column, row) = ((width - left) / histograms.len().max(1) as f64, bottom / rows);
    let (r, g, b) = theme.palette[0];
    // A colour given anew is parsed anew, and there are thousands of cells: few shades, and only their changes are given.
    let shades: Vec<String> =
        (0..=SHADES).map(|shade| format!("rgb({r} {g} {b} / {:.3})", 0.12 + 0.88 * shade as f64 / SHADES as f64)).collect();
    let mut present = usize::MAX;
    for (look, histogram) in histograms.iter().enumerate() {
        let most = histogram.bins.iter().copied().max().unwrap_or(0).max(1);
        for (position, index) in bins.clone().enumerate() {
            let count = histogram.bins.get(index).copied().unwrap_or(0);
            if count > 0 {
                // The root, so that a few values are seen beside many.
                let shade = ((f64::from(count) / f64::from(most)).sqrt() * SHADES as f64).round() as usize;
                if shade != present {
                    present = shade;
                    context.set_fill_style_str(&shades[shade]);
                }
                context.fill_rect(left + look as f64 * column, bottom - (position + 1) as f64 * row, column.ceil(), row.ceil());
            }
        }
    }
    context.set_fill_style_str(&css(theme.text));
    context.set_font(&format!("{}px system-ui, sans-serif", 11.0 * dpr));
    context.set_text_align("right");
    context.set_text_baseline("middle");
    let every = (16.0 * dpr / row).ceil().max(2.0) as usize;
    for (position, index) in bins.clone().enumerate().filter(|(position, _)| position % every == every / 2) {
        let y = bottom - (position as f64 + 0.5) * row;
        context.fill_text(&bin_label(index), left - 6.0 * dpr, y).ok()?;
    }
    let zero = bottom - (BINS_A_SIDE as f64 - *bins.start() as f64) * row;
    context.set_fill_style_str(&css(theme.axis));
    context.fill_rect(left, zero, width - left, dpr);
    context.set_stroke_style_str(&css(theme.palette[1]));
    context.set_line_width(2.0 * dpr);
    context.stroke_rect(left + chosen as f64 * column, dpr, column.max(3.0 * dpr), bottom - 2.0 * dpr);
    Some(())
}

fn words(probe: &Probe, summary: &Summary) -> String {
    let Histogram { zeros, nans, infinities, .. } = summary.histogram;
    format!(
        "Step {}: {} values · mean {} · deviation {} · norm {} · {zeros} exact zeros · {nans} NaN · {infinities} infinite",
        probe.step,
        summary.histogram.total(),
        short_number(summary.mean),
        short_number(summary.deviation),
        short_number(summary.norm),
    )
}

fn kept_words(probes: &Probes) -> String {
    if probes.kept().len() == probes.seen() {
        match probes.seen() {
            1 => "1 look into the network".to_owned(),
            seen => format!("{seen} looks into the network"),
        }
    } else {
        format!("{} of {} looks kept, evenly spaced; the curves have all", probes.kept().len(), probes.seen())
    }
}

/// The panel of histograms.
pub fn view(page: Page) -> impl IntoView {
    let canvas = lean::Node::<Canvas>::new();
    let subject = RwSignal::new(String::new());
    // Counted back from the newest look, so that the panel follows the run until the visitor moves the slider; `None`: the look at
    // the moment that the time line is at, or the last one before it.
    let back = RwSignal::new(None::<usize>);
    lean::effect(move || {
        page.eye.moment.track();
        back.set(None);
    });
    let looks = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().map_or((0, 0, 0), |run| (run.id, run.probes.seen(), run.probes.kept().len()))
    });
    let options = lean::memo(move || {
        looks.track();
        page.inner().store.borrow().shown().map(subjects).unwrap_or_default()
    });
    let chosen_subject = lean::memo(move || {
        let wanted = subject.get();
        options.with(|options| options.iter().find(|(value, _)| *value == wanted).or(options.first()).map(|(value, _)| value.clone()))
    });
    let description = RwSignal::new(String::new());
    let drawn = now_and_then(looks);
    lean::effect(move || {
        drawn.track();
        // Drawn again when the section is opened again.
        if !page.sections.is_open(INSIDE) {
            return;
        }
        let (Some(canvas), Some(subject)) = (canvas.get(), chosen_subject.get()) else { return };
        let theme = page.appearance.get().chart_theme();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(run) = store.shown() else { return };
        let kept = run.probes.kept();
        let histograms: Vec<&Histogram> = kept.iter().filter_map(|probe| Some(&summary(probe, &subject)?.histogram)).collect();
        let chosen = chosen(page, run, back.get());
        draw(&canvas, &theme, &histograms, chosen);
        if let Some((probe, sums)) = kept.get(chosen).and_then(|probe| Some((probe, summary(probe, &subject)?))) {
            description.set(words(probe, sums));
        }
    });
    let count = move || looks.get().2;
    let place = move || {
        looks.track();
        page.inner().store.borrow().shown().map_or(0, |run| chosen(page, run, back.get()) + 1)
    };
    let kept = move || {
        looks.track();
        page.inner().store.borrow().shown().map_or_else(String::new, |run| kept_words(&run.probes))
    };
    view! {
        <section class="panel chart-panel" id="histograms" aria-labelledby="histograms-title" class:hidden=move || count() == 0>
            <header>{heading("histograms-title", "Histograms", "Every value of the chosen layer, by sign and size, half a decade a row; each column is one look into the network. Zeros, NaN and infinities are counted below. Going back in time shows the look of that moment, or the last one before it.")}<span class="cursor-step">{lean::text(kept)}</span></header>
            <div class="fields">
                <label class="field" for="histogram-subject">
                    <span>"Of"</span>
                    <select id="histogram-subject" on:change=move |event| subject.set(event_target_value(&event))>
                        {lean::live(move || lean::options(options.get(), &chosen_subject.get().unwrap_or_default()))}
                    </select>
                </label>
                <label class="field" for="histogram-step">
                    <span>"Look"</span>
                    <input
                        id="histogram-step" type="range" min="1" max=move || count().max(1).to_string()
                        prop:value=move || place().to_string()
                        on:input=move |event| {
                            if let Ok(position) = event_target_value(&event).parse::<usize>() {
                                back.set(Some(count().saturating_sub(position)));
                            }
                        }
                    />
                </label>
            </div>
            <canvas class="histogram-map" node_ref=canvas role="img" aria-label=move || description.get()></canvas>
            <p class="note" id="histogram-words">{move || description.get()}</p>
        </section>
    }
}
