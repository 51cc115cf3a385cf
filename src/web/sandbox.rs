//! The sandbox of a callback written in the page: a frame without an origin that starts one worker, and the port to it.
//!
//! Every message from it may have been made up by the script: it is taken apart piece by piece, cut to size, and never
//! trusted; the frame has done the same before, in a process of its own where the browser has one for it. There is never
//! more than one message for each that was asked for. Never here: the reaction to a message.

use super::js::{get, to_js};
use crate::script::logs::Table;
use crate::script::reader::{self, Value};
use crate::script::source::Source;
use crate::script::words::Word;
use js_sys::{Array, Float64Array, JsString, Object, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

/// The address of the frame's file beside the page. Its own policy allows it nothing but its worker.
const FRAME: &str = "./sandbox/frame.html";

/// Number of messages that come without having been asked for: reading has begun, the script is ready, it has failed.
const UNASKED: u32 = 3;

/// A running sandbox. Dropping it ends its worker at once, even in the middle of a loop.
pub struct Sandbox {
    frame: HtmlIFrameElement,
    port: MessagePort,
    /// Number of messages that may still come before the next one is asked for.
    due: Rc<Cell<u32>>,
    _on_word: Closure<dyn FnMut(MessageEvent)>,
    _on_load: Closure<dyn FnMut(Event)>,
}

impl Sandbox {
    /// Starts a script and calls `on_word` with each message; `None` when the browser has no frames or channels.
    pub fn open(source: &Source, mut on_word: impl FnMut(Word) + 'static) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.dyn_into().ok()?;
        // Scripts and nothing else: above all no origin, so no storage and no way to the page but the port.
        frame.set_attribute("sandbox", "allow-scripts").ok()?;
        frame.set_attribute("title", "Sandbox of a callback").ok()?;
        frame.set_hidden(true);
        let channel = MessageChannel::new().ok()?;
        let (port, other) = (channel.port1(), channel.port2());
        let due = Rc::new(Cell::new(UNASKED));
        let (still_due, own) = (Rc::clone(&due), port.clone());
        let _on_word = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| match still_due.get().checked_sub(1) {
            Some(rest) => {
                still_due.set(rest);
                if let Some(word) = reader::read(&event.data()) {
                    on_word(word);
                }
            }
            None => {
                own.close();
                on_word(Word::Broken { message: "it sends messages that nobody asked for".to_owned(), line: 0 });
            }
        });
        port.set_onmessage(Some(_on_word.as_ref().unchecked_ref()));
        let (source, target) = (to_js(source), frame.clone());
        let _on_load = Closure::<dyn FnMut(_)>::new(move |_: Event| {
            if let Some(window) = target.content_window() {
                // It has no origin that could be named. What is sent is the visitor's own text.
                window.post_message_with_transfer(&source, "*", &Array::of1(&other)).ok();
            }
        });
        frame.add_event_listener_with_callback("load", _on_load.as_ref().unchecked_ref()).ok()?;
        frame.set_src(FRAME);
        document.body()?.append_child(&frame).ok()?;
        Some(Self { frame, port, due, _on_word, _on_load })
    }

    /// Asks the script to call a hook once for each row of `table`.
    pub fn tell(&self, table: &Table) {
        let message = Object::new();
        let columns = table.columns.iter().map(|column| JsValue::from(Float64Array::from(column.as_slice())));
        let first = table.first.as_ref().map_or(JsValue::NULL, |first| Float64Array::from(first.as_slice()).into());
        let parts = [
            ("kind", "table".into()),
            ("hook", table.hook.into()),
            ("keys", to_js(&table.keys)),
            ("columns", columns.collect::<Array>().into()),
            ("texts", to_js(&table.texts)),
            ("first", first),
            ("steps", Float64Array::from(table.steps.as_slice()).into()),
        ];
        for (key, value) in parts {
            // Fails on frozen objects only, which this is not.
            Reflect::set(&message, &key.into(), &value).ok();
        }
        self.ask(&message);
    }

    /// Asks the script to go on with its table.
    pub fn go_on(&self) {
        self.ask(&kind("more"));
    }

    /// Asks the script for a sign of life.
    pub fn ping(&self) {
        self.ask(&kind("ping"));
    }

    fn ask(&self, message: &Object) {
        self.due.set(self.due.get() + 1);
        self.port.post_message(message).ok();
    }
}

/// A message that is nothing but its kind.
fn kind(kind: &str) -> Object {
    let message = Object::new();
    Reflect::set(&message, &"kind".into(), &kind.into()).ok();
    message
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
        self.frame.remove();
    }
}

impl Value for JsValue {
    fn field(&self, key: &str) -> Self {
        get(self, key)
    }

    fn entries(&self, most: usize) -> Vec<Self> {
        self.dyn_ref::<Array>().map(|list| list.iter().take(most).collect()).unwrap_or_default()
    }

    fn text(&self, most: u32) -> Option<String> {
        self.dyn_ref::<JsString>().map(|text| String::from(text.slice(0, most)))
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn numbers(&self, most: usize) -> Vec<f64> {
        self.dyn_ref::<Float64Array>().map(|array| array.subarray(0, most as u32).to_vec()).unwrap_or_default()
    }

    fn is_true(&self) -> bool {
        self.is_truthy()
    }
}
