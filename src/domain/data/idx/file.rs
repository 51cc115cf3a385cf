//! One IDX file of the two that make a set: its header at once, its elements some bytes at a time, its end.
//!
//! Never here: what images and labels mean together.

use super::faults::{invalid, unreadable};
use super::header::Header;
use super::kind::IdxKind;
use super::stream::{Fault, Stream};
use crate::domain::data::room::Room;
use crate::error::Result;

/// A file whose header was read and checked.
pub(super) struct File<'a> {
    stream: Stream<'a>,
    pub(super) header: Header,
    /// The elements that are read so far.
    pub(super) elements: Vec<u8>,
    /// Whether all of them are, and the file is at its end.
    pub(super) is_read: bool,
}

impl<'a> File<'a> {
    /// Reads the header of a file that should be of `kind`.
    pub(super) fn open(bytes: &'a [u8], kind: IdxKind, room: &Room) -> Result<Self> {
        if bytes.is_empty() {
            return Err(invalid(format!("the {kind} file is empty"), "choose the file again, or download it again"));
        }
        let mut stream = Stream::open(bytes);
        let header = Header::read(&mut stream, kind, room)?;
        Ok(Self { stream, header, elements: Vec::new(), is_read: false })
    }

    /// Reads at most `most` elements more; an error when the file ends early or goes on after them.
    pub(super) fn advance(&mut self, most: usize) -> Result<()> {
        let Header { kind, size, .. } = self.header;
        let has_more = self.stream.append(&mut self.elements, size, most);
        if has_more.map_err(|fault| unreadable(kind, "data", size, fault))? {
            return Ok(());
        }
        match self.stream.at_end() {
            Ok(true) => {
                self.is_read = true;
                Ok(())
            }
            Ok(false) => Err(invalid(
                format!("the {kind} file goes on after the {size} bytes of data that its header announces"),
                "the file is damaged or two files were joined; download it again",
            )),
            // The elements are all there, so what is missing is the end of the gzip data, with its checksum.
            Err(Fault::Short(_)) => Err(invalid(
                format!("the {kind} file ends before its gzip data does"),
                "the file was cut short, perhaps by a broken download; download it again",
            )),
            Err(fault) => Err(unreadable(kind, "data", size, fault)),
        }
    }
}
