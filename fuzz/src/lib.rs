//! Fuzzing: random inputs for every reader of what comes from outside, and what must hold for each of them.
//!
//! A generator knows its reader's grammar and builds files and messages from valid parts: with hostile lengths, counts,
//! nesting, duplicates, numbers and texts, then changed, cut and spliced. Every input follows from a seed, the reader's
//! name and a number, so each can be made again. Never here: the readers themselves, which are the library's.
//!
//! | module | what lives there |
//! |---|---|
//! | [`draw`] | random choices |
//! | [`tree`] | values of JSON and of messages, and their changes; [`message`] reads them as the browser's |
//! | [`damage`] | changes of bytes and lines |
//! | [`deflate`] | gzip and zlib streams written block by block |
//! | [`memory`] | the most memory that was taken at once |
//! | [`check`] | one input, read and judged |
//! | [`samples`] | valid runs and messages, to build from |
//! | [`readers`] | the generator of each reader, and what must hold for what it accepts |
//!
//! Modules name each other by `super`: a test of the library takes this folder in as a module of its own.

pub mod check;
pub mod damage;
pub mod deflate;
pub mod draw;
pub mod memory;
pub mod message;
pub mod readers;
pub mod samples;
pub mod tree;
