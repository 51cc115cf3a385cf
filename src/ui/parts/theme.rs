//! The appearance, light or dark: the system's preference, the visitor's choice, and the charts' colours for either.

use crate::charts::{Listener, Theme};
use leptos::prelude::{RwSignal, Set, document, window};

/// The question to the system.
const QUERY: &str = "(prefers-color-scheme: dark)";

/// Follows the system's preference whenever that changes, as long as the page lives.
pub fn follow(appearance: RwSignal<Appearance>) {
    if let Some(query) = window().match_media(QUERY).ok().flatten() {
        std::mem::forget(Listener::new(&query, "change", move |_| appearance.set(Appearance::of_system())));
    }
}

/// The appearance of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// Dark text on a light page.
    Light,
    /// Light text on a dark page.
    Dark,
}

impl Appearance {
    /// The appearance that the visitor's system prefers.
    pub fn of_system() -> Self {
        let dark = window().match_media(QUERY).ok().flatten().is_some_and(|query| query.matches());
        if dark { Self::Dark } else { Self::Light }
    }

    /// The other appearance.
    pub fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    /// The charts' colours in this appearance.
    pub fn chart_theme(self) -> Theme {
        match self {
            Self::Light => Theme::light(),
            Self::Dark => Theme::dark(),
        }
    }

    /// Sets the appearance for the style sheet.
    pub fn apply(self) {
        let name = match self {
            Self::Light => "light",
            Self::Dark => "dark",
        };
        if let Some(root) = document().document_element() {
            root.set_attribute("data-theme", name).ok();
        }
    }
}
