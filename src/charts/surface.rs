//! One chart on the page: its canvases, its size, its cursor.
//!
//! Three canvases lie on each other: axes (drawn when a range, the size or the theme changes), curves (drawn when points
//! arrive) and cursor (drawn when it moves). The chart follows the size of its host element and the density of the
//! screen, paints nothing while it is out of view, and reads recorded points under the pointer or, with the arrow keys,
//! point by point. Dropping the [`Chart`] removes all that it has put into the page.
//!
//! Styles are set as properties, never as attributes: the page's Content-Security-Policy forbids the latter.
//!
//! Never here: Leptos, legends and headings (they are HTML, and the page's), how anything looks.

use super::cursor::{Cursor, Cursors, Press};
use super::draw::Layer;
use super::hover::{self, HoverReadout};
use super::painter::{Paint, Painter};
use super::scene::{Scene, SeriesLookup, Size};
use super::theme::Theme;
use super::view::ChartSpec;
use super::watch::{self, Listener, Observer, device_pixel_ratio};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, KeyboardEvent, MouseEvent};

/// Told what the cursor reads; `None` when there is no cursor any more.
pub type OnHover = Rc<dyn Fn(Option<HoverReadout>)>;

/// Told to which recorded step the visitor has moved the chart's cursor; `None` when it is gone.
pub type OnCursor = Rc<dyn Fn(Option<u32>)>;

/// Told which points the visitor has picked.
pub type OnPick = Rc<dyn Fn(HoverReadout)>;

/// A chart on the page. Dropping it removes it.
pub struct Chart {
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
        let [axes, curves, cursor] = [append_layer(host)?, append_layer(host)?, append_layer(host)?];
        // A finger moves the cursor sideways and still scrolls the page.
        for (property, value) in [("position", "relative"), ("touch-action", "pan-y")] {
            host.style().set_property(property, value).ok();
        }
        host.set_tab_index(0);
        let surface = Rc::new_cyclic(|this: &Weak<Surface>| Surface {
            listeners: listeners(host, this),
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
            layers: RefCell::new(Layers { axes, curves, cursor }),
            view: RefCell::new(View { spec, theme, scene: None, readout: None, dirty: Dirty::All }),
            css_size: Cell::new((f64::from(host.client_width()), f64::from(host.client_height()))),
            visible: Cell::new(true),
            cursors: Cell::default(),
            press: Cell::new(None),
            on_hover: RefCell::new(None),
            on_cursor: RefCell::new(None),
            on_pick: RefCell::new(None),
            store,
            painter: painter.clone(),
        });
        surface.watch_density();
        surface.request(Dirty::All);
        Some(Self { surface })
    }

    /// Says that points have been recorded: they will be drawn in the next frame in which the chart is in view.
    pub fn mark_dirty(&self) {
        self.surface.request(Dirty::Curves);
    }

    /// Changes what is shown, for example the range of steps.
    pub fn update_spec(&self, change: impl FnOnce(&mut ChartSpec)) {
        change(&mut self.surface.view.borrow_mut().spec);
        self.surface.request(Dirty::Curves);
    }

    /// Changes colours and sizes.
    pub fn set_theme(&self, theme: Theme) {
        self.surface.view.borrow_mut().theme = theme;
        self.surface.request(Dirty::All);
    }

    /// Calls `on_hover` whenever what the cursor reads has changed, whoever has moved it: for this chart's legend.
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

    /// Shows a cursor at the points nearest to a step, as when another chart's cursor moves; `None` removes it. While the
    /// visitor points on this chart, that cursor is shown instead. [`on_hover`](Self::on_hover) is told,
    /// [`on_cursor`](Self::on_cursor) is not.
    pub fn set_cursor(&self, step: Option<u32>) {
        self.surface.change_cursors(|cursors| cursors.outside = step);
    }

    /// The chart in words, for readers who do not see it.
    pub fn summary(&self) -> String {
        hover::summary(&self.surface.view.borrow().spec, &*self.surface.store.borrow())
    }

    /// How many points of one curve share the fullest pixel column; above 1 the page says so.
    pub fn points_per_column(&self) -> usize {
        self.surface.view.borrow().scene.as_ref().map_or(1, Scene::points_per_column)
    }
}

/// What must be drawn anew, each with all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Cursor,
    Curves,
    All,
}

struct Layers {
    axes: Layer,
    curves: Layer,
    cursor: Layer,
}

struct View {
    spec: ChartSpec,
    theme: Theme,
    scene: Option<Scene>,
    readout: Option<HoverReadout>,
    dirty: Dirty,
}

