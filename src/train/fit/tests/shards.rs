//! Shards of a batch: what they sum to, and that it is no matter who computes them.

use super::case::Case;
use super::helpers::now;
use super::stage::Course;
use super::{Beginning, assert_same};
use crate::domain::model::LayerSpec;
use crate::train::clock::Still;
use crate::train::device_logs::{Reading, read_all};
use crate::train::shards::Shard;
use crate::train::{Batch, StepTimes, Trainer};
use burn::tensor::Device;

#[test]
fn a_batch_is_cut_into_shards_as_equal_as_may_be() {
    let batch = |samples: usize| Batch { inputs: (0..2 * samples).map(|at| at as f32).collect(), labels: (0..samples as u32).collect() };
    for (samples, count, sizes) in [(64, 2, vec![32, 32]), (10, 4, vec![3, 3, 2, 2]), (3, 8, vec![1, 1, 1]), (5, 1, vec![5])] {
        let shards = Shard::all_of(batch(samples), 9, count);
        assert_eq!(shards.iter().map(|shard| shard.labels.len()).collect::<Vec<_>>(), sizes, "{samples} in {count}");
        assert_eq!(shards.iter().flat_map(|shard| shard.inputs.clone()).collect::<Vec<_>>(), batch(samples).inputs);
        assert_eq!(shards.iter().flat_map(|shard| shard.labels.clone()).collect::<Vec<_>>(), batch(samples).labels);
        let mut row = 0;
        for shard in shards {
            assert_eq!((shard.step, shard.first_row, shard.of), (9, row, samples));
            row += shard.labels.len();
        }
    }
}

#[test]
fn the_gradients_and_outputs_of_shards_are_those_of_the_whole_batch_within_rounding() {
    let mut nets = 0;
    for seed in 0..120 {
        let case = Case::random(seed);
        // Batch norm sees a shard at a time, so there is no such equality.
        if case.config.model.layers.contains(&LayerSpec::BatchNorm) {
            continue;
        }
        nets += 1;
        let data = case.data();
        let indices: Vec<u32> = (0..13).collect();
        let trainer = Trainer::new(&case.config, &data, &Device::flex()).expect("the CPU does not fail");
        let (_, whole) = trainer.loss_and_gradients(Batch::gather(&data, &indices));
        let whole = now(read_all(whole.into_iter().flatten())).expect("the CPU does not fail");
        for count in [1, 2, 3, 13] {
            let mut sums: Vec<Vec<f64>> = whole.iter().map(|array| vec![0.0; array.len()]).collect();
            for shard in Shard::all_of(Batch::gather(&data, &indices), 1, count) {
                let pass =
                    now(trainer.pass_shard(shard, None, &mut StepTimes::default(), &Still).numbers()).expect("the CPU does not fail");
                for (sum, gradient) in sums.iter_mut().flatten().zip(pass.gradients.iter().flatten()) {
                    *sum += f64::from(*gradient);
                }
            }
            let largest = whole.iter().flatten().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (sum, right) in sums.iter().flatten().zip(whole.iter().flatten()) {
                let off = (sum - f64::from(*right)).abs();
                assert!(off <= 2e-6 * f64::from(largest.max(1e-3)), "seed {seed}, {count} shards: {sum} for {right}, of up to {largest}");
            }
        }
    }
    assert!(nets > 40, "{nets}");
}

#[test]
fn it_is_no_matter_who_computes_a_shard() {
    let mut shared = 0;
    for seed in 0..200 {
        let case = Case::random(seed);
        if case.config.workers == 1 {
            continue;
        }
        assert_eq!(case.reading, Reading::AtOnce);
        shared += 1;
        let alone = Course::new(&case);
        alone.run(Beginning::default(), None).expect("the CPU does not fail");
        for replicas in [1, 6] {
            let helped = Course::with_replicas(&case, replicas);
            helped.run(Beginning::default(), None).expect("the CPU does not fail");
            assert_same(&format!("seed {seed}, {replicas} replicas"), &helped.lines(), &alone.lines());
            assert_eq!(helped.end(), alone.end(), "seed {seed}");
        }
    }
    assert!(shared > 60, "{shared}");
}

#[test]
fn dropout_drops_in_a_shard_what_it_drops_in_the_whole_batch() {
    let mut case = Case::plain();
    // Nothing but a mask between the inputs and a linear layer: each row of outputs tells which inputs were dropped.
    case.config.model.layers = vec![LayerSpec::Dropout { rate: 0.5 }];
    let data = case.data();
    let indices: Vec<u32> = (0..12).collect();
    let trainer = Trainer::new(&case.config, &data, &Device::flex()).expect("the CPU does not fail");
    let outputs = |count| -> Vec<u32> {
        let shards = Shard::all_of(Batch::gather(&data, &indices), 1, count);
        let pass = |shard: Shard| {
            now(trainer.pass_shard(shard, None, &mut StepTimes::default(), &Still).numbers()).expect("the CPU does not fail").outputs
        };
        shards.into_iter().flat_map(pass).map(f32::to_bits).collect()
    };
    let whole = outputs(1);
    assert_eq!(outputs(4), whole);
    assert_eq!(outputs(12), whole);
}
