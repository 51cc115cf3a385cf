//! The recorded values of a batch: a number and a word each.

use crate::domain::record::known::{Kind, kind_of};
use crate::domain::run::event::series;
use crate::ui::actions::questions::ShownBatch;
use crate::ui::parts::format::format_ms;
use crate::ui::parts::lean;
use crate::ui::state::store::Run;
use leptos::prelude::*;

/// The most values of one kind that are shown: a run of this page has a few, a file may name thousands.
const MOST: usize = 200;

/// The number with the six digits that an `f32` has.
fn digits(value: f32) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) { format!("{value:.6}") } else { format!("{value:.5e}") }
}

/// The name and value of every series at `step`.
fn facts(run: &Run, step: u32) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut push = |name: &str, value: Option<String>| facts.extend(value.map(|value| (name.to_owned(), value)));
    let at = |name: &str| run.value_at(name, step);
    push("loss", at(series::BATCH_LOSS).map(|loss| format!("{} nats", digits(loss))));
    push("accuracy", at(series::BATCH_ACCURACY).map(|share| format!("{:.2} %", share * 100.0)));
    push("learning rate", at(series::LEARNING_RATE).map(digits));
    push("gradient norm", at("grad/norm").map(digits));
    for (name, series) in run.series.range("time/".to_owned()..).take_while(|(name, _)| name.starts_with("time/")).take(MOST) {
        let value = series.index_at_or_before(step).and_then(|index| series.get(index)).filter(|&(found, _)| found == step);
        // Values of an epoch stand at its last batch, and are not that batch's.
        let is_of_epoch = kind_of(name) == Some(Kind::Epoch);
        if let (Some((_, ms)), Some(phase), false) =
            (value, name.strip_prefix("time/").and_then(|name| name.strip_suffix("_ms")), is_of_epoch)
        {
            push(&format!("time, {}", phase.replace('_', " ")), Some(format_ms(f64::from(ms))));
        }
    }
    facts
}

/// The update-to-weight ratios by array of weights, if this batch had a probe.
fn ratios(run: &Run, step: u32) -> Vec<(String, f32)> {
    let prefix = "update_ratio/";
    let all = run.series.keys().filter_map(|name| Some((name.strip_prefix(prefix)?.to_owned(), run.value_at(name, step)?)));
    all.take(MOST).collect()
}

/// The recorded values of `batch`.
pub fn view(run: &Run, batch: &ShownBatch) -> impl IntoView + use<> {
    let step = batch.view.step;
    let fact = |(name, value): (String, String)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let all = lean::list(facts(run, step).into_iter().map(fact));
    let ratios = ratios(run, step);
    let looked = if ratios.is_empty() {
        let every = run.config.monitors.every;
        let when = if every == 0 { "is off".to_owned() } else { format!("comes every {every} batches at most") };
        view! { <p class="note">{format!("Gradient norm and update ratios: not of this batch; the look into the network {when}.")}</p> }
            .into_any()
    } else {
        let all = lean::list(ratios.into_iter().map(|(name, ratio)| fact((format!("update ratio, {name}"), digits(ratio)))));
        view! { <dl class="facts" id="batch-ratios">{all}</dl> }.into_any()
    };
    view! { <dl class="facts" id="batch-facts">{all}</dl>{looked} }
}
