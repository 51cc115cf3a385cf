//! The sample that is looked at, plain or with what the prediction hangs on laid over it. Never here: computing that.

use crate::domain::data::SampleShape;
use crate::ui::page::Page;
use crate::ui::page::pictures::{drawn, watch};
use crate::ui::parts::lean;
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::colours::{Shades, largest};
use crate::ui::state::view::{Seen, words};
use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// Map over the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Cover {
    #[default]
    Nothing,
    Saliency,
    Occlusion,
}

impl Cover {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Nothing, "nothing", "nothing"),
        (Self::Saliency, "saliency", "saliency (gradient × input)"),
        (Self::Occlusion, "occlusion", "what is lost when covered"),
    ];
}

fn paint(canvas: &HtmlCanvasElement, page: Page, seen: &Seen, cover: Cover) -> Option<()> {
    let SampleShape::Image { channels, height, width } = seen.view.input else { return None };
    let pixels = Pixels::of(canvas)?;
    let scale = (pixels.width / width as f64).min(pixels.height / height as f64);
    let (across, down) = (width as f64 * scale, height as f64 * scale);
    let place = [(pixels.width - across) / 2.0, (pixels.height - down) / 2.0, across, down];
    pixels.map(&Shades::image(&seen.numbers.input, channels), width, height, place, true)?;
    let values = match cover {
        Cover::Nothing => return Some(()),
        Cover::Saliency => &seen.numbers.saliency,
        Cover::Occlusion => &seen.numbers.occlusion,
    };
    if values.len() == channels * height * width {
        // Of several channels the sum.
        let plane = height * width;
        let summed: Vec<f32> = (0..plane).map(|pixel| (0..channels).map(|channel| values[channel * plane + pixel]).sum()).collect();
        let shades = Shades::of(&page.appearance.get_untracked().chart_theme());
        pixels.map(&shades.cover(&summed, largest(&summed)), width, height, place, cover == Cover::Saliency)?;
    }
    Some(())
}

/// The picture with its menu.
pub fn view(page: Page) -> AnyView {
    let eye = page.eye;
    let canvas = lean::Node::<Canvas>::new();
    let cover = RwSignal::new(Cover::default());
    watch(page, canvas);
    drawn(page, canvas, move |canvas, seen| {
        let film = eye.slow.get();
        paint(canvas, page, film.as_ref().map_or(seen, |film| &film.before), cover.get());
    });
    lean::effect(move || {
        let wanted = cover.get() == Cover::Occlusion;
        if eye.occlusion.get_untracked() != wanted {
            eye.occlusion.set(wanted);
        }
    });
    let options = || Cover::ALL.map(|(_, value, title)| (value.to_owned(), title.to_owned())).to_vec();
    let chosen =
        move || Cover::ALL.iter().find(|(kind, ..)| *kind == cover.get()).map_or_else(String::new, |(_, value, _)| (*value).to_owned());
    let choose = move |value: String| {
        if let Some((kind, ..)) = Cover::ALL.iter().find(|(_, name, _)| *name == value) {
            cover.set(*kind);
        }
    };
    let alternative =
        move || eye.with_shown(true, |seen| seen.map_or_else(String::new, |seen| format!("The sample: {}", words::outcome(seen))));
    view! {
        <div class="outcome-canvas">
            <canvas class="sample-picture" id="sample-picture" node_ref=canvas role="img" aria-label=lean::text(alternative)></canvas>
            {lean::choice("sample-cover", "Laid over it", options, chosen, choose)}
        </div>
    }
    .into_any()
}
