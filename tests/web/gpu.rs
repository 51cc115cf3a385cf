//! The GPU worker's half, in a real worker of a real browser, on a software adapter: it shows that it is right, never
//! how fast it is.

#![cfg(target_arch = "wasm32")]

mod shared;

use emberscope::domain::run::device::GpuProbe;
use emberscope::train::device_logs::read_all;
use emberscope::web::gpu::probe;
use emberscope::worker::gpu::device;
use shared::{computes_right, learns};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// One test, since a program may ask for the device once only.
#[wasm_bindgen_test]
async fn webgpu_computes_right_and_learns_and_its_weights_can_be_read() {
    emberscope::worker::programs::run_constructors();
    if !matches!(probe().await, GpuProbe::Adapter(_)) {
        let missing = "this browser gives no WebGPU adapter, not even in software";
        // Set where the tests are built, since a program in a browser has no environment.
        assert!(option_env!("EMBERSCOPE_REQUIRE_GPU") != Some("1"), "{missing}, and EMBERSCOPE_REQUIRE_GPU asks for one");
        console_log!("NOT TESTED: {missing}");
        return;
    }
    let gpu = device().await.expect("there is an adapter");
    console_log!("{}: a read takes {:.1} ms", gpu.card.name, gpu.card.read_ms);
    assert!(gpu.card.read_ms > 0.0);

    computes_right(&gpu.device).await;
    learns(&gpu.device, gpu.reading).await;

    let ones = burn::tensor::Tensor::<1>::ones([5], &gpu.device);
    assert_eq!(read_all([ones.clone() * 2.0, ones]).await.unwrap(), [vec![2.0; 5], vec![1.0; 5]]);
}
