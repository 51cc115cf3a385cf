//! The writer of JSONL: a run's records as lines.

use super::{FORMAT, VERSION};
use crate::domain::format::checksum::crc32c_append;
use crate::domain::record::probe::{Histogram, Probe, Summary};
use crate::domain::run::event::{Evaluation, Logs, series};
use crate::error::Result;
use crate::export::Export;
use crate::export::number::{push_json, push_json_f32};
use crate::export::record::{Columns, Ending, Head};
use crate::export::walk::{Columned, Row, Walk, by_kind};
use serde::Serialize;
use std::io::Write;

/// A value as JSON; all its numbers are finite.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always has a JSON form")
}

macro_rules! push {
    ($out:expr, $($text:tt)*) => {
        write!($out, $($text)*).expect("memory takes every write")
    };
}

/// Number of probes that are written in one slice.
const PROBES: usize = 8;

/// The part of the file that is written next.
#[derive(Clone, Copy)]
enum Part {
    Header,
    Rows,
    /// The probes from this one on.
    Probes(usize),
    Rest,
}

/// The lines of a run, being written.
pub struct JsonlExport {
    head: Head,
    walk: Walk,
    /// The part that comes next.
    part: Part,
    /// Number of the walk's columns that are those of batches; they come first.
    dense: usize,
    batches: usize,
    crc: u32,
}

impl JsonlExport {
    /// Starts the lines of the record as it is now.
    pub fn new(head: Head, columns: &Columns<'_>) -> Self {
        let Columned { batches: mut names, .. } = by_kind(columns);
        let dense = names.len();
        let others: Vec<String> = columns.series.keys().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(others);
        Self { head, walk: Walk::new(columns, names, true), part: Part::Header, dense, batches: columns.at_ms.len(), crc: 0 }
    }
}

