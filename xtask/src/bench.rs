//! The benchmark of training: builds its programs, opens them in Chromium, and prints what the page measured. Never here: the
//! work that is measured, which is in `benches/training/`.

use crate::layers::{CPU, GPU, Layer};
use crate::process::{self, Result, command, output, root, target_dir};
use crate::site;
use crate::steps::Steps;
use crate::tools::{self, WASM_TARGET};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

/// The files of the page beside its programs.
const FILES: [&str; 5] = ["bench.html", "bench.js", "work.js", "worker.js", "reference-losses.json"];
/// The longest text that the page sends.
const MOST_BYTES: usize = 16 << 20;

/// The options of `cargo xtask bench`.
#[derive(Debug, PartialEq)]
pub struct Options {
    models: String,
    batches: String,
    workers: String,
    devices: Vec<&'static Layer>,
    builds_only: bool,
}

impl Options {
    /// Reads `--models`, `--batches`, `--workers`, `--build-only` and names of devices.
    pub fn parse(mut arguments: &[&str]) -> Result<Self> {
        let mut options =
            Self { models: "mlp,cnn,deep".into(), batches: "64".into(), workers: "1".into(), devices: Vec::new(), builds_only: false };
        while let [first, rest @ ..] = arguments {
            arguments = rest;
            match (*first, rest) {
                ("cpu", _) => options.devices.push(&CPU),
                ("webgpu", _) => options.devices.push(&GPU),
                ("--build-only", _) => options.builds_only = true,
                ("--models", [value, rest @ ..]) => {
                    options.models = (*value).to_string();
                    arguments = rest;
                }
                ("--batches", [value, rest @ ..]) => {
                    options.batches = (*value).to_string();
                    arguments = rest;
                }
                ("--workers", [value, rest @ ..]) => {
                    options.workers = (*value).to_string();
                    arguments = rest;
                }
                (other, _) => {
                    return Err(format!(
                        "`bench` does not know `{other}`; it knows cpu, webgpu, --models, --batches, --workers and --build-only"
                    ));
                }
            }
        }
        if options.devices.is_empty() {
            options.devices.push(&CPU);
        }
        Ok(options)
    }
}

fn variant(layer: &Layer) -> &'static str {
    if *layer == GPU { "webgpu" } else { "cpu" }
}

/// Builds the programs and measures.
pub fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    site::wasm_target(steps)?;
    steps.once("wasm-bindgen", "makes the programs ready for the browser", tools::wasm_bindgen)?;
    let folder = target_dir()?.join("bench");
    for layer in &options.devices {
        steps.run(&format!("program {}", variant(layer)), "the trainer without the page; minutes the first time", || {
            build(layer, &folder)
        })?;
    }
    for file in FILES {
        fs::copy(root().join("benches/training").join(file), folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
    }
    println!("\n{} is a page of static files; other benchmarks may call its __bench", folder.join("bench.html").display());
    if options.builds_only {
        return Ok(());
    }
    steps.run("bench", "some seconds each line; keep the machine quiet", || measure(&folder, options))
}

fn build(layer: &Layer, folder: &Path) -> Result<()> {
    process::run(layer.cargo("build").args(["--example", "training_bench"]))?;
    let module = target_dir()?.join(WASM_TARGET).join("release/examples/training_bench.wasm");
    let out = folder.join(variant(layer));
    process::run(command("wasm-bindgen").args(["--target", "web", "--no-typescript", "--out-dir"]).arg(out).arg(module))
}

/// Opens the page and prints what it says, until it is done; its numbers go into `results.json`.
fn measure(folder: &Path, options: &Options) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no port is free: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let devices: Vec<&str> = options.devices.iter().map(|layer| variant(layer)).collect();
    let url = format!(
        "http://{address}/bench.html?run={}&models={}&batches={}&workers={}",
        devices.join(","),
        options.models,
        options.batches,
        options.workers
    );
    let machine = describe();
    let browser = Browser::open(&url)?;
    println!("{machine}; {}\n", output(command(tools::chromium()?).arg("--version"))?.trim());
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        // What one request wants, and how it is answered: an error is the browser's, which asks again or shows it.
        match answer(stream, folder) {
            Some(Said::Line(line)) => println!("{line}"),
            Some(Said::Done(numbers)) => {
                let file = folder.join("results.json");
                fs::write(&file, format!("{{\"machine\":\"{machine}\",{}", numbers.trim_start_matches('{')))
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                println!("\nall numbers: {}", file.display());
                break;
            }
            None => {}
        }
    }
    drop(browser);
    Ok(())
}

/// The machine in words: processor and number of threads.
fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |name| name.trim_start_matches([' ', '\t', ':']));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{name}, {threads} threads")
}

/// A browser without a window, which goes when this does.
struct Browser(Child);

impl Browser {
    fn open(url: &str) -> Result<Self> {
        let profile = target_dir()?.join("bench-profile");
        fs::remove_dir_all(&profile).ok();
        let mut command = command(tools::chromium()?);
        command.args(["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking"]);
        // A GPU in software where there is none: it says how devices compare with others on the same adapter, and no more.
        command.args(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]);
        command.arg(format!("--user-data-dir={}", profile.display())).arg(url);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        child.map(Self).map_err(|error| format!("Chromium cannot be started: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A message of the page.
enum Said {
    Line(String),
    Done(String),
}

/// Answers one request: a file, or a message taken.
fn answer(mut stream: TcpStream, folder: &Path) -> Option<Said> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok()?.min(MOST_BYTES);
        }
    }
    let (path, is_post) = asked(&first)?;
    if is_post {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        write!(stream, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").ok()?;
        let body = String::from_utf8(body).ok()?;
        return Some(if path == "done" { Said::Done(body) } else { Said::Line(body) });
    }
    let kind = match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        _ => "application/json",
    };
    match fs::read(folder.join(path)) {
        Ok(file) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.len())
                .ok()?;
            stream.write_all(&file).ok()?;
        }
        Err(_) => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?,
    }
    None
}

/// The path in a request's first line, below the folder, and whether something is sent.
fn asked(first: &str) -> Option<(&str, bool)> {
    let mut words = first.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let path = path.split('?').next()?.trim_start_matches('/');
    (!path.split('/').any(|part| part == "..")).then_some((path, method == "POST"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_say_what_is_measured() {
        let options = Options::parse(&["cpu", "webgpu", "--batches", "1,17", "--workers", "1,2"]).unwrap();
        assert_eq!((options.devices.len(), options.batches.as_str(), options.models.as_str()), (2, "1,17", "mlp,cnn,deep"));
        assert_eq!(options.workers, "1,2");
        assert_eq!(Options::parse(&[]).unwrap().devices, [&CPU]);
        assert!(Options::parse(&["gpu"]).unwrap_err().contains("webgpu"));
    }

    #[test]
    fn requests_stay_below_the_folder() {
        assert_eq!(asked("GET /cpu/a.js?x=1 HTTP/1.1"), Some(("cpu/a.js", false)));
        assert_eq!(asked("POST /done HTTP/1.1"), Some(("done", true)));
        assert_eq!(asked("GET /../secret HTTP/1.1"), None);
        assert_eq!(asked("nonsense"), None);
    }
}
