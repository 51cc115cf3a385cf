//! The most memory that a reader takes at once, counted by the allocator in each thread. Never here: the limit.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting; a program that measures names it as its global one.
pub struct Counting;

/// The most that a thread may hold: beyond it memory runs out, as it does in a tab, before the machine is full.
const MOST: isize = 3 << 30;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn add(bytes: isize) -> bool {
    // A thread that ends frees its last memory when its own counters are gone: that is nobody's peak.
    LIVE.try_with(|live| {
        let now = live.get() + bytes;
        if now > MOST {
            return false;
        }
        live.set(now);
        PEAK.with(|peak| peak.set(peak.get().max(now)));
        true
    })
    .unwrap_or(true)
}

// Safety: all memory is the system allocator's; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if add(layout.size() as isize) { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if add(layout.size() as isize) { unsafe { System.alloc_zeroed(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        add(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // As it may be: old and new beside each other.
        if !add(size as isize) {
            return std::ptr::null_mut();
        }
        add(-(layout.size() as isize));
        unsafe { System.realloc(place, layout, size) }
    }
}

/// The result of `work`, and the most bytes that it held at once in this thread beyond those from before. 0 where
/// [`Counting`] is not the global allocator.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    let result = work();
    (result, PEAK.with(|peak| peak.get() - before).max(0) as usize)
}
