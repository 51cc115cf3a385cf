//! Giving way: a pause of one macrotask, so that messages, timers and the rest of the event loop get their turn.
//!
//! Awaiting a ready future only gives way to microtasks, among which no message from the page ever is. `setTimeout`
//! would do, but browsers stretch nested ones to 4 ms; a message to oneself comes back at once.

use futures_channel::oneshot;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::MessageChannel;

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
