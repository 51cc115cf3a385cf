//! The end-to-end tests' common helpers: a browser, a server, files, and the page as Rust sees it.

mod data;
mod deploy;
mod devtools;
mod driver;
mod elsewhere;
mod headers;
mod page;
mod site;
mod turns;
mod visit;

pub use data::{Pair, gzip, images_file, labels_file, mnist, on_disk};
pub use deploy::Old;
pub use devtools::{DevTools, Place};
pub use driver::Flags;
pub use elsewhere::Elsewhere;
pub use page::{Extent, Page};
pub use site::Headers;
pub use visit::Visit;

use serde_json::Value;

/// A run, as a JavaScript expression, that is still going on whenever a test looks, on any machine: 1.6 million batches. Its epochs
/// are of 160 batches, so the page has time for clicks beside what each epoch brings.
pub const ENDLESS: &str = "{ ...emberscope.defaultConfig('mlp'), epochs: 10000, device: 'cpu' }";

/// A script that keeps every worker that trains where a test can reach it: `workers`.
pub const KEEP_WORKERS: &str = "window.workers = [];
    window.Worker = class extends Worker { constructor(...how) { super(...how); if (!how[1].name.includes('worker_store')) workers.push(this); } };";

/// A figure for the log, in a form that can be searched for.
pub fn report(figure: impl std::fmt::Display) {
    println!("REPORT {figure}");
}

/// The numbers in a JSON array; what is not a number (NaN has no JSON) is NaN.
pub fn numbers(array: &Value) -> Vec<f32> {
    let array = array.as_array().unwrap_or_else(|| panic!("not an array: {array}"));
    array.iter().map(|value| value.as_f64().map_or(f32::NAN, |number| number as f32)).collect()
}

/// The largest distance between two series at the same step, relative to the first.
pub fn largest_difference(of: &[f32], and: &[f32]) -> f32 {
    of.iter().zip(and).map(|(a, b)| (a - b).abs() / a.abs()).fold(0.0, f32::max)
}
