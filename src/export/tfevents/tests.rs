//! The files are what TensorBoard's own reader reads. It has read the golden one: `tests/interop/README.md`.

use super::*;
use crate::export::{samples, to_bytes};
use prost::Message;
use std::io::{Cursor, Read};

fn files() -> Vec<(String, Vec<u8>)> {
    files_of(&samples::small())
}

fn files_of(run: &crate::export::record::Imported) -> Vec<(String, Vec<u8>)> {
    let columns = run.columns();
    let bytes = to_bytes(&mut EventExport::new(&run.head, &columns), &columns).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let (name, mut content) = (file.name().unwrap().to_string(), Vec::new());
            file.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

/// The events of a file; panics where a checksum is wrong or the file is cut off.
fn events(mut bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_at(8);
        let (crc, rest) = rest.split_at(4);
        assert_eq!(crc, masked_crc(length).to_le_bytes());
        let (data, rest) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
        let (crc, rest) = rest.split_at(4);
        assert_eq!(crc, masked_crc(data).to_le_bytes());
        events.push(Event::decode(data).unwrap());
        bytes = rest;
    }
    events
}

#[test]
fn the_checksum_is_tensorflows() {
    // `tensorboard.compat.tensorflow_stub.pywrap_tensorflow.masked_crc32c(b"123456789")`.
    assert_eq!(masked_crc(b"123456789"), GOLDEN_CRC);
}

const GOLDEN_CRC: u32 = 0xc78a_b0e5;

#[test]
fn every_value_is_in_one_file_with_its_step_and_time() {
    let run = samples::small();
    let files = files();
    assert_eq!(
        files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["train/events.out.tfevents.1700000000.emberscope", "validation/events.out.tfevents.1700000000.emberscope"]
    );
    let mut found = 0;
    for (index, (_, bytes)) in files.iter().enumerate() {
        let events = events(bytes);
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        assert!(events[1..].is_sorted_by_key(|event| event.step));
        for event in &events[1..] {
            let at_ms = run.columns().at_ms(event.step as u32);
            assert_eq!(event.wall_time, run.head.began_unix_ms / 1e3 + at_ms / 1e3);
            for value in &event.summary.as_ref().unwrap().value {
                let Some(number) = value.simple_value else { continue };
                let names = [value.tag.clone(), format!("train/{}", value.tag), format!("val/{}", value.tag)];
                let name = names.iter().skip(if index == 1 { 2 } else { 0 }).find(|name| run.series.contains_key(*name));
                let Some(series) = name.map(|name| &run.series[name]) else {
                    assert!(value.tag.ends_with("/nan") || value.tag.ends_with("/infinite"), "{}", value.tag);
                    continue;
                };
                let (step, expected) = series.get(series.index_at_or_before(event.step as u32).unwrap()).unwrap();
                assert_eq!((i64::from(step), expected.to_bits()), (event.step, number.to_bits()), "{}", value.tag);
                found += 1;
            }
        }
    }
    assert_eq!(found, run.series.values().map(crate::domain::record::series::Series::len).sum::<usize>());
}

#[test]
fn a_tag_is_of_one_kind_whatever_callbacks_log() {
    let mut run = samples::small();
    for name in ["weights/dense_1/kernel", "gradients/dense_1/bias/nan", "activations/relu_1", "weights", "scalars/weights"] {
        run.series.entry(name.to_owned()).or_default().extend([(1, 1.0), (5, 2.0)]);
    }
    for (name, bytes) in files_of(&run) {
        let (mut scalars, mut histograms, mut found) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new(), 0);
        for event in &events(&bytes)[1..] {
            for value in &event.summary.as_ref().unwrap().value {
                let is_scalar = value.simple_value.is_some();
                if is_scalar {
                    scalars.insert(value.tag.clone())
                } else {
                    histograms.insert(value.tag.clone())
                };
                found += usize::from(is_scalar && value.tag.starts_with("scalars/"));
            }
        }
        let both: Vec<_> = scalars.intersection(&histograms).collect();
        assert!(both.is_empty(), "{name}: {both:?} are scalars and histograms");
        assert_eq!(found, if name.starts_with("train/") { 10 } else { 0 }, "{name}: {scalars:?}");
    }
}

/// The very bytes that TensorBoard 2.21's `EventAccumulator` has read, with the values of the small run.
#[test]
fn the_bytes_are_those_that_tensorboard_has_read() {
    if std::env::var_os("EMBERSCOPE_BLESS").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/export/tfevents");
        for (name, bytes) in files() {
            std::fs::write(format!("{folder}/golden-{}.tfevents", name.split('/').next().unwrap()), &bytes).unwrap();
        }
        return;
    }
    let golden: [&[u8]; 2] = [include_bytes!("golden-train.tfevents"), include_bytes!("golden-validation.tfevents")];
    for ((name, bytes), golden) in files().into_iter().zip(golden) {
        assert!(bytes == golden, "{name} has changed; see tests/interop/README.md");
    }
}
