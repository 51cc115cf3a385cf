//! Training without validation, and on data so small that little can be held out: what is reported, and what is not.

use crate::support::{NativeHost, config, noise, train_with};
use emberscope::domain::callback::{Callback, CallbackList, Controls};
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::diagnosis::{Diagnosis, Diagnostician};
use emberscope::domain::model::LayerSpec;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::event::{Evaluation, TrainBegin, Validation, series};
use std::cell::RefCell;
use std::rc::Rc;

/// The hooks of validation that were called, the diagnoses, and how many samples are on each side.
type Calls = (Vec<&'static str>, Vec<Diagnosis>, Option<TrainBegin>);

/// A callback that writes down what it is told.
#[derive(Clone, Default)]
struct Heard(Rc<RefCell<Calls>>);

impl Callback for Heard {
    fn name(&self) -> &'static str {
        "heard"
    }

    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        self.0.borrow_mut().2 = Some(event.clone());
        Controls::new()
    }

    fn on_validation_begin(&mut self, _: &Validation) -> Controls {
        self.0.borrow_mut().0.push("begin");
        Controls::new()
    }

    fn on_evaluation(&mut self, _: &Evaluation) -> Controls {
        self.0.borrow_mut().0.push("evaluation");
        Controls::new()
    }

    fn on_validation_end(&mut self, _: &Validation) -> Controls {
        self.0.borrow_mut().0.push("end");
        Controls::new()
    }

    fn on_diagnosis(&mut self, event: &Diagnosis) {
        self.0.borrow_mut().1.push(event.clone());
    }
}

fn small(validation: f64, epochs: u32, batch_size: usize) -> RunConfig {
    let layers = vec![LayerSpec::Dense { units: 8 }, LayerSpec::BatchNorm, LayerSpec::Relu];
    RunConfig { validation, epochs, batch_size, ..config(layers, 0.01) }
}

fn train(config: &RunConfig, data: &Dataset) -> (emberscope::domain::callback::History, Heard) {
    let heard = Heard::default();
    let mut callbacks = CallbackList::new().with(heard.clone());
    if let Some(diagnostician) = Diagnostician::for_run(config, data) {
        callbacks.push(Box::new(diagnostician));
    }
    let (_, history, end) = train_with(config, data, callbacks, &mut NativeHost::default());
    assert_eq!((end.reason.as_str(), end.epochs), ("completed", config.epochs));
    (history, heard)
}

#[test]
fn without_held_out_samples_all_train_and_nothing_is_said_of_a_validation() {
    let data = noise(SampleShape::Vector(6), 100, 4, 5);
    let mut config = small(0.0, 12, 16);
    let (history, heard) = train(&config, &data);
    let (hooks, found, begin) = heard.0.take();
    let begin = begin.expect("it has begun");
    assert_eq!((begin.train_samples, begin.validation_samples, begin.batches_per_epoch), (100, 0, 7));
    assert_eq!(hooks, Vec::<&str>::new());
    assert_eq!(history.values(series::TRAIN_LOSS).len(), 12);
    for name in [series::VAL_LOSS, series::VAL_ACCURACY, "val/f1", series::TIME_VALIDATION, series::TRAIN_EVAL_LOSS] {
        assert!(history.get(name).is_empty(), "{name}");
    }
    // Noise is learned by heart: with validation, that is found.
    assert!(found.iter().all(|found| !found.evidence.to_lowercase().contains("validation")), "{found:?}");

    // Training samples may be measured as validation would be.
    config.monitors.train_subset = 10;
    let (history, _) = train(&config, &data);
    assert_eq!((history.values(series::TRAIN_EVAL_LOSS).len(), history.values(series::TIME_VALIDATION).len()), (12, 12));
}

#[test]
fn two_samples_one_class_and_a_batch_larger_than_the_set_train_with_and_without_validation() {
    for (validation, held_out) in [(0.0, 0), (0.15, 1), (0.9, 1)] {
        for (labels, batch_size) in [([1, 1], 1), ([1, 1], 4096), ([0, 1], 4096)] {
            let features = Features::Floats(vec![0.5, -1.0, 2.0, 0.25, 1.0, -0.5]);
            let data = Dataset::new("two", SampleShape::Vector(3), numbered_classes(2), features, labels.to_vec()).unwrap();
            let (history, heard) = train(&small(validation, 2, batch_size), &data);
            let begin = heard.0.take().2.expect("it has begun");
            let case = format!("{validation}, labels {labels:?}, batches of {batch_size}");
            assert_eq!((begin.train_samples, begin.validation_samples), (2 - held_out, held_out), "{case}");
            assert_eq!(history.values(series::VAL_LOSS).len(), 2 * held_out, "{case}");
            assert!(history.values(series::BATCH_LOSS).iter().all(|loss| loss.is_finite()), "{case}");
        }
    }
}
