//! The worker: a state machine around the training, at the other end of [`crate::protocol`].
//!
//! It owns data, runs and models by value; the page owns nothing here and can only send commands. One run at a time.
//! Never here: Leptos, plotters, anything that needs a window.

#[cfg(any(feature = "cpu", feature = "ndarray"))]
pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
mod outbox;
mod run;
mod shelf;

use crate::domain::config::RunConfig;
use crate::domain::event::Step;
use crate::domain::metrics::probabilities;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, DeviceCard, Event, Failure, RequestId, RunId, VERSION, floats};
use crate::train::device_logs::{read_all, resolve};
use crate::train::fit::Reading;
use crate::train::{Batch, Trainer};
use crate::web::port::{Bulk, PagePort};
use burn::tensor::Device;
use run::{Arrays, Mailbox};
use shelf::Shelf;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// A device of this worker, and how its numbers are read.
pub struct WorkerDevice {
    /// What the page is told of it.
    pub card: DeviceCard,
    /// The device itself.
    pub device: Device,
    /// When a batch's numbers are read.
    pub reading: Reading,
}

/// Everything that this worker owns.
struct Worker {
    port: PagePort,
    devices: Vec<WorkerDevice>,
    shelf: RefCell<Shelf>,
    /// How the present run is steered; `None` between runs.
    mailbox: RefCell<Option<Rc<Mailbox>>>,
    /// The model of the last run, for predictions.
    trained: RefCell<Option<Trainer>>,
    /// What the next run begins with, in place of weights from its seed.
    first_weights: RefCell<Option<Arrays>>,
}

/// Starts the worker with `devices`: tells the page that it is ready, and serves commands from then on.
pub fn serve(port: PagePort, devices: Vec<WorkerDevice>) {
    let cards = devices.iter().map(|device| device.card.clone()).collect();
    let worker = Rc::new(Worker {
        port: port.clone(),
        devices,
        shelf: RefCell::default(),
        mailbox: RefCell::default(),
        trained: RefCell::default(),
        first_weights: RefCell::default(),
    });
    port.listen(move |message: Result<(Command, Bulk)>| match message {
        Ok((command, bulk)) => worker.clone().obey(command, bulk),
        Err(error) => worker.fail(None, None, error),
    });
    port.post(&Event::Ready { version: VERSION, devices: cards }, &[]);
}

/// Opens the port and makes sure that a death is told: a panic aborts the program, and what happens in asynchronous
/// code does not reach the page by itself.
///
/// # Errors
/// [`Code::InvalidState`] outside a worker.
pub fn open_port() -> Result<PagePort> {
    let port = PagePort::open()?;
    let died = |what: String| {
        let hint = "the page starts a new worker; if it happens again, choose another device or a smaller model";
        Event::Failed(Failure { run: None, request: None, error: Error::new(Code::WorkerDied, format!("the worker died: {what}"), hint) })
    };
    let at_panic = port.clone();
    let at_failure = port.clone();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        at_panic.post(&died(info.to_string().lines().take(3).collect::<Vec<_>>().join(" ")), &[]);
    }));
    at_failure.clone().listen_for_failures(move |what| at_failure.post(&died(what), &[]));
    Ok(port)
}

