//! A zip of several files, written from front to back: bytes that are written are dropped, so memory stays small.
//!
//! By hand: a page needs the plain format only (deflate, sizes behind each file as PKWARE's APPNOTE 4.4.4 bit 3 has
//! it), and general writers are many times this size. Never here: the files' contents.

use crate::domain::format::checksum::crc32_append;
use crate::error::{Code, Error, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

/// The flags of each file: sizes are behind the file, names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
/// The version of the format, 2.0: deflate.
const VERSION: u16 = 20;
/// The date of all files: the first day that the format knows, since the records in them have their own times.
const DATE: u16 = 1 << 5 | 1;

struct Entry {
    name: String,
    offset: u32,
    crc: u32,
    packed: u32,
    size: u32,
}

struct Open {
    name: String,
    offset: u64,
    encoder: DeflateEncoder<Vec<u8>>,
    crc: u32,
    packed: u64,
    size: u64,
}

/// A zip that is being written.
#[derive(Default)]
pub struct Archive {
    entries: Vec<Entry>,
    open: Option<Open>,
    offset: u64,
}

fn too_large() -> Error {
    Error::new(Code::InvalidState, "this record makes an archive of more than 4 GB", "export it as JSONL, which has no such limit")
}

fn small(number: u64) -> Result<u32> {
    u32::try_from(number).map_err(|_| too_large())
}

impl Archive {
    /// Begins the file `name`; the one before must have ended.
    ///
    /// # Errors
    /// When the archive grows over 4 GB, here and below.
    pub fn begin(&mut self, name: &str, out: &mut Vec<u8>) -> Result<()> {
        let before = out.len();
        out.extend(0x0403_4b50_u32.to_le_bytes());
        for field in [VERSION, FLAGS, DEFLATED, 0, DATE] {
            out.extend(field.to_le_bytes());
        }
        out.extend([0; 12]);
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        let encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        self.open = Some(Open { name: name.to_owned(), offset: self.offset, encoder, crc: 0, packed: 0, size: 0 });
        self.offset += (out.len() - before) as u64;
        small(self.offset).map(|_| ())
    }

    /// Appends to the open file.
    ///
    /// # Errors
    /// As [`Archive::begin`].
    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.crc = crc32_append(open.crc, bytes);
        open.size += bytes.len() as u64;
        open.encoder.write_all(bytes).expect("memory takes every write");
        let packed = open.encoder.get_mut();
        open.packed += packed.len() as u64;
        self.offset += packed.len() as u64;
        out.append(packed);
        small(self.offset.max(open.size)).map(|_| ())
    }

    /// Ends the open file.
    ///
    /// # Errors
    /// As [`Archive::begin`].
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let mut rest = open.encoder.finish().expect("memory takes every write");
        let packed = open.packed + rest.len() as u64;
        let entry = Entry { name: open.name, offset: small(open.offset)?, crc: open.crc, packed: small(packed)?, size: small(open.size)? };
        self.offset += rest.len() as u64 + 16;
        out.append(&mut rest);
        for field in [0x0807_4b50, entry.crc, entry.packed, entry.size] {
            out.extend(field.to_le_bytes());
        }
        self.entries.push(entry);
        small(self.offset).map(|_| ())
    }

    /// Writes the directory, which ends the archive.
    ///
    /// # Errors
    /// As [`Archive::begin`].
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let begin = small(self.offset)?;
        let mut directory = Vec::new();
        for entry in &self.entries {
            directory.extend(0x0201_4b50_u32.to_le_bytes());
            for field in [VERSION, VERSION, FLAGS, DEFLATED, 0, DATE] {
                directory.extend(field.to_le_bytes());
            }
            for field in [entry.crc, entry.packed, entry.size] {
                directory.extend(field.to_le_bytes());
            }
            directory.extend((entry.name.len() as u16).to_le_bytes());
            directory.extend([0; 12]);
            directory.extend(entry.offset.to_le_bytes());
            directory.extend(entry.name.as_bytes());
        }
        let size = small(directory.len() as u64)?;
        out.append(&mut directory);
        out.extend(0x0605_4b50_u32.to_le_bytes());
        let count = self.entries.len() as u16;
        for field in [0, 0, count, count] {
            out.extend(field.to_le_bytes());
        }
        out.extend(size.to_le_bytes());
        out.extend(begin.to_le_bytes());
        out.extend([0; 2]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Read};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn another_reader_finds_every_file_and_notices_damage(
            files in proptest::collection::vec(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 0..5), 0..4),
            place in any::<proptest::sample::Index>(),
        ) {
            let (mut archive, mut bytes) = (Archive::default(), Vec::new());
            for (index, parts) in files.iter().enumerate() {
                archive.begin(&format!("folder/{index} ü.txt"), &mut bytes).unwrap();
                parts.iter().for_each(|part| archive.write(part, &mut bytes).unwrap());
                archive.end(&mut bytes).unwrap();
            }
            archive.finish(&mut bytes).unwrap();
            let read = |bytes: &[u8]| -> Option<Vec<Vec<u8>>> {
                let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
                (0..files.len()).map(|index| {
                    let mut content = Vec::new();
                    zip.by_name(&format!("folder/{index} ü.txt")).ok()?.read_to_end(&mut content).ok()?;
                    Some(content)
                }).collect()
            };
            let expected: Vec<Vec<u8>> = files.iter().map(|parts| parts.concat()).collect();
            prop_assert_eq!(read(&bytes), Some(expected.clone()));
            // A flipped bit is noticed, or was in a field that says nothing about the content.
            let place = place.index(bytes.len());
            bytes[place] ^= 1;
            if let Some(content) = read(&bytes) {
                prop_assert_eq!(content, expected);
            }
        }
    }
}
