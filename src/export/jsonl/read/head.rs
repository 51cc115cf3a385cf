//! The head of a run: what its first record says of it, and the ending that its last one tells. Never here: what lies between them.

use super::limits::{MOST_NUMBERS, MOST_SERIES};
use crate::domain::data::SampleShape;
use crate::domain::data::limits::MOST_CLASSES;
use crate::domain::format::json::{Problem, Scan};
use crate::domain::run::config::{MOST_JSON, RunConfig};
use crate::domain::run::event::{Logs, TrainEnd};
use crate::domain::run::parent::{self, Parent};
use crate::export::jsonl::fields::{Fields, MOST_NAME, check_name};
use crate::export::jsonl::{FORMAT, VERSION};
use crate::export::record::{Ending, Head};

/// The shape of a sample and the names of the classes.
pub type Data = (SampleShape, Vec<String>);

/// The head of the run in a header.
pub fn header(fields: &Fields<'_>) -> std::result::Result<Head, Problem> {
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

/// The run that this one goes on from; files of runs that are no branches do not name any.
fn parent(fields: &Fields<'_>) -> std::result::Result<Option<Parent>, Problem> {
    let parent: Option<Parent> = fields.maybe("parent", 8 * parent::MOST_NAME)?;
    if parent.as_ref().is_some_and(|parent| parent.name.len() > parent::MOST_NAME) {
        return Err(format!("the name of its parent is longer than {} bytes", parent::MOST_NAME));
    }
    Ok(parent)
}

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

/// The ending that a last record tells.
pub fn ending(fields: &Fields<'_>, state: &str) -> std::result::Result<Ending, Problem> {
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
