//! A run as one HTML file that opens without a network: its facts, its course, and its charts, drawn by a small script
//! from the whole record, which is in the file.
//!
//! Every column is in it as recorded: little-endian `f32` (steps `u32`), deflated, in base64. Nothing is thinned out, so one
//! can zoom until single batches are seen. For print, and where scripts are off, a picture of each chart stands in its place.
//! The file's own policy allows its one script and its one style sheet, by hash, and nothing else. Never here: other hosts.

mod html;
mod picture;
mod words;

use super::Export;
use super::record::{Columns, Head};
use super::sha256::sha256;
use super::walk::changed;
use crate::charts::escape::xml as escape;
use crate::charts::{ChartSpec, Theme, YRange};
use crate::domain::record::known::Unit;
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use html::json;
use serde::Serialize;
use std::io::Write;

const SCRIPT: &str = include_str!("report/page.js");
const STYLE: &str = include_str!("report/page.css");
/// Number of values that are packed in one slice.
const SLICE: usize = 16_384;

/// A chart of the report.
#[derive(Clone, Debug)]
pub struct ReportChart {
    /// The chart; its curves are those of the run.
    pub spec: ChartSpec,
    /// A sentence or two about its numbers.
    pub note: String,
}

/// One column of the record, as far as it goes into the report.
struct Column {
    name: String,
    length: usize,
    /// The first step, if each step follows the one before.
    first: Option<u32>,
}

/// The part of the file that comes next.
#[derive(Clone, Copy)]
enum Part {
    Head,
    Chart(usize),
    Rest,
    /// The values (`steps` false) or steps (true) of a column, from this point on.
    Data {
        column: usize,
        steps: bool,
        from: usize,
    },
    Foot,
}

/// A report that is being written.
pub struct ReportExport {
    head: Head,
    charts: Vec<ReportChart>,
    columns: Vec<Column>,
    batches: usize,
    part: Part,
    encoder: ZlibEncoder<Vec<u8>>,
    done: usize,
    total: usize,
}

impl ReportExport {
    /// Starts the report of the record as it is now, with those of `charts` that have curves.
    pub fn new(head: Head, charts: Vec<ReportChart>, columns: &Columns<'_>) -> Self {
        let is_recorded = |chart: &ReportChart| chart.spec.series.iter().any(|curve| columns.series.contains_key(&curve.name));
        let charts: Vec<ReportChart> = charts.into_iter().filter(is_recorded).collect();
        let columns_: Vec<Column> = columns
            .series
            .iter()
            .filter(|(_, series)| !series.is_empty())
            .map(|(name, series)| {
                let first = series.get(0).map_or(0, |(step, _)| step);
                let last = series.last().map_or(0, |(step, _)| step);
                let is_contiguous = (last - first) as usize + 1 == series.len();
                Column { name: name.clone(), length: series.len(), first: is_contiguous.then_some(first) }
            })
            .collect();
        let total = columns_.iter().map(|column| column.length * if column.first.is_some() { 1 } else { 2 }).sum();
        let batches = columns.at_ms.len();
        Self { head, charts, columns: columns_, batches, part: Part::Head, encoder: packer(), done: 0, total }
    }

    /// Writes the next part of a column; true if there is more of it.
    fn pack(&mut self, columns: &Columns<'_>, column: usize, steps: bool, from: usize, out: &mut Vec<u8>) -> Result<bool> {
        let Column { name, length, .. } = &self.columns[column];
        let to = (*length).min(from + SLICE);
        let series = columns.series.get(name).filter(|series| series.len() >= *length);
        let series = series.ok_or_else(changed)?;
        if from == 0 {
            write!(out, "<script type=\"text/plain\" id=\"data-{}\">", 2 * column + usize::from(steps)).expect("memory takes every write");
        }
        let bytes: Vec<u8> = if steps {
            (from..to).filter_map(|index| series.get(index)).flat_map(|(step, _)| step.to_le_bytes()).collect()
        } else {
            series.column().values()[from..to].iter().flat_map(|value| value.to_le_bytes()).collect()
        };
        self.encoder.write_all(&bytes).expect("memory takes every write");
        self.done += to - from;
        let is_last = to == *length;
        let packed = if is_last {
            std::mem::replace(&mut self.encoder, packer()).finish().expect("memory takes every write")
        } else {
            // Base64 makes four letters of three bytes: what is left over waits for more.
            let waiting = self.encoder.get_mut();
            let rest = waiting.split_off(waiting.len() / 3 * 3);
            std::mem::replace(waiting, rest)
        };
        out.extend(STANDARD.encode(packed).as_bytes());
        if is_last {
            out.extend(b"</script>\n");
        }
        Ok(!is_last)
    }

