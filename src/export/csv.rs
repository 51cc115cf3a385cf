//! A run as tables: a zip of `batches.csv` (a row a batch), `epochs.csv` (a row an epoch) and `looks.csv` (a row for each
//! step with a value of anything else, such as the gradient norms of a probe, or series that callbacks log). The table of
//! known series says which column stands in which table, never the number of its values.
//!
//! Each table begins with the step and the milliseconds since the run's begin, then a column a series. An empty cell is
//! a value that was not recorded; `NaN`, `Infinity` and `-Infinity` were. Numbers are the shortest text that means the
//! recorded `f32`, so nothing is lost. Quotes are RFC 4180's.

use super::Export;
use super::archive::Archive;
use super::number::{push_f32, push_f64};
use super::record::Columns;
use super::walk::{Columned, Row, Walk, by_kind};
use crate::charts::escape;
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
        let Columned { batches, epochs, others } = by_kind(columns);
        let table = |file, names, rows| Table { file, walk: Walk::new(columns, names, rows == Rows::Batches), rows };
        let tables = vec![
            table("batches.csv", batches, Rows::Batches),
            table("epochs.csv", epochs, Rows::Epochs),
            table("looks.csv", others, Rows::Looks),
        ];
        Self { archive: Archive::default(), tables, present: 0, begun: false, epochs: 0 }
    }
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

    #[test]
    fn a_column_stands_in_the_same_table_however_many_batches_an_epoch_has() {
        let names = |batches_per_epoch: u32| {
            let mut run = samples::small();
            run.series.clear();
            let mut add = |name: &str, steps: Vec<u32>| {
                run.series.entry(name.to_owned()).or_default().extend(steps.into_iter().map(|step| (step, 1.0)));
            };
            let ends = || (1..=6).map(|epoch| epoch * batches_per_epoch).collect::<Vec<_>>();
            for name in
                ["train/loss", "val/loss", "time/epoch_ms", "time/validation_ms", "time/batch_mean_ms", "train_eval/loss", "my/epochs"]
            {
                add(name, ends());
            }
            for name in ["batch/loss", "lr", "time/forward_ms"] {
                add(name, (1..=6 * batches_per_epoch).collect());
            }
            // Fewer than half of the batches have one, and later on every batch.
            add("time/encode_ms", vec![6 * batches_per_epoch]);
            add("grad/norm", (1..=6 * batches_per_epoch).collect());
            add("my/start", vec![0, 1]);
            run.at_ms = (1..=6 * batches_per_epoch).map(f64::from).collect();
            let columns = run.columns();
            files(&to_bytes(&mut CsvExport::new(&columns), &columns).unwrap())
                .iter()
                .map(|file| file.lines().next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let expected = [
            "step,at_ms,batch/loss,lr,time/encode_ms,time/forward_ms",
            "epoch,step,at_ms,my/epochs,time/batch_mean_ms,time/epoch_ms,time/validation_ms,train/loss,train_eval/loss,val/loss",
            "step,at_ms,grad/norm,my/start",
        ];
        assert_eq!(names(1), expected);
        assert_eq!(names(9), expected);
    }
}
