//! A batch of the training loop in shards: handed out to other workers where there are any, computed here where not. Never here: the
//! arithmetic ([`crate::train::shards`]), the workers ([`Host::replicas`]).

use super::{Fit, Host};
use crate::error::Result;
use crate::train::clock::Clock;
use crate::train::device_logs::{DeviceLogs, read_all};
use crate::train::model::Taps;
use crate::train::shards::{Shard, ShardPass};
use crate::train::{Batch, StepTimes};

impl<H: Host> Fit<'_, H> {
    /// Trains on `batch` in shards. A replica that is lost costs time and nothing else: its shard is computed here, with the same
    /// numbers.
    pub(super) async fn step_in_shards(&mut self, batch: Batch, look: Option<u32>) -> Result<DeviceLogs> {
        let begin = self.host.now_ms();
        let labels = batch.labels.clone();
        let mut others = self.trainer.shards_of(batch).into_iter();
        let Some(own) = others.next() else { unreachable!("a batch has at least one shard") };
        let mut handed_out: Vec<Shard> = others.collect();
        let rest = handed_out.split_off(self.hand_out(&handed_out).await?);
        let mut times = StepTimes { upload: self.host.now_ms() - begin, ..StepTimes::default() };

        let mut taps = look.map(|samples| Taps::for_probe((samples as usize).min(own.labels.len())));
        let mut passes = vec![self.trainer.pass_shard(own, taps.as_mut(), &mut times, &self.host)];
        // Those that nobody else has come first: the others go on meanwhile.
        let mut rest: Vec<ShardPass> = rest.into_iter().map(|shard| self.trainer.pass_shard(shard, None, &mut times, &self.host)).collect();
        for (index, shard) in handed_out.into_iter().enumerate() {
            let begin = self.host.now_ms();
            let numbers = match self.host.replicas() {
                Some(replicas) => replicas.take_in(index).await,
                None => None,
            };
            times.waits += self.host.now_ms() - begin;
            let pass = numbers.and_then(|numbers| ShardPass::of(self.trainer.net(), &shard, numbers));
            passes.push(pass.unwrap_or_else(|| self.trainer.pass_shard(shard, None, &mut times, &self.host)));
        }
        passes.append(&mut rest);
        self.trainer.update_by_shards(passes, labels, taps, times, &self.host).await
    }

    /// Hands out the first of `shards`, one to each replica, with the present weights; returns their number.
    async fn hand_out(&mut self, shards: &[Shard]) -> Result<usize> {
        let count = self.host.replicas().map_or(0, |replicas| replicas.ready()).min(shards.len());
        if count > 0 {
            let arrays = read_all(self.trainer.arrays()).await?;
            if let Some(replicas) = self.host.replicas() {
                shards[..count].iter().enumerate().for_each(|(index, shard)| replicas.hand_out(index, &arrays, shard));
            }
        }
        Ok(count)
    }
}
