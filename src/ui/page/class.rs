//! A class on the page, as signals: the settings that a link brought, the results that were taken in, the code that is shown.
//!
//! Never here: what settings and results mean (`domain::class`, `ui::state::class`).

use crate::domain::class::{ClassSettings, Control};
use crate::ui::parts::lean;
use crate::ui::state::class::results::Results;
use leptos::prelude::*;
use std::sync::Arc;

/// The signals of a class.
#[derive(Clone, Copy)]
pub struct ClassRoom {
    /// The settings of the link that the page was opened by; none on any other page.
    pub settings: RwSignal<Option<Arc<ClassSettings>>>,
    /// The results that came back.
    pub results: RwSignal<Results>,
    /// The number of the result that is looked at in the table.
    pub looked_at: RwSignal<Option<u32>>,
    /// The text that is shown as a QR code, a link or the code of a result; empty while none is.
    pub code: RwSignal<String>,
    /// A sentence on what was just done.
    pub said: RwSignal<String>,
}

impl ClassRoom {
    /// A room without a class.
    pub fn new() -> Self {
        Self {
            settings: RwSignal::new(None),
            results: RwSignal::default(),
            looked_at: RwSignal::new(None),
            code: RwSignal::default(),
            said: RwSignal::default(),
        }
    }

    /// Whether the page has a class's settings; followed.
    pub fn is_on(self) -> bool {
        self.settings.with(Option::is_some)
    }

    /// Whether one of `controls` is locked, as it changes.
    pub fn locks(self, controls: &'static [Control]) -> Memo<bool> {
        lean::memo(move || {
            self.settings.with(|settings| settings.as_ref().is_some_and(|settings| controls.iter().any(|&control| settings.locks(control))))
        })
    }

    /// Whether the part `id` of the page is hidden; followed.
    pub fn hides(self, id: &str) -> bool {
        self.settings.with(|settings| settings.as_ref().is_some_and(|settings| settings.hides(id)))
    }
}
