//! Pictures of the network: which of them are in view, and when they are drawn anew. Never here: what they show.

use super::Page;
use crate::charts::live::watch::Observer;
use crate::ui::parts::lean;
use crate::ui::state::view::Seen;
use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// Counts a picture among those that are looked at while its canvas is in view.
pub fn watch(page: Page, canvas: lean::Node<Canvas>) {
    let observer = StoredValue::new_local(None::<Observer>);
    let in_view = StoredValue::new(false);
    let set = move |visible: bool| {
        if in_view.try_get_value() == Some(!visible) {
            in_view.set_value(visible);
            page.eye.watchers.update(|watchers| *watchers = if visible { *watchers + 1 } else { watchers.saturating_sub(1) });
        }
    };
    lean::effect(move || {
        let Some(canvas) = canvas.get() else { return };
        observer.set_value(Some(Observer::of_visibility(&canvas, set)));
    });
    on_cleanup(move || {
        set(false);
        drop(observer.try_update_value(Option::take));
    });
}

/// A way to draw a view on a canvas.
type Draw = Box<dyn Fn(&HtmlCanvasElement, &Seen)>;

/// Redraws with `draw` when the view, the theme, or the canvas' size changes.
pub fn drawn(page: Page, canvas: lean::Node<Canvas>, draw: impl Fn(&HtmlCanvasElement, &Seen) + 'static) {
    drawn_boxed(page, canvas, Box::new(draw));
}

fn drawn_boxed(page: Page, canvas: lean::Node<Canvas>, draw: Draw) {
    let size = RwSignal::new((0.0, 0.0));
    let observer = StoredValue::new_local(None::<Observer>);
    lean::effect(move || {
        let Some(canvas) = canvas.get() else { return };
        observer.set_value(Some(Observer::of_size(&canvas, move |new| {
            if size.get_untracked() != new {
                size.set(new);
            }
        })));
    });
    lean::effect(move || {
        size.track();
        page.appearance.track();
        let (Some(canvas), Some(seen)) = (canvas.get(), page.eye.seen.get()) else { return };
        draw(&canvas, &seen);
    });
    on_cleanup(move || drop(observer.try_update_value(Option::take)));
}
