// Trains the measured work on one device and times it. A message [model, steps, batch, { window, budgetMs, variant }] is answered
// by { result } or { error }.
import { FLOPS, MODELS, OPTIMIZER, data, weights } from './work.js';

const WARM_UP_MS = 1000, TIMED_MS = 3000;
const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const given = data();
let program;

async function bench(model, steps, batch, { window = 16, budgetMs = 60000, variant = 'cpu' } = {}) {
  const begin = performance.now(), isOver = () => performance.now() - begin > budgetMs;
  // With the program's fetch and compilation, as its visitor waits for it.
  program ??= await import(`./${variant}/training_bench.js`).then(async program => (await program.default(), program));
  const device = await program.BenchDevice.open();
  const config = JSON.stringify({ model: { layers: MODELS[model].layers }, data: { name: 'loaded', id: 'bench' }, optimizer: OPTIMIZER, batchSize: batch, epochs: 1 });
  const batches = Math.floor(given.samples / batch), first = weights(model);
  const losses = [], stepMs = [];
  let firstAt, size, timedMs = 0;
  // From the start again until enough is timed: after some 700 steps Adam's means of dead units are denormal numbers, which is
  // another and slower regime.
  for (let run = 0; run === 0 || (timedMs < TIMED_MS && !isOver()); run += 1) {
    const trainer = new program.Bench(device, config, given.images, given.labels, given.shape);
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

onmessage = async ({ data }) => {
  try {
    postMessage({ result: await bench(...data) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
