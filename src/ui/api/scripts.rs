//! The API's way to callbacks written in JavaScript, for tests and for pages that bring their own.

use super::args::flag_or;
use super::bind::set;
use crate::domain::run::script::ScriptSpec;
use crate::error::{Code, Error, Result};
use crate::ui::page::Page;
use crate::ui::scripts::State;
use crate::web::js::to_js;
use js_sys::{Array, Object};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Adds the script `name` or gives it another text; null takes it away. Then switches it on or off. Gives its hooks.
pub(super) async fn set_script(page: Page, name: JsValue, text: JsValue, on: JsValue) -> Result<JsValue> {
    let wrong = |what: &str| Error::new(Code::InvalidConfig, what, "setScript(name, text, on)");
    let name = name.as_string().ok_or_else(|| wrong("a script's name is a text"))?;
    let text = if text.is_null() {
        None
    } else {
        Some(text.as_string().ok_or_else(|| wrong("a script's text is a text, or null to take it away"))?)
    };
    let is_on = flag_or(&on, "the third argument of setScript", false)? && text.is_some();
    page.scripts.switch_off(&name);
    let mut scripts = page.config.with_untracked(|config| config.scripts.clone());
    match (text, scripts.iter_mut().find(|script| script.name == name)) {
        (None, _) => scripts.retain(|script| script.name != name),
        (Some(text), Some(script)) => script.text = text,
        (Some(text), None) => scripts.push(ScriptSpec::new(name.clone(), text)),
    }
    crate::domain::run::script::validate_all(&scripts)?;
    page.config.update(|config| config.scripts = scripts);
    if !is_on {
        return Ok(to_js(&Vec::<String>::new()));
    }
    Ok(to_js(&page.switch_on(name).await?))
}

/// All scripts of the setup with how they stand.
pub(super) fn list(page: Page) -> JsValue {
    let list = Array::new();
    for spec in page.config.with_untracked(|config| config.scripts.clone()) {
        let entry = Object::new();
        set(&entry, "name", &spec.name.as_str().into());
        set(&entry, "text", &spec.text.as_str().into());
        page.scripts.status(&spec.name).with_untracked(|status| {
            set(&entry, "state", &status.state.id().into());
            set(&entry, "fromOutside", &status.is_foreign.into());
            set(&entry, "behind", &(status.behind as f64).into());
            set(&entry, "console", &to_js(&status.console.lines().map(|(_, line)| line).collect::<Vec<_>>()));
            if let State::Broken(problem) = &status.state {
                set(&entry, "problem", &problem.message.as_str().into());
                set(&entry, "hook", &problem.hook.as_str().into());
                set(&entry, "line", &problem.line.into());
            }
        });
        list.push(&entry);
    }
    list.into()
}
