//! Reading a file's bytes forwards, plain or gzip alike, never more than was asked for.
//!
//! Kept apart from the IDX format because this is the part that meets hostile input: the caller says how much it
//! wants, memory grows only as data really comes, and a gzip member is believed only after its checksum. Never here:
//! what the bytes mean.

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use std::io::{ErrorKind, Read};

/// The part of a promise after which the rest of it is believed: one in so many.
const BELIEVED: usize = 4;

/// The reason why bytes could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data ended after that many of the bytes asked for.
    Short(usize),
    /// The gzip data contradicts itself.
    Damaged(String),
    /// No memory for the data that has already arrived.
    Memory,
}

/// The first four bytes of a file's content, or of that of its first gzip member; `None` when it is shorter. No
/// checksum is verified: the page only tells files apart by this, and the workers read them in full.
pub(super) fn first_bytes(file: &[u8]) -> Option<[u8; 4]> {
    let mut first = [0; 4];
    let mut reader: Box<dyn Read + '_> =
        if file.starts_with(&[0x1f, 0x8b]) { Box::new(DeflateDecoder::new(gzip_body(file)?)) } else { Box::new(file) };
    reader.read_exact(&mut first).ok()?;
    Some(first)
}

/// The bytes behind the header of a gzip member (RFC 1952, 2.3).
fn gzip_body(file: &[u8]) -> Option<&[u8]> {
    const CHECKSUM: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    let (flags, mut rest) = (*file.get(3)?, file.get(10..)?);
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(*rest.first_chunk()?);
        rest = rest.get(2 + usize::from(length)..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & CHECKSUM != 0 { rest.get(2..) } else { Some(rest) }
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

    /// Appends at most `most` of the next bytes to `bytes`, until these are `len`; true when they are not yet. Memory grows
    /// with the data that has arrived, not with `len`: a header is free to promise. Once a part of it has come the rest is
    /// believed, for every move to a larger place leaves a hole of the size of the smaller one: so the place takes up to half as
    /// much again as the data, and never more than [`BELIEVED`] times what has arrived.
    pub(super) fn append(&mut self, bytes: &mut Vec<u8>, len: usize, most: usize) -> Result<bool, Fault> {
        let mut chunk = [0; 32 * 1024];
        if bytes.is_empty() {
            // The file itself is already in memory, so its size once more is always a fair start.
            bytes.try_reserve_exact(self.stored_len.min(len)).map_err(|_| Fault::Memory)?;
        }
        let end = bytes.len().saturating_add(most).min(len);
        while bytes.len() < end {
            let wanted = chunk.len().min(end - bytes.len());
            let got = self.some(&mut chunk[..wanted], bytes.len())?;
            if bytes.capacity() - bytes.len() < got {
                let missing = len - bytes.len();
                let growth = if bytes.len() >= len / BELIEVED { missing } else { bytes.capacity().max(chunk.len()).min(missing) };
                bytes.try_reserve_exact(growth).map_err(|_| Fault::Memory)?;
            }
            bytes.extend_from_slice(&chunk[..got]);
        }
        Ok(end < len)
    }

    /// Whether the data is at its end. For gzip this also checks the last member's checksum.
    pub(super) fn at_end(&mut self) -> Result<bool, Fault> {
        self.read(&mut [0]).map(|got| got == 0)
    }

    /// Reads at least one byte, or fails with [`Fault::Short`] and the `before` bytes that the caller already has.
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
    use crate::domain::data::idx::tests::gzip;
    use flate2::{Compression, GzBuilder};
    use std::io::Write;

    impl Stream<'_> {
        fn bytes(&mut self, len: usize) -> Result<Vec<u8>, Fault> {
            let mut bytes = Vec::new();
            while self.append(&mut bytes, len, 40_000)? {}
            Ok(bytes)
        }
    }

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
    fn finds_the_first_bytes_behind_any_header() {
        let builders = [
            GzBuilder::new(),
            GzBuilder::new().filename("train-images-idx3-ubyte"),
            GzBuilder::new().comment("by hand").extra(vec![7; 300]),
            GzBuilder::new().extra(vec![0; 4]).filename("a").comment("b").mtime(1),
        ];
        for builder in builders {
            let mut encoder = builder.write(Vec::new(), Compression::default());
            encoder.write_all(b"0123456789").unwrap();
            let file = encoder.finish().unwrap();
            assert_eq!(first_bytes(&file), Some(*b"0123"));
            for cut in 0..file.len() {
                assert!(first_bytes(&file[..cut]).is_none_or(|first| first == *b"0123"), "{cut}");
            }
        }
        assert_eq!(first_bytes(b"0123456789"), Some(*b"0123"));
        assert_eq!(first_bytes(b"012"), None);
    }

    #[test]
    fn reserves_what_arrives_not_what_is_promised() {
        let file = gzip(&[0; 100_000]);
        assert_eq!(Stream::open(&file).bytes(usize::MAX), Err(Fault::Short(100_000)));
        let exact = Stream::open(&file).bytes(100_000).unwrap();
        assert!(exact.capacity() < 132_000, "{}", exact.capacity());
        // Not even where the file is far smaller than its content.
        let large = Stream::open(&gzip(&vec![0; 40_000_000])).bytes(40_000_000).unwrap();
        assert_eq!(large.capacity(), 40_000_000);
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
