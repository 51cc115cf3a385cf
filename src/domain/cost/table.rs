//! Mean, median, 95th percentile and share of each phase, for the present epoch and for the run.
//!
//! Batches whose time is special ([`marks::KEPT_OUT`]) are left out, and counted.

use super::ledger::Phase;
use super::marks;
use super::spread::Spread;
use crate::domain::run::event::series;

/// The figures of one phase, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The mean over the batches.
    pub mean: f64,
    /// The median: half of the batches took longer.
    pub median: f64,
    /// The 95th percentile: one batch in twenty took longer.
    pub p95: f64,
    /// The share of the batches' whole time, 0 to 1.
    pub share: f64,
}

/// The distribution of each phase's time over some batches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    batch: Spread,
    phases: [Spread; Phase::ALL.len()],
    left_out: u64,
}

impl Account {
    /// Number of batches that are counted.
    pub fn batches(&self) -> u64 {
        self.batch.count()
    }

    /// Number of batches that are left out because of their marks.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The figures of the whole batch; `None` without batches.
    pub fn whole(&self) -> Option<Figures> {
        self.figures(&self.batch)
    }

    /// The figures of one phase; `None` where no batch had it.
    pub fn phase(&self, phase: Phase) -> Option<Figures> {
        self.figures(&self.phases[phase as usize])
    }

    /// The figures of what took so many milliseconds beside the batches, each time; its share is by the time of the batches.
    pub fn beside(&self, each: impl IntoIterator<Item = f32>) -> Option<Figures> {
        let mut spread = Spread::default();
        each.into_iter().for_each(|ms| spread.push(ms));
        self.figures(&spread).filter(|_| self.batches() > 0)
    }

    fn figures(&self, spread: &Spread) -> Option<Figures> {
        (spread.count() > 0).then(|| Figures {
            mean: spread.mean(),
            median: spread.quantile(0.5),
            p95: spread.quantile(0.95),
            share: spread.sum() / self.batch.sum(),
        })
    }

    fn take(&mut self, batch: f32, phases: &[(usize, f32)], kept_out: bool) {
        if kept_out {
            self.left_out += 1;
            return;
        }
        self.batch.push(batch);
        for &(phase, ms) in phases {
            self.phases[phase].push(ms);
        }
    }
}

/// The accounts of a run: of its present epoch and of all its batches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The present epoch, or the last one once the run has ended.
    pub epoch: Account,
    /// The whole run.
    pub run: Account,
    /// The number of the present epoch, from 0.
    pub number: u32,
}

impl Table {
    /// Begins an epoch, with an empty account.
    pub fn begin_epoch(&mut self, number: u32) {
        self.epoch = Account::default();
        self.number = number;
    }

    /// Adds batches, by column as they were recorded; NaN where a device has no such phase.
    pub fn take(&mut self, columns: &[(String, Vec<f32>)]) {
        let column = |name: &str| columns.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice());
        let Some(batches) = column(series::TIME_BATCH) else { return };
        let phases = Phase::ALL.map(|phase| column(phase.series()));
        let special = column(series::TIME_MARKS);
        let mut row = Vec::with_capacity(phases.len());
        for (index, &batch) in batches.iter().enumerate() {
            row.clear();
            let values = phases.iter().enumerate().filter_map(|(phase, values)| Some((phase, *values.as_ref()?.get(index)?)));
            row.extend(values.filter(|(_, ms)| !ms.is_nan()));
            let kept_out = special.and_then(|marks| marks.get(index)).is_some_and(|&bits| bits as u32 & marks::KEPT_OUT != 0);
            self.epoch.take(batch, &row, kept_out);
            self.run.take(batch, &row, kept_out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: &[(f32, f32, u32)]) -> Vec<(String, Vec<f32>)> {
        vec![
            (series::TIME_BATCH.to_owned(), rows.iter().map(|row| row.0).collect()),
            (series::TIME_FORWARD.to_owned(), rows.iter().map(|row| row.1).collect()),
            (series::TIME_MARKS.to_owned(), rows.iter().map(|row| row.2 as f32).collect()),
        ]
    }

    #[test]
    fn shares_are_of_the_time_and_special_batches_are_left_out() {
        let mut table = Table::default();
        table.begin_epoch(0);
        table.take(&columns(&[(500.0, 400.0, marks::WARM_UP), (10.0, 4.0, 0), (30.0, 6.0, marks::AFTER_PAUSE)]));
        table.begin_epoch(1);
        table.take(&columns(&[(20.0, f32::NAN, 0), (99.0, 9.0, marks::HIDDEN)]));
        let forward = table.run.phase(Phase::Forward).unwrap();
        assert_eq!((forward.mean, forward.share), (5.0, 10.0 / 60.0));
        assert_eq!((table.run.batches(), table.run.left_out(), table.epoch.batches(), table.number), (3, 2, 1, 1));
        assert_eq!(table.epoch.phase(Phase::Forward), None, "a phase that no batch had");
        let views = table.run.beside([3.0, 9.0]).unwrap();
        assert_eq!((views.mean, views.share), (6.0, 12.0 / 60.0));
        assert!(table.run.beside([]).is_none() && Account::default().beside([3.0]).is_none());
        assert!((table.run.whole().unwrap().median - 20.0).abs() < 0.1);
    }
}
