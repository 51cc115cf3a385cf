//! A replica: a worker that computes shards of the batches of another one.
//!
//! It has the network's plan and nothing else of the run: weights and samples come with each shard, so it has no data, no optimiser
//! and no place in the run, and may be lost at any moment. Never here: the worker that trains ([`super::team`]).

use crate::error::Result;
use crate::protocol::floats;
use crate::protocol::replica::{FromReplica, ToReplica};
use crate::train::StepTimes;
use crate::train::clock::WallClock;
use crate::train::model::Net;
use crate::train::shards::{PassNumbers, Shard};
use crate::web::port::{Bulk, PeerPort};
use crate::web::tasks::spawn;
use burn::tensor::Device;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use web_sys::MessagePort;

/// The work for another worker.
pub struct Replica {
    desk: Rc<Desk>,
}

struct Desk {
    device: Device,
    port: RefCell<Option<PeerPort>>,
    /// The network of the present run, and the run's seed.
    model: RefCell<Option<(Net, u64)>>,
}

impl Replica {
    /// Serves the worker at the other end of `port`, as long as this lives.
    pub fn serve(device: &Device, port: MessagePort) -> Self {
        let desk = Rc::new(Desk { device: device.clone(), port: RefCell::default(), model: RefCell::default() });
        let at_work: Weak<Desk> = Rc::downgrade(&desk);
        let port = PeerPort::open(port, move |message| {
            let (Some(desk), Ok((message, bulk))) = (at_work.upgrade(), message) else { return };
            spawn(async move {
                let (answer, bulk) = match desk.answer(message, bulk).await {
                    Ok(answer) => answer,
                    Err(error) => (FromReplica::Failed { why: error.message().to_owned() }, Bulk::new()),
                };
                if let Some(port) = &*desk.port.borrow() {
                    port.post(&answer, &bulk);
                }
            });
        });
        *desk.port.borrow_mut() = Some(port);
        Self { desk }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It holds the desk's listener.
        self.desk.port.borrow_mut().take();
    }
}

impl Desk {
    async fn answer(&self, message: ToReplica, bulk: Bulk) -> Result<(FromReplica, Bulk)> {
        match message {
            ToReplica::Model { run, model, loss, seed, shape, classes } => {
                let plan = model.plan(shape, classes, loss)?;
                *self.model.borrow_mut() = Some((Net::unset(plan, &self.device), u64::from(seed)));
                Ok((FromReplica::Ready { run }, Bulk::new()))
            }
            ToReplica::Shard { step, first_row, of } => {
                let Some((mut net, seed)) = self.model.borrow().clone() else {
                    return Ok((FromReplica::Failed { why: "a shard came before the model".to_owned() }, bulk));
                };
                let mut buffers = bulk.iter();
                let inputs = floats::from_bytes(buffers.next().map_or(&[], Vec::as_slice));
                let labels =
                    buffers.next().map_or(&[][..], Vec::as_slice).as_chunks().0.iter().map(|&label| u32::from_le_bytes(label)).collect();
                net.set_arrays(buffers.map(|bytes| floats::from_bytes(bytes)).collect());
                let shard = Shard { step, first_row, of, inputs, labels };
                let pass = net.pass(shard, seed, None, &mut StepTimes::default(), &WallClock::default());
                let PassNumbers { outputs, gradients, statistics } = pass.numbers().await?;
                let count = gradients.len();
                let arrays = std::iter::once(outputs).chain(gradients).chain(statistics);
                Ok((FromReplica::Pass { step, gradients: count }, arrays.map(|array| floats::to_bytes(&array)).collect()))
            }
        }
    }
}
