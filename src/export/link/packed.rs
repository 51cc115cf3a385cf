//! JSON as a short text for addresses and codes: `1.DATA`, where `1` is the version of the format and `DATA` base64url of a zlib stream.
//!
//! What comes in may be hostile: its length is bounded, packed and unpacked. Never here: what the JSON means.

use crate::error::{Code, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use std::io::Read;

/// The longest text, in characters after `1.`. Addresses beyond this are cut by programs that pass them on.
pub const MOST_CHARACTERS: usize = 16_000;
/// The largest JSON in it, in bytes.
pub const MOST_JSON: u64 = 256 * 1024;
/// The version of the format that is written.
const VERSION: &str = "1";

fn invalid(message: impl AsRef<str>, hint: impl AsRef<str>) -> Error {
    Error::new(Code::InvalidConfig, message, hint)
}

/// The error that a text, a `link` or a `code`, is damaged.
pub fn damaged(what: &str) -> Error {
    invalid(format!("this {what} is damaged: a part of it is missing or altered"), format!("copy the whole {what} again"))
}

/// The text of `json`.
pub fn pack(json: &[u8]) -> String {
    let mut packed = Vec::new();
    ZlibEncoder::new(json, Compression::best()).read_to_end(&mut packed).expect("reading from memory does not fail");
    format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(packed))
}

/// The JSON in `text`, which is (part of) a `link` or a `code`.
///
/// # Errors
/// [`Code::InvalidConfig`] when it is of another version, too long, or damaged.
pub fn unpack(text: &str, what: &str) -> Result<Vec<u8>> {
    let (version, data) = text.split_once('.').ok_or_else(|| damaged(what))?;
    if version != VERSION {
        let number: Option<u32> = version.parse().ok();
        return Err(match number {
            Some(0) => invalid(format!("this {what} is too old: its format is no longer read"), "ask for a new one"),
            Some(newer) => {
                let hint = format!("reload the page without its cache; if that does not help, the {what} belongs to a newer Emberscope");
                invalid(format!("this {what} has format {newer}, and this page reads format {VERSION}"), hint)
            }
            None => damaged(what),
        });
    }
    if data.len() > MOST_CHARACTERS {
        let message = format!("this {what} has {} characters", data.len());
        return Err(invalid(message, format!("{what}s of up to 16 000 are read; load it from a file instead")));
    }
    let packed = URL_SAFE_NO_PAD.decode(data).map_err(|_| damaged(what))?;
    let mut json = Vec::new();
    ZlibDecoder::new(packed.as_slice()).take(MOST_JSON + 1).read_to_end(&mut json).map_err(|_| damaged(what))?;
    if json.len() as u64 > MOST_JSON {
        return Err(invalid(format!("this {what} unpacks to too much"), format!("use a {what} that this page has made")));
    }
    Ok(json)
}