struct Surface {
    this: Weak<Surface>,
    store: Rc<RefCell<dyn SeriesLookup>>,
    painter: Painter,
    layers: RefCell<Layers>,
    view: RefCell<View>,
    css_size: Cell<(f64, f64)>,
    visible: Cell<bool>,
    cursors: Cell<Cursors>,
    press: Cell<Option<Press>>,
    on_hover: RefCell<Option<OnHover>>,
    on_cursor: RefCell<Option<OnCursor>>,
    on_pick: RefCell<Option<OnPick>>,
    listeners: Vec<Listener>,
    _visibility: Observer,
    _size: Observer,
    density: RefCell<Option<Listener>>,
}

impl Surface {
    fn request(&self, dirty: Dirty) {
        let mut view = self.view.borrow_mut();
        view.dirty = view.dirty.max(dirty);
        if self.visible.get() {
            self.painter.request(self.this.clone());
        }
    }

    fn change_cursors(&self, change: impl FnOnce(&mut Cursors)) {
        let mut cursors = self.cursors.get();
        change(&mut cursors);
        if self.cursors.replace(cursors) != cursors {
            self.request(Dirty::Cursor);
        }
    }

    fn set_own_cursor(&self, cursor: Cursor) {
        self.change_cursors(|cursors| cursors.own = cursor);
        if cursor == Cursor::None {
            self.tell_others(None);
        }
    }

    /// Tells where the own cursor is, given the step that the shown one reads. As to when, see [`Cursors::news`].
    fn tell_others(&self, read: Option<u32>) {
        let mut cursors = self.cursors.get();
        let news = cursors.news(read);
        self.cursors.set(cursors);
        let on_cursor = self.on_cursor.borrow().clone();
        if let (Some(step), Some(on_cursor)) = (news, on_cursor) {
            on_cursor(step);
        }
    }

    /// What a cursor would read now; asked for between frames, when the last frame's readout may be old.
    fn read(&self, cursor: Cursor) -> Option<HoverReadout> {
        let view = self.view.borrow();
        cursor.read(view.scene.as_ref()?, &view.spec, &*self.store.borrow())
    }

    /// Tells of the points that a cursor reads; whether there is anybody to tell, and anything.
    fn pick(&self, cursor: Cursor) -> bool {
        let Some(on_pick) = self.on_pick.borrow().clone() else { return false };
        // Nothing is borrowed any more when the handler is called: it may call the chart.
        let picked = self.read(cursor);
        picked.map(|readout| on_pick(readout)).is_some()
    }

    /// Tells apart what the listeners hear.
    fn on_event(&self, event: &Event) {
        match event.type_().as_str() {
            kind @ ("pointermove" | "pointerdown" | "click") => {
                if let Some(pointer) = event.dyn_ref::<MouseEvent>() {
                    self.on_pointer(kind, pointer);
                }
            }
            "keydown" => {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                // Alt + arrow is the browser's.
                if key.alt_key() || key.ctrl_key() || key.meta_key() {
                    return;
                }
                if key.key() == "Enter" {
                    if !key.repeat() && self.pick(self.cursors.get().shown()) {
                        event.prevent_default();
                    }
                } else if let Some(cursor) = self.cursor_after_key(&key.key()) {
                    event.prevent_default();
                    self.set_own_cursor(cursor);
                }
            }
            kind => {
                if kind == "pointercancel" {
                    self.press.set(None);
                }
                self.set_own_cursor(Cursor::None);
            }
        }
    }

    /// A finger's click comes after its pointer has left, so it is judged by its press and read at its own place.
    fn on_pointer(&self, kind: &str, pointer: &MouseEvent) {
        let at = (pointer.client_x() as f32, pointer.client_y() as f32);
        let cursor = Cursor::Pointer(pointer.offset_x() as f32);
        match kind {
            "click" => {
                let cursor = match self.press.take() {
                    Some(press) if !press.moved(at).is_click() => return,
                    Some(_) => cursor,
                    // No pointer has pressed: a program that helps to operate the page clicks, and the click has no place.
                    None => self.cursors.get().shown(),
                };
                self.pick(cursor);
            }
            "pointerdown" => {
                self.press.set(Some(Press::new(at)));
                self.set_own_cursor(cursor);
            }
            _ => {
                self.press.set(self.press.get().map(|press| press.moved(at)));
                self.set_own_cursor(cursor);
            }
        }
    }

