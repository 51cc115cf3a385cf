//! Outgoing entries and files of a run, on their way to the device in the order in which they were recorded.
//!
//! One parcel is on its way at a time: a slow disk makes parcels larger, not more, and nothing overtakes what it follows from. On a full
//! disk nothing is lost: a parcel that was refused stays the first, until somebody tries again. Plain data. Never here: the disk, when it
//! is tried again.

use std::collections::VecDeque;

/// A message to the device.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The slot of a file, and what its reader wants to know first; `None` for entries.
    pub file: Option<(String, String)>,
    /// The bytes: packed entries, or those of the file.
    pub bulk: Vec<Vec<u8>>,
    number: u64,
}

/// The parcels of a run.
#[derive(Default)]
pub struct Outgoing {
    parcels: VecDeque<Parcel>,
    /// Whether the first of them is on its way.
    is_on_way: bool,
    is_full: bool,
    /// The number of the last parcel.
    last: u64,
    /// The number of the last parcel that waited when the disk was found full.
    owed: u64,
}

impl Outgoing {
    fn add(&mut self, file: Option<(String, String)>, bytes: Vec<u8>) {
        self.last += 1;
        self.parcels.push_back(Parcel { file, bulk: vec![bytes], number: self.last });
    }

    /// Adds the entries that `push` appends, if any.
    pub fn push(&mut self, push: impl FnOnce(&mut Vec<u8>)) {
        let is_last_on_way = self.is_on_way && self.parcels.len() == 1;
        match self.parcels.back_mut().filter(|parcel| parcel.file.is_none() && !is_last_on_way) {
            Some(parcel) => push(&mut parcel.bulk[0]),
            None => {
                let mut bytes = Vec::new();
                push(&mut bytes);
                if !bytes.is_empty() {
                    self.add(None, bytes);
                }
            }
        }
    }

    /// Adds a file, in place of one in its slot that has not gone yet.
    pub fn put(&mut self, slot: String, about: String, bytes: Vec<u8>) {
        let first = usize::from(self.is_on_way);
        let same = self.parcels.iter().skip(first).position(|parcel| parcel.file.as_ref().is_some_and(|(known, _)| *known == slot));
        if let Some(place) = same {
            self.parcels.remove(first + place);
        }
        self.add(Some((slot, about)), bytes);
    }

    /// The parcel that is to be sent now, if any is.
    pub fn to_send(&mut self) -> Option<&Parcel> {
        if self.is_on_way || self.is_full {
            return None;
        }
        let parcel = self.parcels.front()?;
        self.is_on_way = true;
        Some(parcel)
    }

