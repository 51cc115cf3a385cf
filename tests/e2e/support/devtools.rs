//! A debugger of the browser: it runs texts in the page, its workers and its frames, and sees every request that any of them makes.
//!
//! The DevTools protocol is JSON over a WebSocket. A client of it needs little of that: text frames, whole or in parts.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything that is asked of it.
const LONGEST: Duration = Duration::from_secs(300);

/// A place that runs scripts: the page, a worker, a frame.
#[derive(Clone, Debug)]
pub struct Place {
    /// The kind: `page`, `worker`, `iframe`.
    pub kind: String,
    /// The address of its program.
    pub url: String,
    /// The name that a worker was given.
    pub name: String,
    session: String,
    target: String,
}

#[derive(Default)]
struct Seen {
    places: Vec<Place>,
    requests: Vec<String>,
}

/// The debugger.
pub struct DevTools {
    writer: Arc<Mutex<Writer>>,
    answers: Receiver<(u64, Value)>,
    seen: Arc<Mutex<Seen>>,
}

struct Writer {
    stream: TcpStream,
    last: u64,
}

impl Writer {
    fn send(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> u64 {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let text = message.to_string();
        // One frame of text, masked by zeros, as a client's must be masked.
        let mut frame = vec![0x81];
        match text.len() {
            length @ ..126 => frame.push(0x80 | length as u8),
            length @ ..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).expect("the browser listens");
        self.last
    }

    /// Follows a place: its requests, and whatever it starts.
    fn follow(&mut self, session: Option<&str>) {
        if session.is_some() {
            self.send(session, "Network.enable", &json!({}));
        }
        // What is started waits until it is followed, or its first requests would be missed.
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true });
        self.send(session, "Target.setAutoAttach", &attach);
        if session.is_some() {
            self.send(session, "Runtime.runIfWaitingForDebugger", &json!({}));
        }
    }
}

impl DevTools {
    /// Connects to the browser whose debugger is at `address`, and follows all its pages.
    pub fn open(address: &str) -> Self {
        let mut stream = TcpStream::connect(address).expect("the browser has a debugger");
        write!(stream, "GET /json/version HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it listens");
        // One flat object; the browser does not close the connection behind it.
        let mut said = Vec::new();
        BufReader::new(stream).read_until(b'}', &mut said).ok();
        let begin = said.iter().position(|&byte| byte == b'{').expect("it answers JSON");
        let version: Value = serde_json::from_slice(&said[begin..]).expect("it answers JSON");
        let url = version["webSocketDebuggerUrl"].as_str().expect("it has a socket");
        let path = url.split_once("//").and_then(|(_, rest)| Some(&rest[rest.find('/')?..])).expect("an address");

        let mut stream = TcpStream::connect(address).expect("the browser has a debugger");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: ZW1iZXJzY29wZSB0ZXN0cw==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        .expect("it listens");
        let mut reader = BufReader::new(stream.try_clone().expect("a socket can be shared"));
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            line.clear();
        }
        let writer = Arc::new(Mutex::new(Writer { stream, last: 0 }));
        let (seen, (sender, answers)) = (Arc::new(Mutex::new(Seen::default())), channel());
        let (its_writer, its_seen) = (writer.clone(), seen.clone());
        std::thread::spawn(move || {
            while let Some(message) = message(&mut reader) {
                if let Some(id) = message["id"].as_u64() {
                    sender.send((id, message)).ok();
                } else {
                    note(&message, &its_writer, &its_seen);
                }
            }
        });
        let tools = Self { writer, answers, seen };
        tools.lock().follow(None);
        tools
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Writer> {
        self.writer.lock().expect("nobody panics with it")
    }

    /// The places that there are.
    pub fn places(&self) -> Vec<Place> {
        self.seen.lock().expect("nobody panics with it").places.clone()
    }

    /// The first place that `is`; waits for it.
    pub fn place(&self, what: &str, is: impl Fn(&Place) -> bool) -> Place {
        for _ in 0..600 {
            if let Some(place) = self.places().into_iter().find(|place| is(place)) {
                return place;
            }
            // An event of the browser, which comes by itself: there is nothing to wait on but the list.
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("there is no {what} among {:?}", self.places());
    }

    /// The addresses of all requests so far, of sockets too.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics with it").requests.clone()
    }

    /// Has the browser itself carry out `method`, and waits for nothing.
    pub fn tell_browser(&self, method: &str) {
        self.lock().send(None, method, &json!({}));
    }

    /// Runs `expression` in a place, under its own policy, and gives what it comes to. A place that ends meanwhile never
    /// answers: that is told at once.
    pub fn evaluate(&self, place: &Place, expression: &str) -> Value {
        let parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "allowUnsafeEvalBlockedByCSP": false,
        });
        let id = self.lock().send(Some(&place.session), "Runtime.evaluate", &parameters);
        let begin = Instant::now();
        loop {
            let Ok((answered, mut answer)) = self.answers.recv_timeout(Duration::from_secs(1)) else {
                assert!(begin.elapsed() < LONGEST, "no answer of {place:?}");
                assert!(self.places().iter().any(|other| other.session == place.session), "{place:?} ended before it answered");
                continue;
            };
            if answered == id {
                let outcome = &mut answer["result"];
                assert!(outcome["exceptionDetails"].is_null() && answer["error"].is_null(), "{expression}\nin {place:?}: {answer}");
                return answer["result"]["result"]["value"].take();
            }
        }
    }
}

/// Notes an event: what was started is followed, what was asked for is kept.
fn note(message: &Value, writer: &Mutex<Writer>, seen: &Mutex<Seen>) {
    let event = &message["params"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (Ok(mut writer), Ok(mut seen)) = (writer.lock(), seen.lock()) else { return };
    match message["method"].as_str() {
        Some("Target.attachedToTarget") => {
            let (target, session) = (&event["targetInfo"], text(&event["sessionId"]));
            writer.follow(Some(&session));
            seen.places.push(Place {
                kind: text(&target["type"]),
                url: text(&target["url"]),
                name: text(&target["title"]),
                session,
                target: text(&target["targetId"]),
            });
        }
        Some("Target.detachedFromTarget") => seen.places.retain(|place| event["sessionId"] != *place.session),
        // A frame is told of before it has an address.
        Some("Target.targetInfoChanged") => {
            let target = &event["targetInfo"];
            for place in seen.places.iter_mut().filter(|place| target["targetId"] == *place.target) {
                (place.url, place.name) = (text(&target["url"]), text(&target["title"]));
            }
        }
        Some("Network.requestWillBeSent") => seen.requests.push(text(&event["request"]["url"])),
        Some("Network.webSocketCreated" | "Network.webTransportCreated") => seen.requests.push(text(&event["url"])),
        _ => {}
    }
}

/// The next message, out of all its frames; `None` when the browser has gone.
fn message(reader: &mut impl Read) -> Option<Value> {
    let mut text = Vec::new();
    loop {
        let mut head = [0; 2];
        reader.read_exact(&mut head).ok()?;
        let length = match head[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes(read(reader)?)),
            127 => u64::from_be_bytes(read(reader)?),
            length => u64::from(length),
        };
        reader.take(length).read_to_end(&mut text).ok()?;
        if head[0] & 0x80 != 0 {
            return Some(serde_json::from_slice(&text).unwrap_or_default());
        }
    }
}

fn read<const N: usize>(reader: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
