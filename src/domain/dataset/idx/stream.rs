//! Reading a file's bytes forwards, plain or gzip alike, never more than was asked for.
//!
//! Kept apart from the IDX format because this is the part that meets hostile input: the caller says how much it
//! wants, memory grows only as data really comes, and a gzip member is believed only after its checksum. Never here:
//! what the bytes mean.

use flate2::bufread::MultiGzDecoder;
use std::io::{ErrorKind, Read};

/// Why the bytes could not be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data ended after that many of the bytes asked for.
    Short(usize),
    /// The gzip data contradicts itself.
    Damaged(String),
    /// There is no memory for what has already arrived.
    Memory,
}

/// A file's content, decompressed on the way where it is gzip.
pub(super) struct Stream<'a> {
    reader: Box<dyn Read + 'a>,
    stored_len: usize,
}

impl<'a> Stream<'a> {
    /// Starts at the front of `file`; gzip is recognised by its first two bytes.
    pub(super) fn open(file: &'a [u8]) -> Self {
        // Multi-member, because `cat a.gz b.gz` and some parallel compressors write several members.
        let reader: Box<dyn Read + 'a> = if file.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Self { reader, stored_len: file.len() }
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            filled += self.some(&mut bytes[filled..], filled)?;
        }
        Ok(bytes)
    }

    /// The next `len` bytes. What is reserved follows what has arrived, not `len`: a header is free to promise.
    pub(super) fn bytes(&mut self, len: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 32 * 1024];
        // The file itself is already in memory, so its size once more is always a fair start.
        bytes.try_reserve_exact(self.stored_len.min(len)).map_err(|_| Fault::Memory)?;
        while bytes.len() < len {
            let wanted = chunk.len().min(len - bytes.len());
            let got = self.some(&mut chunk[..wanted], bytes.len())?;
            if bytes.capacity() - bytes.len() < got {
                let growth = bytes.capacity().max(chunk.len()).min(len - bytes.len());
                bytes.try_reserve_exact(growth).map_err(|_| Fault::Memory)?;
            }
            bytes.extend_from_slice(&chunk[..got]);
        }
        Ok(bytes)
    }

    /// Whether nothing is left. For gzip this is also what checks the last member's checksum.
    pub(super) fn at_end(&mut self) -> Result<bool, Fault> {
        self.read(&mut [0]).map(|got| got == 0)
    }

    /// At least one byte, or [`Fault::Short`] with the `before` bytes that the caller already has.
    fn some(&mut self, into: &mut [u8], before: usize) -> Result<usize, Fault> {
        match self.read(into) {
            Ok(0) | Err(Fault::Short(_)) => Err(Fault::Short(before)),
            other => other,
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        loop {
            return match self.reader.read(into) {
                Ok(got) => Ok(got),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Fault::Short(0)),
                Err(error) => Err(Fault::Damaged(error.to_string())),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dataset::idx::tests::gzip;

    #[test]
    fn reads_plain_and_gzip_alike() {
        let content: Vec<u8> = (0..100_000_u32).map(|i| i.wrapping_mul(i) as u8).collect();
        for file in [content.clone(), gzip(&content), [gzip(&content[..777]), gzip(&content[777..])].concat()] {
            let mut stream = Stream::open(&file);
            assert_eq!(stream.array::<3>(), Ok([0, 1, 4]));
            assert_eq!(stream.bytes(99_996).as_deref(), Ok(&content[3..99_999]));
            assert_eq!(stream.at_end(), Ok(false));
            assert_eq!(stream.at_end(), Ok(true));
        }
    }

    #[test]
    fn reserves_what_arrives_not_what_is_promised() {
        let file = gzip(&[0; 100_000]);
        assert_eq!(Stream::open(&file).bytes(usize::MAX), Err(Fault::Short(100_000)));
        let exact = Stream::open(&file).bytes(100_000).unwrap();
        assert!(exact.capacity() < 132_000, "{}", exact.capacity());
    }

    #[test]
    fn a_wrong_checksum_is_damage() {
        let mut file = gzip(&[7; 100]);
        let crc = file.len() - 8;
        file[crc] ^= 1;
        let mut stream = Stream::open(&file);
        assert_eq!(stream.bytes(100), Ok(vec![7; 100]));
        assert!(matches!(stream.at_end(), Err(Fault::Damaged(_))));
    }
}
