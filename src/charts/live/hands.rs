//! The listeners of a chart, which apply pointer, wheel and keys to its [`Surface`].
//!
//! | what | does |
//! |---|---|
//! | move, one finger | reads values |
//! | click, Enter | picks the points under the cursor |
//! | drag | selects a part to zoom into |
//! | Shift + drag, Shift + wheel, a wheel's sideways turn | pans, where a part is shown |
//! | Ctrl or ⌘ + wheel, two fingers | zooms; the wheel alone scrolls the page, and zooms only in full screen |
//! | double click, `0` | shows all again |
//! | `+`, `-`, Shift + arrows | zooms, pans |
//! | arrows, Page keys, Home, End, Escape | moves the cursor from point to point |
//!
//! Never here: the meaning of a gesture ([`Gestures`]), the range that it leads to ([`Viewport`]), and the change
//! itself: that is the page's, for all charts that show the same part.

use super::cursor::Cursor;
use super::gestures::{Input, Meaning};
use super::surface::{Dirty, Surface, calls};
use super::watch::{Listener, Timer};
use crate::charts::axis::{StepMap, Viewport, XRange};
use crate::charts::readout::hover::{self, At};
use std::rc::Weak;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

/// Zoom factor of `+`.
const KEY_ZOOM: f64 = 1.6;

/// Pan of Shift + arrow, in widths.
const KEY_PAN: f64 = 0.2;

/// Zoom of a wheel in a pixel of turning: a notch, about 100, gets a quarter closer.
const WHEEL_ZOOM: f64 = 0.0022;

/// Number of pixels in a line of a wheel's turning.
const LINE_PX: f64 = 16.0;

/// Wait of a first click where two may be a double click, in milliseconds.
const DOUBLE_CLICK_MS: i32 = 260;

/// The listeners for all of these events on `host`.
pub(crate) fn listeners(host: &HtmlElement, surface: &Weak<Surface>) -> Vec<Listener> {
    let kinds =
        ["pointermove", "pointerdown", "pointerup", "pointerleave", "pointercancel", "click", "dblclick", "wheel", "keydown", "blur"];
    kinds.map(|kind| Listener::new(host, kind, calls(surface, |surface, event: Event| surface.on_event(&event)))).into()
}

impl Surface {
    /// Passes the points at a cursor to the handler; true if there are points and a handler.
    fn pick(&self, cursor: Cursor) -> bool {
        let Some(on_pick) = self.on_pick.borrow().clone() else { return false };
        // Nothing is borrowed any more when the handler is called: it may call the chart.
        let picked = self.read(cursor);
        picked.map(|readout| on_pick(readout)).is_some()
    }

    /// Asks the handler for a part of the x axis.
    fn show(&self, range: XRange) {
        let on_range = self.on_range.borrow().clone();
        if let Some(on_range) = on_range {
            on_range(range);
        }
    }

    /// Share of the axis left of a place of the chart.
    fn share(&self, css_x: f32) -> f64 {
        let view = self.view.borrow();
        view.scene.as_ref().map_or(0.5, |scene| scene.axes.share_from_px(css_x * scene.axes.size.dpr))
    }

