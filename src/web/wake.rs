//! The screen, kept on while a run trains: a laptop that falls asleep in the middle of a lesson trains no further.
//!
//! A browser without such locks, or one that refuses (an empty battery), lets the machine sleep as ever. Never here: when a run trains.

use super::js::{call, get};
use js_sys::{Array, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The lock of the screen.
#[derive(Default)]
pub struct Screen {
    is_wanted: bool,
    held: Option<JsValue>,
}

impl Screen {
    /// Keeps the screen on, or no longer. To be called again when the page comes back into view: a browser takes the lock from a
    /// page that leaves it.
    pub fn keep_on(this: &Rc<RefCell<Self>>, is_wanted: bool) {
        let before = {
            let mut screen = this.borrow_mut();
            screen.is_wanted = is_wanted;
            screen.held.take()
        };
        release(before.as_ref());
        if !is_wanted {
            return;
        }
        let wake = get(&get(&js_sys::global(), "navigator"), "wakeLock");
        let asked = call(&wake, "request", &Array::of1(&"screen".into())).and_then(|asked| asked.dyn_into::<Promise>().ok());
        let (Some(asked), this) = (asked, this.clone()) else { return };
        super::tasks::spawn(async move {
            let Ok(lock) = JsFuture::from(asked).await else { return };
            let mut screen = this.borrow_mut();
            if screen.is_wanted && screen.held.is_none() {
                screen.held = Some(lock);
            } else {
                release(Some(&lock));
            }
        });
    }
}

fn release(lock: Option<&JsValue>) {
    if let Some(released) = lock.and_then(|lock| call(lock, "release", &Array::new()))
        && let Ok(released) = released.dyn_into::<Promise>()
    {
        super::tasks::spawn(async move { drop(JsFuture::from(released).await) });
    }
}
