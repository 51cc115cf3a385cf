//! Single lines of JSONL, for a record that is written as it comes and read piece by piece: the same lines as those of a file, in
//! any number of each and in any order behind the header.
//!
//! Never here: batches, which come as frames; where the lines are kept.

use super::fields::{Fields, check_name};
use super::read::{self, Data};
use super::write;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::probe::Probe;
use crate::domain::run::event::{Evaluation, Step};
use crate::export::json::{Problem, Scan};
use crate::export::number::push_json_f32;
use crate::export::record::{Ending, Head};
use std::io::Write;

/// The most values of one line.
const MOST_VALUES: usize = 5_000;

/// One line of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The run without its columns.
    Header(Box<Head>),
    /// Values at a step, by name.
    Values(Step, Vec<(String, f32)>),
    /// A look into the network.
    Probe(Box<Probe>),
    /// The metrics of a validation, and the numbers of its worst samples.
    Evaluation(Box<Evaluation>, Vec<f32>),
    /// A fault that was found.
    Diagnosis(Box<Diagnosis>),
    /// The end.
    End(Ending),
}

impl Line {
    /// Reads a line; an evaluation must be of `data` where it is known.
    ///
    /// # Errors
    /// The fault of the line.
    pub fn read(bytes: &[u8], data: Option<&Data>) -> Result<Self, Problem> {
        let text = str::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())?;
        let fields = Fields::of(text)?;
        let record: String = fields.get("record")?;
        match record.as_str() {
            "header" => Ok(Self::Header(Box::new(read::header(&fields)?))),
            "values" => values(&fields),
            "probe" => Ok(Self::Probe(Box::new(read::probe(&fields)?))),
            "evaluation" => read::evaluation(&fields, data).map(|(evaluation, numbers)| Self::Evaluation(Box::new(evaluation), numbers)),
            "diagnosis" => Ok(Self::Diagnosis(Box::new(fields.get("diagnosis")?))),
            "end" => Ok(Self::End(read::ending(&fields, &fields.get::<String>("state")?)?)),
            other => Err(format!("there is no record {other:?}")),
        }
    }
}

fn values(fields: &Fields<'_>) -> Result<Line, Problem> {
    let step = fields.get("step")?;
    if step == Step::MAX {
        return Err("the step is too large".to_owned());
    }
    let mut values = Vec::new();
    Scan::new(fields.raw("values")?).object(|name, scan| {
        check_name(name)?;
        if values.len() == MOST_VALUES {
            return Err(format!("there are more than {MOST_VALUES} values"));
        }
        values.push((name.to_owned(), scan.number()?.ok_or_else(|| format!("{name:?} has no value"))?));
        Ok(())
    })?;
    Ok(Line::Values(step, values))
}

/// The header of `head` as a line.
pub fn header(head: &Head) -> Vec<u8> {
    let mut out = Vec::new();
    write::header(head, &[], &mut out);
    out
}

/// Values at `step` as a line.
pub fn values_line<'a>(step: Step, values: impl IntoIterator<Item = (&'a str, f64)>) -> Vec<u8> {
    let mut out = Vec::new();
    write!(out, r#"{{"record":"values","step":{step},"values":{{"#).expect("memory takes every write");
    for (index, (name, value)) in values.into_iter().enumerate() {
        write!(out, "{}{}:", if index > 0 { "," } else { "" }, write::json(&name)).expect("memory takes every write");
        // As it is recorded.
        push_json_f32(&mut out, value as f32);
    }
    out.extend(b"}}\n");
    out
}

/// A look as a line.
pub fn probe(probe: &Probe) -> Vec<u8> {
    let mut out = Vec::new();
    write::probe(probe, &mut out);
    out
}

/// An evaluation with the numbers of its worst samples as a line.
pub fn evaluation(evaluation: &Evaluation, numbers: &[f32]) -> Vec<u8> {
    let mut out = Vec::new();
    write::evaluation(evaluation, numbers, &mut out);
    out
}

/// A diagnosis as a line.
pub fn diagnosis(diagnosis: &Diagnosis) -> Vec<u8> {
    format!("{{\"record\":\"diagnosis\",\"diagnosis\":{}}}\n", write::json(diagnosis)).into_bytes()
}

/// The end of a run of so many batches as a line.
pub fn end(ending: &Ending, batches: usize) -> Vec<u8> {
    let mut out = Vec::new();
    write::end(ending, batches, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::samples::small;

    /// As text: NaN is no equal of itself.
    fn same(line: &[u8], head: &Head, expected: &Line) {
        let read = Line::read(line, head.data.as_ref());
        assert_eq!(format!("{read:?}"), format!("{:?}", Ok::<_, Problem>(expected)));
    }

    #[test]
    fn every_line_comes_back() {
        let run = small();
        let head = &run.head;
        let bare = Head { probes: Vec::new(), evaluation: None, diagnoses: Vec::new(), ending: Ending::Open, ..head.clone() };
        same(&header(head), head, &Line::Header(Box::new(bare)));
        for look in &head.probes {
            same(&probe(look), head, &Line::Probe(Box::new(look.clone())));
        }
        let (judged, numbers) = head.evaluation.clone().expect("the sample has one");
        same(&evaluation(&judged, &numbers), head, &Line::Evaluation(Box::new(judged), numbers));
        for found in &head.diagnoses {
            same(&diagnosis(found), head, &Line::Diagnosis(Box::new(found.clone())));
        }
        same(&end(&head.ending, 3), head, &Line::End(head.ending.clone()));
        let odd = [("a", 0.1), ("b \"c\"", f64::INFINITY)];
        let expected = Line::Values(7, odd.iter().map(|(name, value)| ((*name).to_owned(), *value as f32)).collect());
        same(&values_line(7, odd), head, &expected);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"record":"batch","step":1}"#,
            r#"{"record":"values","step":4294967295,"values":{}}"#,
            r#"{"record":"values","step":1,"values":{"":1}}"#,
            r#"{"record":"values","step":1,"values":{"a":null}}"#,
        ] {
            assert!(Line::read(text.as_bytes(), None).is_err(), "{text}");
        }
        assert!(Line::read(&[0xff], None).is_err());
    }
}
