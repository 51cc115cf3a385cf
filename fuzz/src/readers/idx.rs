//! Pairs of IDX files, plain or gzip. An input is the length of the images file, that file, and the labels file.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::deflate;
use super::super::draw::Draw;
use emberscope::domain::data::idx::{looks_like, parse};
use emberscope::domain::data::{Dataset, Features, SampleShape};

/// The reader of data sets.
pub struct Idx;

/// An IDX file of bytes.
pub fn file(dims: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dims.len() as u8];
    file.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    file.extend(elements);
    file
}

/// The two files of `data`, plain.
fn files(data: &Dataset) -> (Vec<u8>, Vec<u8>) {
    let SampleShape::Image { height, width, .. } = data.shape() else { panic!("IDX files hold images") };
    let Features::Bytes(pixels) = data.features() else { panic!("IDX files hold bytes") };
    let labels: Vec<u8> = data.labels().iter().map(|&label| data.classes()[label as usize].parse().expect("a number")).collect();
    let count = labels.len() as u32;
    (file(&[count, height as u32, width as u32], pixels), file(&[count], &labels))
}

impl Reader for Idx {
    fn name(&self) -> &'static str {
        "idx"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let (count, height, width) = (2 + draw.count(6), 1 + draw.count(4).min(255), 1 + draw.count(4).min(255));
        let count = count.min((1 << 20) / (height * width) + 2);
        let fill = draw.byte();
        let pixels = if draw.one_in(2) { draw.bytes(count * height * width) } else { vec![fill; count * height * width] };
        let most = *draw.pick(&[2_usize, 3, 10, 256]);
        let labels: Vec<u8> = (0..count).map(|_| draw.below(most) as u8).collect();
        let mut dims = [count, height, width].map(|dim| dim as u32);
        if draw.one_in(8) {
            dims[draw.below(3)] = draw.whole() as u32;
        }
        let labels_count = if draw.one_in(20) { draw.whole() as u32 } else { count as u32 };
        let mut parts = [file(&dims, &pixels), file(&[labels_count], &labels)];
        if draw.one_in(30) {
            parts.swap(0, 1);
        }
        for part in &mut parts {
            if draw.one_in(30) {
                part[2..4].copy_from_slice(&[draw.byte(), draw.below(6) as u8]);
            }
            if draw.one_in(8) {
                damage(part, draw);
            }
            if draw.one_in(8) {
                *part = deflate::gzip(part, draw);
                if draw.one_in(4) {
                    damage(part, draw);
                }
            }
        }
        let [images, labels] = parts;
        [&(images.len() as u32).to_le_bytes()[..], &images, &labels].concat()
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let (length, rest) = input.split_first_chunk().map_or((0, input), |(length, rest)| (u32::from_le_bytes(*length) as usize, rest));
        let (images, labels) = rest.split_at(length.min(rest.len()));
        let data = gauge.measure(|| {
            looks_like(images);
            looks_like(labels);
            parse("fuzz", images, labels)
        });
        let Ok(data) = data else { return false };
        let (images, labels) = files(&data);
        assert!(looks_like(&images).is_some() && looks_like(&labels).is_some(), "what is written looks like what it is");
        assert_eq!(parse("fuzz", &images, &labels).as_ref(), Ok(&data), "what is written is read");
        true
    }
}
