// Signing in with a real OpenID provider: who joins by it, and what its word is worth.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, later, signIn, typeCode } from '../fixtures/sign_in.ts';
import { found, foundAs, invitationLink, Team } from '../fixtures/team.ts';

test.use({ model: 'workjet' });
test.slow();

const INVITE = { open: 'Invite User', field: 'Email address', send: 'Send Invite' };
const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const EVA = 'eva@example.com';

test('W-9 L-20 who is new and has one invitation joins by signing in with the provider', async ({ page, mail, provider, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, EVA, 'Member');
  await expect(team.row(EVA)).toContainText('Invited');

  const account = provider.add({ sub: 'eva-1', name: 'Eva Lind', email: EVA, email_verified: true });
  const eva = await someoneElse();
  await eva.goto('/sign-in');
  await eva.getByRole('button', { name: 'Continue with Company' }).click();
  await provider.signIn(eva, account);
  await later(eva);
  await eva.waitForURL(`**/o/${team.slug}/**`);
  await expect(eva.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
  await page.reload();
  await expect(team.row('Eva Lind')).toContainText('Joined');
  await expect(team.row('Eva Lind')).toContainText('Member');

  await test.step('the next time, another address in the token changes nothing: issuer and subject say who it is', async () => {
    provider.add({ ...account, email: 'somebody@example.com' });
    const again = await someoneElse();
    await again.goto(`/sign-in?return_to=/o/${team.slug}/people`);
    await again.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(again, account);
    await expect(new Team(again, team.slug).row('Eva Lind')).toContainText('You');
  });
});

test('an account at a provider is linked on the profile, signs in, and is unlinked', async ({ page, mail, provider, someoneElse }) => {
  await foundAs(page, mail, ANN, 'Northwind');
  await page.goto('/profile');
  const account = provider.add({ sub: 'ann-7', email: 'ann@company.example', email_verified: true });
  await page.getByRole('button', { name: 'Link Company' }).click();
  await provider.signIn(page, account);
  const linked = page.getByRole('listitem').filter({ hasText: 'Company: ann@company.example' });
  await expect(linked).toContainText('Linked on');
  await expectAccessible(page);

  const byProvider = async () => {
    const browser = await someoneElse();
    await browser.goto('/sign-in?return_to=/profile');
    await browser.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(browser, account);
    return browser;
  };
  const known = await byProvider();
  await expect(known.getByLabel('Name', { exact: true })).toHaveValue(ANN.name);

  await linked.getByRole('link', { name: /^Unlink/ }).click();
  const dialog = page.getByRole('region', { name: 'Unlink Company: ann@company.example?' });
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Unlink account' }).click();
  await expect(page.getByText('Company: ann@company.example was unlinked.')).toBeVisible();
  await expect(linked).toHaveCount(0);
  const unknown = await byProvider();
  await expect(unknown.getByLabel('Email address'), 'it signs in nobody: the address is to be proven').toHaveValue('ann@company.example');
});

test('W-9 who has two invitations is put nowhere, and chooses', async ({ page, mail, provider, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, EVA, 'Member');
  const other = new Team(page, await found(page, 'Adventure Works'));
  await other.open();
  await other.invite(INVITE, EVA, 'Member');

  const account = provider.add({ sub: 'eva-1', email: EVA, email_verified: true });
  const eva = await someoneElse();
  await eva.goto('/sign-in');
  await eva.getByRole('button', { name: 'Continue with Company' }).click();
  await provider.signIn(eva, account);
  await later(eva);
  await expect(eva.getByRole('heading', { name: '2 invitations wait for you' })).toBeVisible();
  for (const { slug } of [team, other]) {
    await eva.goto(`/o/${slug}/people`);
    await expect(eva.getByRole('heading', { name: 'Not found' }), 'signing in joined neither').toBeVisible();
  }
  await page.reload();
  await expect(other.row(EVA)).toContainText('Invited');

  await eva.goto('/');
  await eva.getByRole('button', { name: 'Join Adventure Works' }).click();
  await eva.waitForURL(`**/o/${other.slug}/**`);
  await expect(eva.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
  await page.reload();
  await expect(other.row(EVA)).toContainText('Joined');
  await team.open();
  await expect(team.row(EVA)).toContainText('Invited');
  await eva.goto(`/o/${team.slug}/people`);
  await expect(eva.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await eva.goto('/invitations');
  await expect(eva.getByRole('heading', { name: 'One invitation waits for you' })).toBeVisible();
  await expect(eva.getByRole('button', { name: 'Join Northwind' })).toBeVisible();
});

test.describe('with Google', () => {
  test.use({ providerDomains: [], providerIsGoogle: true });

  test('W-9 L-37 an account of a domain that it hosts joins with the assigned role; an address alone proves nothing', async ({
    page, mail, provider, someoneElse,
  }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    await team.invite(INVITE, EVA, 'Admin');
    await expect(team.row(EVA)).toContainText('Invited');

    const claimed = provider.add({ sub: 'mallory', name: 'Mallory', email: EVA, email_verified: true });
    const mallory = await someoneElse();
    await mallory.goto('/sign-in');
    await mallory.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(mallory, claimed);
    await expect(mallory.getByText('We can\'t be sure that this address is yours.')).toBeVisible();
    await page.reload();
    await expect(team.row(EVA)).toContainText('Invited');

    const hosted = provider.add({ sub: 'eva-1', name: 'Eva Lind', email: EVA, email_verified: true, hd: 'example.com' });
    const eva = await someoneElse();
    await eva.goto('/sign-in');
    await eva.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(eva, hosted);
    await later(eva);
    await eva.waitForURL(`**/o/${team.slug}/**`);
    await expect(eva.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
    await page.reload();
    await expect(team.row('Eva Lind')).toContainText('Joined');
    await expect(team.roleButton('Eva Lind')).toHaveText('Admin');
  });
});

test.describe('where signing in joins nobody', () => {
  test.use({ model: 'standard' });

  test('L-20 who signs in by a provider first finds the invitation waiting, and joins with that account', async ({
    page, mail, provider, someoneElse,
  }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    await team.invite({ open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' }, EVA, 'Viewer');
    const link = await invitationLink(mail, EVA);

    const account = provider.add({ sub: 'eva-1', name: 'Eva Lind', email: EVA, email_verified: true });
    const eva = await someoneElse();
    await eva.goto('/sign-in');
    await eva.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(eva, account);
    await later(eva);
    await expect(eva.getByRole('heading', { name: 'One invitation waits for you' })).toBeVisible();
    await expectAccessible(eva);
    await page.reload();
    await expect(team.row(EVA)).toContainText('Invited');

    await eva.getByRole('button', { name: 'Join Northwind' }).click();
    await expect(eva.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
    await page.reload();
    await expect(team.row('Eva Lind')).toContainText('Joined');
    await expect(team.roleButton('Eva Lind')).toHaveText('Viewer');
    await expect(page.getByRole('row'), 'the head, Ann, and Eva once').toHaveCount(3);
    await eva.goto(link);
    await expect(eva.getByRole('heading', { name: 'You already belong to Northwind' })).toBeVisible();
  });
});

test('L-37 a provider that hosts the domain signs in to the account that proved the address, unless it says itself that it is not proven', async ({
  page, mail, provider, someoneElse,
}) => {
  await foundAs(page, mail, ANN, 'Northwind');
  const denied = provider.add({ sub: 'mallory', email: ANN.address, email_verified: false });
  const mallory = await someoneElse();
  await mallory.goto('/sign-in?return_to=/profile');
  await mallory.getByRole('button', { name: 'Continue with Company' }).click();
  await provider.signIn(mallory, denied);
  await expect(mallory.getByText('We can\'t be sure that this address is yours.')).toBeVisible();

  const account = provider.add({ sub: 'ann-1', email: 'Ann@Example.com' });
  const again = await someoneElse();
  await again.goto('/sign-in?return_to=/profile');
  await again.getByRole('button', { name: 'Continue with Company' }).click();
  await provider.signIn(again, account);
  await expect(again.getByLabel('Name', { exact: true })).toHaveValue(ANN.name);
});

test('signing in again asks the provider to have them prove it anew, and goes by the time it states', async ({ page, mail, provider, guildhall }) => {
  await foundAs(page, mail, ANN, 'Northwind');
  const account = provider.add({ sub: 'ann-1', email: ANN.address, email_verified: true });
  const again = async () => {
    await page.goto('/sign-in/again?return_to=/profile');
    await page.getByRole('button', { name: 'Continue with Company' }).click();
    // It has a session of theirs by now, and asks nevertheless.
    await provider.signIn(page, account);
  };
  for (const _ of [1, 2]) {
    await again();
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(ANN.name);
  }
  // Its clock stays behind ours: what it states is old.
  guildhall.clock.forward({ minutes: 16 });
  await again();
  await expect(page.getByText('the provider didn\'t ask you to sign in anew. Use a mailed code.')).toBeVisible();
  await expectAccessible(page);
  await askForCode(page, ANN.address);
  await typeCode(page, mail, ANN.address);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(ANN.name);
});

test.describe('a provider that hosts other domains', () => {
  test.use({ providerDomains: ['elsewhere.example'] });

  test('L-37 claims an address in vain: the mailbox is proven by code first', async ({ page, mail, provider, someoneElse }) => {
    await foundAs(page, mail, ANN, 'Northwind');
    const account = provider.add({ sub: 'mallory', name: 'Mallory', email: ANN.address, email_verified: true, hd: 'example.com' });
    const mallory = await someoneElse();
    await mallory.goto('/sign-in?return_to=/profile');
    await mallory.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(mallory, account);
    await expect(mallory.getByText('We can\'t be sure that this address is yours.')).toBeVisible();
    await expectAccessible(mallory);
    await mallory.goto('/profile');
    await expect(mallory.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });

  test('L-37 once the code was typed in the same browser, the provider is enough', async ({ mail, provider, someoneElse }) => {
    const account = provider.add({ sub: 'eva-1', name: 'Eva Lind', email: EVA });
    const eva = await someoneElse();
    await eva.goto('/sign-in?return_to=/profile');
    await eva.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(eva, account);
    await expect(eva.getByLabel('Email address')).toHaveValue(EVA);
    await askForCode(eva, EVA);
    await typeCode(eva, mail, EVA);
    await expect(eva.getByLabel('Name', { exact: true })).toHaveValue('Eva Lind');

    const again = await someoneElse();
    await again.goto('/sign-in?return_to=/profile');
    await again.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(again, account);
    await expect(again.getByLabel('Name', { exact: true })).toHaveValue('Eva Lind');
  });

  test('L-37 who proved an address by mail is not joined by an account that only claims it', async ({ page, mail, provider, someoneElse }) => {
    const account = provider.add({ sub: 'mallory', email: EVA, email_verified: true });
    const mallory = await someoneElse();
    await mallory.goto('/sign-in');
    await mallory.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(mallory, account);
    await expect(mallory.getByLabel('Email address')).toHaveValue(EVA);

    await signIn(page, mail, EVA, '/profile');
    const again = await someoneElse();
    await again.goto('/sign-in?return_to=/profile');
    await again.getByRole('button', { name: 'Continue with Company' }).click();
    await provider.signIn(again, account);
    await expect(again.getByText('We can\'t be sure that this address is yours.')).toBeVisible();
  });
});
