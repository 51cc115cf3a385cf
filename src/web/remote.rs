//! Another host's file, fetched by a frame without an origin: the page itself may ask no host but its own.
//!
//! `www/sandbox/fetch.html` may do nothing but that. It sends a file piece by piece, each when it is asked for, so the
//! page sees how far it is and ends it by dropping it. Never here: limits, words for the visitor.

use super::js::{get, get_string};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageChannel, MessagePort};

/// The address of the frame's file beside the page.
const FRAME: &str = "./sandbox/fetch.html";
/// The longest wait for the frame's first sign, in milliseconds: of one that the host does not have, nothing is heard.
const MOST_WAIT_MS: i32 = 20_000;

/// A file that is being fetched from another host. Dropping it ends that.
pub struct Remote {
    frame: HtmlIFrameElement,
    port: MessagePort,
    length: Option<f64>,
}

impl Remote {
    /// Asks for `url`.
    ///
    /// # Errors
    /// The cause in words, when it cannot be had.
    pub async fn open(url: &str) -> Result<Self, String> {
        let no_frame = || "the frame that fetches from other hosts does not come up".to_owned();
        let (mut remote, other) = Self::frame().ok_or_else(no_frame)?;
        let loaded = Promise::new(&mut |resolve, _| remote.frame.set_onload(Some(&resolve)));
        web_sys::window().and_then(|window| window.document()?.body()?.append_child(&remote.frame).ok()).ok_or_else(no_frame)?;
        JsFuture::from(loaded).await.ok();
        let window = remote.frame.content_window().ok_or_else(no_frame)?;
        let first = remote.next_message(Some(MOST_WAIT_MS));
        // It has no origin that could be named. What is sent is the end of a channel.
        window.post_message_with_transfer(&JsValue::NULL, "*", &Array::of1(&other)).map_err(|_| no_frame())?;
        if !first.await.is_object() {
            return Err(no_frame());
        }
        let head = remote.ask(&url.into()).await?;
        remote.length = get_string(&head, "length").parse().ok();
        Ok(remote)
    }

    fn frame() -> Option<(Self, MessagePort)> {
        let frame: HtmlIFrameElement = web_sys::window()?.document()?.create_element("iframe").ok()?.dyn_into().ok()?;
        // Scripts and nothing else: above all no origin.
        frame.set_attribute("sandbox", "allow-scripts").ok()?;
        frame.set_attribute("title", "Fetches a file from another host").ok()?;
        frame.set_hidden(true);
        frame.set_src(FRAME);
        let channel = MessageChannel::new().ok()?;
        Some((Self { frame, port: channel.port1(), length: None }, channel.port2()))
    }

    /// The length of the file in bytes, if the host says it.
    pub fn length(&self) -> Option<f64> {
        self.length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The cause in words, when the rest cannot be had.
    pub async fn next(&self) -> Result<Option<Uint8Array>, String> {
        Ok(get(&self.ask(&JsValue::NULL).await?, "bytes").dyn_into().ok())
    }

    async fn ask(&self, question: &JsValue) -> Result<JsValue, String> {
        let answer = self.next_message(None);
        self.port.post_message(question).ok();
        let answer = answer.await;
        let problem = get_string(&answer, "problem");
        if problem.is_empty() { Ok(answer) } else { Err(problem) }
    }

    /// The data of the next message, or undefined after `most_ms`. It is waited for from the call on.
    fn next_message(&self, most_ms: Option<i32>) -> impl Future<Output = JsValue> + use<> {
        let message = Promise::new(&mut |resolve, _| {
            self.port.set_onmessage(Some(&resolve));
            if let (Some(most_ms), Some(window)) = (most_ms, web_sys::window()) {
                window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, most_ms).ok();
            }
        });
        async { get(&JsFuture::from(message).await.unwrap_or_default(), "data") }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.port.close();
        self.frame.remove();
    }
}
