//! Kept runs. An input is the log of one run: frames of entries, some of which say nonsense, in a file that may be damaged.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::samples;
use super::frames::frame;
use emberscope::export::jsonl::lines;
use emberscope::store::entry::{Filed, Kind, Mark, STATE};
use emberscope::store::frame::{Search, Step, write};
use emberscope::store::key::{new_key, salt};
use emberscope::ui::state::rows::rows;
use emberscope::ui::state::store::{Revival, Store};

/// The reader of kept runs.
pub struct StoredRun;

fn run_salt() -> u32 {
    salt(&new_key(1e12 + 1.0, 0.5))
}

fn entry(step: &mut u32, draw: &mut Draw) -> (Kind, Vec<u8>) {
    let run = samples::run();
    match draw.below(12) {
        0..5 => (Kind::Batches, frame(step, draw)),
        5 | 6 => (Kind::Line, lines::values_line(*step, [("train/loss", draw.float()), (draw.text().as_str(), draw.float())])),
        7 => match run.head.probes.first() {
            Some(probe) => (Kind::Line, lines::probe(probe)),
            None => (Kind::Line, Vec::new()),
        },
        8 => match &run.head.evaluation {
            Some((evaluation, numbers)) => (Kind::Line, lines::evaluation(evaluation, numbers)),
            None => (Kind::Line, Vec::new()),
        },
        9 => (Kind::Mark, Mark { name: draw.text(), colour: draw.byte(), pinned: draw.one_in(2), cut_short: draw.one_in(2) }.to_bytes()),
        10 => {
            let about = if draw.one_in(4) { draw.text() } else { step.to_string() };
            let filed = Filed { slot: STATE.to_owned(), number: draw.whole() as u32, bytes: draw.whole(), sum: 0, about };
            (Kind::File, filed.to_bytes())
        }
        _ => (Kind::End, lines::end(&run.head.ending, *step as usize)),
    }
}

impl Reader for StoredRun {
    fn name(&self) -> &'static str {
        "store"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let (mut step, mut input) = (1, Vec::new());
        let begin = lines::header(&samples::run().head);
        write(run_salt(), Kind::Begin as u8, 0, &begin, &mut input);
        for sequence in 1..1 + draw.count(8) as u64 {
            let (kind, mut payload) = entry(&mut step, draw);
            if draw.one_in(30) {
                damage(&mut payload, draw);
            }
            write(run_salt(), kind as u8, sequence, &payload, &mut input);
        }
        if draw.one_in(5) {
            damage(&mut input, draw);
        }
        input
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        gauge.measure(|| {
            let (mut search, mut revival, mut at) = (Search::new(run_salt()), Revival::default(), 0);
            while let Step::Frame(found) = search.step(input.get(at..).unwrap_or_default(), true) {
                revival.take(found.kind, found.payload);
                at = search.at() as usize;
            }
            let mut store = Store::default();
            let revived = store.revive(revival, false);
            rows(&store);
            let is_whole = search.end() == input.len() as u64 && search.skipped().1 == 0;
            revived.is_some_and(|(_, left)| left.unread == 0) && is_whole
        })
    }
}
