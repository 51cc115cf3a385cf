//! Predictions against truth at the end of the last epoch: confusion matrix, scores of each class, ROC curves, and the
//! samples that the model gets most wrong.

use super::page::Page;
use super::samples;
use crate::domain::dataset::SampleShape;
use crate::domain::event::Evaluation;
use crate::domain::metrics::report::EvaluationReport;
use crate::ui::data_link::Preview;
use leptos::prelude::*;

/// A share as percent; a dash where it is not defined.
fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// Rows are the truth, columns what was predicted; the stronger, the larger the share of its row.
fn confusion(report: &EvaluationReport, classes: &[String]) -> impl IntoView + use<> {
    let size = classes.len();
    let head = classes.iter().map(|name| view! { <th scope="col">{name.clone()}</th> }).collect::<Vec<_>>();
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
                .collect::<Vec<_>>();
            view! { <tr><th scope="row">{classes[truth].clone()}</th>{cells}</tr> }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="scroll">
            <table class="confusion" id="confusion">
                <caption>"Confusion: rows are the truth, columns what was predicted"</caption>
                <thead><tr><td></td>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn scores(report: &EvaluationReport, classes: &[String]) -> impl IntoView + use<> {
    let row = |name: String, values: [String; 5]| {
        let cells = values.into_iter().map(|value| view! { <td>{value}</td> }).collect::<Vec<_>>();
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
        <div class="scroll">
            <table class="scores" id="scores">
                <caption>"Each class against all others"</caption>
                <thead><tr><th scope="col">"class"</th><th scope="col">"precision"</th><th scope="col">"recall"</th><th scope="col">"F1"</th><th scope="col">"AUC"</th><th scope="col">"samples"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// ROC curves, a line a class.
fn roc(report: &EvaluationReport) -> impl IntoView + use<> {
    let curves = report
        .per_class
        .iter()
        .map(|class| {
            let points: Vec<String> = class
                .roc
                .iter()
                .map(|point| format!("{:.2},{:.2}", point.false_positive_rate * 100.0, 100.0 - point.true_positive_rate * 100.0))
                .collect();
            view! { <polyline points=points.join(" ") class="roc-curve" /> }
        })
        .collect::<Vec<_>>();
    view! {
        <figure class="roc">
            <svg viewBox="-2 -2 104 104" role="img" aria-label=format!("ROC curves of all classes; mean area {}", percent(report.auc))>
                <rect x="0" y="0" width="100" height="100" class="roc-frame" />
                <line x1="0" y1="100" x2="100" y2="0" class="roc-guess" />
                {curves}
            </svg>
            <figcaption>"ROC: true against false positive rate, a line a class; the diagonal is guessing"</figcaption>
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
        .collect::<Vec<_>>();
    view! { <ul class="sample-strip worst" id="worst">{items}</ul> }
}

/// The panel of predictions; not there before the first validation.
pub fn view(page: Page) -> impl IntoView {
    let epoch = Memo::new(move |_| {
        page.version.track();
        page.inner().store.borrow().shown().and_then(|run| run.evaluation.as_ref().map(|(evaluation, _)| (run.id, evaluation.step)))
    });
    let content = move || {
        epoch.get()?;
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown()?;
        let (evaluation, numbers) = run.evaluation.as_ref()?;
        // The setup may have gone on to other data: its names and shapes would be wrong here.
        let (shape, classes) = match page.preview.get_untracked() {
            Preview::Ready(spec, view) if spec == run.config.data => (view.summary.shape, view.summary.classes),
            _ => return None,
        };
        if classes.len() != evaluation.report.per_class.len() {
            return None;
        }
        let report = &evaluation.report;
        let pictures = matches!(shape, SampleShape::Image { .. }).then(|| {
            view! { <h3>"Worst samples: truth → prediction, loss"</h3>{worst(evaluation, numbers, shape, &classes)} }
        });
        let head = format!("Epoch {}, step {}: {} validation samples", evaluation.epoch + 1, evaluation.step, report.samples);
        Some(view! {
            <p class="note">{head}</p>
            <div class="prediction-grid">{confusion(report, &classes)}{scores(report, &classes)}{roc(report)}</div>
            {pictures}
        })
    };
    view! {
        <section class="panel" id="predictions" aria-labelledby="predictions-title" class:hidden=move || epoch.get().is_none()>
            <h2 id="predictions-title">"Predictions against truth"</h2>
            {content}
        </section>
    }
}
