//! The explanation of a panel, a click away: a small "?" beside the heading, and below it the words and the terms that are in them.
//!
//! Never here: the words of any panel; the terms are in `ui::state::glossary`.

use super::lean::{self, Button};
use crate::ui::state::glossary;
use leptos::prelude::*;

/// The two parts of an explanation, each at its place in the panel.
pub struct Explained {
    /// The button, for the heading's line.
    pub button: AnyView,
    /// The words, below it; absent while closed.
    pub words: AnyView,
}

/// The explanation of the panel `title`: its `words`, with every known term in them, in `title` and in `more` (as a unit).
pub fn explain(title: &str, words: &str, more: &str) -> Explained {
    let (label, words, all) = (format!("About {title}"), words.to_owned(), format!("{title} {words} {more}"));
    let open = RwSignal::new(false);
    let close = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.prevent_default();
            open.set(false);
        }
    };
    let button = view! {
        <button class="explain" aria-label=label.clone() title=label aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open) on:keydown=close>"?"</button>
    };
    let body = move || {
        let term = |entry: &glossary::Entry| view! { <dt>{entry.term}</dt> <dd>{entry.words}</dd> }.into_any();
        let terms: Vec<AnyView> = glossary::in_text(&all).into_iter().map(term).collect();
        view! {
            <div class="explanation">
                <p>{words.clone()}</p>
                <dl>{terms}</dl>
            </div>
        }
    };
    Explained { button: button.into_any(), words: lean::shown(move || open.get(), body).into_any() }
}

/// The heading of a panel with its explanation: title, "?" and below them the words.
pub fn heading(id: &'static str, title: &'static str, words: &'static str) -> AnyView {
    let Explained { button, words } = explain(title, words, "");
    view! { <h2 id=id>{title}</h2> {button} {words} }.into_any()
}

/// A button that leads somewhere on the page.
pub fn link_button(id: &'static str, face: &'static str, act: impl Fn() + 'static) -> AnyView {
    Button { class: "link-button", id, ..Button::new(face, "") }.view(act)
}