    /// The part that comes after a column, or after half of it.
    fn after(&self, column: usize, steps: bool) -> Part {
        if !steps && self.columns[column].first.is_none() {
            Part::Data { column, steps: true, from: 0 }
        } else if column + 1 < self.columns.len() {
            Part::Data { column: column + 1, steps: false, from: 0 }
        } else {
            Part::Foot
        }
    }

    fn manifest(&self) -> String {
        let series = self.columns.iter().enumerate().map(|(index, column)| ManifestSeries {
            name: &column.name,
            first: column.first.unwrap_or(0),
            steps: column.first.is_none().then_some(2 * index + 1),
            values: 2 * index,
        });
        let charts = self.charts.iter().map(|chart| ManifestChart {
            unit: match chart.spec.unit {
                Unit::Plain => "",
                Unit::Share => "%",
                Unit::Named(unit) => unit,
            },
            scale: match chart.spec.y_range {
                YRange::Auto => serde_json::Value::from("auto"),
                YRange::FromZero => "zero".into(),
                YRange::Log => "log".into(),
                YRange::Fixed(low, high) => vec![low, high].into(),
            },
            curves: chart
                .spec
                .series
                .iter()
                .map(|curve| ManifestCurve {
                    name: &curve.name,
                    label: &curve.label,
                    colour: curve.style.colour % 8,
                    dash: curve.style.dash.pattern(),
                })
                .collect(),
        });
        json(&Manifest { batches: self.batches, series: series.collect(), charts: charts.collect() })
    }

    fn head_html(&self, columns: &Columns<'_>) -> String {
        let style = format!("{STYLE}{}", palette());
        let title = words::title(&self.head);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n\
             <header><h1>{}</h1>{}</header>\n<main>\n{}\n<h2>Charts</h2>\n<p class=\"note\">Every recorded value is in this file. \
             Drag over a chart to zoom in on all of them, double-click to see everything; with the keyboard, arrows move the cursor, plus and minus zoom, 0 shows all. \
             Where points lie closer than pixels, each column of pixels shows its smallest and largest value.</p>\n<p id=\"trouble\" role=\"alert\"></p>\n<div class=\"charts\">\n",
            source(SCRIPT),
            source(&style),
            escape(&title),
            escape(&title),
            words::lead(&self.head, columns),
            words::cards(&self.head, columns),
        )
    }

    fn chart_html(&self, index: usize, columns: &Columns<'_>) -> String {
        let ReportChart { spec, note } = &self.charts[index];
        let title = escape(&spec.title);
        let legend = spec.series.iter().filter(|curve| columns.series.contains_key(&curve.name)).map(|curve| {
            let dash = curve.style.dash.pattern().iter().map(|length| format!("{}", length * 2.0)).collect::<Vec<_>>().join(" ");
            format!(
                "<span><svg viewBox=\"0 0 28 8\" aria-hidden=\"true\"><line x1=\"1\" y1=\"4\" x2=\"27\" y2=\"4\" stroke-width=\"2.5\" class=\"s{}\" stroke-dasharray=\"{dash}\"/></svg>{}</span>",
                curve.style.colour % 8, escape(&curve.label)
            )
        }).collect::<String>();
        let unit = match spec.unit {
            Unit::Named(unit) => format!(" ({})", escape(unit)),
            _ => String::new(),
        };
        format!(
            "<figure id=\"chart-{index}\"><div class=\"head\"><h3>{title}</h3>\
             <button class=\"in\" aria-label=\"Zoom in\">+</button><button class=\"out\" aria-label=\"Zoom out\">−</button><button class=\"all\" aria-label=\"Show all\">all</button></div>\
             <figcaption>{}</figcaption><div class=\"legend\">{legend}</div><p class=\"note\">{}{unit} over steps (updates made)</p>\
             <canvas tabindex=\"0\" role=\"img\" aria-label=\"{title}, drawn from every recorded value\"></canvas>{}<output></output></figure>\n",
            escape(note),
            escape(&spec.y_label),
            picture::svg(spec, columns),
        )
    }
}

