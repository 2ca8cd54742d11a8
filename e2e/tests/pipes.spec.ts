// The People tab of Pipes: by address or handle, always with a role.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { foundAs, joinByLink, Team } from '../fixtures/team.ts';
import { signIn } from '../fixtures/sign_in.ts';

test.use({ model: 'pipes' });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };

test('P-1 P-2 P-3 P-4 P-11 P-12 an owner adds by address and by handle, and removes', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const tabs = page.getByRole('navigation', { name: 'Northwind' });
  await expect(tabs.getByRole('link', { name: 'People' })).toHaveAttribute('aria-current', 'page');
  await expectAccessible(page);

  await test.step('by address: the role is required', async () => {
    await page.getByRole('link', { name: 'Invite User' }).click();
    const form = team.panel(/./);
    await form.getByLabel('Email address or user handle').fill(BEN.address);
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(form.getByText('Choose a role.')).toBeVisible();
    await expectAccessible(page);
    await form.getByRole('radio', { name: /^Owner/ }).check();
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(team.row(BEN.address)).toContainText('Invited');
  });

  const eva = await someoneElse();
  await test.step('by the handle of an existing user: neither name nor address is shown before they accept', async () => {
    await signIn(eva, mail, 'eva@example.com', '/profile');
    await eva.getByLabel('Name', { exact: true }).fill('Eva Lind');
    await eva.getByLabel('Handle').fill('eva-lind');
    await eva.getByRole('button', { name: 'Save profile' }).click();
    await expect(eva.getByText('Saved')).toBeVisible();
    await page.getByRole('link', { name: 'Invite User' }).click();
    const form = team.panel(/./);
    await form.getByLabel('Email address or user handle').fill('eva-lind');
    await form.getByRole('radio', { name: /^Member/ }).check();
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(team.row('@eva-lind')).toContainText('Invited');
    await expect(page.getByRole('table')).not.toContainText('Eva Lind');
    await expect(page.getByRole('table')).not.toContainText('eva@example.com');
    await eva.goto('/invitations');
    await expectAccessible(eva);
    await eva.getByRole('button', { name: /^Join/ }).click();
    await eva.waitForURL('**/o/**');
    await team.open();
    await expect(team.row('Eva Lind')).toContainText('Joined');
  });

  await test.step('several owners, and the three dots remove', async () => {
    const ben = await someoneElse();
    await joinByLink(ben, mail, BEN);
    const asBen = new Team(ben, team.slug);
    await asBen.open();
    await expect(asBen.row(ANN.name)).toContainText('Owner');
    await expect(asBen.row(BEN.name)).toContainText('Owner');
    await (await asBen.more('Eva Lind')).getByRole('link', { name: 'Remove' }).click();
    await asBen.panel('Remove Eva Lind from Northwind?').getByRole('button', { name: 'Remove Eva' }).click();
    await expect(asBen.row('Eva Lind')).toHaveCount(0);
    await eva.reload();
    await expect(eva.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
  });
});
