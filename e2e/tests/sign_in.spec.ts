// Signing in by mail: where a link works, how often, and what it costs to guess.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, enterCode, signIn, signOut } from '../fixtures/sign_in.ts';

const ANN = 'ann@example.com';

test('a mailed code signs in once, in the browser that asked', async ({ page, mail, someoneElse }) => {
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expectAccessible(page);
  await askForCode(page, ANN);
  await expectAccessible(page);
  const { code, links } = await mail.mailTo(ANN);

  await enterCode(page, code === '000000' ? '111111' : '000000');
  await expect(page.getByText('4 tries are left')).toBeVisible();
  await expectAccessible(page);

  const other = await someoneElse();
  await other.goto(links[0]!);
  await expect(other.getByRole('heading', { name: 'Open this where you asked for it' })).toBeVisible();
  await expectAccessible(other);

  await enterCode(page, code!);
  await expect(page.getByRole('heading', { name: 'Welcome', exact: true }), 'who is new is asked what to be called').toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Your name').fill('Ann Okafor');
  await page.getByLabel(/^Handle/).fill('ann');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Ann Okafor');
  await page.goto(links[0]!);
  await expect(page.getByRole('heading', { name: 'Already used' })).toBeVisible();
  await other.goto('/profile');
  await expect(other.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('L-15 fetching the mailed link consumes nothing, however often', async ({ page, mail, request }) => {
  await page.goto('/sign-in');
  await askForCode(page, ANN);
  const link = (await mail.mailTo(ANN)).links[0]!;
  for (const scanned of [await request.head(link), await request.get(link), await request.get(link)]) {
    expect(scanned.status()).toBeLessThan(400);
  }
  await page.goto(link);
  expect(page.url(), 'the token left the address').toMatch(/\/sign-in\/link$/);
  await page.reload();
  await expect(page.getByText(`You asked to sign in as ${ANN}.`)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
});

test('only the newest mail counts, for ten minutes, and five wrong codes end it', async ({ page, mail, guildhall }) => {
  await page.goto('/sign-in');
  await askForCode(page, ANN);
  const first = await mail.mailTo(ANN);
  await page.goto('/sign-in');
  await askForCode(page, ANN);
  const second = await mail.mailTo(ANN);
  await page.goto(first.links[0]!);
  await expect(page.getByRole('heading', { name: 'There is a newer mail' })).toBeVisible();
  await expectAccessible(page);

  guildhall.clock.forward({ minutes: 11 });
  await page.goto(second.links[0]!);
  await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible();

  await page.getByRole('link', { name: 'Send another mail' }).click();
  await askForCode(page, ANN);
  const { code } = await mail.mailTo(ANN);
  const wrong = code === '000000' ? '111111' : '000000';
  for (const left of ['4 tries are', '3 tries are', '2 tries are', '1 try is']) {
    await enterCode(page, wrong);
    await expect(page.getByText(`${left} left`)).toBeVisible();
  }
  await enterCode(page, wrong);
  await expect(page.getByRole('heading', { name: 'Too many wrong codes' })).toBeVisible();
});

test('a new device is mailed about, and signing out ends it', async ({ page, mail, someoneElse }) => {
  await signIn(page, mail, ANN, '/profile');
  const other = await someoneElse({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' });
  await signIn(other, mail, ANN, '/profile');
  await mail.mailTo(ANN, /^New sign-in/);
  await signOut(page);
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Profile' })).toBeVisible();
});

test.describe('where only invited people may come', () => {
  test.use({ signUp: 'invited', organizations: 'operators' });

  test('a stranger proves an address and is told whom to ask', async ({ page, mail }) => {
    await page.goto('/sign-in');
    await expect(page.getByText('Only invited people can sign in.')).toBeVisible();
    await askForCode(page, ANN);
    await enterCode(page, (await mail.mailTo(ANN)).code!);
    await expect(page.getByRole('heading', { name: 'Nobody invited you yet' })).toBeVisible();
    await expectAccessible(page);
  });
});
