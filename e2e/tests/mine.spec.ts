// A person's own things: profile, addresses, sessions, organizations, theme, and leaving.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, enterCode, signIn, signOut, typeCode } from '../fixtures/sign_in.ts';
import { found, foundAs, invitationLink, openMenu } from '../fixtures/team.ts';

test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const EVA = 'eva@example.com';
const INVITE = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };

test('a profile: name, handle, theme', async ({ page, mail, someoneElse }) => {
  await signIn(page, mail, ANN.address, '/profile');
  await expectAccessible(page);
  await page.getByLabel('Name', { exact: true }).fill(ANN.name);
  await page.getByLabel('Handle').fill('Not a handle');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByLabel('Handle')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Name', { exact: true }), 'values survive errors').toHaveValue(ANN.name);
  await expectAccessible(page);
  await page.getByLabel('Handle').fill('ann-okafor');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await expect(page.locator('html'), 'the theme shows at once').toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveCSS('color', 'rgb(236, 238, 242)');
  await expectAccessible(page);

  const other = await someoneElse();
  await signIn(other, mail, EVA, '/profile');
  await other.getByLabel('Handle').fill('ann-okafor');
  await other.getByRole('button', { name: 'Save profile' }).click();
  await expect(other.getByLabel('Handle')).toHaveAttribute('aria-invalid', 'true');
  await expect(other.getByText('“ann-okafor” is in use, or was until lately.')).toBeVisible();
});

