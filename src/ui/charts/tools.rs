//! The tools of one chart: a row of small buttons, and the same by key.

use super::panel::Handle;
use super::save;
use crate::ui::page::Page;
use leptos::html::Details;
use leptos::prelude::*;

/// A tool: what it is called, its key, and the paths of its icon in a square of 16.
struct Tool {
    name: &'static str,
    title: &'static str,
    icon: &'static str,
}

fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
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

/// A tool that is on or off.
fn toggle(tool: &Tool, on: RwSignal<bool>) -> impl IntoView + use<> {
    view! {
        <button
            class="tool" title=tool.title aria-label=tool.name
            aria-pressed=move || if on.get() { "true" } else { "false" }
            on:click=move |_| on.update(|on| *on = !*on)
        >
            {icon(tool.icon)}
        </button>
    }
}

/// The row of tools.
pub fn view(handle: Handle) -> impl IntoView {
    let menu = NodeRef::<Details>::new();
    let choose = move |act: fn(Handle)| {
        move |_| {
            act(handle);
            if let Some(menu) = menu.get_untracked() {
                menu.set_open(false);
            }
        }
    };
    let page = handle.page;
    let leave = move |event: leptos::ev::FocusEvent| {
        // A menu that was left by Tab does not stay over the chart.
        use wasm_bindgen::JsCast;
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        if let Some(menu) = menu.get_untracked().filter(|menu| to.is_none_or(|to| !menu.contains(Some(&to)))) {
            menu.set_open(false);
        }
    };
    view! {
        <div class="tools" role="toolbar" aria-label="Tools of this chart">
            {(!handle.stacked).then(|| view! { {toggle(&LOG, handle.log)} {toggle(&ROBUST, handle.robust)} })}
            {toggle(&TABLE, handle.table)}
            <button
                class="tool" title=SCREEN.title aria-label=SCREEN.name
                aria-pressed=move || if handle.big.get() { "true" } else { "false" }
                on:click=move |_| full_screen(handle)
            >
                {icon(SCREEN.icon)}
            </button>
            <details class="tool-menu" node_ref=menu on:focusout=leave>
                <summary class="tool" title=SAVE.title aria-label=SAVE.name>{icon(SAVE.icon)}</summary>
                <div class="panel tool-list">
                    <button on:click=choose(save::copy_picture)>"Copy picture"</button>
                    <button on:click=choose(save::save_png)>"Save PNG"</button>
                    <button on:click=choose(save::save_svg)>"Save SVG"</button>
                </div>
            </details>
            <button class="tool" title="Keys and gestures (key ?)" aria-label="help" on:click=move |_| page.board.help.set(true)>"?"</button>
        </div>
    }
}

/// A button over the chart while a part is shown that stands still.
pub fn follow(page: Page) -> impl IntoView {
    let zoomed = Memo::new(move |_| page.board.is_zoomed());
    move || {
        zoomed.get().then(|| {
            view! {
                <button class="follow-here" title="Show the newest points again" on:click=move |_| page.board.follow()>"Follow"</button>
            }
        })
    }
}

/// The keys of the tools, wherever in the panel the focus is, but in a field.
pub fn on_key(handle: Handle, event: &leptos::ev::KeyboardEvent) {
    use wasm_bindgen::JsCast;
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
