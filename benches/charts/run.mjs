// Redraws of one curve over its full range, ours beside uPlot's, in one Chromium and on the same values. See README.md.
import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import os from 'node:os';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node run.mjs FOLDER, where wasm-bindgen has put charts_bench.js');
  process.exit(2);
}
const modules = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
const uplotVersion = JSON.parse(await readFile(path.join(modules, 'package.json'))).version;
const page = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/uplot/dist/uPlot.min.css">
<style>body { margin: 0 } #ours { width: 1200px; height: 400px }</style><div id="ours"></div><div id="theirs"></div>`;
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.html': 'text/html' };
const server = createServer(async (request, answer) => {
  const file = request.url === '/' ? null
    : request.url.startsWith('/uplot/') ? path.join(modules, request.url.slice(7)) : path.join(folder, request.url);
  try {
    const bytes = file ? await readFile(file) : page;
    answer.writeHead(200, { 'content-type': types[path.extname(file ?? 'index.html')] ?? 'application/octet-stream' }).end(bytes);
  } catch { answer.writeHead(404).end(); }
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ['--no-sandbox', '--headless=new'],
});
const tab = await browser.newPage({ viewport: { width: 1240, height: 900 } });
tab.on('console', message => console.log(message.text()));
tab.on('pageerror', error => console.error(error));
await tab.goto(`http://127.0.0.1:${server.address().port}/`);

const results = await tab.evaluate(async () => {
  const ours = await import('/charts_bench.js');
  await ours.default();
  const { default: UPlot } = await import('/uplot/dist/uPlot.esm.js');

  // A loss that falls, with noise and some spikes; the same values for both, from one seed.
  const make = n => {
    const values = new Float32Array(n);
    let seed = 7;
    for (let i = 0; i < n; i += 1) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      values[i] = 0.3 + 2 / (1 + 20 * i / n) + 0.4 * (seed / 4294967296 - 0.5) + (seed % 99991 === 0 ? 3 : 0);
    }
    return values;
  };
  // Reading a pixel back makes the browser rasterise what was drawn: otherwise it would only note the commands.
  const rasterise = canvases => canvases.forEach(canvas => canvas.getContext('2d').getImageData(0, 0, 1, 1));
  const median = list => list.sort((a, b) => a - b)[list.length >> 1];
  const measure = async (draw, canvases, repeats) => {
    const times = [];
    for (let i = 0; i < repeats + 3; i += 1) {
      await new Promise(requestAnimationFrame);
      const begin = performance.now();
      await draw();
      rasterise(canvases());
      times.push(performance.now() - begin);
    }
    // The first ones warm up.
    return { median: median(times.slice(3)), worst: Math.max(...times.slice(3)) };
  };

  const rows = [];
  for (const n of [1e5, 1e6, 1e7]) {
    const values = make(n);
    const repeats = n > 1e6 ? 11 : 31;

    const host = document.querySelector('#ours');
    const memoryBefore = ours.memory_bytes();
    const bench = new ours.Bench(host, 0);
    // In frames of 256 values, as a run sends them.
    const begin = performance.now();
    for (let at = 0; at < n; at += 256) bench.append(values.subarray(at, Math.min(n, at + 256)));
    const appendMs = performance.now() - begin;
    const mine = await measure(() => bench.paint(), () => [...host.querySelectorAll('canvas')], repeats);
    const perColumn = bench.points_per_column(), bytes = bench.bytes(), memory = ours.memory_bytes() - memoryBefore;
    // And with a point that arrives before each redraw, as while a run trains.
    const oneMore = new Float32Array([0.3]);
    const live = await measure(() => { bench.append(oneMore); bench.paint(); }, () => [...host.querySelectorAll('canvas')], repeats);
    bench.free();

    const smooth = new ours.Bench(host, 0.9);
    smooth.append(values);
    const slices = [];
    for (let at = 0; at < n; at += 150000) {
      const from = performance.now();
      smooth.paint();
      slices.push(performance.now() - from);
    }
    const smoothed = await measure(() => smooth.paint(), () => [...host.querySelectorAll('canvas')], repeats);
    smooth.free();

    const xs = new Float64Array(n);
    for (let i = 0; i < n; i += 1) xs[i] = i + 1;
    const theirHost = document.querySelector('#theirs');
    const plot = new UPlot({
      width: 1200, height: 400, legend: { show: false }, cursor: { show: false }, scales: { x: { time: false } },
      series: [{}, { stroke: 'rgb(0,103,178)', width: 1, points: { show: false } }],
    }, [xs, values], theirHost);
    await new Promise(requestAnimationFrame);
    const canvases = () => [...theirHost.querySelectorAll('canvas')];
    // Its redraw is done in a microtask. Paths and axes anew, ranges kept: the least that new points need.
    const redraw = await measure(async () => { plot.redraw(true, true); await Promise.resolve(); await Promise.resolve(); }, canvases, repeats);
    const setData = await measure(async () => { plot.setData([xs, values]); await Promise.resolve(); await Promise.resolve(); }, canvases, repeats);
    plot.destroy();
    rows.push({ n, perColumn, appendMs, bytes, memory, mine, live, smoothed, slice: Math.max(...slices), redraw, setData });
  }
  return rows;
});

const version = browser.version();
await browser.close();
server.close();

const ms = time => time.toFixed(time < 10 ? 2 : 1);
console.log(`Chromium ${version}, uPlot ${uplotVersion}, ${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, load ${os.loadavg()[0].toFixed(1)}`);
console.log('| points | ours, ms | ours with a new point | ours smoothed | uPlot redraw | uPlot setData | uPlot redraw / ours |');
console.log('|---|---|---|---|---|---|---|');
for (const row of results) {
  console.log(`| ${row.n.toExponential(0)} | ${ms(row.mine.median)} | ${ms(row.live.median)} | ${ms(row.smoothed.median)} | ${ms(row.redraw.median)} | ${ms(row.setData.median)} | ${(row.redraw.median / row.mine.median).toFixed(1)} |`);
}
for (const row of results) {
  console.log(`${row.n.toExponential(0)}: ${(row.n / row.appendMs / 1000).toFixed(1)} million points/s appended, ${(row.bytes / row.n).toFixed(2)} bytes a point (${(row.memory / row.n).toFixed(1)} with room to grow), ${row.perColumn} points in the fullest column, longest slice of smoothing ${ms(row.slice)} ms`);
}
