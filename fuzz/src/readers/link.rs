//! Links: changes of a configuration as JSON, packed by zlib, as base64 in an address.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::deflate;
use super::super::draw::Draw;
use super::super::tree::Tree;
use super::config;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use emberscope::export::link::{decode, encode};

/// The reader of links.
pub struct Link;

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
        if draw.one_in(12) {
            damage(&mut link, draw);
        }
        link
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let text = String::from_utf8_lossy(input);
        let Some(Ok(config)) = gauge.measure(|| decode(&text).map(|read| read.inspect(config::ask))) else { return false };
        // Packing as well as it goes is the dearest part by far, so not every link is made again.
        if input.len().is_multiple_of(4)
            && let Ok(link) = encode(&config)
        {
            config::assert_same(&config, &decode(&link).expect("a link is a link").expect("what is written is read"));
        }
        true
    }
}