impl Worker {
    fn obey(self: Rc<Self>, command: Command, bulk: Bulk) {
        match command {
            Command::LoadData { request, id, name } => self.answer(request, |worker| {
                let [images, labels] = <[Vec<u8>; 2]>::try_from(bulk)
                    .map_err(|_| Error::new(Code::Protocol, "loading needs two files", "give images and labels"))?;
                worker.shelf.borrow_mut().load(&id, &name, &images, &labels)
            }),
            Command::DescribeData { request, data, seed } => {
                self.answer(request, |worker| worker.shelf.borrow_mut().describe(&data, seed));
            }
            Command::Start { run, config, paused } => self.start(run, *config, paused),
            Command::Pause => self.steer(Mailbox::pause),
            Command::Resume => self.steer(Mailbox::resume),
            Command::Step { batches } => self.steer(|mailbox| mailbox.step(batches)),
            Command::Stop { reason } => self.steer(|mailbox| mailbox.stop(reason)),
            Command::SetLearningRate { learning_rate } => self.steer(|mailbox| mailbox.set_learning_rate(learning_rate)),
            Command::Hidden { hidden } => self.steer(|mailbox| mailbox.set_hidden(hidden)),
            Command::SetWatchBudget { percent } => self.steer(|mailbox| mailbox.set_watch_budget(percent)),
            Command::Acknowledge => self.steer(Mailbox::acknowledge),
            Command::TakeWeights { request } => self.take_weights(request),
            Command::GiveWeights { request, arrays, config } => {
                let values = bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect();
                match self.give_weights(Arrays { heads: arrays, values }, config.as_deref()) {
                    Ok(()) => self.port.post(&Event::WeightsGiven { request }, &[]),
                    Err(error) => self.fail(None, Some(request), error),
                }
            }
            Command::Predict { request } => spawn_local(async move {
                match self.predict(bulk.first().map_or(&[], Vec::as_slice)).await {
                    Ok((classes, bytes)) => self.port.post(&Event::Predicted { request, classes }, &[bytes]),
                    Err(error) => self.fail(None, Some(request), error),
                }
            }),
        }
    }

    fn answer(&self, request: RequestId, work: impl FnOnce(&Self) -> Result<(crate::protocol::DataSummary, Vec<u8>)>) {
        match work(self) {
            Ok((summary, thumbnails)) => self.port.post(&Event::DataReady { request, summary }, &[thumbnails]),
            Err(error) => self.fail(None, Some(request), error),
        }
    }

    /// Does `how` to the present run. Without one there is nothing to steer: the run has ended while the command was
    /// on its way, which is not an error.
    fn steer(&self, how: impl FnOnce(&Mailbox)) {
        if let Some(mailbox) = self.mailbox.borrow().as_deref() {
            how(mailbox);
        }
    }

    /// Answers with all that the present run's network has learned, or else that of the last run.
    fn take_weights(self: Rc<Self>, request: RequestId) {
        if let Some(mailbox) = self.mailbox.borrow().as_deref() {
            return mailbox.take_weights(request);
        }
        spawn_local(async move {
            let asked =
                self.trained.borrow().as_ref().map(|trainer| (trainer.step_count(), trainer.net().plan().arrays(), trainer.arrays()));
            let Some((step, heads, arrays)) = asked else { return self.fail(None, Some(request), no_model()) };
            match read_all(arrays).await {
                Ok(values) => {
                    let bulk: Vec<Vec<u8>> = values.iter().map(|values| floats::to_bytes(values)).collect();
                    self.port.post(&Event::WeightsTaken { request, step, arrays: heads }, &bulk);
                }
                Err(error) => self.fail(None, Some(request), error),
            }
        });
    }

    /// Keeps `arrays` for the next run, or with `config` makes its model of them, for predictions.
    fn give_weights(&self, arrays: Arrays, config: Option<&RunConfig>) -> Result<()> {
        let Some(config) = config else {
            *self.first_weights.borrow_mut() = Some(arrays);
            return Ok(());
        };
        if self.mailbox.borrow().is_some() {
            return Err(Error::new(Code::InvalidState, "a run is going on", "stop it first"));
        }
        let data = self.shelf.borrow_mut().get(&config.data, config.seed)?;
        let mut trainer = Trainer::new(config, &data, &self.device_for(config)?.device)?;
        trainer.set_arrays(&arrays.heads, arrays.values)?;
        *self.trained.borrow_mut() = Some(trainer);
        Ok(())
    }

    fn fail(&self, run: Option<RunId>, request: Option<RequestId>, error: Error) {
        self.port.post(&Event::Failed(Failure { run, request, error }), &[]);
    }

    fn start(self: Rc<Self>, run: RunId, config: RunConfig, paused: bool) {
        if self.mailbox.borrow().is_some() {
            let error = Error::new(Code::InvalidState, "this worker is busy with another run", "stop that run first");
            return self.fail(Some(run), None, error);
        }
        let mailbox = Rc::new(Mailbox::new(paused));
        let first_weights = self.first_weights.take();
        *self.mailbox.borrow_mut() = Some(mailbox.clone());
        spawn_local(async move {
            // The last run's model goes before the new one comes: two large ones may not fit.
            *self.trained.borrow_mut() = None;
            let result = self.run(run, &config, mailbox.clone(), first_weights).await;
            *self.mailbox.borrow_mut() = None;
            match result {
                Ok(trainer) => *self.trained.borrow_mut() = Some(trainer),
                Err(error) => self.fail(Some(run), None, error),
            }
            // Asked for in the last moment: there is no turn any more.
            for request in mailbox.unanswered() {
                self.clone().take_weights(request);
            }
        });
    }

