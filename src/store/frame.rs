//! One frame of a log as bytes, and the search for frames in a file that may be torn, damaged or made by somebody else.
//!
//! Little-endian, 28 bytes and the payload:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `EMBR` |
//! | 1 | kind ([`Kind`](super::entry::Kind)) |
//! | 1 | [`VERSION`] of the format |
//! | 2 | zero |
//! | 4 | length of the payload, at most [`MOST`] |
//! | 8 | sequence number: rises by one from frame to frame, so that nothing old is taken for new |
//! | 4 | CRC-32C of the run's [`salt`](super::key::salt) and the 20 bytes before |
//! | 4 | CRC-32C of the payload, continued from the one of the head |
//!
//! Never here: what a kind means, files.

use crate::export::checksum::crc32c_append;

/// The first bytes of every frame.
const MAGIC: [u8; 4] = *b"EMBR";
/// The version of the format that is written, and the newest one that is read.
pub const VERSION: u8 = 1;
/// The bytes before a payload.
pub const HEAD: usize = 28;
/// The largest payload, in bytes. What is larger gets a file of its own.
pub const MOST: usize = 16 << 20;
/// Number of times that a file's bytes may be summed up in the search for frames: a file that is made to look like frames everywhere
/// would take for ever.
const SUMMED: u64 = 4;

/// Appends a frame to `out`.
pub fn write(salt: u32, kind: u8, sequence: u64, payload: &[u8], out: &mut Vec<u8>) {
    assert!(payload.len() <= MOST, "a payload is at most {MOST} bytes");
    let begin = out.len();
    out.extend(MAGIC);
    out.extend([kind, VERSION, 0, 0]);
    out.extend((payload.len() as u32).to_le_bytes());
    out.extend(sequence.to_le_bytes());
    let head = crc32c_append(salt, &out[begin..]);
    out.extend(head.to_le_bytes());
    out.extend(crc32c_append(head, payload).to_le_bytes());
    out.extend(payload);
}

/// The head of a frame whose own checksum is right.
struct Head {
    kind: u8,
    version: u8,
    length: usize,
    sequence: u64,
    sum: u32,
    payload_sum: u32,
}

fn head(salt: u32, bytes: &[u8]) -> Option<Head> {
    let (fixed, rest) = bytes.split_first_chunk::<20>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let payload_sum = u32::from_le_bytes(*rest.first_chunk()?);
    let sum = u32::from_le_bytes(*sum);
    if fixed[..4] != MAGIC || crc32c_append(salt, fixed) != sum {
        return None;
    }
    let length = u32::from_le_bytes(*fixed[8..].first_chunk()?) as usize;
    let sequence = u64::from_le_bytes(*fixed[12..].first_chunk()?);
    (length <= MOST).then_some(Head { kind: fixed[4], version: fixed[5], length, sequence, sum, payload_sum })
}

/// A frame that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a> {
    /// The kind.
    pub kind: u8,
    /// The sequence number.
    pub sequence: u64,
    /// The payload.
    pub payload: &'a [u8],
}

/// One step of a search.
#[derive(Debug, PartialEq)]
pub enum Step<'a> {
    /// A frame.
    Frame(Found<'a>),
    /// More bytes of the file are needed.
    More,
    /// No further frame.
    End,
    /// A frame of a newer version of the format: this program must not touch the file.
    Newer,
}

/// A search for the frames of one file, in a window that its owner moves along the file.
#[derive(Debug)]
pub struct Search {
    salt: u32,
    /// The sequence number that the next frame has at least.
    next: u64,
    /// The place in the file up to which all is decided.
    at: u64,
    /// The end of the last frame that was found.
    end: u64,
    /// Bytes between frames that are none.
    skipped: u64,
    /// Number of places where bytes were skipped.
    gaps: u32,
    summed: u64,
}

