//! What leaves the page as files, and what comes back from them: formats only, bytes in and bytes out.
//!
//! Never here: the browser, Burn, who is asked where to put a file.

pub mod link;
