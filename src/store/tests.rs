//! The store over a disk that lies: random histories, with a death at every operation.

use super::disk::Trouble;
use super::entry::{Filed, Kind, LOG, pack, unpack};
use super::keeper::Keeper;
use super::key::new_key;
use super::lying::{Dice, Lying, now};
use super::message::{Card, Said, What};
use proptest::prelude::*;

type Entry = (u8, Vec<u8>);

/// What the owner of the runs knows of one of them.
#[derive(Clone, Default)]
struct Known {
    /// All that was acknowledged, and whether it was committed.
    entries: Vec<Entry>,
    committed: usize,
    /// What was asked for and not acknowledged, because of the death.
    pending: Vec<Entry>,
    /// The bytes of each file, by slot and number.
    files: Vec<(String, u32, Vec<u8>)>,
    is_deleted: bool,
}

fn key(index: u64) -> String {
    new_key(1e12 + index as f64, 0.5)
}

fn packed(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, payload) in entries {
        pack(Kind::of(*kind).unwrap(), payload, &mut out);
    }
    out
}

fn cards(keeper: &mut Keeper<Lying>) -> Vec<Card> {
    match now(keeper.obey(What::List, Vec::new())).0 {
        Said::Listed(cards) => cards,
        other => panic!("{other:?}"),
    }
}

fn entries(keeper: &mut Keeper<Lying>, run: &str) -> Result<Vec<Entry>, Trouble> {
    let (mut all, mut first) = (Vec::new(), true);
    loop {
        let (said, bulk) = now(keeper.obey(What::Read { run: run.to_owned(), first }, Vec::new()));
        first = false;
        match said {
            Said::Piece { is_last, .. } => {
                all.extend(unpack(&bulk[0]).map(|(kind, payload)| (kind, payload.to_vec())));
                if is_last {
                    return Ok(all);
                }
            }
            Said::Trouble(trouble) => return Err(trouble),
            other => panic!("{other:?}"),
        }
    }
}

fn file(keeper: &mut Keeper<Lying>, run: &str, filed: &Filed) -> Result<Vec<u8>, Trouble> {
    let what = What::File { run: run.to_owned(), number: filed.number, bytes: filed.bytes as f64, sum: filed.sum };
    match now(keeper.obey(what, Vec::new())) {
        (Said::Done, mut bulk) => Ok(bulk.remove(0)),
        (Said::Trouble(trouble), _) => Err(trouble),
        other => panic!("{other:?}"),
    }
}

/// The last file of each slot that a log names.
fn filed(entries: &[Entry]) -> Vec<Filed> {
    let mut last: Vec<Filed> = Vec::new();
    for filed in entries.iter().filter(|(kind, _)| *kind == Kind::File as u8).filter_map(|(_, bytes)| Filed::from_bytes(bytes)) {
        last.retain(|known| known.slot != filed.slot);
        last.push(filed);
    }
    last
}

/// Does a random history on `disk` and returns what its owner knows at its end. The history is the same for the same dice.
fn live(disk: &Lying, dice: &mut Dice) -> Vec<Known> {
    let mut keeper = Keeper::new(disk.clone());
    let mut runs = vec![Known::default(); 3];
    for turn in 0..6 + dice.roll(10) {
        let run = dice.roll(3) as usize;
        let (what, bytes) = (dice.roll(10), (0..dice.roll(60)).map(|_| dice.roll(256) as u8).collect::<Vec<u8>>());
        let (count, hold, commit, slot) = (1 + dice.roll(3), dice.roll(3) > 0, dice.roll(2) == 0, format!("slot {}", dice.roll(2)));
        let known = &mut runs[run];
        let name = key(run as u64);
        if what == 9 && !known.entries.is_empty() {
            known.is_deleted = true;
            match now(keeper.obey(What::Delete { run: name }, Vec::new())).0 {
                Said::Done => *known = Known::default(),
                // Whether it is there still, nobody knows.
                Said::Trouble(_) => return runs,
                other => panic!("{other:?}"),
            }
        } else if what == 8 && !known.entries.is_empty() {
            let put = What::Put { run: name, slot: slot.clone(), about: turn.to_string() };
            let said = now(keeper.obey(put, vec![bytes.clone()])).0;
            // Its entry has the number that the keeper gave: read back below.
            known.files.push((slot, 0, bytes));
            if said == Said::Done {
                known.entries.push((Kind::File as u8, Vec::new()));
                known.committed = known.entries.len();
            } else {
                known.pending = vec![(Kind::File as u8, Vec::new())];
                return runs;
            }
        } else {
            let mut new: Vec<Entry> =
                (0..count).map(|index| (Kind::Line as u8, [&[turn as u8, index as u8][..], &bytes].concat())).collect();
            if known.entries.is_empty() {
                new.insert(0, (Kind::Begin as u8, bytes));
            }
            let said = now(keeper.obey(What::Append { run: name, hold, commit }, vec![packed(&new)])).0;
            if said == Said::Done {
                known.entries.extend(new);
                if commit || !hold {
                    known.committed = known.entries.len();
                }
            } else {
                known.pending = new;
                // After a death nothing more comes; after a lie the history goes on with what was acknowledged.
                return runs;
            }
        }
    }
    runs
}