impl Search {
    /// A search from the begin of a file.
    pub fn new(salt: u32) -> Self {
        Self { salt, next: 0, at: 0, end: 0, skipped: 0, gaps: 0, summed: 0 }
    }

    /// The place in the file at which the next window must begin.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The end of the last frame: what lies behind it is a torn tail once the search is over.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The sequence number of a frame that would be written behind the last one.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Bytes that were stepped over between frames, and in how many places.
    pub fn skipped(&self) -> (u64, u32) {
        (self.skipped, self.gaps)
    }

    /// Looks for the next frame in `window`, the bytes of the file from [`Search::at`] on; `is_last` if they reach to its end.
    pub fn step<'a>(&mut self, window: &'a [u8], is_last: bool) -> Step<'a> {
        let mut from = 0;
        loop {
            let Some(place) = find(&window[from..]).map(|place| from + place) else {
                // A begin of the magic may stand at the end.
                let decided = if is_last { window.len() } else { window.len().saturating_sub(MAGIC.len() - 1) };
                self.at += decided.max(from) as u64;
                return if is_last { Step::End } else { Step::More };
            };
            let rest = &window[place..];
            if rest.len() < HEAD && !is_last {
                self.at += place as u64;
                return Step::More;
            }
            let good = head(self.salt, rest).filter(|head| head.sequence >= self.next);
            if let Some(head) = good {
                if head.version > VERSION {
                    return Step::Newer;
                }
                let payload = rest.get(HEAD..HEAD + head.length);
                if payload.is_none() && !is_last {
                    self.at += place as u64;
                    return Step::More;
                }
                if let Some(payload) = payload {
                    if !self.may_sum(payload.len(), window.len()) {
                        return Step::End;
                    }
                    if crc32c_append(head.sum, payload) == head.payload_sum {
                        return self.found(&head, place, payload);
                    }
                }
            }
            from = place + 1;
        }
    }

    fn may_sum(&mut self, length: usize, window: usize) -> bool {
        self.summed += length as u64;
        self.summed <= SUMMED * (self.at + window as u64) + MOST as u64
    }

    fn found<'a>(&mut self, head: &Head, place: usize, payload: &'a [u8]) -> Step<'a> {
        let begin = self.at + place as u64;
        if begin > self.end {
            self.skipped += begin - self.end;
            self.gaps += 1;
        }
        self.at = begin + (HEAD + payload.len()) as u64;
        self.end = self.at;
        self.next = head.sequence.saturating_add(1);
        Step::Frame(Found { kind: head.kind, sequence: head.sequence, payload })
    }
}

fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MAGIC.len()).position(|window| window == MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: u32 = 7;

    /// All frames, with a window of `piece` bytes that grows where it must; and the search.
    fn frames(file: &[u8], piece: usize) -> (Vec<(u8, Vec<u8>)>, Search) {
        let (mut search, mut found, mut length) = (Search::new(SALT), Vec::new(), piece);
        loop {
            let begin = (search.at() as usize).min(file.len());
            let end = file.len().min(begin + length);
            match search.step(&file[begin..end], end == file.len()) {
                Step::Frame(frame) => {
                    found.push((frame.kind, frame.payload.to_vec()));
                    length = piece;
                }
                Step::More => length += piece,
                Step::End | Step::Newer => return (found, search),
            }
        }
    }

    fn file(payloads: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for (index, payload) in payloads.iter().enumerate() {
            write(SALT, index as u8, index as u64, payload, &mut bytes);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // With the magic in them, too.
        let payload = prop_oneof![proptest::collection::vec(any::<u8>(), 0..60), Just(b"xEMBREMBR\x01\x01".to_vec()), Just(Vec::new())];
        proptest::collection::vec(payload, 0..12)
    }

    proptest! {
        #[test]
        fn frames_come_back_whatever_the_pieces(payloads in payloads(), piece in 1_usize..200) {
            let (bytes, _) = file(&payloads);
            let (found, search) = frames(&bytes, piece);
            let expected: Vec<(u8, Vec<u8>)> = payloads.into_iter().enumerate().map(|(index, payload)| (index as u8, payload)).collect();
            prop_assert_eq!((search.next(), search.end(), search.skipped()), (expected.len() as u64, bytes.len() as u64, (0, 0)));
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_torn_tail_is_the_rest_behind_the_last_whole_frame(payloads in payloads(), cut: prop::sample::Index, junk in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (all, ends) = file(&payloads);
            let mut bytes = all[..cut.index(all.len() + 1)].to_vec();
            bytes.extend(junk);
            // By luck the junk may be what was cut off.
            let whole = ends.iter().filter(|end| bytes.get(..**end) == Some(&all[..**end])).count();
            let (found, search) = frames(&bytes, 50);
            prop_assert_eq!(found.len(), whole);
            prop_assert_eq!(search.end(), ends[..whole].last().copied().unwrap_or(0) as u64);
        }

        #[test]
        fn damage_in_the_middle_costs_only_what_it_touches(payloads in payloads(), at: prop::sample::Index, bit in 0_u8..8, piece in 1_usize..90) {
            let (mut bytes, ends) = file(&payloads);
            prop_assume!(!bytes.is_empty());
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let hit = ends.iter().position(|end| at < *end).unwrap();
            let (found, search) = frames(&bytes, piece);
            let kinds: Vec<u8> = found.iter().map(|(kind, _)| *kind).collect();
            let expected: Vec<u8> = (0..payloads.len() as u8).filter(|kind| usize::from(*kind) != hit).collect();
            prop_assert_eq!(kinds, expected);
            let is_told = search.skipped().1 == 1 || hit == payloads.len() - 1;
            prop_assert!(is_told, "{:?}", search.skipped());
        }

        #[test]
        fn any_bytes_are_searched(bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1_usize..90) {
            prop_assert!(frames(&bytes, piece).0.is_empty());
        }
    }

    #[test]
    fn frames_of_other_runs_and_older_ones_are_none() {
        let (mut bytes, _) = file(&[vec![1], vec![2]]);
        write(SALT + 1, 9, 2, b"of another run", &mut bytes);
        write(SALT, 9, 1, b"older than the last", &mut bytes);
        write(SALT, 3, 2, b"next", &mut bytes);
        let (found, search) = frames(&bytes, 64);
        assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(search.skipped().1, 1);
    }

    #[test]
    fn a_newer_version_is_left_alone() {
        let mut bytes = Vec::new();
        write(SALT, 1, 0, b"", &mut bytes);
        bytes[5] = VERSION + 1;
        let sum = crc32c_append(SALT, &bytes[..20]).to_le_bytes();
        bytes[20..24].copy_from_slice(&sum);
        assert_eq!(Search::new(SALT).step(&bytes, true), Step::Newer);
    }

    #[test]
    fn a_file_of_heads_only_does_not_take_for_ever() {
        // Each claims a payload that reaches to the end, with a sum that is wrong.
        let mut bytes = vec![0; 4 << 20];
        for place in (0..bytes.len() - HEAD).step_by(HEAD) {
            let length = (bytes.len() - place - HEAD) as u32;
            bytes[place..place + 4].copy_from_slice(&MAGIC);
            bytes[place + 4..place + 8].copy_from_slice(&[1, VERSION, 0, 0]);
            bytes[place + 8..place + 12].copy_from_slice(&length.to_le_bytes());
            let sum = crc32c_append(SALT, &bytes[place..place + 20]);
            bytes[place + 20..place + 24].copy_from_slice(&sum.to_le_bytes());
            bytes[place + 24..place + 28].copy_from_slice(&1_u32.to_le_bytes());
        }
        let mut search = Search::new(SALT);
        assert_eq!(search.step(&bytes, true), Step::End);
        assert!(search.summed <= SUMMED * bytes.len() as u64 + 2 * MOST as u64, "{}", search.summed);
    }
}