/// Writes the header; `columns` are the names of the batches' values.
pub(super) fn header(head: &Head, columns: &[String], out: &mut Vec<u8>) {
    push!(out, r#"{{"record":"header","format":"{FORMAT}","version":{VERSION},"program":"{}""#, env!("CARGO_PKG_VERSION"));
    push!(out, r#","config":{},"begin":{},"dataHash":{}"#, head.config.to_json(), json(&head.begin), json(&head.data_hash));
    push!(out, r#","device":{},"why":{},"beganUnixMs":"#, json(&head.device), json(&head.why));
    push_json(out, head.began_unix_ms);
    let (shape, classes) = head.data.clone().unzip();
    push!(out, ",\"weightsFrom\":{},\"shape\":{},\"classes\":{}", json(&head.weights_from), json(&shape), json(&classes));
    if let Some(parent) = &head.parent {
        push!(out, ",\"parent\":{}", json(parent));
    }
    push!(out, ",\"columns\":{},\"looks\":{}}}\n", json(&columns), head.looks);
}

fn row(row: &Row, names: &[String], dense: usize, out: &mut Vec<u8>) {
    if let Some(at_ms) = row.at_ms {
        push!(out, r#"{{"record":"batch","step":{},"atMs":"#, row.step);
        push_json(out, at_ms);
        out.extend(b",\"values\":[");
        for (index, value) in row.values[..dense].iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            match value {
                Some(value) => push_json_f32(out, *value),
                None => out.extend(b"null"),
            }
        }
        out.extend(b"]}\n");
    }
    // Values of batches' columns at a step without a batch are written by name, like the rest.
    let first = if row.at_ms.is_some() { dense } else { 0 };
    let mut others = names[first..].iter().zip(&row.values[first..]).filter_map(|(name, value)| Some((name, (*value)?))).peekable();
    if others.peek().is_none() {
        return;
    }
    let is_epoch = names.iter().zip(&row.values).any(|(name, value)| name == series::TRAIN_LOSS && value.is_some());
    push!(out, r#"{{"record":"{}","step":{},"values":{{"#, if is_epoch { "epoch" } else { "values" }, row.step);
    for (index, (name, value)) in others.enumerate() {
        push!(out, "{}{}:", if index > 0 { "," } else { "" }, json(name));
        push_json_f32(out, value);
    }
    out.extend(b"}}\n");
}

fn histogram(histogram: &Histogram, out: &mut Vec<u8>) {
    push!(out, "{}", json(histogram));
}

fn summary(summary: &Summary, out: &mut Vec<u8>) {
    for (name, value) in [("{\"mean\":", summary.mean), (",\"deviation\":", summary.deviation), (",\"norm\":", summary.norm)] {
        out.extend(name.as_bytes());
        push_json(out, value);
    }
    out.extend(b",\"histogram\":");
    histogram(&summary.histogram, out);
    out.push(b'}');
}

pub(super) fn probe(probe: &Probe, out: &mut Vec<u8>) {
    push!(out, r#"{{"record":"probe","step":{},"weights":["#, probe.step);
    for (index, array) in probe.weights.iter().enumerate() {
        push!(out, r#"{}{{"name":{},"weights":"#, if index > 0 { "," } else { "" }, json(&array.name));
        summary(&array.weights, out);
        out.extend(b",\"gradient\":");
        summary(&array.gradient, out);
        out.extend(b",\"updateRatio\":");
        push_json(out, array.update_ratio);
        out.push(b'}');
    }
    out.extend(b"],\"activations\":[");
    for (index, layer) in probe.activations.iter().enumerate() {
        push!(out, r#"{}{{"name":{},"kind":{},"values":"#, if index > 0 { "," } else { "" }, json(&layer.name), json(&layer.kind));
        summary(&layer.values, out);
        for (name, value) in [(",\"dead\":", layer.dead), (",\"saturated\":", layer.saturated)] {
            out.extend(name.as_bytes());
            push_json(out, value);
        }
        out.push(b'}');
    }
    out.extend(b"]}\n");
}

pub(super) fn evaluation(evaluation: &Evaluation, numbers: &[f32], out: &mut Vec<u8>) {
    push!(out, r#"{{"record":"evaluation","epoch":{},"step":{},"report":{}"#, evaluation.epoch, evaluation.step, json(&evaluation.report));
    out.extend(b",\"worst\":[");
    for (index, outcome) in evaluation.worst.iter().enumerate() {
        push!(out, "{}{{\"index\":{},\"label\":{}", if index > 0 { "," } else { "" }, outcome.index, outcome.label);
        push!(out, ",\"predicted\":{},\"probability\":", json(&outcome.predicted));
        push_json(out, outcome.probability);
        push!(out, ",\"loss\":");
        push_json(out, outcome.loss);
        out.push(b'}');
    }
    out.extend(b"],\"numbers\":[");
    for (index, &number) in numbers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_json_f32(out, number);
    }
    out.extend(b"]}\n");
}

fn logs(logs: &Logs, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, value)) in logs.0.iter().enumerate() {
        push!(out, "{}{}:", if index > 0 { "," } else { "" }, json(name));
        push_json(out, *value);
    }
    out.push(b'}');
}

pub(super) fn end(ending: &Ending, batches: usize, out: &mut Vec<u8>) {
    push!(out, r#"{{"record":"end","batches":{batches},"#);
    match ending {
        Ending::Open => out.extend(b"\"state\":\"open\""),
        Ending::Failed(error) => push!(out, r#""state":"failed","error":{}"#, json(error)),
        Ending::Finished(end) => {
            push!(out, r#""state":"finished","step":{},"epochs":{},"reason":{},"atMs":"#, end.step, end.epochs, json(&end.reason));
            push_json(out, end.at_ms);
            out.extend(b",\"logs\":");
            logs(&end.logs, out);
        }
    }
    out.extend(b"}\n");
}

impl Export for JsonlExport {
    fn write(&mut self, columns: &Columns<'_>, out: &mut Vec<u8>) -> Result<bool> {
        let first = out.len();
        let head = &self.head;
        self.part = match self.part {
            Part::Header => {
                header(head, &self.walk.names()[..self.dense], out);
                Part::Rows
            }
            Part::Rows => {
                let names = self.walk.names().to_vec();
                let more = self.walk.slice(columns, |present| row(present, &names, self.dense, out))?;
                if more { Part::Rows } else { Part::Probes(0) }
            }
            Part::Probes(begin) => {
                let end = head.probes.len().min(begin + PROBES);
                head.probes[begin..end].iter().for_each(|one| probe(one, out));
                if end < head.probes.len() { Part::Probes(end) } else { Part::Rest }
            }
            Part::Rest => {
                if let Some((one, numbers)) = &head.evaluation {
                    evaluation(one, numbers, out);
                }
                for diagnosis in &head.diagnoses {
                    push!(out, "{{\"record\":\"diagnosis\",\"diagnosis\":{}}}\n", json(diagnosis));
                }
                end(&head.ending, self.batches, out);
                let crc = crc32c_append(self.crc, &out[first..]);
                push!(out, "{{\"record\":\"checksum\",\"crc32c\":\"{crc:08x}\"}}\n");
                return Ok(false);
            }
        };
        self.crc = crc32c_append(self.crc, &out[first..]);
        Ok(true)
    }

    fn progress(&self) -> f64 {
        self.walk.progress()
    }
}