    /// Notes that the parcel that was on its way is there, or is given up; gives the slot of its file.
    pub fn settle(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.is_on_way) {
            return None;
        }
        Some(self.parcels.pop_front()?.file?.0)
    }

    /// Notes that the device has no room for the parcel that was on its way; gives the slot of its file.
    pub fn refuse(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.is_on_way) {
            return None;
        }
        (self.is_full, self.owed) = (true, self.last);
        Some(self.parcels.front()?.file.as_ref()?.0.clone())
    }

    /// Lets what waits be sent again.
    pub fn try_again(&mut self) {
        self.is_full = false;
    }

    /// Gives up all that waits.
    pub fn clear(&mut self) {
        (self.is_on_way, self.is_full) = (false, false);
        self.parcels.clear();
    }

    /// Whether the device had no room, and nobody has tried again since.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Whether all is there that waited when the disk was found full.
    pub fn has_caught_up(&self) -> bool {
        !self.is_full && self.parcels.front().is_none_or(|parcel| parcel.number > self.owed)
    }

    /// Whether entries wait behind the first parcel: their log is not to be closed before them.
    pub fn has_entries_behind(&self) -> bool {
        self.parcels.iter().skip(1).any(|parcel| parcel.file.is_none())
    }

    /// Whether a file waits: all up to it goes at once.
    pub fn has_file(&self) -> bool {
        self.parcels.iter().any(|parcel| parcel.file.is_some())
    }

    /// Whether nothing waits or is on its way.
    pub fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// Number of bytes of all entries that wait or are on their way.
    pub fn bytes(&self) -> usize {
        self.parcels.iter().filter(|parcel| parcel.file.is_none()).map(|parcel| parcel.bulk[0].len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Move {
        Push(u8),
        Put(u8),
        Send,
        Arrive,
        Refuse,
        TryAgain,
    }

    fn any_move() -> impl Strategy<Value = Move> {
        prop_oneof![
            4 => (1..9_u8).prop_map(Move::Push),
            1 => (0..3_u8).prop_map(Move::Put),
            4 => Just(Move::Send),
            3 => Just(Move::Arrive),
            2 => Just(Move::Refuse),
            2 => Just(Move::TryAgain),
        ]
    }

    /// What has arrived, in its order: each entry's byte, and each file as its slot and number.
    #[derive(Default)]
    struct Device(Vec<(Option<String>, u8)>);

    impl Device {
        fn take(&mut self, parcel: &Parcel) {
            match &parcel.file {
                None => self.0.extend(parcel.bulk[0].iter().map(|byte| (None, *byte))),
                Some((slot, about)) => self.0.push((Some(slot.clone()), about.parse().unwrap())),
            }
        }
    }

    proptest! {
        /// Whatever is refused, all entries arrive once and in their order, and a file after all that was recorded before it; of a slot the
        /// newest file arrives last.
        #[test]
        fn nothing_is_lost_or_overtaken(moves in prop::collection::vec(any_move(), 0..80)) {
            let (mut out, mut device, mut on_way) = (Outgoing::default(), Device::default(), None);
            let (mut entries, mut files, mut number) = (Vec::new(), Vec::new(), 0_u8);
            let send = |out: &mut Outgoing, on_way: &mut Option<Parcel>| {
                if let Some(parcel) = out.to_send() {
                    assert!(on_way.replace(parcel.clone()).is_none(), "one at a time");
                }
            };
            for made in moves {
                match made {
                    Move::Push(byte) => {
                        entries.push(byte);
                        out.push(|bytes| bytes.push(byte));
                    }
                    Move::Put(slot) => {
                        number += 1;
                        files.push((format!("{slot}"), number, entries.len()));
                        out.put(format!("{slot}"), number.to_string(), vec![0; usize::from(number)]);
                    }
                    Move::Send => send(&mut out, &mut on_way),
                    Move::Arrive => if let Some(parcel) = on_way.take() {
                        device.take(&parcel);
                        assert_eq!(out.settle(), parcel.file.map(|(slot, _)| slot));
                    },
                    Move::Refuse => if let Some(parcel) = on_way.take() {
                        assert_eq!(out.refuse(), parcel.file.map(|(slot, _)| slot));
                        assert!(out.is_full() && !out.has_caught_up() && out.to_send().is_none() && !out.is_empty());
                    },
                    Move::TryAgain => out.try_again(),
                }
            }
            out.try_again();
            loop {
                if let Some(parcel) = on_way.take() {
                    device.take(&parcel);
                    out.settle();
                }
                send(&mut out, &mut on_way);
                if on_way.is_none() {
                    break;
                }
            }
            prop_assert!(out.has_caught_up() && out.is_empty() && out.bytes() == 0);
            let arrived: Vec<u8> = device.0.iter().filter(|(slot, _)| slot.is_none()).map(|(_, byte)| *byte).collect();
            prop_assert_eq!(&arrived, &entries);
            for (slot, number, after) in &files {
                let place = device.0.iter().position(|file| *file == (Some(slot.clone()), *number));
                let is_newest = files.iter().rfind(|(other, ..)| other == slot).is_some_and(|(_, newest, _)| newest == number);
                prop_assert!(place.is_some() || !is_newest, "{} of {} is missing", number, slot);
                if let Some(place) = place {
                    let before = device.0[..place].iter().filter(|(slot, _)| slot.is_none()).count();
                    prop_assert!(before >= *after, "{} of {} came before what it follows from", number, slot);
                    let later = device.0[place..].iter().filter(|(other, _)| other.as_ref() == Some(slot));
                    prop_assert!(later.is_sorted_by_key(|(_, number)| *number));
                }
            }
        }
    }

    #[test]
    fn what_was_recorded_since_is_not_owed() {
        let mut out = Outgoing::default();
        out.push(|bytes| bytes.push(1));
        assert!(out.to_send().is_some() && out.refuse().is_none());
        out.try_again();
        assert!(out.to_send().is_some());
        out.push(|bytes| bytes.push(2));
        assert!(!out.has_caught_up());
        out.settle();
        assert!(out.has_caught_up() && out.bytes() == 1 && !out.has_file() && !out.has_entries_behind());
        out.put("weights".to_owned(), String::new(), vec![3]);
        assert!(out.has_file() && !out.has_entries_behind());
        out.push(|bytes| bytes.push(4));
        assert!(out.has_entries_behind());
    }
}
