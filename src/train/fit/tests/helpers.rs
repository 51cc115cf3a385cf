//! Replicas that are not always there, and sometimes lose what they were given.

use crate::domain::rng::Rng;
use crate::train::StepTimes;
use crate::train::clock::Still;
use crate::train::model::Net;
use crate::train::shards::{Awaited, Replicas, Shard};
use std::task::{Context, Poll, Waker};

/// Replicas, each with a network of its own.
pub struct Helpers {
    net: Net,
    seed: u64,
    rng: Rng,
    given: Vec<Option<(Vec<Vec<f32>>, Shard)>>,
}

impl Helpers {
    /// Up to `count` replicas for a run of `seed` with the plan of `net`.
    pub fn new(net: &Net, seed: u64, count: usize) -> Self {
        Self { net: Net::unset(net.plan().clone(), net.device()), seed, rng: Rng::new(seed, "helpers"), given: vec![None; count] }
    }
}

impl Replicas for Helpers {
    fn ready(&mut self) -> usize {
        self.rng.below(self.given.len() as u32 + 1) as usize
    }

    fn hand_out(&mut self, index: usize, arrays: &[Vec<f32>], shard: &Shard) {
        assert!(self.given[index].is_none(), "it has one shard at a time");
        self.given[index] = Some((arrays.to_vec(), shard.clone()));
    }

    fn take_in(&mut self, index: usize) -> Awaited<'_> {
        let (arrays, shard) = self.given[index].take().expect("it was given one");
        let mut net = self.net.clone();
        net.set_arrays(arrays);
        let mut numbers =
            now(net.pass(shard, self.seed, None, &mut StepTimes::default(), &Still).numbers()).expect("the CPU does not fail");
        let whim = self.rng.below(8);
        if whim == 0 {
            // What is not of this shard is taken for lost.
            numbers.outputs.pop();
        }
        Box::pin(async move { (whim > 1).then_some(numbers) })
    }
}

/// The output of a future that waits for nobody, as on the CPU.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the CPU does not wait"),
    }
}
