//! Replicas of the CPU worker: more workers of the same program, which compute shards of its batches. They are wired to it by ports,
//! and the page has no part in what they say to each other. Never here: their work (`worker::team`, `worker::replica`).

use super::{Link, Replica, Supervisor};
use crate::domain::run::config::RunConfig;
use crate::domain::run::device::WorkerKind;
use crate::error::Result;
use crate::protocol::{Command, Event, VERSION};
use crate::web::build;
use crate::web::port::{Bulk, WorkerHandle};
use web_sys::MessageChannel;

/// Number of workers that can train at once on this device.
pub fn cores() -> u32 {
    web_sys::window().map_or(1, |window| window.navigator().hardware_concurrency() as u32).max(1)
}

impl Supervisor {
    /// Starts the replicas that a run of `config` on the worker of `kind` still lacks. The run need not wait for them.
    pub(super) fn add_replicas(&self, kind: WorkerKind, config: &RunConfig) {
        if kind != WorkerKind::Cpu {
            return;
        }
        self.ensure(kind);
        let there = self.links.borrow().get(&kind).map_or(0, |link| link.replicas.len());
        for _ in there..config.workers.min(cores()) as usize - 1 {
            // Without it the worker computes all shards by itself.
            if self.add_replica(kind).is_none() {
                return;
            }
        }
    }

    fn add_replica(&self, kind: WorkerKind) -> Option<()> {
        let id = self.next.replace(self.next.get() + 1);
        let channel = MessageChannel::new().ok()?;
        let (to_message, to_death) = (self.this.clone(), self.this.clone());
        let handle = WorkerHandle::spawn::<Event>(
            &build::loader_of(kind.program(), &self.build),
            move |message| {
                if let Some(this) = to_message.upgrade() {
                    this.hear_replica(kind, id, message);
                }
            },
            move |_| {
                if let Some(this) = to_death.upgrade() {
                    this.lose_replica(kind, id);
                }
            },
        );
        let replica = Replica { id, handle: handle.ok()?, port: Some(channel.port2()) };
        self.links.borrow_mut().get_mut(&kind)?.replicas.push(replica);
        self.send_with(kind, Command::AddReplica { replica: id }, Bulk::new(), Some(channel.port1()));
        Some(())
    }

    fn hear_replica(&self, kind: WorkerKind, id: u32, message: Result<(Event, Bulk)>) {
        match message {
            Ok((Event::Ready { version, ref build, .. }, _)) if version == VERSION && *build == self.build => {
                let mut links = self.links.borrow_mut();
                let replicas = links.get_mut(&kind).map_or(&mut [][..], |link: &mut Link| &mut link.replicas);
                if let Some(replica) = replicas.iter_mut().find(|replica| replica.id == id) {
                    replica.handle.post_with(&Command::BeReplica, &[], replica.port.take().as_ref());
                }
            }
            // Of another build, out of memory, dead: the worker goes on without it.
            _ => self.lose_replica(kind, id),
        }
    }

    fn lose_replica(&self, kind: WorkerKind, id: u32) {
        let lost = self.links.borrow_mut().get_mut(&kind).and_then(|link| {
            let place = link.replicas.iter().position(|replica| replica.id == id)?;
            Some(link.replicas.remove(place))
        });
        if lost.is_some() {
            self.steer(kind, Command::LoseReplica { replica: id });
        }
    }
}
