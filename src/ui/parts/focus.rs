//! The ways to a place on the page for eyes and keyboard: what is folded around it opens, it scrolls into view, and the focus goes
//! there.

use crate::charts::Listener;
use leptos::prelude::{document, set_timeout, window};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The element of this id.
pub fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Opens everything that is folded around `element`, brings it into view and gives it the focus.
pub fn bring_into_view(element: &HtmlElement) {
    let mut around = Some(element.clone().unchecked_into::<Element>());
    while let Some(outer) = around {
        if outer.tag_name() == "DETAILS" {
            outer.set_attribute("open", "").ok();
        }
        around = outer.parent_element();
    }
    element.focus().ok();
    element.scroll_into_view();
}

/// Brings a part of the page that the keyboard does not stop at into view, and gives it the focus.
pub fn lead_to(part: &HtmlElement) {
    if !part.has_attribute("tabindex") {
        part.set_attribute("tabindex", "-1").ok();
    }
    bring_into_view(part);
}

/// Leads to the element `id` by `lead` once it is there: what has just been opened is on the page in the next turn.
pub fn once_there(id: &str, lead: fn(&HtmlElement)) {
    let id = id.to_owned();
    set_timeout(move || element(&id).iter().for_each(lead), Duration::ZERO);
}

/// The way down the page, in pixels, from which on it counts as scrolled.
const SCROLLED: f64 = 90.0;

/// Marks the page's root while it is scrolled, as long as the page lives: the style sheet makes the run bar smaller on a phone then.
pub fn mark_scrolling() {
    let mark = |_| {
        if let Some(root) = document().document_element() {
            let is_far = window().scroll_y().is_ok_and(|way| way > SCROLLED);
            root.class_list().toggle_with_force("scrolled", is_far).ok();
        }
    };
    std::mem::forget(Listener::new(&window(), "scroll", mark));
}

/// The time for which a part of the page stays marked.
const MARKED: Duration = Duration::from_secs(4);
/// The class of a part that is marked.
const MARK: &str = "pointed-out";

/// Leads to `part` and marks it for a while; what was marked until now no longer is.
pub fn point_out(part: &HtmlElement) {
    lead_to(part);
    while let Ok(Some(marked)) = document().query_selector(&format!(".{MARK}")) {
        marked.class_list().remove_1(MARK).ok();
    }
    part.class_list().add_1(MARK).ok();
    let part = part.clone();
    set_timeout(
        move || {
            part.class_list().remove_1(MARK).ok();
        },
        MARKED,
    );
}
