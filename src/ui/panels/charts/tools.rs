//! The tools of one chart: a row of small buttons, and the same by key.

use super::handle::Handle;
use super::save;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button};
use leptos::html::Details;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A tool: its name, its key, and the paths of its icon in a square of 16.
struct Tool {
    name: &'static str,
    title: &'static str,
    icon: &'static str,
}

fn icon(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
    .into_any()
}

const LOG: Tool = Tool { name: "log y", title: "Logarithmic y axis (key l)", icon: "M2 2v12h12M4 12C6 5 9 3.5 14 3" };
const ROBUST: Tool = Tool {
    name: "leave outliers out",
    title: "Leave outliers out of the picture; they are counted at its edge (key o)",
    icon: "M2 4h12M2 13l3-3 3 2 3-4 3 3M8 1.5v.01",
};
const TABLE: Tool = Tool { name: "table", title: "The values as a table (key t)", icon: "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.5 3v10" };
const SCREEN: Tool = Tool { name: "full screen", title: "Full screen (key f)", icon: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" };
const SAVE: Tool = Tool { name: "save", title: "Copy or save the picture", icon: "M8 2v8M4.8 7L8 10.2 11.2 7M2.5 13.5h11" };

/// The button of a tool.
fn button(tool: &Tool, pressed: Option<RwSignal<bool>>) -> Button {
    let face = icon(tool.icon);
    Button { class: "tool", face, name: tool.name, pressed: pressed.map(Into::into), ..Button::new("", tool.title) }
}

/// The button of a tool that is on or off.
fn toggle(tool: &Tool, on: RwSignal<bool>) -> AnyView {
    button(tool, Some(on)).view(move || on.update(|on| *on = !*on))
}

/// The row of tools.
pub fn view(handle: Handle) -> AnyView {
    let menu = lean::Node::<Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let entry = |face, act: fn(Handle)| {
        Button::new(face, "").view(move || {
            act(handle);
            close();
        })
    };
    let board = handle.page.board;
    let leave = move |event: leptos::ev::FocusEvent| {
        // A menu that was left by Tab does not stay over the chart.
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        if menu.get_untracked().is_some_and(|menu| to.is_none_or(|to| !menu.contains(Some(&to)))) {
            close();
        }
    };
    let help = Button { class: "tool", name: "help", ..Button::new("?", "Keys and gestures (key ?)") };
    view! {
        <div class="tools" role="toolbar" aria-label="Tools of this chart">
            {(!handle.stacked).then(|| view! { {toggle(&LOG, handle.log)} {toggle(&ROBUST, handle.robust)} }.into_any())}
            {toggle(&TABLE, handle.table)}
            {button(&SCREEN, Some(handle.big)).view(move || full_screen(handle))}
            <details class="tool-menu" node_ref=menu on:focusout=leave>
                <summary class="tool" title=SAVE.title aria-label=SAVE.name>{icon(SAVE.icon)}</summary>
                <div class="panel tool-list">
                    {entry("Copy picture", save::copy_picture)} {entry("Save PNG", save::save_png)} {entry("Save SVG", save::save_svg)}
                </div>
            </details>
            {help.view(move || board.help.set(true))}
        </div>
    }
    .into_any()
}

/// A button over the charts that follows the run again, while they are zoomed.
pub fn follow(page: Page) -> AnyView {
    let zoomed = lean::memo(move || page.board.is_zoomed());
    let button = move || {
        if zoomed.get() {
            let button = Button { class: "follow-here", ..Button::new("Follow", "Show the newest points again") };
            button.view(move || page.board.follow())
        } else {
            ().into_any()
        }
    };
    lean::live(button).into_any()
}

/// Handles the keys of the tools, wherever in the panel the focus is, except in a field.
pub fn on_key(handle: Handle, event: &leptos::ev::KeyboardEvent) {
    let in_field = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()).is_some();
    if in_field || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let flip = |on: RwSignal<bool>| on.update(|on| *on = !*on);
    match event.key().as_str() {
        "l" if !handle.stacked => flip(handle.log),
        "o" if !handle.stacked => flip(handle.robust),
        "t" => flip(handle.table),
        "f" => full_screen(handle),
        "s" => save::save_svg(handle),
        "p" => save::save_png(handle),
        "c" => save::copy_picture(handle),
        "?" => handle.page.board.help.set(true),
        "Escape" if handle.big.get_untracked() => leave_full_screen(handle),
        _ => return,
    }
    event.prevent_default();
}

/// Fills the screen with the chart, or gives it back. Where the browser does not allow that, it fills the window.
pub fn full_screen(handle: Handle) {
    if handle.big.get_untracked() {
        return leave_full_screen(handle);
    }
    handle.big.set(true);
    let Some(section) = handle.section.get_untracked() else { return };
    if section.request_fullscreen().is_ok() {
        // Escape is the browser's then: it tells afterwards.
        let document = document();
        let listener = std::rc::Rc::new(std::cell::RefCell::new(None));
        let slot = listener.clone();
        *listener.borrow_mut() = Some(crate::charts::Listener::new(&document, "fullscreenchange", move |_| {
            if leptos::prelude::document().fullscreen_element().is_none() {
                handle.big.set(false);
                // Not now: this is the closure that would be dropped.
                let slot = slot.clone();
                set_timeout(move || drop(slot.borrow_mut().take()), std::time::Duration::ZERO);
            }
        }));
    }
}

fn leave_full_screen(handle: Handle) {
    handle.big.set(false);
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    }
}