    async fn run(&self, run: RunId, config: &RunConfig, mailbox: Rc<Mailbox>, first_weights: Option<Arrays>) -> Result<Trainer> {
        let device = self.device_for(config)?;
        let data = self.shelf.borrow_mut().get(&config.data, config.seed)?;
        run::run(&self.port, run, config, &data, device, mailbox, first_weights).await
    }

    fn device_for(&self, config: &RunConfig) -> Result<&WorkerDevice> {
        let wish = config.device.id();
        // The page has already decided: `auto` reaches only the worker of its choice, whose first device it means.
        let found = if wish == "auto" { self.devices.first() } else { self.devices.iter().find(|device| device.card.id == wish) };
        found.ok_or_else(|| Error::new(Code::DeviceUnavailable, format!("this worker has no device {wish:?}"), "choose another device"))
    }

    async fn predict(&self, bytes: &[u8]) -> Result<(u32, Vec<u8>)> {
        let pending = {
            let trained = self.trained.borrow();
            let Some(trainer) = trained.as_ref() else {
                return Err(no_model());
            };
            let inputs = floats::from_bytes(bytes);
            let width = trainer.net().plan().layers[0].input.len();
            if inputs.is_empty() || !inputs.len().is_multiple_of(width) {
                let message = format!("{} numbers are not whole samples of {width}", inputs.len());
                return Err(Error::new(Code::InvalidData, message, format!("give {width} numbers a sample")));
            }
            let samples = inputs.len() / width;
            trainer.evaluate(Batch { inputs, labels: vec![0; samples] })
        };
        let mut out = Vec::new();
        let mut classes = 0;
        for outputs in resolve(vec![pending]).await? {
            let width = outputs.values.len() / outputs.labels.len();
            for row in outputs.values.chunks_exact(width) {
                let row = probabilities(row);
                classes = row.len() as u32;
                out.extend(floats::to_bytes(&row));
            }
        }
        Ok((classes, out))
    }
}

fn no_model() -> Error {
    Error::new(Code::InvalidState, "there is no trained model yet", "train one, and wait for its end or stop it")
}

/// Steps are counted in `u32` everywhere; a run of the longest config stays within.
const _: () = assert!(Step::MAX as u64 >= 10_000 * 100_000);

/// Runs all link-time constructors, once.
///
/// If nothing in a program names `__wasm_call_ctors`, the linker takes every export for a command of its own and runs
/// all constructors at each call from JavaScript. Burn registers much by constructors: 900 ms a step went there, less
/// than 1 ms after. `cargo xtask build` checks that no export is wrapped so. To be deleted when wasm-bindgen calls it.
/// Tests of the GPU call it too; a second call does nothing.
pub fn run_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: the linker makes this function; it is called once, before anything that the constructors register is used.
    ONCE.call_once(|| unsafe { __wasm_call_ctors() });
}

/// The whole program of the CPU worker.
#[cfg(feature = "cpu")]
pub fn start_cpu() {
    run_constructors();
    match open_port() {
        Ok(port) => serve(port, vec![cpu::flex()]),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}

/// The whole program of the ndarray worker.
#[cfg(feature = "ndarray")]
pub fn start_ndarray() {
    run_constructors();
    match open_port() {
        Ok(port) => serve(port, vec![cpu::ndarray()]),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}

/// The whole program of the GPU worker: it is ready when the device is, or it says why there is none.
#[cfg(feature = "gpu")]
pub fn start_gpu() {
    run_constructors();
    match open_port() {
        Ok(port) => spawn_local(async move {
            match gpu::device().await {
                Ok(device) => serve(port, vec![device]),
                Err(error) => port.post(&Event::Failed(Failure { run: None, request: None, error }), &[]),
            }
        }),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}
