//! The page: what the visitor sees and does, and `window.emberscope`.
//!
//! Signals hold small things (the configuration, how the run stands, a version counter); recorded columns live in the
//! [`store`], outside of signals, and charts borrow them once a frame. Never here: Burn, `train`, `worker`.

mod api;
mod app;
mod batch;
mod charts;
mod checkpoints;
mod controls;
mod costs;
mod dashboard;
mod data_link;
mod diagnoses;
mod dropped;
mod exports;
mod files;
mod histograms;
mod hooks;
mod imports;
mod lean;
mod page;
mod predictions;
mod questions;
mod rate_test;
mod run_bar;
mod runs;
mod samples;
mod scripts;
mod setup;
mod share;
mod store;
mod supervisor;
mod theme;

use page::Page;

/// Puts the page into the document and opens `window.emberscope`.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| {
        let page = Page::new();
        api::publish(page);
        share::follow_address(page);
        app::view(page)
    });
}
