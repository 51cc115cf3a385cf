//! A run of an earlier visit, as its kept entries bring it back.
//!
//! What was written may be damaged or somebody else's: whatever cannot be read, or does not follow from what came before, is left
//! out and counted, and the memory that is taken is bounded by what was read.

use super::Store;
use super::run::{Run, RunState};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::Step;
use crate::domain::run::list::names::clean_name;
use crate::export::json::Scan;
use crate::export::jsonl::lines::Line;
use crate::export::record::{Ending, Head};
use crate::protocol::RunId;
use crate::protocol::frame::Frame;
use crate::store::entry::{Filed, Kind, Mark, STATE, WEIGHTS};

/// The most series, diagnoses and sets of weights that come back.
const MOST_SERIES: usize = 5_000;
const MOST_DIAGNOSES: usize = 3_000;
const MOST_WEIGHTS: usize = 64;
/// The longest reason of an interruption, in characters.
const LONGEST_REASON: usize = 500;
/// The reason of an interruption that has no other.
pub const CLOSED: &str = "the page was closed";
/// The series that every look has a value of, whether its histograms are kept or not.
const NORM: &str = "grad/norm";

/// The files that a revived run has left on the device beside its record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// The files of its weights, with their names.
    pub weights: Vec<(String, Filed)>,
    /// The state to go on from.
    pub state: Option<Filed>,
    /// Entries that could not be read or did not follow.
    pub unread: usize,
}

/// A run that comes back, entry by entry.
#[derive(Default)]
pub struct Revival {
    run: Option<Box<Run>>,
    mark: Mark,
    has_mark: bool,
    left: Left,
    /// Bytes that were read so far, and batches that were added for those that are missing.
    read: usize,
    filled: usize,
}

impl Revival {
    /// Takes the next entry.
    pub fn take(&mut self, kind: u8, payload: &[u8]) {
        self.read += payload.len();
        let Some(kind) = Kind::of(kind) else { return };
        if self.try_to_take(kind, payload).is_none() {
            self.left.unread += 1;
        }
    }

    /// `None` where the entry says nothing.
    fn try_to_take(&mut self, kind: Kind, payload: &[u8]) -> Option<()> {
        match kind {
            Kind::Begin => {
                let Ok(Line::Header(head)) = Line::read(payload, None) else { return None };
                *self = Self { read: self.read, left: Left { unread: self.left.unread, ..Left::default() }, ..Self::default() };
                self.run = Some(Box::new(begun(*head)));
            }
            Kind::Batches => self.batches(payload)?,
            Kind::Line | Kind::End => self.line(payload)?,
            Kind::Back => self.back(payload)?,
            Kind::Input => self.input(payload)?,
            Kind::File => self.file(Filed::from_bytes(payload)?)?,
            Kind::Mark => (self.mark, self.has_mark) = (Mark::from_bytes(payload)?, true),
        }
        Some(())
    }

    fn batches(&mut self, payload: &[u8]) -> Option<()> {
        let (run, frame) = (self.run.as_mut()?, Frame::decode(payload).ok()?);
        let (first, last) = (*frame.steps.first()? as usize, *frame.steps.last()? as usize);
        let missing = first.checked_sub(run.at_ms.len() + 1)?;
        let is_whole = last - first + 1 == frame.steps.len();
        let before = run.at_ms.last().copied().unwrap_or(0.0);
        let mut rises = frame.at_ms.first().is_some_and(|at_ms| *at_ms >= before) && frame.at_ms.is_sorted();
        rises &= frame.at_ms.iter().all(|at_ms| at_ms.is_finite());
        // What stood between was damaged. A time takes as much room as the bytes of a batch, at most.
        let has_room = self.filled + missing <= self.read / 8;
        let many = frame.columns.iter().filter(|(name, _)| !run.series.contains_key(name)).count() + run.series.len();
        if !is_whole || !rises || !has_room || many > MOST_SERIES {
            return None;
        }
        self.filled += missing;
        run.at_ms.resize(first - 1, before);
        let per_epoch = run.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
        if let Some(epoch) = (first as u32 - 1).checked_div(per_epoch).filter(|epoch| *epoch != run.costs.number) {
            run.costs.begin_epoch(epoch);
        }
        run.take_frame(payload).ok().map(drop)
    }

