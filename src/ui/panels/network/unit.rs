//! The unit that is pointed at: what it gives in each layer of its group, its weights as a picture, its numbers in words. Never
//! here: which unit.

use super::paint::grid;
use crate::domain::data::SampleShape;
use crate::ui::page::Page;
use crate::ui::page::pictures::drawn;
use crate::ui::parts::lean;
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::colours::{Shades, largest};
use crate::ui::state::view::{Seen, UnitPlace, words};
use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// The columns and rows in which `weights` of one unit are drawn; the weights of an image's channel lie side by side.
fn shape(seen: &Seen, weights: usize) -> (usize, usize) {
    if let SampleShape::Image { channels, height, width } = seen.view.input
        && weights == channels * height * width
    {
        return (width, height * channels);
    }
    let side = (1..=9).find(|side| weights == side * side);
    if let Some(side) = side {
        return (side, side);
    }
    // A filter over many channels: one small square after the other.
    let kernel = (2..=9).rev().find(|side| weights.is_multiple_of(side * side));
    match kernel {
        Some(side) if weights / (side * side) <= 64 => (side * (weights / (side * side)), side),
        _ => (weights, 1),
    }
}

/// The weights in the order in which they are drawn: kernels side by side, row by row.
fn arranged(weights: &[f32], columns: usize, rows: usize) -> Vec<f32> {
    if rows <= 1 || columns == rows || !columns.is_multiple_of(rows) {
        return weights.to_vec();
    }
    let (side, kernels) = (rows, columns / rows);
    let at = |pixel: usize| {
        let (row, column) = (pixel / columns, pixel % columns);
        weights[(column / side).min(kernels - 1) * side * side + row * side + column % side]
    };
    (0..weights.len()).map(at).collect()
}

fn paint(canvas: &HtmlCanvasElement, page: Page, seen: &Seen, at: UnitPlace) -> Option<()> {
    let pixels = Pixels::of(canvas)?;
    let theme = page.appearance.get_untracked().chart_theme();
    let shades = Shades::of(&theme);
    let group = *seen.groups().get(at.group)?;
    let weights = seen.numbers.weights(&seen.view, group.first, at.place);
    let (side, top) = (pixels.height - 14.0, 14.0);
    let mut left = 0.0;
    pixels.context.set_text_align("left");
    pixels.context.set_text_baseline("alphabetic");
    let mut picture = |values: &[f32], (columns, rows): (usize, usize), name: &str, sharp: bool| {
        if values.is_empty() || left > pixels.width {
            return;
        }
        let (across, down) = (columns as f64 / rows.max(columns) as f64 * side, rows as f64 / rows.max(columns) as f64 * side);
        // A long row of weights is drawn as wide as there is room.
        let across = if columns > 8 * rows {
            (pixels.width - left).min(columns as f64 * 6.0)
        } else {
            across.max(side * columns as f64 / rows.max(1) as f64).min(pixels.width - left)
        };
        let down = if columns > rows { down.max((across * rows as f64 / columns as f64).min(side)).max(8.0) } else { down };
        pixels.text(&theme, name, left, 10.0, 10.5, true);
        pixels.map(&shades.pixels(values, largest(values)), columns, rows, [left, top, across.max(1.0), down], sharp);
        left += across.max(46.0) + 10.0;
    };
    if !weights.is_empty() {
        let (columns, rows) = shape(seen, weights.len());
        picture(&arranged(weights, columns, rows), (columns, rows), "weights", true);
    }
    for layer in group.first..=group.last {
        let of = &seen.view.layers[layer];
        let map = seen.numbers.map(&seen.view, layer, at.place);
        if map.len() > 1 {
            picture(map, grid(seen, of.output, map.len()), &of.kind, seen.view.plane.is_none());
        }
    }
    Some(())
}

/// The row under the picture.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let canvas = lean::Node::<Canvas>::new();
    drawn(page, canvas, move |canvas, seen| {
        let (film, act) = (eye.slow.get(), eye.show.with(|show| show.act));
        if let Some(at) = eye.unit.get() {
            paint(canvas, page, film.as_ref().map_or(seen, |film| film.seen(act)), at);
        }
    });
    let said = move || match (eye.unit.get(), eye.slow.get(), eye.seen.get()) {
        (Some(at), Some(film), _) => film.unit(at),
        (Some(at), None, Some(seen)) => words::unit(&seen, at),
        _ => "Point at a unit, or use the arrow keys.".to_owned(),
    };
    view! {
        <div class="unit">
            <p class="note" id="unit-words" role="status">{lean::text(said)}</p>
            <canvas class="unit-picture" node_ref=canvas role="img" aria-label="Weights and outputs of this unit" class:hidden=move || eye.unit.get().is_none()></canvas>
        </div>
    }
    .into_any()
}