/// Checks a disk after a death against what the owner of the runs knew.
fn check(disk: &Lying, runs: &[Known]) {
    let mut keeper = Keeper::new(disk.clone());
    let listed: Vec<String> = cards(&mut keeper).into_iter().map(|card| card.run).collect();
    for (index, known) in runs.iter().enumerate() {
        let run = key(index as u64);
        if known.is_deleted {
            continue;
        }
        let found = entries(&mut keeper, &run).unwrap();
        let attempted: Vec<&Entry> = known.entries.iter().chain(&known.pending).collect();
        assert!(found.len() >= known.committed, "run {index}: {} of {} committed entries are there", found.len(), known.committed);
        assert!(found.len() <= attempted.len(), "run {index}: more than there ever was");
        assert!(known.committed == 0 || listed.contains(&run), "run {index} is not listed");
        for ((kind, payload), (wanted, expected)) in found.iter().zip(attempted) {
            assert_eq!(kind, wanted);
            assert!(*kind == Kind::File as u8 || payload == expected, "run {index}: another payload");
        }
        for filed in filed(&found) {
            let bytes = file(&mut keeper, &run, &filed).unwrap_or_else(|trouble| panic!("run {index}, {}: {trouble:?}", filed.slot));
            assert!(known.files.iter().any(|(slot, _, written)| *slot == filed.slot && *written == bytes), "run {index}: another file");
        }
        // And it can go on: what is opened for writing is whole again, and nothing that nobody names is left.
        if !found.is_empty() {
            let line = packed(&[(Kind::Line as u8, b"after".to_vec())]);
            assert_eq!(now(keeper.obey(What::Append { run: run.clone(), hold: false, commit: true }, vec![line])).0, Said::Done);
            let after = entries(&mut keeper, &run).unwrap();
            assert_eq!(after.len(), found.len() + 1);
            let named = filed(&after).len();
            assert_eq!(disk.names().iter().filter(|(folder, name)| *folder == run && name != LOG).count(), named);
        }
    }
}

/// Three hundred histories, each with a death of the program and of the machine at each of its operations.
#[test]
fn what_was_acknowledged_before_the_last_commit_is_read_back_after_a_death_at_any_operation() {
    let mut deaths = 0;
    for seed in 0..300 {
        let whole = Lying::new(seed, u64::MAX, 0);
        let runs = live(&whole, &mut Dice(seed));
        check(&whole.reborn(true), &runs);
        for left in 0..whole.done() {
            let disk = Lying::new(seed, left, 0);
            let runs = live(&disk, &mut Dice(seed));
            check(&disk.reborn(false), &runs);
            check(&disk.reborn(true), &runs);
            deaths += 2;
        }
    }
    assert!(deaths > 10_000, "{deaths} deaths");
}

#[test]
fn a_disk_that_lies_costs_nothing_that_was_acknowledged() {
    for seed in 0..3_000 {
        let disk = Lying::new(seed, u64::MAX, 12);
        let runs = live(&disk, &mut Dice(seed));
        check(&disk.reborn(false), &runs);
        check(&disk.reborn(true), &runs);
    }
}

