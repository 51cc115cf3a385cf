//! The steps of a lesson: predict, run, look, what was found, the page's own check, what to try next.

use super::text;
use crate::domain::lesson::judge::Verdict;
use crate::domain::lesson::parse::{Lesson, LessonRun};
use crate::ui::actions::lessons;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button, tag};
use crate::ui::state::lessons::Prediction;
use crate::ui::state::phase::Phase;
use leptos::prelude::*;
use std::sync::Arc;

/// State that the steps follow.
#[derive(Clone, Copy)]
struct State {
    page: Page,
    /// Whether a prediction was made or skipped.
    is_predicted: Memo<bool>,
    /// Whether every run has been made.
    is_made: Memo<bool>,
    /// Whether a run goes on.
    is_live: Memo<bool>,
}

impl State {
    /// The prediction in the open lesson.
    fn predicted(self) -> Option<Prediction> {
        self.page.lessons.with(|lessons| lessons.progress.of(&lessons.open).predicted)
    }

    /// The elements of `make` once every run has been made, and until then the words that say so.
    fn once_made(self, make: impl Fn() -> AnyView + Send + 'static) -> AnyView {
        lean::live(move || if self.is_made.get() { make() } else { tag("p", "note", "Shown when every run has been made.".into_any()) })
            .into_any()
    }
}

/// The lesson, step by step.
pub fn view(page: Page, lesson: Arc<Lesson>) -> AnyView {
    let runs = lesson.runs.len();
    let state = State {
        page,
        is_predicted: lean::memo(move || page.lessons.with(|lessons| lessons.progress.of(&lessons.open).predicted.is_some())),
        is_made: lean::memo(move || page.lessons.with(|lessons| lessons.made.len() == runs)),
        is_live: lean::memo(move || page.phase.with(Phase::is_live)),
    };
    let (found, next) = (lesson.clone(), lesson.clone());
    let finding = state.once_made(move || finding(state, &found));
    let steps = [
        ("1. Predict", predict(state, &lesson)),
        ("2. Run", lean::list(lesson.runs.iter().map(|run| run_row(state, run))).into_any()),
        ("3. Look", look(state, &lesson)),
        ("4. What we found", view! { <div role="status" id="lesson-finding">{finding}</div> }.into_any()),
        ("5. Check", checks(page, lesson.clone())),
        ("6. Try next", state.once_made(move || next_view(page, &next))),
    ];
    let step = |(title, body): (&'static str, AnyView)| {
        tag("section", "lesson-step", lean::list([tag("h3", "", title.into_any()), body]).into_any())
    };
    let head = format!("{} · {}", lesson.facts(), lesson.summary);
    lean::list([tag("p", "note", head.into_any()), tag("div", "lesson-steps", lean::list(steps.map(step)).into_any())]).into_any()
}

/// The question with its answers; one that is given stays.
fn predict(state: State, lesson: &Lesson) -> AnyView {
    let page = state.page;
    // The number of the answer that is chosen, from 1.
    let chosen = RwSignal::new(0_u32);
    let answers = (0_u32..).zip(&lesson.choices).map(|(index, choice)| {
        let is_chosen = move || match state.predicted() {
            Some(prediction) => prediction == Prediction::Answer(index),
            None => chosen.get() == index + 1,
        };
        view! {
            <label class="lesson-answer">
                <input
                    type="radio" name="lesson-answer" prop:checked=lean::flag(is_chosen) disabled=move || state.is_predicted.get()
                    on:change=move |_| chosen.set(index + 1)
                />
                {tag("span", "", text::spans(page, &choice.words))}
            </label>
        }
    });
    let answers = lean::list(answers);
    let buttons = move || {
        if state.is_predicted.get() {
            return ().into_any();
        }
        let is_chosen = lean::memo(move || chosen.get() > 0);
        let predict = Button { id: "lesson-predict", enabled: is_chosen.into(), ..Button::new("That is my prediction", "") };
        let skip = Button { id: "lesson-skip", ..Button::new("Skip", "") };
        let predict = predict.view(move || lessons::predict(page, Prediction::Answer(chosen.get_untracked().saturating_sub(1))));
        tag("div", "buttons", lean::list([predict, skip.view(move || lessons::predict(page, Prediction::Skipped))]).into_any())
    };
    let words = move || match state.predicted() {
        None => "Predict first, or skip: then it can be run.",
        Some(Prediction::Answer(_)) => "Your prediction is noted.",
        Some(Prediction::Skipped) => "Skipped.",
    };
    view! {
        {text::blocks(page, &lesson.question)}
        <fieldset class="lesson-answers"><legend class="visually-hidden">"Your prediction"</legend>{answers}</fieldset>
        {lean::live(buttons)}
        <p class="note" id="lesson-predicted" role="status">{lean::text(words)}</p>
    }
    .into_any()
}

