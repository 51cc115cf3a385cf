//! The replicas of a worker: other workers that compute shards of its batches, each at the other end of a port.
//!
//! Whatever happens to one of them, the run does not wait for long and trains the same: a shard that does not come back is computed
//! here. Never here: the arithmetic ([`crate::train::shards`]), the replica's own work (`replica`).

use crate::domain::data::Dataset;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::Step;
use crate::protocol::replica::{FromReplica, ToReplica};
use crate::protocol::{RunId, floats};
use crate::train::shards::{Awaited, PassNumbers, Replicas, Shard};
use crate::web::port::{Bulk, PeerPort};
use crate::web::tasks::now_ms;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::MessagePort;

/// The shortest time after which a shard that has not come back is taken for lost, in milliseconds.
const PATIENCE_MS: f64 = 5000.0;
/// The time after which a replica that is not ready is taken for lost, in milliseconds.
const READY_MS: f64 = 10_000.0;
/// The multiple of the time of a shard that is computed here, after which one that has not come back is taken for lost.
const PATIENCE: f64 = 4.0;

/// The replicas of this worker.
#[derive(Default)]
pub struct Team {
    members: RefCell<Vec<Rc<Member>>>,
}

struct Member {
    id: u32,
    port: RefCell<Option<PeerPort>>,
    /// The run whose model it has made.
    ready: Cell<Option<RunId>>,
    is_lost: Cell<bool>,
    /// The step whose shard it was given, until that has come back.
    given: Cell<Option<Step>>,
    given_ms: Cell<f64>,
    /// The time until which it is waited for; none while there is no wait.
    until_ms: Cell<Option<f64>>,
    numbers: RefCell<Option<PassNumbers>>,
    waiter: RefCell<Option<oneshot::Sender<()>>>,
}

impl Team {
    /// Adds the replica `id` at the other end of `port`.
    pub fn add(&self, id: u32, port: MessagePort) {
        let member = Rc::new(Member {
            id,
            port: RefCell::default(),
            ready: Cell::default(),
            is_lost: Cell::default(),
            given: Cell::default(),
            given_ms: Cell::default(),
            until_ms: Cell::default(),
            numbers: RefCell::default(),
            waiter: RefCell::default(),
        });
        let hears = Rc::downgrade(&member);
        let port = PeerPort::open(port, move |message| {
            let Some(member) = hears.upgrade() else { return };
            match message {
                Ok((message, bulk)) => member.hear(message, bulk),
                Err(_) => member.lose(),
            }
        });
        *member.port.borrow_mut() = Some(port);
        self.members.borrow_mut().push(member);
    }

    /// Loses the replica `id`.
    pub fn lose(&self, id: u32) {
        self.members.borrow().iter().filter(|member| member.id == id).for_each(|member| member.lose());
    }

    /// Looks whether a shard is waited for too long, and takes its replica for lost then. Called whenever the page has a look.
    pub fn look(&self) {
        let now = now_ms();
        for member in &*self.members.borrow() {
            if member.until_ms.get().is_some_and(|until| now > until) {
                member.lose();
            }
        }
    }

    /// Begins a run on `data`: those replicas that it needs make its model meanwhile.
    pub fn begin(&self, run: RunId, config: &RunConfig, data: &Dataset) -> Helpers {
        let mut members = self.members.borrow_mut();
        members.retain(|member| !member.is_lost.get());
        let members: Vec<Rc<Member>> = members.iter().take(config.workers as usize - 1).cloned().collect();
        for member in &members {
            let (model, loss, seed) = (config.model.clone(), config.loss, config.seed);
            member.post(&ToReplica::Model { run, model, loss, seed, shape: data.shape(), classes: data.classes().len() }, &[]);
        }
        Helpers { run, members, at_work: Vec::new() }
    }
}

impl Member {
    fn post(&self, message: &ToReplica, bulk: &[Vec<u8>]) {
        if let Some(port) = &*self.port.borrow() {
            port.post(message, bulk);
        }
    }

    fn hear(&self, message: FromReplica, bulk: Bulk) {
        match message {
            FromReplica::Ready { run } => {
                self.ready.set(Some(run));
                self.wake();
            }
            // One that comes after it was taken for lost is nobody's.
            FromReplica::Pass { step, gradients } if self.given.get() == Some(step) => {
                let mut arrays = bulk.iter().map(|bytes| floats::from_bytes(bytes));
                let outputs = arrays.next().unwrap_or_default();
                let gradients = arrays.by_ref().take(gradients).collect();
                *self.numbers.borrow_mut() = Some(PassNumbers { outputs, gradients, statistics: arrays.collect() });
                self.given.set(None);
                self.wake();
            }
            FromReplica::Pass { .. } => {}
            FromReplica::Failed { why } => {
                web_sys::console::warn_2(&"a replica cannot compute its shards:".into(), &why.into());
                self.lose();
            }
        }
    }

    /// Waits until something `is_there`, or the replica is lost: by its own word, by the page's, or after `patience_ms`.
    async fn wait(&self, patience_ms: f64, is_there: impl Fn() -> bool) {
        self.until_ms.set(Some(now_ms() + patience_ms));
        while !is_there() && !self.is_lost.get() {
            let (sender, receiver) = oneshot::channel();
            *self.waiter.borrow_mut() = Some(sender);
            receiver.await.ok();
        }
        self.until_ms.set(None);
    }

    fn lose(&self) {
        self.is_lost.set(true);
        self.given.set(None);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waiter) = self.waiter.borrow_mut().take() {
            waiter.send(()).ok();
        }
    }
}

/// The replicas of one run.
pub struct Helpers {
    run: RunId,
    members: Vec<Rc<Member>>,
    /// The replicas that may be given a shard of the present batch.
    at_work: Vec<Rc<Member>>,
}

impl Helpers {
    /// Number of workers that have a part in the present batch, with this one.
    pub fn at_work(&self) -> u32 {
        self.at_work.iter().filter(|member| !member.is_lost.get()).count() as u32 + 1
    }

    /// Waits until each replica is ready, or is lost.
    pub async fn all_ready(&self) {
        for member in &self.members {
            member.wait(READY_MS, || member.ready.get() == Some(self.run)).await;
        }
    }
}

impl Replicas for Helpers {
    fn ready(&mut self) -> usize {
        let is_ready = |member: &&Rc<Member>| member.ready.get() == Some(self.run) && !member.is_lost.get();
        self.at_work = self.members.iter().filter(is_ready).cloned().collect();
        self.at_work.len()
    }

    fn hand_out(&mut self, index: usize, arrays: &[Vec<f32>], shard: &Shard) {
        let Some(member) = self.at_work.get(index) else { return };
        let labels = shard.labels.iter().flat_map(|label| label.to_le_bytes()).collect();
        let mut bulk = vec![floats::to_bytes(&shard.inputs), labels];
        bulk.extend(arrays.iter().map(|array| floats::to_bytes(array)));
        member.given.set(Some(shard.step));
        member.given_ms.set(now_ms());
        member.numbers.borrow_mut().take();
        let Shard { step, first_row, of, .. } = *shard;
        member.post(&ToReplica::Shard { step, first_row, of }, &bulk);
    }

    fn take_in(&mut self, index: usize) -> Awaited<'_> {
        let member = self.at_work.get(index).cloned();
        Box::pin(async move {
            let member = member?;
            let patience_ms = PATIENCE_MS.max(PATIENCE * (now_ms() - member.given_ms.get()));
            member.wait(patience_ms, || member.given.get().is_none()).await;
            member.numbers.borrow_mut().take()
        })
    }
}
