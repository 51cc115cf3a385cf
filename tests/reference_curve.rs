//! The native CPU still draws the recorded curve that the browser's devices are compared with.
//!
//! To record it anew, after a change that is meant to change it: `EMBERSCOPE_RECORD=1 cargo test --test reference_curve`.
#![allow(clippy::duplicate_mod, reason = "natively and in the browser the same idle host is used; this test has both")]

#[path = "web/shared.rs"]
mod shared;
mod support;

use emberscope::train::fit::Reading;
use shared::{curve, difference, every_layer, recorded, train};

#[test]
fn the_native_cpu_draws_the_recorded_curve() {
    let history = support::block_on(train(&every_layer(), &burn::tensor::Device::flex(), Reading::AtOnce));
    let now = curve(&history);
    if std::env::var_os("EMBERSCOPE_RECORD").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/curve.json");
        std::fs::write(path, serde_json::to_string(&now).unwrap()).unwrap();
        return;
    }
    let difference = difference(&now, &recorded());
    println!("native Flex against the record: {difference:e}");
    // Not to the bit: matrix kernels are chosen by what the processor has (AVX2, AVX-512), and round differently.
    assert!(difference < 2e-3, "largest relative difference {difference:e}");
}
