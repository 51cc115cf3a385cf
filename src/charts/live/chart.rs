//! The handle of a chart on the page: it mounts the chart, passes changes in, and passes the visitor's actions out.
//!
//! Builds the [`Surface`] and gives it [`hands`]. Dropping the [`Chart`] removes all that it has put into the page.
//!
//! Never here: Leptos, legends and headings (they are HTML, and the page's), how anything is drawn.

use super::cursor::{OnCursor, OnHover, OnPick, OnRange};
use super::hands;
use super::painter::Painter;
use super::surface::{Dirty, Surface};
use super::watch::Listener;
use crate::charts::axis::Viewport;
use crate::charts::paper::theme::Theme;
use crate::charts::points::SeriesLookup;
use crate::charts::readout::hover::At;
use crate::charts::readout::words;
use crate::charts::scene::Scene;
use crate::charts::spec::ChartSpec;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, HtmlElement};

/// A chart on the page. Dropping it removes it.
pub struct Chart {
    // First: nothing is heard any more when the surface goes.
    _listeners: Vec<Listener>,
    surface: Rc<Surface>,
}

impl Chart {
    /// Puts a chart into `host`, which should be empty and have a size of its own. `None` if the browser cannot draw.
    pub fn mount(
        host: &HtmlElement,
        spec: ChartSpec,
        store: Rc<RefCell<dyn SeriesLookup>>,
        theme: Theme,
        painter: &Painter,
    ) -> Option<Self> {
        let surface = Surface::mount(host, spec, store, theme, painter)?;
        Some(Self { _listeners: hands::listeners(host, &Rc::downgrade(&surface)), surface })
    }

    /// Tells that points have been recorded: they will be drawn in the next frame in which the chart is in view.
    pub fn mark_dirty(&self) {
        self.surface.request(Dirty::Curves);
    }

    /// Paints everything at once instead of in the next frame: for measuring.
    pub fn paint_now(&self) {
        self.surface.paint_all();
    }

    /// Changes the specification, for example the range of steps.
    pub fn update_spec(&self, change: impl FnOnce(&mut ChartSpec)) {
        change(&mut self.surface.view.borrow_mut().spec);
        self.surface.request(Dirty::Curves);
    }

    /// Changes colours and sizes.
    pub fn set_theme(&self, theme: Theme) {
        self.surface.view.borrow_mut().theme = theme;
        self.surface.request(Dirty::All);
    }

    /// Sets the handler that is called whenever the cursor's readout has changed, whoever has moved it: for this
    /// chart's legend.
    pub fn on_hover(&self, on_hover: OnHover) {
        *self.surface.on_hover.borrow_mut() = Some(on_hover);
    }

    /// Calls `on_cursor` whenever the visitor has moved the cursor on this chart, or new points have moved what it reads:
    /// for [`set_cursor`](Self::set_cursor) of the other charts. Never because of `set_cursor`, so charts may show each
    /// other's cursors.
    pub fn on_cursor(&self, on_cursor: OnCursor) {
        *self.surface.on_cursor.borrow_mut() = Some(on_cursor);
    }

    /// Calls `on_pick` when the visitor clicks on the chart, or presses Enter while it shows a cursor, with the points
    /// nearest in step. Drags and scrolls are not clicks.
    pub fn on_pick(&self, on_pick: OnPick) {
        *self.surface.on_pick.borrow_mut() = Some(on_pick);
    }

    /// Calls `on_range` when the visitor zooms or pans. The chart does not do it by itself: whoever is told calls
    /// [`update_spec`](Self::update_spec), of this chart and of those that show the same part of the axis.
    pub fn on_range(&self, on_range: OnRange) {
        *self.surface.on_range.borrow_mut() = Some(on_range);
    }

    /// The viewport on the x axis; `None` before the first frame.
    pub fn viewport(&self) -> Option<Viewport> {
        self.surface.viewport()
    }

    /// Whether the wheel zooms without Ctrl: where there is no page to scroll.
    pub fn set_wheel_zooms(&self, zooms: bool) {
        self.surface.wheel_zooms.set(zooms);
    }

    /// The chart as an SVG document, with title, legend, background, and itself in words.
    pub fn svg(&self) -> String {
        self.surface.picture(|picture| picture.svg())
    }

    /// The chart on a canvas of its own, with title, legend and background; `None` if the browser cannot draw.
    pub fn picture(&self) -> Option<HtmlCanvasElement> {
        self.surface.picture(|picture| picture.canvas())
    }

    /// Reads the specification as it is now, for tables and files.
    pub fn with_spec<T>(&self, read: impl FnOnce(&ChartSpec) -> T) -> T {
        read(&self.surface.view.borrow().spec)
    }

    /// Shows a cursor at the points nearest to a step, as when another chart's cursor moves; `None` removes it. While the
    /// visitor points on this chart, that cursor is shown instead. [`on_hover`](Self::on_hover) is told,
    /// [`on_cursor`](Self::on_cursor) is not.
    pub fn set_cursor(&self, at: Option<At>) {
        self.surface.change_cursors(|cursors| cursors.outside = at);
    }

    /// The chart in words, for readers who do not see it.
    pub fn summary(&self) -> String {
        words::summary(&self.surface.view.borrow().spec, &*self.surface.store.borrow())
    }

    /// Number of points of one curve in the fullest pixel column; above 1 the page says so.
    pub fn points_per_column(&self) -> usize {
        self.surface.view.borrow().scene.as_ref().map_or(1, Scene::points_per_column)
    }
}
