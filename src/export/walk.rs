//! A walk through all columns of a record at once, step by step: the base of every table and every stream of events.
//!
//! The record may grow while it is written. A walk ends where the record ended when it began, and a slice of it does a
//! bounded number of rows, so that nothing is copied and nobody waits.

use super::record::Columns;
use crate::domain::record::known::{self, Kind};
use crate::domain::record::series::Series;
use crate::domain::run::event::series;
use crate::error::{Code, Error, Result};

/// Number of rows in one slice: a millisecond or two of any format.
pub const ROWS: usize = 256;

/// One step, with the values of every column.
pub struct Row {
    /// The step.
    pub step: u32,
    /// The time of its batch's end; `None` for a step without a batch.
    pub at_ms: Option<f64>,
    /// The value of each column of the walk, if it has one here.
    pub values: Vec<Option<f32>>,
}

impl Row {
    /// Whether any column has a value here.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }
}

/// The position in one column, and its end.
struct Cursor {
    at: usize,
    end: usize,
    /// The step of the value at `at`; `u32::MAX` after the last.
    next: u32,
}

/// A walk through some columns of a record.
pub struct Walk {
    names: Vec<String>,
    cursors: Vec<Cursor>,
    /// Number of batches, if they are to be rows of their own, whether a column has a value there or not.
    batches: u32,
    batch: u32,
    done: usize,
    total: usize,
}

impl Walk {
    /// A walk through the columns called `names`, up to their present ends; with a row for each batch if `batches`.
    pub fn new(columns: &Columns<'_>, names: Vec<String>, batches: bool) -> Self {
        let cursor = |name: &String| {
            let series = columns.series.get(name);
            Cursor {
                at: 0,
                end: series.map_or(0, Series::len),
                next: series.and_then(|series| series.get(0)).map_or(u32::MAX, |(step, _)| step),
            }
        };
        let cursors: Vec<Cursor> = names.iter().map(cursor).collect();
        let batches = if batches { columns.at_ms.len() as u32 } else { 0 };
        let total = cursors.iter().map(|cursor| cursor.end).sum::<usize>() + batches as usize;
        Self { names, cursors, batches, batch: 0, done: 0, total }
    }

    /// The names of the columns, in the order of [`Row::values`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Calls `each` for the next rows; false when there are no more.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when a column has become shorter than it was at the begin.
    pub fn slice(&mut self, columns: &Columns<'_>, mut each: impl FnMut(&Row)) -> Result<bool> {
        let series: Vec<Option<&Series>> = self.names.iter().map(|name| columns.series.get(name)).collect();
        for (cursor, series) in self.cursors.iter().zip(&series) {
            if cursor.end > series.map_or(0, Series::len) {
                return Err(changed());
            }
        }
        if columns.at_ms.len() < self.batches as usize {
            return Err(changed());
        }
        let mut row = Row { step: 0, at_ms: None, values: vec![None; series.len()] };
        for _ in 0..ROWS {
            let next = self.cursors.iter().map(|cursor| cursor.next).min().unwrap_or(u32::MAX);
            let batch = if self.batch < self.batches { self.batch + 1 } else { u32::MAX };
            row.step = next.min(batch);
            if row.step == u32::MAX {
                return Ok(false);
            }
            row.at_ms = columns.at_ms.get(row.step.wrapping_sub(1) as usize).copied();
            if batch == row.step {
                self.batch += 1;
                self.done += 1;
            }
            for ((cursor, series), value) in self.cursors.iter_mut().zip(&series).zip(&mut row.values) {
                *value = None;
                if cursor.next != row.step {
                    continue;
                }
                let Some(series) = series else { continue };
                *value = series.get(cursor.at).map(|(_, value)| value);
                cursor.at += 1;
                self.done += 1;
                cursor.next = if cursor.at < cursor.end { series.get(cursor.at).map_or(u32::MAX, |(step, _)| step) } else { u32::MAX };
            }
            each(&row);
        }
        Ok(true)
    }

    /// The part that is done, from 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.total == 0 { 1.0 } else { self.done as f64 / self.total as f64 }
    }
}

