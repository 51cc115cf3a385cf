//! The page: what the visitor sees and does, and `window.emberscope`.
//!
//! Signals hold small things (the configuration, how the run stands, a version counter); recorded columns live in the
//! [`state`], outside of signals, and charts borrow them once a frame. Never here: Burn, `train`, `worker`.

mod api;
mod app;
mod dashboard;
mod data_link;
mod kept_weights;
mod page;
mod panels;
mod parts;
mod questions;
mod state;
mod supervisor;

use page::Page;

/// Puts the page into the document and opens `window.emberscope`.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| {
        let page = Page::new();
        api::publish(page);
        panels::share::follow_address(page);
        app::view(page)
    });
}
