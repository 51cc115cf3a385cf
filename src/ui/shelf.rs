//! The shelf: keeps runs on the visitor's device, by way of the storage worker. The only place in the page that knows of that one.
//!
//! The page feeds the storage worker, and not the worker that trains: names, pins and deletions are the page's own, it has every
//! record as soon as it is recorded, and so nothing of storing can hold up the training. What is recorded gathers for a quarter of a
//! second, and one message a run is on its way at a time: a slow disk makes messages larger, not more. Where the browser keeps nothing,
//! or no more, runs go on in this tab, and that is told. Never here: which runs there are (the store), what entries say
//! (`ui::state::keeping`).

mod states;

use crate::domain::run::checkpoint::CheckpointCard;
use crate::export::weights::Weights;
use crate::protocol::{Event, RunId};
use crate::store::disk::Trouble;
use crate::store::entry::{Filed, STATE, WEIGHTS};
use crate::store::key::{folder_of_page, locks_of, new_key};
use crate::store::message::{Ask, Card, Said, Tell, What};
use crate::ui::state::keeping::{push_end, push_event, push_mark, push_values};
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
/// Bytes that wait for the disk at most: a run that records more while nothing is written is kept no further.
const MOST_PENDING: usize = 64 << 20;
/// One message in so many is made safe from the death of the machine, too: about one in five seconds.
const COMMIT_EVERY: u32 = 20;

/// The answer of the storage worker, once it comes.
type Answer = Pin<Box<dyn Future<Output = Result<(Said, Bulk), Trouble>>>>;

/// A run on the shelf.
#[derive(Default)]
struct Kept {
    key: String,
    /// Entries that wait.
    pending: Vec<u8>,
    is_on_way: bool,
    is_live: bool,
    /// Whether nothing more of it can be kept.
    is_lost: bool,
    /// Whether it goes on from a state: what it calls its begin is none.
    goes_on: bool,
    /// Whether a state of it was put.
    has_state: bool,
    posts: u32,
    state: Option<Filed>,
}

