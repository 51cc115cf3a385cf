//! Pictures of samples: images in a strip with their labels, points in the plane as a small scatter plot.

use crate::charts::css;
use crate::domain::data::SampleShape;
use crate::domain::run::event::SampleOutcome;
use crate::ui::parts::lean;
use crate::ui::parts::pixels::context;
use crate::ui::parts::theme::Appearance;
use crate::ui::state::data::DataView;
use crate::ui::state::view::colours::Shades;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

/// Draws one image, a pixel a pixel, in grey or colour, with its brightness unchanged; the style sheet makes it larger.
fn draw_image(canvas: &HtmlCanvasElement, shape: SampleShape, sample: &[f32]) -> Option<()> {
    let SampleShape::Image { channels, height, width } = shape else { return None };
    let rgba = Shades::image(sample.get(..shape.len())?, channels);
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let data = ImageData::new_with_u8_clamped_array(Clamped(&rgba), width as u32).ok()?;
    context(canvas)?.put_image_data(&data, 0.0, 0.0).ok()
}

/// One image as an element of the page; `alternative` describes it in words.
pub fn picture(shape: SampleShape, sample: &[f32], alternative: String) -> impl IntoView + use<> {
    let canvas = lean::Node::<Canvas>::new();
    let sample = sample.to_vec();
    lean::effect(move || {
        if let Some(canvas) = canvas.get() {
            draw_image(&canvas, shape, &sample);
        }
    });
    view! { <canvas node_ref=canvas role="img" aria-label=alternative></canvas> }
}

fn image_strip(data: &DataView) -> impl IntoView + use<> {
    let shape = data.summary.shape;
    let images = data
        .summary
        .thumbnails
        .iter()
        .zip(data.samples.chunks_exact(shape.len()))
        .map(|(&label, sample)| {
            let name = data.summary.classes.get(label as usize).cloned().unwrap_or_default();
            let alternative = format!("a sample of class {name}");
            view! { <li>{picture(shape, sample, alternative)}<span>{name}</span></li> }
        })
        .map(IntoAny::into_any)
        .collect::<Vec<_>>();
    view! { <ul class="sample-strip" id="samples">{images}</ul> }
}

/// Points as two marks that differ in form as well as in colour, with a ring around those that are `ringed`.
fn draw_points(
    canvas: &HtmlCanvasElement,
    appearance: RwSignal<Appearance>,
    samples: &[f32],
    labels: impl Iterator<Item = u32>,
    ringed: impl Fn(usize) -> bool,
) -> Option<()> {
    const SIDE: f64 = 360.0;
    canvas.set_width(SIDE as u32);
    canvas.set_height(SIDE as u32);
    let context = context(canvas)?;
    let theme = appearance.get().chart_theme();
    let reach = samples.iter().fold(1.0_f32, |reach, x| reach.max(x.abs()));
    let px = |value: f32| SIDE / 2.0 + f64::from(value / reach) * (SIDE / 2.0 - 10.0);
    context.set_line_width(2.0);
    for (position, (point, label)) in samples.chunks_exact(2).zip(labels).enumerate() {
        let colour = css(theme.palette[if label == 0 { 1 } else { 0 }]);
        let (x, y) = (px(point[0]), SIDE - px(point[1]));
        context.begin_path();
        if label == 0 {
            context.set_fill_style_str(&colour);
            context.arc(x, y, 3.6, 0.0, std::f64::consts::TAU).ok()?;
            context.fill();
        } else {
            context.set_stroke_style_str(&colour);
            for (dx, dy) in [(3.4, 3.4), (3.4, -3.4)] {
                context.move_to(x - dx, y - dy);
                context.line_to(x + dx, y + dy);
            }
            context.stroke();
        }
        if ringed(position) {
            context.set_stroke_style_str(&css(theme.text));
            context.begin_path();
            context.arc(x, y, 8.5, 0.0, std::f64::consts::TAU).ok()?;
            context.stroke();
        }
    }
    Some(())
}

fn legend(names: &[String]) -> String {
    format!("● {}   × {}", names.first().cloned().unwrap_or_default(), names.get(1).cloned().unwrap_or_default())
}

/// The points of a batch, those that were predicted wrong in a ring.
pub fn judged_points(
    appearance: RwSignal<Appearance>,
    numbers: Vec<f32>,
    outcomes: Vec<SampleOutcome>,
    classes: &[String],
) -> impl IntoView + use<> {
    let canvas = lean::Node::<Canvas>::new();
    let is_wrong = |outcome: &SampleOutcome| !outcome.loss.is_nan() && outcome.predicted != Some(outcome.label);
    let wrong = outcomes.iter().filter(|outcome| is_wrong(outcome)).count();
    let words = format!("{} points in the plane, {wrong} predicted wrong", outcomes.len());
    let legend = format!("{}   ◯ around: predicted wrong", legend(classes));
    lean::effect(move || {
        if let Some(canvas) = canvas.get() {
            let labels = outcomes.iter().map(|outcome| outcome.label);
            draw_points(&canvas, appearance, &numbers, labels, |position| is_wrong(&outcomes[position]));
        }
    });
    view! {
        <figure class="scatter">
            <canvas node_ref=canvas role="img" aria-label=words></canvas>
            <figcaption>{legend}</figcaption>
        </figure>
    }
}

fn scatter(appearance: RwSignal<Appearance>, data: &DataView) -> impl IntoView + use<> {
    let canvas = lean::Node::<Canvas>::new();
    let words = format!("{} points of two classes in the plane", data.summary.thumbnails.len());
    let names = data.summary.classes.clone();
    let data = data.clone();
    lean::effect(move || {
        if let Some(canvas) = canvas.get() {
            draw_points(&canvas, appearance, &data.samples, data.summary.thumbnails.iter().copied(), |_| false);
        }
    });
    let legend = legend(&names);
    view! {
        <figure class="scatter" id="samples">
            <canvas node_ref=canvas role="img" aria-label=words></canvas>
            <figcaption>{legend}</figcaption>
        </figure>
    }
}

/// Pictures of some samples of `data`.
pub fn view(appearance: RwSignal<Appearance>, data: &DataView) -> AnyView {
    match data.summary.shape {
        SampleShape::Image { .. } => image_strip(data).into_any(),
        SampleShape::Vector(2) => scatter(appearance, data).into_any(),
        SampleShape::Vector(n) => view! { <p class="note">{format!("Samples of {n} numbers.")}</p> }.into_any(),
    }
}
