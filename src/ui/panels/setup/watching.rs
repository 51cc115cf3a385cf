//! The setup's part on watching: the distance of probes, the budget, and other measurements.

use crate::domain::record::probe::MonitorSpec;
use crate::ui::page::Page;
use crate::ui::parts::controls::{number, range};
use crate::ui::parts::explain::{Explained, explain};
use leptos::prelude::*;

/// The panel on watching.
pub fn view(page: Page) -> impl IntoView {
    let get = move |read: fn(&MonitorSpec) -> f64| move || page.config.with(|config| read(&config.monitors));
    let set = move |change: fn(&mut MonitorSpec, f64)| {
        move |value: f64| page.config.update(|config| change(&mut config.monitors, value.max(0.0)))
    };
    let Explained { button, words } = explain(
        "watching",
        "Looks become rarer than asked if they would cost more than the budget (section Time). Measuring n training samples as validation is adds the time of a forward pass over them to each validation, and a third curve to loss and accuracy.",
        "",
    );
    view! {
        <div class="fields">
            {number("monitor-every", "Look into the network every … batches (0: never)", range("0", "100000", "1"), get(|m| f64::from(m.every)), set(|m, v| m.every = v as u32))}
            {number("sync-every", "On a GPU, time the phases every … batches (0: never)", range("0", "100000", "1"), get(|m| f64::from(m.sync_every)), set(|m, v| m.sync_every = v as u32))}
            {number("train-subset", "Training samples to measure as validation is (0: none)", range("0", "1000000", "1"), get(|m| f64::from(m.train_subset)), set(|m, v| m.train_subset = v as u32))}
        </div>
        <p>{button}</p>
        {words}
    }
}