test('L-19 an address is added by its code, becomes the primary one, and signs in; the last one stays', async ({ page, mail }) => {
  await signIn(page, mail, ANN.address, '/profile/addresses');
  await expectAccessible(page);
  await page.getByLabel('Email address').fill('Ann.Okafor+work@Example.com');
  await page.getByRole('button', { name: 'Add address' }).click();
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
  await enterCode(page, (await mail.mailTo('Ann.Okafor+work@example.com', /Confirm/)).code!);
  const added = page.getByRole('listitem').filter({ hasText: 'Ann.Okafor+work@example.com' });
  await expect(added).toBeVisible();
  await mail.mailTo(ANN.address, /addresses of your account changed/);

  await added.getByRole('button', { name: /^More about/ }).click();
  await page.getByRole('button', { name: 'Make primary' }).click();
  await expect(added).toContainText('Primary');
  const old = page.getByRole('listitem').filter({ hasText: ANN.address });
  await old.getByRole('button', { name: /^More about/ }).click();
  await openMenu(page).getByRole('link', { name: 'Remove' }).click();
  await expect(page.getByRole('button', { name: 'Remove address' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Remove address' }).click();
  await expect(page.getByText(`${ANN.address} was removed.`)).toBeVisible();
  await added.getByRole('button', { name: /^More about/ }).click();
  await openMenu(page).getByRole('link', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove address' }).click();
  await expect(page.getByRole('alert')).toContainText('Without it nobody could sign in to this account, or no mail would reach it. Add another address first.');
  await page.getByRole('link', { name: 'Cancel' }).click();

  await signOut(page);
  await page.goto('/sign-in?return_to=/profile/addresses');
  await askForCode(page, 'ann.okafor+WORK@example.com');
  await typeCode(page, mail, 'Ann.Okafor+work@example.com');
  await expect(added).toBeVisible();
});

test('a sensitive step asks for a fresh sign-in and leads back', async ({ page, mail, guildhall }) => {
  await signIn(page, mail, ANN.address, '/profile/addresses');
  guildhall.clock.forward({ minutes: 16 });
  await page.getByLabel('Email address').fill('ann@elsewhere.example');
  await page.getByRole('button', { name: 'Add address' }).click();
  await expect(page.getByText('This needs a sign-in within the last 15 minutes.')).toBeVisible();
  await expect(page.getByLabel('Email address')).toHaveValue(ANN.address);
  await expectAccessible(page);
  await askForCode(page, ANN.address);
  await typeCode(page, mail, ANN.address);
  await expect(page.getByRole('heading', { name: 'Addresses', exact: true })).toBeVisible();
  await page.getByLabel('Email address').fill('ann@elsewhere.example');
  await page.getByRole('button', { name: 'Add address' }).click();
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
});

test('who was signed out meanwhile signs in and finds what they typed, in a dialog and on a page', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const signedOut = async () => page.context().clearCookies({ name: /-session$/ });
  const panel = await team.fillInvitation(INVITE, `${EVA} fay@example.com`, 'Viewer');
  await signedOut();
  await panel.getByRole('button', { name: INVITE.send }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await askForCode(page, ANN.address);
  await typeCode(page, mail, ANN.address);
  await expect(page.getByRole('status').filter({ hasText: 'You were signed out meanwhile.' })).toBeVisible();
  await expect(page.getByRole('button', { name: `Remove ${EVA}` })).toBeVisible();
  await expect(page.getByRole('radio', { name: /^Viewer/ })).toBeChecked();
  await expectAccessible(page);
  await page.getByRole('button', { name: INVITE.send }).click();
  await expect(team.panel(/^Invite 2 people/).or(team.row(EVA)).first()).toBeVisible();

  await page.goto('/profile');
  await page.getByLabel('Name', { exact: true }).fill('Ann O. Okafor');
  await signedOut();
  await page.getByRole('button', { name: 'Save profile' }).click();
  await askForCode(page, ANN.address);
  await typeCode(page, mail, ANN.address);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Ann O. Okafor');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.goto('/profile');
  await expect(page.getByText('You were signed out meanwhile.')).toHaveCount(0);
});

test('who signed in again in another tab finds what they typed, in a dialog and on a page', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const tab = await page.context().newPage();
  const again = async () => {
    await tab.goto('/sign-in/again?return_to=/profile');
    await askForCode(tab, ANN.address);
    await typeCode(tab, mail, ANN.address);
  };
  const notice = page.getByRole('status').filter({ hasText: 'You signed in again meanwhile. Look once more, then send it.' });
  const panel = await team.fillInvitation(INVITE, `${EVA} fay@example.com`, 'Viewer');
  await again();
  await panel.getByRole('button', { name: INVITE.send }).click();
  await expect(notice).toBeVisible();
  await expect(page.getByRole('button', { name: `Remove ${EVA}` })).toBeVisible();
  await expect(page.getByRole('radio', { name: /^Viewer/ })).toBeChecked();
  await page.getByRole('button', { name: INVITE.send }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Invited 2 people as Viewer.' })).toBeVisible();

  await page.goto('/profile');
  await page.getByLabel('Name', { exact: true }).fill('Ann O. Okafor');
  await again();
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(notice).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Ann O. Okafor');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Ann O. Okafor');
});

test('what somebody typed before being signed out is not for another person who signs in there', async ({ page, mail, someoneElse }) => {
  await signIn(await someoneElse(), mail, EVA, '/profile');
  await signIn(page, mail, ANN.address, '/profile');
  await page.getByLabel('Name', { exact: true }).fill('Only Ann knows');
  await page.context().clearCookies({ name: /-session$/ });
  await page.getByRole('button', { name: 'Save profile' }).click();
  await askForCode(page, EVA);
  await typeCode(page, mail, EVA);
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('');
  await expect(page.getByText('You were signed out meanwhile.')).toHaveCount(0);
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('Only Ann knows');
});

test('another session is ended from here', async ({ page, mail, someoneElse }) => {
  await signIn(page, mail, ANN.address, '/profile/sessions');
  const [second, third] = [await someoneElse(), await someoneElse()];
  await signIn(second, mail, ANN.address, '/profile');
  await signIn(third, mail, ANN.address, '/profile');
  await page.reload();
  await expect(page.getByText('You are signed in with 3 browsers.')).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem').filter({ hasText: 'This one' })).toHaveCount(1);
  await expectAccessible(page);
  await page.getByRole('button', { name: /End the session of/ }).first().click();
  await expect(page.getByText('You are signed in with 2 browsers.')).toBeVisible();
  await page.getByRole('button', { name: 'End all others' }).click();
  await expect(page.getByText('You are signed in with 1 browser.')).toBeVisible();
  for (const ended of [second, third]) {
    await ended.reload();
    await expect(ended.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  }
});

test('L-5 several organizations: the switcher, settings, leaving one and deleting another', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, EVA, 'Member');
  const eva = await someoneElse();
  await signIn(eva, mail, EVA);
  await found(eva, 'Adventure Works');
  await eva.goto(await invitationLink(mail, EVA));
  await eva.getByRole('button', { name: 'Join Northwind' }).click();
  await eva.waitForURL(`**/o/${team.slug}/**`);

  await eva.getByRole('button', { name: /Northwind.*change organization/ }).first().click();
  const adventure = openMenu(eva).getByRole('link', { name: 'Adventure Works' });
  await expect(adventure).toBeVisible();
  await expectAccessible(eva);
  await adventure.click();
  await eva.waitForURL('**/o/adventure-works/**');

  await test.step('the settings: name and short name', async () => {
    await eva.getByRole('navigation', { name: 'Adventure Works' }).getByRole('link', { name: 'Settings' }).click();
    await eva.getByLabel('Name', { exact: true }).fill('Adventure & Works');
    await eva.getByLabel('Short name').fill('northwind');
    await eva.getByRole('button', { name: 'Save changes' }).click();
    await expect(eva.getByLabel('Short name')).toHaveAttribute('aria-invalid', 'true');
    await expectAccessible(eva);
    await eva.getByLabel('Short name').fill('adventure');
    await eva.getByRole('button', { name: 'Save changes' }).click();
    await eva.waitForURL('**/o/adventure/settings**');
    await expect(eva.getByRole('navigation', { name: 'Adventure & Works' })).toBeVisible();
    await eva.goto('/o/adventure-works/people');
    await expect(eva.getByRole('heading', { level: 1 }), 'never redirected').not.toHaveText('People');
  });

  await test.step('leaving one keeps the other, and the session', async () => {
    await eva.goto('/organizations');
    const northwind = eva.getByRole('main').getByRole('listitem').filter({ hasText: 'Northwind' });
    await northwind.getByRole('button', { name: 'More about Northwind' }).click();
    await openMenu(eva).getByRole('link', { name: 'Leave' }).click();
    await expect(eva.getByRole('button', { name: 'Leave Northwind' })).toBeVisible();
    await expectAccessible(eva);
    await eva.getByRole('button', { name: 'Leave Northwind' }).click();
    await expect(eva.getByText('You left Northwind.')).toBeVisible();
    await expect(eva.getByRole('main').getByRole('link', { name: 'Adventure & Works' })).toBeVisible();
    await eva.goto(`/o/${team.slug}/people`);
    await expect(eva.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
    await expect(eva.getByText('You left.')).toBeVisible();
    await page.reload();
    await expect(team.row(EVA)).toHaveCount(0);
  });

  await test.step('deleting the other leaves one’s own session pointing nowhere', async () => {
    await eva.goto('/o/adventure/delete');
    await eva.getByRole('textbox').fill('Adventure & Works');
    await eva.getByRole('button', { name: 'Delete Adventure & Works' }).click();
    await expect(eva.getByText(/^Adventure & Works is deleted\./)).toBeVisible();
    await eva.goto('/');
    await expect(eva.getByRole('heading', { name: 'You don’t belong to an organization yet' })).toBeVisible();
    await expectAccessible(eva);
    await eva.goto('/o/adventure/people');
    await expect(eva.getByRole('table')).toHaveCount(0);
  });
});

test('L-35 an account is deleted at once, but not while an organization would lose its only owner', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, EVA, 'Member');
  const eva = await someoneElse();
  await signIn(eva, mail, EVA);
  await eva.goto(await invitationLink(mail, EVA));
  await eva.getByRole('button', { name: 'Join Northwind' }).click();
  await eva.waitForURL(`**/o/${team.slug}/**`);

  await page.goto('/profile/delete');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Delete account' }).click();
  await expect(page.getByRole('alert')).toContainText('the only Owner of one organization with other members');

  await eva.goto('/profile/delete');
  await eva.getByRole('button', { name: 'Delete account' }).click();
  await expect(eva.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await team.open();
  await expect(team.row(EVA)).toHaveCount(0);
  await signIn(eva, mail, EVA);
  await expect(eva.getByRole('heading', { name: 'You don’t belong to an organization yet' })).toBeVisible();
});
