// The page that measures: window.__bench(model, steps, batch, options) for whoever asks, one after the other for `cargo xtask bench`.
// ?variant=NAME names the program for a caller that names none.
import { MODELS } from './work.js';

const query = new URLSearchParams(location.search), said = document.querySelector('#said');

// A fresh worker each, as a visitor's.
window.__bench = (model, steps, batch, options = {}) => new Promise((answer, fail) => {
  const worker = new Worker('worker.js', { type: 'module' });
  worker.onerror = event => fail(new Error(event.message || 'the worker failed'));
  worker.onmessage = ({ data }) => {
    worker.terminate();
    data.error ? fail(new Error(data.error)) : answer(data.result);
  };
  worker.postMessage([model, steps, batch, { ...options, variant: options.variant || query.get('variant') || 'cpu' }]);
});

if (query.has('run')) {
  const list = (name, otherwise) => (query.get(name) || otherwise).split(',');
  const post = (path, body) => fetch(path, { method: 'POST', body });
  const row = cells => post('/line', `| ${cells.join(' | ')} |`);
  const reference = await (await fetch('reference-losses.json')).json();
  const cells = [];
  await row(['device', 'model', 'batch', 'samples/s', 'GFLOP/s', 'ms a batch', 'first step, ms', 'loss, first to last (steps)', 'drift of 32 steps']);
  await row(Array(9).fill('---'));
  for (const variant of list('run')) for (const model of list('models', 'mlp')) for (const batch of list('batches', '64').map(Number)) {
    said.textContent += `\n${variant} ${model} ${batch} …`;
    try {
      const result = await window.__bench(model, MODELS[model].steps, batch, { variant, budgetMs: variant === 'cpu' ? 15000 : 40000 });
      // The recorded losses are those of batches of 64.
      const apart = result.losses.filter(([step]) => step <= 32).map(([step, loss]) => Math.abs(loss - reference[model]?.[step - 1]));
      const drift = batch === 64 && reference[model] ? Math.max(...apart).toExponential(0) : '';
      const { samplesPerSec, gflops, firstStepMs, losses, steps } = result;
      await row([variant, model, batch, samplesPerSec.toFixed(0), gflops.toFixed(1), (1000 * batch / samplesPerSec).toFixed(2), firstStepMs.toFixed(0),
        `${losses[0][1].toFixed(3)} to ${losses.at(-1)[1].toFixed(3)} (${steps})`, drift]);
      cells.push({ variant, model, batch, ...result });
    } catch (error) {
      const words = String(error.message ?? error).split('\n')[0];
      await row([variant, model, batch, words, '', '', '', '', '']);
      cells.push({ variant, model, batch, error: words });
    }
  }
  await post('/done', JSON.stringify({ agent: navigator.userAgent, cores: navigator.hardwareConcurrency, cells }));
}
