//! Keeping a run on the device: which entries its events become, in the order in which they are recorded. The other way is
//! [`Revival`](super::store::Revival).
//!
//! Plain data. Never here: when they are written, and whether.

use super::store::{Run, Store};
use crate::domain::run::event::Step;
use crate::export::jsonl::lines;
use crate::protocol::{Event, floats};
use crate::store::entry::{Kind, Mark, pack};
use crate::store::frame::MOST;

/// Appends an entry, but for one that is larger than an entry may be: the rest of the run is worth more.
fn push(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    if payload.len() <= MOST {
        pack(kind, payload, out);
    }
}

/// Appends values at `step`.
fn push_values<N: AsRef<str>>(step: Step, values: &[(N, f64)], out: &mut Vec<u8>) {
    if !values.is_empty() {
        push(Kind::Line, &lines::values_line(step, values.iter().map(|(name, value)| (name.as_ref(), *value))), out);
    }
}

/// The name and the marks of a run.
pub fn mark_of(store: &Store, run: &Run) -> Mark {
    let pinned = store.pins().contains(&run.id);
    Mark { name: run.tag.name.clone(), colour: run.tag.colour, pinned, cut_short: run.tag.cut_short }
}

/// Appends the entry of a run's name and marks.
pub fn push_mark(store: &Store, run: &Run, out: &mut Vec<u8>) {
    push(Kind::Mark, &mark_of(store, run).to_bytes(), out);
}

/// Appends the entry of a run's end.
pub fn push_end(run: &Run, out: &mut Vec<u8>) {
    push(Kind::End, &lines::end(&run.ending(), run.batches()), out);
}

/// Appends the entries of `event`, which is in the record of `run` already; `data_hash` is the hash of its data, if it is known.
pub fn push_event(store: &Store, run: &Run, event: &Event, bulk: &[Vec<u8>], data_hash: Option<String>, out: &mut Vec<u8>) {
    let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
    match event {
        Event::Started { .. } => {
            push(Kind::Begin, &lines::header(&run.head(data_hash)), out);
            push_mark(store, run, out);
        }
        Event::Records { .. } => push(Kind::Batches, bytes, out),
        Event::ValidationEnded { end, .. } => push_values(end.step, &end.logs.0, out),
        Event::EpochEnded { end, .. } => push_values(end.step, &end.logs.0, out),
        Event::Logged { step, name, value, .. } => push_values(*step, &[(name.as_str(), *value)], out),
        Event::Watched { cost, .. } => push_values(cost.step, &cost.logs(), out),
        // As the record thins the looks, so are they written: of the others there are the values.
        Event::Probed { probe, .. } => match run.probes.kept().last() {
            Some(kept) if kept.step == probe.step => push(Kind::Line, &lines::probe(probe), out),
            _ => push_values(probe.step, &probe.logs(), out),
        },
        Event::Evaluated { evaluation, .. } => push(Kind::Line, &lines::evaluation(evaluation, &floats::from_bytes(bytes)), out),
        Event::Diagnosed { diagnosis, .. } => push(Kind::Line, &lines::diagnosis(diagnosis), out),
        _ => {}
    }
}
