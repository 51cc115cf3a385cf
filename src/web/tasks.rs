//! Giving way: a pause of one macrotask, so that messages, timers and the rest of the event loop get their turn; long work
//! in short pieces, one work after the other.
//!
//! Awaiting a ready future only gives way to microtasks, among which no message from the page ever is. `setTimeout`
//! would do, but browsers stretch nested ones to 4 ms; a message to oneself comes back at once.

use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::MessageChannel;

/// The time that a piece of long work takes, in milliseconds, before it gives way.
const PIECE_MS: f64 = 8.0;

/// Starts an asynchronous task. Boxed here: `spawn_local` has two ways to run what it is given, and would compile all of a
/// future that it gets as it is, with everything that is awaited in it, once for each.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    wasm_bindgen_futures::spawn_local(work);
}

/// The time in milliseconds since this program's document or worker began.
pub fn now_ms() -> f64 {
    let performance = super::js::get(&js_sys::global(), "performance");
    performance.dyn_into::<web_sys::Performance>().map_or(0.0, |clock| clock.now())
}

/// The pace of long work: it gives way whenever [`PIECE_MS`] are over.
pub struct Pace {
    yielder: Option<Yielder>,
    began_ms: f64,
    /// The time that was worked before the present piece.
    before_ms: f64,
}

impl Pace {
    /// The pace of work that begins now.
    pub fn begin() -> Self {
        Self { yielder: Yielder::new(), began_ms: now_ms(), before_ms: 0.0 }
    }

    /// Gives way if it is time to.
    pub async fn breathe(&mut self) {
        let piece_ms = now_ms() - self.began_ms;
        let Some(yielder) = self.yielder.as_ref().filter(|_| piece_ms >= PIECE_MS) else { return };
        self.before_ms += piece_ms;
        yielder.give_way().await;
        self.began_ms = now_ms();
    }

    /// The milliseconds that were worked so far, without those of others in between.
    pub fn worked_ms(&self) -> f64 {
        self.before_ms + now_ms() - self.began_ms
    }
}

/// The turns of works of which only one may go on at a time, in the order in which they came.
#[derive(Default)]
pub struct Turns {
    is_taken: Cell<bool>,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

/// A turn, which ends when this is dropped.
pub struct Turn<'a>(&'a Turns);

impl Turns {
    /// Waits for a turn.
    pub async fn wait(&self) -> Turn<'_> {
        if self.is_taken.replace(true) {
            let (sender, receiver) = oneshot::channel();
            self.waiting.borrow_mut().push_back(sender);
            // Handed on by whoever had it before.
            receiver.await.ok();
        }
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.borrow_mut();
        while let Some(next) = waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        self.0.is_taken.set(false);
    }
}

/// A message channel to oneself, for giving way to the event loop.
pub struct Yielder {
    channel: MessageChannel,
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    /// Kept alive as long as the channel may call it.
    _on_message: Closure<dyn FnMut()>,
}

impl Yielder {
    /// Opens a new channel; `None` where the browser has none (no such browser is known).
    pub fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting: Rc<RefCell<Option<oneshot::Sender<()>>>> = Rc::default();
        let waiter = waiting.clone();
        let on_message = Closure::<dyn FnMut()>::new(move || {
            if let Some(sender) = waiter.borrow_mut().take() {
                sender.send(()).ok();
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, waiting, _on_message: on_message })
    }

    /// Waits until the event loop has gone round once.
    pub async fn give_way(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            receiver.await.ok();
        }
    }
}

impl Drop for Yielder {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
    }
}
