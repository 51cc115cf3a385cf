//! One run's log, being read piece by piece: a log of any length passes through a window. Nothing is mended by reading, since
//! somebody else may be writing it.

use super::disk::{Disk, Result, Trouble};
use super::entry::{Kind, LOG};
use super::frame::{HEAD, MOST, Search, Step};
use super::key::salt;

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// The reader of one log.
pub struct Reader {
    folder: String,
    search: Search,
    /// The bytes of the file from the search's place on.
    window: Vec<u8>,
    is_over: bool,
    is_newer: bool,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub fn new(folder: &str) -> Self {
        Self { folder: folder.to_owned(), search: Search::new(salt(folder)), window: Vec::new(), is_over: false, is_newer: false }
    }

    /// Puts the next entries, packed, into `out` in place of what is there; false when there are no more.
    ///
    /// # Errors
    /// [`Trouble::Newer`] when a newer version has written the log; the disk's own.
    pub async fn next<D: Disk>(&mut self, disk: &D, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        if self.is_over {
            return Ok(false);
        }
        let from = self.search.at() + self.window.len() as u64;
        let piece = match disk.read(&self.folder, LOG, from, PIECE).await {
            Ok(piece) => piece,
            // A run that has no log yet has no entries.
            Err(Trouble::Gone) if from == 0 => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        let is_last = piece.len() < PIECE;
        self.window.extend(piece);
        self.take(is_last, out);
        if self.is_newer { Err(Trouble::Newer) } else { Ok(true) }
    }

    /// Takes the frames out of the window.
    fn take(&mut self, is_last: bool, out: &mut Vec<u8>) {
        let first = self.search.at();
        loop {
            let decided = (self.search.at() - first) as usize;
            let window = self.window.get(decided..).unwrap_or_default();
            match self.search.step(window, is_last) {
                Step::Frame(frame) => {
                    // Kinds of later versions go along: whoever reads them steps over them.
                    out.push(frame.kind);
                    out.extend((frame.payload.len() as u32).to_le_bytes());
                    out.extend(frame.payload);
                }
                Step::More => break,
                Step::End => {
                    self.is_over = true;
                    break;
                }
                Step::Newer => {
                    (self.is_over, self.is_newer) = (true, true);
                    break;
                }
            }
        }
        let decided = (self.search.at() - first) as usize;
        self.window.drain(..decided.min(self.window.len()));
        debug_assert!(self.window.len() <= MOST + HEAD + PIECE, "no frame is larger");
    }

    /// The end of the last whole frame, and the sequence number of the next one; once all is read.
    pub fn end(&self) -> (u64, u64) {
        (self.search.end(), self.search.next())
    }

    /// Bytes of damage between frames that were stepped over so far.
    pub fn skipped(&self) -> u64 {
        self.search.skipped().0
    }

    /// Whether all is read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The run that it reads.
    pub fn folder(&self) -> &str {
        &self.folder
    }
}

/// Whether packed entries have one of this kind.
pub fn has(packed: &[u8], kind: Kind) -> bool {
    super::entry::unpack(packed).any(|(known, _)| known == kind as u8)
}
