//! The second CPU backend, in a real worker of a real browser.

#![cfg(target_arch = "wasm32")]

mod shared;

use burn::tensor::Device;
use emberscope::train::device_logs::Reading;
use shared::{computes_right, learns};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn ndarray_computes_right_and_learns() {
    #[allow(deprecated, reason = "kept for comparison until Burn removes it")]
    let device = Device::ndarray();
    computes_right(&device).await;
    learns(&device, Reading::AtOnce).await;
}
