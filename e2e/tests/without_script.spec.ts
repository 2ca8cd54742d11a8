// The main journey without a script: every dialog is a page, every act a form.
import { expect, test } from '../fixtures/index.ts';
import { later } from '../fixtures/sign_in.ts';
import { invitationLink, Team } from '../fixtures/team.ts';
import type { MailServer } from '../fixtures/mail.ts';
import type { Page } from '@playwright/test';

test.use({ model: 'workjet', javaScriptEnabled: false });
test.slow();

const INVITE = { open: 'Invite User', field: 'Email address', send: 'Send Invite' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };

async function signIn(page: Page, mail: MailServer, address: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(address);
  await page.getByRole('button', { name: 'Mail me a code' }).click();
  await page.getByLabel('Code').fill((await mail.mailTo(address)).code!);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await later(page);
}

test('W-4 W-7 W-28 W-29 W-32 W-33 W-34 inviting, joining, roles, transfer and removal work without a script', async ({ page, mail, someoneElse }) => {
  await signIn(page, mail, 'ann@example.com');
  await page.getByLabel('Name').fill('Northwind');
  await page.getByRole('button', { name: 'Create organization' }).click();
  const team = new Team(page, 'northwind');
  await team.open();
  await team.invite(INVITE, BEN.address, 'Member');
  await expect(team.row(BEN.address)).toContainText('Invited');

  const ben = await someoneElse();
  await ben.goto(await invitationLink(mail, BEN.address));
  await ben.getByLabel('Your name').fill(BEN.name);
  await ben.getByRole('button', { name: 'Join Northwind' }).click();
  await later(ben);
  await expect(ben.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();

  await page.getByRole('searchbox').fill('ben');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(team.row('ann@example.com')).toHaveCount(0);
  await (await team.roles(BEN.name)).getByRole('link', { name: /^Admin/ }).click();
  await expect(page).toHaveURL(/\/roles\?/);
  await page.getByRole('button', { name: 'Change role' }).click();
  await expect(team.roleButton(BEN.name)).toHaveText('Admin');

  await page.goto(`/o/${team.slug}/transfer`);
  await page.getByLabel('New Owner').selectOption({ label: `${BEN.name} (${BEN.address})` });
  await page.getByRole('textbox').fill('Northwnid');
  await page.getByRole('button', { name: 'Transfer ownership' }).click();
  await expect(page.getByText('That isn’t the name.')).toBeVisible();
  await page.getByRole('textbox').fill('Northwind');
  await page.getByRole('button', { name: 'Transfer ownership' }).click();
  await expect(page.getByText('Ben Ruiz is Owner of Northwind now.')).toBeVisible();

  const asBen = new Team(ben, team.slug);
  await asBen.open();
  await (await asBen.more('ann@example.com')).getByRole('link', { name: 'Remove' }).click();
  await ben.getByRole('button', { name: /^Remove/ }).click();
  await expect(asBen.row('ann@example.com')).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
});

test.describe('a list', () => {
  test.use({ model: 'standard' });

  test('L-21 is looked at on a page of its own before it is sent', async ({ page, mail }) => {
    await signIn(page, mail, 'ann@example.com');
    await page.getByLabel('Name').fill('Northwind');
    await page.getByRole('button', { name: 'Create organization' }).click();
    const team = new Team(page, 'northwind');
    await team.open();
    const words = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };
    const form = await team.fillInvitation(words, 'ben@example.com, eva@example.com; not@@right', 'Member');
    await form.getByRole('button', { name: words.send }).click();
    await expect(page.getByRole('heading', { name: 'Invite 3 people to Northwind?' })).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: 'not@@right' })).toContainText('Unclear');
    await page.getByRole('button', { name: 'Send invitations' }).click();
    await expect(page.getByRole('heading', { name: '2 of 3 people invited' })).toBeVisible();
    await page.getByRole('link', { name: 'Close' }).last().click();
    await expect(team.row('eva@example.com')).toContainText('Invited');
  });
});
