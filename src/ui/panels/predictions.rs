//! The panel of predictions against truth over the validation samples: confusion matrix, scores of each class, ROC
//! curves, and the samples with the largest losses; at the end of any epoch, or whenever the visitor asks.

mod choice;
mod moment;

use crate::charts::{Style, css};
use crate::domain::data::SampleShape;
use crate::domain::metrics::ranking::RocPoint;
use crate::domain::metrics::report::EvaluationReport;
use crate::domain::order::order_by;
use crate::domain::record::evaluations::{Origin, StoredEvaluation};
use crate::domain::run::checkpoint::{BEST, LAST};
use crate::domain::run::event::Evaluation;
use crate::ui::actions::questions::{Model, evaluate};
use crate::ui::page::Page;
use crate::ui::parts::controls::{dashes, line_swatch, scroller};
use crate::ui::parts::explain::{Explained, explain};
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean;
use crate::ui::parts::samples;
use crate::ui::state::sections::PREDICTIONS;
use crate::ui::state::store::Run;
use choice::Choice;
use leptos::prelude::*;
use std::rc::Rc;

/// A share as percent; a dash where it is not defined.
fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// The most classes whose confusion matrix is shown as a table, and whose ROC curves are drawn: a table of 256 classes has 65 536 cells.
const MOST_CLASSES: usize = 64;
/// The most ROC curves that are named: more names would have no room beside them.
const MOST_NAMED: usize = 10;
/// Number of errors that are listed in place of a larger table.
const MOST_ERRORS: usize = 30;

/// The most frequent errors, where there are too many classes for a table.
fn errors(report: &EvaluationReport, classes: &[String]) -> AnyView {
    let error = |(truth, predicted, count): (usize, usize, u64)| {
        view! { <li>{format!("{} → {}: {count}", classes[truth], classes[predicted])}</li> }
    };
    let items = lean::list(report.confusion.largest_errors(MOST_ERRORS).into_iter().map(error));
    let words = format!("{} classes are too many for a table. The most frequent errors, truth → prediction:", classes.len());
    view! { <div><p class="note">{words}</p><ol class="errors" id="largest-errors">{items}</ol></div> }.into_any()
}

/// The confusion matrix: rows are the truth, columns the predictions; the stronger the colour, the larger the share of
/// its row.
fn confusion(report: &EvaluationReport, classes: &[String]) -> AnyView {
    let size = classes.len();
    if size > MOST_CLASSES {
        return errors(report, classes);
    }
    let head = lean::list(classes.iter().map(|name| view! { <th scope="col">{name.clone()}</th> }));
    let rows = (0..size)
        .map(|truth| {
            let row: Vec<u64> = (0..size).map(|predicted| report.confusion.count(truth, predicted)).collect();
            let total: u64 = row.iter().sum::<u64>().max(1);
            let cells = row
                .into_iter()
                .enumerate()
                .map(|(predicted, count)| {
                    let kind = if predicted == truth { "right" } else { "wrong" };
                    // Steps of 10 %, as classes: the page's policy forbids styles in attributes.
                    let level = if count == 0 { 0 } else { 1 + (9 * count / total) };
                    view! { <td class=format!("{kind} level-{level}")>{if count == 0 { String::new() } else { count.to_string() }}</td> }
                })
                .map(IntoAny::into_any)
                .collect::<Vec<_>>();
            view! { <tr><th scope="row">{classes[truth].clone()}</th>{cells}</tr> }
        })
        .map(IntoAny::into_any)
        .collect::<Vec<_>>();
    view! {
        {scroller("Confusion", view! {
            <table class="confusion" id="confusion">
                <caption>"Confusion: rows are the truth, columns what was predicted"</caption>
                <thead><tr><td></td>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }.into_any())}
    }
    .into_any()
}

