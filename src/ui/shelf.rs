//! The shelf: keeps runs on the visitor's device, by way of the storage worker. The only place in the page that knows of that one.
//!
//! The page feeds the storage worker, and not the worker that trains: names, pins and deletions are the page's own, it has every
//! record as soon as it is recorded, and so nothing of storing can hold up the training. What is recorded gathers for a quarter of a
//! second, and one message a run is on its way at a time (`ui::state::outgoing`). Where the browser keeps nothing, runs go on in this tab,
//! and that is told; where it has no more room, what was recorded waits here until it is tried again. Never here: which runs there are
//! (the store), what entries say (`ui::state::keeping`), what becomes of a run for which there is no room (`ui::session`).

mod room;
mod states;

use crate::domain::run::checkpoint::CheckpointCard;
use crate::export::weights::Weights;
use crate::protocol::{Event, RunId};
use crate::store::disk::Trouble;
use crate::store::entry::{Filed, STATE, WEIGHTS};
use crate::store::key::{folder_of_page, locks_of, new_key};
use crate::store::message::{Ask, Card, Said, Tell, What};
use crate::ui::state::keeping::{push_end, push_event, push_mark, push_values};
use crate::ui::state::outgoing::{Outgoing, Parcel};
use crate::ui::state::shelved::{Mode, Shelved, lost_words};
use crate::ui::state::store::{RunState, Store};
use crate::web::build;
use crate::web::js::get;
use crate::web::opfs;
use crate::web::port::{Bulk, WorkerHandle};
use crate::web::tasks::spawn;
use futures_channel::oneshot;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::{Rc, Weak};

/// The program of the storage worker.
const PROGRAM: &str = "worker_store";
/// Bytes that are not held back any longer.
const POST_AT: usize = 64 << 10;
/// Bytes of a run that wait for the disk at most: one that records more while nothing is written is kept no further.
const MOST_WAITING: usize = 64 << 20;
/// One message in so many is made safe from the death of the machine, too: about one in five seconds.
const COMMIT_EVERY: u32 = 20;

/// The answer of the storage worker, once it comes.
type Answer = Pin<Box<dyn Future<Output = Result<(Said, Bulk), Trouble>>>>;

/// A run on the shelf.
#[derive(Default)]
struct Kept {
    key: String,
    out: Outgoing,
    is_live: bool,
    /// Whether nothing more of it can be kept.
    is_lost: bool,
    /// Whether it goes on from a state: what it calls its begin is none.
    goes_on: bool,
    /// Whether a state of it was put.
    has_state: bool,
    posts: u32,
    state: Option<Filed>,
    /// Called when a state that waits is in its place, or given up.
    taken: Option<Box<dyn FnOnce()>>,
}

/// The shelf.
pub struct Shelf {
    /// The keeping of runs, as it stands.
    pub shelved: RwSignal<Shelved>,
    worker: RefCell<Option<WorkerHandle>>,
    questions: RefCell<HashMap<u32, oneshot::Sender<(Said, Bulk)>>>,
    next: Cell<u32>,
    runs: RefCell<HashMap<RunId, Kept>>,
    /// Whether the browser was asked in this visit to keep everything for good.
    has_asked: Cell<bool>,
    this: Weak<Self>,
}

