//! The CPU computes right: what every device is held to (`maths/`), and what holds that in turn: the reference's own
//! optimisers against PyTorch, and that its tolerances let no mistake through. Dropout besides, whose masks are drawn on
//! the host for all devices.

use crate::maths::torch::{self, OPTIMIZER_TOLERANCE};
use crate::maths::{Subject, difference, largest, lockstep, reference};
use crate::support::block_on;
use burn::tensor::{Device, Tensor, TensorData};
use emberscope::domain::data::SampleShape;
use emberscope::domain::model::{LayerSpec, Loss};
use emberscope::domain::run::config::OptimizerSpec;
use emberscope::train::device_logs::read_all;
use emberscope::train::model::{Mode, Taps};

#[test]
fn sixty_steps_of_every_layer_and_optimiser_are_those_of_the_reference() {
    for differences in block_on(lockstep::run(&Device::flex())) {
        println!("{differences}");
        differences.check();
    }
}

/// A new layer or optimiser must be added to the reference.
#[test]
fn the_reference_is_asked_about_every_kind_of_layer_and_optimiser() {
    let tried = lockstep::layers();
    for layer in LayerSpec::menu() {
        assert!(tried.iter().any(|tried| tried.kind() == layer.kind()), "{} is in no net of tests/maths/lockstep.rs", layer.title());
    }
    let recorded = torch::recorded().optimizers.runs;
    for optimizer in OptimizerSpec::menu() {
        let title = optimizer.title();
        assert!(recorded.iter().any(|run| run.spec.title() == title), "{title} is not in tests/reference/torch_values.py");
    }
}

#[test]
fn optimisers_losses_and_layers_are_pytorchs_at_their_kinks_too() {
    for report in block_on(torch::check(&Device::flex())) {
        println!("{report}");
    }
}

#[test]
fn the_references_optimisers_are_pytorchs() {
    let recorded = torch::recorded();
    let given = &recorded.optimizers;
    assert_eq!((recorded.torch.as_str(), given.runs.len(), given.rates.len()), ("2.15.0", 5, 20));
    for run in &given.runs {
        let mut optimizer = reference::Optimizer::new(&run.spec, given.start.len());
        let mut weights = given.start.clone();
        for ((gradient, &rate), expected) in given.gradients.iter().zip(&given.rates).zip(&run.weights) {
            weights = optimizer.update(&weights, gradient, rate);
            for (got, expected) in weights.iter().zip(expected) {
                assert!((got - expected).abs() <= 1e-12 * expected.abs() + 1e-20, "{}: {got}, PyTorch {expected}", run.spec.title());
            }
        }
    }
}

/// Every mistake that is easily made with these formulas is seen by a hundred times the tolerance and more.
#[test]
fn a_misplaced_rate_epsilon_or_decay_would_be_seen() {
    let recorded = torch::recorded();
    let given = &recorded.optimizers;
    for run in &given.runs {
        let far = |what: &str, spec: &OptimizerSpec, rates: &[f64]| {
            let apart = block_on(torch::optimizer(&Device::flex(), spec, rates, given, run));
            println!("{}, {what}: {apart:.1e}", spec.title());
            assert!(apart > 100.0 * OPTIMIZER_TOLERANCE, "{}: {what} makes only {apart:e}", spec.title());
        };
        let late: Vec<f64> = given.rates[..1].iter().chain(&given.rates[..given.rates.len() - 1]).copied().collect();
        far("the rate of the update before", &run.spec, &late);
        far("a rate that stays", &run.spec, &vec![given.rates[0]; given.rates.len()]);
        if let OptimizerSpec::Sgd { learning_rate, momentum } = run.spec {
            far("another momentum", &OptimizerSpec::Sgd { learning_rate, momentum: momentum + 0.01 }, &given.rates);
        } else {
            // Where epsilon stands within the root, its own root is what is added.
            far("epsilon within the root", &with_epsilon(&run.spec, 1e-7_f64.sqrt()), &given.rates);
            far("a smaller epsilon", &with_epsilon(&run.spec, 1e-8), &given.rates);
        }
        if let OptimizerSpec::AdamW { learning_rate, beta1, beta2, epsilon, .. } = run.spec {
            far("no decay", &OptimizerSpec::Adam { learning_rate, beta1, beta2, epsilon }, &given.rates);
        }
    }
}

