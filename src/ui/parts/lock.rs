//! Controls that a class may lock: while they are, they cannot be used, and the style sheet says `locked` beside their names.

use leptos::prelude::*;

/// `content`, whose controls cannot be used while `is_locked`.
pub fn lockable(is_locked: Memo<bool>, content: AnyView) -> AnyView {
    view! { <fieldset class="lockable" disabled=move || is_locked.get()>{content}</fieldset> }.into_any()
}
