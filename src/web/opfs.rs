//! The browser's private files (OPFS), as a worker has them, and its locks. Asked for by name: where a browser has none, as in
//! some private windows and on hosts without TLS, that is an error and no trap.
//!
//! Never here: what is in the files, what to do without them.

use super::js::{call, get, get_string, message_of};
use futures_channel::oneshot;
use js_sys::{Array, AsyncIterator, Function, Object, Promise, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// An exception of the browser: the name of its kind, and its message.
#[derive(Clone, Debug, PartialEq)]
pub struct Thrown {
    /// The kind: `NotFoundError`.
    pub name: String,
    /// The message.
    pub message: String,
}

/// A `Result` of the browser.
pub type Result<T> = std::result::Result<T, Thrown>;

impl From<JsValue> for Thrown {
    fn from(thrown: JsValue) -> Self {
        Self { name: get_string(&thrown, "name"), message: message_of(&thrown) }
    }
}

/// The result of `object[name](arguments)`.
fn invoke(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue> {
    let function: Function = get(object, name)
        .dyn_into()
        .map_err(|_| Thrown { name: "NotSupportedError".to_owned(), message: format!("this browser has no {name}") })?;
    let list: Array = arguments.iter().collect();
    Ok(function.apply(object, &list)?)
}

/// The value that the promise `object[name](arguments)` comes to.
async fn settled(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue> {
    let promise: Promise = invoke(object, name, arguments)?.dyn_into().map_err(|_| Thrown::from(JsValue::from_str("no promise")))?;
    Ok(JsFuture::from(promise).await?)
}

fn option(key: &str, value: impl Into<JsValue>) -> JsValue {
    let object = Object::new();
    Reflect::set(&object, &key.into(), &value.into()).ok();
    object.into()
}

fn navigator(name: &str) -> JsValue {
    get(&get(&js_sys::global().into(), "navigator"), name)
}

/// Number of times that a file which is being written is read at most: it is written to a few times a second.
const MOST_ATTEMPTS: u32 = 20;

/// A folder.
#[derive(Clone)]
pub struct Folder(JsValue);

impl Folder {
    /// The folder of everything that this origin keeps.
    ///
    /// # Errors
    /// When the browser gives none.
    pub async fn root() -> Result<Self> {
        settled(&navigator("storage"), "getDirectory", &[]).await.map(Self)
    }

    /// The folder `name` in this one, which is made if `make`.
    ///
    /// # Errors
    /// `NotFoundError` when it is not there.
    pub async fn folder(&self, name: &str, make: bool) -> Result<Self> {
        settled(&self.0, "getDirectoryHandle", &[name.into(), option("create", make)]).await.map(Self)
    }

    async fn handle(&self, name: &str, make: bool) -> Result<JsValue> {
        settled(&self.0, "getFileHandle", &[name.into(), option("create", make)]).await
    }

    /// The names in this folder: those of folders, or of files with their lengths.
    ///
    /// # Errors
    /// What the browser throws.
    pub async fn names(&self, folders: bool) -> Result<Vec<(String, u64)>> {
        let wanted = if folders { "directory" } else { "file" };
        let entries: AsyncIterator = invoke(&self.0, "values", &[])?.unchecked_into();
        let mut names = Vec::new();
        loop {
            let next = JsFuture::from(entries.next().map_err(Thrown::from)?).await?;
            if get(&next, "done").is_truthy() {
                return Ok(names);
            }
            let entry = get(&next, "value");
            if get_string(&entry, "kind") == wanted {
                let length = if folders { 0.0 } else { get(&settled(&entry, "getFile", &[]).await?, "size").as_f64().unwrap_or(0.0) };
                names.push((get_string(&entry, "name"), length as u64));
            }
        }
    }

    /// The bytes, at most `most`, of the file `name` from `from` on. Another tab may be writing it.
    ///
    /// # Errors
    /// `NotFoundError` when it is not there.
    pub async fn read(&self, name: &str, from: u64, most: usize) -> Result<Vec<u8>> {
        let mut attempts = 1;
        loop {
            match self.read_as_it_is(name, from, most).await {
                // What the browser gave is the file of a moment, and cannot be read any more once it was written to.
                Err(thrown) if thrown.name == "NotReadableError" && attempts < MOST_ATTEMPTS => attempts += 1,
                read => return read,
            }
        }
    }

    async fn read_as_it_is(&self, name: &str, from: u64, most: usize) -> Result<Vec<u8>> {
        let file = settled(&self.handle(name, false).await?, "getFile", &[]).await?;
        let (from, end) = (from as f64, from as f64 + most as f64);
        let part = invoke(&file, "slice", &[from.into(), end.into()])?;
        Ok(Uint8Array::new(&settled(&part, "arrayBuffer", &[]).await?).to_vec())
    }

    /// Opens the file `name` for writing, which is made if it is not there.
    ///
    /// # Errors
    /// `NoModificationAllowedError` while another has it open.
    pub async fn open(&self, name: &str) -> Result<OpenFile> {
        settled(&self.handle(name, true).await?, "createSyncAccessHandle", &[]).await.map(OpenFile)
    }

    /// Removes what is called `name`, with all in it.
    ///
    /// # Errors
    /// `NotFoundError` when it is not there.
    pub async fn remove(&self, name: &str) -> Result<()> {
        settled(&self.0, "removeEntry", &[name.into(), option("recursive", true)]).await.map(drop)
    }
}

/// A file that is open for writing; closed when this is dropped.
pub struct OpenFile(JsValue);

impl OpenFile {
    /// The length in bytes.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn length(&self) -> Result<u64> {
        Ok(invoke(&self.0, "getSize", &[])?.as_f64().unwrap_or(0.0) as u64)
    }

    /// Writes `bytes` from `at` on and returns how many were written, as the browser says.
    ///
    /// # Errors
    /// `QuotaExceededError` when there is no room.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<f64> {
        let array = Uint8Array::from(bytes);
        Ok(invoke(&self.0, "write", &[array.into(), option("at", at as f64)])?.as_f64().unwrap_or(-1.0))
    }

    /// Makes the file `length` bytes long.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn truncate(&self, length: u64) -> Result<()> {
        invoke(&self.0, "truncate", &[(length as f64).into()]).map(drop)
    }

    /// Makes the browser write everything to the device.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn flush(&self) -> Result<()> {
        invoke(&self.0, "flush", &[]).map(drop)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        call(&self.0, "close", &Array::new());
    }
}

