//! The page's program.

#[cfg(target_arch = "wasm32")]
fn main() {
    emberscope::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser; start the page with `cargo xtask serve`.");
}
