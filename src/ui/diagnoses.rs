//! What is happening, in words: everything that was found in the shown run, with its evidence and what to try.

use super::page::Page;
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use leptos::prelude::*;

fn title(finding: Finding) -> &'static str {
    match finding {
        Finding::NotFinite => "Not a number",
        Finding::ExplodingGradient => "Exploding gradient",
        Finding::VanishingGradient => "Vanishing gradient",
        Finding::LearningRateTooHigh => "Learning rate too high",
        Finding::LearningRateTooLow => "Learning rate too low",
        Finding::DeadUnits => "Dead units",
        Finding::Saturation => "Saturated units",
        Finding::Overfitting => "Overfitting",
        Finding::Underfitting => "Underfitting",
        Finding::NoLearning => "No learning",
        Finding::UnbalancedData => "Unbalanced data",
    }
}

/// The chart that shows a series.
fn chart_of(series: &str) -> &'static str {
    let charts = [
        ("grad/norm", "#chart-gradient-norm"),
        ("update_ratio", "#chart-update-ratio"),
        ("activation", "#chart-activation-deviation"),
        ("batch/loss", "#chart-batch-loss"),
        ("batch/accuracy", "#chart-batch-accuracy"),
        ("train/accuracy", "#chart-accuracy"),
        ("val/accuracy", "#chart-accuracy"),
    ];
    charts.into_iter().find(|(prefix, _)| series.starts_with(prefix)).map_or("#chart-loss", |(_, chart)| chart)
}

fn item(diagnosis: &Diagnosis) -> impl IntoView + use<> {
    let (class, word) = match diagnosis.severity {
        Severity::Note => ("finding note-level", "Note"),
        Severity::Warning => ("finding warning-level", "Warning"),
        Severity::Problem => ("finding problem-level", "Problem"),
    };
    let place = if diagnosis.place.is_empty() { String::new() } else { format!(" · {}", diagnosis.place) };
    let when = if diagnosis.since == diagnosis.step {
        format!("at step {}", diagnosis.step)
    } else {
        format!("found at step {}, since step {}", diagnosis.step, diagnosis.since)
    };
    view! {
        <li class=class>
            <p><strong>{word}": "{title(diagnosis.finding)}{place}</strong>" "<span class="when">{when}</span></p>
            <p>{diagnosis.evidence.clone()}</p>
            <p class="note">{diagnosis.why.clone()}</p>
            <p>"Try: "{diagnosis.remedy.clone()}" "<a href=chart_of(&diagnosis.series)>"See the chart"</a></p>
        </li>
    }
}

/// The panel of findings; not there while nothing was found.
pub fn view(page: Page) -> impl IntoView {
    let found = Memo::new(move |_| {
        page.version.track();
        page.inner().store.borrow().shown().map(|run| run.diagnoses.clone()).unwrap_or_default()
    });
    view! {
        <section class="panel" id="diagnoses" aria-labelledby="diagnoses-title" aria-live="polite" class:hidden=move || found.with(Vec::is_empty)>
            <h2 id="diagnoses-title">"What is happening"</h2>
            <ul class="findings">{move || found.with(|found| found.iter().map(item).collect::<Vec<_>>())}</ul>
        </section>
    }
}
