// Two projects, one per database: a journey counts only if it passed on both.
import { defineConfig } from '@playwright/test';
import type { Options } from './fixtures/index.ts';

export default defineConfig<Options>({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  // Half of a journey is waiting for mail, which leaves ten seconds after it was sent.
  workers: 3,
  timeout: 150_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    // Recording costs a third of a run. `GUILDHALL_TRACE=1` keeps what a failed journey did.
    trace: process.env.GUILDHALL_TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    launchOptions: {
      executablePath: process.env.GUILDHALL_CHROMIUM ?? '/usr/bin/chromium-headless-shell',
      args: [
        // Root, as in CI's containers, can't use Chromium's sandbox; only our own pages are opened.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A page that asks another host for anything must fail here, not only at a customer's firewall.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ],
    },
  },
  projects: [
    { name: 'sqlite', use: { database: 'sqlite' } },
    { name: 'postgres', use: { database: 'postgres' } },
  ],
});
