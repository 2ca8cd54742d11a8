// What dialogs and the list do while somebody waits, and with what was typed.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { foundAs, paste } from '../fixtures/team.ts';

test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const INVITE = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };

async function escape(page: Page): Promise<void> {
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Escape');
}

test('Escape keeps what was pasted, and what was refused', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const open = page.getByRole('link', { name: INVITE.open, exact: true });
  const panel = team.panel(/./);
  const field = panel.getByLabel(INVITE.field);
  await open.focus();
  await page.keyboard.press('Enter');
  await expect(field).toBeFocused();
  await paste(field, 'ben@example.com, eva@example.com');
  await escape(page);
  await expect(panel.locator('.chip')).toHaveCount(2);
  await expect(field, 'the focus stays').toBeFocused();
  await panel.getByRole('link', { name: 'Cancel' }).focus();
  await page.keyboard.press('Enter');
  await expect(panel).toHaveCount(0);
  await expect(open, 'back to the opener').toBeFocused();

  await page.keyboard.press('Enter');
  await expect(field).toBeFocused();
  await page.keyboard.type(ANN.address);
  await panel.getByRole('button', { name: INVITE.send }).focus();
  await page.keyboard.press('Enter');
  await expect(panel.getByText(/already/i).first()).toBeVisible();
  await escape(page);
  await expect(panel.getByText(/already/i).first(), 'what was refused is still there').toBeVisible();
  await page.locator('dialog').click({ position: { x: 1, y: 1 } });
  await expect(panel).toBeVisible();
});

test('what fails in a dialog says what is known of it', async ({ page, mail, complaints }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const panel = await team.fillInvitation(INVITE, 'ben@example.com', 'Member');
  complaints.expected = /(status of|Status Error Code) (503|408|413)/;
  const cases = [[503, /It may not have been saved\. Look first/], [408, /took too long.*It may not have been saved/], [413, /more than can be sent at once/]] as const;
  for (const [status, said] of cases) {
    await page.route('**/invite', (route) => route.fulfill({ status, body: '' }), { times: 1 });
    await panel.getByRole('button', { name: INVITE.send }).click();
    await expect(panel.getByRole('alert').filter({ hasText: said })).toBeVisible();
  }
  await expectAccessible(page);
  await panel.getByRole('button', { name: INVITE.send }).click();
  await expect(team.row('ben@example.com')).toBeVisible();
});

test('what takes long shows that it does', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  let go = () => {};
  const slow = async (at: string) => {
    const gate = new Promise<void>((resolve) => (go = resolve));
    await page.route(at, async (route) => {
      await gate;
      await route.continue();
    }, { times: 1 });
  };
  await slow('**/invite');
  const open = page.getByRole('link', { name: INVITE.open, exact: true });
  await open.click();
  await expect(open).toHaveAttribute('data-busy');
  go();
  await expect(team.panel(/./)).toBeVisible();
  await expect(open).not.toHaveAttribute('data-busy');
  await page.keyboard.press('Escape');

  await slow('**/people?**');
  const search = page.locator('.search');
  await page.getByRole('searchbox').fill('ann');
  await expect(search).toHaveAttribute('data-busy');
  await expectAccessible(page);
  go();
  await expect(search).not.toHaveAttribute('data-busy');

  const dots = team.row(ANN.name).getByRole('button', { name: /^More about/ });
  await slow('**/leave');
  await dots.click();
  await page.locator('[popover]:popover-open').getByRole('link', { name: 'Leave' }).click();
  await expect(dots).toHaveAttribute('data-busy');
  go();
  await expect(team.panel(/./)).toBeVisible();
  await expect(dots).not.toHaveAttribute('data-busy');
});

test('L-30 the number of those selected follows the tick for all who match', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const addresses = Array.from({ length: 55 }, (_, n) => `person${n}@example.com`);
  await team.invite(INVITE, addresses.join(' '), 'Member');
  const bar = page.getByRole('form', { name: 'Selected people' });
  await team.row('person7@example.com').getByRole('checkbox').check();
  await expect(bar).toContainText('1 selected');
  const all = bar.getByRole('checkbox', { name: 'All 56' });
  await all.check();
  await expect(bar).toContainText('56 selected');
  await all.uncheck();
  await expect(bar).toContainText('1 selected');
});
