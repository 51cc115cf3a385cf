//! States that were damaged on their way: refused with words, never a panic, and never another run.

use super::Beginning;
use super::case::Case;
use super::stage::{Course, Ended};
use crate::domain::format::checksum::{crc32c, crc32c_append};
use crate::domain::format::safetensors;
use crate::domain::rng::Rng;
use crate::domain::run::journal::At;
use crate::domain::run::state::RunState;
use crate::error::Code;
use serde_json::Value;

fn saved() -> (Case, Vec<u8>) {
    let case = Case::plain();
    let Ended::Cut(saved) = Course::new(&case).run(Beginning::default(), Some((14, At::Batch))).expect("nothing fails") else {
        panic!("it has more steps");
    };
    (case, saved.bytes)
}

#[test]
fn flipped_bits_and_cut_ends_are_noticed() {
    let (_, good) = saved();
    let mut rng = Rng::new(1, "damage");
    let mut accepted = 0;
    for _ in 0..4000 {
        let mut bytes = good.clone();
        if rng.below(4) == 0 {
            bytes.truncate(rng.below(good.len() as u32) as usize);
        } else {
            for _ in 0..=rng.below(3) {
                let at = rng.below(good.len() as u32) as usize;
                bytes[at] ^= 1 << rng.below(8);
            }
        }
        match RunState::from_bytes(&bytes) {
            Err(error) => {
                assert_eq!(error.code(), Code::InvalidData);
                assert!(!error.hint().is_empty() && error.message().contains("state of a run"), "{error}");
            }
            // A space of the header has become another one.
            Ok(state) => {
                accepted += 1;
                assert_eq!(state.into_bytes().expect("it is small").bytes, good);
            }
        }
    }
    assert!(accepted < 40, "{accepted}");
    for bytes in [&[][..], b"{}", &[0; 8], &[255; 64]] {
        assert_eq!(RunState::from_bytes(bytes).unwrap_err().code(), Code::InvalidData);
    }
}

/// Number of the places in `tree` that can be changed.
fn places(tree: &Value) -> usize {
    match tree {
        Value::Array(list) => 1 + list.iter().map(places).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(places).sum::<usize>(),
        _ => 1,
    }
}

/// Changes the place `at` of `tree`, counted as in [`places`].
fn change(tree: &mut Value, at: &mut usize, rng: &mut Rng) {
    if *at == 0 {
        let numbers = [0.0, 1.0, 3.0, 1e9, 4_294_967_295.0, -1.0, 0.5, 1e300];
        *tree = match rng.below(6) {
            0 => Value::Null,
            1 => Value::from(""),
            2 => Value::Array(Vec::new()),
            3 => Value::from("7ff8000000000000"),
            _ => {
                let number = numbers[rng.below(8) as usize];
                if number >= 0.0 && number % 1.0 == 0.0 && number < 1e10 { Value::from(number as u64) } else { Value::from(number) }
            }
        };
    }
    *at = at.wrapping_sub(1);
    let mut each = |inner: &mut Value| {
        if *at != usize::MAX {
            change(inner, at, rng);
        }
    };
    match tree {
        Value::Array(list) => list.iter_mut().for_each(&mut each),
        Value::Object(map) => map.values_mut().for_each(&mut each),
        _ => {}
    }
}

/// The file with another JSON, and with the checksum that belongs to it.
fn forged(good: &[u8], json: &str) -> Vec<u8> {
    let content = safetensors::read_within(good, 1 << 20).expect("it is good");
    let step = content.metadata.iter().find(|(key, _)| key == "step").expect("it is there").1.clone();
    let crc = content.arrays.iter().fold(crc32c(format!("1\0{step}\0{json}\0").as_bytes()), |crc, (head, bytes)| {
        crc32c_append(crc32c_append(crc, format!("{}{:?}", head.name, head.shape).as_bytes()), bytes)
    });
    let crc = format!("{crc:08x}");
    let metadata = [("format", "emberscope-run-state"), ("version", "1"), ("step", &step), ("state", json), ("crc32c", &crc)];
    let arrays: Vec<_> = content.arrays.iter().map(|(head, bytes)| (head, *bytes)).collect();
    safetensors::write(&metadata, &arrays).expect("shapes and bytes agree")
}

/// No checksum helps against what somebody made.
#[test]
fn states_that_somebody_made_are_refused_or_go_on_without_a_panic() {
    let (case, good) = saved();
    let content = safetensors::read_within(&good, 1 << 20).expect("it is good");
    let json = &content.metadata.iter().find(|(key, _)| key == "state").expect("it is there").1;
    let tree: Value = serde_json::from_str(json).expect("it is JSON");
    assert!(RunState::from_bytes(&forged(&good, json)).is_ok(), "unchanged it is good");
    let mut rng = Rng::new(2, "damage");
    let (mut refused, mut went_on) = (0, 0);
    for round in 0..3 * places(&tree) {
        let mut other = tree.clone();
        change(&mut other, &mut (round % places(&tree)), &mut rng);
        let Ok(state) = RunState::from_bytes(&forged(&good, &other.to_string())) else {
            refused += 1;
            continue;
        };
        let course = Course::new(&case);
        let ended = course.run(Beginning { state: Some(Box::new(state)), inputs: Vec::new() }, None);
        match ended {
            Ok(_) => went_on += 1,
            Err(_) => refused += 1,
        }
    }
    println!("{refused} refused, {went_on} went on");
    assert!(refused > 100 && went_on > 10, "{refused} {went_on}");
}

#[test]
fn another_version_is_named() {
    let (_, good) = saved();
    let content = safetensors::read_within(&good, 1 << 20).expect("it is good");
    let metadata: Vec<(&str, &str)> =
        content.metadata.iter().map(|(key, text)| (key.as_str(), if key == "version" { "2" } else { text.as_str() })).collect();
    let arrays: Vec<_> = content.arrays.iter().map(|(head, bytes)| (head, *bytes)).collect();
    let error = RunState::from_bytes(&safetensors::write(&metadata, &arrays).expect("shapes and bytes agree")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this state of a run is of version \"2\", and \"1\" is read here; open it with the program that stored it"
    );
}
