//! The film of a training as a GIF: a frame for each moment whose weights are kept, with the network, its outcome, and the loss up
//! to there.
//!
//! The views are asked for one after the other, and encoded a few milliseconds at a time; the page goes on meanwhile. Never
//! here: the format ([`export::gif`](crate::export::gif)).

use super::paint;
use crate::charts::axes::Axes;
use crate::charts::paper::picture::Picture;
use crate::charts::scene::smooth::Smoother;
use crate::charts::{SeriesLookup, StepMap, Theme, XRange, css};
use crate::domain::data::SampleShape;
use crate::domain::order::order_by;
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};
use crate::export::gif::Gif;
use crate::protocol::RunId;
use crate::ui::actions::view::{gone, look_at};
use crate::ui::page::Page;
use crate::ui::parts::files::save_blob;
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean;
use crate::ui::parts::pixels::Pixels;
use crate::ui::parts::surface;
use crate::ui::state::charts::{self, FIRST};
use crate::ui::state::view::colours::Shades;
use crate::ui::state::view::{Seen, words};
use crate::web::tasks::Pace;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlCanvasElement};

/// The size of a frame, in units of [`SCALE`] pixels: 1 280 by 720.
const SIZE: (f64, f64) = (960.0, 540.0);
const SCALE: f64 = 4.0 / 3.0;
/// The margin around everything.
const MARGIN: f64 = 14.0;
/// The height of the title, and that of the pictures of the network and its outcome.
const HEIGHTS: (f64, f64) = (34.0, 262.0);
/// The width of the outcome.
const OUTCOME: f64 = 250.0;
/// The room above a chart that its title and its legend take.
const CHART_HEAD: f64 = 52.0;
/// The time that a frame is shown, and that for the last one, in hundredths of a second.
const SHOWN: (u16, u16) = (12, 200);
/// Number of rows that are encoded before the clock is looked at.
const ROWS: usize = 12;
/// The largest number of classes whose probabilities are drawn.
const MOST_BARS: usize = 6;

/// The state of saving, for the button.
#[derive(Clone, Copy)]
pub(super) struct Saving {
    /// Number of frames that are done, and of all of them; `None` while no film is made.
    pub done: RwSignal<Option<(usize, usize)>>,
    /// Whether the visitor has called it off.
    is_off: StoredValue<bool>,
}

impl Saving {
    /// No film.
    pub fn new() -> Self {
        Self { done: RwSignal::new(None), is_off: StoredValue::new(false) }
    }

    /// Begins to save a film of `run`, or calls off the one that is being made.
    pub fn toggle(self, page: Page, run: RunId) {
        if self.done.get_untracked().is_some() {
            return self.is_off.set_value(true);
        }
        self.is_off.set_value(false);
        self.done.set(Some((0, 0)));
        lean::spawn(async move {
            let result = self.film(page, run).await;
            self.done.set(None);
            page.tell(result.map_err(|error| error.at("the film was not saved")));
        });
    }

    async fn film(self, page: Page, run: RunId) -> Result<()> {
        let steps_of = || page.inner().store.borrow().run(run).map(|run| run.trail.steps.clone()).unwrap_or_default();
        let Some(&last) = steps_of().last() else { return Ok(()) };
        let theme = page.appearance.get_untracked().chart_theme();
        let canvases = Canvases::new(page, run, last, &theme).ok_or_else(cannot_draw)?;
        let mut gif = Gif::new((SIZE.0 * SCALE) as usize, (SIZE.1 * SCALE) as usize);
        let parts = Array::new();
        let (mut pace, mut next, mut seen) = (Pace::begin(), Some(0), None::<Arc<Seen>>);
        // Moments may be thinned out meanwhile: each time the first one that is left after the last.
        while let Some(step) = next.and_then(|from: Step| steps_of().into_iter().find(|&step| step >= from && step <= last)) {
            let left = steps_of().into_iter().filter(|&other| other >= step && other <= last).count();
            self.done.set(Some((gif.frames(), gif.frames() + left)));
            if self.is_off.get_value() {
                return Ok(());
            }
            let view = Arc::new(look_at(page, Some((run, step)), seen.clone()).await?);
            canvases.paint_network(&theme, &view);
            pace.breathe().await;
            canvases.paint(page, &theme, &view, step, last);
            pace.breathe().await;
            let pixels = canvases.read().ok_or_else(cannot_draw)?;
            pace.breathe().await;
            gif.begin(&pixels, if step == last { SHOWN.1 } else { SHOWN.0 });
            while gif.advance(ROWS) {
                pace.breathe().await;
            }
            parts.push(&Uint8Array::from(gif.take().as_slice()));
            (seen, next) = (Some(view), step.checked_add(1));
        }
        // The next run takes the place of the model, and of its moments.
        if seen.is_none_or(|seen| seen.step() != last) {
            return Err(gone());
        }
        parts.push(&Uint8Array::from(gif.finish().as_slice()));
        let kind = BlobPropertyBag::new();
        kind.set_type("image/gif");
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind).map_err(|_| cannot_draw())?;
        save_blob(&blob, &format!("emberscope-run-{run}-film.gif"));
        Ok(())
    }
}