/// `spec` with another epsilon.
fn with_epsilon(spec: &OptimizerSpec, other: f64) -> OptimizerSpec {
    let mut spec = spec.clone();
    match &mut spec {
        OptimizerSpec::Adam { epsilon, .. } | OptimizerSpec::AdamW { epsilon, .. } | OptimizerSpec::Rmsprop { epsilon, .. } => {
            *epsilon = other;
        }
        OptimizerSpec::Sgd { .. } => {}
    }
    spec
}

/// The output of the layer for `inputs`, one sample.
fn through(layer: LayerSpec, inputs: Vec<f32>, mode: Mode) -> Vec<f32> {
    let shape = SampleShape::Vector(inputs.len());
    let device = Device::flex();
    let subject = Subject { layers: vec![layer], shape, classes: 2, loss: Loss::CrossEntropy, rate: 0.0 };
    let trainer = subject.trainer(&device);
    let mut taps = Taps::of_every_layer(1);
    let width = inputs.len();
    let inputs = Tensor::from_data(TensorData::new(inputs, [1, width]), &device);
    let weights: Vec<Tensor<1>> = trainer.net().weights().iter().map(|weight| weight.clone().autodiff()).collect();
    trainer.net().forward(&weights, inputs, mode, Some(&mut taps));
    let (position, values) = taps.outputs.remove(0);
    assert_eq!(position, 0);
    block_on(read_all([values])).unwrap().remove(0)
}

#[test]
fn dropout_drops_its_share_scales_the_rest_and_passes_all_on_in_evaluation() {
    const NUMBERS: usize = 10_000;
    let ones = || vec![1.0_f32; NUMBERS];
    for rate in [0.1, 0.25, 0.5, 0.9] {
        let layer = || LayerSpec::Dropout { rate };
        let dropped = |seed, step| through(layer(), ones(), Mode::Train { seed, step, first_row: 0 });
        let first = dropped(1, 1);
        let kept = (1.0 / (1.0 - rate)) as f32;
        assert!(first.iter().all(|&x| x == 0.0 || x == kept), "what is kept is multiplied by {kept}");
        let share = first.iter().filter(|&&x| x == 0.0).count() as f64 / NUMBERS as f64;
        // Four standard deviations of a share among ten thousand.
        assert!((share - rate).abs() < 4.0 * (rate * (1.0 - rate) / NUMBERS as f64).sqrt(), "{share} are dropped, {rate} were wished");
        assert_eq!(first, dropped(1, 1), "a step drops the same units again");
        assert_ne!(first, dropped(1, 2), "another step drops others");
        assert_ne!(first, dropped(2, 1), "another seed drops others");
        assert_eq!(through(layer(), ones(), Mode::Eval), ones());
    }
    // Numbers of tests/reference/random_streams.py: a record's seed drops the same units for ever.
    let dropped = through(LayerSpec::Dropout { rate: 0.5 }, vec![1.0; 24], Mode::Train { seed: 7, step: 1, first_row: 0 });
    let kept: Vec<u8> = dropped.iter().map(|&x| u8::from(x > 0.0)).collect();
    assert_eq!(kept, [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1]);
    assert_eq!(through(LayerSpec::Dropout { rate: 0.0 }, ones(), Mode::Train { seed: 1, step: 1, first_row: 0 }), ones());
}

#[test]
fn differences_do_not_hide_what_is_not_a_number() {
    assert_eq!(difference(&[f64::NAN], &[1.0], 1.0), f64::INFINITY);
    assert_eq!(difference(&[1.0, -3.0], &[1.0, 1.0], 2.0), 2.0);
    assert_eq!(largest(&[1.0, -3.0]), 3.0);
}
