// A smooth curve beside the raw one: the mean loss of the last 50 batches.
const last = [];

function on_batch_end(step, logs) {
  last.push(logs.loss);
  if (last.length > 50) last.shift();
  let sum = 0;
  for (const loss of last) sum += loss;
  log("smooth/loss", sum / last.length);
}
