//! The trainer that `run.mjs` measures: a model with given weights, trained batch by batch on given samples.
//!
//! Only for wasm; natively it is empty.

#[cfg(target_arch = "wasm32")]
mod worker {
    use emberscope::domain::data::{Dataset, Features, SampleShape};
    use emberscope::domain::metrics::{Tally, judge_all};
    use emberscope::domain::run::config::RunConfig;
    use emberscope::train::clock::WallClock;
    use emberscope::train::device_logs::{DeviceLogs, Reading, resolve};
    use emberscope::train::{Batch, Trainer};
    use emberscope::worker::WorkerDevice;
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

    /// A model in training.
    #[wasm_bindgen]
    pub struct Bench {
        trainer: Trainer,
        data: Dataset,
        last: Option<DeviceLogs>,
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
            Ok(Self { trainer, data, last: None })
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
    emberscope::worker::run_constructors();
}
