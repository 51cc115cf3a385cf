// Where the time goes: the slowest batch of each epoch, and batches a second.
let slowest, batches;

function on_epoch_begin(epoch, logs) {
  slowest = { ms: 0 };
  batches = 0;
}

function on_batch_end(step, logs) {
  const ms = logs["time/batch_ms"];
  batches += 1;
  if (ms > slowest.ms) slowest = { ms, step };
}

function on_epoch_end(epoch, logs) {
  const rate = 1000 * batches / logs["time/epoch_ms"];
  print(`epoch ${epoch + 1}: ${rate.toFixed(0)} batches/s, slowest`,
    `${slowest.ms.toFixed(1)} ms at step ${slowest.step}`);
  log("speed/batches_per_second", rate);
}
