//! The disk as the store asks for it: folders with files, opened by one writer at a time. The browser's private files are one such disk
//! (`store_worker`), the one in the tests lies.
//!
//! Never here: what the files mean.

use serde::{Deserialize, Serialize};

/// The trouble with a disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// No room: the disk is full, or the browser gives this page no more.
    Full,
    /// Another tab of this page writes this run.
    Busy,
    /// No such run or file.
    Gone,
    /// A newer version of this page has written it.
    Newer,
    /// Something else, in words.
    Other(String),
}

/// A `Result` of a disk.
pub type Result<T> = std::result::Result<T, Trouble>;

/// A file that is open for writing. What is written is safe from the death of this program, and after [`File::flush`] from that
/// of the machine.
pub trait File {
    /// The length in bytes.
    ///
    /// # Errors
    /// When the disk does not say.
    fn length(&self) -> Result<u64>;

    /// Writes `bytes` from the place `at` on, and returns how many of them it has written.
    ///
    /// # Errors
    /// When nothing was written, or nobody knows.
    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<usize>;

    /// Makes the file `length` bytes long.
    ///
    /// # Errors
    /// When the disk refuses.
    fn truncate(&mut self, length: u64) -> Result<()>;

    /// Makes what was written safe from the death of the machine.
    ///
    /// # Errors
    /// When the disk refuses.
    fn flush(&mut self) -> Result<()>;
}

/// A disk: one folder for each run. A writer has the run's lock; readers need none.
#[allow(async_fn_in_trait, reason = "one thread has the disk, in the worker and in the tests")]
pub trait Disk {
    /// An open file; it is closed when it is dropped.
    type File: File;
    /// The right to write a run; it is given back when it is dropped.
    type Lock;

    /// The names of all folders.
    async fn folders(&self) -> Result<Vec<String>>;

    /// The names and lengths of the files in `folder`; none where there is no such folder.
    async fn files(&self, folder: &str) -> Result<Vec<(String, u64)>>;

    /// Opens a file for writing, which is made if it is not there, and so is its folder.
    async fn open(&self, folder: &str, file: &str) -> Result<Self::File>;

    /// Reads at most `most` bytes of a file from the place `from` on, fewer only at its end; also while another has it open.
    async fn read(&self, folder: &str, file: &str, from: u64, most: usize) -> Result<Vec<u8>>;

    /// Removes a file; that it is not there is no trouble.
    async fn remove_file(&self, folder: &str, file: &str) -> Result<()>;

    /// Removes a folder with all in it; that it is not there is no trouble.
    async fn remove_folder(&self, folder: &str) -> Result<()>;

    /// Takes the lock of `folder`; `None` where another has it.
    async fn lock(&self, folder: &str) -> Result<Option<Self::Lock>>;

    /// The folders whose locks are taken, by this program or another.
    async fn locked(&self) -> Result<Vec<String>>;

    /// The bytes that are taken and those that may be taken in all, where the browser says.
    async fn room(&self) -> (f64, f64);
}
