//! One animation frame for all charts.
//!
//! Whatever arrives between two frames, a chart is painted at most once a frame; nothing runs while nothing has changed.
//! A frame stops painting after `BUDGET_MS`: the charts that are left come first in the next one, so the page stays
//! responsive however many charts are open. What painting has cost is counted, for the page to show.
//!
//! Never here: the painting itself.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Budget of a frame; the rest is left to the next one. Half of a frame at 60 Hz: the other half is the browser's.
const BUDGET_MS: f64 = 8.0;

/// Something that can be painted.
pub trait Paint {
    /// Paints what has changed since the last time.
    fn paint(&self);
}

/// The shared painter; clones are handles to the same one.
#[derive(Clone)]
pub struct Painter {
    inner: Rc<Inner>,
}

struct Inner {
    queue: RefCell<VecDeque<Weak<dyn Paint>>>,
    requested_frame: Cell<Option<i32>>,
    on_frame: Closure<dyn FnMut()>,
    frames: Cell<u32>,
    spent_ms: Cell<f64>,
}

/// Cost of painting so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaintCost {
    /// Number of frames that painted something.
    pub frames: u32,
    /// Time that they took together, in milliseconds.
    pub total_ms: f64,
}

impl Default for Painter {
    fn default() -> Self {
        Self::new()
    }
}

impl Painter {
    /// A painter with nothing to do.
    pub fn new() -> Self {
        let inner = Rc::new_cyclic(|inner: &Weak<Inner>| {
            let inner = inner.clone();
            Inner {
                queue: RefCell::default(),
                requested_frame: Cell::new(None),
                on_frame: Closure::new(move || {
                    if let Some(inner) = inner.upgrade() {
                        inner.paint_frame();
                    }
                }),
                frames: Cell::new(0),
                spent_ms: Cell::new(0.0),
            }
        });
        Self { inner }
    }

    /// Asks for `target` to be painted in the next frame. Asking again before that changes nothing.
    pub fn request(&self, target: Weak<dyn Paint>) {
        let mut queue = self.inner.queue.borrow_mut();
        if !queue.iter().any(|queued| queued.ptr_eq(&target)) {
            queue.push_back(target);
            self.inner.request_frame();
        }
    }

    /// Cost of painting so far.
    pub fn cost(&self) -> PaintCost {
        PaintCost { frames: self.inner.frames.get(), total_ms: self.inner.spent_ms.get() }
    }
}

impl Inner {
    fn request_frame(&self) {
        if self.requested_frame.get().is_none() {
            let callback = self.on_frame.as_ref().unchecked_ref();
            self.requested_frame.set(web_sys::window().and_then(|window| window.request_animation_frame(callback).ok()));
        }
    }

    fn paint_frame(&self) {
        self.requested_frame.set(None);
        let start = now_ms();
        // What is asked for from here on, by a read-out's handler for example, waits for the next frame.
        let queued = self.queue.borrow().len();
        for _ in 0..queued {
            let next = self.queue.borrow_mut().pop_front();
            if let Some(target) = next.and_then(|target| target.upgrade()) {
                target.paint();
            }
            if now_ms() - start > BUDGET_MS {
                break;
            }
        }
        self.frames.set(self.frames.get() + 1);
        self.spent_ms.set(self.spent_ms.get() + now_ms() - start);
        if !self.queue.borrow().is_empty() {
            self.request_frame();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (Some(frame), Some(window)) = (self.requested_frame.get(), web_sys::window()) {
            window.cancel_animation_frame(frame).ok();
        }
    }
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
