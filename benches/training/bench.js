// The page that measures: window.__bench(model, steps, batch, options) for whoever asks, one after the other for `cargo xtask bench`.
// ?variant=NAME names the program for a caller that names none.
import { MODELS } from './work.js';

const query = new URLSearchParams(location.search), said = document.querySelector('#said');

// Fresh workers each time, as a visitor's; `workers` of them share each batch.
window.__bench = (model, steps, batch, options = {}) => new Promise((answer, fail) => {
  const variant = options.variant || query.get('variant') || 'cpu';
  const start = () => Object.assign(new Worker('worker.js', { type: 'module' }), { onerror: event => fail(new Error(event.message || 'the worker failed')) });
  const worker = start(), replicas = Array.from({ length: (options.workers || 1) - 1 }, start);
  const ports = replicas.map(replica => {
    const { port1, port2 } = new MessageChannel();
    replica.postMessage({ replicaOf: variant }, [port2]);
    return port1;
  });
  worker.onmessage = ({ data }) => {
    [worker, ...replicas].forEach(worker => worker.terminate());
    data.error ? fail(new Error(data.error)) : answer(data.result);
  };
  worker.postMessage([model, steps, batch, { ...options, variant }], ports);
});

if (query.has('run')) {
  const list = (name, otherwise) => (query.get(name) || otherwise).split(',');
  const post = (path, body) => fetch(path, { method: 'POST', body });
  const row = cells => post('/line', `| ${cells.join(' | ')} |`);
  const reference = await (await fetch('reference-losses.json')).json();
  const cells = [];
  await row(['device', 'model', 'batch', 'workers', 'samples/s', 'GFLOP/s', 'ms a batch', 'first step, ms', 'loss, first to last (steps)', 'drift of 32 steps']);
  await row(Array(10).fill('---'));
  const asked = list('run').flatMap(variant => list('models', 'mlp').flatMap(model => list('batches', '64').map(Number).flatMap(batch =>
    (variant === 'cpu' ? list('workers', '1').map(Number) : [1]).map(workers => ({ variant, model, batch, workers })))));
  for (const { variant, model, batch, workers } of asked) {
    said.textContent += `\n${variant} ${model} ${batch} ${workers} …`;
    try {
      const result = await window.__bench(model, MODELS[model].steps, batch, { variant, workers, budgetMs: variant === 'cpu' ? 15000 : 40000 });
      // The recorded losses are those of batches of 64.
      const apart = result.losses.filter(([step]) => step <= 32).map(([step, loss]) => Math.abs(loss - reference[model]?.[step - 1]));
      const drift = batch === 64 && reference[model] ? Math.max(...apart).toExponential(0) : '';
      const { samplesPerSec, gflops, firstStepMs, losses, steps } = result;
      await row([variant, model, batch, workers, samplesPerSec.toFixed(0), gflops.toFixed(1), (1000 * batch / samplesPerSec).toFixed(2), firstStepMs.toFixed(0),
        `${losses[0][1].toFixed(3)} to ${losses.at(-1)[1].toFixed(3)} (${steps})`, drift]);
      cells.push({ variant, model, batch, workers, ...result });
    } catch (error) {
      const words = String(error.message ?? error).split('\n')[0];
      await row([variant, model, batch, workers, words, '', '', '', '', '']);
      cells.push({ variant, model, batch, workers, error: words });
    }
  }
  await post('/done', JSON.stringify({ agent: navigator.userAgent, cores: navigator.hardwareConcurrency, cells }));
}
