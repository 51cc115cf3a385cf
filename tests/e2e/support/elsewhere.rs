//! Another host: it lets everybody use its files, and notes who asks. What reaches it has left the page.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request: its path, and all of its head in lower case.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// The server. It listens until the tests end.
pub struct Elsewhere {
    port: u16,
    asked: Asked,
}

impl Elsewhere {
    /// Serves `files`, and says of any other that it is there and empty. `closed/…` is for its own pages only, and
    /// `huge/…` says that it has 4 GB, and `never/…` says nothing.
    pub fn start(files: &[(&str, Vec<u8>)]) -> Self {
        let files: HashMap<String, Vec<u8>> = files.iter().map(|(name, bytes)| (format!("/{name}"), bytes.clone())).collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("this machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Asked::default();
        let (files, noted) = (Arc::new(files), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, noted) = (files.clone(), noted.clone());
                // A browser also opens connections that it does not use yet.
                std::thread::spawn(move || answer(stream, &files, &noted));
            }
        });
        Self { port, asked }
    }

    /// The address of `file` without its scheme: `//host:port/file`.
    pub fn address(&self, file: &str) -> String {
        format!("//127.0.0.1:{}/{file}", self.port)
    }

    /// All that was asked for so far.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().expect("nobody panics with it").clone()
    }
}

/// Answers one request; `None` when there was none.
fn answer(mut stream: TcpStream, files: &HashMap<String, Vec<u8>>, asked: &Asked) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        head += &std::mem::take(&mut line);
    }
    let path = head.split(' ').nth(1)?.to_owned();
    asked.lock().ok()?.push((path.clone(), head.to_lowercase()));
    // Nothing: waits until the browser has enough of it.
    while path.starts_with("/never/") && reader.read_line(&mut line).ok()? > 0 {}
    let bytes = files.get(&path).cloned().unwrap_or_default();
    let open = if path.starts_with("/closed/") { "" } else { "Access-Control-Allow-Origin: *\r\n" };
    let length = if path.starts_with("/huge/") { 4_000_000_000 } else { bytes.len() };
    let kind = if path.ends_with(".js") { "text/javascript" } else { "application/octet-stream" };
    let head = format!("HTTP/1.1 200 OK\r\n{open}Content-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&bytes).ok()?;
    // Of what was promised and does not come: waits until the browser has enough of it.
    while length > bytes.len() && reader.read_line(&mut line).ok()? > 0 {}
    Some(())
}
