//! Files into the page and out of it: chosen files, dropped files, URLs that the visitor gives, files beside the page.
//!
//! Nothing is fetched that the visitor did not ask for, but for the list of files beside the page itself.

use crate::error::{Code, Error, Result};
use crate::ui::state::arrivals::{MOST_BYTES, check_size, check_together};
use crate::ui::state::data::NamedBytes;
use crate::web::download::Download;
use crate::web::js::message_of;
use js_sys::Uint8Array;
use leptos::ev::Event;
use leptos::prelude::{document, event_target, set_timeout};
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, FileList, HtmlAnchorElement, HtmlInputElement, RequestCache, Url};

fn unreadable(name: &str, cause: &str) -> Error {
    Error::new(Code::Fetch, format!("{name} cannot be read: {cause}"), "choose it again")
}

/// The files that were chosen in the field of `event`, which is emptied, so that the same ones can be chosen again.
pub fn chosen(event: &Event) -> Vec<File> {
    let input: HtmlInputElement = event_target(event);
    let files = input.files().map(|files| listed(&files)).unwrap_or_default();
    input.set_value("");
    files
}

/// The files of a list of the browser's.
pub fn listed(files: &FileList) -> Vec<File> {
    (0..files.length()).filter_map(|index| files.get(index)).collect()
}

/// The bytes of all `files`.
///
/// # Errors
/// [`Code::InvalidData`] when one is too large, or all are together: then none is read; [`Code::Fetch`] when one cannot be read.
pub async fn read_files(files: &[File]) -> Result<Vec<NamedBytes>> {
    let sizes: Vec<(String, f64)> = files.iter().map(|file| (file.name(), file.size())).collect();
    check_together(&sizes)?;
    let mut read = Vec::new();
    for file in files {
        let buffer = JsFuture::from(file.array_buffer()).await.map_err(|thrown| unreadable(&file.name(), &message_of(&thrown)))?;
        read.push(NamedBytes { name: file.name(), bytes: Uint8Array::new(&buffer).to_vec() });
    }
    Ok(read)
}

/// Fetches `url` from wherever it is and tells `on_progress` the bytes so far and, if known, in all. How long a copy in the
/// browser's cache is good is what its server said.
///
/// # Errors
/// [`Code::Fetch`] when it cannot be had, [`Code::InvalidData`] when it is too large.
pub async fn fetch(url: &str, on_progress: &dyn Fn(f64, Option<f64>)) -> Result<NamedBytes> {
    fetch_with(url, RequestCache::Default, on_progress).await
}

/// Fetches a file beside the page, for example `lessons/index.txt`, as [`fetch`] does. Its host is asked each time whether the copy in the cache is still right, since
/// few static hosts say for how long it will be; a file that has not changed does not come again.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_beside(path: &str, on_progress: &dyn Fn(f64, Option<f64>)) -> Result<NamedBytes> {
    fetch_with(&format!("./{path}"), RequestCache::NoCache, on_progress).await
}

/// The path of a data file beside the page.
fn in_data(name: &str) -> String {
    format!("data/{name}")
}

async fn fetch_with(url: &str, cache: RequestCache, on_progress: &dyn Fn(f64, Option<f64>)) -> Result<NamedBytes> {
    let failed = |cause: String| {
        let hint = "check the address; the other site must allow its use from anywhere (CORS); or download the file and choose it";
        Error::new(Code::Fetch, format!("{url} cannot be fetched: {cause}"), hint)
    };
    let download = Download::open(url, cache).await.map_err(failed)?;
    let length = download.length();
    check_size(url, length.unwrap_or(0.0), MOST_BYTES)?;
    let mut bytes = Vec::new();
    while let Some(part) = download.next().await.map_err(failed)? {
        let start = bytes.len();
        check_size(url, start as f64 + f64::from(part.length()), MOST_BYTES)?;
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        on_progress(bytes.len() as f64, length);
    }
    let name = url.rsplit('/').next().unwrap_or(url).to_owned();
    Ok(NamedBytes { name, bytes })
}

/// A data set beside the page, in its folder `data/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SiteData {
    /// The name of the set.
    pub name: String,
    /// The name of the images' file.
    pub images: String,
    /// The name of the labels' file.
    pub labels: String,
}

/// The largest list of data sets beside the page, in bytes, and the most sets of it that are offered.
const MOST_LISTED: (usize, usize) = (1 << 20, 200);

/// The data sets that the page's host has put beside it; none if there is no list.
pub async fn site_data() -> Vec<SiteData> {
    let list = fetch_beside(&in_data("index.json"), &|_, _| {}).await.ok().filter(|list| list.bytes.len() <= MOST_LISTED.0);
    let mut sets: Vec<SiteData> = list.and_then(|list| serde_json::from_slice(&list.bytes).ok()).unwrap_or_default();
    sets.truncate(MOST_LISTED.1);
    sets
}

/// Fetches both files of a set beside the page.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_site_data(set: &SiteData, on_progress: &dyn Fn(f64, Option<f64>)) -> Result<Vec<NamedBytes>> {
    let images = fetch_beside(&in_data(&set.images), on_progress).await?;
    let labels = fetch_beside(&in_data(&set.labels), on_progress).await?;
    Ok(vec![images, labels])
}

/// Lets the visitor save `bytes` as a file called `name`.
pub fn save(name: &str, kind: &str, bytes: &[u8]) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes));
    if let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        save_blob(&blob, name);
    }
}

/// Lets the visitor save `blob` as a file called `name`; `None` if the browser cannot.
pub fn save_blob(blob: &Blob, name: &str) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let anchor: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser has taken the bytes by the click, or takes them in its own time: a minute is enough for both.
    set_timeout(move || drop(Url::revoke_object_url(&url)), std::time::Duration::from_secs(60));
    Some(())
}

/// Progress of a download, in words.
pub fn progress_words(bytes: f64, length: Option<f64>) -> String {
    match length {
        Some(length) if length > 0.0 => format!("loading … {:.0} %", 100.0 * bytes / length),
        _ => format!("loading … {:.1} MB", bytes / 1e6),
    }
}
