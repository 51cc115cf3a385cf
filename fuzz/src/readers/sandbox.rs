//! Messages out of a script's sandbox: any values under the fields that reports have, and others. An input is a list of
//! them; a feed and a console take them in turn, as the page does.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::message;
use super::super::tree::Tree;
use emberscope::script::console::{Console, LineAuthor};
use emberscope::script::feed::{CHUNK, Feed};
use emberscope::script::logs::{MOST_NAMES, is_own_name};
use emberscope::script::reader::{MOST_ENTRIES, MOST_UNITS, Value, read};
use emberscope::script::words::Word;
use std::sync::LazyLock;

/// The reader of a sandbox's messages.
pub struct Sandbox;

static SAMPLES: LazyLock<Vec<Tree>> = LazyLock::new(|| {
    [
        r#"{"kind":"started"}"#,
        r#"{"kind":"alive"}"#,
        r#"{"kind":"ready","hooks":["on_batch_end","on_epoch_end"],"prints":["hello"]}"#,
        r#"{"kind":"broken","message":"Uncaught SyntaxError: no","line":3}"#,
        r#"{"kind":"report","done":3,"last":true,"prints":["a","b"],"unprinted":2,"stopReason":"enough","learningRate":0.01,"spentMs":1.5}"#,
        r#"{"kind":"report","done":1,"last":false,"prints":[],"unprinted":0,"problem":"x is not defined","problemHook":"on_batch_end","line":7}"#,
    ]
    .map(Tree::parse)
    .into()
});

impl Value for Tree {
    fn field(&self, key: &str) -> Self {
        let Self::Object(fields) = self else { return Self::Null };
        fields.iter().rev().find(|(known, _)| known == key).map_or(Self::Null, |(_, value)| value.clone())
    }

    fn entries(&self, most: usize) -> Vec<Self> {
        if let Self::List(items) = self { items.iter().take(most).cloned().collect() } else { Vec::new() }
    }

    fn text(&self, most: u32) -> Option<String> {
        let (Self::Text(text) | Self::Raw(text)) = self else { return None };
        let units: Vec<u16> = text.encode_utf16().take(most as usize).collect();
        Some(String::from_utf16_lossy(&units))
    }

    fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn numbers(&self, most: usize) -> Vec<f64> {
        let Self::Bytes(bytes) = self else { return Vec::new() };
        bytes.as_chunks().0.iter().take(most).map(|&chunk| f64::from_le_bytes(chunk)).collect()
    }

    fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }
}

/// The values that a script logged.
fn logged(draw: &mut Draw) -> Tree {
    let count = draw.count(3);
    let entry = |draw: &mut Draw| {
        let numbers = |draw: &mut Draw| {
            let count = draw.count(4);
            Tree::Bytes((0..count).flat_map(|_| draw.float().to_le_bytes()).collect())
        };
        let name = if draw.one_in(4) { draw.text() } else { (*draw.pick(&["my/ratio", "mine", "lr", "val/loss"])).to_owned() };
        let mut entry = vec![Tree::Text(name), numbers(draw), numbers(draw)];
        entry.truncate(if draw.one_in(20) { draw.below(4) } else { 3 });
        Tree::List(entry)
    };
    Tree::List((0..count).map(|_| entry(draw)).collect())
}

impl Reader for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let count = 1 + draw.count(3);
        let messages = (0..count).map(|_| {
            let mut message = draw.pick(&SAMPLES).clone();
            if draw.one_in(2) && message.field("kind") == Tree::Text("report".into()) {
                message.set("logged", logged(draw));
            }
            if draw.one_in(3) {
                message.vary(draw);
            }
            for _ in 0..draw.below(4) / 2 {
                message.damage(&SAMPLES, draw);
            }
            message
        });
        let mut input = Vec::new();
        message::encode(&Tree::List(messages.collect()), &mut input);
        if draw.one_in(10) {
            damage(&mut input, draw);
        }
        input
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let Tree::List(messages) = message::decode(&mut &*input) else { return false };
        let (mut feed, mut console) = (Feed::new(0), Console::default());
        let mut accepted = !messages.is_empty();
        let is_short = |text: &String| text.encode_utf16().count() <= MOST_UNITS as usize;
        for (recorded, message) in messages.iter().enumerate() {
            let Some(word) = gauge.measure(|| read(message)) else {
                accepted = false;
                continue;
            };
            match word {
                Word::Ready { hooks, prints } => {
                    assert!(hooks.len() <= MOST_ENTRIES && prints.len() <= MOST_ENTRIES && hooks.iter().chain(&prints).all(is_short));
                    feed.ready(hooks);
                }
                Word::Report(report) => {
                    assert!(report.logged.len() <= MOST_NAMES && report.prints.len() <= MOST_ENTRIES && report.prints.iter().all(is_short));
                    for (name, steps, values) in &report.logged {
                        assert!(is_short(name) && steps.len() <= CHUNK && values.len() <= CHUNK);
                        is_own_name(name);
                    }
                    feed.answered(report.done, report.last);
                    report.prints.into_iter().for_each(|line| console.add(LineAuthor::Script, line));
                    console.leave_out(report.unprinted);
                    report.problem.iter().for_each(|problem| drop(problem.to_string()));
                }
                Word::Broken { message, .. } => assert!(is_short(&message)),
                _ => {}
            }
            feed.next(recorded);
            feed.look();
        }
        accepted
    }
}
