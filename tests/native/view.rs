//! Views of the network are right: what each unit gives, its gradient, saliency, occlusion and the plane are those of the
//! network itself; and the weights of an earlier moment come back to the bit.

use crate::support::{block_on, config, noise, train};
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::data::{Dataset, SampleShape, sampler};
use emberscope::domain::metrics::probabilities;
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::trail::id_of;
use emberscope::domain::view::plane::{POINT, SIDE};
use emberscope::domain::view::{NetworkView, Subject, ViewNumbers, ViewWish};
use emberscope::train::clock::WallClock;
use emberscope::train::device_logs::{read_all, resolve};
use emberscope::train::model::Net;
use emberscope::train::view::{Source, Subjects, Viewing};
use emberscope::train::{Batch, Trainer};

const IMAGE: SampleShape = SampleShape::Image { channels: 2, height: 8, width: 8 };

fn every_layer() -> Vec<LayerSpec> {
    vec![
        LayerSpec::Conv2d { filters: 5, kernel: 3, stride: 1, padding: Padding::Same },
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Dropout { rate: 0.5 },
        LayerSpec::Flatten,
        LayerSpec::Dense { units: 40 },
        LayerSpec::Tanh,
    ]
}

fn view(net: &Net, data: &Dataset, config: &RunConfig, subject: Subject, given: Vec<f32>, occlusion: bool) -> (NetworkView, ViewNumbers) {
    let split = sampler::split(data.len(), config.validation, u64::from(config.seed));
    let source = Source { data, train: &split.train, held_out: &split.validation };
    let subjects = Subjects::of(subject, source, data.shape(), given).unwrap();
    let wish = ViewWish { subject, units: Vec::new(), occlusion };
    let mut viewing = Viewing::new(net.clone(), 3, &wish, subjects);
    while block_on(viewing.advance()).unwrap() {}
    let (view, numbers) = viewing.answer();
    let lengths: Vec<usize> = numbers.clone().buffers().iter().map(Vec::len).collect();
    assert_eq!(lengths, view.lengths());
    (view, numbers)
}

/// The outputs of `net` for `inputs`, before softmax.
fn outputs(net: &Net, inputs: Vec<f32>, rows: usize) -> Vec<f32> {
    block_on(resolve(vec![net.evaluate(Batch { inputs, labels: vec![0; rows] })])).unwrap().remove(0).values
}

fn near(a: f32, b: f32, within: f32, what: &str) {
    assert!((a - b).abs() <= within * (1.0 + b.abs()), "{what}: {a} and {b}");
}

#[test]
fn a_sample_is_seen_as_the_network_sees_it() {
    let data = noise(IMAGE, 60, 3, 1);
    let config = config(every_layer(), 0.01);
    let (trainer, ..) = train(&config, &data);
    let net = trainer.net();
    let (view, numbers) = view(net, &data, &config, Subject::Sample { index: 7 }, Vec::new(), true);
    let mut inputs = Vec::new();
    data.gather(&[7], &mut inputs);
    assert_eq!(numbers.input, inputs);
    let logits = outputs(net, inputs.clone(), 1);
    assert_eq!(numbers.outputs, probabilities(&logits));
    let card = view.sample.unwrap();
    assert_eq!((card.index, card.label), (Some(7), Some(data.labels()[7])));
    let names: Vec<&str> = view.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names.len(), 9);
    // The output layer's maps are the outputs.
    let last = view.layers.len() - 1;
    for (place, &logit) in logits.iter().enumerate() {
        assert_eq!(numbers.map(&view, last, place), [logit]);
    }
    // A convolution and what follows it show the same channels; what only passes on shows nothing.
    assert_eq!(view.layers[0].shown, [0, 1, 2, 3, 4]);
    assert_eq!(view.layers[3].shown, view.layers[0].shown);
    assert!(view.layers[4].shown.is_empty() && view.layers[5].shown.is_empty());
    assert_eq!(view.layers[6].shown.len(), 32, "of forty the most telling");
    // ReLU of batch norm, pooled: each is the function of the one before.
    let plane = 64;
    for place in 0..5 {
        let (normed, rectified, pooled) = (numbers.map(&view, 1, place), numbers.map(&view, 2, place), numbers.map(&view, 3, place));
        for pixel in 0..plane {
            assert_eq!(rectified[pixel], normed[pixel].max(0.0));
        }
        for row in 0..4 {
            for column in 0..4 {
                let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(down, right)| rectified[(2 * row + down) * 8 + 2 * column + right]);
                assert_eq!(pooled[row * 4 + column], window.into_iter().fold(f32::NEG_INFINITY, f32::max));
            }
        }
    }
    // A convolution by hand from the weights that are sent, with the bias.
    let (weights, facts) = (numbers.weights(&view, 0, 2), numbers.facts(&view, 0, 2));
    let at = |channel: usize, row: usize, column: usize| inputs[channel * plane + row * 8 + column];
    let mut sum = facts.bias;
    for (index, weight) in weights.iter().enumerate() {
        let (channel, down, right) = (index / 9, index / 3 % 3, index % 3);
        sum += weight * at(channel, 3 + down - 1, 4 + right - 1);
    }
    near(numbers.map(&view, 0, 2)[3 * 8 + 4], sum, 1e-5, "a convolution");
    // A dense unit by hand from what is pooled, channel by channel.
    let shown = view.layers[6].shown[4];
    let pooled: Vec<f32> = (0..5).flat_map(|place| numbers.map(&view, 3, place).to_vec()).collect();
    let weights = numbers.weights(&view, 6, 4);
    let sum = numbers.facts(&view, 6, 4).bias + weights.iter().zip(&pooled).map(|(weight, input)| weight * input).sum::<f32>();
    near(numbers.map(&view, 6, 4)[0], sum, 1e-4, &format!("dense unit {shown}"));
}