fn scores(report: &EvaluationReport, classes: &[String]) -> impl IntoView + use<> {
    let row = |name: String, values: [String; 5]| {
        let cells = lean::list(values.map(|value| view! { <td>{value}</td> }));
        view! { <tr><th scope="row">{name}</th>{cells}</tr> }
    };
    let each = report.per_class.iter().zip(classes).map(|(class, name)| {
        let scores = &class.scores;
        let values = [Some(scores.precision), Some(scores.recall), Some(scores.f1), class.auc].map(percent);
        let [precision, recall, f1, auc] = values;
        row(name.clone(), [precision, recall, f1, auc, scores.support.to_string()])
    });
    let mean = |name: &str, averages: &crate::domain::metrics::confusion::Averages, auc: Option<f64>| {
        let [precision, recall, f1, auc] = [Some(averages.precision), Some(averages.recall), Some(averages.f1), auc].map(percent);
        row(name.to_owned(), [precision, recall, f1, auc, report.samples.to_string()])
    };
    let mut rows: Vec<_> = each.collect();
    rows.push(mean("macro mean", &report.macro_average, report.auc));
    rows.push(mean("weighted mean", &report.weighted_average, report.weighted_auc));
    view! {
        {scroller("Scores of each class", view! {
            <table class="scores" id="scores">
                <caption>"Each class against all others; macro: the mean over the classes that occur"</caption>
                <thead><tr><th scope="col">"class"</th><th scope="col">"precision"</th><th scope="col">"recall"</th><th scope="col">"F1"</th><th scope="col">"AUC"</th><th scope="col">"samples"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }.into_any())}
    }
}

/// The ROC curves, a line a class, with the names of those that leave the most to be desired.
fn roc(page: Page, report: &EvaluationReport, classes: &[String]) -> impl IntoView + use<> {
    let shown = classes.len().min(report.per_class.len()).min(MOST_CLASSES);
    let area = |class: usize| report.per_class[class].auc.unwrap_or(f64::INFINITY);
    let mut named = order_by(shown, &|a, b| area(a).total_cmp(&area(b)));
    named.truncate(MOST_NAMED);
    named.sort_unstable();
    let theme = page.appearance.get().chart_theme();
    let curve = |class: usize| {
        let point = |point: &RocPoint| format!("{:.2},{:.2}", point.false_positive_rate * 100.0, 100.0 - point.true_positive_rate * 100.0);
        let points: Vec<String> = report.per_class[class].roc.iter().map(point).collect();
        let style = named.iter().position(|&each| each == class).map(Style::nth);
        let colour = css(style.map_or(theme.muted, |style| theme.colour(style.colour)));
        let (kind, dashes) = style.map_or(("roc-curve", String::new()), |style| ("roc-curve named", dashes(style, 0.9)));
        view! {
            <polyline points=points.join(" ") class=kind stroke=colour stroke-dasharray=dashes><title>{classes[class].clone()}</title></polyline>
        }
        .into_any()
    };
    let curves = lean::list((0..shown).map(curve));
    let name = |(index, &class): (usize, &usize)| {
        lean::tag("li", "", lean::list([line_swatch(page.appearance, Style::nth(index)), classes[class].clone().into_any()]).into_any())
    };
    let names = lean::list(named.iter().enumerate().map(name));
    let which = if shown > named.len() { format!("; the {MOST_NAMED} with the smallest area are named") } else { String::new() };
    let mark = |x: &'static str, y: &'static str, text: &'static str, anchor: &'static str| {
        view! { <text x=x y=y class="roc-label" text-anchor=anchor>{text}</text> }
    };
    let marks = lean::list([
        mark("0", "107", "0", "middle"),
        mark("100", "107", "1", "middle"),
        mark("50", "107", "false positive rate", "middle"),
        mark("-3", "102", "0", "end"),
        mark("-3", "4", "1", "end"),
    ]);
    view! {
        <figure class="roc">
            <svg viewBox="-14 -3 118 114" role="img" aria-label=format!("ROC curves of all classes; mean area {}", percent(report.auc))>
                <rect x="0" y="0" width="100" height="100" class="roc-frame" />
                <line x1="0" y1="100" x2="100" y2="0" class="roc-guess" />
                {curves} {marks}
                <text x="0" y="0" class="roc-label" text-anchor="middle" transform="translate(-5 50) rotate(-90)">"true positive rate"</text>
            </svg>
            <ul class="roc-names" aria-label="Curves">{names}</ul>
            <figcaption>{format!("ROC: a line a class{which}; the diagonal is guessing")}</figcaption>
        </figure>
    }
}

fn worst(evaluation: &Evaluation, numbers: &[f32], shape: SampleShape, classes: &[String]) -> impl IntoView + use<> {
    let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_default();
    let items = evaluation
        .worst
        .iter()
        .zip(numbers.chunks_exact(shape.len()))
        .map(|(outcome, sample)| {
            let said = outcome.predicted.map_or("NaN".to_owned(), name);
            let alternative = format!("a {} taken for {said}, loss {:.2}", name(outcome.label), outcome.loss);
            let picture = samples::picture(shape, sample, alternative);
            view! { <li>{picture}<span>{format!("{} → {said}", name(outcome.label))}</span><span>{format!("{:.2}", outcome.loss)}</span></li> }
        })
        .map(IntoAny::into_any)
        .collect::<Vec<_>>();
    view! { <ul class="sample-strip worst" id="worst">{items}</ul> }
}

