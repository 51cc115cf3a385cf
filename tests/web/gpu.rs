//! The GPU worker's half, in a real worker of a real browser, on a software adapter: it shows that it is right, never
//! how fast it is.

#![cfg(target_arch = "wasm32")]

mod shared;

use emberscope::domain::run::device::GpuProbe;
use emberscope::train::device_logs::read_all;
use emberscope::web::gpu::probe;
use emberscope::worker::gpu::device;
use shared::{curve, difference, every_layer, recorded, train};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// One test, since a program may ask for the device once only.
#[wasm_bindgen_test]
async fn webgpu_draws_the_cpus_curve_and_its_weights_can_be_read() {
    emberscope::worker::run_constructors();
    if !matches!(probe().await, GpuProbe::Adapter(_)) {
        console_log!("NOT TESTED: this browser gives no WebGPU adapter, not even in software");
        return;
    }
    let gpu = device().await.expect("there is an adapter");
    console_log!("{}: a read takes {:.1} ms", gpu.card.name, gpu.card.read_ms);
    assert!(gpu.card.read_ms > 0.0);

    let history = train(&every_layer(), &gpu.device, gpu.reading).await;
    let difference = difference(&curve(&history), &recorded());
    console_log!("WebGPU against the native CPU: {difference:e}");
    assert!(difference < 1e-2, "largest relative difference {difference:e}");

    let ones = burn::tensor::Tensor::<1>::ones([5], &gpu.device);
    assert_eq!(read_all([ones.clone() * 2.0, ones]).await.unwrap(), [vec![2.0; 5], vec![1.0; 5]]);
}
