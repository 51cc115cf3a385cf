//! A chromedriver of one's own with one session in it, and the WebDriver protocol as these tests need it.
//!
//! WebDriver is JSON over HTTP with one answer a request, so the standard library is enough to speak it, blocking: a
//! test does one thing after the other.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longer than anything that a test waits for in the page.
const LONGEST: Duration = Duration::from_secs(900);

/// The choice of the browser flags in `webdriver.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flags {
    /// All: WebGPU by an adapter in software.
    WithWebGpu,
    /// All but those that switch WebGPU on.
    WithoutWebGpu,
}

impl Flags {
    fn arguments(self) -> Vec<String> {
        let file: Value = serde_json::from_str(include_str!("../../../webdriver.json")).expect("webdriver.json is JSON");
        let all = file["goog:chromeOptions"]["args"].as_array().expect("webdriver.json has arguments for Chromium");
        let is_for_webgpu = |flag: &str| flag.contains("webgpu") || flag.contains("Vulkan");
        let mut flags: Vec<String> = all.iter().filter_map(|flag| flag.as_str().map(str::to_owned)).collect();
        flags.retain(|flag| self == Self::WithWebGpu || !is_for_webgpu(flag));
        // Nothing but this machine can be reached, as in a room without network; one made-up name leads here, for a page
        // that does not come from what browsers count as this machine.
        flags.push("--host-resolver-rules=MAP emberscope.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1".to_owned());
        flags
    }
}

/// A running chromedriver with a session; both end when this is dropped.
pub struct Driver {
    process: Child,
    port: u16,
    session: String,
    debugger: String,
}

impl Driver {
    /// Starts chromedriver on a free port, and a browser.
    pub fn start(flags: Flags, profile: Option<&Path>) -> Self {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}; set CHROMEDRIVER to its path", program.display()));
        let mut output = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let mut driver = Self { process, port: read_port(&mut output), session: String::new(), debugger: String::new() };
        // Read on, or chromedriver would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let mut arguments = flags.arguments();
        arguments.extend(profile.map(|profile| format!("--user-data-dir={}", profile.display())));
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": LONGEST.as_millis() as u64 },
        });
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = driver.send("POST", "/session", &body).unwrap_or_else(|error| panic!("no browser: {error}"));
        driver.session = answer["sessionId"].as_str().expect("a session has an id").to_owned();
        let debugger = &answer["capabilities"]["goog:chromeOptions"]["debuggerAddress"];
        driver.debugger = debugger.as_str().expect("Chromium has a debugger").to_owned();
        driver
    }

    /// Kills the browser with all its processes, without a word; false where these cannot be found.
    pub fn kill(&mut self) -> bool {
        let below = descendants(self.process.id());
        let is_dead = !below.is_empty()
            && Command::new("kill").arg("-9").args(below.iter().map(u32::to_string)).status().is_ok_and(|status| status.success());
        if is_dead {
            self.session.clear();
        }
        is_dead
    }

    /// The address of the browser's debugger.
    pub fn debugger(&self) -> &str {
        &self.debugger
    }

    /// Sends a command of the session; `path` is what comes after the session's id.
    ///
    /// # Errors
    /// The driver's own words.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.send(method, &format!("/session/{}{path}", self.session), body)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let (status, answer) = self.exchange(method, path, body).map_err(|error| format!("chromedriver does not answer: {error}"))?;
        let mut answer: Value = serde_json::from_slice(&answer).map_err(|error| format!("chromedriver's answer is not JSON: {error}"))?;
        let value = answer["value"].take();
        if status == 200 {
            return Ok(value);
        }
        Err(format!("{}: {}", value["error"].as_str().unwrap_or("error"), value["message"].as_str().unwrap_or_default()))
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(LONGEST))?;
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut content = vec![0; length];
        reader.read_exact(&mut content)?;
        Ok((status, content))
    }
}

/// All processes below the process `root`.
fn descendants(root: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let about = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // Behind the name, which may have brackets itself: the state, then the parent.
            let parent = about.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&process) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == process).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

/// The port in chromedriver's first words.
fn read_port(output: &mut impl BufRead) -> u16 {
    let mut said = String::new();
    while output.read_line(&mut said).is_ok_and(|read| read > 0) {
        let port = said.lines().last().and_then(|line| line.split_once("successfully on port ")).map(|(_, rest)| rest);
        if let Some(port) = port.and_then(|rest| rest.trim().trim_end_matches('.').parse().ok()) {
            return port;
        }
    }
    panic!("chromedriver did not start: {said}");
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Closes the browser; only then is the driver ended, or the browser would stay.
            self.call("DELETE", "", &Value::Null).ok();
        }
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
