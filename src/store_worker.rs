//! The storage worker: the [`store`](crate::store) on the browser's private files.
//!
//! The page feeds it, not the worker that trains: the page has every record anyway, names and pins are its own, and so training
//! knows nothing of storing and cannot wait for it. It is the only worker that keeps its way to the disk; those that train give theirs up
//! (`web::confine`). Never here: what the files mean, the page.

use crate::store::disk::{Disk, File, Result, Trouble};
use crate::store::keeper::Keeper;
use crate::store::key::{folder_of_page, locks_of};
use crate::store::message::{Ask, Said, Tell, What};
use crate::web::opfs::{self, Folder, Lock, OpenFile, Thrown};
use crate::web::port::{Bulk, PagePort};
use crate::web::tasks::{Turns, spawn};
use crate::web::{build, confine};
use std::cell::RefCell;
use std::rc::Rc;

/// The folder of this page's runs.
struct Opfs {
    root: Folder,
    /// The begin of the names of its locks.
    prefix: String,
}

impl From<Thrown> for Trouble {
    fn from(thrown: Thrown) -> Self {
        match thrown.name.as_str() {
            "QuotaExceededError" => Self::Full,
            "NoModificationAllowedError" => Self::Busy,
            "NotFoundError" => Self::Gone,
            _ => Self::Other(thrown.message),
        }
    }
}

impl File for OpenFile {
    fn length(&self) -> Result<u64> {
        Ok(OpenFile::length(self)?)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<usize> {
        // Chromium has also said -8, as a number of 32 bits without sign.
        let written = OpenFile::write(self, at, bytes)?;
        Ok(if (0.0..=bytes.len() as f64).contains(&written) { written as usize } else { 0 })
    }

    fn truncate(&mut self, length: u64) -> Result<()> {
        Ok(OpenFile::truncate(self, length)?)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(OpenFile::flush(self)?)
    }
}

/// `found`, or `none` where there is nothing.
fn or_none<T>(found: opfs::Result<T>, none: T) -> Result<T> {
    match found.map_err(Trouble::from) {
        Err(Trouble::Gone) => Ok(none),
        other => other,
    }
}

impl Disk for Opfs {
    type File = OpenFile;
    type Lock = Lock;

    async fn folders(&self) -> Result<Vec<String>> {
        Ok(self.root.names(true).await?.into_iter().map(|(name, _)| name).collect())
    }

    async fn files(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        match or_none(self.root.folder(folder, false).await.map(Some), None)? {
            Some(folder) => Ok(folder.names(false).await?),
            None => Ok(Vec::new()),
        }
    }

    async fn open(&self, folder: &str, file: &str) -> Result<OpenFile> {
        Ok(self.root.folder(folder, true).await?.open(file).await?)
    }

    async fn read(&self, folder: &str, file: &str, from: u64, most: usize) -> Result<Vec<u8>> {
        Ok(self.root.folder(folder, false).await?.read(file, from, most).await?)
    }

    async fn remove_file(&self, folder: &str, file: &str) -> Result<()> {
        match or_none(self.root.folder(folder, false).await.map(Some), None)? {
            Some(folder) => or_none(folder.remove(file).await, ()),
            None => Ok(()),
        }
    }

    async fn remove_folder(&self, folder: &str) -> Result<()> {
        or_none(self.root.remove(folder).await, ())
    }

    async fn lock(&self, folder: &str) -> Result<Option<Lock>> {
        Ok(opfs::lock(&format!("{}{folder}", self.prefix)).await?)
    }

    async fn locked(&self) -> Result<Vec<String>> {
        let all = opfs::locks().await?;
        Ok(all.iter().filter_map(|name| name.strip_prefix(&self.prefix).map(str::to_owned)).collect())
    }

    async fn room(&self) -> (f64, f64) {
        opfs::room().await
    }
}

/// Opens the folder of the page at `path`.
async fn open(path: &str) -> Result<Keeper<Opfs>> {
    let name = folder_of_page(path);
    let root = Folder::root().await?.folder(&name, true).await?;
    let disk = Opfs { root, prefix: locks_of(&name) };
    // Without locks two tabs would write one file.
    disk.locked().await?;
    Ok(Keeper::new(disk))
}

/// The keeper, once the page has said where it is; one question at a time.
#[derive(Default)]
struct Desk {
    turns: Turns,
    keeper: RefCell<Option<Keeper<Opfs>>>,
}

impl Desk {
    async fn answer(&self, what: What, bulk: Bulk) -> (Said, Bulk) {
        let _turn = self.turns.wait().await;
        if let What::Open { path } = &what {
            return match open(path).await {
                Ok(keeper) => {
                    *self.keeper.borrow_mut() = Some(keeper);
                    (Said::Done, Bulk::new())
                }
                Err(trouble) => (Said::Trouble(trouble), Bulk::new()),
            };
        }
        // Out of its place while it works, which only one at a time does.
        let keeper = self.keeper.borrow_mut().take();
        let Some(mut keeper) = keeper else { return (Said::Trouble(Trouble::Gone), Bulk::new()) };
        let answer = keeper.obey(what, bulk).await;
        *self.keeper.borrow_mut() = Some(keeper);
        answer
    }
}

/// Starts the worker: it says that it is ready, and answers from then on.
pub fn start() {
    console_error_panic_hook::set_once();
    let Ok(port) = PagePort::open() else { return };
    confine::confine_but_storage();
    let (desk, to_page) = (Rc::new(Desk::default()), port.clone());
    port.listen(move |message: crate::error::Result<(Ask, crate::error::Result<Bulk>)>, _| {
        // What cannot be understood has no number to answer to.
        let Ok((Ask { request, what }, bulk)) = message else { return };
        let (desk, port) = (desk.clone(), to_page.clone());
        spawn(async move {
            let (said, bulk) = match bulk {
                Ok(bulk) => desk.answer(what, bulk).await,
                Err(error) => (Said::Trouble(Trouble::Other(error.message().to_owned())), Bulk::new()),
            };
            port.post(&Tell { request, said }, &bulk);
        });
    });
    port.post(&Tell { request: 0, said: Said::Ready(build::of_worker()) }, &[]);
}
