// Pages that no other journey passes: each is judged by axe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runSql } from '../fixtures/database.ts';
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { BINARY } from '../fixtures/guildhall.ts';
import { waitFor } from '../fixtures/ports.ts';
import { askForCode, enterCode, signIn } from '../fixtures/sign_in.ts';
import { found, paste, Team } from '../fixtures/team.ts';

test.slow();

/** What the server's own test reads. */
const CASES = resolve(import.meta.dirname, '../../crates/server/src/invitations/list.cases.json');
const ANN = 'ann@example.com';

test('the page of the API and the pages of its problems', async ({ page }) => {
  for (const path of ['/api', '/problems/last-owner', '/problems/limited']) {
    const answer = await page.goto(path);
    expect(answer!.status(), path).toBe(200);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  }
});

test('the link “This wasn’t you?” ends every session', async ({ page, mail, someoneElse }) => {
  await signIn(page, mail, ANN, '/profile/addresses');
  await page.getByLabel('Email address').fill('mallory@example.com');
  await page.getByRole('button', { name: 'Add address' }).click();
  await enterCode(page, (await mail.mailTo('mallory@example.com', /Confirm/)).code!);
  const { links } = await mail.mailTo(ANN, /addresses of your account changed/);
  const other = await someoneElse();
  await other.goto(links.find((link) => link.includes('/not-me/'))!);
  expect(other.url(), 'the token left the address').toMatch(/\/not-me$/);
  await expect(other.getByRole('heading', { name: 'This wasn’t you?' })).toBeVisible();
  await expectAccessible(other);
  await other.getByRole('button', { name: 'End every session' }).click();
  await expect(other.getByRole('heading', { name: 'Every session has ended' })).toBeVisible();
  await expectAccessible(other);
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('too many mails to one address', async ({ page, mail }) => {
  for (let asked = 0; asked < 3; asked += 1) {
    await page.goto('/sign-in');
    await askForCode(page, ANN);
  }
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(ANN);
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Mail me a code' }).click();
  expect((await answer).status()).toBe(429);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  expect(mail.mailsTo(ANN).length).toBeLessThanOrEqual(3);
});

test('the field for addresses reads what is pasted as the server does', async ({ page, mail }) => {
  await signIn(page, mail, ANN);
  const slug = await found(page, 'Northwind');
  const cases: [string, string[]][] = JSON.parse(await readFile(CASES, 'utf8'));
  expect(cases.length).toBeGreaterThan(10);
  for (const [text, entries] of cases) {
    await page.goto(`/o/${slug}/invite`);
    await paste(page.getByLabel('Addresses or handles'), text);
    const chips = page.getByRole('button', { name: /^Remove / });
    const read = () => chips.evaluateAll((all) => all.map((chip) => chip.getAttribute('aria-label')!.slice('Remove '.length)));
    await expect.poll(read, text).toEqual(entries);
  }
});

test('a table is away: what to do, a reference that the log knows, and a way to try again', async ({ page, mail, guildhall, complaints }) => {
  await signIn(page, mail, ANN);
  const team = new Team(page, await found(page, 'Northwind'));
  await team.open();
  complaints.expected = /status of 503/;
  await runSql(guildhall.databaseUrl, 'ALTER TABLE directory RENAME TO directory_away');
  const answer = await page.goto(`/o/${team.slug}/people`);
  expect(answer!.status()).toBe(503);
  expect(answer!.headers()['retry-after']).toBe('5');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  const reference = await page.locator('#reference').textContent();
  expect(reference).not.toBe('');
  expect(guildhall.output, 'logged under the same reference').toContain(reference);
  await runSql(guildhall.databaseUrl, 'ALTER TABLE directory_away RENAME TO directory');
  await page.getByRole('main').getByRole('link', { name: 'Try again' }).click();
  await expect(team.row('You')).toBeVisible();

  await page.goto('/profile');
  await page.getByLabel('Name', { exact: true }).fill('Ann Okafor');
  await runSql(guildhall.databaseUrl, 'ALTER TABLE person RENAME TO person_away');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('It may not have been saved. Look first, then try again.')).toBeVisible();
  await expectAccessible(page);
  await runSql(guildhall.databaseUrl, 'ALTER TABLE person_away RENAME TO person');
  await page.goto('/organizations');
  await page.goto('/profile');
  await expect(page.getByLabel('Name', { exact: true }), 'kept while its writer looked').toHaveValue('Ann Okafor');
  await expect(page.getByRole('status').filter({ hasText: 'Look whether it was saved' })).toBeVisible();
});

test('the demo: its first page, its mailbox and a mail', async ({ browser, complaints, folder }) => {
  const demo = spawn(BINARY, ['demo', '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(demo, 'exit');
  try {
    await waitFor(() => (output.includes('Ctrl-C stops it') ? true : undefined), () => `the demo doesn't serve:\n${output}`, 120_000);
    const context = await browser.newContext();
    complaints.listen(context);
    const page = await context.newPage();
    await page.goto(/demo is at (\S+)/.exec(output)![1]!);
    await expect(page.getByRole('heading', { name: 'One binary, one file each' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Mailbox' }).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(new URL(page.url()).pathname).toBe('/mailbox');
    await expectAccessible(page);
    await page.getByRole('main').locator('a[href^="/mailbox/"]').first().click();
    await page.waitForURL('**/mailbox/*');
    await expectAccessible(page);
    await context.close();
  } finally {
    demo.kill('SIGINT');
    await ended;
  }
});
