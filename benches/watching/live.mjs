// The page while it trains on the CPU with eight charts in view: its frames and its longest task, alone and with eight
// earlier runs on every chart. Prints a line each. See README.md.
import { open } from './page.mjs';

const [dist = 'dist', seconds = '15'] = process.argv.slice(2);
// So high that eight charts are painted at once.
const { page, close } = await open(dist, 'cpu', { width: 1440, height: 3600 });

// Frames and long tasks of so many seconds, from the moment on at which 20 batches are there.
const watch = preset => page.evaluate(async ([preset, ms]) => {
  const config = emberscope.defaultConfig(preset);
  Object.assign(config, { device: 'cpu', epochs: 10000, data: { name: 'digits', samples: 6000 } });
  const id = await emberscope.start(config);
  const batches = () => emberscope.history(id, 'batch/loss')['batch/loss']?.value.length ?? 0;
  while (batches() < 20) await new Promise(requestAnimationFrame);
  const tasks = [];
  const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration)));
  observer.observe({ type: 'longtask' });
  const before = batches();
  const frames = [];
  const end = performance.now() + ms;
  for (let last = performance.now(), now; last < end; last = now) {
    now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
  }
  observer.disconnect();
  const trained = batches() - before;
  const box = canvas => canvas.getBoundingClientRect();
  const seen = [...document.querySelectorAll('.chart-panel .chart')].filter(chart => box(chart).height > 0 && box(chart).bottom <= innerHeight);
  emberscope.stop('enough');
  await emberscope.finished(id);
  return { id, frames: frames.sort((a, b) => a - b), tasks: tasks.sort((a, b) => b - a), trained, charts: seen.length };
}, [preset, Number(seconds) * 1000]);

const tell = (what, { frames, tasks, trained, charts }) => {
  const at = share => frames[Math.min(frames.length - 1, Math.floor(share * frames.length))].toFixed(1);
  const longest = tasks.length ? `${tasks[0].toFixed(0)} ms, ${tasks.length} over 50 ms` : 'under 50 ms';
  console.log(`${what}: ${charts} charts, ${trained} batches in ${seconds} s; frames ${at(0.5)} ms median, ${at(0.95)} ms 95th percentile, ${at(1)} ms longest; longest task ${longest}`);
};

for (const preset of ['cnn', 'mlp']) tell(preset, await watch(preset));
await page.evaluate(async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const config = emberscope.defaultConfig('mlp');
    Object.assign(config, { device: 'cpu', epochs: 10, seed, data: { name: 'digits', samples: 6000 } });
    const id = await emberscope.start(config);
    await emberscope.finished(id);
    emberscope.overlay(id, true);
  }
});
for (const preset of ['cnn', 'mlp']) tell(`${preset}, eight runs of 800 batches beside it`, await watch(preset));
await close();
