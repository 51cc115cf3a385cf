//! Runs as JSONL: lines of a recorded run with other columns, batches and values, whole, cut, moved and changed.

use super::super::check::{Gauge, Reader};
use super::super::damage::{damage, damage_lines};
use super::super::draw::Draw;
use super::super::samples;
use super::super::tree::Tree;
use super::config;
use emberscope::error::Result;
use emberscope::export::checksum::crc32c;
use emberscope::export::csv::CsvExport;
use emberscope::export::jsonl::{JsonlExport, Reader as LineReader};
use emberscope::export::record::Imported;
use emberscope::export::tfevents::EventExport;
use emberscope::export::to_bytes;
use emberscope::ui::state::store::Store;
use std::sync::LazyLock;

/// The reader of runs.
pub struct Jsonl;

/// One line of each record, by its name.
struct Lines {
    header: Tree,
    rest: Vec<Tree>,
    end: Tree,
}

static LINES: LazyLock<Lines> = LazyLock::new(|| {
    let text = String::from_utf8(written(&samples::run())).expect("JSON is text");
    let lines: Vec<Tree> = text.lines().map(Tree::parse).collect();
    let of = |record: &str| lines.iter().find(|line| is(line, record)).expect("the sample has every record").clone();
    Lines { header: of("header"), rest: ["probe", "evaluation", "diagnosis"].map(of).into(), end: of("end") }
});

fn is(line: &Tree, record: &str) -> bool {
    line.clone().field_mut("record") == Some(&mut Tree::Text(record.to_owned()))
}

fn written(run: &Imported) -> Vec<u8> {
    let columns = run.columns();
    to_bytes(&mut JsonlExport::new(run.head.clone(), &columns), &columns).expect("nothing changes meanwhile")
}

fn read(input: &[u8], piece: usize) -> Result<Imported> {
    let mut reader = LineReader::new();
    input.chunks(piece).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

const NAMES: [&str; 9] =
    ["batch/loss", "batch/accuracy", "lr", "time/batch_ms", "val/loss", "val/f1/0", "grad/norm", "mine", "watch/cost_percent"];

fn name(draw: &mut Draw) -> String {
    if draw.one_in(20) { draw.text() } else { (*draw.pick(&NAMES)).to_owned() }
}

fn value(draw: &mut Draw) -> Tree {
    match draw.below(12) {
        0 => Tree::Null,
        1 => Tree::Number(draw.float()),
        _ => Tree::Number(draw.plain()),
    }
}

fn record(kind: &str, fields: Vec<(&str, Tree)>) -> Tree {
    let fields = [("record", Tree::Text(kind.to_owned()))].into_iter().chain(fields);
    Tree::Object(fields.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The lines of a run that is valid but for names that come twice and values that are odd.
fn lines(draw: &mut Draw) -> Vec<Tree> {
    let mut columns = Vec::new();
    for _ in 0..draw.count(3) {
        let name = name(draw);
        if !columns.contains(&name) || draw.one_in(50) {
            columns.push(name);
        }
    }
    let mut header = LINES.header.clone();
    header.set("columns", Tree::List(columns.iter().cloned().map(Tree::Text).collect()));
    if draw.one_in(10) {
        header.set("config", config::config(draw));
    }
    if draw.one_in(4) {
        header.set("shape", Tree::Null);
    }
    let mut lines = vec![header];
    let (batches, mut at_ms) = (draw.count(5).min(60_000 / (columns.len() + 1)), 0.0);
    for step in 1..=batches {
        at_ms += draw.plain();
        let values = columns.iter().map(|_| value(draw)).collect();
        let fields = vec![("step", Tree::Number(step as f64)), ("atMs", Tree::Number(at_ms)), ("values", Tree::List(values))];
        lines.push(record("batch", fields));
        if draw.one_in(3) {
            let count = draw.count(3);
            let mut values: Vec<(String, Tree)> = Vec::new();
            for _ in 0..count {
                let name = name(draw);
                if (!columns.contains(&name) && values.iter().all(|(known, _)| *known != name)) || draw.one_in(50) {
                    values.push((name, Tree::Number(draw.plain())));
                }
            }
            let kind = *draw.pick(&["epoch", "values"]);
            lines.push(record(kind, vec![("step", Tree::Number(step as f64)), ("values", Tree::Object(values))]));
        }
    }
    for line in &LINES.rest {
        if draw.one_in(8) {
            lines.push(line.clone());
        }
    }
    let mut end = LINES.end.clone();
    end.set("batches", Tree::Number(batches as f64));
    if draw.one_in(4) {
        end.set("state", Tree::Text("open".into()));
    }
    lines.push(end);
    lines
}

impl Reader for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut trees = lines(draw);
        if draw.one_in(3) {
            for _ in 0..1 + draw.below(3) {
                let at = draw.below(trees.len());
                if draw.one_in(2) {
                    trees[at].vary(draw);
                } else {
                    trees[at].damage(&LINES.rest, draw);
                }
            }
        }
        let mut lines: Vec<String> = trees.iter().map(|tree| tree.json(draw)).collect();
        if draw.one_in(8) {
            damage_lines(&mut lines, draw);
        }
        let mut file: Vec<u8> = lines.iter().flat_map(|line| line.bytes().chain([b'\n'])).collect();
        if draw.one_in(2) {
            let crc = if draw.one_in(20) { draw.bits() as u32 } else { crc32c(&file) };
            file.extend(format!("{{\"record\":\"checksum\",\"crc32c\":\"{crc:08x}\"}}\n").bytes());
        }
        if draw.one_in(8) {
            damage(&mut file, draw);
        }
        file
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        // Pieces of any size give the same.
        let piece = if input.len().is_multiple_of(2) { 192 * 1024 } else { 1 + input.len() % 301 };
        let Ok(run) = gauge.measure(|| read(input, piece)) else { return false };
        if input.len().is_multiple_of(4) {
            let lines = written(&run);
            let again = read(&lines, 192 * 1024).expect("what is written is read");
            assert!(written(&again) == lines, "what is read again is written the same");
        }
        if input.len().is_multiple_of(16) {
            let columns = run.columns();
            to_bytes(&mut CsvExport::new(&columns), &columns).expect("nothing changes meanwhile");
            to_bytes(&mut EventExport::new(&run.head, &columns), &columns).expect("nothing changes meanwhile");
        }
        let mut store = Store::default();
        store.adopt(run, true);
        assert!(store.shown().is_some());
        true
    }
}
