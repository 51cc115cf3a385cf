//! Arrivals: the files that come in together, and how large they may be. Asked of their sizes, before a byte is read.
//!
//! Never here: the files themselves, what is in them.

use crate::error::{Code, Error, Result};

/// The most files that are taken at once.
pub const MOST_FILES: usize = 64;
/// The largest file that is read as a whole, in bytes, packed or not: a little over twice that of MNIST's training images.
pub const MOST_BYTES: f64 = 128.0 * MEBIBYTE;
/// The most bytes that are read as wholes at once: one data set of the largest files.
pub const MOST_TOGETHER: f64 = 256.0 * MEBIBYTE;
/// The largest file of a run, in bytes. It is read in pieces; so many hold more values than a page can.
pub const MOST_RUN: f64 = 4096.0 * MEBIBYTE;
/// The most bytes of files that are kept for workers, of all data sets that were loaded.
pub const MOST_KEPT: f64 = 1024.0 * MEBIBYTE;

const MEBIBYTE: f64 = 1_048_576.0;

fn megabytes(bytes: f64) -> String {
    format!("{:.0} MB", bytes / 1e6)
}

fn too_large(message: String, hint: String) -> Error {
    Error::new(Code::InvalidData, message, hint)
}

/// Refuses more than [`MOST_FILES`] files.
///
/// # Errors
/// [`Code::InvalidData`], naming both numbers.
pub fn check_count(files: usize) -> Result<()> {
    if files <= MOST_FILES {
        return Ok(());
    }
    Err(too_large(format!("{files} files came at once"), format!("give at most {MOST_FILES} at a time")))
}

/// Refuses a file of `bytes` bytes, called `name`, that is larger than `most`.
///
/// # Errors
/// [`Code::InvalidData`], naming the file, its size and the limit.
pub fn check_size(name: &str, bytes: f64, most: f64) -> Result<()> {
    if bytes <= most {
        return Ok(());
    }
    Err(too_large(format!("{name} has {}", megabytes(bytes)), format!("files of this kind up to {} can be loaded", megabytes(most))))
}

/// Checks files that will be read as wholes, each a name and its size: each by itself, and all together.
///
/// # Errors
/// [`Code::InvalidData`], naming the file or their number, the size and the limit.
pub fn check_together(files: &[(String, f64)]) -> Result<()> {
    for (name, bytes) in files {
        check_size(name, *bytes, MOST_BYTES)?;
    }
    let sum: f64 = files.iter().map(|(_, bytes)| bytes).sum();
    if sum <= MOST_TOGETHER {
        return Ok(());
    }
    let hint = format!("give at most {} at a time: two files make a data set", megabytes(MOST_TOGETHER));
    Err(too_large(format!("{} files have {} together", files.len(), megabytes(sum)), hint))
}

/// Refuses files of `more` bytes where `kept` bytes of others are kept already, and there is no room for both.
///
/// # Errors
/// [`Code::InvalidData`], naming both sizes and the limit.
pub fn check_kept(kept: usize, more: usize) -> Result<()> {
    if (kept + more) as f64 <= MOST_KEPT {
        return Ok(());
    }
    let [kept, more, most] = [kept as f64, more as f64, MOST_KEPT].map(megabytes);
    let message = format!("these files have {more}, beside the {kept} of sets that were loaded before, and a page keeps at most {most}");
    Err(too_large(message, "reload the page, which forgets them, and load only this set".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(count: usize, bytes: f64) -> Vec<(String, f64)> {
        (0..count).map(|index| (format!("file-{index}"), bytes)).collect()
    }

    #[test]
    fn what_is_too_much_is_refused_by_its_sizes_alone() {
        assert_eq!(check_together(&files(2, MOST_BYTES)), Ok(()));
        assert_eq!(check_together(&[]), Ok(()));
        for (files, says) in [
            (files(1, MOST_BYTES + 1.0), "file-0 has 134 MB; files of this kind up to 134 MB can be loaded"),
            (files(35, 120e6), "35 files have 4200 MB together; give at most 268 MB at a time"),
            (files(1, f64::INFINITY), "file-0 has inf MB"),
            (files(1, f64::NAN), "file-0 has NaN MB"),
        ] {
            let error = check_together(&files).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(check_count(MOST_FILES), Ok(()));
        assert_eq!(check_count(65).unwrap_err().to_string(), "65 files came at once; give at most 64 at a time");
        assert!(
            check_size("run.jsonl", 5e9, MOST_RUN)
                .unwrap_err()
                .to_string()
                .contains("run.jsonl has 5000 MB; files of this kind up to 4295 MB")
        );
        assert_eq!(check_kept(1 << 29, 1 << 29), Ok(()));
        assert!(check_kept(1 << 30, 1).unwrap_err().to_string().contains("beside the 1074 MB of sets"));
    }
}
