//! Building and serving the page with Trunk. Never here: how the tools get onto the machine.

use crate::first::{self, First};
use crate::process::{Result, cargo, command, output, root, run};
use crate::steps::Steps;
use crate::{csp, data, headers, lessons, names, tools, wasm};
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The largest gzip sizes of modules, in kB: every visitor waits for these. ARCHITECTURE.md says what keeps them small.
const LIMITS: [(&str, f64); 3] = [("emberscope", 1075.0), ("worker_cpu", 1000.0), ("worker_store", 100.0)];

/// The options of `cargo xtask serve`.
#[derive(Debug, PartialEq)]
pub struct ServeOptions {
    port: u16,
    open: bool,
}

impl ServeOptions {
    /// Reads `--port N`, `--port=N` and `--open`.
    pub fn parse(mut arguments: &[&str]) -> Result<Self> {
        let port = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a port; give a number from 1 to 65535"));
        let mut options = Self { port: 8080, open: false };
        while let [first, rest @ ..] = arguments {
            arguments = rest;
            match (*first, rest) {
                ("--open", _) => options.open = true,
                ("--port", [value, rest @ ..]) => {
                    options.port = port(value)?;
                    arguments = rest;
                }
                (other, _) => match other.strip_prefix("--port=") {
                    Some(value) => options.port = port(value)?,
                    None => return Err(format!("`serve` does not know `{other}`; it knows --port N and --open")),
                },
            }
        }
        Ok(options)
    }
}

/// Builds the page and serves it until it is interrupted.
pub fn serve(steps: &mut Steps, options: &ServeOptions) -> Result<()> {
    let port = options.port;
    if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        return Err(format!(
            "port {port} of this machine is taken ({error}); choose another: cargo xtask serve --port {}",
            port.saturating_add(1)
        ));
    }
    wasm_target(steps)?;
    let mut first = First::prepare()?;
    prepare(steps)?;
    let begin = Instant::now();
    let mut command = trunk("serve");
    command.args(["--address", "127.0.0.1", "--port", &port.to_string()]);
    if options.open {
        command.arg("--open=true");
    }
    if first.is_some() {
        println!("\n== serve: compiling the page and its CPU worker, about 5 minutes the first time; the other workers come later");
        // A page that reloads itself when a worker is there would lose its run.
        command.args([first::PAGE, "--no-autoreload=true"]);
        // As in Trunk.toml, with the other page.
        command.args([first::PAGE, "src", "www", "Cargo.toml"].map(|watched| format!("--watch={watched}")));
    } else {
        println!("\n== serve: compiling what has changed in the page and its workers");
    }
    let mut child = command.spawn().map_err(|error| format!("trunk cannot be started: {error}"))?;
    let mut announced = false;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return if status.success() { Ok(()) } else { Err(format!("trunk ended ({status}); its reason is above")) };
        }
        if !announced && answers(port, "/") {
            announced = true;
            steps.pass("page", begin.elapsed());
            print!("\n{}", steps.table());
            let reload = if first.is_some() { "it trains on the CPU now" } else { "it reloads itself when a file changes" };
            println!("\nThe page is ready at http://127.0.0.1:{port}/ ({reload}; Ctrl-C stops)\n");
        }
        if announced && let Some(coming) = &mut first {
            match coming.advance(steps, |path| answers(port, path)) {
                Ok(true) => {}
                Ok(false) => {
                    first = None;
                    print!("\n{}", steps.table());
                    println!("\nEverything is built: reload the page at http://127.0.0.1:{port}/ for all devices.");
                    println!("(From the next `cargo xtask serve` on, pages reload themselves when a file changes.)\n");
                }
                Err(message) => {
                    first = None;
                    eprintln!("\nerror: {message}\n");
                }
            }
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Whether `port` serves the file `path`, rather than refusing it or answering with an error.
fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

/// Builds the page into `dist/` and seals it.
pub fn build(steps: &mut Steps) -> Result<()> {
    let dist = bundle(steps)?;
    println!("\n{} is ready: static files for any host, under any path", dist.display());
    Ok(())
}

/// Builds the page into `dist/`, seals it and returns the folder.
pub fn bundle(steps: &mut Steps) -> Result<PathBuf> {
    prepare(steps)?;
    let dist = root().join("dist");
    steps.run("bundle", "compile the page and its workers; about 10 minutes the first time", || run(&mut trunk("build")))?;
    steps.run("seal", "allow the page's scripts by hash, check the modules", || seal(&dist))?;
    Ok(dist)
}

/// Makes sure of everything that Trunk needs before it runs: it is told to stay off the network, because the tools it
/// would fetch are not the ones the code was locked to, and a room without network should see the same build.
fn prepare(steps: &mut Steps) -> Result<()> {
    wasm_target(steps)?;
    steps.once("wasm-bindgen", "makes the JavaScript around each module", tools::wasm_bindgen)?;
    steps.once("trunk", "bundles the page", tools::trunk)?;
    steps.once("data", "list the data sets in www/data/", data::list)?;
    steps.once("lessons", "complete the list of lessons in www/lessons/", lessons::list)?;
    steps.once("dependencies", "fetch the crates; a minute the first time", || {
        let compiler = output(command("rustc").arg("-vV"))?;
        let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what host it runs on")?;
        run(cargo().args(["fetch", "--target", tools::WASM_TARGET, "--target", host]))
    })
}

/// Makes sure of the compiler's target, before anything is compiled for it.
pub fn wasm_target(steps: &mut Steps) -> Result<()> {
    steps.once("wasm target", "the compiler's library for the browser; seconds", tools::wasm_target)
}

fn trunk(subcommand: &str) -> Command {
    let mut trunk = command("trunk");
    trunk.args([subcommand, "--release=true", "--offline=true"]).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk takes only "true" and "false" for NO_COLOR and stops at the "1" that everybody sets.
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        trunk.env("NO_COLOR", "true");
    } else {
        trunk.env_remove("NO_COLOR");
    }
    trunk
}