fn cannot_draw() -> Error {
    Error::new(Code::DeviceUnavailable, "the browser made no pictures for a film", "close other pages, and try again")
}

/// The canvases of a film, none of which is in the page.
struct Canvases {
    frame: HtmlCanvasElement,
    network: HtmlCanvasElement,
    outcome: HtmlCanvasElement,
    /// The chart without its curves, and with them.
    chart: [HtmlCanvasElement; 2],
    axes: Axes,
    title: String,
    batches_per_epoch: u32,
}

impl Canvases {
    fn new(page: Page, run: RunId, last: Step, theme: &Theme) -> Option<Self> {
        let inner = page.inner();
        let store = inner.store.borrow();
        let of = store.run(run)?;
        let panel = charts::all().into_iter().find(|panel| &*panel.id == FIRST)?;
        let mut spec = panel.spec.clone();
        spec.series = panel.series(of.series.keys());
        spec.series.iter_mut().for_each(|curve| curve.run = Some(run));
        spec.x_range = XRange::Fixed(0.0, f64::from(last.max(1)));
        let height = SIZE.1 - HEIGHTS.0 - HEIGHTS.1 - CHART_HEAD;
        let css_size = ((SIZE.0 - 2.0 * MARGIN) as f32, height as f32);
        let lookup: &dyn SeriesLookup = &*store;
        let (chart, axes) = Picture { spec: &spec, store: lookup, smoother: &Smoother::default(), theme, css_size, dpr: SCALE as f32 }
            .before_and_after()?;
        let canvas = || document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok();
        let (frame, network, outcome) = (canvas()?, canvas()?, canvas()?);
        // Read at each frame: kept where that costs nothing.
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
        frame.get_context_with_context_options("2d", &options).ok()??;
        let title = format!("{} · {}", of.tag.name, of.config.data.title());
        let batches_per_epoch = of.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
        Some(Self { frame, network, outcome, chart, axes, title, batches_per_epoch })
    }

    /// Draws the network: apart from the rest of its frame, since both take as long as a slice may.
    fn paint_network(&self, theme: &Theme, seen: &Seen) -> Option<()> {
        let width = SIZE.0 - 3.0 * MARGIN - OUTCOME;
        let network = Pixels::sized(&self.network, width, HEIGHTS.1, SCALE)?;
        paint::network(&network, theme, seen, None);
        Some(())
    }

