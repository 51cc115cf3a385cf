//! The setup's part on callbacks: a switch for each, and its parameters, as fields made from their own data.
//!
//! A callback's parameters are those of its specification: a number, a tick, a text, or a small object (a schedule) as
//! JSON. So a new callback needs no new form. A value that makes no right specification is refused, with the reason.

use crate::domain::callback::spec::CallbackSpec;
use crate::error::{Code, Error};
use crate::export::json::Scan;
use crate::ui::page::Page;
use crate::ui::parts::format::format_number;
use crate::ui::parts::lean;
use leptos::prelude::*;
use serde_json::{Map, Value};

/// The key `minDelta` as the words `min delta`.
fn words(key: &str) -> String {
    let mut out = String::new();
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            out.push(' ');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, format_number),
        other => other.to_string(),
    }
}

/// The parameters of `spec` by name. They come by way of its text: a tree straight from it would be another writer in
/// the page.
fn fields_of(spec: &CallbackSpec) -> Option<Map<String, Value>> {
    match Scan::new(&serde_json::to_string(spec).ok()?).value() {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// The visitor's text as a value of the same kind as `before`.
fn value_of(text: &str, before: &Value) -> Option<Value> {
    let text = text.trim();
    let number = || text.parse::<f64>().ok();
    match before {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Number(old) if old.is_u64() => text.parse::<u64>().ok().map(Value::from),
        Value::Number(_) => number().map(Value::from),
        Value::Null if text.is_empty() => Some(Value::Null),
        Value::Null => number().map(Value::from),
        _ => serde_json::from_str(text).ok(),
    }
}

/// Changes one parameter of callback number `index`, or tells the visitor that the value is wrong.
fn change(page: Page, index: usize, key: &str, value: Option<Value>) {
    let refuse = |why: String| page.notify(Error::new(Code::InvalidConfig, format!("{}: {why}", words(key)), "the old value stays"));
    let Some(value) = value else { return refuse("this is not a value for it".to_owned()) };
    let spec = page.config.with_untracked(|config| config.callbacks.get(index).cloned());
    let Some(mut fields) = spec.as_ref().and_then(fields_of) else { return };
    fields.insert(key.to_owned(), value);
    match serde_json::from_value::<CallbackSpec>(Value::Object(fields)) {
        Ok(spec) => match spec.validate() {
            Ok(()) => page.config.update(|config| config.callbacks[index] = spec),
            Err(error) => page.notify(error),
        },
        Err(cause) => refuse(cause.to_string()),
    }
}

fn parameter(page: Page, index: usize, key: String, value: Value, help: &'static str) -> AnyView {
    let label = words(&key);
    if let Value::Bool(on) = value {
        return view! {
            <label class="field inline tick" title=help>
                <input type="checkbox" prop:checked=on aria-description=help on:change=move |event| change(page, index, &key, Some(Value::Bool(event_target_checked(&event)))) />
                <span>{label}</span>
            </label>
        }
        .into_any();
    }
    let shown = text_of(&value);
    view! {
        <label class="field" title=help>
            <span>{label}</span>
            <input type="text" prop:value=shown aria-description=help on:change=move |event| change(page, index, &key, value_of(&event_target_value(&event), &value)) />
        </label>
    }
    .into_any()
}

fn parameters(page: Page, index: usize, spec: &CallbackSpec) -> Vec<AnyView> {
    let fields = fields_of(spec).unwrap_or_default();
    let fields = fields.into_iter().filter(|(key, _)| key != "name");
    fields
        .map(|(key, value)| {
            let help = spec.help(&key);
            parameter(page, index, key, value, help)
        })
        .collect()
}

/// The help texts of all parameters, for those who have no pointer to rest on a field.
fn explained(spec: &CallbackSpec) -> Option<impl IntoView + use<>> {
    let fields = fields_of(spec)?;
    let help = |key: &String| view! { <div><dt>{words(key)}</dt><dd>{spec.help(key)}</dd></div> };
    let all = lean::list(fields.keys().filter(|key| *key != "name").map(help));
    (!all.is_empty()).then(|| view! { <details class="parameter-help"><summary>"What these mean"</summary><dl>{all}</dl></details> })
}

fn same_kind(a: &CallbackSpec, b: &CallbackSpec) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

fn entry(page: Page, offered: CallbackSpec) -> impl IntoView {
    let (title, about) = (offered.title(), offered.about());
    let kind = StoredValue::new(offered);
    let present = lean::memo(move || {
        page.config.with(|config| {
            kind.with_value(|kind| {
                config.callbacks.iter().enumerate().find(|(_, spec)| same_kind(spec, kind)).map(|(i, spec)| (i, spec.clone()))
            })
        })
    });
    let toggle = move |event| {
        let on = event_target_checked(&event);
        page.config.update(|config| {
            kind.with_value(|kind| {
                config.callbacks.retain(|spec| !same_kind(spec, kind));
                if on {
                    config.callbacks.push(kind.clone());
                }
            });
        });
    };
    view! {
        <li class="layer">
            <label class="field inline tick">
                <input type="checkbox" prop:checked=move || present.get().is_some() on:change=toggle />
                <strong>{title}</strong>
            </label>
            <p class="note">{about}</p>
            {lean::maybe(move || present.get().map(|(index, spec)| view! {
                <div class="fields">{parameters(page, index, &spec)}</div>
                {lean::some(explained(&spec))}
            }))}
        </li>
    }
}

/// The callbacks panel.
pub fn view(page: Page, own: AnyView) -> impl IntoView {
    let entries = lean::list(CallbackSpec::menu().into_iter().map(|offered| entry(page, offered)));
    let problem = move || page.config.with(|config| config.check_callbacks().err().map(|error| error.to_string()));
    view! {
        <ul class="layers" id="callbacks">{entries}</ul>
        {own}
        {lean::problem(problem)}
    }
}
