//! Light and dark: what the system says, what the visitor chose, and the charts' colours for either.

use crate::charts::Theme;
use leptos::prelude::{document, window};

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Appearance {
    /// What the visitor's system prefers.
    pub fn of_system() -> Self {
        let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
        if dark { Self::Dark } else { Self::Light }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    /// The charts' colours.
    pub fn chart_theme(self) -> Theme {
        match self {
            Self::Light => Theme::light(),
            Self::Dark => Theme::dark(),
        }
    }

    /// Tells the style sheet.
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
