// Trains the measured work on one device and times it. A message [model, steps, batch, { window, budgetMs, variant }] is answered
// by { result } or { error }. A message { replicaOf } makes it a replica for the one at the other end of the port.
import { FLOPS, MODELS, OPTIMIZER, data, weights } from './work.js';

const WARM_UP_MS = 1000, TIMED_MS = 3000;
const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const given = data();
let program;

const load = async variant => {
  program ??= await import(`./${variant}/training_bench.js`).then(async program => (await program.default(), program));
};

// The same with several workers: the training loop itself trains, and tells the time and the loss of each batch.
async function share(trainer, first, ports, steps, window, isOver) {
  const losses = [], stepMs = [];
  let firstMs, timedMs = 0, warmMs = 0;
  ports.forEach((port, id) => trainer.add_replica(id, port));
  while (timedMs < TIMED_MS && !isOver()) {
    first.forEach((array, place) => trainer.set(place, array));
    const told = await trainer.share(ports.length + 1, steps), ms = step => told[2 * step], isFirst = firstMs === undefined;
    firstMs ??= ms(0);
    if (isFirst) for (let step = 0; step < steps; step += 1) losses.push([step + 1, told[2 * step + 1]]);
    for (let step = 0; step + window < steps; step += window) {
      const took = ms(step + window) - ms(step);
      warmMs += took;
      if (warmMs > WARM_UP_MS) {
        stepMs.push(took / window);
        timedMs += took;
      }
    }
  }
  return { losses, stepMs, firstMs };
}

async function bench(model, steps, batch, { window = 16, budgetMs = 60000, variant = 'cpu' } = {}, ports = []) {
  const begin = performance.now(), isOver = () => performance.now() - begin > budgetMs;
  // With the program's fetch and compilation, as its visitor waits for it.
  await load(variant);
  const device = await program.BenchDevice.open();
  const config = JSON.stringify({ model: { layers: MODELS[model].layers }, data: { name: 'loaded', id: 'bench' }, optimizer: OPTIMIZER, batchSize: batch, epochs: 1 });
  const batches = Math.floor(given.samples / batch), first = weights(model);
  const losses = [], stepMs = [];
  let firstAt, size, timedMs = 0;
  // From the start again until enough is timed: after some 700 steps Adam's means of dead units are denormal numbers, which is
  // another and slower regime.
  for (let run = 0; run === 0 || (timedMs < TIMED_MS && !isOver()); run += 1) {
    const trainer = new program.Bench(device, config, given.images, given.labels, given.shape);
    if (ports.length) {
      const from = performance.now(), { firstMs, ...shared } = await share(trainer, first, ports, steps, window, isOver);
      losses.push(...shared.losses);
      stepMs.push(...shared.stepMs);
      [firstAt, size] = [from + firstMs, window];
      break;
    }
    first.forEach((array, place) => trainer.set(place, array));
    let done = 0;
    const train = async count => {
      const from = performance.now();
      for (const until = done + count; done < until; done += 1) trainer.step((done % batches) * batch, batch);
      const loss = await trainer.loss();
      if (run === 0) losses.push([done, loss]);
      return performance.now() - from;
    };
    await train(1);
    firstAt ??= performance.now();
    // The second step tells the pace: slow devices get shorter windows.
    const pace = await train(1);
    size ??= Math.max(1, Math.min(window, Math.floor(budgetMs / 16 / pace)));
    while (done < steps && !isOver()) {
      const count = Math.min(size, steps - done), isWarm = performance.now() - firstAt > WARM_UP_MS, ms = await train(count);
      if (isWarm) {
        stepMs.push(ms / count);
        timedMs += ms;
      }
    }
    if (!stepMs.length) stepMs.push(pace);
    trainer.free();
  }
  const samplesPerSec = batch * 1000 / median(stepMs);
  const result = { samplesPerSec, firstStepMs: firstAt - begin, losses, steps: losses.at(-1)[0], window: size, stepMs, note: device.name() };
  return { ...result, gflops: samplesPerSec * FLOPS[model] / 1e9 };
}

onmessage = async ({ data, ports }) => {
  try {
    if (data.replicaOf) return void (await load(data.replicaOf), program.serve_replica(ports[0]));
    postMessage({ result: await bench(...data, ports) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
