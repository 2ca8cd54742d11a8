// By keyboard alone: inviting, a role, a removal. Focus goes where it is expected and comes back.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/index.ts';
import { foundAs, joinByLink, openMenu } from '../fixtures/team.ts';

test.use({ model: 'workjet' });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };

/** Presses Tab until the focus is there, as somebody would who listens or looks. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(target, 'reached by Tab').toBeFocused();
}

test('W-4 W-5 W-6 W-7 W-28 W-29 W-32 W-33 inviting, a role and a removal need no mouse', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const press = (key: string) => page.keyboard.press(key);

  await press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await press('Enter');
  const open = page.getByRole('link', { name: 'Invite User' });
  await tabTo(page, open);
  await press('Enter');
  const form = team.panel('Invite User');
  await expect(form.getByLabel('Email address'), 'the first field').toBeFocused();
  await press('Escape');
  await expect(open, 'back to the opener').toBeFocused();
  await press('Enter');
  await expect(form.getByLabel('Email address')).toBeFocused();
  await page.keyboard.type(BEN.address);
  await press('Escape');
  await expect(form, 'what was typed is not lost by Escape').toBeVisible();
  await tabTo(page, form.getByRole('button', { name: 'Send Invite' }));
  await press('Enter');
  await expect(form).toContainText('Choose a role.');
  await expect(form.getByRole('group', { name: 'Role' }), 'what is missing').toBeFocused();
  await tabTo(page, form.getByRole('radio', { name: /^Admin/ }));
  await press('ArrowDown');
  await expect(form.getByRole('radio', { name: /^Member/ })).toBeChecked();
  await tabTo(page, form.getByRole('button', { name: 'Send Invite' }));
  await press('Enter');
  await expect(team.row(BEN.address)).toContainText('Invited');

  await joinByLink(await someoneElse(), mail, BEN);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('ben');
  await expect(team.row(BEN.name)).toBeVisible();
  await expect(team.row(ANN.name)).toHaveCount(0);

  const byStatus = page.getByRole('columnheader', { name: 'Status' });
  await tabTo(page, byStatus.getByRole('button'));
  await press('Enter');
  await expect(byStatus).toHaveAttribute('aria-sort', 'ascending');
  await expect(byStatus.getByRole('button'), 'the list is new, the place is not').toBeFocused();

  const role = team.roleButton(BEN.name);
  await tabTo(page, role);
  await press('Enter');
  await press('ArrowDown');
  await expect(openMenu(page).getByRole('link', { name: /^Admin/ })).toBeFocused();
  await press('Enter');
  const confirm = team.panel(/^Change the role of/);
  await tabTo(page, confirm.getByRole('button', { name: 'Change role' }));
  await press('Enter');
  await expect(role).toHaveText('Admin');

  const dots = team.row(BEN.name).getByRole('button', { name: /^More about/ });
  await tabTo(page, dots);
  await press('Enter');
  await press('ArrowUp');
  await expect(openMenu(page).getByRole('link', { name: 'Remove' })).toBeFocused();
  await press('Enter');
  const dialog = team.panel(/^Remove Ben Ruiz/);
  await expect(dialog.getByRole('link', { name: 'Cancel' }), 'where it destroys, Cancel has the focus').toBeFocused();
  await press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(dots).toBeFocused();
  await press('Enter');
  await press('ArrowUp');
  await press('Enter');
  await tabTo(page, dialog.getByRole('button', { name: 'Remove Ben' }));
  await press('Enter');
  await expect(team.row(BEN.name)).toHaveCount(0);
});
