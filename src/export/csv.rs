//! A run as tables: a zip of `batches.csv` (a row a batch), `epochs.csv` (a row an epoch) and `looks.csv` (a row for
//! every other step with a value, such as the gradient norms of a probe).
//!
//! Each table begins with the step and the milliseconds since the run's begin, then a column a series. An empty cell is
//! a value that was not recorded; `NaN`, `Infinity` and `-Infinity` were. Numbers are the shortest text that means the
//! recorded `f32`, so nothing is lost. Quotes are RFC 4180's.

use super::Export;
use super::archive::Archive;
use super::number::{push_f32, push_f64};
use super::record::Columns;
use super::walk::{Row, Walk, dense_and_sparse};
use crate::charts::escape;
use crate::domain::run::event::series;
use crate::error::Result;
use std::io::Write;

/// A table that is being written.
struct Table {
    file: &'static str,
    walk: Walk,
    /// The kind of rows: batches, epochs, or all steps with a value.
    rows: Rows,
}

#[derive(Clone, Copy, PartialEq)]
enum Rows {
    Batches,
    Epochs,
    Looks,
}

/// The tables of a run, being written.
pub struct CsvExport {
    archive: Archive,
    tables: Vec<Table>,
    present: usize,
    begun: bool,
    epochs: u32,
}

impl CsvExport {
    /// Starts the tables of the record as it is now.
    pub fn new(columns: &Columns<'_>) -> Self {
        let (dense, sparse) = dense_and_sparse(columns);
        // What is said at the end of an epoch is said at the step of every training loss.
        let marker = columns.series.get(series::TRAIN_LOSS);
        let is_epoch = |name: &String| {
            let steps = |name: &str| columns.series.get(name).map_or(0, crate::domain::record::series::Series::len);
            name.starts_with("train/")
                || name.starts_with("val/")
                || marker.is_some_and(|marker| {
                    steps(name) <= marker.len() && columns.series[name].iter().all(|(step, _)| has_step(marker, step))
                })
        };
        let (epochs, looks): (Vec<String>, Vec<String>) = sparse.into_iter().partition(is_epoch);
        let table = |file, names, rows| Table { file, walk: Walk::new(columns, names, rows == Rows::Batches), rows };
        let tables = vec![
            table("batches.csv", dense, Rows::Batches),
            table("epochs.csv", epochs, Rows::Epochs),
            table("looks.csv", looks, Rows::Looks),
        ];
        Self { archive: Archive::default(), tables, present: 0, begun: false, epochs: 0 }
    }
}

fn has_step(series: &crate::domain::record::series::Series, step: u32) -> bool {
    series.index_at_or_before(step).and_then(|index| series.get(index)).is_some_and(|(found, _)| found == step)
}

fn header(rows: Rows, names: &[String]) -> Vec<u8> {
    let mut text = if rows == Rows::Epochs { b"epoch,step,at_ms".to_vec() } else { b"step,at_ms".to_vec() };
    for name in names {
        text.push(b',');
        text.extend(escape::csv(name).bytes());
    }
    text.extend(b"\r\n");
    text
}

fn push_row(text: &mut Vec<u8>, columns: &Columns<'_>, row: &Row) {
    write!(text, "{},", row.step).expect("memory takes every write");
    push_f64(text, row.at_ms.unwrap_or_else(|| columns.at_ms(row.step)));
    for value in &row.values {
        text.push(b',');
        if let Some(value) = value {
            push_f32(text, *value);
        }
    }
    text.extend(b"\r\n");
}

impl Export for CsvExport {
    fn write(&mut self, columns: &Columns<'_>, out: &mut Vec<u8>) -> Result<bool> {
        let Some(table) = self.tables.get_mut(self.present) else { return Ok(false) };
        if !self.begun {
            self.begun = true;
            self.archive.begin(table.file, out)?;
            self.archive.write(&header(table.rows, table.walk.names()), out)?;
        }
        let mut text = Vec::new();
        let (rows, epochs) = (table.rows, &mut self.epochs);
        let more = table.walk.slice(columns, |row| {
            if rows == Rows::Epochs {
                *epochs += 1;
                write!(text, "{epochs},").expect("memory takes every write");
            }
            push_row(&mut text, columns, row);
        })?;
        self.archive.write(&text, out)?;
        if !more {
            self.archive.end(out)?;
            self.begun = false;
            self.present += 1;
            if self.present == self.tables.len() {
                self.archive.finish(out)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn progress(&self) -> f64 {
        let shares = self.tables.iter().enumerate().map(|(index, table)| if index < self.present { 1.0 } else { table.walk.progress() });
        // Nearly all rows are those of the first table.
        shares.zip([0.9, 0.05, 0.05]).map(|(share, weight)| share * weight).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{samples, to_bytes};
    use super::*;
    use std::io::{Cursor, Read};

    fn files(bytes: &[u8]) -> Vec<String> {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        ["batches.csv", "epochs.csv", "looks.csv"]
            .map(|name| {
                let mut text = String::new();
                zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
                text
            })
            .to_vec()
    }

    #[test]
    fn the_tables_have_every_value_once_where_it_belongs() {
        let mut run = samples::small();
        run.series.retain(|name, _| !name.contains(','));
        let columns = run.columns();
        let files = files(&to_bytes(&mut CsvExport::new(&columns), &columns).unwrap());
        let mut found = 0;
        for (file, first) in files.iter().zip(["step,at_ms,batch/accuracy,batch/loss", "epoch,step,at_ms,", "step,at_ms,"]) {
            assert!(file.starts_with(first), "{file}");
            let mut lines = file.split_terminator("\r\n");
            let names: Vec<&str> = lines.next().unwrap().split(',').collect();
            for line in lines {
                let cells: Vec<&str> = line.split(',').collect();
                assert_eq!(cells.len(), names.len(), "{line}");
                let step: u32 = cells[names.iter().position(|name| *name == "step").unwrap()].parse().unwrap();
                for (name, cell) in
                    names.iter().zip(&cells).filter(|(name, cell)| !cell.is_empty() && !matches!(**name, "epoch" | "step" | "at_ms"))
                {
                    let series = &run.series[*name];
                    let (at, value) = series.get(series.index_at_or_before(step).unwrap()).unwrap();
                    let written: f32 = cell.parse().unwrap();
                    assert!(at == step && (written.to_bits() == value.to_bits() || written.is_nan() && value.is_nan()), "{name} {step}");
                    found += 1;
                }
            }
        }
        assert_eq!(found, run.series.values().map(crate::domain::record::series::Series::len).sum::<usize>());
    }
}
