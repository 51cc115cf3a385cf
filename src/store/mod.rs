//! The store: runs on the visitor's device, so that a closed tab loses nothing.
//!
//! Pure: what lies on a disk is described here and a disk is only asked for ([`Disk`](disk::Disk)), so that all of it is tested
//! natively over a disk that lies. The storage worker (`store_worker`) gives it the browser's private files; the page talks
//! to that worker in [`message`]s.
//!
//! A run has a folder of its own, named by its [`key`], which holds
//!
//! | file | what it is |
//! |---|---|
//! | `log` | the run's record, append-only: [`frame`]s, one after the other |
//! | `f.N` | something large: weights, the state to go on from. It counts once a frame of the log names it ([`entry::Filed`]) |
//!
//! | module | what lives there |
//! |---|---|
//! | [`frame`] | one frame as bytes, and the search for frames in a file that may be damaged |
//! | [`entry`] | what frames mean: kinds, the files that they commit, names and pins |
//! | [`disk`] | what is asked of a disk, and its troubles in words |
//! | [`log`] | one run's folder, being written |
//! | [`read`] | one run's log, being read piece by piece |
//! | [`keeper`] | all runs: obeys the page |
//! | [`message`] | what the page and the storage worker say to each other |
//!
//! Stored files are input like any other: other pages of the same host can write them. Every length is checked before memory is taken
//! for it. Never here: the browser, what a record means (`ui::state` knows that).

pub mod disk;
pub mod entry;
pub mod frame;
pub mod keeper;
pub mod key;
pub mod log;
pub mod message;
pub mod read;

#[cfg(test)]
mod lying;
#[cfg(test)]
mod tests;
