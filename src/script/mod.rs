//! Callbacks that the visitor writes in JavaScript: all of their code that needs no browser.
//!
//! A text becomes the source of a worker ([`source`]): functions before it, guards in its loops ([`guard`]), a table of
//! its hooks behind it. A [`feed`] decides which batches and hooks it is told next, [`logs`] has their form, and a
//! [`console`] keeps its output. Scripts run beside the training and never in its way: a change that one asks for takes
//! effect some batches later.
//!
//! Never here: the browser. Frames, workers and clocks are in `web::sandbox` and `ui::scripts`.

pub mod console;
pub mod examples;
pub mod feed;
pub mod guard;
pub mod hooks;
mod lexer;
pub mod logs;
pub mod reader;
pub mod source;
pub mod words;
