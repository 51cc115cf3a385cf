//! Canvases that are drawn by hand: sized to the screen's pixels, with maps of a few numbers enlarged into boxes.
//!
//! Never here: what is drawn.

use crate::charts::{Theme, css};
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// A canvas in CSS pixels, and a small one beside it through which maps are enlarged.
pub struct Pixels {
    /// The context, in which a unit is a CSS pixel.
    pub context: CanvasRenderingContext2d,
    /// The width in CSS pixels.
    pub width: f64,
    /// The height.
    pub height: f64,
    scratch: HtmlCanvasElement,
    scratch_context: CanvasRenderingContext2d,
}

/// The drawing context of `canvas`; `None` if the browser has none.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

impl Pixels {
    /// The canvas, cleared and as large as it is on the page; `None` if it is not on it, or the browser cannot draw.
    pub fn of(canvas: &HtmlCanvasElement) -> Option<Self> {
        let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        if width < 2.0 || height < 2.0 {
            return None;
        }
        Self::sized(canvas, width, height, window().device_pixel_ratio())
    }

    /// The canvas, cleared and of this size in units of `dpr` pixels each; `None` if the browser cannot draw.
    pub fn sized(canvas: &HtmlCanvasElement, width: f64, height: f64, dpr: f64) -> Option<Self> {
        let (across, down) = ((width * dpr).round() as u32, (height * dpr).round() as u32);
        if canvas.width() != across || canvas.height() != down {
            canvas.set_width(across);
            canvas.set_height(down);
        }
        let context = context(canvas)?;
        context.set_transform(dpr, 0.0, 0.0, dpr, 0.0, 0.0).ok()?;
        context.clear_rect(0.0, 0.0, width, height);
        let scratch: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let scratch_context = self::context(&scratch)?;
        Some(Self { context, width, height, scratch, scratch_context })
    }

    /// Draws a map of `columns` by `rows` pixels (red, green, blue, alpha) into a rectangle, each pixel a sharp box if `sharp`.
    pub fn map(&self, pixels: &[u8], columns: usize, rows: usize, [x, y, width, height]: [f64; 4], sharp: bool) -> Option<()> {
        if pixels.len() != 4 * columns * rows || pixels.is_empty() {
            return None;
        }
        self.scratch.set_width(columns as u32);
        self.scratch.set_height(rows as u32);
        let data = ImageData::new_with_u8_clamped_array(Clamped(pixels), columns as u32).ok()?;
        self.scratch_context.put_image_data(&data, 0.0, 0.0).ok()?;
        self.context.set_image_smoothing_enabled(!sharp);
        self.context.draw_image_with_html_canvas_element_and_dw_and_dh(&self.scratch, x, y, width, height).ok()
    }

    /// Writes a line of text, in the colour and font of `theme`.
    pub fn text(&self, theme: &Theme, text: &str, x: f64, y: f64, size: f64, muted: bool) -> Option<()> {
        self.context.set_font(&format!("{}px {}", size * f64::from(theme.font_px) / 12.0, theme.font_family));
        self.context.set_fill_style_str(&css(if muted { theme.muted } else { theme.text }));
        self.context.fill_text(text, x, y).ok()
    }
}