/// Slopes are compared with differences of the network's own outputs.
#[test]
fn saliency_occlusion_and_gradients_are_those_of_the_network() {
    let data = noise(IMAGE, 40, 3, 2);
    let config = config(
        vec![LayerSpec::Conv2d { filters: 4, kernel: 3, stride: 1, padding: Padding::Valid }, LayerSpec::Tanh, LayerSpec::Flatten],
        0.02,
    );
    let (mut trainer, ..) = train(&config, &data);
    let (view, numbers) = view(trainer.net(), &data, &config, Subject::Sample { index: 3 }, Vec::new(), true);
    let (class, share) = numbers.predicted(&view).unwrap();
    let logit = |inputs: Vec<f32>| outputs(trainer.net(), inputs, 1)[class as usize];
    let step = 1e-2;
    for pixel in [0, 17, 63, 64, 100, 127] {
        let moved = |by: f32| {
            let mut inputs = numbers.input.clone();
            inputs[pixel] += by;
            logit(inputs)
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        near(numbers.saliency[pixel], slope * numbers.input[pixel], 2e-3, &format!("saliency at {pixel}"));
    }
    // A corner is covered by the first patch alone.
    let mut covered = numbers.input.clone();
    for channel in 0..2 {
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            covered[channel * 64 + row * 8 + column] = 0.0;
        }
    }
    let left = probabilities(&outputs(trainer.net(), covered, 1))[class as usize];
    near(numbers.occlusion[0], share - left, 1e-5, "occlusion");
    assert_eq!(numbers.occlusion.len(), 128);
    // The length of a filter's gradient, by differences of the loss in each of its weights.
    let label = data.labels()[3];
    let place = 1;
    let weights = block_on(read_all([trainer.net().weights()[0].clone()])).unwrap().remove(0);
    let mut squares = 0.0;
    for index in 0..18 {
        let mut loss = |by: f32| {
            let mut moved = weights.clone();
            moved[place * 18 + index] += by;
            trainer.set_weight(0, moved);
            let said = probabilities(&outputs(trainer.net(), numbers.input.clone(), 1));
            -said[label as usize].ln()
        };
        let slope = (loss(step) - loss(-step)) / (2.0 * step);
        squares += slope * slope;
    }
    near(numbers.facts(&view, 0, place).gradient, squares.sqrt(), 5e-3, "gradient");
}

