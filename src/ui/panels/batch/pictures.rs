//! The samples of a batch: each an image, or a point, with its label, the prediction, its probability and its loss. A
//! wrong prediction is marked by a sign and a word, and not by its colour alone.

use crate::domain::data::SampleShape;
use crate::domain::data::batch_view::{SampleOrder, Source};
use crate::domain::run::event::SampleOutcome;
use crate::ui::actions::questions::ShownBatch;
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::lean;
use crate::ui::parts::samples;
use leptos::prelude::*;

/// The prediction for one sample, in words.
struct Words {
    /// Whether the prediction is right; `None` where there is none.
    right: Option<bool>,
    label: String,
    said: String,
    probability: String,
    loss: String,
}

impl Words {
    fn new(outcome: &SampleOutcome, classes: &[String], is_judged: bool) -> Self {
        let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_default();
        let label = name(outcome.label);
        if !is_judged {
            let nothing = String::new;
            return Self { right: None, label, said: nothing(), probability: nothing(), loss: nothing() };
        }
        let percent = outcome.probability * 100.0;
        Self {
            right: Some(outcome.predicted == Some(outcome.label)),
            label,
            said: outcome.predicted.map_or("NaN".to_owned(), name),
            probability: if percent.is_finite() { format!("{percent:.1} %") } else { "–".to_owned() },
            loss: if outcome.loss.is_finite() { format!("{:.4}", outcome.loss) } else { "NaN".to_owned() },
        }
    }

    fn sentence(&self, position: usize) -> String {
        let Self { label, said, probability, loss, .. } = self;
        match self.right {
            None => format!("sample {}: a {label}", position + 1),
            Some(true) => format!("sample {}: a {label}, predicted right with {probability}, loss {loss}", position + 1),
            Some(false) => format!("sample {}: a {label}, wrongly taken for {said} with {probability}, loss {loss}", position + 1),
        }
    }

    fn sign(&self) -> &'static str {
        match self.right {
            Some(true) => "✓",
            Some(false) => "✗ wrong",
            None => "",
        }
    }
}

fn card(position: usize, words: &Words, shape: SampleShape, sample: &[f32]) -> impl IntoView + use<> {
    let picture = samples::picture(shape, sample, words.sentence(position));
    let verdict = words.right.map(|_| {
        let arrow = format!("{} → {}", words.label, words.said);
        view! { <span class="verdict">{arrow}</span><span>{words.probability.clone()}</span><span>{format!("loss {}", words.loss)}</span> }
    });
    let label = words.right.is_none().then(|| words.label.clone());
    view! {
        <li class:missed=words.right == Some(false)>
            {picture}<span class="sign">{words.sign()}</span>{label}{lean::some(verdict)}
        </li>
    }
}

fn row(position: usize, words: &Words, sample: &[f32]) -> impl IntoView + use<> {
    let shown = sample.iter().take(4).map(|x| format!("{x:.3}")).collect::<Vec<_>>().join(", ");
    let numbers = if sample.len() > 4 { format!("{shown}, …") } else { shown };
    view! {
        <tr class:missed=words.right == Some(false)>
            <th scope="row">{position + 1}</th><td>{numbers}</td><td>{words.label.clone()}</td><td>{words.said.clone()}</td>
            <td>{words.probability.clone()}</td><td>{words.loss.clone()}</td><td class="sign">{words.sign()}</td>
        </tr>
    }
}

/// The samples whose numbers the answer holds, in their order.
pub fn view(page: Page, batch: &ShownBatch, order: SampleOrder, shape: SampleShape, classes: &[String]) -> AnyView {
    let is_judged = batch.view.source != Source::None;
    let positions = order.of(&batch.outcomes);
    let shown = positions.iter().copied().zip(batch.numbers.chunks_exact(shape.len()));
    let words = |position: usize| Words::new(&batch.outcomes[position], classes, is_judged);
    if let SampleShape::Image { .. } = shape {
        let cards = lean::list(shown.map(|(position, sample)| card(position, &words(position), shape, sample)));
        return view! { <ul class="sample-strip batch-samples" id="batch-samples">{cards}</ul> }.into_any();
    }
    let plot = (shape == SampleShape::Vector(2)).then(|| {
        let outcomes: Vec<SampleOutcome> = positions.iter().map(|&position| batch.outcomes[position]).collect();
        samples::judged_points(page.appearance, batch.numbers.clone(), outcomes, classes)
    });
    let rows = lean::list(shown.map(|(position, sample)| row(position, &words(position), sample)));
    view! {
        <div class="batch-points">
            {lean::some(plot)}
            {scroller("Samples of the batch", view! {
                <table id="batch-samples">
                    <thead><tr>
                        <th scope="col">"no."</th><th scope="col">"numbers"</th><th scope="col">"label"</th><th scope="col">"predicted"</th>
                        <th scope="col">"probability"</th><th scope="col">"loss"</th><th scope="col">"verdict"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            }.into_any())}
        </div>
    }
    .into_any()
}