/// The columns of every batch, those of every epoch, and all others; each in their order.
pub struct Columned {
    /// Raw values of batches.
    pub batches: Vec<String>,
    /// One value an epoch.
    pub epochs: Vec<String>,
    /// Values at some steps.
    pub others: Vec<String>,
}

/// Tells the columns apart by the table of known series. A series of a callback's own is one of epochs if all its values
/// are at the ends of epochs, else one of the others: how many values there are says nothing.
pub fn by_kind(columns: &Columns<'_>) -> Columned {
    let mut found = Columned { batches: Vec::new(), epochs: Vec::new(), others: Vec::new() };
    // What is said at the end of an epoch is said at the step of every training loss.
    let ends = columns.series.get(series::TRAIN_LOSS);
    for (name, own) in columns.series.iter().filter(|(_, series)| !series.is_empty()) {
        let list = match known::kind_of(name) {
            Some(Kind::Batch) => &mut found.batches,
            Some(Kind::Epoch) => &mut found.epochs,
            Some(Kind::Sampled) => &mut found.others,
            None if ends.is_some_and(|ends| own.len() <= ends.len() && own.iter().all(|(step, _)| has_step(ends, step))) => {
                &mut found.epochs
            }
            None => &mut found.others,
        };
        list.push(name.clone());
    }
    found
}

fn has_step(series: &Series, step: u32) -> bool {
    series.index_at_or_before(step).and_then(|index| series.get(index)).is_some_and(|(found, _)| found == step)
}

/// The error that the record was changed after the export began.
pub fn changed() -> Error {
    Error::new(Code::InvalidState, "the run was changed while it was being written", "export it again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn every_value_is_met_once_in_order_and_growth_is_not_seen(
            lists in proptest::collection::vec(proptest::collection::btree_map(0_u32..2000, any::<f32>(), 0..300), 1..4),
            batches in 0_usize..700,
        ) {
            let mut series = BTreeMap::new();
            for (index, points) in lists.iter().enumerate() {
                let mut column = Series::new();
                column.extend(points.iter().map(|(step, value)| (*step, *value)));
                series.insert(format!("s{index}"), column);
            }
            let at_ms: Vec<f64> = (0..batches).map(|batch| batch as f64).collect();
            let names: Vec<String> = series.keys().cloned().collect();
            let mut walk = Walk::new(&Columns { series: &series, at_ms: &at_ms }, names, true);
            let (mut found, mut steps) = (vec![Vec::new(); lists.len()], Vec::new());
            loop {
                let more = walk.slice(&Columns { series: &series, at_ms: &at_ms }, |row| {
                    steps.push(row.step);
                    for (list, value) in found.iter_mut().zip(&row.values) {
                        list.extend(value.map(|value| (row.step, value.to_bits())));
                    }
                }).unwrap();
                // The run goes on.
                series.values_mut().for_each(|series| { let step = series.last().map_or(1, |(step, _)| step + 1); series.push(step, 1.0); });
                if !more { break }
            }
            for (found, points) in found.iter().zip(&lists) {
                let expected: Vec<(u32, u32)> = points.iter().map(|(step, value)| (*step, value.to_bits())).collect();
                prop_assert_eq!(found, &expected);
            }
            prop_assert!(steps.is_sorted_by(|a, b| a < b));
            prop_assert!((1..=batches as u32).all(|batch| steps.binary_search(&batch).is_ok()));
            prop_assert_eq!(walk.progress(), 1.0);
        }
    }

    #[test]
    fn a_record_that_became_shorter_is_refused() {
        let mut series = BTreeMap::from([("a".to_owned(), Series::new())]);
        series.get_mut("a").unwrap().extend([(1, 1.0), (2, 2.0)]);
        let mut walk = Walk::new(&Columns { series: &series, at_ms: &[] }, vec!["a".into()], false);
        series.get_mut("a").unwrap().truncate_from(2);
        let error = walk.slice(&Columns { series: &series, at_ms: &[] }, |_| {}).unwrap_err();
        assert_eq!(error.code(), Code::InvalidState);
    }
}