/// The menu of evaluations in `run`: value and title.
fn options(run: &Run) -> Vec<(String, String)> {
    let all = &run.evaluations;
    let mut options = Vec::new();
    let epoch = |judgement: &StoredEvaluation| judgement.evaluation.epoch + 1;
    if let Some(latest) = all.latest() {
        options.push((Choice::Latest.value(), format!("the latest epoch ({})", epoch(latest))));
    }
    if let Some(best) = all.best() {
        options.push((Choice::Best.value(), format!("the best epoch ({}, lowest log loss)", epoch(best))));
    }
    if let Some(asked) = all.asked() {
        options.push((Choice::Asked.value(), origin_words(asked)));
    }
    options.extend(all.epochs().iter().rev().map(|judgement| {
        let Evaluation { step, .. } = *judgement.evaluation;
        (Choice::At(step).value(), format!("epoch {}", epoch(judgement)))
    }));
    options
}

fn origin_words(judgement: &StoredEvaluation) -> String {
    let step = format_count(f64::from(judgement.evaluation.step));
    match &judgement.origin {
        Origin::Epoch => format!("Epoch {}, step {step}", judgement.evaluation.epoch + 1),
        Origin::Asked(None) => format!("Asked for at step {step}, in epoch {}", judgement.evaluation.epoch + 1),
        Origin::Asked(Some(card)) => format!("Asked for with checkpoint \u{201c}{}\u{201d}, step {step}", card.name),
    }
}

/// The line above the tables.
fn head(judgement: &StoredEvaluation) -> String {
    let report = &judgement.evaluation.report;
    let mut head = format!("{}: {} validation samples", origin_words(judgement), format_count(report.samples as f64));
    if let Some(loss) = report.log_loss {
        head.push_str(&format!(" · log loss {loss:.4}"));
    }
    for (name, share) in [("accuracy", report.accuracy), ("top 3", report.top3_accuracy), ("top 5", report.top5_accuracy)] {
        if share.is_some() {
            head.push_str(&format!(" · {name} {}", percent(share)));
        }
    }
    head
}

/// The buttons that ask for an evaluation, and the menu of evaluations.
fn tools(page: Page, choice: RwSignal<Choice>) -> impl IntoView {
    let busy = RwSignal::new(false);
    // The shown run whose model can be asked, or else the weights that it has left.
    let seen = move |page: Page| {
        page.runs.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown().filter(|run| run.begin.is_some() && run.is_validated())?;
        let of_model = page.has_model(run.id).is_some();
        Some((run.id, of_model, run.left(false).is_some() && !of_model, run.left(true).is_some()))
    };
    let of_model = lean::memo(move || seen(page).is_some_and(|(_, of_model, ..)| of_model));
    let left = lean::memo(move || seen(page).filter(|(_, _, left, _)| *left).map(|(run, ..)| run));
    let has_best = lean::memo(move || seen(page).is_some_and(|(_, _, left, best)| left && best));
    let ask = move |which: &'static str| {
        let model = match left.get_untracked() {
            Some(run) => Model::Of(run, which.to_owned()),
            None => Model::in_use(page),
        };
        busy.set(true);
        lean::spawn(async move {
            match evaluate(page, model).await {
                Ok(_) => choice.set(Choice::Asked),
                Err(error) => page.notify(error),
            }
            busy.set(false);
        });
    };
    let by = move || match left.get() {
        Some(_) => "Evaluate its last weights".to_owned(),
        None => page
            .judge
            .with(|judge| judge.as_ref().map_or("Evaluate now".to_owned(), |card| format!("Evaluate \u{201c}{}\u{201d}", card.name))),
    };
    // The titles are written anew only when there is another evaluation, not at every message.
    let known = lean::memo(move || {
        page.runs.track();
        let asked = |run: &Run| run.evaluations.asked().map(|judgement| Rc::as_ptr(&judgement.evaluation).addr());
        page.inner().store.borrow().shown().map(|run| (run.id, run.evaluations.seen(), asked(run)))
    });
    let list = move || {
        known.get();
        page.inner().store.borrow().shown().map(options).unwrap_or_default()
    };
    view! {
        <div class="evaluation-tools">
            <button
                id="evaluate" disabled=move || busy.get() || !of_model.get() && left.get().is_none() on:click=move |_| ask(LAST)
                title="All metrics over the validation samples with these weights, now. The run is not changed."
            >{lean::text(by)}</button>
            <button
                id="evaluate-best" class:hidden=move || !has_best.get() disabled=move || busy.get()
                on:click=move |_| ask(BEST)
            >"Evaluate its best weights"</button>
            <label class="field inline" for="evaluation-choice">
                <span>"Show"</span>
                <select id="evaluation-choice" on:change=move |event| choice.set(Choice::read(&event_target_value(&event)))>
                    {lean::live(move || lean::options(list(), &choice.get().value()))}
                </select>
            </label>
        </div>
    }
}

