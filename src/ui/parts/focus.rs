//! The ways to a place on the page for eyes and keyboard: what is folded around it opens, it scrolls into view, and the focus goes
//! there.

use leptos::prelude::document;
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
