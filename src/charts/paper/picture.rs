//! A chart as a picture to take away: with its title, its legend and the background of the page, as SVG or on a canvas
//! of its own (for PNG). Drawn by the same code as the chart on the page, from the same scene.
//!
//! Never here: the picture's destination.

use super::canvas::Layer;
use super::draw;
use super::primitives::{self, Paper, TextAt};
use super::svg::{self, Sheet};
use super::theme::Theme;
use crate::charts::axes::{Axes, Size, text_width};
use crate::charts::points::SeriesLookup;
use crate::charts::readout::words;
use crate::charts::scene::Scene;
use crate::charts::scene::smooth::Smoother;
use crate::charts::spec::{ChartSpec, Style};
use plotters::style::text_anchor::{HPos, VPos};
use web_sys::HtmlCanvasElement;

/// Picture of a chart, ready to be made.
pub struct Picture<'a> {
    /// Specification of the chart.
    pub spec: &'a ChartSpec,
    /// The record.
    pub store: &'a dyn SeriesLookup,
    /// Smoothed lines of the chart.
    pub smoother: &'a Smoother,
    /// Colours and sizes.
    pub theme: &'a Theme,
    /// The chart's size on the page, in CSS pixels; title and legend come on top.
    pub css_size: (f32, f32),
    /// Device pixels in a CSS pixel.
    pub dpr: f32,
}

/// One entry of the legend: its label, its curve's style, and its place.
type Entry = (String, Style, (f32, f32));

/// Layout of a picture, in device pixels.
struct Layout {
    scene: Scene,
    legend: Vec<Entry>,
    /// Height of title and legend.
    head: f32,
    size: (f32, f32),
    em: f32,
}

impl Picture<'_> {
    fn lay_out(&self) -> Layout {
        let em = self.theme.font_px * self.dpr;
        let (width, height) = ((self.css_size.0 * self.dpr).round(), (self.css_size.1 * self.dpr).round());
        let (mut legend, mut x, mut y) = (Vec::new(), em, 3.1 * em);
        for curve in &self.spec.series {
            let entry_width = 2.6 * em + text_width(&curve.label, em) + 1.4 * em;
            if x > em && x + entry_width > width {
                (x, y) = (em, y + 1.5 * em);
            }
            legend.push((curve.label.clone(), curve.style, (x, y)));
            x += entry_width;
        }
        let head = (y + 1.0 * em).round();
        let size = Size { width, height, dpr: self.dpr, font_px: self.theme.font_px };
        let mut scene = Scene::build_smoothed(self.spec, self.store, self.smoother, size, None);
        scene.shift_down(head);
        Layout { scene, legend, head, size: (width, height + head), em }
    }

    /// Background, title, legend and axes.
    fn draw_frame(&self, paper: &mut impl Paper, layout: &Layout) {
        let (theme, em) = (self.theme, layout.em);
        primitives::bar(paper, (0.0, 0.0), layout.size, theme.background, 1.0);
        let at = TextAt { at: (em, 0.8 * em), anchor: (HPos::Left, VPos::Top), em: 1.3 * em };
        primitives::text(paper, &self.spec.title, &at, theme.text, theme);
        for (label, style, (x, y)) in &layout.legend {
            let width = style.width.max(2.0) * theme.line_scale * self.dpr;
            let dashes: Vec<f32> = style.dash.pattern().iter().map(|&length| length as f32 * width).collect();
            let line = primitives::stroke(*style, width * paper.grain(), theme);
            paper.line(&[(*x, *y), (x + 2.2 * em, *y)], &dashes, &line);
            let at = TextAt { at: (x + 2.6 * em, *y), anchor: (HPos::Left, VPos::Center), em };
            primitives::text(paper, label, &at, theme.text, theme);
        }
        draw::axes(paper, &layout.scene.axes, theme);
    }

    /// The picture as an SVG document, with the chart in words as its description.
    pub fn svg(&self) -> String {
        let layout = self.lay_out();
        let frame = Sheet::elements(|sheet| self.draw_frame(sheet, &layout));
        let curves = Sheet::elements(|sheet| draw::curves(sheet, &layout.scene, self.theme));
        let Axes { plot, size, .. } = layout.scene.axes;
        let elements = frame + &svg::clipped(plot, 4.0 * size.dpr, &curves);
        svg::document(layout.size, &self.spec.title, &words::summary(self.spec, self.store), &elements)
    }

    /// The picture on a canvas of its own, which is not in the page; `None` if the browser cannot draw.
    pub fn canvas(&self) -> Option<HtmlCanvasElement> {
        self.draw(&self.lay_out(), true)
    }

    /// The picture without its curves and with them, and its axes: for a film, in which they come from left to right.
    pub fn before_and_after(&self) -> Option<([HtmlCanvasElement; 2], Axes)> {
        let layout = self.lay_out();
        Some(([self.draw(&layout, false)?, self.draw(&layout, true)?], layout.scene.axes))
    }

    fn draw(&self, layout: &Layout, with_curves: bool) -> Option<HtmlCanvasElement> {
        use wasm_bindgen::JsCast;
        let canvas: HtmlCanvasElement = web_sys::window()?.document()?.create_element("canvas").ok()?.dyn_into().ok()?;
        let mut layer = Layer::new(canvas.clone())?;
        debug_assert!(layout.head > 0.0, "there is a title");
        layer.resize(layout.size.0 as u32, layout.size.1 as u32, f64::from(self.dpr));
        self.draw_frame(&mut layer, layout);
        if with_curves {
            draw::curves(&mut layer, &layout.scene, self.theme);
        }
        Some(canvas)
    }
}
