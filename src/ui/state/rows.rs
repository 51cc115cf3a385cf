//! The rows of the table of runs, as plain data, and their order.

use super::store::{Group, GroupId, Run, RunState, Store};
use crate::domain::order::order_by;
use crate::domain::record::known::Better;
use crate::domain::run::config::diff::differences;
use crate::domain::run::event::series;
use crate::domain::run::list::key::Key;
use crate::domain::run::list::median::{Spread, spread};
use crate::domain::run::list::outcome::{Outcome, outcome};
use crate::protocol::RunId;

/// One run in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The run.
    pub id: RunId,
    /// The name.
    pub name: String,
    /// The colour on the charts.
    pub colour: u8,
    /// Whether it is drawn beside the shown one.
    pub overlaid: bool,
    /// Whether it stays on top.
    pub pinned: bool,
    /// Whether the charts show it.
    pub shown: bool,
    /// Whether it is going on.
    pub live: bool,
    /// Whether it is of an earlier visit.
    pub earlier: bool,
    /// Whether it was interrupted, and could go on from a state that is kept.
    pub can_go_on: bool,
    /// The state, in words.
    pub state: String,
    /// The device that it trains on.
    pub device: String,
    /// Whether samples are held out to validate it.
    pub validated: bool,
    /// The outcome in `val/loss`.
    pub loss: Outcome,
    /// The outcome in `val/accuracy`.
    pub accuracy: Outcome,
    /// Epochs completed, and asked for.
    pub epochs: (usize, u32),
    /// Batches recorded.
    pub batches: usize,
    /// Milliseconds.
    pub took_ms: f64,
    /// The seed of its randomness.
    pub seed: u32,
    /// The bytes of memory that it takes.
    pub bytes: usize,
    /// The run that it goes on from, and the step, in words, if it is a branch.
    pub parent: Option<String>,
}

/// The outcome of a run in a metric.
pub fn outcome_of(run: &Run, name: &str) -> Outcome {
    run.series.get(name).map(|series| outcome(series, Better::of(name))).unwrap_or_default()
}

/// The state of a run, in words.
pub fn state_words(run: &Run) -> String {
    match &run.state {
        RunState::Starting => "starting".to_owned(),
        RunState::Running => "training".to_owned(),
        RunState::Paused => "paused".to_owned(),
        RunState::Finished(end) if end.reason == "completed" => "done".to_owned(),
        RunState::Finished(end) => format!("stopped: {}", end.reason),
        RunState::Failed(error) => format!("failed: {}", error.message()),
        RunState::Interrupted { elsewhere: true } => "going on in another tab".to_owned(),
        RunState::Interrupted { elsewhere: false } => format!("interrupted at batch {}; kept", run.batches()),
    }
}

impl Row {
    fn of(run: &Run, store: &Store) -> Self {
        Self {
            id: run.id,
            name: run.tag.name.clone(),
            colour: run.tag.colour,
            overlaid: run.tag.overlaid,
            pinned: store.pins().contains(&run.id),
            shown: store.shown().is_some_and(|shown| shown.id == run.id),
            live: run.is_live(),
            earlier: run.is_earlier,
            can_go_on: run.goes_on_from().is_some(),
            state: state_words(run),
            device: run.device.clone(),
            validated: run.is_validated(),
            loss: outcome_of(run, series::VAL_LOSS),
            accuracy: outcome_of(run, series::VAL_ACCURACY),
            epochs: (run.epochs_done(), run.config.epochs),
            batches: run.batches(),
            took_ms: run.took_ms(),
            seed: run.config.seed,
            bytes: run.bytes(),
            parent: store.parent_words(run),
        }
    }
}

/// All runs, in the order of their starts.
pub fn rows(store: &Store) -> Vec<Row> {
    store.runs().iter().map(|run| Row::of(run, store)).collect()
}

/// The spread of one value of a group's finished runs, and how many of these have no such number.
pub fn spread_of(store: &Store, group: &Group, value: impl Fn(&Run) -> Option<f32>) -> (Option<Spread>, usize) {
    let done = store.done_of(group);
    let found = spread(done.iter().filter_map(|run| value(run)).map(f64::from));
    let without = done.len() - found.map_or(0, |spread| spread.count);
    (found, without)
}

/// A group of seeds in the table. Each value with its spread, and how many finished runs have no such number.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRow {
    /// The group.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// The colour on the charts.
    pub colour: u8,
    /// Whether it is drawn beside the shown run.
    pub overlaid: bool,
    /// The number of seeds that are done, in words.
    pub words: String,
    /// The last `val/loss`, the best, the last `val/accuracy`, the best.
    pub values: [(Option<Spread>, usize); 4],
    /// The runs.
    pub runs: Vec<RunId>,
    /// The number of seeds that were asked for.
    pub asked: usize,
    /// The number of runs that ended by themselves.
    pub finished: usize,
}

