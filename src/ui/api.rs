//! `window.emberscope`: the page's own API, for its console, for teachers who embed it, for tests and benchmarks.
//!
//! Plain objects in and out; what fails rejects (or throws) with `{code, message, hint}`. The README documents it.

mod args;
mod bind;
mod describe;
mod files;
pub mod hooks;
mod questions;
mod runs;
mod scripts;

use super::page::Page;
use crate::domain::run::preset;
use crate::error::{Code, Error, Result};
use crate::ui::actions::data::load_files;
use crate::ui::session::{Author, Intent};
use crate::ui::state::arrivals::{MOST_BYTES, check_size};
use crate::ui::state::data::NamedBytes;
use crate::web::js::{get, to_js};
use args::{bytes_of, flag_or, is_absent, options, run_id, text, text_or, whole};
use bind::{add0, add1, add2, add3, config_of, or_throw, promise, set};
use js_sys::{Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Puts the API into the window.
pub fn publish(page: Page) {
    let api = Object::new();
    set(&api, "version", &env!("CARGO_PKG_VERSION").into());
    set(&api, "hooks", &to_js(&hooks::NAMES));
    add0(&api, "presets", move || to_js(&preset::all()));
    add1(&api, "defaultConfig", move |name: JsValue| {
        or_throw(text_or(&name, "the preset's name", "cnn").and_then(|name| preset::config(&name)).map(|config| to_js(&config)))
    });
    add0(&api, "config", move || to_js(&page.config.get_untracked()));
    add1(&api, "validate", move |config: JsValue| describe::validate(page, config));
    add0(&api, "capabilities", move || promise(describe::capabilities(page)));
    add2(&api, "start", move |config: JsValue, options: JsValue| promise(start(page, config, options)));
    add0(&api, "pause", move || or_throw(page.intend(Intent::Pause).map(|()| JsValue::UNDEFINED)));
    add0(&api, "resume", move || or_throw(page.intend(Intent::Resume).map(|()| JsValue::UNDEFINED)));
    add1(&api, "step", move |batches: JsValue| {
        let batches = if is_absent(&batches) { Ok(1) } else { whole(&batches, "the number of batches", "step(1) trains one batch") };
        or_throw(batches.and_then(|batches| page.intend(Intent::Step { batches })).map(|()| JsValue::UNDEFINED))
    });
    add1(&api, "stop", move |reason: JsValue| {
        let reason = text_or(&reason, "the reason", "stopped by the API");
        or_throw(reason.and_then(|reason| page.intend(Intent::Stop { reason, by: Author::Visitor })).map(|()| JsValue::UNDEFINED))
    });
    add0(&api, "reset", move || or_throw(page.intend(Intent::Reset).map(|()| JsValue::UNDEFINED)));
    add1(&api, "set", move |changes: JsValue| or_throw(change(page, &changes)));
    add2(&api, "on", move |hook: JsValue, handler: JsValue| or_throw(listen(page, &hook, handler)));
    add1(&api, "finished", move |run: JsValue| promise(finished(page, run)));
    add2(&api, "history", move |run: JsValue, names: JsValue| or_throw(describe::history(page, &run, &names)));
    runs::publish(page, &api);
    add1(&api, "loadData", move |sources: JsValue| promise(load_data(page, sources)));
    questions::publish(page, &api);
    add3(&api, "export", move |run: JsValue, kind: JsValue, options: JsValue| promise(files::export(page, run, kind, options)));
    add1(&api, "importRun", move |source: JsValue| promise(files::import_run(page, source)));
    add1(&api, "loadWeights", move |source: JsValue| promise(files::load_weights(page, source)));
    add3(&api, "setScript", move |name: JsValue, text: JsValue, on: JsValue| promise(scripts::set_script(page, name, text, on)));
    add0(&api, "scripts", move || scripts::list(page));
    set(&window(), "emberscope", &api);
}

async fn start(page: Page, config: JsValue, options_given: JsValue) -> Result<JsValue> {
    let is_own = is_absent(&config);
    options(&options_given, "the second argument of start", &["runScripts"])?;
    let run_scripts = flag_or(&get(&options_given, "runScripts"), "runScripts", false)?;
    let config = config_of(page, config)?;
    // Checked before it takes the place of what the visitor has set up.
    config.validate()?;
    page.check_idle()?;
    // The setup shows what is being trained.
    page.config.set(config.clone());
    if !is_own && !run_scripts {
        page.scripts.arrive_from_outside(&config);
    }
    if run_scripts {
        for script in &config.scripts {
            page.switch_on(script.name.clone()).await?;
        }
    }
    Ok(page.start(config, false).await?.into())
}

fn change(page: Page, changes: &JsValue) -> Result<JsValue> {
    let hint = "set({learningRate: 0.001})";
    let keys = changes.is_object().then(|| Reflect::own_keys(changes).ok()).flatten();
    let keys = keys.filter(|keys| keys.length() > 0).ok_or_else(|| Error::new(Code::InvalidConfig, "there is nothing to set", hint))?;
    for key in keys.iter().map(|key| key.as_string().unwrap_or_default()) {
        match (key.as_str(), get(changes, &key).as_f64()) {
            ("learningRate", Some(rate)) => page.intend(Intent::SetLearningRate { rate, by: Author::Visitor })?,
            _ => {
                let message = format!("{key:?} cannot be set while training to that value");
                return Err(Error::new(Code::InvalidConfig, message, hint));
            }
        }
    }
    Ok(JsValue::UNDEFINED)
}

fn listen(page: Page, hook: &JsValue, handler: JsValue) -> Result<JsValue> {
    let wanted = text(hook, "the hook")?;
    let hook = hooks::NAMES.into_iter().find(|name| *name == wanted).ok_or_else(|| {
        Error::new(Code::InvalidConfig, format!("there is no hook {wanted:?}"), format!("use one of {}", hooks::NAMES.join(", ")))
    })?;
    let handler: Function =
        handler.dyn_into().map_err(|_| Error::new(Code::InvalidConfig, "the handler is not a function", "on(hook, handler)"))?;
    let listeners = page.inner().listeners.clone();
    let id = listeners.add(hook, handler);
    let remove = Closure::<dyn Fn()>::new(move || listeners.remove(id));
    Ok(remove.into_js_value())
}

async fn finished(page: Page, run: JsValue) -> Result<JsValue> {
    let end = page.finished(run_id(&run)?).await?;
    let summary = Object::new();
    set(&summary, "step", &end.step.into());
    set(&summary, "epochs", &end.epochs.into());
    set(&summary, "reason", &end.reason.as_str().into());
    set(&summary, "atMs", &end.at_ms.into());
    let logs = Object::new();
    for (name, value) in &end.logs.0 {
        set(&logs, name, &(*value).into());
    }
    set(&summary, "logs", &logs);
    Ok(summary.into())
}

async fn load_data(page: Page, sources: JsValue) -> Result<JsValue> {
    let file = |key: &str| {
        let bytes = bytes_of(&get(&sources, key)).ok_or_else(|| {
            let hint = "loadData({images, labels}) takes two ArrayBuffers or Uint8Arrays with IDX files, plain or gzip";
            Error::new(Code::InvalidData, format!("{key:?} is missing or not bytes"), hint)
        })?;
        check_size(key, bytes.length().into(), MOST_BYTES)?;
        Ok(NamedBytes { name: key.to_owned(), bytes: bytes.to_vec() })
    };
    let mut images = file("images")?;
    images.name = text_or(&get(&sources, "name"), "the data's name", "images")?;
    let id = load_files(page, vec![images, file("labels")?]).await?;
    Ok(id.into())
}
