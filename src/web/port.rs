//! The wire between page and worker: typed messages with byte buffers that are moved, not copied.
//!
//! A message is a JavaScript array: first the command or event as a plain object, then the buffers. Whatever else
//! arrives is refused with an error, never a panic.

#[cfg(feature = "ui")]
use super::js::get_string;
use super::js::{message_of, to_js};
use crate::error::{Code, Error, Result};
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};
#[cfg(feature = "ui")]
use web_sys::{Event, Worker};

/// The byte buffers of a message.
pub type Bulk = Vec<Vec<u8>>;

/// The array that is posted, and the buffers that are moved with it.
fn pack<T: Serialize>(head: &T, bulk: &[Vec<u8>]) -> (Array, Array) {
    let (message, transfer) = (Array::of1(&to_js(head)), Array::new());
    for bytes in bulk {
        let array = Uint8Array::from(bytes.as_slice());
        transfer.push(&array.buffer());
        message.push(&array);
    }
    (message, transfer)
}

/// Splits a posted message into its head and its buffers, or the reason why these cannot be had.
///
/// # Errors
/// [`Code::Protocol`] when the message is not one of `T`.
fn unpack<T: DeserializeOwned>(data: JsValue) -> Result<(T, Result<Bulk>)> {
    let damaged = |what: String| {
        Error::new(Code::Protocol, format!("a message cannot be understood: {what}"), "start again; if it happens again, reload the page")
    };
    let message: Array = data.dyn_into().map_err(|_| damaged("it is not an array".to_owned()))?;
    let head = serde_wasm_bindgen::from_value(message.get(0)).map_err(|cause| damaged(cause.to_string()))?;
    let buffer = |value: JsValue| value.dyn_into::<Uint8Array>().map_err(|_| damaged("a buffer is not bytes".to_owned())).and_then(bytes);
    Ok((head, message.iter().skip(1).map(buffer).collect()))
}

/// The bytes of `array`.
///
/// # Errors
/// [`Code::InvalidState`] when there is no memory for them: running out of it would end the program.
fn bytes(array: Uint8Array) -> Result<Vec<u8>> {
    let (mut bytes, length) = (Vec::new(), array.length() as usize);
    bytes.try_reserve_exact(length).map_err(|_| {
        let message = format!("there is not enough memory for the {:.0} MB of a message", length as f64 / 1e6);
        Error::new(Code::InvalidState, message, "ask in smaller parts, or close other pages")
    })?;
    bytes.resize(length, 0);
    array.copy_to(&mut bytes);
    Ok(bytes)
}

/// Whether the worker `program` was left out of this page because it is still being compiled. `cargo xtask serve` serves
/// before it has every worker, and leaves Trunk's links to the others in the document; a whole page has none.
pub fn is_being_built(program: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| matches!(document.query_selector(&format!("link[data-bin={program}]")), Ok(Some(_))))
}

/// The page's end of the wire: a worker that runs a program of its own.
#[cfg(feature = "ui")]
pub struct WorkerHandle {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

#[cfg(feature = "ui")]
impl WorkerHandle {
    /// Starts the module at `url`. `on_message` gets each message, or the error that it could not be understood;
    /// `on_death` is called when the program cannot be loaded or throws.
    ///
    /// # Errors
    /// [`Code::WorkerDied`] when the browser refuses to start a worker.
    pub fn spawn<T: DeserializeOwned + 'static>(
        url: &str,
        mut on_message: impl FnMut(Result<(T, Bulk)>) + 'static,
        mut on_death: impl FnMut(String) + 'static,
    ) -> Result<Self> {
        let worker = super::spawn::spawn(url).map_err(|thrown| {
            let message = format!("the browser cannot start the worker {url}: {}", message_of(&thrown));
            Error::new(Code::WorkerDied, message, "check that the page's folder is complete, then reload")
        })?;
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            on_message(unpack(event.data()).and_then(|(head, bulk)| Ok((head, bulk?))));
        });
        // A program that cannot be loaded gives a plain event, without a message.
        let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
            event.prevent_default();
            let message = get_string(&event, "message");
            on_death(if message.is_empty() { "its program could not be loaded".to_owned() } else { message });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a message. A message to a dead worker is lost; the death itself is reported by `on_death`.
    pub fn post<T: Serialize>(&self, head: &T, bulk: &[Vec<u8>]) {
        self.post_with(head, bulk, None);
    }

    /// Sends a message like [`WorkerHandle::post`], and a port with it.
    pub fn post_with<T: Serialize>(&self, head: &T, bulk: &[Vec<u8>], port: Option<&MessagePort>) {
        let (message, transfer) = pack(head, bulk);
        if let Some(port) = port {
            transfer.push(port);
        }
        if let Err(thrown) = self.worker.post_message_with_transfer(&message, &transfer) {
            web_sys::console::error_2(&"a command could not be sent".into(), &thrown);
        }
    }
}

