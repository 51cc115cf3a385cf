//! Frames of batches. An input is one to three frames, each behind its length, as a run's record takes them in turn.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use emberscope::domain::run::event::TrainBegin;
use emberscope::domain::run::preset;
use emberscope::protocol::Event;
use emberscope::protocol::frame::Frame;
use emberscope::ui::state::store::Store;

/// The reader of frames.
pub struct Frames;

const NAMES: [&str; 8] = ["batch/loss", "batch/accuracy", "lr", "time/batch_ms", "time/forward_ms", "time/marks", "time/paused_ms", "mine"];

/// A frame whose first step is `step`, which moves on.
pub fn frame(step: &mut u32, draw: &mut Draw) -> Vec<u8> {
    let (rows, columns) = (draw.count(6), draw.count(4));
    let mut frame = Frame::default();
    for _ in 0..rows {
        frame.steps.push(*step);
        frame.at_ms.push(if draw.one_in(30) { draw.float() } else { f64::from(*step) * 2.5 });
        *step = if draw.one_in(200) { draw.whole() as u32 } else { step.wrapping_add(1 + draw.below(40) as u32 / 39) };
    }
    let offset = draw.below(NAMES.len());
    for column in 0..columns {
        let name = match NAMES.get((column + offset) % (NAMES.len() + 1)) {
            Some(name) if !draw.one_in(40) => (*name).to_owned(),
            _ => draw.text(),
        };
        let values = (0..rows).map(|_| draw.float() as f32).collect();
        frame.columns.push((name, values));
    }
    let mut bytes = frame.encode();
    if draw.one_in(60) {
        // The numbers of columns and rows.
        let at = 4 + 4 * draw.below(2);
        bytes[at..at + 4].copy_from_slice(&(draw.whole() as u32).to_le_bytes());
    }
    if draw.one_in(10) {
        damage(&mut bytes, draw);
    }
    bytes
}

/// A store with one run that has begun, and its id.
pub fn store() -> (Store, u32, TrainBegin) {
    let mut store = Store::default();
    let run = store.begin(preset::all().swap_remove(1).config, "CPU".into(), String::new(), 0.0);
    let begin = TrainBegin { parameters: 7, train_samples: 700, validation_samples: 70, batches_per_epoch: 11, epochs: 3 };
    if let Some(run) = store.run_mut(run) {
        run.begin = Some(begin.clone());
    }
    (store, run, begin)
}

impl Reader for Frames {
    fn name(&self) -> &'static str {
        "frames"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut step = 1;
        let mut input = Vec::new();
        for _ in 0..1 + draw.below(3) {
            let frame = frame(&mut step, draw);
            input.extend((frame.len() as u32).to_le_bytes());
            input.extend(frame);
            if draw.one_in(60) {
                step = draw.whole() as u32;
            }
        }
        input
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let (mut store, run, begin) = store();
        let (mut rest, mut accepted) = (input, true);
        while let Some(length) = rest.split_off(..4) {
            let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
            let bytes = rest.split_off(..length.min(rest.len())).unwrap_or_default();
            let Ok(Some(frame)) = gauge.measure(|| store.record(&Event::Records { run }, &[bytes.to_vec()], 0.0)) else {
                accepted = false;
                continue;
            };
            for row in 0..frame.len().min(64) {
                frame.batch(row, &begin, 64);
            }
            assert_eq!(frame.encode(), bytes, "what is written is what was read");
        }
        accepted
    }
}
