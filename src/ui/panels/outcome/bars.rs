//! Probabilities of classes as bars. Never here: where they come from.

use crate::domain::order::order_by;
use crate::domain::view::best_class;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The largest number of classes whose probabilities are shown as bars.
const MOST_BARS: usize = 12;

/// The probabilities as bars: the highest ones, in the order of the classes.
pub fn bars(probabilities: &[f32], name: impl Fn(u32) -> String, label: Option<u32>) -> AnyView {
    let mut classes: Vec<usize> = order_by(probabilities.len(), &|a, b| probabilities[b].total_cmp(&probabilities[a]));
    classes.truncate(MOST_BARS);
    classes.sort_unstable();
    let best = best_class(probabilities).map(|(class, _)| class);
    let bar = |class: usize| {
        let (share, class) = (probabilities[class], class as u32);
        let kind = if Some(class) == best { "bar best" } else { "bar" };
        let mark = if label == Some(class) { " ✓" } else { "" };
        let value = if share.is_finite() { share.to_string() } else { "0".to_owned() };
        view! {
            <li class=kind>
                <span class="bar-name">{format!("{}{mark}", name(class))}</span>
                <progress max="1" value=value aria-label=format!("Probability of {}", name(class))></progress>
                <span class="bar-value">{format!("{:.1} %", share * 100.0)}</span>
            </li>
        }
    };
    view! { <ul class="bars" id="probabilities">{lean::list(classes.into_iter().map(bar))}</ul> }.into_any()
}