fn begun(disk: &Lying, lines: usize) -> String {
    let mut keeper = Keeper::new(disk.clone());
    let run = key(7);
    let mut all = vec![(Kind::Begin as u8, b"begin".to_vec())];
    all.extend((0..lines).map(|line| (Kind::Line as u8, format!("line {line}").into_bytes())));
    assert_eq!(now(keeper.obey(What::Append { run: run.clone(), hold: true, commit: true }, vec![packed(&all)])).0, Said::Done);
    run
}

proptest! {
    /// Bits flip while nobody looks: only what they touch is lost, and never more is there than was.
    #[test]
    fn flipped_bits_cost_what_they_touch(flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..4), lines in 1_usize..30) {
        let disk = Lying::new(1, u64::MAX, 0);
        let run = begun(&disk, lines);
        let whole = entries(&mut Keeper::new(disk.clone()), &run).unwrap();
        let count = flips.len();
        disk.spoil(&run, LOG, |bytes| flips.iter().for_each(|(at, bit)| { let at = at.index(bytes.len()); bytes[at] ^= 1 << bit; }));
        let found = entries(&mut Keeper::new(disk), &run).unwrap();
        prop_assert!(found.len() + count >= whole.len());
        prop_assert!(found.iter().all(|entry| whole.contains(entry)));
    }

    #[test]
    fn a_log_of_any_bytes_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), at: prop::sample::Index) {
        let disk = Lying::new(1, u64::MAX, 0);
        let run = begun(&disk, 3);
        disk.spoil(&run, LOG, |log| { let at = at.index(log.len() + 1); log.splice(at.., bytes); });
        let mut keeper = Keeper::new(disk);
        prop_assert!(entries(&mut keeper, &run).unwrap().len() <= 4);
        prop_assert_eq!(cards(&mut keeper).len(), 1);
    }
}

#[test]
fn one_tab_writes_and_the_others_read() {
    let disk = Lying::new(1, u64::MAX, 0);
    let (mut first, mut second) = (Keeper::new(disk.clone()), Keeper::new(disk));
    let run = key(1);
    let append = |hold| What::Append { run: run.clone(), hold, commit: false };
    let begin = packed(&[(Kind::Begin as u8, b"begin".to_vec())]);
    assert_eq!(now(first.obey(append(true), vec![begin.clone()])).0, Said::Done);
    assert_eq!(now(second.obey(append(true), vec![begin.clone()])).0, Said::Trouble(Trouble::Busy));
    assert_eq!(now(second.obey(What::Delete { run: run.clone() }, Vec::new())).0, Said::Trouble(Trouble::Busy));
    assert_eq!(now(second.obey(What::Clear, Vec::new())).0, Said::Done);
    assert!(cards(&mut second)[0].is_held);
    assert_eq!(entries(&mut second, &run).unwrap().len(), 1);
    // With its end the run is anybody's.
    let end = packed(&[(Kind::End as u8, b"end".to_vec())]);
    assert_eq!(now(first.obey(append(true), vec![end])).0, Said::Done);
    assert!(!cards(&mut second)[0].is_held);
    assert_eq!(now(second.obey(What::Delete { run: run.clone() }, Vec::new())).0, Said::Done);
    // And does not come back by a line that was on its way.
    let line = packed(&[(Kind::Line as u8, b"late".to_vec())]);
    assert_eq!(now(first.obey(append(false), vec![line])).0, Said::Trouble(Trouble::Gone));
    assert!(cards(&mut first).is_empty());
}