/// The panel of predictions; absent before a run has begun.
pub fn view(page: Page) -> impl IntoView {
    let choice = RwSignal::new(Choice::default());
    let asked = moment::follow(page, choice);
    let waits = move || asked.get().map_or_else(String::new, |step| format!("Evaluating step {} …", format_count(f64::from(step))));
    // What is drawn is known by its run, its step, and where it is kept: the same step may be evaluated again, with other
    // weights.
    // At a look a few times a second and not at each epoch: thousands of tiny ones would be drawn for nobody, and not at all while closed.
    let present = lean::memo(move || {
        if !page.sections.is_open(PREDICTIONS) {
            return None;
        }
        page.runs.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown()?;
        let judgement = choice.get().of(run)?;
        Some((run.id, judgement.evaluation.step, Rc::as_ptr(&judgement.evaluation).addr()))
    });
    let has_begun = lean::memo(move || {
        page.runs.track();
        page.inner().store.borrow().shown().is_some_and(|run| {
            run.begin.is_some()
                && (page.has_model(run.id).is_some() || run.evaluations.seen() > 0 || run.left(false).is_some() || !run.is_validated())
        })
    });
    let content = move || {
        present.get()?;
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown()?;
        let judgement = choice.get_untracked().of(run)?;
        let report = &judgement.evaluation.report;
        // The report says how many classes there are; the data at hand only what they are called, if they are as many.
        let (shape, known) = page.data_of(run).unzip();
        let classes = report.class_names(&known.unwrap_or_default());
        let numbers = judgement.numbers.len();
        let is_shape = |shape: &SampleShape| numbers == 0 || numbers == shape.len() * judgement.evaluation.worst.len();
        let shape = shape.filter(is_shape).unwrap_or(SampleShape::Vector(1));
        let is_image = matches!(shape, SampleShape::Image { .. });
        let pictures = (is_image && !judgement.numbers.is_empty()).then(|| {
            view! { <h3>"Worst samples: truth → prediction, loss"</h3>{worst(&judgement.evaluation, &judgement.numbers, shape, &classes)} }
        });
        let gone = (is_image && judgement.numbers.is_empty() && !judgement.evaluation.worst.is_empty()).then(|| {
            view! { <p class="note">"The worst samples are kept of the latest and the best epoch only."</p> }
        });
        Some(view! {
            <p class="note" id="evaluation-head">{head(judgement)}</p>
            <div class="prediction-grid">{confusion(report, &classes)}{scores(report, &classes)}{roc(page, report, &classes)}</div>
            {lean::some(pictures)}{lean::some(gone)}
        })
    };
    let lacks = move || {
        page.runs.track();
        if page.inner().store.borrow().shown().is_some_and(|run| !run.is_validated()) {
            "No validation data was held out in this run, so there is nothing to judge its predictions by. A validation share above 0 \
             holds out some."
        } else {
            ""
        }
    };
    let Explained { button, words } = explain(
        "predictions against truth",
        "How the network judges the validation samples: the confusion matrix, precision, recall, F1 and AUC of each class against all others, ROC curves, and the samples with the largest loss. \
         At the end of any epoch, or of the weights as they are now, or at the moment to which the time line was moved.",
        "",
    );
    view! {
        <section class="panel" id="predictions" aria-labelledby="predictions-title" class:hidden=move || !has_begun.get()>
            <header class="panel-head"><h2 id="predictions-title">"Predictions against truth"</h2>{button}{tools(page, choice)}</header>
            {words}
            <p class="note" id="evaluating">{lean::text(waits)}</p>
            <p class="note" id="no-validation">{lean::text(lacks)}</p>
            {lean::maybe(content)}
        </section>
    }
}
