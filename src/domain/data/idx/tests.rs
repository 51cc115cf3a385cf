//! Pairs of IDX files that are whole, damaged, cut short and hostile, read by the readers that the page and the workers use.

use super::*;
use crate::domain::data::class_notes;
use crate::error::Code;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::io::Write;

/// `content` as one gzip member.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file with any header.
fn encode(magic: [u8; 4], dims: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = magic.to_vec();
    file.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    file.extend_from_slice(elements);
    file
}

/// An images file.
pub(crate) fn encode_images(dims: [u32; 3], pixels: &[u8]) -> Vec<u8> {
    encode(IdxKind::Images.magic(), &dims, pixels)
}

/// A labels file.
pub(crate) fn encode_labels(labels: &[u8]) -> Vec<u8> {
    encode(IdxKind::Labels.magic(), &[labels.len() as u32], labels)
}

fn pair() -> (Vec<u8>, Vec<u8>) {
    (encode_images([3, 2, 2], &(0..12).collect::<Vec<u8>>()), encode_labels(&[0, 3, 1]))
}

fn fails(images: &[u8], labels: &[u8]) -> String {
    let error = parse("mine", images, labels).unwrap_err();
    assert_eq!(error.code(), Code::InvalidData);
    assert!(error.message().starts_with("mine: "), "{error}");
    assert!(!error.hint().is_empty() && !error.hint().ends_with('.'), "{error}");
    error.to_string()
}

#[track_caller]
fn says(images: &[u8], labels: &[u8], text: &str) {
    let error = fails(images, labels);
    assert!(error.contains(text), "{error}");
    // Compressed, the same fault reads the same.
    let error = fails(&gzip(images), &gzip(labels));
    assert!(error.contains(text), "{error}");
}

#[test]
fn reads_images_and_labels() {
    let (images, labels) = pair();
    let data = parse("mine", &images, &labels).unwrap();
    assert_eq!(data.name(), "mine");
    assert_eq!(data.shape(), SampleShape::Image { channels: 1, height: 2, width: 2 });
    assert_eq!(data.classes(), ["0", "1", "2", "3"]);
    assert_eq!(data.labels(), [0, 3, 1]);
    assert_eq!(data.features(), &Features::Bytes((0..12).collect()));
}

#[test]
fn one_label_value_still_makes_two_classes() {
    let data = parse("mine", &encode_images([2, 1, 1], &[1, 2]), &encode_labels(&[0, 0])).unwrap();
    assert_eq!(data.classes().len(), 2);
    let data = parse("mine", &encode_images([2, 1, 1], &[1, 2]), &encode_labels(&[255, 0])).unwrap();
    assert_eq!(data.classes().len(), 256);
}

#[test]
fn labels_that_count_from_one_make_no_class_without_samples() {
    let images = encode_images([4, 1, 1], &[1, 2, 3, 4]);
    let data = parse("letters", &images, &encode_labels(&[1, 3, 2, 3])).unwrap();
    assert_eq!((data.classes(), data.labels()), (&["1", "2", "3"].map(String::from)[..], &[0, 2, 1, 2][..]));
    assert_eq!(class_notes(data.classes(), &data.class_counts()), "labels count from 1: there is no class 0");
    // Any other gap may be the next part's class: it stays, and is told.
    let data = parse("gap", &images, &encode_labels(&[2, 4, 4, 2])).unwrap();
    assert_eq!((data.classes().len(), data.labels()), (5, &[2, 4, 4, 2][..]));
    assert_eq!(class_notes(data.classes(), &data.class_counts()), "no samples of 0, 1, 3");
    let data = parse("ones", &images, &encode_labels(&[1; 4])).unwrap();
    assert_eq!((data.classes(), data.labels()), (&["0", "1"].map(String::from)[..], &[1; 4][..]));
    let data = parse("usual", &images, &encode_labels(&[0, 1, 1, 0])).unwrap();
    assert_eq!(class_notes(data.classes(), &data.class_counts()), "");
}

