//! The panel of diagnoses: every fault that was found in the shown run, with its evidence, the chart that shows it, and
//! changes of the setup that can be tried at a click.

mod show;

use crate::domain::diagnosis::DiagnosisThresholds;
use crate::domain::diagnosis::gathered::{Gathered, gather, is_lost};
use crate::domain::diagnosis::remedy::{Remedy, remedies};
use crate::domain::diagnosis::{Diagnosis, Limit, Severity};
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::format::format_number;
use crate::ui::parts::lean;
use crate::ui::session::{Author, Intent};
use crate::ui::state::phase::Phase;
use crate::ui::state::store::Run;
use leptos::prelude::*;
use show::{open_threshold, show};

/// The most diagnoses that are shown, the first ones.
const MOST_SHOWN: usize = 60;

/// The step in words, with its epoch where that is known.
fn step_words(step: u32, batches_per_epoch: Option<u32>) -> String {
    match (step, batches_per_epoch) {
        (0, _) => "before the first batch".to_owned(),
        (step, Some(batches)) if batches > 0 => format!("step {step}, epoch {}", (step - 1) / batches + 1),
        (step, _) => format!("step {step}"),
    }
}

fn when(diagnosis: &Diagnosis, batches_per_epoch: Option<u32>) -> String {
    let &Diagnosis { step, since, .. } = diagnosis;
    let found = step_words(step, batches_per_epoch);
    if since == step { found } else { format!("{found}; since {}", step_words(since, batches_per_epoch)) }
}

/// Whether the shown run goes on.
fn is_going_on(page: Page) -> bool {
    page.phase.with(Phase::is_live) && page.inner().store.borrow().shown().is_some_and(Run::is_live)
}

/// Puts a remedy into the setup. A learning rate is also set for the shown run while it goes on, unless nothing can help it.
fn try_this(page: Page, remedy: &Remedy, is_lost: bool) {
    match remedy.learning_rate() {
        Some(rate) if !is_lost && untrack(move || is_going_on(page)) => {
            page.tell(page.intend(Intent::SetLearningRate { rate, by: Author::Visitor }))
        }
        _ => page.config.update(|config| remedy.apply(config)),
    }
}

fn remedy_button(page: Page, remedy: Remedy, is_lost: bool) -> impl IntoView {
    let words = remedy.words.clone();
    let remedy = StoredValue::new(remedy);
    let is_in = lean::memo(move || page.config.with(|config| remedy.with_value(|remedy| remedy.is_in(config))));
    let label = move || if is_in.get() { format!("In the setup: {words}") } else { format!("Try this: {words}") };
    view! {
        <button
            class="remedy" title="Changes the setup; starts nothing" aria-disabled=move || is_in.get().to_string()
            on:click=move |_| if !is_in.get_untracked() { remedy.with_value(|remedy| try_this(page, remedy, is_lost)) }
        >{lean::text(label)}</button>
    }
}

/// The words that tell when a change of the setup takes effect.
fn then(page: Page, remedies: &[Remedy], is_lost: bool) -> impl Fn() -> &'static str + use<> {
    let remedies = remedies.to_vec();
    move || {
        let (mut any, mut rate) = (false, false);
        page.config.with(|config| {
            for remedy in remedies.iter().filter(|remedy| remedy.is_in(config)) {
                any = true;
                rate |= remedy.learning_rate().is_some();
            }
        });
        match (any, is_going_on(page)) {
            (false, _) => "",
            (true, true) if is_lost => "The setup is changed. This run cannot recover: stop it, then start a new one.",
            (true, true) if rate => "The setup is changed; the run uses the new rate from its next batch on.",
            (true, _) => "The setup is changed. Start a new run to see whether it helps.",
        }
    }
}

fn limit(page: Page, limit: &Limit) -> Option<impl IntoView + use<>> {
    let threshold = DiagnosisThresholds::called(&limit.name)?;
    let (name, words) = (threshold.name, format!("{}: {} {}", threshold.label, format_number(limit.value), threshold.unit));
    Some(
        view! { <li><button class="link-button" title="Change it in the setup" on:click=move |_| open_threshold(page, name)>{words}</button></li> },
    )
}

/// One finding in `run`.
fn item(page: Page, gathered: &Gathered, run: &Run) -> impl IntoView + use<> {
    let (diagnosis, is_lost) = (gathered.main, is_lost(&run.diagnoses));
    let (class, word) = match diagnosis.severity {
        Severity::Note => ("finding note-level", "Note"),
        Severity::Warning => ("finding warning-level", "Warning"),
        Severity::Problem => ("finding problem-level", "Problem"),
    };
    let place = if gathered.places.is_empty() { String::new() } else { format!(" · {}", gathered.places.join(", ")) };
    let remedies = remedies(diagnosis, &run.diagnoses, &run.config);
    let outcome = then(page, &remedies, is_lost);
    let buttons = lean::list(remedies.into_iter().map(|remedy| remedy_button(page, remedy, is_lost)));
    let batches_per_epoch = run.begin.as_ref().map(|begin| begin.batches_per_epoch);
    let limits = lean::list(diagnosis.limits.iter().filter_map(|each| limit(page, each)));
    let limits = (!limits.is_empty()).then(|| {
        view! { <details class="limits"><summary>"Thresholds"</summary><ul>{limits}</ul></details> }
    });
    let shown = diagnosis.clone();
    view! {
        <li class=class>
            <p><strong>{word}": "{diagnosis.finding.title()}{place}</strong>" "<span class="when">{when(diagnosis, batches_per_epoch)}</span></p>
            <p>{diagnosis.evidence.clone()}</p>
            <p class="note">{diagnosis.why.clone()}</p>
            <p>{diagnosis.remedy.clone()}</p>
            <div class="finding-tools">
                <button class="show-me" on:click=move |_| show(page, &shown)>"Show me"</button>
                {buttons}
            </div>
            <p class="note" role="status">{lean::text(outcome)}</p>
            {lean::some(limits)}
        </li>
    }
}

/// The panel of diagnoses; absent while nothing was found.
pub fn view(page: Page) -> impl IntoView {
    let count = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().map_or((0, 0), |run| (run.id, run.diagnoses.len()))
    });
    let items = move || {
        count.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(run) = store.shown() else { return Vec::new() };
        let all = gather(&run.diagnoses);
        let mut items = lean::list(all.iter().take(MOST_SHOWN).map(|found| item(page, found, run)));
        let more = all.len().saturating_sub(MOST_SHOWN);
        if more > 0 {
            items.push(view! { <li class="note">{format!("{more} more are in the run's exported files.")}</li> }.into_any());
        }
        items
    };
    view! {
        <section class="panel" id="diagnoses" aria-labelledby="diagnoses-title" class:hidden=move || count.get().1 == 0>
            {heading("diagnoses-title", "What is happening", "Faults that are known by their signs in the recorded values, each with its evidence, the chart that shows it, and changes of the setup to try. A threshold says when a sign counts; it can be changed in the setup.")}
            <ul class="findings" aria-live="polite">{lean::live(items)}</ul>
        </section>
    }
}
