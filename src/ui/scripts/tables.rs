//! Tables: from the record of the page to what a script is told.

use crate::domain::run::event::{TrainBegin, series};
use crate::protocol::{Event, RunId};
use crate::script::hooks::BATCH_END;
use crate::script::logs::{Table, batch_keys};
use crate::ui::state::store::{Run, Store};
use std::ops::Range;

/// The table of `on_train_begin`.
pub fn train_begin(begin: &TrainBegin) -> Table {
    Table::one("on_train_begin", None, 0)
        .number("epochs", f64::from(begin.epochs))
        .number("steps", begin.total_steps() as f64)
        .number("batches_per_epoch", f64::from(begin.batches_per_epoch))
        .number("parameters", begin.parameters as f64)
        .number("train_samples", begin.train_samples as f64)
        .number("validation_samples", begin.validation_samples as f64)
}

/// The run and the table of an event that is a hook; `None` for all others.
pub fn of_event(store: &Store, event: &Event) -> Option<(RunId, Table)> {
    let with = |table: Table, logs: &[(String, f64)]| table.logs(logs.iter().map(|(name, value)| (name.as_str(), *value)));
    Some(match event {
        Event::Started { run, begin, .. } => (*run, train_begin(begin)),
        Event::EpochBegun { run, begin } => {
            (*run, Table::one("on_epoch_begin", Some(begin.epoch), begin.step).number("step", f64::from(begin.step)))
        }
        Event::ValidationBegun { run, begin } => {
            (*run, Table::one("on_validation_begin", Some(begin.epoch), begin.step).number("step", f64::from(begin.step)))
        }
        Event::ValidationEnded { run, end } => {
            let table = Table::one("on_validation_end", Some(end.epoch), end.step).number("step", f64::from(end.step));
            (*run, with(table, &end.logs.0))
        }
        Event::EpochEnded { run, end } => {
            let rate = store
                .run(*run)?
                .series
                .get(series::LEARNING_RATE)
                .and_then(|rates| rates.last())
                .map_or(f64::NAN, |(_, rate)| f64::from(rate));
            let table = Table::one("on_epoch_end", Some(end.epoch), end.step).number("step", f64::from(end.step)).number("lr", rate);
            (*run, with(table, &end.logs.0))
        }
        Event::Probed { run, probe } => {
            let table = Table::one("on_probe", Some(probe.step), probe.step);
            (*run, with(table, &probe.logs()))
        }
        Event::Finished { run, end } => {
            let table = Table::one("on_train_end", None, end.step)
                .number("step", f64::from(end.step))
                .number("epochs", f64::from(end.epochs))
                .text("reason", &end.reason);
            (*run, with(table, &end.logs.0))
        }
        _ => return None,
    })
}

/// The batches in `range` of the record.
pub fn batches(run: &Run, range: Range<usize>) -> Table {
    let loss = run.series.get(series::BATCH_LOSS);
    let steps: Vec<u32> = range.clone().map(|index| loss.and_then(|loss| loss.get(index)).map_or(0, |(step, _)| step)).collect();
    let numbers: Vec<f64> = steps.iter().map(|&step| f64::from(step)).collect();
    let mut table = Table { hook: BATCH_END, first: Some(numbers.clone()), steps: numbers, ..Table::default() };
    // Series with a value a batch: `time/epoch_ms` and its like have fewer, and no place in a batch's logs.
    let is_of_batches = |name: &str| name == series::LEARNING_RATE || name.starts_with("batch/") || name.starts_with("time/");
    for (name, series) in run.series.iter().filter(|(name, series)| is_of_batches(name) && series.len() >= range.end) {
        let of_batches = range.clone().zip(&steps).map(|(index, step)| series.get(index).filter(|(at, _)| at == step));
        if let Some(values) = of_batches.map(|point| point.map(|(_, value)| f64::from(value))).collect() {
            table = table.with(batch_keys(name), values);
        }
    }
    if let Some(begin) = &run.begin {
        let per_epoch = begin.batches_per_epoch.max(1);
        let place = |step: u32| (step.saturating_sub(1) / per_epoch, step.saturating_sub(1) % per_epoch);
        let size = |step: u32| {
            let before = place(step).1 as usize * run.config.batch_size;
            begin.train_samples.saturating_sub(before).min(run.config.batch_size) as f64
        };
        table = table
            .number_of(&steps, "epoch", |step| f64::from(place(step).0))
            .number_of(&steps, "batch", |step| f64::from(place(step).1))
            .number_of(&steps, "size", size);
    }
    let at_ms = range.map(|index| run.at_ms.get(index).copied().unwrap_or(f64::NAN)).collect();
    table.with(vec!["at_ms".to_owned()], at_ms)
}
