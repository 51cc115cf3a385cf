//! A run as JSONL: one record a line, lossless, made to be read by other programs and to come back.
//!
//! Every line is an object with `record`, in this order:
//!
//! | `record` | what it has |
//! |---|---|
//! | `header` | first line: `format` (`emberscope-run`), `version`, `config`, `begin`, `dataHash`, `device`, `why`, `beganUnixMs`, `weightsFrom` (the file whose weights it began with, or null), `shape` and `classes` (of a sample and by name, or null; files of older versions have neither), `columns` (the names of the batches' values), `looks` (how many there were) |
//! | `batch` | `step`, `atMs` (since the begin), `values` in the order of `columns`; `null`: not recorded |
//! | `epoch` | `step`, `values` by name: what is measured once an epoch, at its last step |
//! | `values` | `step`, `values` by name: what is measured at other steps, as gradient norms are |
//! | `probe` | a probe of the network with its histograms (those that are kept) |
//! | `evaluation` | all metrics of the last validation |
//! | `diagnosis` | a fault that was found |
//! | `end` | last: how the run stands (`open`, `finished`, `failed`) and the number of its batches |
//! | `checksum` | CRC-32C of all bytes before this line; may be missing in files that people make |
//!
//! Numbers are the shortest text that means the recorded one. JSON has no NaN and no infinities: they are the strings
//! `"NaN"`, `"Infinity"` and `"-Infinity"`. Lines of batches come in the order of their steps, with the other values
//! between them. Never here: files, the page's store.

mod fields;
pub mod lines;
mod read;
mod write;

pub use read::Reader;
pub use write::JsonlExport;

/// The format's name in the header.
pub const FORMAT: &str = "emberscope-run";
/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
