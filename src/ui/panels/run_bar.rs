//! The run bar: the buttons of the run, its progress and its speed.

use crate::domain::class::Control;
use crate::domain::cost::watch::WatchCost;
use crate::domain::diagnosis::gathered::gather;
use crate::domain::number::short_number;
use crate::ui::actions::runs::show;
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::format::{format_clock, format_count, format_ms, format_number};
use crate::ui::parts::lean::{self, Button};
use crate::ui::session::{Author, Intent};
use crate::ui::state::phase::Phase;
use crate::ui::state::standing::Standing;
use leptos::prelude::*;

fn start(page: Page, paused: bool) {
    lean::spawn(async move {
        let config = page.config.get_untracked();
        let result = page.start(config, paused).await;
        page.tell(result.map(|_| ()));
    });
}

/// Trains one batch: of the paused run, or the first of a new one.
fn step(page: Page) {
    if page.phase.with_untracked(Phase::is_live) {
        page.tell(page.intend(Intent::Step { batches: 1 }));
        return;
    }
    lean::spawn(async move {
        let config = page.config.get_untracked();
        let result = page.start(config, true).await.and_then(|_| page.intend(Intent::Step { batches: 1 }));
        page.tell(result);
    });
}

fn phase_words(phase: &Phase, step: u32, device: &str) -> String {
    match phase {
        Phase::Idle => "Ready".to_owned(),
        Phase::Starting => "Starting …".to_owned(),
        Phase::Running if step == 0 && device.starts_with("WebGPU") => "Warming up: the GPU's programs are being compiled …".to_owned(),
        Phase::Running => "Training".to_owned(),
        Phase::Validating => "Validating …".to_owned(),
        Phase::Paused => "Paused".to_owned(),
        Phase::Finished(end) if end.reason == "completed" => "Done".to_owned(),
        Phase::Finished(end) => format!("Stopped: {}", end.reason),
        Phase::Failed(_) => "Failed".to_owned(),
        Phase::Interrupted { elsewhere: true } => "Going on in another tab".to_owned(),
        Phase::Interrupted { elsewhere: false } => "Interrupted".to_owned(),
    }
}

fn buttons(page: Page) -> impl IntoView {
    let live = lean::memo(move || page.phase.with(Phase::is_live));
    let paused = lean::memo(move || page.phase.with(|phase| *phase == Phase::Paused));
    let idle = lean::memo(move || page.phase.with(|phase| *phase == Phase::Idle));
    let main_label = move || match (live.get(), paused.get()) {
        (false, _) => "Start",
        (true, true) => "Resume",
        (true, false) => "Pause",
    };
    let main_action = move |_| match (live.get_untracked(), paused.get_untracked()) {
        (false, _) => start(page, false),
        (true, true) => page.tell(page.intend(Intent::Resume)),
        (true, false) => page.tell(page.intend(Intent::Pause)),
    };
    let stop = move |_| page.tell(page.intend(Intent::Stop { reason: "you stopped it".to_owned(), by: Author::Visitor }));
    view! {
        <div class="buttons" role="group" aria-label="Run">
            <button id="main-action" class="primary" on:click=main_action>{lean::text(main_label)}</button>
            <button id="step" title="Train one batch" disabled=move || live.get() && !paused.get() on:click=move |_| step(page)>"Step"</button>
            <button id="stop" title="End the run after this batch" disabled=move || !live.get() on:click=stop>"Stop"</button>
            <button id="reset" title="Discard the run and clear the charts" disabled=move || idle.get() on:click=move |_| page.tell(page.intend(Intent::Reset))>"Reset"</button>
        </div>
    }
}

fn learning_rate(page: Page) -> impl IntoView {
    let shown = move || page.config.with(|config| format_number(config.optimizer.learning_rate()));
    let input = lean::Node::<leptos::html::Input>::new();
    let is_locked = page.class.locks(&[Control::LearningRate]);
    view! {
        <label class="field inline" class:locked=move || is_locked.get() for="live-learning-rate">
            <span>"Learning rate"</span>
            <input
                id="live-learning-rate" type="number" inputmode="decimal" min="0" step="any" prop:value=lean::text(shown) node_ref=input disabled=move || is_locked.get()
                title="Used from the next batch on, while it trains too"
                on:change=move |event| {
                    if let Ok(value) = event_target_value(&event).trim().parse::<f64>() {
                        page.tell(page.intend(Intent::SetLearningRate { rate: value, by: Author::Visitor }));
                        if let Some(input) = input.get_untracked() {
                            input.set_value(&untrack(shown));
                        }
                    }
                }
            />
        </label>
    }
}

/// The cost of watching the shown run, in words; empty before it is known.
fn watching(page: Page) -> impl Fn() -> String + Clone {
    let now = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().and_then(|run| run.watching.as_ref().map(WatchCost::words)).unwrap_or_default()
    });
    move || now.get()
}

/// The button that tells of findings and leads to them; absent while there are none.
fn findings(page: Page) -> impl IntoView {
    let count = lean::memo(move || {
        page.version.track();
        page.inner().store.borrow().shown().map_or(0, |run| gather(&run.diagnoses).len())
    });
    let words = move || if count.get() == 1 { "1 finding".to_owned() } else { format!("{} findings", count.get()) };
    lean::shown(
        move || count.get() > 0,
        move || view! { <button class="link-button findings-button" id="to-findings" on:click=move |_| page.sections.open("diagnoses")>{lean::text(words)}</button> },
    )
}