#[test]
fn tells_the_files_apart() {
    let (images, labels) = pair();
    for (bytes, kind) in [(&images, Some(IdxKind::Images)), (&labels, Some(IdxKind::Labels)), (&b"a,b\n1,2".to_vec(), None)] {
        assert_eq!(looks_like(bytes), kind);
        assert_eq!(looks_like(&gzip(bytes)), kind);
    }
    assert_eq!(looks_like(&[]), None);
    assert_eq!(looks_like(&gzip(&[])), None);
    assert_eq!(looks_like(&[0x1f, 0x8b]), None);
    // The first bytes are enough: a file may be sniffed before it has arrived in full.
    let noise = encode_images([1000, 28, 28], &(0..784_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>());
    assert_eq!(looks_like(&gzip(&noise)[..4096]), Some(IdxKind::Images));
}

#[test]
fn says_what_is_wrong_with_the_header() {
    let (images, labels) = pair();
    says(&labels, &images, "the labels file holds images; the two files are swapped");
    says(&labels, &labels, "the images file holds labels");
    says(b"PK\x03\x04....", &labels, "ZIP archive");
    says(b"label,x\n", &labels, "not IDX: it starts with the bytes 6c 61 62 65");
    says(&gzip(&gzip(&images)), &labels, "compressed twice");
    says(&encode([0, 0, 0x0d, 3], &[3, 2, 2], &[0; 48]), &labels, "holds 32-bit floats (type 0x0d)");
    says(&images, &encode([0, 0, 0x0c, 1], &[3], &[0; 12]), "the labels file holds 32-bit integers");
    says(&encode([0, 0, 0x42, 3], &[3, 2, 2], &[0; 12]), &labels, "unknown element type 0x42");
    says(&encode([0, 0, 0x08, 4], &[3, 2, 2, 3], &[0; 36]), &labels, "has 4 dimensions, not 3");
}

#[test]
fn says_what_is_wrong_with_the_sizes() {
    let (images, labels) = pair();
    says(&encode_images([3, 0, 2], &[]), &labels, "3 images of 0×2: nothing to learn from");
    says(&images, &encode_labels(&[]), "0 labels: nothing to learn from");
    says(&encode_images([u32::MAX; 3], &[]), &labels, "limit of 1048576 samples");
    says(&images, &encode([0, 0, 8, 1], &[u32::MAX], &[]), "limit of 1048576 samples");
    says(&encode_images([3, 2, 257], &[]), &labels, "limit of 256×256 pixels");
    says(&encode_images([1 << 20, 256, 256], &[]), &labels, "more than the limit of 537 MB");
    says(&images, &encode_labels(&[0, 1]), "3 images, but 2 labels");
    says(&encode_images([1, 2, 2], &[0; 4]), &encode_labels(&[0]), "too few to learn from");
}

#[test]
fn says_what_is_wrong_with_the_length() {
    let (images, labels) = pair();
    assert!(fails(&[], &labels).contains("the images file is empty"));
    assert!(fails(&images, &[]).contains("the labels file is empty"));
    says(&images[..3], &labels, "the images file ends inside its header: 4 bytes expected, 3 found");
    says(&images[..20], &labels, "the images file ends inside its data: 12 bytes expected, 4 found");
    says(&images, &labels[..9], "the labels file ends inside its data: 3 bytes expected, 1 found");
    says(&[&images[..], &[0]].concat(), &labels, "goes on after the 12 bytes of data");
    says(&images, &[&labels[..], &labels[..]].concat(), "goes on after the 3 bytes of data");
}

#[test]
fn damaged_gzip_is_an_error() {
    let (images, labels) = pair();
    let mut wrong_checksum = gzip(&images);
    let crc = wrong_checksum.len() - 8;
    wrong_checksum[crc] ^= 1;
    assert!(fails(&wrong_checksum, &labels).contains("gzip data is damaged"));
    let whole = gzip(&images);
    assert!(fails(&whole[..whole.len() - 1], &labels).contains("ends before its gzip data does"));
    assert!(fails(&[&whole[..], b"junk"].concat(), &labels).contains("the images file"));
}

#[test]
fn a_bomb_is_not_unpacked() {
    // 64 MiB of zeros behind a header that announces 12 bytes: refused at the thirteenth byte.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&encode_images([3, 2, 2], &[])).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..64).for_each(|_| encoder.write_all(&zeros).unwrap());
    let bomb = encoder.finish().unwrap();
    assert!(fails(&bomb, &pair().1).contains("goes on after the 12 bytes of data"));
    // A header that announces the most that is allowed, and nothing behind it: no memory is taken for it.
    let promise = encode_images([1 << 13, 256, 256], &[7; 10]);
    let labels = encode_labels(&vec![0; 1 << 13]);
    says(&promise, &labels, "536870912 bytes expected, 10 found");
}

fn sets() -> impl Strategy<Value = ([u32; 3], Vec<u8>, Vec<u8>)> {
    (2_u32..8, 1_u32..6, 1_u32..6).prop_flat_map(|(count, height, width)| {
        let pixels = prop::collection::vec(any::<u8>(), (count * height * width) as usize);
        (Just([count, height, width]), pixels, prop::collection::vec(any::<u8>(), count as usize))
    })
}

proptest! {
    #[test]
    fn round_trips((dims, pixels, labels) in sets(), zip_images: bool, zip_labels: bool) {
        let wrap = |file: Vec<u8>, zip| if zip { gzip(&file) } else { file };
        let data = parse("any", &wrap(encode_images(dims, &pixels), zip_images), &wrap(encode_labels(&labels), zip_labels)).unwrap();
        prop_assert_eq!(data.features(), &Features::Bytes(pixels));
        let named: Vec<String> = data.labels().iter().map(|&label| data.classes()[label as usize].clone()).collect();
        prop_assert_eq!(named, labels.iter().map(u8::to_string).collect::<Vec<_>>());
        prop_assert_eq!(data.shape(), SampleShape::Image { channels: 1, height: dims[1] as usize, width: dims[2] as usize });
    }

    #[test]
    fn read_in_pieces_of_any_size_it_is_the_same((dims, pixels, labels) in sets(), zip: bool, most in 1_usize..40) {
        let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
        let (images, labels) = (wrap(encode_images(dims, &pixels)), wrap(encode_labels(&labels)));
        let mut parsing = Parsing::begin("any", &images, &labels, &Room::usual()).unwrap();
        let mut pieces = 1;
        while parsing.advance(most).unwrap() {
            pieces += 1;
        }
        prop_assert_eq!(pieces, (dims[0] as usize).div_ceil(most) + pixels.len().div_ceil(most));
        prop_assert_eq!(parsing.finish().unwrap(), parse("any", &images, &labels).unwrap());
    }

    #[test]
    fn any_bytes_give_a_set_or_an_error(images: Vec<u8>, labels: Vec<u8>, zip: bool) {
        let headed = |kind: IdxKind, tail: &[u8]| [&kind.magic()[..], tail].concat();
        let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
        for (images, labels) in [
            (images.clone(), labels.clone()),
            (wrap(images.clone()), wrap(labels.clone())),
            (wrap(headed(IdxKind::Images, &images)), wrap(headed(IdxKind::Labels, &labels))),
            ([&[0x1f, 0x8b][..], &images].concat(), [&[0x1f, 0x8b, 8, 0][..], &labels].concat()),
        ] {
            let _ = (looks_like(&images), looks_like(&labels), parse("any", &images, &labels));
        }
    }

    #[test]
    fn cut_anywhere_is_an_error((dims, pixels, labels) in sets(), zip: bool, cut: prop::sample::Index) {
        let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
        let (images, labels) = (wrap(encode_images(dims, &pixels)), wrap(encode_labels(&labels)));
        prop_assert!(parse("any", &images[..cut.index(images.len())], &labels).is_err());
        prop_assert!(parse("any", &images, &labels[..cut.index(labels.len())]).is_err());
    }

    #[test]
    fn a_flipped_bit_never_passes_gzip_unseen((dims, pixels, labels) in sets(), at: prop::sample::Index, bit in 0_u8..8) {
        let labels = encode_labels(&labels);
        let mut images = gzip(&encode_images(dims, &pixels));
        let at = at.index(images.len());
        images[at] ^= 1 << bit;
        // Only the member's own header (flags, time, system) may differ without changing the content.
        if let Ok(data) = parse("any", &images, &labels) {
            prop_assert_eq!(data.features(), &Features::Bytes(pixels));
        }
    }
}
