// Serves a built page and opens it in Chromium.
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.svg': 'image/svg+xml' };

export async function open(dist, device, viewport) {
  const server = http.createServer((request, answer) => {
    let name = decodeURIComponent(request.url.split('?')[0]);
    if (name.endsWith('/')) name += 'index.html';
    const file = path.join(dist, name);
    if (!fs.existsSync(file)) return answer.writeHead(404).end();
    answer.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(answer);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const flags = ['--headless=new', '--no-sandbox'];
  if (device === 'webgpu') flags.push('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
  const page = await browser.newPage({ viewport });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => window.emberscope);
  return { page, close: async () => { await browser.close(); server.close(); } };
}