#[cfg(feature = "ui")]
impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The worker's end of the wire.
#[derive(Clone)]
pub struct PagePort {
    scope: DedicatedWorkerGlobalScope,
}

impl PagePort {
    /// The port of the worker that this program runs in.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when it does not run in a dedicated worker.
    pub fn open() -> Result<Self> {
        let scope = js_sys::global()
            .dyn_into()
            .map_err(|_| Error::new(Code::InvalidState, "this program is made for a dedicated worker", "let the page start it"))?;
        Ok(Self { scope })
    }

    /// Sends a message to the page.
    pub fn post<T: Serialize>(&self, head: &T, bulk: &[Vec<u8>]) {
        let (message, transfer) = pack(head, bulk);
        if let Err(thrown) = self.scope.post_message_with_transfer(&message, &transfer) {
            web_sys::console::error_2(&"an event could not be sent".into(), &thrown);
        }
    }

    /// Calls `on_message` with each message from now on, as long as the worker lives: with its buffers, or the reason why there
    /// is no room for them, and with the port that came with it.
    pub fn listen<T: DeserializeOwned + 'static>(
        &self,
        mut on_message: impl FnMut(Result<(T, Result<Bulk>)>, Option<MessagePort>) + 'static,
    ) {
        let closure = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            let port = event.ports().get(0).dyn_into::<MessagePort>().ok();
            on_message(unpack(event.data()), port);
        });
        self.scope.set_onmessage(Some(closure.as_ref().unchecked_ref()));
        closure.forget();
    }

    /// Calls `on_failure` when a promise of this worker fails and nobody handles it: after a trap in asynchronous code
    /// that is the only sign, since the page is not told.
    pub fn listen_for_failures(&self, mut on_failure: impl FnMut(String) + 'static) {
        let closure = Closure::<dyn FnMut(_)>::new(move |event: JsValue| {
            on_failure(message_of(&super::js::get(&event, "reason")));
        });
        let added = self.scope.add_event_listener_with_callback("unhandledrejection", closure.as_ref().unchecked_ref());
        if added.is_ok() {
            closure.forget();
        }
    }
}

/// A wire between two workers: one end of it, open as long as this lives.
pub struct PeerPort {
    port: MessagePort,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl PeerPort {
    /// Opens `port`; `on_message` gets each message, or the reason why it cannot be understood.
    pub fn open<T: DeserializeOwned + 'static>(port: MessagePort, mut on_message: impl FnMut(Result<(T, Bulk)>) + 'static) -> Self {
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            on_message(unpack(event.data()).and_then(|(head, bulk)| Ok((head, bulk?))));
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { port, _on_message: on_message }
    }

    /// Sends a message. One to a worker that is gone is lost.
    pub fn post<T: Serialize>(&self, head: &T, bulk: &[Vec<u8>]) {
        let (message, transfer) = pack(head, bulk);
        if let Err(thrown) = self.port.post_message_with_transferable(&message, &transfer) {
            web_sys::console::error_2(&"a shard could not be sent".into(), &thrown);
        }
    }
}

impl Drop for PeerPort {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}
