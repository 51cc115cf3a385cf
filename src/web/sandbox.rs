//! The sandbox of a callback written in the page: a frame without an origin that starts one worker, and the port to it.
//!
//! Every message from it may have been made up by the script: it is taken apart piece by piece, cut to size, and never
//! trusted. Never here: the reaction to a message.

use super::js::{get, get_string, to_js};
use crate::script::logs::Table;
use crate::script::words::{Problem, Report, Word};
use js_sys::{Array, Float64Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

/// The address of the frame's file beside the page. Its own policy allows it nothing but its worker.
const FRAME: &str = "./sandbox/frame.html";

/// The largest number of a list's entries that are read.
const MOST_ENTRIES: usize = 256;
/// The longest text that is read, in UTF-16 units.
const MOST_UNITS: u32 = 600;

/// A running sandbox. Dropping it ends its worker at once, even in the middle of a loop.
pub struct Sandbox {
    frame: HtmlIFrameElement,
    port: MessagePort,
    _on_word: Closure<dyn FnMut(MessageEvent)>,
    _on_load: Closure<dyn FnMut(Event)>,
}

impl Sandbox {
    /// Starts `program` and calls `on_word` with each message; `None` when the browser has no frames or channels.
    pub fn open(program: &str, mut on_word: impl FnMut(Word) + 'static) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.dyn_into().ok()?;
        // Scripts and nothing else: above all no origin, so no storage and no way to the page but the port.
        frame.set_attribute("sandbox", "allow-scripts").ok()?;
        frame.set_attribute("title", "Sandbox of a callback").ok()?;
        frame.set_hidden(true);
        let channel = MessageChannel::new().ok()?;
        let (port, other) = (channel.port1(), channel.port2());
        let _on_word = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            if let Some(word) = word(&event.data()) {
                on_word(word);
            }
        });
        port.set_onmessage(Some(_on_word.as_ref().unchecked_ref()));
        let (program, target) = (JsValue::from_str(program), frame.clone());
        let _on_load = Closure::<dyn FnMut(_)>::new(move |_: Event| {
            if let Some(window) = target.content_window() {
                // It has no origin that could be named. What is sent is the visitor's own text.
                window.post_message_with_transfer(&program, "*", &Array::of1(&other)).ok();
            }
        });
        frame.add_event_listener_with_callback("load", _on_load.as_ref().unchecked_ref()).ok()?;
        frame.set_src(FRAME);
        document.body()?.append_child(&frame).ok()?;
        Some(Self { frame, port, _on_word, _on_load })
    }

    /// Asks the script to call a hook once for each row of `table`.
    pub fn tell(&self, table: &Table) {
        let message = Object::new();
        let columns = table.columns.iter().map(|column| JsValue::from(Float64Array::from(column.as_slice())));
        let first = table.first.as_ref().map_or(JsValue::NULL, |first| Float64Array::from(first.as_slice()).into());
        let parts = [
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
        self.port.post_message(&message).ok();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
        self.frame.remove();
    }
}

fn count(object: &JsValue, key: &str) -> usize {
    get(object, key).as_f64().filter(|number| *number >= 0.0).map_or(0, |number| number as usize)
}

fn cut(text: &JsValue) -> Option<String> {
    text.dyn_ref::<js_sys::JsString>().map(|text| String::from(text.slice(0, MOST_UNITS)))
}

fn list(object: &JsValue, key: &str) -> Vec<JsValue> {
    get(object, key).dyn_into::<Array>().map(|list| list.iter().take(MOST_ENTRIES).collect()).unwrap_or_default()
}

fn texts(object: &JsValue, key: &str) -> Vec<String> {
    list(object, key).iter().filter_map(cut).collect()
}

fn word(data: &JsValue) -> Option<Word> {
    match get_string(data, "kind").as_str() {
        "ready" => Some(Word::Ready { hooks: texts(data, "hooks"), prints: texts(data, "prints") }),
        "broken" => Some(Word::Broken { message: cut(&get(data, "message")).unwrap_or_default(), line: count(data, "line") as u32 }),
        "report" => Some(Word::Report(report(data))),
        _ => None,
    }
}

fn report(data: &JsValue) -> Report {
    let numbers = |value: JsValue| value.dyn_into::<Float64Array>().map(|array| array.to_vec()).unwrap_or_default();
    let logged = |entry: &JsValue| {
        let entry: &Array = entry.dyn_ref()?;
        Some((cut(&entry.get(0))?, numbers(entry.get(1)), numbers(entry.get(2))))
    };
    let problem = cut(&get(data, "problem"));
    Report {
        done: count(data, "done"),
        last: get(data, "last").is_truthy(),
        prints: texts(data, "prints"),
        unprinted: count(data, "unprinted"),
        logged: list(data, "logged").iter().filter_map(logged).collect(),
        stop: cut(&get(data, "stopReason")),
        learning_rate: get(data, "learningRate").as_f64(),
        spent_ms: get(data, "spentMs").as_f64().unwrap_or(0.0),
        problem: problem.map(|message| Problem {
            message,
            hook: cut(&get(data, "problemHook")).unwrap_or_default(),
            line: count(data, "line") as u32,
        }),
    }
}
