//! States of runs: good ones with any numbers, and such whose JSON was changed by somebody who knows the checksum.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::samples;
use super::super::tree::Tree;
use super::config::PARTS;
use emberscope::domain::cost::watch::{Grid, WatchGrid};
use emberscope::domain::format::checksum::{crc32c, crc32c_append};
use emberscope::domain::format::safetensors::{read, write};
use emberscope::domain::metrics::Tally;
use emberscope::domain::run::checkpoint::CheckpointCard;
use emberscope::domain::run::event::Logs;
use emberscope::domain::run::journal::{At, Entry, Input, Journal};
use emberscope::domain::run::preset;
use emberscope::domain::run::state::{KeptNumbers, LastBatch, Numbers, Place, RunState, TrainerState, Witness, config_text};

/// The reader of states.
pub struct States;

fn floats(draw: &mut Draw, count: usize) -> Vec<f32> {
    draw.bytes(4 * count).chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
}

fn numbers(draw: &mut Draw) -> Numbers {
    let lengths = [6, 3];
    let count = draw.below(3);
    let arrays = lengths.map(|length| floats(draw, length)).into();
    let means = lengths.map(|length| (0..count).map(|_| floats(draw, length)).collect()).into();
    Numbers { arrays, means, updates: draw.below(8) as u32 }
}

fn state(draw: &mut Draw) -> RunState {
    let step = 7;
    let mut journal = Journal::default();
    for step in 1..=draw.below(4) as u32 {
        let input = if draw.one_in(2) { Input::LearningRate(draw.plain().abs()) } else { Input::Keep(draw.text()) };
        journal.push(Entry { step, at: At::Batch, input });
    }
    let card = |id| CheckpointCard { id, name: "best".into(), by_hand: id == 2, step: 3, value: None, at_ms: 1.5, bytes: 36 };
    let kept = (1..=draw.below(3) as u32).map(|id| KeptNumbers { card: card(id), numbers: numbers(draw) }).collect();
    let present = numbers(draw);
    let weights = [6, 3].map(|length| floats(draw, length)).into();
    let last = draw.one_in(3).then_some(LastBatch { step, indices: vec![3, 1, 4], weights });
    let tally = Tally { loss: draw.float(), correct: 2, samples: 5 };
    RunState {
        config: config_text(&preset::all().swap_remove(draw.below(3)).config),
        data: draw.bits() >> 11,
        place: Place { epoch: 1, batches: 3, tally, epoch_ms: 12.5, logs: Logs(vec![("val/loss".into(), draw.float())]), at_ms: 99.5 },
        trainer: TrainerState { step, learning_rate: draw.plain().abs(), heads: samples::arrays(), present, kept, last_id: 5 },
        callbacks: serde_json::json!([["progress", null], ["early_stopping", {"watch": {"best": 0.5, "logged": null}, "wait": 1}]]),
        watch: WatchGrid { budget: 5.0, looks: Grid { doublings: 1, next: 9 }, syncs: Grid::default() },
        witness: Witness { is_wanted: true, last },
        journal,
        stop: draw.one_in(4).then(|| draw.text()),
    }
}

/// The file `good` with a changed JSON, and with the checksum that belongs to it.
fn forged(good: &[u8], draw: &mut Draw) -> Vec<u8> {
    let content = read(good).expect("it is good");
    let said = |key: &str| content.metadata.iter().find(|(known, _)| known == key).map_or("", |(_, text)| text.as_str());
    let mut tree = Tree::parse(said("state"));
    if draw.one_in(2) {
        tree.vary(draw);
    } else {
        tree.damage(&PARTS.configs, draw);
    }
    let (step, json) = (said("step"), tree.json(draw));
    let crc = content.arrays.iter().fold(crc32c(format!("1\0{step}\0{json}\0").as_bytes()), |crc, (head, bytes)| {
        crc32c_append(crc32c_append(crc, format!("{}{:?}", head.name, head.shape).as_bytes()), bytes)
    });
    let crc = format!("{crc:08x}");
    let metadata = [("format", said("format")), ("version", "1"), ("step", step), ("state", &json), ("crc32c", &crc)];
    let arrays: Vec<_> = content.arrays.iter().map(|(head, bytes)| (head, *bytes)).collect();
    write(&metadata, &arrays).expect("shapes and bytes agree")
}

impl Reader for States {
    fn name(&self) -> &'static str {
        "states"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut file = state(draw).into_bytes().expect("it is small").bytes;
        if draw.one_in(2) {
            file = forged(&file, draw);
        }
        if draw.one_in(5) {
            damage(&mut file, draw);
        }
        file
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let Ok(state) = gauge.measure(|| RunState::from_bytes(input)) else { return false };
        drop(state.config());
        let written = state.into_bytes().expect("what was read can be written").bytes;
        let again = RunState::from_bytes(&written).expect("what is written is read");
        assert!(again.into_bytes().expect("it can be written again").bytes == written, "to the bit");
        true
    }
}
