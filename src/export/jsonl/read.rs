//! The reader of JSONL: it takes lines in piece by piece, checks each, and bounds memory by the file's real size.

use super::fields::{Fields, MOST_NAME, check_name};
use super::{FORMAT, VERSION};
use crate::domain::data::SampleShape;
use crate::domain::data::limits::MOST_CLASSES;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::format::checksum::crc32c_append;
use crate::domain::format::json::{Problem, Scan};
use crate::domain::order::order_by;
use crate::domain::record::probe::{ActivationProbe, Probe, WeightProbe};
use crate::domain::record::series::Series;
use crate::domain::run::config::{MOST_JSON, RunConfig};
use crate::domain::run::event::{Evaluation, Logs, SampleOutcome, TrainEnd};
use crate::domain::run::parent::{self, Parent};
use crate::error::{Code, Error, Result};
use crate::export::record::{Ending, Head, Imported};
use std::collections::BTreeMap;

/// The longest line, in bytes.
const MOST_LINE: usize = 32 << 20;
/// The largest number of values of all series together: 400 MB.
const MOST_VALUES: usize = 100_000_000;
const MOST_SERIES: usize = 5_000;
const MOST_PROBES: usize = 2_000;
/// The most arrays, and the most layers, that one probe looks into.
const MOST_ARRAYS: usize = 1_000;
const MOST_DIAGNOSES: usize = 3_000;
/// The most samples that an evaluation keeps as its worst: several times what a run keeps.
const MOST_WORST: usize = 100;
/// The most points of one class's ROC curve: twice those of the finest one that is kept.
const MOST_ROC: usize = 1_000;
/// The longest report of all metrics, in bytes of JSON: that of the most classes, whose curves are most of it.
const MOST_REPORT: usize = 16 << 20;
/// The most numbers of one sample: a colour image of 1 000 by 1 000.
const MOST_NUMBERS: usize = 3_000_000;
/// More epochs than any run has.
const MOST_EPOCHS: u32 = 1_000_000;

const HINT: &str = "choose a run that this page has exported as JSONL, whole and unchanged";

/// The run that this one goes on from; files of runs that are no branches do not name any.
fn parent(fields: &Fields<'_>) -> std::result::Result<Option<Parent>, Problem> {
    let parent: Option<Parent> = fields.maybe("parent", 8 * parent::MOST_NAME)?;
    if parent.as_ref().is_some_and(|parent| parent.name.len() > parent::MOST_NAME) {
        return Err(format!("the name of its parent is longer than {} bytes", parent::MOST_NAME));
    }
    Ok(parent)
}

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

/// The head of the run in a header.
pub(super) fn header(fields: &Fields<'_>) -> std::result::Result<Head, Problem> {
    let (format, version): (String, u32) = (fields.get("format")?, fields.get("version")?);
    if format != FORMAT {
        return Err(format!("the format is {format:?}, not {FORMAT:?}"));
    }
    if version != VERSION {
        return Err(format!("this is version {version} of the format, this page reads version {VERSION}"));
    }
    let config: RunConfig = fields.get_within("config", MOST_JSON)?;
    config.check_values().map_err(|error| error.message().to_owned())?;
    let data = data(fields)?;
    let began_unix_ms = fields.number("beganUnixMs")?;
    if !began_unix_ms.is_finite() {
        return Err("\"beganUnixMs\" is no time".into());
    }
    Ok(Head {
        config,
        data_hash: fields.get("dataHash")?,
        data,
        device: fields.get("device")?,
        why: fields.get("why")?,
        began_unix_ms,
        weights_from: fields.get("weightsFrom")?,
        parent: parent(fields)?,
        begin: fields.get("begin")?,
        probes: Vec::new(),
        looks: fields.get("looks")?,
        evaluation: None,
        diagnoses: Vec::new(),
        ending: Ending::Open,
    })
}