    /// Draws the frame of `step`, with the network as it was last drawn.
    fn paint(&self, page: Page, theme: &Theme, seen: &Seen, step: Step, last: Step) -> Option<()> {
        let pixels = Pixels::sized(&self.frame, SIZE.0, SIZE.1, SCALE)?;
        let context = &pixels.context;
        context.set_fill_style_str(&css(theme.background));
        context.fill_rect(0.0, 0.0, SIZE.0, SIZE.1);
        context.set_text_align("left");
        context.set_text_baseline("middle");
        pixels.text(theme, &self.title, MARGIN, HEIGHTS.0 / 2.0, 15.0, false);
        let mut words = format!("step {} of {}", format_count(f64::from(step)), format_count(f64::from(last)));
        if self.batches_per_epoch > 0 {
            words.push_str(&format!(" · epoch {:.1}", f64::from(step) / f64::from(self.batches_per_epoch)));
        }
        context.set_text_align("right");
        pixels.text(theme, &words, SIZE.0 - MARGIN, HEIGHTS.0 / 2.0, 15.0, true);
        self.place(&pixels, &self.network, (MARGIN, HEIGHTS.0))?;
        let outcome = Pixels::sized(&self.outcome, OUTCOME, HEIGHTS.1, SCALE)?;
        if seen.view.plane.is_some() {
            surface::paint(&outcome, theme, seen, [0.0, (HEIGHTS.1 - OUTCOME) / 2.0, OUTCOME]);
        } else {
            sample(&outcome, theme, seen);
        }
        self.place(&pixels, &self.outcome, (SIZE.0 - MARGIN - OUTCOME, HEIGHTS.0))?;
        let top = HEIGHTS.0 + HEIGHTS.1;
        self.place(&pixels, &self.chart[0], (MARGIN, top))?;
        let inner = page.inner();
        let store = inner.store.borrow();
        let x = StepMap::new(self.axes.x.kind, SeriesLookup::clock(&*store, seen.run)).x(step);
        let at = f64::from(self.axes.px_from_x(x)) / SCALE;
        let (upper, lower) = (f64::from(self.axes.plot.top) / SCALE, f64::from(self.axes.plot.bottom) / SCALE);
        context.save();
        context.begin_path();
        context.rect(MARGIN, top, at, SIZE.1 - top);
        context.clip();
        self.place(&pixels, &self.chart[1], (MARGIN, top))?;
        context.restore();
        context.set_fill_style_str(&css(theme.text));
        context.fill_rect(MARGIN + at - 0.75, top + upper, 1.5, lower - upper);
        Some(())
    }

    /// Puts a canvas into the frame, a pixel a pixel.
    fn place(&self, pixels: &Pixels, canvas: &HtmlCanvasElement, (left, top): (f64, f64)) -> Option<()> {
        let (width, height) = (f64::from(canvas.width()) / SCALE, f64::from(canvas.height()) / SCALE);
        pixels.context.draw_image_with_html_canvas_element_and_dw_and_dh(canvas, left, top, width, height).ok()
    }

    /// The pixels of the frame.
    fn read(&self) -> Option<Vec<u8>> {
        let (width, height) = (f64::from(self.frame.width()), f64::from(self.frame.height()));
        Some(crate::ui::parts::pixels::context(&self.frame)?.get_image_data(0.0, 0.0, width, height).ok()?.data().0)
    }
}

/// The sample and what the network makes of it.
fn sample(pixels: &Pixels, theme: &Theme, seen: &Seen) -> Option<()> {
    let SampleShape::Image { channels, height, width } = seen.view.input else { return None };
    let side = 104.0;
    let scale = side / width.max(height) as f64;
    let place = [0.0, 6.0, width as f64 * scale, height as f64 * scale];
    pixels.map(&Shades::image(&seen.numbers.input, channels), width, height, place, true)?;
    let context = &pixels.context;
    context.set_text_baseline("middle");
    context.set_text_align("left");
    pixels.text(theme, &words::outcome(seen), 0.0, side + 24.0, 13.0, false)?;
    let shares = &seen.numbers.outputs;
    let mut classes = order_by(shares.len(), &|a, b| shares[b].total_cmp(&shares[a]));
    classes.truncate(MOST_BARS);
    classes.sort_unstable();
    for (line, class) in classes.into_iter().enumerate() {
        let y = side + 46.0 + 18.0 * line as f64;
        let name: String = seen.class(class as u32).chars().take(12).collect();
        let share = f64::from(shares[class].clamp(0.0, 1.0));
        pixels.text(theme, &name, 0.0, y, 11.5, false)?;
        context.set_fill_style_str(&css(theme.grid));
        context.fill_rect(84.0, y - 5.0, 110.0, 10.0);
        context.set_fill_style_str(&css(theme.palette[0]));
        context.fill_rect(84.0, y - 5.0, 110.0 * share, 10.0);
        pixels.text(theme, &format!("{:.0} %", share * 100.0), 202.0, y, 11.5, true)?;
    }
    Some(())
}
