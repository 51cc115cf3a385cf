//! One run's folder, being written: entries are appended to its log, files are put beside it.
//!
//! An append that fails leaves the log as it was before. A file counts once the log says so: it is written and flushed first, its
//! entry is the commit, and the file that it replaces goes last. Never here: reading for the page.

use super::disk::{Disk, File, Result, Trouble};
use super::entry::{Filed, Kind, LOG, file_name, is_file_name, unpack};
use super::frame::{self, MOST};
use super::key::salt;
use super::read::Reader;
use crate::export::checksum::crc32c;

/// The most files of their own that a run has: each slot has one, and slots come from names.
const MOST_FILES: usize = 64;

/// The faults that were mended when a log was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Bytes of a torn tail that were cut off.
    pub torn: u64,
    /// Files that nothing named and that were removed.
    pub swept: u32,
}

/// A run's log that is open for writing.
pub struct Log<D: Disk> {
    folder: String,
    file: D::File,
    /// The end of the last whole frame.
    end: u64,
    sequence: u64,
    files: Vec<Filed>,
    /// The number of the next file.
    next_file: u32,
    is_dirty: bool,
    _lock: D::Lock,
}

impl<D: Disk> Log<D> {
    /// Opens the log of the run `folder`, or begins one; cuts off a torn tail and removes files that nothing names.
    ///
    /// # Errors
    /// [`Trouble::Busy`] while another tab writes it, [`Trouble::Newer`] when a newer version has written it.
    pub async fn open(disk: &D, folder: &str) -> Result<(Self, Mended)> {
        let lock = disk.lock(folder).await?.ok_or(Trouble::Busy)?;
        let mut reader = Reader::new(folder);
        let (mut files, mut most) = (Vec::<Filed>::new(), 0);
        let mut packed = Vec::new();
        while reader.next(disk, &mut packed).await? {
            for (kind, payload) in unpack(&packed) {
                if Kind::of(kind) == Some(Kind::File)
                    && let Some(filed) = Filed::from_bytes(payload)
                {
                    most = most.max(filed.number);
                    replace(&mut files, filed);
                }
            }
        }
        let (end, sequence) = reader.end();
        let mut mended = Mended::default();
        for (name, _) in disk.files(folder).await? {
            if is_file_name(&name) && !files.iter().any(|filed| filed.file() == name) {
                disk.remove_file(folder, &name).await?;
                mended.swept += 1;
            }
        }
        let mut file = disk.open(folder, LOG).await?;
        let length = file.length()?;
        if length > end {
            mended.torn = length - end;
            file.truncate(end)?;
        }
        Ok((Self { folder: folder.to_owned(), file, end, sequence, files, next_file: most + 1, is_dirty: true, _lock: lock }, mended))
    }

    /// Appends packed entries with one write.
    ///
    /// # Errors
    /// [`Trouble::Full`] when there is no room; nothing of them is in the log then.
    pub fn append(&mut self, packed: &[u8]) -> Result<()> {
        let (mut bytes, mut sequence) = (Vec::with_capacity(packed.len() + 64), self.sequence);
        for (kind, payload) in unpack(packed) {
            if payload.len() > MOST {
                return Err(Trouble::Other(format!("an entry has {} bytes, more than {MOST}", payload.len())));
            }
            frame::write(salt(&self.folder), kind, sequence, payload, &mut bytes);
            sequence += 1;
        }
        write_whole(&mut self.file, self.end, &bytes)?;
        (self.end, self.sequence, self.is_dirty) = (self.end + bytes.len() as u64, sequence, true);
        Ok(())
    }

    /// Makes what was appended safe from the death of the machine.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn commit(&mut self) -> Result<()> {
        if self.is_dirty {
            self.file.flush()?;
            self.is_dirty = false;
        }
        Ok(())
    }

    /// Puts `bytes` into a file of its own, in place of the one in `slot`.
    ///
    /// # Errors
    /// [`Trouble::Full`] when there is no room; the file before is still there then.
    pub async fn put(&mut self, disk: &D, slot: &str, about: &str, bytes: &[u8]) -> Result<()> {
        let number = self.next_file;
        let filed = Filed { slot: slot.to_owned(), number, bytes: bytes.len() as u64, sum: crc32c(bytes), about: about.to_owned() };
        let is_new = !self.files.iter().any(|known| known.slot == slot);
        if !filed.fits() || is_new && self.files.len() >= MOST_FILES {
            return Err(Trouble::Other("there are too many files of this run, or their names are too long".to_owned()));
        }
        self.next_file += 1;
        let written = self.put_file(disk, &filed, bytes).await;
        if let Err(trouble) = written {
            disk.remove_file(&self.folder, &filed.file()).await.ok();
            return Err(trouble);
        }
        if let Some(before) = replace(&mut self.files, filed) {
            // Committed already: one that cannot be removed now is swept the next time.
            disk.remove_file(&self.folder, &file_name(before)).await.ok();
        }
        Ok(())
    }

    async fn put_file(&mut self, disk: &D, filed: &Filed, bytes: &[u8]) -> Result<()> {
        let mut file = disk.open(&self.folder, &filed.file()).await?;
        file.truncate(0)?;
        write_whole(&mut file, 0, bytes)?;
        file.flush()?;
        drop(file);
        let mut packed = Vec::new();
        super::entry::pack(Kind::File, &filed.to_bytes(), &mut packed);
        let before = (self.end, self.sequence);
        self.append(&packed)?;
        self.commit().inspect_err(|_| {
            // Not committed, so it must not be found: the file goes.
            if self.file.truncate(before.0).is_ok() {
                (self.end, self.sequence) = before;
            }
        })
    }
}

/// Takes `filed` among `files`, and returns the number of the file in whose place it came.
fn replace(files: &mut Vec<Filed>, filed: Filed) -> Option<u32> {
    let place = files.iter().position(|known| known.slot == filed.slot);
    let before = place.map(|place| files.swap_remove(place).number);
    files.push(filed);
    before
}

/// Writes all of `bytes`, or leaves the file `at` bytes long. A browser on a full disk writes a part and calls it done.
fn write_whole(file: &mut impl File, at: u64, bytes: &[u8]) -> Result<()> {
    let trouble = match file.write(at, bytes) {
        Ok(written) if written == bytes.len() => return Ok(()),
        Ok(_) => Trouble::Full,
        Err(trouble) => trouble,
    };
    file.truncate(at).ok();
    Err(trouble)
}
