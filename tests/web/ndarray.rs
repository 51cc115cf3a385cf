//! The second CPU backend, in a real worker of a real browser.

#![cfg(target_arch = "wasm32")]

mod shared;

use burn::tensor::Device;
use emberscope::train::fit::Reading;
use shared::{curve, difference, every_layer, recorded, train};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn ndarray_draws_the_same_curve() {
    #[allow(deprecated, reason = "kept for comparison until Burn removes it")]
    let device = Device::ndarray();
    let difference = difference(&curve(&train(&every_layer(), &device, Reading::AtOnce).await), &recorded());
    console_log!("ndarray in the browser against native Flex: {difference:e}");
    assert!(difference < 2e-3, "largest relative difference {difference:e}");
}