/// The run bar, with the `setup`'s button at its end and the bar of the `stage` over it.
pub fn view(page: Page, setup: AnyView, stage: AnyView) -> impl IntoView {
    let Explained { button, words: explanation } = explain(
        "the run",
        "Start trains the network of the setup; Step trains one batch. The bar shows how far the run is: epochs, the time that is left, samples/s and ms/batch, \
         the loss of the newest batch, then loss and accuracy of the newest epoch in validation. All of it is of the run on the charts. The field has the \
         learning rate of the setup, which can be changed while it trains; where the run had another one, it is told.",
        "",
    );
    let standing = lean::memo(move || {
        page.version.track();
        page.runs.list.track();
        page.phase.with(|phase| Standing::of_shown(&page.inner().store.borrow(), phase, page.progress.get()))
    });
    let is_live = move || standing.with(|standing| standing.phase.is_live());
    let is_held_up = move || page.is_held_up.get() && is_live();
    let shelved = page.inner().shelf.shelved;
    let has_no_room = move || is_live() && shelved.with(|shelved| !shelved.waiting.is_empty());
    let share =
        move || standing.with(|Standing { progress: p, .. }| if p.total_steps > 0.0 { f64::from(p.step) / p.total_steps } else { 0.0 });
    let words = move || {
        if is_held_up() {
            return "Waiting for the worker …".to_owned();
        }
        if has_no_room() {
            return "Held: no room on this device".to_owned();
        }
        standing.with(|standing| phase_words(&standing.phase, standing.progress.step, &standing.device))
    };
    let epoch = move || {
        standing.with(
            |Standing { progress: p, .. }| {
                if p.epochs == 0 { String::new() } else { format!("epoch {}/{}", (p.epoch + 1).min(p.epochs), p.epochs) }
            },
        )
    };
    let percent = move || {
        if standing.with(|standing| standing.phase == Phase::Idle) { String::new() } else { format!("{:.0} %", share() * 100.0) }
    };
    let eta = move || {
        if is_live() && !is_held_up() && !has_no_room() {
            format!("ETA {}", format_clock(standing.with(|standing| standing.progress.eta_seconds)))
        } else {
            String::new()
        }
    };
    let speed = move || {
        standing.with(|Standing { progress: p, .. }| {
            if p.samples_per_second > 0.0 && !is_held_up() {
                format!("{} samples/s · {}/batch", format_count(p.samples_per_second), format_ms(p.batch_ms))
            } else {
                String::new()
            }
        })
    };
    let other = lean::memo(move || standing.with(|standing| standing.other.clone()));
    let other = lean::maybe(move || {
        let (id, name) = other.get()?;
        Some(
            Button { class: "link-button", id: "other-run", face: format!("{name} goes on").into_any(), ..Button::new("", "Shows it") }
                .view(move || show(page, id)),
        )
    });
    let latest = move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(run) = store.shown() else { return String::new() };
        let last = |name: &str| run.series.get(name).and_then(crate::domain::record::series::Series::last).map(|(_, value)| value);
        let mut parts = Vec::new();
        let rate = standing.with(|standing| standing.rate);
        if page.config.with(|config| config.optimizer.learning_rate() != rate) {
            parts.push(format!("learning rate {}", format_number(rate)));
        }
        if let Some(loss) = last("batch/loss") {
            parts.push(format!("batch\u{a0}loss\u{a0}{}", short_number(f64::from(loss))));
        }
        let (split, name) =
            if run.is_validated() { ("val", ["val/loss", "val/accuracy"]) } else { ("train", ["train/loss", "train/accuracy"]) };
        if let [Some(loss), Some(accuracy)] = name.map(last) {
            let loss = short_number(f64::from(loss));
            parts.push(format!("{split}\u{a0}loss\u{a0}{loss} · {split}\u{a0}accuracy\u{a0}{:.2}\u{a0}%", accuracy * 100.0));
        }
        parts.join(" · ")
    };
    view! {
        <div class="run-bar" id="run-bar">
            {stage}
            {buttons(page)}
            <div class="progress-block">
                <div class="progress-words">
                    <strong id="phase" role="status">{lean::text(words)}</strong>
                    <span id="epoch">{lean::text(epoch)}</span>
                    <span id="percent">{lean::text(percent)}</span>
                    <span id="eta">{lean::text(eta)}</span>
                    {findings(page)}
                    {other}
                    <span id="watching" class="aside">{lean::text(watching(page))}</span>
                </div>
                <progress id="progress" max="1" value=lean::text(move || share().to_string()) aria-label="Progress of the run"></progress>
                <div class="progress-words small">
                    <span id="speed">{lean::text(speed)}</span>
                    <span id="latest">{lean::text(latest)}</span>
                </div>
            </div>
            {learning_rate(page)}
            <div class="buttons bar-end">{button} {setup}</div>
        </div>
        // Below the bar and not in it: it scrolls away, and covers nothing.
        <div id="about-run">{explanation}</div>
    }
}
