//! Form fields that every panel uses: a label, a native control, and a change that is taken or refused with the reason.

use super::format::format_number;
use super::lean;
use super::theme::Appearance;
use crate::charts::{Style, css};
use leptos::prelude::*;
use std::sync::Arc;

/// Scroller around what may be wider than its panel, as a table. It can be scrolled by keyboard, so it is a region, and no
/// two regions of the page may have the same `label`.
pub fn scroller(label: impl Into<String>, content: AnyView) -> AnyView {
    fn made(label: String, content: AnyView) -> AnyView {
        view! { <div class="scroll" tabindex="0" role="region" aria-label=label>{content}</div> }.into_any()
    }
    made(label.into(), content)
}

/// A number field. `get` is followed; `set` is called with each whole number or fraction that the visitor enters.
pub fn number(
    id: &'static str,
    label: &'static str,
    attributes: NumberRange,
    get: impl Fn() -> f64 + Send + Sync + 'static,
    set: impl Fn(f64) + 'static,
) -> AnyView {
    number_boxed(id, label, attributes, Arc::new(get), Box::new(set))
}

fn number_boxed(
    id: &'static str,
    label: &'static str,
    NumberRange { min, max, step }: NumberRange,
    shown: Arc<dyn Fn() -> f64 + Send + Sync>,
    set: Box<dyn Fn(f64)>,
) -> AnyView {
    let input = lean::Node::<leptos::html::Input>::new();
    let followed = shown.clone();
    view! {
        <label class="field" for=id>
            <span>{label}</span>
            <input
                id=id type="number" inputmode="decimal" min=min max=max step=step
                node_ref=input
                prop:value=move || format_number(followed())
                on:change=move |event| {
                    if let Ok(value) = event_target_value(&event).trim().parse::<f64>() {
                        set(value);
                        // What was refused gives way to what is.
                        if let Some(input) = input.get_untracked() {
                            input.set_value(&format_number(untrack(&*shown)));
                        }
                    }
                }
            />
        </label>
    }
    .into_any()
}

/// A bare number input that tells each number while it is being typed. Unlike a plain bound field it leaves the text
/// alone as long as it means the present value, so that `0.` on the way to `0.5` is not swallowed.
pub fn live_number(label: String, step: &'static str, get: impl Fn() -> f64 + 'static, set: impl Fn(f64) + 'static) -> AnyView {
    live_number_boxed(label, step, Box::new(get), Box::new(set))
}

fn live_number_boxed(label: String, step: &'static str, get: Box<dyn Fn() -> f64>, set: Box<dyn Fn(f64)>) -> AnyView {
    let input = lean::Node::<leptos::html::Input>::new();
    lean::effect(move || {
        let value = get();
        let Some(input) = input.get() else { return };
        if input.value().trim().parse() != Ok(value) {
            input.set_value(&format_number(value));
        }
    });
    view! {
        <input
            type="number" inputmode="decimal" min="0" step=step aria-label=label node_ref=input
            on:input=move |event| {
                if let Ok(value) = event_target_value(&event).trim().parse::<f64>() {
                    set(value);
                }
            }
        />
    }
    .into_any()
}

/// The range of a number field. A value outside is refused by the configuration's check, with its reason.
#[derive(Clone, Copy)]
pub struct NumberRange {
    /// Smallest value, as HTML writes it.
    pub min: &'static str,
    /// Largest value.
    pub max: &'static str,
    /// Step of the arrows; `any` for fractions.
    pub step: &'static str,
}

/// A range of whole numbers or fractions.
pub const fn range(min: &'static str, max: &'static str, step: &'static str) -> NumberRange {
    NumberRange { min, max, step }
}

/// The id of the field of the threshold called `name`, which findings lead to.
pub fn threshold_field(name: &str) -> String {
    format!("threshold-{name}")
}

/// A small square in the colour `fill`, beside the name of what is drawn in it.
pub fn swatch(fill: String) -> AnyView {
    view! { <svg class="run-colour" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="3" fill=fill /></svg> }
        .into_any()
}

/// The dashes of a line of this style that is so wide, as SVG writes them.
pub fn dashes(style: Style, width: f64) -> String {
    style.dash.pattern().iter().map(|length| format!("{}", length * width)).collect::<Vec<_>>().join(" ")
}

/// A short line in the colour, dash and weight of a curve, beside its name.
pub fn line_swatch(appearance: RwSignal<Appearance>, style: Style) -> AnyView {
    let width = if style.width < 1.25 { "1.25" } else { "2.5" };
    let opacity = style.opacity.to_string();
    view! {
        <svg class="swatch" width="28" height="8" viewBox="0 0 28 8" aria-hidden="true">
            <line
                x1="1" y1="4" x2="27" y2="4" stroke-width=width stroke-opacity=opacity stroke-dasharray=dashes(style, 2.0)
                stroke=lean::text(move || css(appearance.get().chart_theme().colour(style.colour)))
            />
        </svg>
    }
    .into_any()
}
