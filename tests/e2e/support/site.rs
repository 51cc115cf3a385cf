//! The static host: the built page in a folder below the root, no special headers, 404 for what is not there.

use super::headers::Rules;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tower_http::services::ServeDir;

/// The page's folder: not the root, so that a URL that begins there would miss.
const FOLDER: &str = "/some/sub/path";

/// The headers that the host sends beside a file's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// None, as on a host that cannot be told any.
    None,
    /// Those of the build's `_headers`.
    OfTheBuild,
}

/// The replacements of the page's files: a type with bytes, or nothing at all.
type Instead = HashMap<String, Option<(&'static str, Vec<u8>)>>;

/// The server; it ends when this is dropped.
pub struct Site {
    port: u16,
    dist: PathBuf,
    instead: Arc<Mutex<Instead>>,
    _runtime: Runtime,
}

impl Site {
    /// Serves `EMBERSCOPE_DIST`, with the headers that the build made for its host if `headers`.
    pub fn start(headers: Headers) -> Self {
        let dist = std::env::var_os("EMBERSCOPE_DIST").map(PathBuf::from);
        let dist = dist.expect("EMBERSCOPE_DIST is not set; `cargo xtask test e2e` builds the page and sets it");
        assert!(dist.join("index.html").is_file(), "{} has no index.html; `cargo xtask build` makes it", dist.display());
        let instead = Arc::<Mutex<Instead>>::default();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be built");
        let files = Router::new().nest_service(FOLDER, ServeDir::new(&dist)).layer(from_fn_with_state(instead.clone(), answer_instead));
        let rules = if headers == Headers::OfTheBuild { Rules::read(&dist) } else { Rules::default() };
        let router = files.layer(from_fn_with_state(Arc::new(rules), add_headers));
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("this machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { port, dist, instead, _runtime: runtime }
    }

    /// The page's address when the machine is called `host`.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}{FOLDER}/", self.port)
    }

    /// Serves `bytes` as `file` from now on.
    pub fn put(&self, file: &str, bytes: Vec<u8>) {
        self.change().insert(format!("{FOLDER}/{file}"), Some((kind_of(file), bytes)));
    }

    /// The file from which the worker `program` starts.
    pub fn loader(&self, program: &str) -> String {
        format!("{program}-{}_loader.js", self.build())
    }

    /// Serves `script` as the worker `program` from now on; it has `VERSION` and `BUILD` for its first message.
    pub fn put_worker(&self, program: &str, script: &str) {
        let head = format!("const VERSION = {}, BUILD = '{}';\n", emberscope::protocol::VERSION, self.build());
        self.put(&self.loader(program), (head + script).into_bytes());
    }

    /// Serves a page as `file` from now on, whatever its name says.
    pub fn put_page(&self, file: &str, bytes: Vec<u8>) {
        self.change().insert(format!("{FOLDER}/{file}"), Some(("text/html", bytes)));
    }

    /// The names of the built page's files, without those in folders.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.dist).expect("the built page is a folder");
        entries.filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file())?.file_name().into_string().ok()).collect()
    }

    /// The bytes of a file of the built page.
    pub fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dist.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The id of the build that is served at first.
    pub fn build(&self) -> String {
        let page = std::fs::read_to_string(self.dist.join("index.html")).expect("the page is a text");
        let id = page.split_once("name=\"build\" content=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        id.filter(|id| !id.is_empty()).expect("the page has a build; `cargo xtask build` seals it")
    }

    /// Puts `script` before the program of every worker, in which it then runs, from now on.
    pub fn before_workers(&self, script: &str) {
        let dist = std::env::var_os("EMBERSCOPE_DIST").map(PathBuf::from).expect("it was served");
        let files = std::fs::read_dir(&dist).expect("it was served").filter_map(|file| file.ok()?.file_name().into_string().ok());
        let loaders: Vec<String> = files.filter(|file| file.starts_with("worker_") && file.ends_with("_loader.js")).collect();
        assert!(!loaders.is_empty(), "{} has no workers", dist.display());
        for loader in loaders {
            let program = std::fs::read_to_string(dist.join(&loader)).unwrap_or_else(|error| panic!("{loader}: {error}"));
            self.put(&loader, format!("{script}{program}").into_bytes());
        }
    }

    /// Answers 404 for `file` from now on.
    pub fn hide(&self, file: &str) {
        self.change().insert(format!("{FOLDER}/{file}"), None);
    }

    /// Undoes [`Site::put`] and [`Site::hide`].
    pub fn restore(&self, file: &str) {
        self.change().remove(&format!("{FOLDER}/{file}"));
    }

    fn change(&self) -> std::sync::MutexGuard<'_, Instead> {
        self.instead.lock().expect("nobody panics with it")
    }
}

/// The type by which a static host serves `file`. A browser runs nothing as a module that is not called JavaScript.
fn kind_of(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("" | "html") => "text/html",
        _ => "application/octet-stream",
    }
}

async fn answer_instead(State(instead): State<Arc<Mutex<Instead>>>, request: Request, next: Next) -> Response {
    let other = instead.lock().ok().and_then(|instead| instead.get(request.uri().path()).cloned());
    match other {
        Some(Some((kind, bytes))) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        Some(None) => StatusCode::NOT_FOUND.into_response(),
        None => next.run(request).await,
    }
}

async fn add_headers(State(rules): State<Arc<Rules>>, request: Request, next: Next) -> Response {
    let file = request.uri().path().strip_prefix(FOLDER).map(str::to_owned);
    let mut answer = next.run(request).await;
    for (name, value) in file.iter().flat_map(|file| rules.of(file)) {
        answer.headers_mut().append(name, value);
    }
    answer
}
