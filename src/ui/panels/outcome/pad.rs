//! The pad to draw on, with finger, pen, mouse or arrow keys; or a picture from a file. What is drawn is scaled and centred as the
//! samples are ([`domain::view::drawn`](crate::domain::view::drawn)). Never here: what the network makes of it.

use crate::charts::Listener;
use crate::domain::data::SampleShape;
use crate::domain::view::drawn::Picture;
use crate::ui::page::Page;
use crate::ui::page::pictures::{drawn, watch};
use crate::ui::parts::files::chosen;
use crate::ui::parts::lean::{self, Button};
use crate::ui::parts::pixels::{Pixels, context};
use crate::ui::state::view::colours::Shades;
use leptos::html::Canvas;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, Url};

/// The side of the pad, in its own pixels.
const SIDE: u32 = 280;
/// The width of the pen: about two and a half pixels of a digit.
const PEN: f64 = 24.0;
/// The way of the pen at a press of an arrow key.
const KEY_STEP: f64 = 14.0;
/// The time from a stroke's last move to the question, in milliseconds.
const ASK_MS: u64 = 60;

fn clear(canvas: &HtmlCanvasElement) {
    let Some(context) = context(canvas) else { return };
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    context.set_fill_style_str("#000");
    context.fill_rect(0.0, 0.0, f64::from(SIDE), f64::from(SIDE));
}

/// The brightness of what is on `canvas`, one picture a colour.
fn read(canvas: &HtmlCanvasElement) -> Option<[Picture; 3]> {
    let (width, height) = (canvas.width() as usize, canvas.height() as usize);
    let data = context(canvas)?.get_image_data(0.0, 0.0, width as f64, height as f64).ok()?.data().0;
    let colour = |colour: usize| {
        let values = data.iter().skip(colour).step_by(4).map(|&level| f32::from(level) / 255.0).collect();
        Picture { width, height, values }
    };
    Some([colour(0), colour(1), colour(2)])
}

/// The mean of the three colours.
fn grey([red, green, blue]: &[Picture; 3]) -> Picture {
    let values = red.values.iter().zip(&green.values).zip(&blue.values).map(|((red, green), blue)| (red + green + blue) / 3.0).collect();
    Picture { width: red.width, height: red.height, values }
}

/// Gives what is on the pad to the network; nothing while the pad is empty.
fn give(page: Page, canvas: &HtmlCanvasElement) {
    let shape = page.eye.seen.with_untracked(|seen| seen.as_ref().map(|seen| seen.view.input));
    let (Some(SampleShape::Image { channels, height, width }), Some(colours)) = (shape, read(canvas)) else { return };
    let numbers = if channels == 1 {
        grey(&colours).with_dark_background().as_digit(width, height).map(|digit| digit.values)
    } else {
        let fitted = |channel: usize| colours[channel % 3].fitted(width, height).values;
        Some((0..channels).flat_map(fitted).collect())
    };
    if let Some(numbers) = numbers {
        page.eye.give(numbers);
    }
}

fn stroke(context: &CanvasRenderingContext2d, from: (f64, f64), to: (f64, f64)) {
    context.set_stroke_style_str("#fff");
    context.set_line_width(PEN);
    context.set_line_cap("round");
    context.begin_path();
    context.move_to(from.0, from.1);
    context.line_to(to.0, to.1);
    context.stroke();
}

/// Draws the picture in `file` onto the pad, as large as it fits.
fn load(
    canvas: HtmlCanvasElement,
    file: &web_sys::File,
    kept: StoredValue<Option<Listener>, LocalStorage>,
    then: impl Fn() + 'static,
) -> Option<()> {
    let image: HtmlImageElement = document().create_element("img").ok()?.dyn_into().ok()?;
    let url = Url::create_object_url_with_blob(file).ok()?;
    let (drawn_image, address) = (image.clone(), url.clone());
    let loaded = move |_| {
        let (width, height) = (f64::from(drawn_image.natural_width()), f64::from(drawn_image.natural_height()));
        let side = f64::from(SIDE);
        let scale = (side / width.max(1.0)).min(side / height.max(1.0));
        clear(&canvas);
        if let Some(context) = context(&canvas) {
            let (across, down) = (width * scale, height * scale);
            let (left, top) = ((side - across) / 2.0, (side - down) / 2.0);
            context.draw_image_with_html_image_element_and_dw_and_dh(&drawn_image, left, top, across, down).ok();
        }
        Url::revoke_object_url(&address).ok();
        then();
    };
    kept.set_value(Some(Listener::new(&image, "load", loaded)));
    image.set_src(&url);
    Some(())
}