/// The shelf.
pub struct Shelf {
    /// The keeping of runs, as it stands.
    pub shelved: RwSignal<Shelved>,
    worker: RefCell<Option<WorkerHandle>>,
    questions: RefCell<HashMap<u32, oneshot::Sender<(Said, Bulk)>>>,
    next: Cell<u32>,
    runs: RefCell<HashMap<RunId, Kept>>,
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
        self.ask(What::Open { path: path_of_page() }, Bulk::new()).await?;
        match self.ask(What::List, Bulk::new()).await? {
            (Said::Listed(cards), _) => Ok(cards),
            _ => Err(Trouble::Gone),
        }
    }

    /// Keeps nothing any more: the worker is gone, or there never was one.
    fn give_up(&self) {
        self.worker.borrow_mut().take();
        self.questions.borrow_mut().clear();
        self.runs.borrow_mut().clear();
        self.shelved.update(|shelved| shelved.mode = Mode::TabOnly);
    }

    fn ask(&self, what: What, bulk: Bulk) -> Answer {
        let request = self.next.replace(self.next.get().wrapping_add(1).max(1));
        let (sender, receiver) = oneshot::channel();
        if let Some(worker) = &*self.worker.borrow() {
            self.questions.borrow_mut().insert(request, sender);
            worker.post(&Ask { request, what }, &bulk);
        }
        Box::pin(async move {
            match receiver.await {
                Ok((Said::Trouble(trouble), _)) => Err(trouble),
                Ok(answer) => Ok(answer),
                Err(_) => Err(Trouble::Other("the storage worker is gone".to_owned())),
            }
        })
    }

    /// Asks how much room is taken.
    pub fn ask_room(&self) {
        let (answer, shelved) = (self.ask(What::Room, Bulk::new()), self.shelved);
        spawn(async move {
            if let Ok((Said::Room { used, quota }, _)) = answer.await {
                shelved.update(|shelved| shelved.room = (used, quota));
            }
        });
    }

    /// The next piece of the log of the run `key`, and whether it was the last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, key: &str, first: bool) -> Result<(Vec<u8>, bool), Trouble> {
        match self.ask(What::Read { run: key.to_owned(), first }, Bulk::new()).await? {
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
        self.mode() == Mode::Kept && self.runs.borrow().get(&id).is_some_and(|kept| !kept.is_lost)
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

    /// Keeps name and marks of the run `id` as they are now.
    pub fn note_mark(&self, store: &Store, id: RunId) {
        let Some(run) = store.run(id) else { return };
        self.push(id, |out| push_mark(store, run, out));
    }

    fn push(&self, id: RunId, push: impl FnOnce(&mut Vec<u8>)) {
        let is_much = {
            let mut runs = self.runs.borrow_mut();
            let Some(kept) = runs.get_mut(&id).filter(|kept| !kept.is_lost) else { return };
            push(&mut kept.pending);
            kept.pending.len()
        };
        if is_much > MOST_PENDING {
            self.lose(id, &Trouble::Other("the disk is too slow".to_owned()));
        } else if is_much > POST_AT {
            self.post(id);
        }
    }

    /// Puts `bytes` into a file of its own, in place of the one in `slot`; `about` is what its reader wants to know first.
    pub fn put(&self, id: RunId, slot: String, about: String, bytes: Vec<u8>) {
        self.put_then(id, (slot, about), bytes, None);
    }

    fn put_then(&self, id: RunId, (slot, about): (String, String), bytes: Vec<u8>, then: Option<Box<dyn FnOnce()>>) {
        // Its log must have begun, and what it follows from must be there before it.
        self.post_now(id);
        let key = self.runs.borrow().get(&id).filter(|kept| !kept.is_lost).map(|kept| kept.key.clone());
        let (Some(run), Some(this)) = (key, self.this.upgrade()) else {
            if let Some(then) = then {
                then();
            }
            return;
        };
        let answer = self.ask(What::Put { run, slot, about }, vec![bytes]);
        spawn(async move {
            if let Err(trouble) = answer.await {
                this.shelved.update(|shelved| shelved.trouble = lost_words(&trouble));
            }
            if let Some(then) = then {
                then();
            }
        });
    }

    /// The bytes of a file of the run `key`; `None` where it is gone or damaged.
    pub async fn file(&self, key: &str, filed: &Filed) -> Option<Vec<u8>> {
        let what = What::File { run: key.to_owned(), number: filed.number, bytes: filed.bytes as f64, sum: filed.sum };
        self.ask(what, Bulk::new()).await.ok()?.1.pop()
    }

    /// Sends what waits. To be called a few times a second.
    pub fn post_all(&self) {
        let waiting: Vec<RunId> = self.runs.borrow().iter().filter(|(_, kept)| !kept.pending.is_empty()).map(|(id, _)| *id).collect();
        waiting.into_iter().for_each(|id| self.post(id));
    }

    fn post(&self, id: RunId) {
        if self.runs.borrow().get(&id).is_some_and(|kept| !kept.is_on_way) {
            self.post_now(id);
        }
    }

    /// Sends what waits, though the message before may be on its way.
    fn post_now(&self, id: RunId) {
        if self.mode() != Mode::Kept {
            return;
        }
        let Some((what, bytes)) = self.runs.borrow_mut().get_mut(&id).and_then(Kept::next) else { return };
        let (answer, this) = (self.ask(what, vec![bytes]), self.this.clone());
        spawn(async move {
            let trouble = answer.await.err();
            let Some(this) = this.upgrade() else { return };
            if let Some(kept) = this.runs.borrow_mut().get_mut(&id) {
                kept.is_on_way = false;
            }
            match trouble {
                None => this.post_if_ended(id),
                Some(trouble) => this.lose(id, &trouble),
            }
        });
    }

    /// Sends on what has gathered of a run that has ended: nobody waits for more.
    fn post_if_ended(&self, id: RunId) {
        if self.runs.borrow().get(&id).is_some_and(|kept| !kept.is_live) {
            self.post(id);
        }
    }

    fn lose(&self, id: RunId, trouble: &Trouble) {
        if let Some(kept) = self.runs.borrow_mut().get_mut(&id) {
            // A name that another tab keeps from being written is no reason to give up the run.
            kept.is_lost = *trouble != Trouble::Busy;
            kept.pending = Vec::new();
        } else {
            return;
        }
        self.shelved.update(|shelved| shelved.trouble = lost_words(trouble));
    }

    /// Deletes the run `id` from the device.
    pub fn delete(&self, id: RunId) {
        let Some(kept) = self.runs.borrow_mut().remove(&id) else { return };
        let (answer, this) = (self.ask(What::Delete { run: kept.key }, Bulk::new()), self.this.clone());
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
        if self.ask(What::Clear, Bulk::new()).await.is_ok() {
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

impl Kept {
    /// The message that is to be sent next, if any may be.
    fn next(&mut self) -> Option<(What, Vec<u8>)> {
        if self.pending.is_empty() || self.is_lost {
            return None;
        }
        (self.is_on_way, self.posts) = (true, self.posts.wrapping_add(1));
        let commit = self.posts.is_multiple_of(COMMIT_EVERY);
        Some((What::Append { run: self.key.clone(), hold: self.is_live, commit }, std::mem::take(&mut self.pending)))
    }
}

/// The slot of the weights of `card`, and the card as text.
fn slot_of(card: &CheckpointCard) -> Option<(String, String)> {
    Some((format!("{WEIGHTS}{}", card.name), serde_json::to_string(card).ok()?))
}
