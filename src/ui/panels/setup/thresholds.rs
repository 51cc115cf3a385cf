//! The setup's part on diagnoses: a switch for all of them, and every threshold with its reason, grouped by what it decides.

use crate::domain::diagnosis::Finding;
use crate::domain::diagnosis::{DiagnosisThresholds, Threshold};
use crate::ui::page::Page;
use crate::ui::parts::controls::threshold_field;
use crate::ui::parts::format::format_number;
use crate::ui::parts::lean;
use leptos::html::Input;
use leptos::prelude::*;

/// The value of `threshold` in the setup.
fn value(page: Page, threshold: &Threshold) -> f64 {
    page.config.with(|config| threshold.value(&config.diagnosis))
}

fn default(threshold: &Threshold) -> f64 {
    threshold.value(&DiagnosisThresholds::default())
}

/// Number of these thresholds that differ from their defaults.
fn changed(page: Page, thresholds: &[&'static Threshold]) -> usize {
    thresholds.iter().filter(|threshold| value(page, threshold) != default(threshold)).count()
}

fn field(page: Page, threshold: &'static Threshold) -> impl IntoView {
    let Threshold { name, label, unit, about, low, high, is_count, .. } = *threshold;
    let problem = RwSignal::new(String::new());
    let input = lean::Node::<Input>::new();
    let default = default(threshold);
    let shown = move || format_number(value(page, threshold));
    let set = move |wanted: f64| {
        let refused = page.config.try_update(|config| threshold.set(&mut config.diagnosis, wanted)).and_then(Result::err);
        problem.set(refused.map_or_else(String::new, |error| format!("{error}; the old value stays")));
    };
    let change = move |event| {
        // A cleared field stays clear; a field of numbers gives nothing else that is no number.
        let Ok(wanted) = event_target_value(&event).trim().parse() else { return };
        set(wanted);
        // What was refused gives way to what is.
        if let Some(input) = input.get_untracked() {
            input.set_value(&untrack(shown));
        }
    };
    let id = threshold_field(name);
    let (about_id, problem_id) = (format!("{id}-about"), format!("{id}-problem"));
    let described_by = format!("{about_id} {problem_id}");
    view! {
        <div class="threshold">
            <label class="field" for=id.clone()><span>{label}" ("{unit}")"</span></label>
            <div class="threshold-value">
                <input
                    id=id type="number" inputmode="decimal" min=low max=high step=if is_count { "1" } else { "any" }
                    aria-describedby=described_by node_ref=input prop:value=lean::text(shown) on:change=change
                />
                <button
                    class="reset" disabled=move || value(page, threshold) == default aria-label=format!("Reset to {}: {label}", format_number(default))
                    on:click=move |_| set(default)
                >{format!("Reset to {}", format_number(default))}</button>
            </div>
            <p class="note" id=about_id>{about}</p>
            <p class="problem" role="alert" id=problem_id class:hidden=move || problem.with(String::is_empty)>{problem}</p>
        </div>
    }
}

fn group(page: Page, finding: Option<Finding>) -> impl IntoView {
    let thresholds: Vec<&'static Threshold> = DiagnosisThresholds::ALL.iter().filter(|threshold| threshold.finding == finding).collect();
    let fields = lean::list(thresholds.iter().map(|threshold| field(page, threshold)));
    let words = if thresholds.is_empty() { "No threshold: a single value that is NaN or infinite counts." } else { "" };
    let title = finding.map_or("For several findings", Finding::title);
    let state = move || match changed(page, &thresholds) {
        0 => String::new(),
        count => format!(" · {count} changed"),
    };
    view! {
        <details class="threshold-group">
            <summary>{title}<span class="note">{lean::text(state)}</span></summary>
            <p class="note">{words}</p>
            {fields}
        </details>
    }
}

/// The panel.
pub fn view(page: Page) -> impl IntoView {
    let all: Vec<&'static Threshold> = DiagnosisThresholds::ALL.iter().collect();
    let enabled = move || page.config.with(|config| config.diagnosis.enabled);
    let groups = [None].into_iter().chain(Finding::ALL.map(Some)).map(|finding| group(page, finding));
    let reset = move |_| {
        page.config.update(|config| config.diagnosis = DiagnosisThresholds { enabled: config.diagnosis.enabled, ..Default::default() });
    };
    view! {
        <label class="field inline tick" for="diagnoses-enabled">
            <input
                id="diagnoses-enabled" type="checkbox" prop:checked=lean::flag(enabled)
                on:change=move |event| page.config.update(|config| config.diagnosis.enabled = event_target_checked(&event))
            />
            <strong>"Say in words what goes wrong"</strong>
        </label>
        <p class="note">"From where on something counts as wrong, for the next run. A learning-rate test is not watched: it goes through bad rates on purpose."</p>
        {lean::list(groups)}
        <button id="thresholds-reset" disabled=move || changed(page, &all) == 0 on:click=reset>"Reset all thresholds"</button>
    }
}