impl GroupRow {
    fn of(group: &Group, store: &Store) -> Self {
        let last = |name| spread_of(store, group, move |run| outcome_of(run, name).last);
        let best = |name| spread_of(store, group, move |run| outcome_of(run, name).best.map(|(value, _)| value));
        Self {
            id: group.id,
            name: group.name.clone(),
            colour: group.colour,
            overlaid: group.overlaid,
            words: group_words(group, store),
            values: [last(series::VAL_LOSS), best(series::VAL_LOSS), last(series::VAL_ACCURACY), best(series::VAL_ACCURACY)],
            runs: group.runs.clone(),
            asked: group.seeds.len(),
            finished: store.done_of(group).len(),
        }
    }
}

/// The number of a group's seeds that are done, in words: never more is claimed than was trained to its end.
pub fn group_words(group: &Group, store: &Store) -> String {
    let done = store.done_of(group).len();
    let asked = group.seeds.len();
    let rest = if group.cancelled { ", the rest cancelled" } else { "" };
    let first = group.seeds.first().copied().unwrap_or_default();
    let last = group.seeds.last().copied().unwrap_or_default();
    match done {
        0 => format!("seeds {first} to {last}: none finished yet{rest}"),
        _ if done == asked => format!("seeds {first} to {last}: all {asked} finished; median (lowest to highest)"),
        _ => format!("seeds {first} to {last}: {done} of {asked} finished{rest}; median (lowest to highest) of these"),
    }
}

/// All groups, the newest first.
pub fn group_rows(store: &Store) -> Vec<GroupRow> {
    store.groups().iter().rev().map(|group| GroupRow::of(group, store)).collect()
}

/// The differences of each run from the baseline; `None` for the baseline itself.
pub fn differences_of(store: &Store) -> Vec<(RunId, Option<String>)> {
    let Some(baseline) = store.baseline() else { return store.runs().iter().map(|run| (run.id, Some(String::new()))).collect() };
    let words = |run: &Run| (run.id != baseline.id).then(|| differences(&baseline.config, &run.config).join("; "));
    store.runs().iter().map(|run| (run.id, words(run))).collect()
}

/// The columns that the table can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The order of starts.
    Run,
    /// The state.
    State,
    /// The last `val/loss`.
    LastLoss,
    /// The best `val/loss`.
    BestLoss,
    /// The last `val/accuracy`.
    LastAccuracy,
    /// The best `val/accuracy`.
    BestAccuracy,
    /// Epochs completed.
    Epochs,
    /// Batches recorded.
    Batches,
    /// The time that it took.
    Time,
    /// The seed of its randomness.
    Seed,
    /// The device.
    Device,
    /// The memory that it takes.
    Memory,
}

impl Column {
    /// All columns with their headings, from left to right.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Run, "Run"),
        (Self::State, "State"),
        (Self::LastLoss, "val loss"),
        (Self::BestLoss, "best (epoch)"),
        (Self::LastAccuracy, "val accuracy"),
        (Self::BestAccuracy, "best (epoch)"),
        (Self::Epochs, "Epochs"),
        (Self::Batches, "Batches"),
        (Self::Time, "Time"),
        (Self::Seed, "Seed"),
        (Self::Device, "Device"),
        (Self::Memory, "Memory"),
    ];

    /// The heading as it is read aloud: the headings say less than the columns beside them.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::BestLoss => "best validation loss",
            Self::BestAccuracy => "best validation accuracy",
            Self::LastLoss => "last validation loss",
            Self::LastAccuracy => "last validation accuracy",
            _ => Self::ALL.iter().find(|(column, _)| *column == self).map_or("", |(_, title)| title),
        }
    }

    /// Whether the first click on its heading puts the largest on top: the newest run, the best accuracy.
    pub fn begins_descending(self) -> bool {
        matches!(self, Self::Run | Self::LastAccuracy | Self::BestAccuracy | Self::Memory | Self::Batches)
    }

    fn key(self, row: &Row) -> Key {
        let number = |value: Option<f32>| Key::number(value.map(f64::from));
        match self {
            Self::Run => Key::Number(f64::from(row.id)),
            Self::State => Key::Text(row.state.clone()),
            Self::LastLoss => number(row.loss.last),
            Self::BestLoss => number(row.loss.best.map(|(value, _)| value)),
            Self::LastAccuracy => number(row.accuracy.last),
            Self::BestAccuracy => number(row.accuracy.best.map(|(value, _)| value)),
            Self::Epochs => Key::Number(row.epochs.0 as f64),
            Self::Batches => Key::Number(row.batches as f64),
            Self::Time => Key::Number(row.took_ms),
            Self::Seed => Key::Number(f64::from(row.seed)),
            Self::Device => Key::Text(row.device.clone()),
            Self::Memory => Key::Number(row.bytes as f64),
        }
    }
}

/// The rows, pinned ones on top, sorted by a column; equals in the order of their starts, newest first.
pub fn sorted(rows: Vec<Row>, column: Column, descending: bool) -> Vec<Row> {
    let compare = |a: &Row, b: &Row| b.pinned.cmp(&a.pinned).then_with(|| column.key(a).compare(&column.key(b), descending));
    let newest_first: Vec<Row> = rows.into_iter().rev().collect();
    let order = order_by(newest_first.len(), &|a, b| compare(&newest_first[a], &newest_first[b]));
    order.into_iter().map(|at| newest_first[at].clone()).collect()
}
