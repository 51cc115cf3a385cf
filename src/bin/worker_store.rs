//! The storage worker's program.

#[cfg(target_arch = "wasm32")]
fn main() {
    emberscope::store_worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser's worker; start the page with `cargo xtask serve`.");
}
