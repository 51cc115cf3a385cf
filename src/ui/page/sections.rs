//! Open and closed sections of the page, as signals, and the way to what is in them: one that is closed opens first. What the visitor
//! opened or closed is remembered on the device.
//!
//! Never here: what the sections are (`ui::state::sections`), what they show.

use crate::ui::parts::focus::{lead_to, once_there};
use crate::ui::state::sections::{self, ALL, SETUP};
use crate::web::storage;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The signals of what is open.
#[derive(Clone, Copy)]
pub struct Sections {
    open: [RwSignal<bool>; ALL.len()],
    /// Whether the sheet with the setup is open.
    pub setup: RwSignal<bool>,
    /// The element that had the keyboard when the sheet opened.
    before: StoredValue<Option<HtmlElement>, LocalStorage>,
}

impl Sections {
    /// The sections as the visitor left them; on the first visit all are closed: their headings are the overview.
    pub fn new() -> Self {
        let was_open = |index: usize| storage::read(&key(ALL[index].id)).is_some_and(|state| state == OPEN);
        Self {
            open: std::array::from_fn(|index| RwSignal::new(was_open(index))),
            setup: RwSignal::new(false),
            before: StoredValue::new_local(None),
        }
    }

    fn signal(self, id: &str) -> Option<RwSignal<bool>> {
        if id == SETUP {
            return Some(self.setup);
        }
        ALL.iter().position(|section| section.id == id).map(|index| self.open[index])
    }

    /// Whether the section `id` is open; followed.
    pub fn is_open(self, id: &str) -> bool {
        self.signal(id).is_some_and(|open| open.get())
    }

    /// Opens or closes the section `id`, or the setup, and remembers it of a section.
    pub fn set(self, id: &str, open: bool) {
        let Some(signal) = self.signal(id).filter(|signal| signal.get_untracked() != open) else { return };
        if id != SETUP {
            storage::keep(&key(id), if open { OPEN } else { CLOSED });
        } else if open {
            self.before.set_value(document().active_element().and_then(|element| element.dyn_into().ok()));
        }
        signal.set(open);
    }

    /// Closes the section `id`, or the setup, without remembering it on the device.
    pub fn close_for_now(self, id: &str) {
        if let Some(signal) = self.signal(id) {
            signal.set(false);
        }
    }

    /// Closes the sheet with the setup; the keyboard goes back to where it was before.
    pub fn close_setup(self) {
        self.set(SETUP, false);
        let before = self.before.try_update_value(Option::take).flatten();
        // Once the sheet is gone.
        set_timeout(move || before.iter().for_each(|before| drop(before.focus())), Duration::ZERO);
    }

    /// Opens what is around the element `id`, which need not be there yet.
    pub fn reveal(self, id: &str) {
        if let Some(section) = sections::of(id) {
            self.set(section.id, true);
        } else if sections::is_in_setup(id) {
            self.set(SETUP, true);
        }
    }

    /// Opens what is around the element `id`, brings it into view and puts the keyboard there: for lessons, findings and links.
    pub fn open(self, id: &str) {
        self.reveal(id);
        once_there(id, lead_to);
    }
}

const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// The key of a section in the device's memory.
fn key(id: &str) -> String {
    format!("emberscope.section.{id}")
}
