//! The GPU worker's program.

#[cfg(target_arch = "wasm32")]
fn main() {
    emberscope::worker::programs::start_gpu();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser's worker; start the page with `cargo xtask serve`.");
}
