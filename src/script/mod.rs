//! Callbacks that the visitor writes in JavaScript: everything about them that needs no browser.
//!
//! A text becomes the source of a worker ([`source`]): functions before it, guards in its loops ([`guard`]), a table of its
//! hooks behind it. A [`feed`] decides what it is told next, [`logs`] what that looks like, and a [`console`] keeps what
//! it says. They run beside the training and never in its way: what they ask for takes effect some batches later.
//!
//! Never here: the browser. Frames, workers and clocks are in `web::sandbox` and `ui::scripts`.

pub mod console;
pub mod examples;
pub mod feed;
pub mod guard;
pub mod hooks;
mod lexer;
pub mod logs;
pub mod source;
pub mod words;
