//! [`View`]: the shown chart, and how it is drawn in a frame: only the layers that must be.
//!
//! Never here: when a frame is, and who is told of it.

use super::layers::Layers;
use crate::charts::axes::Size;
use crate::charts::live::cursor::Cursor;
use crate::charts::live::watch::device_pixel_ratio;
use crate::charts::paper::draw;
use crate::charts::paper::theme::Theme;
use crate::charts::points::SeriesLookup;
use crate::charts::readout::hover::HoverReadout;
use crate::charts::scene::Scene;
use crate::charts::scene::smooth::Smoother;
use crate::charts::spec::ChartSpec;

/// Number of points that are smoothed in one frame: 2 ms, on a busy machine 5.
const SMOOTHED_A_FRAME: usize = 150_000;

/// The lowest layer that must be drawn anew, with all above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dirty {
    /// Cursor and selection.
    Cursor,
    /// Curves too.
    Curves,
    /// Everything.
    All,
}

/// The state of the shown chart.
pub struct View {
    /// The specification.
    pub spec: ChartSpec,
    /// The look.
    pub theme: Theme,
    /// The smoothed lines, as far as they are computed.
    pub smoother: Smoother,
    /// The last scene.
    pub scene: Option<Scene>,
    /// The readout of the cursor in the last frame.
    pub readout: Option<HoverReadout>,
    /// Selection that is being made, in CSS pixels.
    pub selection: Option<(f32, f32)>,
    drawn_selection: Option<(f32, f32)>,
    /// The lowest layer that must be drawn anew.
    pub dirty: Dirty,
}

impl View {
    /// The view of a chart that has not been drawn.
    pub fn new(spec: ChartSpec, theme: Theme) -> Self {
        Self {
            spec,
            theme,
            smoother: Smoother::default(),
            scene: None,
            readout: None,
            selection: None,
            drawn_selection: None,
            dirty: Dirty::All,
        }
    }

    /// Draws what is dirty on canvases of `css_size`, with what the `cursor` reads; returns that, if it has changed. Where there are
    /// more points to be smoothed than a frame has time for, the drawing is `unfinished`.
    pub fn draw(
        &mut self,
        layers: &mut Layers,
        store: &dyn SeriesLookup,
        (css_width, css_height): (f64, f64),
        cursor: Cursor,
        unfinished: &mut bool,
    ) -> Option<Option<HoverReadout>> {
        if css_width < 1.0 || css_height < 1.0 {
            return None;
        }
        let dpr = device_pixel_ratio();
        let (width, height) = ((css_width * dpr).round(), (css_height * dpr).round());
        let dirty = if layers.resize(width as u32, height as u32, dpr) { Dirty::All } else { self.dirty };
        self.dirty = Dirty::Cursor;
        let size = Size { width: width as f32, height: height as f32, dpr: dpr as f32, font_px: self.theme.font_px };

        let previous = self.scene.take();
        let scene = match previous {
            Some(scene) if dirty < Dirty::Curves => scene,
            previous => {
                *unfinished = !self.smoother.advance(&self.spec, store, SMOOTHED_A_FRAME);
                let scene = Scene::build_smoothed(&self.spec, store, &self.smoother, size, previous.as_ref());
                if dirty == Dirty::All || previous.is_none_or(|previous| previous.axes != scene.axes) {
                    layers.axes.clear();
                    draw::axes(&mut layers.axes, &scene.axes, &self.theme);
                }
                layers.curves.clear();
                draw::curves(&mut layers.curves, &scene, &self.theme);
                scene
            }
        };
        let readout = cursor.read(&scene, &self.spec, store);
        if self.readout.is_some() || readout.is_some() || self.drawn_selection != self.selection {
            layers.cursor.clear();
        }
        if let Some((from, to)) = self.selection {
            let dpr = scene.axes.size.dpr;
            draw::selection(&mut layers.cursor, (from * dpr, to * dpr), &scene.axes, &self.theme);
        }
        self.drawn_selection = self.selection;
        if let Some(readout) = &readout {
            draw::cursor(&mut layers.cursor, readout, &scene.axes, &self.theme);
        }
        self.scene = Some(scene);
        (self.readout != readout).then(|| {
            self.readout.clone_from(&readout);
            readout
        })
    }
}