    /// Where a key moves the cursor; `None` if the key is not for the chart.
    fn cursor_after_key(&self, key: &str) -> Option<Cursor> {
        let cursors = self.cursors.get();
        let at = self.read(cursors.shown()).map(|readout| readout.step);
        let (view, store) = (self.view.borrow(), self.store.borrow());
        let (spec, store) = (&view.spec, &*store);
        let (from, to) = view.scene.as_ref()?.axes.x_range;
        let (from, to) = (from.max(0.0) as u32, to.max(0.0) as u32);
        let page = ((to - from) / 10).max(1);
        let first = || hover::step_after(spec, store, from.saturating_sub(1));
        let last = || hover::step_before(spec, store, to.saturating_add(1));
        let step = match (key, at) {
            ("Escape", Some(_)) if cursors.own != Cursor::None => return Some(Cursor::None),
            ("ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown", None) | ("End", _) => last(),
            ("Home", _) => first(),
            ("ArrowLeft", Some(at)) => hover::step_before(spec, store, at).filter(|&step| step >= from).or(Some(at)),
            ("ArrowRight", Some(at)) => hover::step_after(spec, store, at).filter(|&step| step <= to).or(Some(at)),
            ("PageUp", Some(at)) => {
                hover::step_before(spec, store, at.saturating_sub(page).saturating_add(1)).filter(|&step| step >= from).or_else(first)
            }
            ("PageDown", Some(at)) => {
                hover::step_after(spec, store, at.saturating_add(page).saturating_sub(1)).filter(|&step| step <= to).or_else(last)
            }
            _ => return None,
        };
        step.map(Cursor::Step)
    }

    /// Watches for the page being zoomed or moved to another screen; made anew after each change.
    fn watch_density(&self) {
        *self.density.borrow_mut() = watch::density(calls(&self.this, |surface, ()| {
            surface.watch_density();
            surface.request(Dirty::All);
        }));
    }

    /// Draws what is dirty; returns what the cursor reads, if that has changed.
    fn draw(&self) -> Option<Option<HoverReadout>> {
        let (css_width, css_height) = self.css_size.get();
        if css_width < 1.0 || css_height < 1.0 {
            return None;
        }
        let mut view = self.view.borrow_mut();
        let view = &mut *view;
        let mut layers = self.layers.borrow_mut();
        let store = self.store.borrow();

        let dpr = device_pixel_ratio();
        let (width, height) = ((css_width * dpr).round(), (css_height * dpr).round());
        let emptied = [&layers.axes, &layers.curves, &layers.cursor].map(|layer| layer.resize(width as u32, height as u32, dpr));
        let dirty = if emptied.contains(&true) { Dirty::All } else { view.dirty };
        view.dirty = Dirty::Cursor;
        let size = Size { width: width as f32, height: height as f32, dpr: dpr as f32, font_px: view.theme.font_px };

        let previous = view.scene.take();
        let scene = match previous {
            Some(scene) if dirty < Dirty::Curves => scene,
            previous => {
                let scene = Scene::build(&view.spec, &*store, size, previous.as_ref());
                if dirty == Dirty::All || previous.is_none_or(|previous| previous.axes != scene.axes) {
                    layers.axes.draw_axes(&scene.axes, &view.theme);
                }
                layers.curves.draw_curves(&scene, &view.theme);
                scene
            }
        };
        let readout = self.cursors.get().shown().read(&scene, &view.spec, &*store);
        if view.readout.is_some() || readout.is_some() {
            layers.cursor.clear();
        }
        if let Some(readout) = &readout {
            layers.cursor.draw_cursor(readout, &scene.axes, &view.theme);
        }
        view.scene = Some(scene);
        (view.readout != readout).then(|| {
            view.readout.clone_from(&readout);
            readout
        })
    }
}

impl Paint for Surface {
    fn paint(&self) {
        if !self.visible.get() {
            return;
        }
        let changed = self.draw();
        // Nothing is borrowed where a handler is called: it may call the chart.
        let on_hover = self.on_hover.borrow().clone();
        if let (Some(readout), Some(on_hover)) = (changed, on_hover) {
            on_hover(readout);
        }
        let step = self.view.borrow().readout.as_ref().map(|readout| readout.step);
        self.tell_others(step);
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        self.listeners.clear();
        let layers = self.layers.get_mut();
        for layer in [&layers.axes, &layers.curves, &layers.cursor] {
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

fn listeners(host: &HtmlElement, surface: &Weak<Surface>) -> Vec<Listener> {
    let kinds = ["pointermove", "pointerdown", "pointerleave", "pointercancel", "click", "keydown", "blur"];
    kinds.map(|kind| Listener::new(host, kind, calls(surface, |surface, event| surface.on_event(&event)))).into()
}

/// A handler that calls `handle` with the surface, and does nothing once that is gone.
fn calls<T: 'static>(surface: &Weak<Surface>, handle: fn(&Surface, T)) -> impl FnMut(T) + 'static {
    let surface = surface.clone();
    move |what| {
        if let Some(surface) = surface.upgrade() {
            handle(&surface, what);
        }
    }
}
