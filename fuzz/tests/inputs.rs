//! Inputs that were a fault once, in `tests/inputs/READER/`, read again by the fuzzer's rules; and some new ones for each
//! reader, so that generators and rules cannot decay. `cargo xtask fuzz` makes many more.

use emberscope_fuzz::check::{Reader, judge};
use emberscope_fuzz::draw::Draw;
use emberscope_fuzz::memory::{Counting, peak_of};
use emberscope_fuzz::readers::{ALL, named};
use std::fs;
use std::path::Path;

#[global_allocator]
static MEMORY: Counting = Counting;

fn holds(reader: &dyn Reader, input: &[u8], what: &str) -> bool {
    let outcome = judge(reader, input);
    assert_eq!(outcome.fault, None, "{}: {what}", reader.name());
    outcome.accepted
}

#[test]
fn what_was_a_fault_once_is_none_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/inputs");
    let mut inputs = 0;
    for readers in fs::read_dir(folder).unwrap() {
        let readers = readers.unwrap();
        let reader = named(readers.file_name().to_str().unwrap()).expect("a folder has the name of a reader");
        for file in fs::read_dir(readers.path()).unwrap() {
            let path = file.unwrap().path();
            holds(reader, &fs::read(&path).unwrap(), &path.display().to_string());
            inputs += 1;
        }
    }
    assert!(inputs >= 3, "{inputs} inputs");
}

/// A generator whose inputs are nearly all refused, or none, says nothing.
#[test]
fn every_generator_makes_good_inputs_and_bad_ones() {
    const INPUTS: u64 = 400;
    for reader in ALL {
        let inputs = (0..INPUTS).map(|index| reader.make(&mut Draw::new(7, reader.name(), index)));
        let accepted = inputs.enumerate().filter(|(index, input)| holds(reader, input, &format!("input {index} of seed 7"))).count() as u64;
        assert!((INPUTS / 10..INPUTS * 19 / 20).contains(&accepted), "{} accepts {accepted} of {INPUTS}", reader.name());
    }
}

#[test]
fn memory_is_counted() {
    let (_, peak) = peak_of(|| vec![1_u8; 5 << 20]);
    assert!((5 << 20..6 << 20).contains(&peak), "{peak}");
}
