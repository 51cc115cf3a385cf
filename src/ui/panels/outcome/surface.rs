//! The surface that was learned: at every point of the plane the class that the network would say, pale where it is not sure; on
//! it the samples, those it gets wrong in a ring. Never here: a point that the visitor chose ([`table`](super::table)).

use crate::domain::view::plane::POINT;
use crate::ui::page::Page;
use crate::ui::page::pictures::{drawn, watch};
use crate::ui::parts::pixels::Pixels;
use crate::ui::parts::{lean, surface};
use crate::ui::state::view::Seen;
use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// The square of the plane on a canvas: left, top, side.
fn square(canvas: &HtmlCanvasElement) -> (f64, f64, f64) {
    let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
    let side = width.min(height);
    ((width - side) / 2.0, (height - side) / 2.0, side)
}

/// Numbers of samples on the wrong side, in words.
fn judged(seen: &Seen) -> String {
    let points = seen.numbers.points.as_chunks::<POINT>().0;
    let wrong = |held_out: f32| {
        let of = points.iter().filter(|point| point[4] == held_out);
        (of.clone().filter(|point| point[2] != point[3]).count(), of.count())
    };
    let ((train, of_train), (held, of_held)) = (wrong(0.0), wrong(1.0));
    let wrong = match of_held {
        0 => format!("{train} of {of_train} points wrong"),
        _ => format!("{train} of {of_train} training and {held} of {of_held} held-out points wrong"),
    };
    if seen.step() == 0 { format!("Before training: {wrong}") } else { wrong }
}

/// The surface; a click asks for the point.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let canvas = lean::Node::<Canvas>::new();
    watch(page, canvas);
    drawn(page, canvas, move |canvas, seen| {
        if let Some(pixels) = Pixels::of(canvas) {
            let (left, top, side) = square(canvas);
            surface::paint(&pixels, &page.appearance.get_untracked().chart_theme(), seen, [left, top, side]);
        }
    });
    let said = move || eye.seen.with(|seen| seen.as_ref().map_or_else(String::new, |seen| judged(seen)));
    let names = move || {
        eye.seen.with(|seen| {
            let Some(seen) = seen else { return String::new() };
            let mark = |class: u32| format!("{} {}", if class == 1 { "×" } else { "●" }, seen.class(class));
            let marks: Vec<String> = (0..seen.view.classes.min(6)).map(mark).collect();
            format!("{}   ◯ wrong", marks.join("   "))
        })
    };
    let click = move |event: web_sys::MouseEvent| {
        let (Some(canvas), Some(seen)) = (canvas.get_untracked(), eye.seen.get_untracked()) else { return };
        let Some(plane) = &seen.view.plane else { return };
        let (left, top, side) = square(&canvas);
        let [right, up] = plane.at((f64::from(event.offset_x()) - left) / side, (f64::from(event.offset_y()) - top) / side);
        let mut numbers = eye.given.get_value().to_vec();
        numbers.resize(seen.view.input.len(), 0.0);
        // As finely as a pixel is: the numbers stand in fields beside it.
        let rounded = |at: f32| (at * 1e3).round() / 1e3;
        numbers[plane.axes[0] as usize] = rounded(right);
        numbers[plane.axes[1] as usize] = rounded(up);
        eye.give(numbers);
    };
    view! {
        <figure class="surface">
            <canvas class="surface-picture" id="surface" node_ref=canvas role="img" aria-label=lean::text(said) title="Click a point to ask the network" on:click=click></canvas>
            <figcaption>{lean::text(names)}</figcaption>
        </figure>
        <p class="note" id="surface-words">{lean::text(said)}</p>
    }
    .into_any()
}