/// A lock among all pages of this origin; given back when this is dropped, or when its worker ends.
pub struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release.call0(&JsValue::NULL).ok();
    }
}

/// Takes the lock `name`; `None` where another has it.
///
/// # Errors
/// When the browser has no locks.
pub async fn lock(name: &str) -> Result<Option<Lock>> {
    let (sender, receiver) = oneshot::channel::<Option<Lock>>();
    // It is called once, with the lock or with nothing; the lock is held until the promise that it returns is kept.
    let on_granted = Closure::once_into_js(move |granted: JsValue| -> JsValue {
        if granted.is_null() || granted.is_undefined() {
            sender.send(None).ok();
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        if let Some(release) = release {
            sender.send(Some(Lock { release })).ok();
        }
        held.into()
    });
    let asked = invoke(&navigator("locks"), "request", &[name.into(), option("ifAvailable", true), on_granted])?;
    // Kept only once the lock is given back: nobody waits for it, but its failure is no one's to hear either.
    let asked = Rc::new(asked);
    super::tasks::spawn(async move {
        if let Some(promise) = asked.dyn_ref::<Promise>() {
            JsFuture::from(promise.clone()).await.ok();
        }
    });
    receiver.await.map_err(|_| Thrown { name: "NotSupportedError".to_owned(), message: "this browser has no locks".to_owned() })
}

/// Waits until nobody has the lock `name`.
///
/// # Errors
/// When the browser has no locks.
pub async fn freed(name: &str) -> Result<()> {
    // Shared, so that all who wait have it at once; given back as soon as it is there.
    let on_granted = Closure::once_into_js(|_: JsValue| {});
    settled(&navigator("locks"), "request", &[name.into(), option("mode", "shared"), on_granted]).await.map(drop)
}

/// The names of all locks that are held by pages of this origin.
///
/// # Errors
/// When the browser has no locks.
pub async fn locks() -> Result<Vec<String>> {
    let all = get(&settled(&navigator("locks"), "query", &[]).await?, "held");
    Ok(Array::from(&all).iter().map(|lock| get_string(&lock, "name")).collect())
}

/// The bytes that this origin has taken, and those that it may take in all; not a number where the browser does not say.
pub async fn room() -> (f64, f64) {
    let said = settled(&navigator("storage"), "estimate", &[]).await.unwrap_or(JsValue::UNDEFINED);
    let number = |key| get(&said, key).as_f64().unwrap_or(f64::NAN);
    (number("usage"), number("quota"))
}

/// Whether the browser keeps all that this origin keeps until the visitor deletes it; `None` where it does not say. With `ask` it is
/// asked to. For pages: workers cannot ask.
pub async fn is_lasting(ask: bool) -> Option<bool> {
    settled(&navigator("storage"), if ask { "persist" } else { "persisted" }, &[]).await.ok()?.as_bool()
}

/// Whether the browser answers that by itself, as those of Chromium's family do; others may ask the visitor.
pub fn decides_alone() -> bool {
    !navigator("userAgentData").is_undefined()
}