#[test]
fn the_plane_is_the_network_at_every_point() {
    let spec = DataSpec::builtins().into_iter().find(|spec| spec.shape() == Some(SampleShape::Vector(2))).unwrap();
    let data = spec.generate(3).unwrap();
    for loss in [Loss::CrossEntropy, Loss::BinaryCrossEntropy] {
        let mut config = config(vec![LayerSpec::Dense { units: 6 }, LayerSpec::Relu], 0.05);
        config.loss = loss;
        let (trainer, ..) = train(&config, &data);
        let (view, numbers) = view(trainer.net(), &data, &config, Subject::Plane { axes: [0, 1] }, Vec::new(), false);
        let plane = view.plane.clone().unwrap();
        assert_eq!(plane.side as usize, SIDE);
        let (column, row) = (11, 30);
        let cell = row * SIDE + column;
        let point = vec![plane.value(0, column), plane.value(1, row)];
        let said = probabilities(&outputs(trainer.net(), point.clone(), 1));
        let best = if said[1] > said[0] { 1 } else { 0 };
        assert_eq!(numbers.outputs[cell], best as f32);
        near(numbers.outputs[SIDE * SIDE + cell], said[best], 1e-6, "confidence");
        for place in 0..6 {
            let (before, after) = (numbers.map(&view, 0, place)[cell], numbers.map(&view, 1, place)[cell]);
            let weights = numbers.weights(&view, 0, place);
            near(before, weights[0] * point[0] + weights[1] * point[1] + numbers.facts(&view, 0, place).bias, 1e-5, "a unit");
            assert_eq!(after, before.max(0.0));
        }
        // Every sample on it is judged as by the network; those that train come first.
        assert_eq!(numbers.points.len(), plane.points as usize * POINT);
        let mut held_out = false;
        for point in numbers.points.chunks_exact(POINT) {
            let said = probabilities(&outputs(trainer.net(), point[..2].to_vec(), 1));
            assert_eq!(point[3], if said[1] > said[0] { 1.0 } else { 0.0 });
            assert!(!held_out || point[4] == 1.0);
            held_out = point[4] == 1.0;
        }
        assert!(held_out);
    }
}

#[test]
fn drawn_samples_have_no_label_and_wrong_ones_are_refused() {
    let data = noise(IMAGE, 20, 3, 4);
    let config = config(vec![LayerSpec::Flatten], 0.02);
    let trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let (view, numbers) = view(trainer.net(), &data, &config, Subject::Given, vec![0.5; 128], false);
    let card = view.sample.unwrap();
    assert_eq!((card.label, card.loss, card.of), (None, None, 4));
    assert!(numbers.facts(&view, 1, 0).gradient.is_nan() && !view.has_occlusion && view.has_saliency);
    let refused = |subject, given: Vec<f32>| {
        let source = Source { data: &data, train: &[0, 1], held_out: &[2] };
        Subjects::of(subject, source, data.shape(), given).err().unwrap().to_string()
    };
    assert!(refused(Subject::Given, vec![0.0; 127]).contains("has 128 numbers, not 127"));
    assert!(refused(Subject::Sample { index: 20 }, Vec::new()).contains("there is no sample 20"));
    assert!(refused(Subject::Plane { axes: [0, 1] }, Vec::new()).contains("images have no plane"));
}

#[test]
fn an_earlier_moment_has_the_weights_of_that_moment_to_the_bit() {
    let data = noise(SampleShape::Vector(6), 64, 3, 5);
    let mut config = config(vec![LayerSpec::Dense { units: 5 }, LayerSpec::BatchNorm, LayerSpec::Relu], 0.02);
    config.epochs = 4;
    config.monitors.every = 3;
    let bits = |net: &Net| {
        let arrays = block_on(read_all(net.arrays())).unwrap();
        arrays.iter().map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let (whole, ..) = train(&config, &data);
    let trail = whole.trail();
    assert!(trail.steps.len() >= 6 && trail.steps[0] == 0 && trail.steps.contains(&whole.step_count()), "{trail:?}");
    // Trained once more by hand, and compared at each moment.
    let split = sampler::split(data.len(), config.validation, u64::from(config.seed));
    let mut again = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let mut compared = 0;
    for epoch in 0..config.epochs {
        let plan = sampler::EpochPlan::for_run(&config, &split.train, epoch);
        for batch in 0..plan.batches() {
            if trail.steps.contains(&again.step_count()) {
                let (then, card) = whole.network(Some(id_of(again.step_count()))).unwrap();
                assert_eq!(bits(&then), bits(again.net()), "step {}", again.step_count());
                assert_eq!(card.unwrap().step, again.step_count());
                compared += 1;
            }
            let samples = Batch::gather(&data, plan.batch(batch));
            block_on(resolve(vec![again.step(samples, None, &WallClock::default())])).unwrap();
        }
    }
    assert!(compared + 1 >= trail.steps.len(), "{compared} of {trail:?}");
    let error = whole.network(Some(id_of(1_000_000))).err().unwrap();
    assert!(error.to_string().contains("the weights of step 1000000 are not kept"), "{error}");
}
