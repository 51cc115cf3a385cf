//! Surface of one chart on the page: its canvases, its size, its cursor, and the layers that must be drawn anew.
//!
//! Three canvases lie on each other: axes (drawn when a range, the size or the theme changes), curves (drawn when points
//! arrive) and cursor (drawn when it moves). The surface follows the size of its host element and the density of the
//! screen, and paints nothing while it is out of view. Dropping it removes all that it has put into the page.
//!
//! Styles are set as properties, never as attributes: the page's Content-Security-Policy forbids the latter.
//!
//! Never here: the reactions to pointers and keys ([`hands`](super::hands)), the look of anything.

mod layers;
mod view;

use super::cursor::{Cursor, Cursors, OnCursor, OnHover, OnPick, OnRange};
use super::gestures::Gestures;
use super::painter::{Paint, Painter};
use super::watch::{self, Listener, Observer, Timer, device_pixel_ratio};
use crate::charts::axis::{Viewport, XRange};
use crate::charts::paper::picture::Picture;
use crate::charts::paper::theme::Theme;
use crate::charts::points::SeriesLookup;
use crate::charts::readout::hover::{At, HoverReadout};
use crate::charts::spec::ChartSpec;
use layers::Layers;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
pub(crate) use view::{Dirty, View};
use web_sys::HtmlElement;

/// Pictures to take away are at least this dense, so that they stay sharp on a projector.
const PICTURE_DPR: f64 = 2.0;

/// Surface of a chart. [`Chart`](super::chart::Chart) is the handle to it, [`hands`](super::hands) are what moves it.
pub(crate) struct Surface {
    pub this: Weak<Surface>,
    pub host: HtmlElement,
    pub store: Rc<RefCell<dyn SeriesLookup>>,
    painter: Painter,
    layers: RefCell<Layers>,
    pub view: RefCell<View>,
    css_size: Cell<(f64, f64)>,
    visible: Cell<bool>,
    pub cursors: Cell<Cursors>,
    pub gestures: RefCell<Gestures>,
    /// The viewport when a pan or a pinch began.
    pub grabbed: Cell<Option<Viewport>>,
    pub wheel_zooms: Cell<bool>,
    /// The timer of a click that may still become a double click.
    pub pending_pick: RefCell<Option<Timer>>,
    pub on_hover: RefCell<Option<OnHover>>,
    pub on_cursor: RefCell<Option<OnCursor>>,
    pub on_pick: RefCell<Option<OnPick>>,
    pub on_range: RefCell<Option<OnRange>>,
    _visibility: Observer,
    _size: Observer,
    density: RefCell<Option<Listener>>,
}

impl Surface {
    /// A surface in `host`, which should be empty and have a size of its own. `None` if the browser cannot draw.
    pub fn mount(
        host: &HtmlElement,
        spec: ChartSpec,
        store: Rc<RefCell<dyn SeriesLookup>>,
        theme: Theme,
        painter: &Painter,
    ) -> Option<Rc<Self>> {
        let layers = Layers::mount(host)?;
        // A finger moves the cursor sideways and still scrolls the page; two fingers are ours. Clipped: out of view, canvases
        // keep their size when the page becomes narrower, and would make it as wide as it was.
        for (property, value) in [("position", "relative"), ("touch-action", "pan-y"), ("overflow", "clip")] {
            host.style().set_property(property, value).ok();
        }
        host.set_tab_index(0);
        let surface = Rc::new_cyclic(|this: &Weak<Surface>| Surface {
            _visibility: Observer::of_visibility(
                host,
                calls(this, |surface, visible| {
                    surface.visible.set(visible);
                    surface.request(Dirty::Cursor);
                }),
            ),
            _size: Observer::of_size(
                host,
                calls(this, |surface, css_size| {
                    if surface.css_size.replace(css_size) != css_size {
                        surface.request(Dirty::All);
                    }
                }),
            ),
            density: RefCell::new(None),
            this: this.clone(),
            layers: RefCell::new(layers),
            view: RefCell::new(View::new(spec, theme)),
            host: host.clone(),
            css_size: Cell::new((f64::from(host.client_width()), f64::from(host.client_height()))),
            visible: Cell::new(true),
            cursors: Cell::default(),
            gestures: RefCell::default(),
            grabbed: Cell::new(None),
            wheel_zooms: Cell::new(false),
            pending_pick: RefCell::new(None),
            on_hover: RefCell::new(None),
            on_cursor: RefCell::new(None),
            on_pick: RefCell::new(None),
            on_range: RefCell::new(None),
            store,
            painter: painter.clone(),
        });
        surface.watch_density();
        surface.request(Dirty::All);
        Some(surface)
    }

