//! [`Layers`]: the three canvases of a chart, which lie on each other and leave the page with it. Never here: what is drawn on them.

use crate::charts::paper::canvas::Layer;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement};

/// The canvases, the lowest first.
pub struct Layers {
    /// The layer of axes and grid.
    pub axes: Layer,
    /// The layer of curves.
    pub curves: Layer,
    /// The layer of cursor and selection.
    pub cursor: Layer,
}

impl Layers {
    /// Puts the canvases into `host`. `None` if the browser cannot draw.
    pub fn mount(host: &HtmlElement) -> Option<Self> {
        Some(Self { axes: append_layer(host)?, curves: append_layer(host)?, cursor: append_layer(host)? })
    }

    /// Gives all canvases this many device pixels, and says whether that has emptied one.
    pub fn resize(&self, width: u32, height: u32, dpr: f64) -> bool {
        [&self.axes, &self.curves, &self.cursor].map(|layer| layer.resize(width, height, dpr)).contains(&true)
    }
}

impl Drop for Layers {
    fn drop(&mut self) {
        for layer in [&self.axes, &self.curves, &self.cursor] {
            layer.canvas().remove();
        }
    }
}

/// A canvas over the whole host. The pointer does not see it.
fn append_layer(host: &HtmlElement) -> Option<Layer> {
    let canvas: HtmlCanvasElement = host.owner_document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_attribute("aria-hidden", "true").ok()?;
    for (property, value) in [("position", "absolute"), ("inset", "0"), ("width", "100%"), ("height", "100%"), ("pointer-events", "none")] {
        canvas.style().set_property(property, value).ok();
    }
    host.append_child(&canvas).ok()?;
    Layer::new(canvas)
}