/// The ending that a last record tells.
pub(super) fn ending(fields: &Fields<'_>, state: &str) -> std::result::Result<Ending, Problem> {
    match state {
        "open" => Ok(Ending::Open),
        "failed" => Ok(Ending::Failed(fields.get("error")?)),
        "finished" => {
            let mut logs = Logs::default();
            Scan::new(fields.raw("logs")?).object(|name, scan| {
                check_name(name)?;
                if logs.0.len() == MOST_SERIES {
                    return Err(format!("\"logs\" has more than {MOST_SERIES} values"));
                }
                logs.push(name, scan.number()?.unwrap_or(f64::NAN));
                Ok(())
            })?;
            let (step, epochs, reason) = (fields.get("step")?, fields.get("epochs")?, fields.get("reason")?);
            Ok(Ending::Finished(TrainEnd { step, epochs, reason, logs, at_ms: fields.number("atMs")? }))
        }
        other => Err(format!("there is no state {other:?}")),
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

/// A look into the network.
pub(super) fn probe(fields: &Fields<'_>) -> std::result::Result<Probe, Problem> {
    let mut probe = Probe { step: fields.get("step")?, weights: Vec::new(), activations: Vec::new() };
    let within =
        |count: usize| if count < MOST_ARRAYS { Ok(()) } else { Err(format!("a look has more than {MOST_ARRAYS} arrays or layers")) };
    fields.each("weights", |array| {
        within(probe.weights.len())?;
        let (name, weights, gradient) = (array.name()?, array.summary("weights")?, array.summary("gradient")?);
        probe.weights.push(WeightProbe { name, weights, gradient, update_ratio: array.number("updateRatio")? });
        Ok(())
    })?;
    fields.each("activations", |layer| {
        within(probe.activations.len())?;
        let (name, kind, values) = (layer.name()?, layer.get("kind")?, layer.summary("values")?);
        probe.activations.push(ActivationProbe { name, kind, values, dead: layer.number("dead")?, saturated: layer.number("saturated")? });
        Ok(())
    })?;
    Ok(probe)
}

/// The shape of a sample and the names of the classes.
pub(super) type Data = (SampleShape, Vec<String>);

/// The data of the header; files of older versions have neither.
fn data(fields: &Fields<'_>) -> std::result::Result<Option<Data>, Problem> {
    let shape: Option<SampleShape> = fields.maybe("shape", MOST_NAME)?;
    let classes: Option<Vec<String>> = fields.maybe("classes", MOST_CLASSES * (MOST_NAME + 10))?;
    let Some((shape, classes)) = shape.zip(classes) else { return Ok(None) };
    let sides = match shape {
        SampleShape::Vector(length) => [length, 1, 1],
        SampleShape::Image { channels, height, width } => [channels, height, width],
    };
    let size = sides.into_iter().try_fold(1_usize, |size, side| size.checked_mul(side)).unwrap_or(0);
    if !(1..=MOST_NUMBERS).contains(&size) {
        return Err(format!("no sample has the shape {sides:?}"));
    }
    if !(1..=MOST_CLASSES).contains(&classes.len()) || classes.iter().any(|name| name.len() > MOST_NAME) {
        let limits = format!("1 to {MOST_CLASSES} of at most {MOST_NAME} bytes are read");
        return Err(format!("{} classes are too many or too few, or the name of one is too long; {limits}", classes.len()));
    }
    Ok(Some((shape, classes)))
}

/// The metrics of a validation, and the numbers of its worst samples.
pub(super) fn evaluation(fields: &Fields<'_>, data: Option<&Data>) -> std::result::Result<(Evaluation, Vec<f32>), Problem> {
    let report = fields.get_within("report", MOST_REPORT)?;
    let mut evaluation = Evaluation { epoch: fields.get("epoch")?, step: fields.get("step")?, report, worst: Vec::new() };
    let classes = evaluation.report.per_class.len();
    if classes > MOST_CLASSES {
        return Err(format!("the metrics are of {classes} classes, more than {MOST_CLASSES}"));
    }
    if evaluation.report.per_class.iter().any(|class| class.roc.len() > MOST_ROC) {
        return Err(format!("a ROC curve has more than {MOST_ROC} points"));
    }
    if !evaluation.report.confusion.is_of(classes) {
        return Err("the confusion matrix is not one of as many classes as there are".into());
    }
    if let Some((_, names)) = data.filter(|(_, names)| names.len() != classes) {
        return Err(format!("the metrics are of {classes} classes, the header names {}", names.len()));
    }
    if evaluation.epoch > MOST_EPOCHS {
        return Err(format!("there is no epoch {}", evaluation.epoch));
    }
    fields.each("worst", |outcome| {
        if evaluation.worst.len() == MOST_WORST {
            return Err(format!("there are more than {MOST_WORST} worst samples"));
        }
        let (index, label, predicted) = (outcome.get("index")?, outcome.get("label")?, outcome.get("predicted")?);
        let (probability, loss) = (outcome.number("probability")?, outcome.number("loss")?);
        evaluation.worst.push(SampleOutcome { index, label, predicted, probability, loss });
        Ok(())
    })?;
    let mut numbers = Vec::new();
    Scan::new(fields.raw("numbers")?).list(|scan| {
        numbers.push(scan.number()?.ok_or("a number of a sample is missing")?);
        Ok(())
    })?;
    let size = data.map_or_else(|| numbers.len() / evaluation.worst.len().max(1), |(shape, _)| shape.len());
    if !numbers.is_empty() && numbers.len() != size * evaluation.worst.len() {
        return Err(format!("{} numbers are not those of {} samples of {size}", numbers.len(), evaluation.worst.len()));
    }
    Ok((evaluation, numbers))
}
