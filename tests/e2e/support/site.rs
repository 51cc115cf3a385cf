//! The static host: the built page in a folder below the root, no special headers, 404 for what is not there.

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

/// The replacements of the page's files: bytes, or nothing at all.
type Instead = Arc<Mutex<HashMap<String, Option<Vec<u8>>>>>;

/// The server; it ends when this is dropped.
pub struct Site {
    port: u16,
    instead: Instead,
    _runtime: Runtime,
}

impl Site {
    /// Serves `EMBERSCOPE_DIST`.
    pub fn start() -> Self {
        let dist = std::env::var_os("EMBERSCOPE_DIST").map(PathBuf::from);
        let dist = dist.expect("EMBERSCOPE_DIST is not set; `cargo xtask test e2e` builds the page and sets it");
        assert!(dist.join("index.html").is_file(), "{} has no index.html; `cargo xtask build` makes it", dist.display());
        let instead = Instead::default();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be built");
        let router = Router::new().nest_service(FOLDER, ServeDir::new(dist)).layer(from_fn_with_state(instead.clone(), answer_instead));
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("this machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { port, instead, _runtime: runtime }
    }

    /// The page's address when the machine is called `host`.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}{FOLDER}/", self.port)
    }

    /// Serves `bytes` as `file` from now on.
    pub fn put(&self, file: &str, bytes: Vec<u8>) {
        self.change().insert(format!("{FOLDER}/{file}"), Some(bytes));
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

    fn change(&self) -> std::sync::MutexGuard<'_, HashMap<String, Option<Vec<u8>>>> {
        self.instead.lock().expect("nobody panics with it")
    }
}

async fn answer_instead(State(instead): State<Instead>, request: Request, next: Next) -> Response {
    let other = instead.lock().ok().and_then(|instead| instead.get(request.uri().path()).cloned());
    match other {
        // A browser runs nothing as a module that is not called JavaScript.
        Some(Some(bytes)) if request.uri().path().ends_with(".js") => ([(CONTENT_TYPE, "text/javascript")], bytes).into_response(),
        Some(Some(bytes)) if request.uri().path().ends_with(".html") => ([(CONTENT_TYPE, "text/html")], bytes).into_response(),
        Some(Some(bytes)) => bytes.into_response(),
        Some(None) => StatusCode::NOT_FOUND.into_response(),
        None => next.run(request).await,
    }
}
