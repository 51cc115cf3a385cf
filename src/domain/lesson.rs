//! A lesson: a question, runs that answer it, what to look at, and a check that the page makes by itself.
//!
//! Each is a text file that a teacher writes, Markdown with a head; `www/lessons/README.md` has the format. Files come from
//! outside: every length has a limit, and a mistake is an error with file, line and what to do. Never here: the browser, training.

pub mod check;
pub mod config;
mod fault;
mod head;
pub mod judge;
pub mod list;
pub mod markdown;
pub mod parse;
mod sections;

pub use parse::parse;
