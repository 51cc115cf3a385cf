//! Watchers of a chart: events, its size, whether it is in view, the density of the screen.
//!
//! Each watcher owns its closure and ends when it is dropped, so a chart that is removed leaves nothing behind.
//!
//! Never here: the reactions.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget, HtmlElement};
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, ResizeObserver, ResizeObserverEntry};

/// An event listener that ends when it is dropped.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    callback: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `callback` for each event of this kind.
    pub fn new(target: &EventTarget, kind: &'static str, callback: impl FnMut(Event) + 'static) -> Self {
        let (target, callback) = (target.clone(), Closure::new(callback));
        target.add_event_listener_with_callback(kind, Closure::as_ref(&callback).unchecked_ref()).ok();
        Self { target, kind, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.target.remove_event_listener_with_callback(self.kind, self.callback.as_ref().unchecked_ref()).ok();
    }
}

/// Something to be done later, unless this is dropped before.
pub struct Timer {
    id: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `callback` once, after so many milliseconds.
    pub fn after(ms: i32, callback: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = web_sys::window()?.set_timeout_with_callback_and_timeout_and_arguments_0(callback.as_ref().unchecked_ref(), ms).ok()?;
        Some(Self { id, _callback: callback })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}

type OnEntries = Closure<dyn FnMut(js_sys::Array)>;

/// An observer of an element that ends when it is dropped.
pub enum Observer {
    /// Observer of visibility.
    Visibility(IntersectionObserver, #[expect(dead_code, reason = "kept alive for the observer")] OnEntries),
    /// Observer of size.
    Size(ResizeObserver, #[expect(dead_code, reason = "kept alive for the observer")] OnEntries),
    /// The browser has no such observer: the element counts as visible, and keeps its first size.
    Missing,
}

impl Observer {
    /// Calls `on_change` with whether `element` is in view, or nearly.
    pub fn of_visibility(element: &HtmlElement, mut on_change: impl FnMut(bool) + 'static) -> Self {
        let callback = OnEntries::new(move |entries: js_sys::Array| {
            if let Ok(entry) = entries.pop().dyn_into::<IntersectionObserverEntry>() {
                on_change(entry.is_intersecting());
            }
        });
        // A little ahead, so that what is scrolled into view is there already.
        let options = IntersectionObserverInit::new();
        options.set_root_margin("100px");
        let Ok(observer) = IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), &options) else {
            return Self::Missing;
        };
        observer.observe(element);
        Self::Visibility(observer, callback)
    }

    /// Calls `on_change` with width and height of `element`'s content in CSS pixels.
    pub fn of_size(element: &HtmlElement, mut on_change: impl FnMut((f64, f64)) + 'static) -> Self {
        let callback = OnEntries::new(move |entries: js_sys::Array| {
            if let Ok(entry) = entries.pop().dyn_into::<ResizeObserverEntry>() {
                let rect = entry.content_rect();
                on_change((rect.width(), rect.height()));
            }
        });
        let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return Self::Missing };
        observer.observe(element);
        Self::Size(observer, callback)
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        match self {
            Self::Visibility(observer, _) => observer.disconnect(),
            Self::Size(observer, _) => observer.disconnect(),
            Self::Missing => {}
        }
    }
}

/// Number of device pixels in the width of a CSS pixel.
pub fn device_pixel_ratio() -> f64 {
    web_sys::window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// Calls `on_change` when the device pixel ratio changes: the page was zoomed, or moved to another screen. The query
/// holds for the present ratio only, so afterwards the watcher must be made anew.
pub fn density(mut on_change: impl FnMut(()) + 'static) -> Option<Listener> {
    let query = web_sys::window()?.match_media(&format!("(resolution: {}dppx)", device_pixel_ratio())).ok()??;
    Some(Listener::new(&query, "change", move |_| on_change(())))
}
