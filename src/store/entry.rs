//! Entries, the meaning of frames: their kinds, the files that they commit, a run's name and marks. Entries also travel between page and storage
//! worker, packed one after the other.
//!
//! Never here: what is in a record's lines.

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The run's begin: its header as JSONL. A later one begins the record anew, nothing before it counts.
    Begin = 1,
    /// Batches, as a [`protocol::frame`](crate::protocol::frame).
    Batches = 2,
    /// A record as a line of JSONL: values, a look, an evaluation, a diagnosis.
    Line = 3,
    /// A file of its own that is whole now: [`Filed`].
    File = 4,
    /// The name and the marks: [`Mark`].
    Mark = 5,
    /// The run's end, as a line of JSONL.
    End = 6,
    /// A step, as four bytes, the lowest first, and a reason: the run was interrupted and went on from there. What was recorded after
    /// that step was trained once more.
    Back = 7,
    /// An input: its number, as four bytes, the lowest first, and what it was, as JSON.
    Input = 8,
}

impl Kind {
    /// The kind of this number; `None` for those of later versions, which are stepped over.
    pub fn of(number: u8) -> Option<Self> {
        [Self::Begin, Self::Batches, Self::Line, Self::File, Self::Mark, Self::End, Self::Back, Self::Input]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

/// Appends an entry to others on their way.
pub fn pack(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    out.push(kind as u8);
    out.extend((payload.len() as u32).to_le_bytes());
    out.extend(payload);
}

/// The packed entries, in their order; ends where the bytes are none.
pub fn unpack(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&kind, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (payload, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        Some((kind, payload))
    })
}

/// A file of its own, committed by the entry that says so. Of one slot the last entry counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// The slot: each file replaces the one before in its slot.
    pub slot: String,
    /// The number of the file: it is called `f.` and this.
    pub number: u32,
    /// Number of bytes.
    pub bytes: u64,
    /// The CRC-32C of the bytes.
    pub sum: u32,
    /// Whatever its owner wants to know before reading it.
    pub about: String,
}

/// The name of the log in a run's folder.
pub const LOG: &str = "log";
/// The slot of the state to go on from; `about` is the number of updates, as text. An empty file: there is none any more.
pub const STATE: &str = "state";
/// The begin of slots of weights; the rest is the name of the weights, `about` their card as JSON. An empty file: they were deleted.
pub const WEIGHTS: &str = "weights/";

/// The longest slot and the longest [`Filed::about`], in bytes.
const MOST_WORDS: usize = 4_000;
/// The largest number of a file: there is always a next one.
const MOST_NUMBER: u32 = u32::MAX / 2;

impl Filed {
    /// The name of the file.
    pub fn file(&self) -> String {
        file_name(self.number)
    }

    /// Whether slot and words are short enough to be written.
    pub fn fits(&self) -> bool {
        self.slot.len() <= MOST_WORDS && self.about.len() <= MOST_WORDS
    }

    /// The payload of the entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.number.to_le_bytes().to_vec();
        out.extend(self.bytes.to_le_bytes());
        out.extend(self.sum.to_le_bytes());
        out.extend((self.slot.len() as u32).to_le_bytes());
        out.extend(self.slot.bytes());
        out.extend(self.about.bytes());
        out
    }

    /// Reads the payload; `None` when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (sum, rest) = rest.split_first_chunk()?;
        let (slot, rest) = rest.split_first_chunk()?;
        let (slot, about) = rest.split_at_checked(u32::from_le_bytes(*slot) as usize)?;
        let filed = Self {
            slot: str::from_utf8(slot).ok()?.to_owned(),
            number: u32::from_le_bytes(*number),
            bytes: u64::from_le_bytes(*length),
            sum: u32::from_le_bytes(*sum),
            about: str::from_utf8(about).ok()?.to_owned(),
        };
        (filed.fits() && filed.number <= MOST_NUMBER).then_some(filed)
    }
}

/// The name of the file of this number.
pub fn file_name(number: u32) -> String {
    format!("f.{number}")
}

/// Whether `name` is one of a file of its own.
pub fn is_file_name(name: &str) -> bool {
    name.strip_prefix("f.").is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A run's name and marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The name.
    pub name: String,
    /// The colour among the palette's.
    pub colour: u8,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whether the visitor has ended it before its time.
    pub cut_short: bool,
}

impl Mark {
    /// The payload of the entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![self.colour, u8::from(self.pinned) | u8::from(self.cut_short) << 1];
        out.extend(self.name.bytes());
        out
    }

    /// Reads the payload; `None` when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [colour, flags, name @ ..] = bytes else { return None };
        if name.len() > MOST_WORDS {
            return None;
        }
        let name = str::from_utf8(name).ok()?.to_owned();
        Some(Self { name, colour: *colour, pinned: flags & 1 != 0, cut_short: flags & 2 != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_come_back(payloads: Vec<Vec<u8>>, slot in ".{0,40}", about in ".{0,40}", number in 0..MOST_NUMBER, length: u64, sum: u32, name in ".{0,60}", flags in 0_u8..4, colour: u8) {
            let mut packed = Vec::new();
            payloads.iter().for_each(|payload| pack(Kind::Line, payload, &mut packed));
            let back: Vec<Vec<u8>> = unpack(&packed).map(|(kind, payload)| { assert_eq!(Kind::of(kind), Some(Kind::Line)); payload.to_vec() }).collect();
            prop_assert_eq!(back, payloads);
            let filed = Filed { slot, number, bytes: length, sum, about };
            prop_assert!(is_file_name(&filed.file()));
            prop_assert_eq!(Filed::from_bytes(&filed.to_bytes()), Some(filed));
            let mark = Mark { name, colour, pinned: flags & 1 != 0, cut_short: flags & 2 != 0 };
            prop_assert_eq!(Mark::from_bytes(&mark.to_bytes()), Some(mark));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            unpack(&bytes).count();
            Filed::from_bytes(&bytes);
            Mark::from_bytes(&bytes);
        }
    }

    #[test]
    fn lengths_beyond_the_bytes_and_long_words_are_refused() {
        assert_eq!(unpack(&[3, 255, 255, 255, 255, 1]).count(), 0);
        let long = Filed { slot: "s".repeat(MOST_WORDS + 1), ..Filed::default() };
        assert!(!long.fits() && Filed::from_bytes(&long.to_bytes()).is_none());
        assert!(Filed::from_bytes(&Filed { number: u32::MAX, ..Filed::default() }.to_bytes()).is_none());
        assert!((0..=u8::MAX).filter(|number| Kind::of(*number).is_some()).count() == 8 && !is_file_name("f.") && !is_file_name("f.1/.."));
    }
}
