//! The words for files that cannot be read. Never here: what is wrong with a header's numbers, which is said where they are checked.

use super::kind::IdxKind;
use super::stream::Fault;
use crate::error::{Code, Error};

/// The error where a stream of `kind` ends or breaks inside its `part`, of which `expected` bytes should be there.
pub(super) fn unreadable(kind: IdxKind, part: &str, expected: usize, fault: Fault) -> Error {
    match fault {
        Fault::Short(found) => invalid(
            format!("the {kind} file ends inside its {part}: {expected} bytes expected, {found} found"),
            "the file was cut short, perhaps by a broken download; download it again",
        ),
        Fault::Damaged(why) => {
            invalid(format!("the {kind} file's gzip data is damaged ({why})"), "download it again, or unpack it elsewhere to see more")
        }
        Fault::Memory => invalid(
            format!("there is not enough memory for the {kind} file's {expected} bytes"),
            "close other tabs, or take a smaller part of the set",
        ),
    }
}

/// The error for data that is not what it should be.
pub(super) fn invalid(message: String, hint: &str) -> Error {
    Error::new(Code::InvalidData, message, hint)
}