    fn line(&mut self, payload: &[u8]) -> Option<()> {
        let run = self.run.as_mut()?;
        match Line::read(payload, run.data.as_ref()).ok()? {
            Line::Values(step, values) => {
                for (name, value) in values {
                    if run.series.len() < MOST_SERIES || run.series.contains_key(&name) {
                        run.take_value(step, &name, f64::from(value));
                    }
                }
            }
            Line::Probe(probe) => {
                let is_later = run.probes.kept().last().is_none_or(|last| last.step < probe.step) && probe.step < u32::MAX;
                (is_later && run.series.len() < MOST_SERIES).then(|| run.take_probe(*probe))?;
            }
            Line::Evaluation(evaluation, numbers) => run.evaluations.push(*evaluation, numbers),
            Line::Diagnosis(diagnosis) => {
                (run.diagnoses.len() < MOST_DIAGNOSES).then(|| run.diagnoses.push(Diagnosis::clone(&diagnosis)))?;
            }
            Line::End(ending) => {
                run.state = match ending {
                    Ending::Finished(end) => RunState::Finished(end),
                    Ending::Failed(error) => RunState::Failed(error),
                    Ending::Open => return None,
                }
            }
            Line::Header(_) => return None,
        }
        Some(())
    }

    fn back(&mut self, payload: &[u8]) -> Option<()> {
        let run = self.run.as_mut()?;
        let (step, why) = payload.split_first_chunk()?;
        let why = if why.is_empty() { CLOSED.into() } else { String::from_utf8_lossy(why) };
        let why: String = why.chars().take(LONGEST_REASON).collect();
        run.interrupt(Step::from_le_bytes(*step), why);
        run.state = RunState::Interrupted { elsewhere: false };
        Some(())
    }

    fn input(&mut self, payload: &[u8]) -> Option<()> {
        let run = self.run.as_mut()?;
        let (number, json) = payload.split_first_chunk()?;
        let entry = serde_json::from_value(Scan::new(str::from_utf8(json).ok()?).value().ok()?).ok()?;
        run.inputs.take(u32::from_le_bytes(*number), entry)
    }

    fn file(&mut self, filed: Filed) -> Option<()> {
        let run = self.run.as_mut()?;
        if filed.slot == STATE && filed.bytes == 0 {
            (run.can_go_on_from, self.left.state) = (None, None);
            return Some(());
        }
        if filed.slot == STATE {
            run.can_go_on_from = Some(filed.about.parse().ok()?);
            self.left.state = Some(filed);
            return Some(());
        }
        let name = filed.slot.strip_prefix(WEIGHTS)?.to_owned();
        if filed.bytes == 0 {
            run.weights.retain(|card| card.name != name);
            self.left.weights.retain(|(known, _)| *known != name);
            return Some(());
        }
        let card: CheckpointCard = serde_json::from_value(Scan::new(&filed.about).value().ok()?).ok()?;
        let is_new = !self.left.weights.iter().any(|(known, _)| *known == name);
        if card.name != name || is_new && self.left.weights.len() >= MOST_WEIGHTS {
            return None;
        }
        run.take_weights(card);
        self.left.weights.retain(|(known, _)| *known != name);
        self.left.weights.push((name, filed));
        Some(())
    }
}

/// A run of an earlier visit that has begun so.
fn begun(head: Head) -> Run {
    let tag = super::Tag { name: String::new(), colour: 0, overlaid: false, cut_short: false };
    let mut run = Run::new(0, tag, head.config, head.device, head.why, head.began_unix_ms);
    (run.data_hash, run.weights_from, run.parent) = (head.data_hash, head.weights_from, head.parent);
    (run.begin, run.data) = (head.begin, head.data);
    run.is_earlier = true;
    run.state = RunState::Interrupted { elsewhere: false };
    run
}

impl Store {
    /// Adds a run of an earlier visit; `elsewhere` says whether another tab is training it. Gives its id and what it has left on
    /// the device; `None` where nothing of it could be read.
    pub fn revive(&mut self, revival: Revival, elsewhere: bool) -> Option<(RunId, Left)> {
        let Revival { run, mark, has_mark, left, .. } = revival;
        let mut run = *run?;
        let id = self.next_id();
        self.last_id = id;
        run.id = id;
        run.tag = self.new_tag(id);
        if has_mark {
            if let Some(wish) = clean_name(&mark.name) {
                run.tag.name = self.free_name(&wish, id);
            }
            run.tag.colour = if mark.colour < 8 { mark.colour } else { run.tag.colour };
            run.tag.cut_short = mark.cut_short;
        }
        if let RunState::Interrupted { elsewhere: is_elsewhere } = &mut run.state {
            *is_elsewhere = elsewhere;
        }
        // Of the looks that nobody kept there are the values.
        run.probes.count_at_least(run.series.get(NORM).map_or(0, Series::len));
        run.settle();
        self.runs.push(run);
        if mark.pinned {
            self.pins.push(id);
        }
        Some((id, left))
    }
}
