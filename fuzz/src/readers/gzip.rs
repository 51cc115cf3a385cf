//! Gzip members around images. An input is the number of labels, then the compressed images file.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::deflate;
use super::super::draw::Draw;
use super::idx;
use emberscope::domain::data::idx::{looks_like, parse};
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The reader of gzip.
pub struct Gzip;

impl Reader for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let count = 2 + draw.below(6);
        let (height, width) = (1 + draw.count(6).min(255), 1 + draw.count(6).min(255));
        let fill = draw.byte();
        let pixels = if draw.one_in(2) { draw.bytes(count * height * width) } else { vec![fill; count * height * width] };
        let mut images = idx::file(&[count as u32, height as u32, width as u32], &pixels);
        if draw.one_in(40) {
            // Much more, or much less, than the header announces.
            let length = draw.count(40_000);
            images.extend(vec![fill; length]);
        }
        let mut packed = deflate::gzip(&images, draw);
        if draw.one_in(100) {
            packed = deflate::gzip(&packed, draw);
        }
        if draw.one_in(3) {
            damage(&mut packed, draw);
        }
        packed.insert(0, count as u8);
        packed
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let Some((&count, packed)) = input.split_first() else { return false };
        let labels: Vec<u8> = (0..count).map(|label| label % 7).collect();
        let labels = idx::file(&[u32::from(count)], &labels);
        let data = gauge.measure(|| {
            looks_like(packed);
            parse("fuzz", packed, &labels)
        });
        let Ok(data) = data else { return false };
        if packed.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            MultiGzDecoder::new(packed).read_to_end(&mut plain).expect("what is accepted is whole");
            assert_eq!(parse("fuzz", &plain, &labels), Ok(data), "packed or not, the data are the same");
        }
        true
    }
}
