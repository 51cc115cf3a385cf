// What watching costs: the same run with all monitors off, with the default ones, and with a look at every batch,
// by turns in random order. Prints the ratios of the medians. See README.md.
import { open } from './page.mjs';

const [dist = 'dist', device = 'cpu', rounds = '6', only = ''] = process.argv.slice(2);
const { page, close } = await open(dist, device, { width: 1440, height: 1000 });

const monitors = {
  off: { every: 0, watchBudget: 0, syncEvery: 0 },
  default: null,
  every: { every: 1, watchBudget: 0, syncEvery: device === 'webgpu' ? 1 : 0 },
};

// Mean milliseconds a batch without the first five; of the default one also what the page itself says that watching costs.
const run = (preset, samples, kind) => page.evaluate(async ([preset, samples, device, monitors]) => {
  const config = emberscope.defaultConfig(preset);
  Object.assign(config, { device, data: { name: 'digits', samples }, epochs: 1 });
  if (monitors) config.monitors = { ...config.monitors, ...monitors };
  const id = await emberscope.start(config);
  await emberscope.finished(id);
  const history = emberscope.history(id);
  const batches = [...history['time/batch_ms'].value].slice(5);
  const last = name => history[name]?.value.at(-1);
  emberscope.reset();
  return { ms: batches.reduce((a, b) => a + b) / batches.length, said: last('watch/cost_percent'), error: last('watch/error_percent') };
}, [preset, samples, device, monitors[kind]]);

const sizes = device === 'webgpu' ? { cnn: 700, mlp: 4000 } : { cnn: 4000, mlp: 30000 };
for (const [preset, samples] of Object.entries(sizes).filter(([preset]) => !only || preset === only)) {
  const times = { off: [], default: [], every: [] };
  const said = [];
  await run(preset, samples, 'off');
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const kind of Object.keys(times).sort(() => Math.random() - 0.5)) {
      const result = await run(preset, samples, kind);
      times[kind].push(result.ms);
      if (kind === 'default') said.push(result);
    }
  }
  const median = values => [...values].sort((a, b) => a - b)[values.length >> 1];
  const base = median(times.off);
  const ratio = kind => (median(times[kind]) / base).toFixed(3);
  // Each round's own ratio: neighbours in time share what drifts.
  const spread = kind => times[kind].map((ms, round) => (ms / times.off[round]).toFixed(2)).join(' ');
  console.log(`${device} ${preset}: off ${base.toFixed(2)} ms a batch; default/off ${ratio('default')} (${spread('default')}); every batch/off ${ratio('every')} (${spread('every')})`);
  console.log(`  the page itself: ${said.map(({ said, error }) => `${said?.toFixed(1)} ± ${error?.toFixed(1)} %`).join(', ')}`);
}
await close();
