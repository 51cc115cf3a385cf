//! The CPU worker's half, in a real worker of a real browser.

#![cfg(target_arch = "wasm32")]

mod shared;

use burn::tensor::Device;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::preset;
use emberscope::train::device_logs::Reading;
use emberscope::web::tasks::Yielder;
use shared::{computes_right, curve, every_layer, learns, train, train_with_trail};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn flex_computes_right_and_learns() {
    computes_right(&Device::flex()).await;
    learns(&Device::flex(), Reading::AtOnce).await;
}

#[wasm_bindgen_test]
async fn flex_repeats_a_curve_to_the_bit() {
    let config = every_layer();
    let first = curve(&train(&config, &Device::flex(), Reading::AtOnce).await);
    let second = curve(&train(&config, &Device::flex(), Reading::AtOnce).await);
    let bits = |curve: &[f32]| curve.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&first), bits(&second));
}

#[wasm_bindgen_test]
async fn giving_way_lets_timers_and_messages_in() {
    let yielder = Yielder::new().expect("every browser has MessageChannel");
    let rang = Rc::new(Cell::new(false));
    let bell = rang.clone();
    let ring = Closure::<dyn FnMut()>::new(move || bell.set(true));
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let set_timeout: js_sys::Function = emberscope::web::js::get(&scope, "setTimeout").unchecked_into();
    set_timeout.call1(&scope, ring.as_ref()).unwrap();
    let mut turns = 0;
    while !rang.get() {
        yielder.give_way().await;
        turns += 1;
        assert!(turns < 1_000_000, "the timer never rang");
    }
}

/// The wasm memory grows while a run warms up and by the weights that the run keeps of its past, and then no more: nothing is
/// left behind by a step, and nothing by a run.
#[wasm_bindgen_test]
async fn two_thousand_steps_leave_no_memory_behind() {
    let memory = || {
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
        buffer.byte_length() as usize
    };
    let config = |epochs| -> RunConfig {
        let mut config = preset::config("mlp").unwrap();
        config.data = DataSpec::Digits { samples: 1_000 };
        config.batch_size = 17;
        config.epochs = epochs;
        config
    };
    train(&config(10), &Device::flex(), Reading::AtOnce).await;
    let warm = memory();
    // 850 training samples in batches of 17: 50 steps an epoch.
    let (_, trail) = train_with_trail(&config(40), &Device::flex(), Reading::AtOnce).await;
    let after = memory();
    // What is freed is not in one piece, so the next runs find room for most of what they need, and the later ones for all.
    let mut then = Vec::new();
    for _ in 0..3 {
        train(&config(40), &Device::flex(), Reading::AtOnce).await;
        then.push(memory());
    }
    let kept = trail.bytes;
    console_log!("wasm memory: {warm} bytes after 500 steps, {after} after 2,000 more that keep {kept}, {then:?} after 2,000 more each");
    // The history itself keeps nine series of 8 bytes a step: 144 kB for 2,000 steps.
    assert!(after - warm <= kept + (1 << 20), "grew from {warm} to {after} bytes, {kept} of them kept on purpose");
    assert!(then[2] - then[1] <= 1 << 20, "runs of the same length grew it from {after} to {then:?} bytes");
}
