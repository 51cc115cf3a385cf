//! The buttons over the setup: its configuration as a link and as a file, out and in.
//!
//! The address stays clean until the visitor asks for a link.

use crate::domain::class::Control;
use crate::domain::run::config::RunConfig;
use crate::error::Result;
use crate::ui::actions::files;
use crate::ui::actions::setup::{forget_replaced, link, undo};
use crate::ui::page::Page;
use crate::ui::parts::address;
use crate::ui::parts::clipboard::copy_text;
use crate::ui::parts::files::save;
use crate::ui::parts::lean;
use crate::ui::parts::lock::lockable;
use leptos::html::Input;
use leptos::prelude::*;

/// The configuration as people read JSON, a value a line.
fn pretty(config: &RunConfig) -> String {
    let value: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Puts the link into the address and, where the browser lets a page do so, into the clipboard.
async fn copy_link(page: Page) -> Result<()> {
    let url = link(&page.config.get_untracked())?;
    address::replace(&url);
    let written = copy_text(&url).await;
    let length = url.chars().count();
    page.said.set(if written {
        format!("The link is copied ({length} characters). It opens this setup and starts nothing.")
    } else {
        format!("The link is in the address bar: copy it from there ({length} characters).")
    });
    Ok(())
}

/// The notice that a link or file has replaced the setup, with the button that brings it back. The button stays where it is when it
/// is pressed, and so does the keyboard.
pub fn replaced(page: Page) -> impl IntoView {
    let words = page.replaced_words;
    let notice = lean::shown(
        move || !words.with(String::is_empty),
        move || {
            view! {
                <div class="notice plain" id="setup-replaced">
                    <p>{move || words.get()}</p>
                    <button id="undo-setup" title="The setup from before, with all that was not saved" on:click=move |_| undo(page)>"Undo"</button>
                    <button aria-label="Dismiss" title="Dismiss" on:click=move |_| forget_replaced(page)>"×"</button>
                </div>
            }
        },
    );
    view! { <div role="status">{notice}</div> }
}

/// The buttons over the setup.
pub fn view(page: Page) -> impl IntoView {
    let input = lean::Node::<Input>::new();
    let copy = move |_| {
        lean::spawn(async move { page.tell(copy_link(page).await) });
    };
    let save = move |_| {
        let text = pretty(&page.config.get_untracked());
        save("config.json", "application/json", text.as_bytes());
        page.said.set("Saved as config.json.".to_owned());
    };
    let chosen = move |event: leptos::ev::Event| files::take_chosen(page, &event);
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let load = view! { <button id="load-config" title="A config.json into the setup; it can be dropped on the page too" on:click=choose>"Load config"</button> };
    let load = load.into_any();
    view! {
        <div class="share panel">
            <div class="buttons" role="group" aria-label="The setup as a link or file">
                <button id="copy-link" title="A link to this page with the whole setup in it" on:click=copy>"Copy link"</button>
                <button id="save-config" title="The setup as config.json" on:click=save>"Save config"</button>
                {lockable(page.class.locks(&Control::EVERY), load)}
                <input id="config-file" class="visually-hidden" type="file" accept=".json,application/json" tabindex="-1" aria-hidden="true" node_ref=input on:change=chosen />
            </div>
            <p class="note" id="share-words" role="status">{move || page.said.get()}</p>
        </div>
    }
}