/// The button that makes a run, and how far that is.
fn run_row(state: State, run: &LessonRun) -> AnyView {
    let State { page, is_predicted, is_live, .. } = state;
    let (name, title) = (run.name.clone(), run.title.clone());
    let words = move || {
        let (is_making, is_made) = page.lessons.with(|lessons| (lessons.making == name, lessons.made_of(&name).is_some()));
        if !is_making {
            return if is_made { "✓ made" } else { "" }.to_owned();
        }
        let share =
            page.progress.with(|progress| if progress.total_steps > 0.0 { f64::from(progress.step) / progress.total_steps } else { 0.0 });
        let turn =
            page.runs.queue.with(|queue| queue.as_ref().map_or(String::new(), |queue| format!("seed {} of {}, ", queue.at, queue.of)));
        format!("{turn}{:.0} %", 100.0 * share)
    };
    let can_run = lean::memo(move || is_predicted.get() && !is_live.get());
    let run = run.clone();
    let button =
        Button { class: "lesson-run", face: format!("Run it: {title}").into_any(), enabled: can_run.into(), ..Button::new("", "") };
    let button = button.view(move || lessons::make(page, run.clone()));
    tag("p", "", lean::list([button, tag("span", "note lesson-made", lean::text(words).into_any())]).into_any())
}

fn look(state: State, lesson: &Lesson) -> AnyView {
    let State { page, is_made, .. } = state;
    let button = |look: &crate::domain::lesson::parse::Look| {
        let look = look.clone();
        let button = Button { class: "show-me", face: look.title.clone().into_any(), enabled: is_made.into(), ..Button::new("", "") };
        button.view(move || lessons::look(page, &look))
    };
    let buttons = lean::list(lesson.looks.iter().map(button));
    let buttons = view! { <div class="finding-tools" id="lesson-look">{buttons}</div> };
    lean::list([text::blocks(page, &lesson.look), buttons.into_any()]).into_any()
}

/// The finding, and what became of the prediction.
fn finding(state: State, lesson: &Lesson) -> AnyView {
    let right = (0_u32..).zip(&lesson.choices).find(|(_, choice)| choice.is_right);
    let strong = |words: &'static str| tag("strong", "", words.into_any());
    let verdict = match (untrack(move || state.predicted()), right) {
        (Some(Prediction::Answer(answer)), Some((right, _))) if answer == right => strong("✓ You predicted it."),
        (Some(Prediction::Answer(_)), Some((_, choice))) => {
            lean::list([strong("✗ It went otherwise: "), text::spans(state.page, &choice.words)]).into_any()
        }
        _ => ().into_any(),
    };
    lean::list([tag("p", "lesson-verdict", verdict), text::blocks(state.page, &lesson.finding)]).into_any()
}

/// The outcome of each check, and the count of those that hold, told aloud.
fn checks(page: Page, lesson: Arc<Lesson>) -> AnyView {
    let all = lesson.checks.len();
    let counted = lesson.clone();
    let outcomes = move |lesson: &Lesson| {
        let inner = page.inner();
        page.lessons.with(|lessons| lessons.outcomes(lesson, &inner.store.borrow()))
    };
    let words = move || {
        let outcomes = outcomes(&counted);
        let count = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        match (count(Verdict::Holds), count(Verdict::Open)) {
            (_, open) if open == all => "The page checks by itself what the lesson says.".to_owned(),
            (holds, 0) if holds == all => "All that the lesson says is so in your runs.".to_owned(),
            (holds, 0) => format!("{holds} of {all} hold in your runs."),
            (holds, open) => format!("{holds} of {all} hold so far, {open} wait for a run."),
        }
    };
    let items = move || {
        let items = outcomes(&lesson).into_iter().zip(&lesson.checks).filter(|(outcome, _)| outcome.verdict != Verdict::Open);
        let item = |(outcome, check): (crate::domain::lesson::judge::Outcome, &crate::domain::lesson::check::Check)| {
            let (class, sign) = if outcome.verdict == Verdict::Holds { ("holds", "✓ ") } else { ("fails", "✗ ") };
            let claim = if check.words.is_empty() { String::new() } else { format!("{}. ", check.words) };
            tag("li", class, lean::list([tag("strong", "", format!("{sign}{claim}").into_any()), outcome.words.into_any()]).into_any())
        };
        tag("ul", "lesson-checks", lean::list(items.map(item)).into_any())
    };
    view! { <p id="lesson-checked" role="status">{lean::text(words)}</p> {lean::live(items)} }.into_any()
}

fn next_view(page: Page, lesson: &Lesson) -> AnyView {
    let again = Button { id: "lesson-again", ..Button::new("Do this lesson again", "") };
    lean::list([text::blocks(page, &lesson.next), again.view(move || lessons::begin_again(page))]).into_any()
}
