//! The trainer that `run.mjs` measures: a model with given weights, trained batch by batch on given samples.
//!
//! Only for wasm; natively it is empty.

#[cfg(target_arch = "wasm32")]
mod worker {
    use emberscope::domain::callback::{Callback, CallbackList, Controls};
    use emberscope::domain::data::{Dataset, Features, SampleShape};
    use emberscope::domain::metrics::{Tally, judge_all};
    use emberscope::domain::run::config::RunConfig;
    use emberscope::domain::run::event::BatchEnd;
    use emberscope::train::clock::{Clock, WallClock};
    use emberscope::train::device_logs::{DeviceLogs, Reading, resolve};
    use emberscope::train::fit::{Host, Moment, Turn, fit};
    use emberscope::train::shards::Replicas;
    use emberscope::train::{Batch, Trainer};
    use emberscope::worker::WorkerDevice;
    use emberscope::worker::team::{Helpers, Team};
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    fn said(error: &emberscope::error::Error) -> JsValue {
        error.to_string().into()
    }

    /// The device that this program was built for.
    #[wasm_bindgen]
    pub struct BenchDevice(WorkerDevice);

    #[wasm_bindgen]
    impl BenchDevice {
        /// Starts the device.
        pub async fn open() -> Result<BenchDevice, JsValue> {
            #[cfg(feature = "cpu")]
            return Ok(Self(emberscope::worker::cpu::flex()));
            #[cfg(all(feature = "ndarray", not(feature = "cpu")))]
            return Ok(Self(emberscope::worker::cpu::ndarray()));
            #[cfg(not(any(feature = "cpu", feature = "ndarray")))]
            return emberscope::worker::gpu::device().await.map(Self).map_err(|error| said(&error));
        }

        /// Its name.
        pub fn name(&self) -> String {
            self.0.card.name.clone()
        }
    }

    /// A worker that computes shards for the one at the other end of `port`, for as long as it lives.
    #[cfg(feature = "cpu")]
    #[wasm_bindgen]
    pub fn serve_replica(port: web_sys::MessagePort) {
        std::mem::forget(emberscope::worker::replica::Replica::serve(&emberscope::worker::cpu::flex().device, port));
    }

    /// A model in training.
    #[wasm_bindgen]
    pub struct Bench {
        trainer: Trainer,
        data: Dataset,
        last: Option<DeviceLogs>,
        config: RunConfig,
        team: Team,
    }

    /// Writes down the time and the loss of each batch.
    struct Notes(Rc<RefCell<Vec<f64>>>);

    impl Callback for Notes {
        fn name(&self) -> &'static str {
            "notes"
        }
        fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
            self.0.borrow_mut().extend([event.at_ms, event.loss]);
            Controls::new()
        }
    }

    /// Lets it train until it has made so many steps.
    struct Surroundings {
        clock: WallClock,
        helpers: Helpers,
        left: u32,
    }

    impl Clock for Surroundings {
        fn now_ms(&self) -> f64 {
            self.clock.now_ms()
        }
    }

    impl Host for Surroundings {
        async fn turn(&mut self, moment: Moment) -> Turn {
            let mut turn = Turn::default();
            if let Moment::Batch { .. } = moment {
                turn.stop = (self.left == 0).then(|| "measured".to_owned());
                self.left = self.left.saturating_sub(1);
            }
            turn
        }
        fn replicas(&mut self) -> Option<&mut dyn Replicas> {
            Some(&mut self.helpers)
        }
    }

    #[wasm_bindgen]
    impl Bench {
        /// The model of `config` (JSON as the page's configurations) for `images`, `[channels, height, width]` each, of ten classes.
        #[wasm_bindgen(constructor)]
        pub fn new(device: &BenchDevice, config: &str, images: Vec<f32>, labels: Vec<u32>, shape: &[usize]) -> Result<Bench, JsValue> {
            let config: RunConfig = serde_json::from_str(config).map_err(|error| JsValue::from(error.to_string()))?;
            let &[channels, height, width] = shape else { return Err("a shape has three sides".into()) };
            let shape = SampleShape::Image { channels, height, width };
            let classes = (0..10).map(|class| class.to_string()).collect();
            let data = Dataset::new("bench", shape, classes, Features::Floats(images), labels).map_err(|error| said(&error))?;
            let mut trainer = Trainer::new(&config, &data, &device.0.device).map_err(|error| said(&error))?;
            if matches!(device.0.reading, Reading::Together { .. }) {
                trainer.keep_shapes(config.batch_size);
            }
            Ok(Self { trainer, data, last: None, config, team: Team::default() })
        }

        /// The names of the arrays of weights, in the order of their places.
        pub fn arrays(&self) -> Vec<String> {
            self.trainer.net().plan().params().map(|param| param.name.clone()).collect()
        }

        /// Sets the array at `place`.
        pub fn set(&mut self, place: usize, values: Vec<f32>) {
            self.trainer.set_weight(place, values);
        }

        /// Trains on `count` samples from `first` on.
        pub fn step(&mut self, first: u32, count: u32) {
            let indices: Vec<u32> = (first..first + count).collect();
            let batch = Batch::gather(&self.data, &indices);
            self.last = Some(self.trainer.step(batch, None, &WallClock::default()));
        }

        /// Adds a worker that computes shards, at the other end of `port`.
        pub fn add_replica(&mut self, id: u32, port: web_sys::MessagePort) {
            self.team.add(id, port);
        }

        /// Trains `steps` batches that `workers` workers share; returns of each the milliseconds since the begin, and the loss.
        pub async fn share(&mut self, workers: u32, steps: u32) -> Result<Vec<f64>, JsValue> {
            let config = RunConfig { workers, shuffle: false, ..self.config.bare() };
            let helpers = self.team.begin(1, &config, &self.data);
            helpers.all_ready().await;
            let notes = Rc::new(RefCell::default());
            let mut callbacks = CallbackList::new().with(Notes(Rc::clone(&notes)));
            let mut host = Surroundings { clock: WallClock::default(), helpers, left: steps };
            let end = fit(&mut self.trainer, &self.data, &config, Reading::AtOnce, &mut callbacks, &mut host).await;
            end.map_err(|error| said(&error))?;
            Ok(notes.take())
        }

        /// The mean loss of the last batch; waits for the device.
        pub async fn loss(&mut self) -> Result<f64, JsValue> {
            let Some(logs) = self.last.take() else { return Ok(f64::NAN) };
            let outputs = resolve(vec![logs]).await.map_err(|error| said(&error))?;
            let judged = outputs.iter().flat_map(|outputs| judge_all(&outputs.values, &outputs.labels, self.trainer.loss()));
            Ok(Tally::of(&judged.collect::<Vec<_>>()).mean_loss())
        }
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    emberscope::worker::programs::run_constructors();
}