#[test]
fn a_run_for_which_there_is_no_room_stays_its_writers_and_is_whole_once_there_is() {
    let disk = Lying::new(3, u64::MAX, 0);
    let (mut first, mut second) = (Keeper::new(disk.clone()), Keeper::new(disk.clone()));
    let run = key(1);
    let append = |hold| What::Append { run: run.clone(), hold, commit: false };
    let begin = packed(&[(Kind::Begin as u8, b"begin".to_vec())]);
    let lines: Vec<Entry> = (0..9_u8).map(|line| (Kind::Line as u8, vec![line; 1000])).collect();
    let end = packed(&[(Kind::End as u8, b"end".to_vec())]);
    assert_eq!(now(first.obey(append(true), vec![begin.clone()])).0, Said::Done);
    for (hold, sent) in [(true, &packed(&lines)), (false, &end)] {
        disk.lie(1);
        for _ in 0..3 {
            let said = now(first.obey(append(hold), vec![sent.clone()])).0;
            assert_eq!(said, Said::Trouble(Trouble::Full));
        }
        disk.lie(0);
        assert_eq!(now(second.obey(append(true), vec![begin.clone()])).0, Said::Trouble(Trouble::Busy));
        assert_eq!(now(first.obey(append(hold), vec![sent.clone()])).0, Said::Done);
    }
    let found = entries(&mut second, &run).unwrap();
    assert_eq!((found.len(), &found[1..10]), (11, &lines[..]));
    assert!(!cards(&mut second)[0].is_held, "its end lets go of it");
}

#[test]
fn a_state_takes_the_place_of_the_one_before() {
    let disk = Lying::new(1, u64::MAX, 0);
    let run = begun(&disk, 0);
    let mut keeper = Keeper::new(disk.clone());
    for step in [10_u8, 20, 30] {
        let put = What::Put { run: run.clone(), slot: super::entry::STATE.to_owned(), about: step.to_string() };
        assert_eq!(now(keeper.obey(put, vec![vec![step; 100]])).0, Said::Done);
    }
    let found = entries(&mut keeper, &run).unwrap();
    let state = filed(&found).pop().unwrap();
    assert_eq!((state.about.as_str(), file(&mut keeper, &run, &state)), ("30", Ok(vec![30; 100])));
    assert_eq!(disk.names().len(), 2, "{:?}", disk.names());
    // A file that is shorter or other than the log says is none.
    disk.spoil(&run, &state.file(), |bytes| bytes[5] = 0);
    assert_eq!(file(&mut keeper, &run, &state), Err(Trouble::Gone));
    disk.spoil(&run, &state.file(), |bytes| bytes.truncate(99));
    assert_eq!(file(&mut keeper, &run, &state), Err(Trouble::Gone));
}

#[test]
fn names_that_are_no_keys_reach_no_disk() {
    let mut keeper = Keeper::new(Lying::new(1, u64::MAX, 0));
    for run in ["", "..", "../other", "018c"] {
        for what in [What::Delete { run: run.to_owned() }, What::Append { run: run.to_owned(), hold: true, commit: true }] {
            assert_eq!(now(keeper.obey(what, vec![Vec::new()])).0, Said::Trouble(Trouble::Gone));
        }
    }
}

/// The bytes of the format, for ever: a log that an older version wrote is read by every later one.
#[test]
fn logs_of_version_1_are_read_for_ever() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/store/log-of-version-1");
    let disk = Lying::new(1, u64::MAX, 0);
    let run = key(1);
    let all = [
        (Kind::Begin as u8, b"{\"record\":\"header\"}".to_vec()),
        (Kind::Mark as u8, super::entry::Mark { name: "Run 1".to_owned(), colour: 3, pinned: true, cut_short: false }.to_bytes()),
        (Kind::Batches as u8, vec![0, 1, 2, 3, 255]),
        (Kind::File as u8, Filed { slot: "state".to_owned(), number: 4, bytes: 5, sum: 6, about: "7".to_owned() }.to_bytes()),
        (Kind::End as u8, Vec::new()),
    ];
    let mut keeper = Keeper::new(disk.clone());
    assert_eq!(now(keeper.obey(What::Append { run: run.clone(), hold: false, commit: true }, vec![packed(&all)])).0, Said::Done);
    disk.spoil(&run, LOG, |bytes| {
        if std::env::var_os("EMBERSCOPE_WRITE").is_some() {
            std::fs::write(path, &*bytes).unwrap();
        }
        let golden = std::fs::read(path).unwrap();
        assert!(*bytes == golden, "what is written now differs from what version 1 wrote");
        *bytes = golden;
    });
    assert_eq!(entries(&mut keeper, &run).unwrap(), all);
}
