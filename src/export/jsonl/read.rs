//! The reader of JSONL: it takes lines in piece by piece, checks each, and bounds memory by the file's real size.
//!
//! Here are the order of the records and the series; what single records hold is in the rooms beside it. Never here: the page's
//! record, which takes the run over.

mod evaluation;
mod head;
mod limits;
mod looks;

use super::fields::{Fields, MOST_NAME, check_name};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::format::checksum::crc32c_append;
use crate::domain::format::json::{Problem, Scan};
use crate::domain::order::order_by;
use crate::domain::record::series::Series;
use crate::error::{Code, Error, Result};
use crate::export::record::{Head, Imported};
pub use evaluation::evaluation;
pub use head::{Data, ending, header};
use limits::{MOST_DIAGNOSES, MOST_LINE, MOST_PROBES, MOST_SERIES, MOST_VALUES};
pub use looks::probe;
use std::collections::BTreeMap;

const HINT: &str = "choose a run that this page has exported as JSONL, whole and unchanged";

/// A reader that takes in a file piece by piece.
#[derive(Default)]
pub struct Reader {
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    line: u64,
    crc: u32,
    head: Option<Head>,
    columns: Vec<(String, Series)>,
    /// The places of the columns in the order of their names.
    by_name: Vec<usize>,
    others: BTreeMap<String, Series>,
    at_ms: Vec<f64>,
    values: usize,
    is_ended: bool,
    is_checked: bool,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next bytes, in pieces of any size.
    ///
    /// # Errors
    /// [`Code::InvalidData`] with the number of the line and its fault.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.rest.is_empty() {
                self.take(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(line);
                self.take(&whole)?;
            }
            bytes = rest;
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() > MOST_LINE { Err(self.refuse(self.line + 1, &format!("it is longer than {MOST_LINE} bytes"))) } else { Ok(()) }
    }

    /// Returns the run, once the whole file has been taken in.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the file ends too early.
    pub fn finish(mut self) -> Result<Imported> {
        if !self.rest.is_empty() {
            let last = std::mem::take(&mut self.rest);
            self.take(&last)?;
        }
        let line = self.line;
        match self.head.take() {
            Some(head) if self.is_ended => {
                let mut series = self.others;
                series.extend(self.columns.into_iter().filter(|(_, series)| !series.is_empty()));
                Ok(Imported { head, series, at_ms: self.at_ms })
            }
            Some(_) => Err(self.refuse(line, "the file is cut off here: a run ends with an \"end\" record")),
            None => Err(Error::new(Code::InvalidData, "the file is empty", HINT)),
        }
    }

    fn refuse(&self, line: u64, problem: &str) -> Error {
        Error::new(Code::InvalidData, format!("line {line}: {problem}"), HINT)
    }

    fn take(&mut self, line: &[u8]) -> Result<()> {
        self.line += 1;
        let result = str::from_utf8(line).map_err(|_| "it is not text in UTF-8".to_owned()).and_then(|text| self.record(text));
        result.map_err(|problem| self.refuse(self.line, &problem))?;
        self.crc = crc32c_append(crc32c_append(self.crc, line), b"\n");
        Ok(())
    }

    fn record(&mut self, text: &str) -> std::result::Result<(), Problem> {
        let fields = Fields::of(text)?;
        let record: String = fields.get("record")?;
        match (record.as_str(), &self.head) {
            _ if self.is_checked => return Err("something follows the end of the run".into()),
            ("header", None) => self.header(&fields)?,
            (_, None) => return Err("the first record is not a \"header\"".into()),
            ("checksum", _) if self.is_ended => {
                let found: String = fields.get("crc32c")?;
                if found != format!("{:08x}", self.crc) {
                    return Err("the checksum does not match: the file was changed or damaged".into());
                }
                self.is_checked = true;
            }
            _ if self.is_ended => return Err("something follows the end of the run".into()),
            ("batch", _) => self.batch(&fields)?,
            ("epoch" | "values", _) => self.others(&fields)?,
            ("end", _) => self.end(&fields)?,
            (other, _) => {
                let Some(head) = &mut self.head else { return Ok(()) };
                match other {
                    "probe" => {
                        let probe = probe(&fields)?;
                        if head.probes.len() >= MOST_PROBES || head.probes.last().is_some_and(|last| last.step >= probe.step) {
                            return Err(format!("the look at step {} is out of order, or one of more than {MOST_PROBES}", probe.step));
                        }
                        head.probes.push(probe);
                    }
                    "evaluation" => head.evaluation = Some(evaluation(&fields, head.data.as_ref())?),
                    "diagnosis" if head.diagnoses.len() < MOST_DIAGNOSES => head.diagnoses.push(fields.get::<Diagnosis>("diagnosis")?),
                    "diagnosis" => return Err(format!("there are more than {MOST_DIAGNOSES} diagnoses")),
                    "header" => return Err("there is a second \"header\"".into()),
                    other => return Err(format!("there is no record {other:?}")),
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, fields: &Fields<'_>) -> std::result::Result<(), Problem> {
        let head = header(fields)?;
        self.columns(fields)?;
        self.head = Some(head);
        Ok(())
    }

    /// The names of the batches' columns.
    fn columns(&mut self, fields: &Fields<'_>) -> std::result::Result<(), Problem> {
        let names: Vec<String> = fields.get_within("columns", MOST_SERIES * MOST_NAME)?;
        if names.len() > MOST_SERIES {
            return Err(format!("there are {} columns, more than {MOST_SERIES}", names.len()));
        }
        names.iter().try_for_each(|name| check_name(name))?;
        self.by_name = order_by(names.len(), &|a, b| names[a].cmp(&names[b]));
        if let Some(twice) = self.by_name.windows(2).find(|pair| names[pair[0]] == names[pair[1]]) {
            return Err(format!("the column {:?} is there twice", names[twice[0]]));
        }
        self.columns = names.into_iter().map(|name| (name, Series::new())).collect();
        Ok(())
    }

    fn count(&mut self) -> std::result::Result<(), Problem> {
        self.values += 1;
        if self.values > MOST_VALUES { Err(format!("there are more than {MOST_VALUES} values, more than a page can hold")) } else { Ok(()) }
    }

    fn batch(&mut self, fields: &Fields<'_>) -> std::result::Result<(), Problem> {
        let step: u32 = fields.get("step")?;
        if step as usize != self.at_ms.len() + 1 {
            return Err(format!("the batch of step {step} follows that of step {}", self.at_ms.len()));
        }
        let at_ms = fields.number("atMs")?;
        if !at_ms.is_finite() || self.at_ms.last().is_some_and(|&last| at_ms < last) {
            return Err(format!("\"atMs\" is {at_ms}, no time or earlier than that of the batch before"));
        }
        self.count()?;
        self.at_ms.push(at_ms);
        let (mut column, columns) = (0, &mut self.columns);
        Scan::new(fields.raw("values")?).list(|scan| {
            let value = scan.number()?;
            let Some((name, series)) = columns.get_mut(column) else { return Err("there are more values than columns".into()) };
            column += 1;
            value.map_or(Ok(()), |value| push(name, series, step, value))
        })?;
        self.values += column;
        if column == self.columns.len() { Ok(()) } else { Err(format!("there are {column} values for {} columns", self.columns.len())) }
    }

    fn others(&mut self, fields: &Fields<'_>) -> std::result::Result<(), Problem> {
        let step: u32 = fields.get("step")?;
        Scan::new(fields.raw("values")?).object(|name, scan| {
            let value = scan.number()?.ok_or_else(|| format!("{name:?} has no value"))?;
            self.count()?;
            if let Ok(found) = self.by_name.binary_search_by(|&at| self.columns[at].0.as_str().cmp(name)) {
                return push(name, &mut self.columns[self.by_name[found]].1, step, value);
            }
            if !self.others.contains_key(name) {
                check_name(name)?;
                if self.others.len() + self.columns.len() >= MOST_SERIES {
                    return Err(format!("there are more than {MOST_SERIES} series"));
                }
            }
            push(name, self.others.entry(name.to_owned()).or_default(), step, value)
        })
    }

    fn end(&mut self, fields: &Fields<'_>) -> std::result::Result<(), Problem> {
        let (batches, state): (usize, String) = (fields.get("batches")?, fields.get("state")?);
        if batches != self.at_ms.len() {
            return Err(format!("there should be {batches} batches, but there are {}", self.at_ms.len()));
        }
        let ending = ending(fields, &state)?;
        if let Some(head) = &mut self.head {
            head.ending = ending;
        }
        self.is_ended = true;
        Ok(())
    }
}

fn push(name: &str, series: &mut Series, step: u32, value: f32) -> std::result::Result<(), Problem> {
    match series.last() {
        Some((last, _)) if last >= step => Err(format!("{name:?} has a value at step {step} after one at step {last}")),
        _ if step == u32::MAX => Err("the step is too large".into()),
        _ => {
            series.push(step, value);
            Ok(())
        }
    }
}
