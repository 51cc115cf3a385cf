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
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

/// Bytes that are allocated and not freed.
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
struct Counting;

#[global_allocator]
static MEMORY: Counting = Counting;

// Safety: all memory is the system allocator's; the counter allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

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

/// A run leaves behind what it keeps on purpose and nothing else: what is allocated and not freed is counted, not how many pages
/// the memory has, which also tells how well what was freed fits together again.
#[wasm_bindgen_test]
async fn two_thousand_steps_leave_no_memory_behind() {
    let config = |epochs| -> RunConfig {
        let mut config = preset::config("mlp").unwrap();
        config.data = DataSpec::Digits { samples: 1_000 };
        config.batch_size = 17;
        config.epochs = epochs;
        config
    };
    // 850 training samples in batches of 17: 50 steps an epoch. The first run fills what lives as long as the worker.
    train(&config(10), &Device::flex(), Reading::AtOnce).await;
    let mut live = vec![ALLOCATED.load(Relaxed)];
    for epochs in [40, 40, 80] {
        train(&config(epochs), &Device::flex(), Reading::AtOnce).await;
        live.push(ALLOCATED.load(Relaxed));
    }
    console_log!("bytes allocated after 500 steps, 2,000, 2,000 and 4,000 more: {live:?}");
    // Half a byte a step would be more than this.
    assert!(live.iter().all(|bytes| bytes.abs_diff(live[0]) <= 1 << 10), "{live:?}");

    let before = ALLOCATED.load(Relaxed);
    let (history, trail) = train_with_trail(&config(40), &Device::flex(), Reading::AtOnce).await;
    let kept = ALLOCATED.load(Relaxed) - before;
    console_log!("a run that is kept takes {kept} bytes, {} of them by its own account", trail.bytes);
    drop((history, trail));
    assert!(ALLOCATED.load(Relaxed).abs_diff(before) <= 1 << 10, "what was kept is not freed with the run");
}
