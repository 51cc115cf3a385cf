//! The setup's configuration as a link and as a file, out and in.
//!
//! The address stays clean until the visitor asks for a link. A link that is opened fills the setup and starts nothing.
//! Never here: the format of links (`export::link`).

use crate::charts::Listener;
use crate::domain::data::source::DataSpec;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::export::link;
use crate::ui::page::Page;
use crate::ui::panels::dropped;
use crate::ui::parts::files::save;
use crate::ui::parts::lean;
use crate::ui::state::phase::Phase;
use crate::web::js::{call, get};
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The largest file that is read as a configuration, in bytes: many times the longest that makes sense.
const MOST_BYTES: usize = 1024 * 1024;

/// The page's address with `config` in it.
///
/// # Errors
/// As [`link::encode`].
pub fn link(config: &RunConfig) -> Result<String> {
    let fragment = link::encode(config)?;
    let location = window().location();
    let here = [location.origin(), location.pathname(), location.search()].into_iter().flatten().collect::<String>();
    Ok(format!("{here}#{fragment}"))
}

/// Loads the configuration of the address, now and whenever its fragment changes.
pub fn follow_address(page: Page) {
    load_address(page);
    // The page lives as long as the document.
    std::mem::forget(Listener::new(&window(), "hashchange", move |_| load_address(page)));
}

fn load_address(page: Page) {
    let fragment = window().location().hash().unwrap_or_default();
    match link::decode(&fragment) {
        None => {}
        Some(Ok(config)) => take(page, config, "the link"),
        Some(Err(error)) => page.notify(error),
    }
}

/// Puts `config`, which came from `source`, into the setup, unless a run is going on.
fn take(page: Page, config: RunConfig, source: &str) {
    if page.phase.with_untracked(Phase::is_live) {
        let message = format!("a run is going on, so the configuration of {source} was not loaded");
        return page.notify(Error::new(Code::InvalidState, message, "stop the run, then open it again"));
    }
    if let DataSpec::Loaded { id } = &config.data
        && page.shape_of(&config.data).is_none()
    {
        let hint = "load the two files under Data, Your own data; then load the configuration again";
        page.notify(Error::new(
            Code::UnknownData,
            format!("the configuration of {source} needs the data {id:?}, which is not loaded"),
            hint,
        ));
    }
    page.scripts.arrive_from_outside(&config);
    page.config.set(config);
    page.said.set(format!("The setup is that of {source}."));
}

/// Reads a configuration from a file's bytes into the setup; what is wrong is shown.
pub fn take_file(page: Page, name: &str, bytes: &[u8]) {
    match read(name, bytes) {
        Ok(config) => take(page, config, name),
        Err(error) => page.notify(error),
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<RunConfig> {
    if bytes.len() > MOST_BYTES {
        let message = format!("{name} has {:.1} MB", bytes.len() as f64 / 1e6);
        return Err(Error::new(Code::InvalidConfig, message, "a configuration has a few kilobytes; choose a file that was saved here"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::new(Code::InvalidConfig, format!("{name} is not text"), "choose a config.json that was saved here"))?;
    RunConfig::from_json(text.trim_start_matches('\u{feff}')).map_err(|error| error.at(name))
}

/// The configuration as people read JSON, a value a line.
fn pretty(config: &RunConfig) -> String {
    let value: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Puts the link into the address and, where the browser lets a page do so, into the clipboard.
async fn copy_link(page: Page) -> Result<()> {
    let url = link(&page.config.get_untracked())?;
    if let Ok(history) = window().history() {
        // Replaced, not pushed: "back" leads where it did, and no change of the fragment is told.
        history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url)).ok();
    }
    let clipboard = get(&window().navigator(), "clipboard");
    let written = match call(&clipboard, "writeText", &js_sys::Array::of1(&url.as_str().into())) {
        Some(promise) => JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await.is_ok(),
        None => false,
    };
    let length = url.chars().count();
    page.said.set(if written {
        format!("The link is copied ({length} characters). It opens this setup and starts nothing.")
    } else {
        format!("The link is in the address bar: copy it from there ({length} characters).")
    });
    Ok(())
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
    let chosen = move |event: leptos::ev::Event| dropped::take_chosen(page, &event);
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <div class="share panel">
            <div class="buttons" role="group" aria-label="The setup as a link or file">
                <button id="copy-link" title="A link to this page with the whole setup in it" on:click=copy>"Copy link"</button>
                <button id="save-config" title="The setup as config.json" on:click=save>"Save config"</button>
                <button id="load-config" title="A config.json into the setup; it can be dropped on the page too" on:click=choose>"Load config"</button>
                <input id="config-file" class="visually-hidden" type="file" accept=".json,application/json" tabindex="-1" aria-hidden="true" node_ref=input on:change=chosen />
            </div>
            <p class="note" id="share-words" role="status">{move || page.said.get()}</p>
        </div>
    }
}