    /// Paints everything at once.
    pub fn paint_all(&self) {
        self.view.borrow_mut().dirty = Dirty::All;
        self.paint();
    }

    /// Requests that `dirty` is drawn anew, in the next frame in which the chart is in view.
    pub fn request(&self, dirty: Dirty) {
        let mut view = self.view.borrow_mut();
        view.dirty = view.dirty.max(dirty);
        if self.visible.get() {
            self.painter.request(self.this.clone());
        }
    }

    pub fn change_cursors(&self, change: impl FnOnce(&mut Cursors)) {
        let mut cursors = self.cursors.get();
        change(&mut cursors);
        if self.cursors.replace(cursors) != cursors {
            self.request(Dirty::Cursor);
        }
    }

    pub fn set_own_cursor(&self, cursor: Cursor) {
        self.change_cursors(|cursors| cursors.own = cursor);
        if cursor == Cursor::None {
            self.tell_others(None);
        }
    }

    /// Tells where the own cursor is, given what the shown one reads. As to when, see [`Cursors::news`].
    fn tell_others(&self, read: Option<At>) {
        let mut cursors = self.cursors.get();
        let news = cursors.news(read);
        self.cursors.set(cursors);
        let on_cursor = self.on_cursor.borrow().clone();
        if let (Some(at), Some(on_cursor)) = (news, on_cursor) {
            on_cursor(at);
        }
    }

    /// Readout of a cursor now; asked for between frames, when the last frame's readout may be old.
    pub fn read(&self, cursor: Cursor) -> Option<HoverReadout> {
        let view = self.view.borrow();
        cursor.read(view.scene.as_ref()?, &view.spec, &*self.store.borrow())
    }

    /// The viewport on the x axis. The last wish counts, also before it is painted, so that quick turns of a
    /// wheel add up.
    pub fn viewport(&self) -> Option<Viewport> {
        let view = self.view.borrow();
        let shown = view.scene.as_ref()?.viewport();
        Some(match view.spec.x_range {
            XRange::Fixed(from, to) if view.spec.x == view.scene.as_ref()?.axes.x => Viewport { range: (from, to), ..shown },
            _ => shown,
        })
    }

    /// Makes a picture to take away.
    pub fn picture<T>(&self, make: impl FnOnce(&Picture) -> T) -> T {
        let (view, store) = (self.view.borrow(), self.store.borrow());
        let (width, height) = self.css_size.get();
        let css_size = (width.max(200.0) as f32, height.max(120.0) as f32);
        let dpr = device_pixel_ratio().max(PICTURE_DPR) as f32;
        make(&Picture { spec: &view.spec, store: &*store, smoother: &view.smoother, theme: &view.theme, css_size, dpr })
    }

    /// Watches for the page being zoomed or moved to another screen; made anew after each change.
    fn watch_density(&self) {
        *self.density.borrow_mut() = watch::density(calls(&self.this, |surface, ()| {
            surface.watch_density();
            surface.request(Dirty::All);
        }));
    }
}

impl Paint for Surface {
    fn paint(&self) {
        if !self.visible.get() {
            return;
        }
        let mut unfinished = false;
        let cursor = self.cursors.get().shown();
        let changed = {
            let (mut layers, store) = (self.layers.borrow_mut(), self.store.borrow());
            self.view.borrow_mut().draw(&mut layers, &*store, self.css_size.get(), cursor, &mut unfinished)
        };
        if unfinished {
            self.request(Dirty::Curves);
        }
        // Nothing is borrowed where a handler is called: it may call the chart.
        let on_hover = self.on_hover.borrow().clone();
        if let (Some(readout), Some(on_hover)) = (changed, on_hover) {
            on_hover(readout);
        }
        let at = self.view.borrow().readout.as_ref().map(HoverReadout::at);
        self.tell_others(at);
    }
}

/// A handler that calls `handle` with the surface, and does nothing once that is gone.
pub(crate) fn calls<T: 'static>(surface: &Weak<Surface>, handle: fn(&Surface, T)) -> impl FnMut(T) + 'static {
    let surface = surface.clone();
    move |what| {
        if let Some(surface) = surface.upgrade() {
            handle(&surface, what);
        }
    }
}