/// The source expression of a text in the content security policy: its hash.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())))
}

fn packer() -> ZlibEncoder<Vec<u8>> {
    ZlibEncoder::new(Vec::new(), Compression::fast())
}

/// The style rules with the curves' colours, light and dark, as in the page's charts.
fn palette() -> String {
    let colours = |theme: &Theme| {
        let rgb = |(r, g, b): (u8, u8, u8)| format!("rgb({r} {g} {b})");
        let curves: String = theme.palette.iter().enumerate().map(|(index, &colour)| format!("--c{index}:{};", rgb(colour))).collect();
        format!(":root{{{curves}--grid:{};--text:{};--alarm:{}}}", rgb(theme.grid), rgb(theme.text), rgb(theme.alarm))
    };
    let strokes: String = (0..8).map(|index| format!(".s{index}{{stroke:var(--c{index})}}")).collect();
    let (light, dark) = (colours(&Theme::light()), colours(&Theme::dark()));
    format!("{light}@media (prefers-color-scheme:dark){{{dark}}}@media print{{{light}}}{strokes}")
}

#[derive(Serialize)]
struct Manifest<'a> {
    batches: usize,
    series: Vec<ManifestSeries<'a>>,
    charts: Vec<ManifestChart<'a>>,
}

#[derive(Serialize)]
struct ManifestSeries<'a> {
    name: &'a str,
    first: u32,
    steps: Option<usize>,
    values: usize,
}

#[derive(Serialize)]
struct ManifestChart<'a> {
    unit: &'a str,
    scale: serde_json::Value,
    curves: Vec<ManifestCurve<'a>>,
}

#[derive(Serialize)]
struct ManifestCurve<'a> {
    name: &'a str,
    label: &'a str,
    colour: u8,
    dash: &'a [f64],
}

impl Export for ReportExport {
    fn write(&mut self, columns: &Columns<'_>, out: &mut Vec<u8>) -> Result<bool> {
        let chart = |index: usize, charts: usize| if index < charts { Part::Chart(index) } else { Part::Rest };
        self.part = match self.part {
            Part::Head => {
                out.extend(self.head_html(columns).as_bytes());
                chart(0, self.charts.len())
            }
            Part::Chart(index) => {
                out.extend(self.chart_html(index, columns).as_bytes());
                chart(index + 1, self.charts.len())
            }
            Part::Rest => {
                write!(out, "</div>\n{}</main>\n", words::configuration(&self.head)).expect("memory takes every write");
                if self.columns.is_empty() { Part::Foot } else { Part::Data { column: 0, steps: false, from: 0 } }
            }
            Part::Data { column, steps, from } => {
                if self.pack(columns, column, steps, from, out)? {
                    Part::Data { column, steps, from: from + SLICE }
                } else {
                    self.after(column, steps)
                }
            }
            Part::Foot => {
                let manifest = self.manifest();
                write!(
                    out,
                    "<script type=\"application/json\" id=\"manifest\">{manifest}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
                )
                .expect("memory takes every write");
                return Ok(false);
            }
        };
        Ok(true)
    }

    fn progress(&self) -> f64 {
        if self.total == 0 { 1.0 } else { self.done as f64 / self.total as f64 }
    }
}

#[cfg(test)]
mod tests;
