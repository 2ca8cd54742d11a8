// Takes the pictures of docs/screenshots: the demo of all six systems, light and dark, wide and narrow.
// Usage: npm run screenshots   (needs target/debug/guildhall, or GUILDHALL_BIN)
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const binary = process.env.GUILDHALL_BIN ?? join(root, 'target/debug/guildhall');
const folder = join(root, 'docs/screenshots');
const models = ['standard', 'workjet', 'aihub', 'appcircle', 'modelmatch', 'pipes'];
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 375, height: 812 } };
mkdirSync(folder, { recursive: true });

/** Starts one system and resolves with the link that signs in as its owner. */
function start(model, port) {
  const demo = spawn(binary, ['demo', '--model', model, '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const link = new Promise((found, failed) => {
    demo.once('exit', () => failed(new Error(`the demo of ${model} ended`)));
    createInterface({ input: demo.stdout }).on('line', (line) => {
      const match = /Owner|Admin/.test(line) && /(http:\S+\/demo\/\S+)/.exec(line);
      if (match) found(match[1]);
    });
  });
  return { demo, link };
}

async function picture(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const browser = await chromium.launch({
  executablePath: process.env.GUILDHALL_CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
for (const [i, model] of models.entries()) {
  const { demo, link } = start(model, 7900 + i);
  const url = await link;
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, viewport] of Object.entries(sizes)) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(url);
      await page.goto(new URL('/o/northwind/people', url).href);
      await picture(page, `${model}-people-${colorScheme}-${size}`);
      if (model === 'workjet') {
        const person = page.getByRole('link', { name: /Chloé/ }).first();
        await page.goto(`${new URL(await person.getAttribute('href'), url).href}/remove`);
        await picture(page, `${model}-removal-${colorScheme}-${size}`);
        await page.goto(new URL('/o/northwind/invite', url).href);
        await picture(page, `${model}-invite-${colorScheme}-${size}`);
      }
      await context.close();
    }
  }
  const ended = new Promise((done) => demo.removeAllListeners('exit').once('exit', done));
  demo.kill('SIGINT');
  await ended;
  console.log(`${model}: done`);
}
await browser.close();
