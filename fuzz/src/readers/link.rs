//! Links: changes of a configuration as JSON, packed by zlib, as base64 in an address; and beside them the settings of a class.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::deflate;
use super::super::draw::Draw;
use super::super::tree::Tree;
use super::config;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use emberscope::domain::class::Control;
use emberscope::domain::class::settings::{MOST_HIDDEN, MOST_TASK, MOST_TITLE};
use emberscope::export::link::{class, decode, encode};

/// The reader of links.
pub struct Link;

/// The settings of a class as JSON, most of them right.
fn settings(draw: &mut Draw) -> Tree {
    let names: Vec<&str> = Control::ALL.iter().map(|(_, name, _)| *name).collect();
    let mut list = |of: &[&str]| {
        let count = draw.count(5);
        let item = |draw: &mut Draw| if draw.one_in(30) { draw.text() } else { (*draw.pick(of)).to_owned() };
        Tree::List((0..count).map(|_| Tree::Text(item(draw))).collect())
    };
    let (free, hidden) = (list(&names), list(&["time", "own", "picture-data", "setup", "a-part-of-later"]));
    let text = |draw: &mut Draw| Tree::Text(if draw.one_in(3) { draw.text() } else { "Step sizes, 9b".to_owned() });
    let mut fields =
        vec![("title".to_owned(), text(draw)), ("task".to_owned(), text(draw)), ("free".to_owned(), free), ("hidden".to_owned(), hidden)];
    let share = 2 + draw.below(4);
    fields.retain(|_| !draw.one_in(share));
    let mut settings = Tree::Object(fields);
    if draw.one_in(8) {
        settings.damage(&[], draw);
    }
    settings
}

/// The part of a link with the settings of a class.
fn class_part(draw: &mut Draw) -> String {
    let mut json = settings(draw).json(draw).into_bytes();
    if draw.one_in(20) {
        damage(&mut json, draw);
    }
    let version = if draw.one_in(40) { draw.whole().to_string() } else { "1".to_owned() };
    format!("{}{version}.{}", draw.pick(&["class=", "class=", "class%3D"]), URL_SAFE_NO_PAD.encode(deflate::zlib(&json, draw)))
}

impl Reader for Link {
    fn name(&self) -> &'static str {
        "link"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut changes = config::config(draw);
        if let Tree::Object(fields) = &mut changes {
            // A link has what differs from the base: some keys, and the names of those that are gone.
            let share = 1 + draw.below(4);
            fields.retain(|_| draw.one_in(share));
            if draw.one_in(12) {
                let gone = ["validation", "shuffle", "monitors", "diagnosis", "optimizer", "-"];
                let count = draw.count(2);
                fields.push(("-".into(), Tree::List((0..count).map(|_| Tree::Text((*draw.pick(&gone)).into())).collect())));
            }
        }
        let mut json = changes.json(draw).into_bytes();
        if draw.one_in(12) {
            damage(&mut json, draw);
        }
        let mut packed = deflate::zlib(&json, draw);
        if draw.one_in(12) {
            damage(&mut packed, draw);
        }
        let data = if draw.one_in(40) { STANDARD.encode(packed) } else { URL_SAFE_NO_PAD.encode(packed) };
        let version = if draw.one_in(40) { draw.whole().to_string() } else { "1".to_owned() };
        let prefix = *draw.pick(&["c=", "c=", "c=", "#c=", "c%3D", "a=b&c=", ""]);
        let mut link = format!("{prefix}{version}.{data}").into_bytes();
        if draw.one_in(2) {
            let class = class_part(draw);
            let lesson = *draw.pick(&["", "&lesson=xor", "&lesson=../x"]);
            link = if draw.one_in(4) {
                format!("#{class}{lesson}").into_bytes()
            } else {
                [&link[..], b"&", class.as_bytes(), lesson.as_bytes()].concat()
            };
        }
        if draw.one_in(12) {
            damage(&mut link, draw);
        }
        link
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let text = String::from_utf8_lossy(input);
        let settings = gauge.measure(|| class::decode(&text));
        if let Some(Ok(settings)) = &settings {
            let is_short = settings.title.chars().count() <= MOST_TITLE && settings.task.chars().count() <= MOST_TASK;
            assert!(is_short && settings.hidden.len() <= MOST_HIDDEN && settings.free.len() <= Control::ALL.len(), "limits hold");
            assert_eq!(class::decode(&class::encode(settings)), Some(Ok(settings.clone())), "what is written is read");
            settings.lock_words();
        }
        let is_class = matches!(settings, Some(Ok(_)));
        let Some(Ok(config)) = gauge.measure(|| decode(&text).map(|read| read.inspect(config::ask))) else { return is_class };
        // Packing as well as it goes is the dearest part by far, so not every link is made again.
        if input.len().is_multiple_of(4)
            && let Ok(link) = encode(&config)
        {
            config::assert_same(&config, &decode(&link).expect("a link is a link").expect("what is written is read"));
        }
        true
    }
}
