//! Messages of workers to the page. An input is a list of messages, each a list of the event and its buffers; the session
//! and the store take them in turn, as the page does.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::message;
use super::super::samples;
use super::super::tree::Tree;
use super::frames::{frame, store};
use super::views;
use emberscope::domain::run::config::DeviceWish;
use emberscope::domain::run::device::{Choice, Device, WorkerKind};
use emberscope::domain::run::preset;
use emberscope::protocol::{Event, floats, outcomes};
use emberscope::ui::session::{Effect, Intent, Request, Session};
use std::rc::Rc;
use std::sync::LazyLock;

/// The reader of workers' messages.
pub struct Events;

static SAMPLES: LazyLock<Vec<Tree>> = LazyLock::new(samples::events);

/// A message's buffers: one nearly always, of any bytes.
pub fn buffers(draw: &mut Draw) -> Vec<Tree> {
    let count = draw.count(1);
    (0..count)
        .map(|_| {
            let length = draw.count(24);
            Tree::Bytes(draw.bytes(length))
        })
        .collect()
}

/// `head` with its buffers, once in a while changed.
pub fn posted(mut head: Tree, buffers: Vec<Tree>, donors: &[Tree], draw: &mut Draw) -> Tree {
    if draw.one_in(3) {
        head.vary(draw);
    }
    if draw.one_in(5) {
        head.damage(donors, draw);
    }
    Tree::List([head].into_iter().chain(buffers).collect())
}

/// The parts of a posted message, as [`web::port`](emberscope::protocol) takes it apart: the head and the buffers; none where
/// it is not a list, or a buffer is not bytes.
pub fn parts(message: &Tree) -> Option<(&Tree, Vec<Vec<u8>>)> {
    let Tree::List(items) = message else { return None };
    let (head, rest) = items.split_first()?;
    let bulk = rest.iter().map(|item| if let Tree::Bytes(bytes) = item { Some(bytes.clone()) } else { None });
    Some((head, bulk.collect::<Option<_>>()?))
}

impl Reader for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let count = 1 + draw.count(3);
        let mut step = 1;
        let messages = (0..count).map(|_| {
            if draw.one_in(4) {
                let head = Tree::Object(vec![("Records".into(), Tree::Object(vec![("run".into(), Tree::Number(1.0))]))]);
                let frame = Tree::Bytes(frame(&mut step, draw));
                return posted(head, vec![frame], &SAMPLES, draw);
            }
            let mut head = draw.pick(&SAMPLES).clone();
            if draw.one_in(6) {
                head.vary(draw);
            }
            let buffers = views::buffers(&head, draw).unwrap_or_else(|| buffers(draw));
            posted(head, buffers, &SAMPLES, draw)
        });
        let mut input = Vec::new();
        message::encode(&Tree::List(messages.collect()), &mut input);
        if draw.one_in(12) {
            damage(&mut input, draw);
        }
        input
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let Tree::List(messages) = message::decode(&mut &*input) else { return false };
        let (mut store, run, _) = store();
        let mut session = Session::default();
        let mut config = preset::all().swap_remove(1).config;
        config.device = DeviceWish::Cpu;
        let request = Request { run, config, first_weights: None, state: None, paused: false, has_scripts: false };
        let choice = Choice { device: Device::Cpu, worker: WorkerKind::Cpu, why: String::new() };
        session.intend(Intent::Start(Rc::new(request), choice)).expect("no run is going on");
        let mut accepted = !messages.is_empty();
        for message in &messages {
            let read = gauge.measure(|| {
                let (head, bulk) = parts(message)?;
                let event: Event = message::read(head).ok()?;
                for effect in session.hear(WorkerKind::Cpu, &event) {
                    match effect {
                        // A damaged frame is told to the visitor; nothing of it is recorded.
                        Effect::Record => drop(store.record(&event, &bulk, 1.0)),
                        Effect::End(run, result) => store.end(run, &result),
                        _ => {}
                    }
                }
                match &event {
                    Event::Viewed { view, .. } => views::draw(view, &bulk),
                    Event::Slowed { step, .. } => views::film(step, &bulk),
                    _ => {}
                }
                for bytes in &bulk {
                    floats::from_bytes(bytes);
                    outcomes::from_bytes(bytes);
                }
                Some(event)
            });
            let Some(event) = read else {
                accepted = false;
                continue;
            };
            let again: Event = message::read(&Tree::of(&event))
                .or_else(|_| message::read(&parts(message).expect("read before").0.clone()))
                .expect("an event is one");
            assert_eq!(again.run(), event.run());
        }
        if let Some(run) = store.run(run) {
            for series in run.series.values() {
                assert!(series.last().is_some() || series.is_empty());
            }
        }
        accepted
    }
}