impl Shelf {
    /// A shelf that is not open yet.
    pub fn new() -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            shelved: RwSignal::default(),
            worker: RefCell::default(),
            questions: RefCell::default(),
            next: Cell::new(1),
            runs: RefCell::default(),
            has_asked: Cell::default(),
            this: this.clone(),
        })
    }

    fn mode(&self) -> Mode {
        self.shelved.with_untracked(|shelved| shelved.mode)
    }

    /// Starts the storage worker and gives all runs that are kept; none where the browser keeps nothing.
    pub async fn open(&self) -> Vec<Card> {
        let cards = self.try_to_open().await.ok();
        let mode = if cards.is_some() { Mode::Kept } else { Mode::TabOnly };
        self.shelved.update(|shelved| shelved.mode = mode);
        if mode == Mode::TabOnly {
            self.give_up();
        }
        self.ask_room();
        cards.unwrap_or_default()
    }

    async fn try_to_open(&self) -> Result<Vec<Card>, Trouble> {
        // Told by the page already, without a worker: no private files here.
        if get(&get(&window(), "navigator"), "storage").is_undefined() {
            return Err(Trouble::Gone);
        }
        let (sender, ready) = oneshot::channel();
        self.questions.borrow_mut().insert(0, sender);
        let own_build = build::of_page();
        let (to_message, to_death) = (self.this.clone(), self.this.clone());
        let heard = move |message: crate::error::Result<(Tell, Bulk)>| {
            if let (Some(this), Ok((tell, bulk))) = (to_message.upgrade(), message)
                && let Some(sender) = this.questions.borrow_mut().remove(&tell.request)
            {
                sender.send((tell.said, bulk)).ok();
            }
        };
        let died = move |_| {
            if let Some(this) = to_death.upgrade() {
                this.give_up();
            }
        };
        let worker = WorkerHandle::spawn::<Tell>(&build::loader_of(PROGRAM, &own_build), heard, died);
        *self.worker.borrow_mut() = Some(worker.map_err(|error| Trouble::Other(error.message().to_owned()))?);
        match ready.await {
            Ok((Said::Ready(build), _)) if build == own_build => {}
            _ => return Err(Trouble::Gone),
        }
        self.ask(What::Open { path: path_of_page() }, &Bulk::new()).await?;
        match self.ask(What::List, &Bulk::new()).await? {
            (Said::Listed(cards), _) => Ok(cards),
            _ => Err(Trouble::Gone),
        }
    }

    /// Keeps nothing any more: the worker is gone, or there never was one.
    fn give_up(&self) {
        self.worker.borrow_mut().take();
        self.questions.borrow_mut().clear();
        let all = std::mem::take(&mut *self.runs.borrow_mut());
        all.into_values().filter_map(|kept| kept.taken).for_each(|taken| taken());
        self.shelved.update(|shelved| {
            (shelved.mode, shelved.trouble) = (Mode::TabOnly, String::new());
            (shelved.waiting, shelved.left) = (Vec::new(), Vec::new());
        });
    }

    fn ask(&self, what: What, bulk: &Bulk) -> Answer {
        let request = self.next.replace(self.next.get().wrapping_add(1).max(1));
        let (sender, receiver) = oneshot::channel();
        if let Some(worker) = &*self.worker.borrow() {
            self.questions.borrow_mut().insert(request, sender);
            worker.post(&Ask { request, what }, bulk);
        }
        Box::pin(async move {
            match receiver.await {
                Ok((Said::Trouble(trouble), _)) => Err(trouble),
                Ok(answer) => Ok(answer),
                Err(_) => Err(Trouble::Other("the storage worker is gone".to_owned())),
            }
        })
    }

    /// The next piece of the log of the run `key`, and whether it was the last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, key: &str, first: bool) -> Result<(Vec<u8>, bool), Trouble> {
        match self.ask(What::Read { run: key.to_owned(), first }, &Bulk::new()).await? {
            (Said::Piece { is_last, .. }, mut bulk) => Ok((bulk.pop().unwrap_or_default(), is_last)),
            _ => Err(Trouble::Gone),
        }
    }

    /// Takes the run `id` of an earlier visit, which is kept as `key`, under its care.
    pub fn adopt(&self, id: RunId, key: &str, state: Option<Filed>) {
        self.runs.borrow_mut().insert(id, Kept { key: key.to_owned(), state, ..Kept::default() });
    }

    /// Takes the run `id` from its care, and leaves it on the device.
    pub fn leave(&self, id: RunId) {
        self.runs.borrow_mut().remove(&id);
    }

    /// Waits until no tab writes the run that is kept as `key`; whether that could be waited for.
    pub async fn freed(&self, key: &str) -> bool {
        opfs::freed(&(locks_of(&folder_of_page(&path_of_page())) + key)).await.is_ok()
    }

    /// Whether the run that is kept as `key` is under its care.
    pub fn has(&self, key: &str) -> bool {
        self.runs.borrow().values().any(|kept| kept.key == key)
    }

    /// Whether the run `id` is kept, as far as it is recorded.
    pub fn keeps(&self, id: RunId) -> bool {
        self.mode() == Mode::Kept && self.runs.borrow().get(&id).is_some_and(|kept| !kept.is_lost && !kept.out.is_full())
    }

    /// Keeps what was just recorded; `data_hash` is asked for the hash of the run's data.
    pub fn note(&self, store: &Store, event: &Event, bulk: &Bulk, data_hash: impl FnOnce() -> Option<String>) {
        let Some(run) = event.run().and_then(|run| store.run(run)).filter(|_| self.mode() != Mode::TabOnly) else { return };
        let mut hash = None;
        if let Event::Started { .. } = event {
            hash = data_hash();
            let mut runs = self.runs.borrow_mut();
            let kept = runs.entry(run.id).or_default();
            if kept.key.is_empty() {
                kept.key = new_key(js_sys::Date::now(), js_sys::Math::random());
            }
            if kept.goes_on {
                return;
            }
            (kept.is_live, kept.is_lost) = (true, false);
            self.shelved.update(|shelved| shelved.trouble.clear());
            drop(runs);
            self.ask_once_to_last();
        }
        self.push(run.id, |out| push_event(store, run, event, bulk, hash, out));
        if let Event::Learned { card, arrays, .. } = event {
            let weights = Weights { heads: arrays.clone(), values: bulk.clone(), step: Some(card.step), config: None };
            if let (Ok(bytes), Some((slot, about))) = (weights.to_bytes(), slot_of(card)) {
                self.put(run.id, slot, about, bytes);
            }
        }
    }

    /// Keeps a value that a script has logged.
    pub fn note_value(&self, id: RunId, name: &str, step: u32, value: f64) {
        self.push(id, |out| push_values(step, &[(name, value)], out));
    }

    /// Keeps the end of the run `id`.
    pub fn note_end(&self, store: &Store, id: RunId) {
        let Some(run) = store.run(id) else { return };
        let has_state = self.runs.borrow_mut().get_mut(&id).is_some_and(|kept| std::mem::take(&mut kept.has_state));
        if has_state && matches!(run.state, RunState::Finished(_)) {
            // Nothing is left to go on with, and it takes room.
            self.put(id, STATE.to_owned(), run.batches().to_string(), Vec::new());
        }
        self.push(id, |out| push_end(run, out));
        if let Some(kept) = self.runs.borrow_mut().get_mut(&id) {
            kept.is_live = false;
        }
        self.post(id);
        self.ask_room();
    }

    /// Deletes the weights of `card` that the run `id` has left.
    pub fn forget_weights(&self, id: RunId, card: &CheckpointCard) {
        if let Some((slot, about)) = slot_of(card) {
            self.put(id, slot, about, Vec::new());
        }
    }

    /// Keeps name and marks of the run `id` as they are now.
    pub fn note_mark(&self, store: &Store, id: RunId) {
        let Some(run) = store.run(id) else { return };
        self.push(id, |out| push_mark(store, run, out));
    }

    fn push(&self, id: RunId, push: impl FnOnce(&mut Vec<u8>)) {
        let bytes = {
            let mut runs = self.runs.borrow_mut();
            let Some(kept) = runs.get_mut(&id).filter(|kept| !kept.is_lost) else { return };
            kept.out.push(push);
            kept.out.bytes()
        };
        if bytes > MOST_WAITING {
            let is_full = self.runs.borrow().get(&id).is_some_and(|kept| kept.out.is_full());
            let why = if is_full { "more of it waits for room than may" } else { "the disk is too slow" };
            self.lose(id, &Trouble::Other(why.to_owned()));
        } else if bytes > POST_AT {
            self.post(id);
        }
    }

    /// Puts `bytes` into a file of its own, in place of the one in `slot`; `about` is what its reader wants to know first.
    pub fn put(&self, id: RunId, slot: String, about: String, bytes: Vec<u8>) {
        if let Some(kept) = self.runs.borrow_mut().get_mut(&id).filter(|kept| !kept.is_lost) {
            kept.out.put(slot, about, bytes);
        }
        self.post(id);
    }

    /// The bytes of a file of the run `key`; `None` where it is gone or damaged.
    pub async fn file(&self, key: &str, filed: &Filed) -> Option<Vec<u8>> {
        let what = What::File { run: key.to_owned(), number: filed.number, bytes: filed.bytes as f64, sum: filed.sum };
        self.ask(what, &Bulk::new()).await.ok()?.1.pop()
    }

    /// Sends what waits. To be called a few times a second.
    pub fn post_all(&self) {
        let waiting: Vec<RunId> = self.runs.borrow().iter().filter(|(_, kept)| !kept.out.is_empty()).map(|(id, _)| *id).collect();
        waiting.into_iter().for_each(|id| self.post(id));
    }

    fn post(&self, id: RunId) {
        if self.mode() != Mode::Kept {
            return;
        }
        let answer = {
            let mut runs = self.runs.borrow_mut();
            let Some(kept) = runs.get_mut(&id) else { return };
            // A run that has ended is let go with its last entries: another tab that waits for it must find it whole.
            let (run, hold) = (kept.key.clone(), kept.is_live || kept.out.has_entries_behind());
            let Some(Parcel { file, bulk, .. }) = kept.out.to_send() else { return };
            let what = match file.clone() {
                Some((slot, about)) => What::Put { run, slot, about },
                None => {
                    kept.posts = kept.posts.wrapping_add(1);
                    What::Append { run, hold, commit: kept.posts.is_multiple_of(COMMIT_EVERY) }
                }
            };
            self.ask(what, bulk)
        };
        let this = self.this.clone();
        spawn(async move {
            let settled = answer.await.map(drop);
            if let Some(this) = this.upgrade() {
                this.settle(id, settled);
            }
        });
    }

    /// Takes in what became of the message of the run `id` that was on its way.
    fn settle(&self, id: RunId, settled: Result<(), Trouble>) {
        let (slot, taken, has_caught_up, goes_on) = {
            let mut runs = self.runs.borrow_mut();
            let Some(kept) = runs.get_mut(&id) else { return };
            let slot = if settled == Err(Trouble::Full) { kept.out.refuse() } else { kept.out.settle() };
            let taken = kept.taken.take_if(|_| slot.as_deref() == Some(STATE));
            (slot, taken, kept.out.has_caught_up(), !kept.is_live || kept.out.has_file())
        };
        if let Some(taken) = taken {
            taken();
        }
        match settled {
            Ok(()) => {}
            Err(Trouble::Full) => self.note_full(id),
            // The run itself is kept on.
            Err(trouble) if slot.is_some() => self.shelved.update(|shelved| shelved.trouble = lost_words(&trouble)),
            Err(trouble) => return self.lose(id, &trouble),
        }
        if has_caught_up {
            self.note_room(id);
        }
        // Of a run that has ended nobody waits for more, and a file has waited for what it follows from.
        if goes_on {
            self.post(id);
        }
    }

    fn lose(&self, id: RunId, trouble: &Trouble) {
        let taken = {
            let mut runs = self.runs.borrow_mut();
            let Some(kept) = runs.get_mut(&id) else { return };
            // A name that another tab keeps from being written is no reason to give up the run.
            kept.is_lost = *trouble != Trouble::Busy;
            kept.out.clear();
            kept.taken.take()
        };
        if let Some(taken) = taken {
            taken();
        }
        self.note_room(id);
        self.shelved.update(|shelved| shelved.trouble = lost_words(trouble));
    }

    /// Deletes the run `id` from the device.
    pub fn delete(&self, id: RunId) {
        let Some(kept) = self.runs.borrow_mut().remove(&id) else { return };
        self.note_room(id);
        let (answer, this) = (self.ask(What::Delete { run: kept.key }, &Bulk::new()), self.this.clone());
        spawn(async move {
            let done = answer.await;
            let Some(this) = this.upgrade() else { return };
            if let Err(trouble) = done {
                let words = match trouble {
                    Trouble::Busy => "Another tab of this page is training this run: it stays on this device.".to_owned(),
                    other => format!("A run could not be deleted from this device: {other:?}."),
                };
                this.shelved.update(|shelved| shelved.trouble = words);
            }
            this.ask_room();
        });
    }

    /// Deletes every run on the device that nobody is writing, those too that cannot be read.
    pub async fn clear(&self) {
        if self.ask(What::Clear, &Bulk::new()).await.is_ok() {
            self.shelved.update(|shelved| (shelved.unread, shelved.trouble) = (0, String::new()));
        }
        self.ask_room();
    }
}

/// The path of the page's own folder on its host.
fn path_of_page() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.rfind('/').map_or("", |end| &path[..=end]).to_owned()
}

/// The slot of the weights of `card`, and the card as text.
fn slot_of(card: &CheckpointCard) -> Option<(String, String)> {
    Some((format!("{WEIGHTS}{}", card.name), serde_json::to_string(card).ok()?))
}
