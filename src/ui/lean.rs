//! Small building blocks whose closures are boxed, so that Leptos' generic code is compiled once for all of them.
//!
//! A bare closure is a type of its own, and each brings some kilobytes of effects, memos, event handlers and their
//! clean-up into the page's wasm. Boxed, they cost a pointer's jump, which nobody notices at a visitor's pace.
//!
//! Never here: anything that is about training or charts.

use leptos::prelude::*;
use std::sync::Arc;

/// Runs `act` now and whenever what it looked at has changed.
pub fn effect(act: impl Fn() + 'static) {
    let act: Box<dyn Fn()> = Box::new(act);
    Effect::new(move |_| act());
}

/// Whether, as a memo.
pub fn memo(read: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    let read: Box<dyn Fn() -> bool + Send + Sync> = Box::new(read);
    Memo::new(move |_| read())
}

/// A text that follows what it looks at.
pub fn text(read: impl Fn() -> String + Send + 'static) -> Box<dyn Fn() -> String + Send> {
    Box::new(read)
}

/// Elements that are made anew whenever what they look at has changed.
pub fn live(make: impl Fn() -> AnyView + Send + 'static) -> Box<dyn Fn() -> AnyView + Send> {
    Box::new(make)
}

/// What each of some names stands for, made once for each and taken away with it.
pub fn each(names: impl Fn() -> Vec<String> + Send + Sync + 'static, make: impl Fn(String) -> AnyView + Send + Sync + 'static) -> AnyView {
    each_boxed(Box::new(names), Arc::new(make))
}

fn each_boxed(names: Box<dyn Fn() -> Vec<String> + Send + Sync>, make: Arc<dyn Fn(String) -> AnyView + Send + Sync>) -> AnyView {
    view! { <For each=names key=Clone::clone children=move |name| make(name) /> }.into_any()
}

/// A button.
pub struct Button {
    /// Its class; may be empty.
    pub class: &'static str,
    /// Its id; may be empty.
    pub id: &'static str,
    /// What it says.
    pub face: AnyView,
    /// What it is called where its face is only a sign; may be empty.
    pub name: &'static str,
    /// What it says of itself when pointed at; may be empty.
    pub title: &'static str,
    /// Whether it is down, if it stays so.
    pub pressed: Option<Signal<bool>>,
    /// Whether it can be used.
    pub enabled: Signal<bool>,
}

impl Button {
    /// A plain button that says `face`.
    pub fn new(face: &'static str, title: &'static str) -> Self {
        Self { class: "", id: "", face: face.into_any(), name: "", title, pressed: None, enabled: Signal::stored(true) }
    }

    /// With what it does.
    pub fn view(self, act: impl Fn() + 'static) -> AnyView {
        let Self { class, id, face, name, title, pressed, enabled } = self;
        let act: Box<dyn Fn()> = Box::new(act);
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let pressed = move || pressed.map(|pressed| if pressed.get() { "true" } else { "false" });
        view! {
            <button
                class=class id=some(id) title=some(title) aria-label=some(name) aria-pressed=pressed
                disabled=move || !enabled.get() on:click=move |_| act()
            >
                {face}
            </button>
        }
        .into_any()
    }
}

/// A choice among options, each a value and its title.
pub fn choice(
    id: &'static str,
    label: &'static str,
    options: impl Fn() -> Vec<(String, String)> + Send + 'static,
    chosen: impl Fn() -> String + Send + 'static,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let set: Box<dyn Fn(String)> = Box::new(set);
    let list = move || {
        let chosen = chosen();
        let option = |(value, title): (String, String)| {
            let is_chosen = value == chosen;
            view! { <option value=value selected=is_chosen>{title}</option> }
        };
        options().into_iter().map(option).collect::<Vec<_>>().into_any()
    };
    view! {
        <label class="field" for=id>
            <span>{label}</span>
            <select id=id on:change=move |event| set(event_target_value(&event))>{live(list)}</select>
        </label>
    }
    .into_any()
}