    /// Passes an event to the function for its kind.
    fn on_event(&self, event: &Event) {
        match event.type_().as_str() {
            kind @ ("pointermove" | "pointerdown" | "pointerup") => {
                if let Some(pointer) = event.dyn_ref::<PointerEvent>() {
                    self.on_pointer(kind, pointer);
                }
            }
            "click" => {
                if let Some(click) = event.dyn_ref::<MouseEvent>() {
                    self.on_click(click);
                }
            }
            "dblclick" => {
                self.pending_pick.borrow_mut().take();
                self.show(XRange::All);
            }
            "wheel" => {
                if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
                    self.on_wheel(wheel);
                }
            }
            "keydown" => {
                if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
                    self.on_key(key);
                }
            }
            // While it drags, the pointer is ours wherever it is.
            "pointerleave" if self.gestures.borrow().is_dragging() => {}
            kind => {
                if kind == "pointercancel" || kind == "blur" {
                    let meaning = self.gestures.borrow_mut().take(Input::Cancel);
                    self.follow(meaning);
                }
                self.set_own_cursor(Cursor::None);
            }
        }
    }

    fn on_pointer(&self, kind: &str, pointer: &PointerEvent) {
        let rect = self.host.get_bounding_client_rect();
        let at = (f64::from(pointer.client_x()) - rect.left(), f64::from(pointer.client_y()) - rect.top());
        let (id, at) = (pointer.pointer_id(), (at.0 as f32, at.1 as f32));
        let input = match kind {
            "pointerdown" if pointer.button() != 0 => return,
            "pointerdown" => Input::Down { id, at, finger: pointer.pointer_type() == "touch", shift: pointer.shift_key() },
            "pointerup" => Input::Up { id, at },
            _ => Input::Move { id, at },
        };
        let meaning = self.gestures.borrow_mut().take(input);
        if kind == "pointerdown" {
            self.grabbed.set(self.viewport());
        }
        if self.gestures.borrow().is_dragging() && !self.host.has_pointer_capture(id) {
            self.host.set_pointer_capture(id).ok();
        }
        self.follow(meaning);
    }

    /// Carries out the meaning of a gesture.
    fn follow(&self, meaning: Meaning) {
        let select = |selection: Option<(f32, f32)>| {
            if std::mem::replace(&mut self.view.borrow_mut().selection, selection) != selection {
                self.request(Dirty::Cursor);
            }
        };
        let grabbed = self.grabbed.get();
        match meaning {
            Meaning::Nothing => {}
            Meaning::Look(x) => self.set_own_cursor(Cursor::Pointer(x)),
            Meaning::Selecting(from, to) => {
                select(Some((from, to)));
                self.set_own_cursor(Cursor::Pointer(to));
            }
            Meaning::Dropped => select(None),
            Meaning::Selected(from, to) => {
                select(None);
                if let Some(shown) = self.viewport() {
                    self.show(shown.between(self.share(from), self.share(to)));
                }
            }
            Meaning::Pan(from, to) => {
                if let Some(shown) = grabbed.filter(is_part) {
                    self.show(shown.panned(self.share(from) - self.share(to)));
                }
            }
            Meaning::Pinch(from, to) => {
                if let Some(shown) = grabbed {
                    let share = |(a, b): (f32, f32)| (self.share(a), self.share(b));
                    self.show(shown.pinched(share(from), share(to)));
                }
                self.set_own_cursor(Cursor::None);
            }
            Meaning::Grab => self.grabbed.set(self.viewport()),
        }
    }

    /// A finger's click comes after its pointer has left, so it is judged by its press and read at its own place.
    fn on_click(&self, click: &MouseEvent) {
        let cursor = match self.gestures.borrow_mut().take_click() {
            Some(false) => return,
            Some(true) => Cursor::Pointer(click.offset_x() as f32),
            // No pointer has pressed: a program that helps to operate the page clicks, and the click has no place.
            None => self.cursors.get().shown(),
        };
        let may_be_double = matches!(self.view.borrow().spec.x_range, XRange::Fixed(..));
        if !may_be_double {
            self.pick(cursor);
        } else if click.detail() <= 1 {
            // The place may be another when the time has come; the points are those of now.
            let read = self.read(cursor).map_or(Cursor::None, |readout| Cursor::Step(readout.at()));
            let surface = self.this.clone();
            *self.pending_pick.borrow_mut() = Timer::after(DOUBLE_CLICK_MS, move || {
                if let Some(surface) = surface.upgrade() {
                    surface.pick(read);
                }
            });
        }
    }

    fn on_wheel(&self, wheel: &WheelEvent) {
        let unit = match wheel.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => LINE_PX,
            WheelEvent::DOM_DELTA_PAGE => 20.0 * LINE_PX,
            _ => 1.0,
        };
        let (x, y) = (wheel.delta_x() * unit, wheel.delta_y() * unit);
        let Some(shown) = self.viewport() else { return };
        let sideways = if wheel.shift_key() && x == 0.0 { y } else { x };
        if wheel.ctrl_key() || wheel.meta_key() || (self.wheel_zooms.get() && sideways.abs() <= y.abs() && !wheel.shift_key()) {
            wheel.prevent_default();
            let share = self.share(wheel.offset_x() as f32).clamp(0.0, 1.0);
            self.show(shown.zoomed(share, (-y * WHEEL_ZOOM).exp().clamp(0.1, 10.0)));
        } else if is_part(&shown) && (wheel.shift_key() || x.abs() > y.abs()) {
            wheel.prevent_default();
            let width = f64::from(self.host.client_width()).max(1.0);
            self.show(shown.panned(sideways / width));
        }
    }

    fn on_key(&self, key: &KeyboardEvent) {
        // Alt + arrow is the browser's.
        if key.alt_key() || key.ctrl_key() || key.meta_key() {
            return;
        }
        let name = key.key();
        if let Some(range) = self.range_after_key(&name, key.shift_key()) {
            key.prevent_default();
            return self.show(range);
        }
        if name == "Escape" && self.view.borrow().selection.is_some() {
            key.prevent_default();
            let meaning = self.gestures.borrow_mut().take(Input::Cancel);
            return self.follow(meaning);
        }
        if name == "Enter" {
            if !key.repeat() && self.pick(self.cursors.get().shown()) {
                key.prevent_default();
            }
        } else if let Some(cursor) = self.cursor_after_key(&name) {
            key.prevent_default();
            self.set_own_cursor(cursor);
        }
    }

    /// Range of the axis that a key asks for; `None` if it is not such a key.
    fn range_after_key(&self, key: &str, shift: bool) -> Option<XRange> {
        let shown = self.viewport()?;
        // Around the cursor, if there is one: what is looked at stays.
        let share = || {
            let read = self.read(self.cursors.get().shown());
            let view = self.view.borrow();
            read.zip(view.scene.as_ref()).map_or(0.5, |(read, scene)| scene.axes.share_from_px(read.px))
        };
        match (key, shift) {
            ("+" | "=", _) => Some(shown.zoomed(share(), KEY_ZOOM)),
            ("-" | "_", _) => Some(shown.zoomed(share(), 1.0 / KEY_ZOOM)),
            ("0", _) => Some(XRange::All),
            ("ArrowLeft", true) => is_part(&shown).then(|| shown.panned(-KEY_PAN)),
            ("ArrowRight", true) => is_part(&shown).then(|| shown.panned(KEY_PAN)),
            _ => None,
        }
    }

    /// Cursor after a key; `None` if the key is not for the chart.
    fn cursor_after_key(&self, key: &str) -> Option<Cursor> {
        let cursors = self.cursors.get();
        let read = self.read(cursors.shown());
        let (view, store) = (self.view.borrow(), self.store.borrow());
        let (spec, store, scene) = (&view.spec, &*store, view.scene.as_ref()?);
        let x_range = scene.axes.x_range;
        let within = |at: &At| {
            let x = StepMap::new(spec.x.kind, store.clock(at.run)).x(at.step);
            x >= x_range.0 && x <= x_range.1
        };
        let ends = || hover::ends_within(spec, store, x_range);
        // A tenth of the width further, and at least a point.
        let page = |read: &hover::HoverReadout, side: f32| {
            let px = read.px + side * 0.1 * (scene.axes.plot.right - scene.axes.plot.left);
            scene.hover(spec, store, px).map(|readout| readout.at()).filter(|at| *at != read.at())
        };
        let at = match (key, &read) {
            ("Escape", Some(_)) if cursors.own != Cursor::None => return Some(Cursor::None),
            ("ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown", None) | ("End", _) => ends().map(|(_, last)| last),
            ("Home", _) => ends().map(|(first, _)| first),
            ("ArrowLeft", Some(read)) => hover::step_before(spec, store, read.at()).filter(within).or(Some(read.at())),
            ("ArrowRight", Some(read)) => hover::step_after(spec, store, read.at()).filter(within).or(Some(read.at())),
            ("PageUp", Some(read)) => page(read, -1.0).or_else(|| hover::step_before(spec, store, read.at()).filter(within)),
            ("PageDown", Some(read)) => page(read, 1.0).or_else(|| hover::step_after(spec, store, read.at()).filter(within)),
            _ => return None,
        };
        at.map(Cursor::Step)
    }
}

/// Whether less than all is shown; all of it cannot be moved.
fn is_part(shown: &Viewport) -> bool {
    let (shown_ends, full) = (shown.scale.bend(shown.range), shown.scale.bend(shown.full));
    shown_ends.1 - shown_ends.0 < (full.1 - full.0) * (1.0 - 1e-9)
}