fn seal(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let build = names::seal(dist)?;
    let sealed = names::put_id(&csp::seal(&html)?, &build)?;
    if let Some(url) = csp::rooted_urls(&sealed).first() {
        return Err(format!("index.html has a URL that starts at the host's root ({url}), so it would work under / only"));
    }
    fs::write(&page, sealed).map_err(|error| format!("{}: {error}", page.display()))?;
    println!("build {build}");
    write_headers(dist)?;
    let modules = modules(dist)?;
    if modules.is_empty() {
        return Err("dist/ has no WebAssembly module".into());
    }
    println!("{:<40} {:>10} {:>12}", "module", "kB", "kB gzip -9");
    for path in modules {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let module = fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
        let exports = wasm::export_names(&module).map_err(|error| format!("{name}: {error}"))?;
        if let Some(export) = wasm::command_exports(&exports).first() {
            return Err(format!("{name} exports {export}: it was linked as a command, so every call into it would run its constructors"));
        }
        let kilobytes = |bytes: usize| bytes as f64 / 1000.0;
        let packed = kilobytes(gzip_len(&module)?);
        println!("{name:<40} {:>10.1} {packed:>12.1}", kilobytes(module.len()));
        check_limit(&name, packed)?;
    }
    Ok(())
}

/// Writes the headers for hosts that can send them.
fn write_headers(dist: &Path) -> Result<()> {
    let read = |file: &str| fs::read_to_string(dist.join(file)).map_err(|error| format!("{file}: {error}"));
    let mut files = Vec::new();
    for file in
        names::file_names(dist)?.into_iter().chain(names::file_names(&dist.join("sandbox"))?.iter().map(|name| format!("sandbox/{name}")))
    {
        let html = if file.ends_with(".html") { Some(read(&file)?) } else { None };
        files.push((file, html));
    }
    let rules = headers::rules(&files)?;
    for (file, text) in [("_headers", headers::underscore_headers(&rules)), ("nginx.conf", headers::nginx(&rules))] {
        fs::write(dist.join(file), text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

fn check_limit(name: &str, packed: f64) -> Result<()> {
    match LIMITS.iter().find(|(module, limit)| name.starts_with(module) && packed > *limit) {
        Some((_, limit)) => Err(format!("{name} has {packed:.1} kB gzip, more than its limit of {limit} kB (LIMITS in xtask/src/site.rs)")),
        None => Ok(()),
    }
}

fn modules(dist: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dist).map_err(|error| format!("{}: {error}", dist.display()))?;
    let mut modules: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    modules.retain(|path| path.to_string_lossy().ends_with("_bg.wasm"));
    modules.sort();
    Ok(modules)
}

fn gzip_len(content: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(content).and_then(|()| encoder.finish());
    compressed.map(|bytes| bytes.len()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_over_its_limit_is_named() {
        for (module, limit) in LIMITS {
            let file = format!("{module}-0123_bg.wasm");
            assert_eq!(check_limit(&file, limit), Ok(()));
            assert!(check_limit(&file, limit + 1.0).unwrap_err().contains(&format!("limit of {limit} kB")));
        }
        assert_eq!(check_limit("worker_gpu_bg.wasm", 4000.0), Ok(()));
    }

    #[test]
    fn serve_options_in_any_order() {
        let parse = ServeOptions::parse;
        assert_eq!(parse(&[]), Ok(ServeOptions { port: 8080, open: false }));
        assert_eq!(parse(&["--open", "--port", "9000"]), Ok(ServeOptions { port: 9000, open: true }));
        assert_eq!(parse(&["--port=9001"]), Ok(ServeOptions { port: 9001, open: false }));
        assert!(parse(&["--port", "x"]).unwrap_err().contains("not a port"));
        assert!(parse(&["--port"]).is_err());
        assert!(parse(&["--public"]).unwrap_err().contains("does not know"));
    }
}