/// The pad, and beside it what the network gets of it.
pub fn view(page: Page) -> AnyView {
    let (canvas, small) = (lean::Node::<Canvas>::new(), lean::Node::<Canvas>::new());
    let last = StoredValue::new(None::<(f64, f64)>);
    // The pen of the arrow keys, and whether it is down.
    let pen = RwSignal::new(((f64::from(SIDE) / 2.0, f64::from(SIDE) / 4.0), false));
    let is_waiting = StoredValue::new(false);
    let picture = StoredValue::new_local(None::<Listener>);
    watch(page, small);
    drawn(page, small, move |canvas, seen| {
        if let (Some(pixels), SampleShape::Image { channels, height, width }) = (Pixels::of(canvas), seen.view.input) {
            let side = pixels.width.min(pixels.height);
            pixels.map(&Shades::image(&seen.numbers.input, channels), width, height, [0.0, 0.0, side, side], true);
        }
    });
    lean::effect(move || {
        if let Some(canvas) = canvas.get() {
            clear(&canvas);
        }
    });
    let soon = move || {
        if is_waiting.get_value() {
            return;
        }
        is_waiting.set_value(true);
        let ask = move || {
            is_waiting.try_set_value(false);
            if let Some(canvas) = canvas.get_untracked() {
                give(page, &canvas);
            }
        };
        set_timeout(ask, Duration::from_millis(ASK_MS));
    };
    let place = move |event: &web_sys::PointerEvent| {
        let canvas = canvas.get_untracked()?;
        let scale = f64::from(SIDE) / f64::from(canvas.client_width().max(1));
        Some((canvas, (f64::from(event.offset_x()) * scale, f64::from(event.offset_y()) * scale)))
    };
    let down = move |event: web_sys::PointerEvent| {
        event.prevent_default();
        let Some((canvas, at)) = place(&event) else { return };
        canvas.set_pointer_capture(event.pointer_id()).ok();
        last.set_value(Some(at));
        if let Some(context) = context(&canvas) {
            stroke(&context, at, (at.0 + 0.1, at.1));
        }
        soon();
    };
    let moved = move |event: web_sys::PointerEvent| {
        let (Some(from), Some((canvas, at))) = (last.get_value(), place(&event)) else { return };
        if let Some(context) = context(&canvas) {
            stroke(&context, from, at);
        }
        last.set_value(Some(at));
        soon();
    };
    let up = move |_| last.set_value(None);
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (dx, dy) = match event.key().as_str() {
            "ArrowRight" => (KEY_STEP, 0.0),
            "ArrowLeft" => (-KEY_STEP, 0.0),
            "ArrowDown" => (0.0, KEY_STEP),
            "ArrowUp" => (0.0, -KEY_STEP),
            " " => (0.0, 0.0),
            _ => return,
        };
        event.prevent_default();
        let ((x, y), is_down) = pen.get_untracked();
        if (dx, dy) == (0.0, 0.0) {
            return pen.set(((x, y), !is_down));
        }
        let end = f64::from(SIDE) - PEN / 2.0;
        let to = ((x + dx).clamp(PEN / 2.0, end), (y + dy).clamp(PEN / 2.0, end));
        pen.set((to, is_down));
        if let (true, Some(context)) = (is_down, canvas.get_untracked().and_then(|canvas| context(&canvas))) {
            stroke(&context, (x, y), to);
            soon();
        }
    };
    let pen_words = move || {
        let ((x, y), is_down) = pen.get();
        let percent = |at: f64| (100.0 * at / f64::from(SIDE)).round();
        format!(
            "Drawing pad. Pen {} at {} % from the left, {} % from the top. Arrow keys move it, Space lifts and lowers it.",
            if is_down { "down" } else { "up" },
            percent(x),
            percent(y)
        )
    };
    let wipe = move || {
        if let Some(canvas) = canvas.get_untracked() {
            clear(&canvas);
        }
    };
    let choose = move |event: leptos::ev::Event| {
        if let (Some(file), Some(canvas)) = (chosen(&event).first(), canvas.get_untracked()) {
            load(canvas, file, picture, soon);
        }
    };
    view! {
        <div class="outcome-canvas">
            <canvas
                class="pad" id="pad" node_ref=canvas tabindex="0" role="application" aria-roledescription="drawing pad" aria-label=lean::text(pen_words)
                on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up on:keydown=key
            ></canvas>
            <div class="pad-tools">
                {Button { id: "pad-clear", ..Button::new("Clear", "Empty the pad") }.view(wipe)}
                <label class="pad-file" for="pad-file">"A picture …"<input id="pad-file" class="visually-hidden" type="file" accept="image/*" on:change=choose /></label>
                <canvas class="pad-seen" node_ref=small role="img" title="As the network gets it" aria-label="The drawing as the network gets it"></canvas>
            </div>
        </div>
    }
    .into_any()
}
